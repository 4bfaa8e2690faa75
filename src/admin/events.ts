/** An account's events, fetched instead of sent. */

import { createRoute, z } from "@hono/zod-openapi";
import type { Operator } from "../core/operator/operator.ts";
import { EVENT_TYPES } from "../core/webhooks/events.ts";
import { json, makeApi, operator, refusals } from "./api.ts";
import { strict } from "./strict.ts";

const app = makeApi();
export const events = app;

const EventAnswer = z
  .object({
    id: z.string().openapi({ description: "the same however often and wherever it is told" }),
    type: z.enum(EVENT_TYPES as [(typeof EVENT_TYPES)[number], ...(typeof EVENT_TYPES)[number][]]),
    version: z.int().openapi({ description: "of the form of `data`" }),
    number: z.int().openapi({ description: "counts the account's events, from 1 and without a gap" }),
    timestamp: z.string(),
    data: z.record(z.string(), z.unknown()),
  })
  .openapi("Event");

const Wanted = z.object({
  cursor: z
    .string()
    .regex(/^\d{1,15}$/, "must be `next` of an answer before")
    .default("0")
    .openapi({ description: "`next` of the answer before; absent: from the oldest that is kept" }),
  types: z
    .string()
    .max(500)
    .default("*")
    .openapi({ description: "types or groups between commas: message.*,inbound.received; absent: all" }),
  wait: z.coerce
    .number()
    .int()
    .min(0)
    .max(20)
    .default(0)
    .openapi({ description: "seconds to wait for an event, if there is none" }),
  limit: z.coerce.number().int().min(1).max(500).default(100),
});

const responses = {
  200: json(
    z.object({ items: z.array(EventAnswer), next: z.string(), missed: z.boolean() }),
    "the events after the cursor",
  ),
  ...refusals(400, 404, 409),
};

async function fetched(events: Operator["events"], account: string, wanted: z.output<typeof Wanted>) {
  const { items, cursor, missed } = await events.list(account, {
    after: Number(wanted.cursor),
    patterns: wanted.types.split(",").map((type) => type.trim()),
    limit: wanted.limit,
    waitSeconds: wanted.wait,
  });
  return { items, next: cursor, missed };
}

const listEvents = createRoute({
  method: "get",
  path: "/accounts/{id}/events",
  summary: "Fetch an account's events, oldest first",
  description:
    "Give `next` as the cursor of the next call, whether there were events or not. They are kept for 30 days: where some were forgotten before they were fetched, `missed` is true.",
  security: operator,
  request: { params: z.object({ id: z.string() }), query: Wanted },
  responses,
});

app.openapi(listEvents, async (c) => {
  return c.json(await fetched(c.get("operator").events, c.req.valid("param").id, c.req.valid("query")), 200);
});

const pullEvents = createRoute({
  method: "get",
  path: "/events",
  summary: "Fetch your own account's events, oldest first",
  description:
    "As GET /accounts/{id}/events, for a token of one account, which need not name it. Other tokens give `account`.",
  security: operator,
  request: {
    query: Wanted.extend({
      account: z.string("must be given, as the token is for all accounts").openapi({
        description: "absent: that of the token",
      }),
    }),
  },
  responses,
});

app.openapi(pullEvents, async (c) => {
  const { account, ...wanted } = c.req.valid("query");
  return c.json(await fetched(c.get("operator").events, account, wanted), 200);
});

const keepEvents = createRoute({
  method: "put",
  path: "/accounts/{id}/events",
  summary: "Keep an account's events, so that they can be fetched",
  description: "From now on, for 30 days each. With an endpoint they are kept anyway.",
  security: operator,
  request: {
    params: z.object({ id: z.string() }),
    body: { required: true, ...json(strict({ isKept: z.boolean() }), "") },
  },
  responses: { 200: json(z.object({ isKept: z.boolean() }), "whether they are kept"), ...refusals(400, 404) },
});

app.openapi(keepEvents, async (c) => {
  const isKept = await c.get("operator").events.keep(c.req.valid("param").id, c.req.valid("json").isKept);
  return c.json({ isKept }, 200);
});

export type EventRoutes = typeof listEvents | typeof pullEvents | typeof keepEvents;
