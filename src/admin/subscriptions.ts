/** Subscriptions: listing, beginning and cancelling them. */

import { createRoute, z } from "@hono/zod-openapi";
import { beginningOf, INTERVALS } from "../core/billing/subscriptions/anchor.ts";
import {
  PERIOD_STATES,
  type Period,
  SUBSCRIPTION_STATES,
  type Subscription,
} from "../core/billing/subscriptions/subscription.ts";
import type { SubscriptionId } from "../core/kernel/ids.ts";
import { REASONS } from "../core/kernel/reasons.ts";
import { given, iso, json, listOf, makeApi, operator, PageQuery, refusals, Time, toPage } from "./api.ts";
import { Msisdn } from "./fields.ts";
import { strict } from "./strict.ts";
import { readableEntry, TimelineEntry } from "./timeline.ts";

const app = makeApi();
export const subscriptions = app;

const SubscriptionAnswer = z
  .object({
    id: z.string(),
    account: z.string(),
    dialect: z.string(),
    service: z.string(),
    merchant: z.string(),
    recipient: z.string(),
    state: z.enum(SUBSCRIPTION_STATES),
    reason: z.enum(REASONS).optional(),
    endedBy: z.enum(["person", "merchant", "operator", "dunning"]).optional(),
    neverBegun: z.literal(true).optional().openapi({
      description: "it ended because its first charge was declined: no period was billed, and the person got no text",
    }),
    price: z.number().int().openapi({ description: "each period, in minor units" }),
    currency: z.string(),
    interval: z.enum(INTERVALS),
    timeZone: z.string(),
    autoRebill: z.boolean(),
    anchor: z.string().openapi({ description: "the beginning of period 0, from which all are counted" }),
    period: z.number().int().openapi({ description: "the period that is billed next, or is being billed" }),
    declines: z.number().int().openapi({ description: "how many times in a row a charge was declined" }),
    dueAt: z.string().optional().openapi({ description: "when it is next charged: by day, in its time zone" }),
    transaction: z.string().optional().openapi({ description: "the first charge" }),
    createdAt: z.string(),
    changedAt: z.string(),
  })
  .openapi("Subscription");

const PeriodAnswer = z
  .object({
    period: z.number().int(),
    beginsAt: z.string(),
    state: z.enum(PERIOD_STATES),
    attempt: z.number().int(),
    transaction: z.string(),
    changedAt: z.string(),
  })
  .openapi("Period");
const inPath = { params: z.object({ id: z.string() }) };

function toAnswer(subscription: Subscription) {
  const { history: _, dueAt, ...shown } = subscription;
  return {
    ...shown,
    anchor: iso(subscription.anchor),
    ...(dueAt === undefined ? {} : { dueAt: iso(dueAt) }),
    createdAt: iso(subscription.createdAt),
    changedAt: iso(subscription.changedAt),
  };
}

function toPeriod({ anchor, interval, timeZone }: Subscription, one: Period) {
  const { subscription: _, ...period } = one;
  const beginsAt = beginningOf(anchor, interval, one.period, timeZone);
  return { ...period, beginsAt: iso(beginsAt), changedAt: iso(one.changedAt) };
}

const listSubscriptions = createRoute({
  method: "get",
  path: "/subscriptions",
  summary: "List subscriptions, newest first",
  description: "With `dueAfter` or `dueBefore`: only those whose next charge is due then, soonest first.",
  security: operator,
  request: {
    query: PageQuery.extend({
      account: z.string().optional(),
      recipient: Msisdn.optional(),
      state: z.enum(SUBSCRIPTION_STATES).optional(),
      service: z.string().optional(),
      dueAfter: Time.optional().openapi({ description: "inclusive" }),
      dueBefore: Time.optional().openapi({ description: "exclusive" }),
    }),
  },
  responses: { 200: json(listOf(SubscriptionAnswer), "the subscriptions"), ...refusals(400) },
});

app.openapi(listSubscriptions, async (c) => {
  const { limit, cursor, ...filter } = c.req.valid("query");
  const found = await c.get("operator").subscriptions.list(given(filter), toPage({ limit, cursor }));
  return c.json({ ...found, items: found.items.map(toAnswer) }, 200);
});

const beginSubscription = createRoute({
  method: "post",
  path: "/subscriptions",
  summary: "Begin a subscription",
  description:
    "The person has agreed to it elsewhere. The first period is charged when it starts. If that is declined, it is tried once more where the trouble may pass by itself; then the subscription ends, `neverBegun`.",
  security: operator,
  request: {
    body: {
      required: true,
      ...json(
        strict({
          account: z.string(),
          service: z.string(),
          recipient: z.string().openapi({ description: "E.164", example: "+4798079008" }),
          startsAt: Time.optional().openapi({
            description: "when the first period is charged, at any hour; now, if it is not given",
          }),
        }),
        "",
      ),
    },
  },
  responses: { 201: json(SubscriptionAnswer, "begun"), ...refusals(400, 403, 404) },
});

app.openapi(beginSubscription, async (c) => {
  const { account, service, recipient, startsAt } = c.req.valid("json");
  const begun = await c.get("operator").subscriptions.begin(account, service, recipient, startsAt);
  return c.json(toAnswer(begun), 201);
});

const findSubscription = createRoute({
  method: "get",
  path: "/subscriptions/{id}",
  summary: "Look up a subscription, with its periods",
  security: operator,
  request: inPath,
  responses: {
    200: json(SubscriptionAnswer.extend({ periods: z.array(PeriodAnswer) }), "the subscription"),
    ...refusals(404),
  },
});

app.openapi(findSubscription, async (c) => {
  const id = c.req.valid("param").id as SubscriptionId;
  const { subscription, periods } = await c.get("operator").subscriptions.find(id);
  return c.json({ ...toAnswer(subscription), periods: periods.map((one) => toPeriod(subscription, one)) }, 200);
});

const subscriptionTimeline = createRoute({
  method: "get",
  path: "/subscriptions/{id}/timeline",
  summary: "A subscription's story: what became of it, and every webhook attempt",
  security: operator,
  request: inPath,
  responses: { 200: json(listOf(TimelineEntry), "what happened, in order"), ...refusals(404) },
});

app.openapi(subscriptionTimeline, async (c) => {
  const steps = await c.get("operator").subscriptions.timeline(c.req.valid("param").id as SubscriptionId);
  return c.json({ items: steps.map(readableEntry) }, 200);
});

const cancelSubscription = createRoute({
  method: "post",
  path: "/subscriptions/{id}/cancel",
  summary: "End a subscription",
  description: "Nothing more is charged. Cancelling it again changes nothing, and answers the same.",
  security: operator,
  request: inPath,
  responses: { 200: json(SubscriptionAnswer, "it is cancelled"), ...refusals(404) },
});

app.openapi(cancelSubscription, async (c) => {
  const ended = await c.get("operator").subscriptions.end(c.req.valid("param").id as SubscriptionId);
  return c.json(toAnswer(ended), 200);
});

export type SubscriptionRoutes =
  | typeof listSubscriptions
  | typeof beginSubscription
  | typeof findSubscription
  | typeof subscriptionTimeline
  | typeof cancelSubscription;
