/** A story as the operator reads it: the steps of a thing, and of the webhooks that tell of it. */

import { z } from "@hono/zod-openapi";
import { HISTORY_EVENTS, type HistoryEntry } from "../core/history.ts";
import type { WebhookId } from "../core/kernel/ids.ts";
import type { WebhookStore } from "../core/webhooks/store.ts";
import type { WebhookSubject } from "../core/webhooks/webhook.ts";
import { iso } from "./api.ts";

export const TimelineEntry = z
  .looseObject({ at: z.string(), event: z.enum(HISTORY_EVENTS), webhook: z.string().optional() })
  .openapi("TimelineEntry");

type TimelineEntry = z.infer<typeof TimelineEntry>;

export async function toTimeline(
  ports: { webhooks: Pick<WebhookStore, "ofSubject"> },
  subject: { id: WebhookSubject; history: readonly HistoryEntry[] },
): Promise<TimelineEntry[]> {
  const webhooks = await ports.webhooks.ofSubject(subject.id);
  const entries: (HistoryEntry & { webhook?: WebhookId })[] = [
    ...subject.history,
    ...webhooks.flatMap((webhook) => [
      { at: webhook.createdAt, event: "webhook.owed" as const, webhook: webhook.id, url: webhook.url },
      ...webhook.history.map((entry) => ({ ...entry, webhook: webhook.id })),
    ]),
  ];
  return entries.sort((a, b) => a.at - b.at).map(readableEntry);
}

/** A timeline entry as JSON: with dates in place of epoch milliseconds. */
export function readableEntry(entry: HistoryEntry & { webhook?: WebhookId }): TimelineEntry {
  return readable(entry);
}

/** An entry, or news, holds times as numbers; who reads it wants dates. */
export function readable<T extends { at: number }>(told: T): { [K in keyof T]: K extends "at" ? string : T[K] } {
  return JSON.parse(
    JSON.stringify(told, (name, value) => (TIME.test(name) && typeof value === "number" ? iso(value) : value)),
  );
}

const TIME = /^(at|again|next)$|At$/;
