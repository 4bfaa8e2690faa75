/** Timelines in SQL. */

import type { EventMembers, HistoryEvent } from "../core/history.ts";

/** An entry, as SQL that makes JSON. @param members SQL for the value of each, `at` being epoch ms */
export function entry<E extends HistoryEvent>(
  event: E,
  members: { at: string } & { [Member in keyof EventMembers[E]]?: string },
): string {
  const pairs = Object.entries<string>(members).map(([name, value]) => `'${name}', ${value}`);
  return `json_object('event', '${event}', ${pairs.join(", ")})`;
}

/** A carrier that is down for a day would make a timeline of hundreds of entries: then the last one is kept up to date. */
const MOST_ENTRIES = 60;

/** Characters that this many entries have at least: a shorter timeline has room, and need not be taken apart to see it. */
const SHORT = MOST_ENTRIES * 30;

/** A timeline with one more entry. @param entry SQL for its JSON; @param history the column */
export function append(entry: string, history = "history"): string {
  const place = `iif(json_array_length(${history}) < ${MOST_ENTRIES}, '$[#]', '$[#-1]')`;
  const written = `substr(${history}, 1, length(${history}) - 1) || iif(length(${history}) > 2, ',', '') || (${entry}) || ']'`;
  return `iif(length(${history}) < ${SHORT}, ${written}, json_set(${history}, ${place}, json(${entry})))`;
}
