/** `stafett logs`: what goes on, as it happens. */

import { type Command, Trouble, wholeNumber } from "../command.ts";
import { feedOf, follow, SOURCES, shown } from "../feed.ts";
import { nearest } from "../nearest.ts";
import { operatorOf, TARGET_OPTIONS } from "../target.ts";

export const logs: Command = {
  name: "logs",
  summary: "Show requests, texts, charges and webhooks as they happen",
  takes: "[KIND …]",
  words: [0, Object.keys(SOURCES).length],
  choices: Object.keys(SOURCES),
  options: {
    follow: { short: "f", says: "go on showing" },
    last: { value: "N", says: "how many to begin with (20)" },
    json: { says: "as JSON, one a line" },
    ...TARGET_OPTIONS,
  },
  examples: ["logs --follow", "logs webhook request --last 5"],

  async run(given) {
    const kinds = given.words.length > 0 ? given.words : Object.keys(SOURCES);
    const sources = kinds.map((kind) => {
      const source = Object.hasOwn(SOURCES, kind) ? SOURCES[kind] : undefined;
      if (source) return source;
      const close = nearest(kind, Object.keys(SOURCES));
      throw new Trouble(
        `There are logs of ${Object.keys(SOURCES).join(", ")}, not of ${kind}.${close ? ` ${close}?` : ""}`,
      );
    });
    const last = wholeNumber("--last", given.text("last") ?? "20", 0, 1_000);
    const show = (line: Parameters<typeof shown>[0]) => console.log(shown(line, given.has("json")));
    const feed = feedOf(operatorOf(given), sources);
    const begun = await feed();
    for (const line of last === 0 ? [] : begun.slice(-last)) show(line);
    if (given.has("follow")) await follow(feed, show);
    else if (begun.length === 0) console.error("Nothing has happened yet.");
  },
};
