/** What was sent to a customer and answered, in the timeline of a webhook whose account wants it sealed: it opens for this webhook alone. */

import type { HistoryEntry } from "../../core/history.ts";
import type { Seals } from "../../core/kernel/ports.ts";

/** @param id of the webhook */
export async function sealAttempt(entry: HistoryEntry, id: string, seals: Seals): Promise<HistoryEntry> {
  if (entry.event !== "webhook.attempted" || entry.sealed !== undefined) return entry;
  const { sent, headers, answerHeaders, answer, error, ...rest } = entry;
  const call = { sent, headers, answerHeaders, answer, error };
  if (Object.values(call).every((part) => part === undefined)) return entry;
  return { ...rest, sealed: await seals.text(JSON.stringify(call), id) };
}

/** @throws Error where the key is not there any more that it was sealed with */
export async function openAttempt(entry: HistoryEntry, id: string, seals: Seals): Promise<HistoryEntry> {
  if (entry.event !== "webhook.attempted" || entry.sealed === undefined) return entry;
  const { sealed, ...rest } = entry;
  return { ...rest, ...JSON.parse(await seals.openText(sealed, id)) };
}

export function openAttempts(history: readonly HistoryEntry[], id: string, seals: Seals): Promise<HistoryEntry[]> {
  return Promise.all(history.map((entry) => openAttempt(entry, id, seals)));
}
