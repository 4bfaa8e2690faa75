/** A story as the operator reads it: the steps of a thing, and of the webhooks that tell of it. */

import { z } from "@hono/zod-openapi";
import type { HistoryEntry } from "../core/history.ts";
import type { WebhookStore } from "../core/webhooks/store.ts";
import type { WebhookSubject } from "../core/webhooks/webhook.ts";
import { iso } from "./api.ts";

export const TimelineEntry = z
  .looseObject({ at: z.string(), what: z.string(), webhook: z.string().optional() })
  .openapi("TimelineEntry");

export async function toTimeline(
  ports: { webhooks: Pick<WebhookStore, "ofSubject"> },
  subject: { id: WebhookSubject; history: readonly HistoryEntry[] },
) {
  const webhooks = await ports.webhooks.ofSubject(subject.id);
  const entries: HistoryEntry[] = [
    ...subject.history,
    ...webhooks.flatMap((webhook) => [
      { at: webhook.createdAt, what: "webhook owed", webhook: webhook.id, url: webhook.url },
      ...webhook.history.map((entry) => ({ ...entry, webhook: webhook.id })),
    ]),
  ];
  return entries.sort((a, b) => a.at - b.at).map(readable);
}

/** An entry, or news, holds times as numbers; who reads it wants dates. */
export function readable<T extends { at: number }>(told: T): { [K in keyof T]: K extends "at" ? string : T[K] } {
  return JSON.parse(
    JSON.stringify(told, (name, value) => (TIME.test(name) && typeof value === "number" ? iso(value) : value)),
  );
}

const TIME = /^(at|again|next)$|At$/;
