/** Timelines as the API answers them: the entries of a message, charge or subscription, and of its webhooks. */

import { z } from "@hono/zod-openapi";
import { HISTORY_EVENTS } from "../core/history.ts";
import type { TimelineStep } from "../core/operator/timeline.ts";
import { iso } from "./api.ts";

export const TimelineEntry = z
  .looseObject({ at: z.string(), event: z.enum(HISTORY_EVENTS), webhook: z.string().optional() })
  .openapi("TimelineEntry");

type TimelineEntry = z.infer<typeof TimelineEntry>;

/** A timeline entry as JSON: with dates in place of epoch milliseconds. */
export function readableEntry(entry: TimelineStep): TimelineEntry {
  return readable(entry);
}

/** Entries and events store times as numbers; the API answers dates. */
export function readable<T extends { at: number }>(told: T): { [K in keyof T]: K extends "at" ? string : T[K] } {
  return JSON.parse(
    JSON.stringify(told, (name, value) => (TIME.test(name) && typeof value === "number" ? iso(value) : value)),
  );
}

const TIME = /^(at|again|next)$|At$/;
