/** What happened to a thing, step by step, with the exact times and how long each step took. */

import { withoutSecrets } from "../../../core/kernel/secrets.ts";
import { reasonWords } from "../ui/badge.tsx";
import { idLink } from "../ui/links.tsx";

export type Entry = { at: string; what: string } & Record<string, unknown>;

/** What some entries say in fewer words, and which of their members they have said by that. */
const SAID: Record<string, { says: (entry: Entry) => string; with: readonly string[] }> = {
  claimed: { says: ({ attempt }) => `Taken in hand, attempt ${attempt}`, with: ["attempt"] },
  "taken by the carrier": {
    says: ({ carrier }) => `Taken by ${carrier ?? "the carrier"}`,
    with: ["carrier", "attempt"],
  },
  "carrier busy": { says: ({ carrier }) => `${carrier ?? "The carrier"} is busy`, with: ["carrier", "attempt"] },
  "billed by the carrier": {
    says: ({ carrier }) => `Billed by ${carrier ?? "the carrier"}`,
    with: ["carrier", "attempt"],
  },
  "refused by the carrier": {
    says: ({ carrier }) => `Refused by ${carrier ?? "the carrier"}`,
    with: ["carrier", "attempt"],
  },
  receipt: {
    says: ({ carrier, outcome }) => `Receipt from ${carrier ?? "the carrier"}: ${outcome}`,
    with: ["carrier", "outcome"],
  },
  "webhook owed": { says: (entry) => `A webhook is owed: ${newsOf(entry)}`, with: ["webhook"] },
  attempt: {
    says: (entry) =>
      `Webhook ${newsOf(entry)}, attempt ${entry.attempt}: ${entry.status ?? entry.error ?? "no answer"} in ${entry.milliseconds} ms`,
    with: ["webhook", "attempt", "status", "error", "milliseconds", "sent", "answer"],
  },
  replayed: { says: (entry) => `Webhook ${newsOf(entry)} asked for again`, with: ["webhook"] },
};

/** What a webhook tells of: its id ends with it. */
function newsOf({ webhook }: Entry): string {
  return String(webhook).replace(/^.*_/, "").replaceAll("-", " ");
}

/** Members by the name that people know them under. */
const NAMES: Record<string, string> = {
  sendAt: "to be sent",
  happenedAt: "happened",
  again: "again",
  theirId: "their id",
  why: "because",
  size: "size",
  route: "asked:",
  of: "of",
};

/** The steps as a list. `request` is told of in a place of its own. */
export function story(entries: readonly Entry[]) {
  return (
    <ol class="story">
      {entries.map((entry, index) => {
        const known = SAID[entry.what];
        const rest = Object.entries(entry).filter(
          ([name]) => !["at", "what", "request"].includes(name) && !known?.with.includes(name),
        );
        return (
          <li>
            {exact(entry.at)}
            <span class="took">{index > 0 && after(entries[index - 1]?.at, entry.at)}</span>
            <span class="what">
              {known ? known.says(entry) : capital(entry.what)}
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

/** "2026-11-22 12:00:00.123" */
export function exact(at: string) {
  return (
    <time datetime={at} title={at}>
      {at.slice(0, 10)} {at.slice(11, 23)}
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

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
