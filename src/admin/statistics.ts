/** Figures over time: messages, charges and subscriptions. */

import { createRoute, z } from "@hono/zod-openapi";
import { isTimeZone } from "../core/billing/subscriptions/anchor.ts";
import { UNITS } from "../core/billing/subscriptions/calendar.ts";
import { MOST_SPANS, MOST_STEPS } from "../core/operator/over-time.ts";
import { given, iso, json, listOf, makeApi, operator, refusals, Time } from "./api.ts";

const app = makeApi();
export const statistics = app;

const Count = z.number().int();
const Sums = z.record(z.string(), Count).openapi({ description: "minor units, by currency", example: { NOK: 9900 } });

const TrafficStep = z
  .object({
    at: z.string().openapi({ description: "when the step begins" }),
    accepted: Count.openapi({ description: "messages taken in the step; the next figures say what became of them" }),
    delivered: Count,
    failed: Count,
    expired: Count,
    cancelled: Count,
    medianSeconds: z.number().optional().openapi({
      description:
        "from when a message was to go until its receipt came; of free ones, as a paid one waits for its person. Absent where none arrived",
    }),
    p95Seconds: z.number().optional().openapi({ description: "95 of 100 took no longer" }),
    queuedP95Seconds: z.number().optional().openapi({
      description: "from scheduled send to hand-over of unpaid messages: 95 of 100 waited no longer",
    }),
    webhooks: Count.openapi({
      description: "webhooks that became owed in the step, about messages and charges accepted since `since`",
    }),
    answeredWebhooks: Count,
    deadWebhooks: Count.openapi({ description: "of these, those on the dead list now" }),
    charges: Count.openapi({ description: "charges taken in the step; the next figures say what became of them" }),
    billedCharges: Count.openapi({ description: "also those that were given back since" }),
    failedCharges: Count.openapi({ description: "declined, or expired" }),
    cancelledCharges: Count,
    billed: Sums,
    reversed: Sums.openapi({ description: "given back, by reversals that were asked for in the step" }),
  })
  .openapi("TrafficStep");

const trafficOverTime = createRoute({
  method: "get",
  path: "/statistics/traffic",
  summary: "Messages and charges over time",
  description: `In steps of equal length, those without traffic as well; at most ${MOST_STEPS}, over at most 31 days. Messages and charges count in the step in which they were accepted.`,
  security: operator,
  request: {
    query: z.object({
      since: Time,
      until: Time.optional().openapi({ description: "now, if it is not given" }),
      step: z.coerce.number().int().min(1).openapi({ description: "seconds" }),
      account: z.string().optional(),
    }),
  },
  responses: { 200: json(listOf(TrafficStep), "the steps, in order"), ...refusals(400) },
});

app.openapi(trafficOverTime, async (c) => {
  const { step, ...query } = c.req.valid("query");
  const items = await c.get("operator").figures.traffic({ ...query, step: step * 1_000 });
  return c.json(
    {
      items: items.map(({ at, median, p95, queuedP95, ...counts }) => ({
        at: iso(at),
        ...counts,
        ...given({
          medianSeconds: inSeconds(median),
          p95Seconds: inSeconds(p95),
          queuedP95Seconds: inSeconds(queuedP95),
        }),
      })),
    },
    200,
  );
});

function inSeconds(milliseconds: number | undefined): number | undefined {
  return milliseconds === undefined ? undefined : milliseconds / 1_000;
}

const SubscriptionStep = z
  .object({
    at: z.string().openapi({ description: "when the step begins" }),
    until: z.string().openapi({ description: "when it ends" }),
    begun: Count,
    cancelled: Count,
    by: z.partialRecord(z.enum(["person", "merchant", "operator", "dunning"]), Count).openapi({
      description: "the cancelled ones by who ended them; dunning: their charges were declined",
    }),
    reasons: z.record(z.string(), Count).openapi({ description: "why, where there is more to say" }),
    active: Count.openapi({ description: "at the end of the step, or now if it is not over; with those in dunning" }),
    revenue: Sums.openapi({ description: "billed, first charges included, less reversals" }),
    churnRate: z.number().optional().openapi({
      description: "of those that were active when the step began, the share that ended in it; absent if none was",
      example: 0.04,
    }),
  })
  .openapi("SubscriptionStep");

const salesOverTime = createRoute({
  method: "get",
  path: "/statistics/subscriptions",
  summary: "Subscriptions over time: begun, ended, and what they bring",
  description: `Of those that we bill. In whole days, weeks or months of a time zone: at most ${MOST_SPANS}, over at most 400 days. Charges are counted where they were accepted.`,
  security: operator,
  request: {
    query: z.object({
      since: Time,
      until: Time.optional().openapi({ description: "now, if it is not given" }),
      step: z.enum(UNITS).default("day"),
      timeZone: z.string().refine(isTimeZone, "must be a time zone like Europe/Oslo").default("Europe/Oslo"),
      account: z.string().optional(),
      service: z.string().optional(),
    }),
  },
  responses: { 200: json(listOf(SubscriptionStep), "the steps, in order"), ...refusals(400) },
});

app.openapi(salesOverTime, async (c) => {
  const { since, until, step, timeZone, account, service } = c.req.valid("query");
  const asked = { since, until, unit: step, timeZone, ...given({ account, service }) };
  const items = await c.get("operator").figures.sales(asked);
  return c.json(
    { items: items.map(({ since, until, ...one }) => ({ at: iso(since), until: iso(until), ...one })) },
    200,
  );
});

export type StatisticsRoutes = typeof trafficOverTime | typeof salesOverTime;
