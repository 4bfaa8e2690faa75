/** Cancelling many things at once; by the setting FOUR_EYES it waits for a second operator. */

import { createRoute, z } from "@hono/zod-openapi";
import { given, json, makeApi, operator, refusals } from "./api.ts";
import { strict } from "./strict.ts";

const app = makeApi();
export const cancels = app;

const account = z.string().openapi({ example: "acme" });
const Cancelled = z
  .object({
    cancelled: z.int().openapi({ description: "how many were cancelled by this request" }),
    isComplete: z.boolean().openapi({ description: "false where there are more: ask again" }),
  })
  .openapi("Cancelled");
const ASK_AGAIN = "One request does a bounded number: while `isComplete` is false, ask again.";

const cancelMessages = createRoute({
  method: "post",
  path: "/messages/cancel",
  summary: "Cancel every message of an account that waits for its time",
  description: `Or those of one sender. ${ASK_AGAIN}`,
  security: operator,
  request: {
    body: { required: true, ...json(strict({ account, sender: z.string().optional() }), "") },
  },
  responses: { 200: json(Cancelled, "they are cancelled"), ...refusals(400, 404) },
});

app.openapi(cancelMessages, async (c) => {
  return c.json(await c.get("operator").messages.cancelAll(given(c.req.valid("json"))), 200);
});

const cancelSubscriptions = createRoute({
  method: "post",
  path: "/subscriptions/cancel",
  summary: "End every subscription of an account",
  description: `Or those to one service. Nothing more is charged, and each customer's endpoint is told of each. ${ASK_AGAIN}`,
  security: operator,
  request: {
    body: { required: true, ...json(strict({ account, service: z.string().optional() }), "") },
  },
  responses: { 200: json(Cancelled, "they are ended"), ...refusals(400, 404) },
});

app.openapi(cancelSubscriptions, async (c) => {
  return c.json(await c.get("operator").subscriptions.endAll(given(c.req.valid("json"))), 200);
});

export type CancelRoutes = typeof cancelMessages | typeof cancelSubscriptions;
