/** `stafett handset`: what a phone shows, and what its owner writes. */

import { type Command, type Given, Trouble, wholeNumber } from "../command.ts";
import { operatorOf, TARGET_OPTIONS } from "../target.ts";
import type { Text } from "../testing/types.ts";

/** One request waits so long for the next text. Seconds. */
const EACH_WAIT = 25;

export const handset: Command = {
  name: "handset",
  summary: "Show or clear the texts on a phone; or write one as its owner",
  takes: "NUMBER [TEXT]",
  words: [1, 2],
  options: {
    to: { value: "NUMBER", says: "who the owner writes to (2002, the demo account's)" },
    wait: { value: "SECONDS", says: "wait for a text that was not there before, and show it alone" },
    match: { value: "TEXT", says: "only texts with this in them: a part, or a regular expression" },
    clear: { says: "delete what the phone has received; the gateway keeps its messages" },
    follow: { short: "f", says: "go on showing texts as they come" },
    json: { says: "as JSON, one text a line" },
    ...TARGET_OPTIONS,
  },
  examples: ["handset +4798079008", "handset +4798079008 --follow", 'handset +4798079008 "STOP GAMES" --to 2002'],

  async run(given) {
    const [number = "", written] = given.words;
    checkClear(given);
    const ask = operatorOf(given);
    const address = `/sandbox/v1/handsets/${encodeURIComponent(number)}/messages`;
    if (written !== undefined) {
      await ask("POST", address, { to: given.text("to") ?? "2002", text: written });
      return console.log(`${number} wrote to ${given.text("to") ?? "2002"}: ${written}`);
    }
    if (given.has("clear")) {
      await ask("DELETE", address);
      return console.log(`${number} is empty.`);
    }
    const match = given.text("match");
    const list = async (query: Record<string, string>) => {
      const search = new URLSearchParams({ ...query, ...(match === undefined ? {} : { match }) });
      return (await ask<{ items: Text[] }>("GET", `${address}?${search}`)).items;
    };
    const show = (texts: readonly Text[]) => {
      for (const one of texts) console.log(given.has("json") ? JSON.stringify(one) : lineOf(one));
    };

    const before = await list({ last: "1000" });
    const last = before.at(-1)?.id;
    const seconds = given.text("wait");
    if (seconds === undefined) {
      show(before);
      if (before.length === 0 && !given.has("follow")) console.error(`${number} has received nothing.`);
    } else {
      const latest = wholeNumber("--wait", seconds, 0, 60);
      console.error(`Waiting for the next text to ${number} …`);
      const come = await list({ wait: String(latest), ...(last ? { since: last } : {}) });
      if (come.length === 0) throw new Trouble(`Nothing came to ${number} within ${latest} seconds`);
      show(come);
    }
    if (given.has("follow")) await follow(list, show, last);
  },
};

/** @throws Trouble where it would delete, and something else is asked for too */
function checkClear(given: Given): void {
  if (!given.has("clear")) return;
  const other = ["wait", "match", "to", "follow"].find((name) => given.has(name) || given.text(name) !== undefined);
  if (given.words[1] === undefined && other === undefined) return;
  throw new Trouble(`--clear does nothing else: leave out ${other === undefined ? "the text" : `--${other}`}`);
}

async function follow(
  list: (query: Record<string, string>) => Promise<Text[]>,
  show: (texts: readonly Text[]) => void,
  last: string | undefined,
): Promise<never> {
  for (let since = last; ; ) {
    const come = await list({ wait: String(EACH_WAIT), ...(since ? { since } : {}) });
    show(come);
    since = come.at(-1)?.id ?? since;
  }
}

function lineOf({ from, text, receivedAt }: Text): string {
  return `${receivedAt}  ${from}: ${text.replaceAll("\n", "\n  ")}`;
}
