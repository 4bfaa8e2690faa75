/** What an account may send and spend in a day, and how much of it is used. */

import { createRoute, z } from "@hono/zod-openapi";
import type { Used } from "../core/accounts/limits.ts";
import { given, iso, json, makeApi, operator, refusals } from "./api.ts";

const app = makeApi();
export const limits = app;

const Limit = z
  .object({
    limit: z.enum(["messagesPerDay", "spendPerDay"]).openapi({ description: "the limit's name in `settings.limits`" }),
    currency: z.string().optional().openapi({ description: "of money", example: "NOK" }),
    credential: z.object({ id: z.string(), name: z.string() }).optional().openapi({
      description: "the credential whose limit it is; absent: the account's own",
    }),
    used: z.int().openapi({ description: "on that day: messages, or minor units of the currency", example: 4_100_000 }),
    most: z.int().openapi({ description: "the limit", example: 5_000_000 }),
    nearAt: z.string().optional().openapi({ description: "when the account was told that 80 % are used" }),
    reachedAt: z.string().optional().openapi({
      description: "when it was told that the limit is used up, or that a request needed more than was left",
    }),
  })
  .openapi("LimitOfDay");

const listLimits = createRoute({
  method: "get",
  path: "/accounts/{id}/limits",
  summary: "Show an account's daily limits and how much is used today",
  description:
    "The daily limits among `settings.limits` and its credentials' `limits`. A text or a charge counts when it is accepted, once, whatever becomes of it. What is not limited is not counted.",
  security: operator,
  request: { params: z.object({ id: z.string() }) },
  responses: {
    200: json(
      z.object({
        day: z.string().openapi({ description: "today", example: "2026-11-22" }),
        timeZone: z.string().openapi({ description: "by whose days it is counted", example: "Europe/Oslo" }),
        resetsAt: z.string().openapi({ description: "when the next day begins" }),
        items: z.array(Limit),
      }),
      "the account's own limits first",
    ),
    ...refusals(404),
  },
});

app.openapi(listLimits, async (c) => {
  const { day, timeZone, until, items } = await c.get("operator").limits.today(c.req.valid("param").id);
  return c.json({ day, timeZone, resetsAt: iso(until), items: items.map(toAnswer) }, 200);
});

type Named = Pick<Used, "what" | "nearAt" | "reachedAt">;

/** A limit by its name in the settings, with its times as they are read. */
function toAnswer<Rest extends object>({ what, nearAt, reachedAt, ...rest }: Named & Rest) {
  const isOfMessages = what === "messages";
  return {
    limit: isOfMessages ? ("messagesPerDay" as const) : ("spendPerDay" as const),
    ...rest,
    ...given({
      currency: isOfMessages ? undefined : what,
      nearAt: nearAt === undefined ? undefined : iso(nearAt),
      reachedAt: reachedAt === undefined ? undefined : iso(reachedAt),
    }),
  };
}

const NotifiedLimit = Limit.pick({ limit: true, currency: true, used: true, nearAt: true, reachedAt: true })
  .extend({
    account: z.string(),
    credential: z.string().optional().openapi({
      description: "the id of the credential whose limit it is; absent: the account's own",
    }),
    day: z.string().openapi({ description: "by the account's time zone", example: "2026-11-22" }),
  })
  .openapi("NotifiedLimit");

const listNotified = createRoute({
  method: "get",
  path: "/limits",
  summary: "List the limits of today that are nearly used up, or reached, newest first",
  description: "Of all accounts, or of one: those for which `limit.near` or `limit.reached` was sent. At most 500.",
  security: operator,
  request: { query: z.object({ account: z.string().optional() }) },
  responses: { 200: json(z.object({ items: z.array(NotifiedLimit) }), "the limits"), ...refusals(400) },
});

app.openapi(listNotified, async (c) => {
  const notified = await c.get("operator").limits.notified(c.req.valid("query").account);
  const items = notified.map(({ credential, timeZone: _, ...one }) => ({
    ...toAnswer(one),
    ...given({ credential: credential || undefined }),
  }));
  return c.json({ items }, 200);
});

export type LimitRoutes = typeof listLimits | typeof listNotified;
