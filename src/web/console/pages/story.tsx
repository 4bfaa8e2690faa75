/** What happened to a thing, step by step, with the exact times and how long each step took. */

import { withoutSecrets } from "../../../core/kernel/secrets.ts";
import { reasonWords } from "../ui/badge.tsx";
import { type Entry, sentence, WORDS } from "../ui/history-words.ts";
import { idLink } from "../ui/links.tsx";

/** Members by the name that people know them under. */
const NAMES: Record<string, string> = {
  sendAt: "to be sent",
  happenedAt: "happened",
  again: "again",
  theirId: "their id",
  why: "because",
  size: "size",
  asked: "asked:",
  of: "of",
};

/** Told by their place, by the sentence, or in a place of their own. */
const UNTOLD = ["at", "event", "request"];

/** The timeline as a list. `request` is shown in a section of its own. */
export function story(entries: readonly Entry[]) {
  return (
    <ol class="story">
      {entries.map((entry, index) => {
        const { tells = [] } = WORDS[entry.event];
        const rest = Object.entries(entry).filter(([name]) => !UNTOLD.includes(name) && !tells.includes(name));
        return (
          <li>
            {exact(entry.at)}
            <span class="took">{index > 0 && after(entries[index - 1]?.at, entry.at)}</span>
            <span class="what">
              {sentence(entry)}
              {rest.map(([name, value]) => (
                <span class="more">
                  {NAMES[name] ?? name} {shown(name, value)}
                </span>
              ))}
            </span>
          </li>
        );
      })}
    </ol>
  );
}

/** "2026-11-22 12:00:00.123 UTC" */
export function exact(at: string) {
  return (
    <time datetime={at} title={at}>
      {at.slice(0, 10)} {at.slice(11, 23)} <span class="zone">UTC</span>
    </time>
  );
}

function after(before: string | undefined, at: string): string {
  const milliseconds = Date.parse(at) - Date.parse(before ?? at);
  if (milliseconds < 1_000) return `+${milliseconds} ms`;
  if (milliseconds < 120_000) return `+${(milliseconds / 1_000).toFixed(1)} s`;
  return milliseconds < 7_200_000
    ? `+${Math.round(milliseconds / 60_000)} min`
    : `+${Math.round(milliseconds / 3_600_000)} h`;
}

function shown(name: string, value: unknown) {
  if (typeof value !== "string") return <code>{withoutSecrets(JSON.stringify(value))}</code>;
  if (/^\d{4}-\d\d-\d\dT.*Z$/.test(value)) return exact(value);
  if (/^(msg|txn|sub|whk|inb|win)_\w+$/.test(value)) return idLink(value);
  return name === "reason" ? reasonWords(value) : withoutSecrets(value);
}
