/** What there is to be done just now, and how late it is. */

import { createRoute, z } from "@hono/zod-openapi";
import { BUDGET_SCOPES } from "../core/billing/purchases/pin-budget.ts";
import { given, iso, json, makeApi, operator, refusals } from "./api.ts";

const app = makeApi();
export const figures = app;

const Count = z.number().int();
const Pending = z
  .record(z.string(), Count)
  .openapi({ description: "how many there are for which something is still to happen, by state" });
const OldestDue = z
  .string()
  .optional()
  .openapi({ description: "what has been due longest was due then; absent where nothing is" });

const Figures = z
  .object({
    at: z.string().openapi({ description: "the gateway's time, in the sandbox that of its clock" }),
    messages: z.object({
      accepted: Count.openapi({ description: "in the last five minutes" }),
      submitted: Count.openapi({ description: "of those, with at least one attempt to submit them" }),
      settled: Count.openapi({ description: "of those, with a final state" }),
      pending: Pending,
      oldestDue: OldestDue,
    }),
    transactions: z.object({
      pending: Pending,
      disputed: Count.openapi({ description: "billed by a carrier after they were reported as failed" }),
      oldestDue: OldestDue,
    }),
    subscriptions: z.object({
      active: Count,
      dunning: Count.openapi({ description: "whose last charge was declined" }),
      due: Count.openapi({ description: "whose next charge is due" }),
    }),
    pins: z.object({
      sent: Count.openapi({ description: "by purchase pages, ever" }),
      refused: z
        .record(z.enum(BUDGET_SCOPES), Count)
        .openapi({ description: "not sent, ever, by the budget that was spent" }),
    }),
    webhooks: z.object({
      owed: Count,
      dead: Count.openapi({ description: "given up, waiting for a replay" }),
      oldestDue: OldestDue,
    }),
  })
  .openapi("Figures");

const figuresNow = createRoute({
  method: "get",
  path: "/figures",
  summary: "What there is to be done, and how late it is",
  description: "The figures of `/metrics` as JSON.",
  security: operator,
  responses: { 200: json(Figures, "the figures of this moment"), ...refusals() },
});

app.openapi(figuresNow, async (c) => {
  const { now, messages, transactions, subscriptions, webhooks, pins } = await c.get("operator").figures.now();
  const dated = <T extends { oldestDue?: number }>({ oldestDue, ...rest }: T) => {
    return { ...rest, ...given({ oldestDue: oldestDue === undefined ? undefined : iso(oldestDue) }) };
  };
  return c.json(
    {
      at: iso(now),
      messages: dated(messages),
      transactions: dated(transactions),
      subscriptions,
      pins,
      webhooks: dated(webhooks),
    },
    200,
  );
});

export type FiguresRoutes = typeof figuresNow;
