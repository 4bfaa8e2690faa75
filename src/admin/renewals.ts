/** The renewals due on each day. */

import { createRoute, z } from "@hono/zod-openapi";
import { MOST_DAYS } from "../core/operator/over-time.ts";
import { given, json, listOf, makeApi, operator, refusals } from "./api.ts";

const app = makeApi();
export const renewals = app;

const Day = z.iso.date("must be a day like 2026-11-22");

const DayOfRenewals = z
  .object({
    date: z.string().openapi({ description: "a day of the service's time zone", example: "2026-11-22" }),
    account: z.string(),
    service: z.string(),
    timeZone: z.string(),
    currency: z.string(),
    count: z.number().int(),
    amount: z.number().int().openapi({ description: "minor units" }),
    dunning: z.number().int().openapi({ description: "of these, how many are tried again after a decline" }),
  })
  .openapi("DayOfRenewals");

const listRenewals = createRoute({
  method: "get",
  path: "/renewals",
  summary: "What is to be charged on which day, by service",
  description: `Each subscription on the day of its next charge, not of those after it. At most ${MOST_DAYS} days at once.`,
  security: operator,
  request: {
    query: z.object({
      from: Day.openapi({ description: "the first day", example: "2026-11-01" }),
      to: Day.openapi({ description: "the last day", example: "2026-11-30" }),
      account: z.string().optional(),
      service: z.string().optional(),
    }),
  },
  responses: { 200: json(listOf(DayOfRenewals), "the days on which anything is due, in order"), ...refusals(400) },
});

app.openapi(listRenewals, async (c) => {
  const { from, to, account, service } = c.req.valid("query");
  const items = await c.get("operator").figures.renewals({ from, to, ...given({ account, service }) });
  return c.json({ items }, 200);
});

export type RenewalRoutes = typeof listRenewals;
