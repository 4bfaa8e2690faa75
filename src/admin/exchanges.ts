/** Kept requests: customers' requests of the last day with our answers. */

import { createRoute, z } from "@hono/zod-openapi";
import type { ExchangeId } from "../core/kernel/ids.ts";
import type { Exchange } from "../core/operator/exchanges.ts";
import { given, iso, json, listOf, makeApi, operator, PageQuery, refusals, Time, toPage } from "./api.ts";

const app = makeApi();
export const exchanges = app;

const ExchangeAnswer = z
  .object({
    id: z.string(),
    requestId: z.string().optional().openapi({ description: "as in the header X-Request-Id of its answer" }),
    at: z.string(),
    account: z.string().optional().openapi({ description: "absent if the request had no valid credential" }),
    dialect: z.string(),
    method: z.string(),
    path: z.string().openapi({ description: "with its query" }),
    request: z.string().openapi({ description: "the body; secrets are masked, a long one is cut" }),
    status: z.number().int(),
    answer: z.string(),
    milliseconds: z.number().int(),
  })
  .openapi("Exchange");

function toAnswer(exchange: Exchange) {
  return { ...exchange, at: iso(exchange.at) };
}

const listExchanges = createRoute({
  method: "get",
  path: "/exchanges",
  summary: "List requests and their answers, newest first",
  description:
    "A view for people, and no record: kept where KEEP_REQUESTS is on, for a day unless the account's `retention.requests` says otherwise; under load some are left out.",
  security: operator,
  request: {
    query: PageQuery.extend({
      account: z.string().optional(),
      dialect: z.string().optional(),
      since: Time.optional(),
      refused: z
        .enum(["true", "false"])
        .transform((text) => text === "true")
        .optional()
        .openapi({
          type: "string",
          enum: ["true", "false"],
          description: "those with a status of 400 or more, or the others",
        }),
    }),
  },
  responses: { 200: json(listOf(ExchangeAnswer), "the exchanges"), ...refusals(400) },
});

app.openapi(listExchanges, async (c) => {
  const { account, dialect, since, refused, ...page } = c.req.valid("query");
  const filter = given({ account, dialect, since, isRefused: refused });
  const found = await c.get("operator").exchanges.list(filter, toPage(page));
  return c.json({ ...found, items: found.items.map(toAnswer) }, 200);
});

const findExchange = createRoute({
  method: "get",
  path: "/exchanges/{id}",
  summary: "Look up a request and its answer",
  description: "`request` in the first entry of a timeline is the id.",
  security: operator,
  request: { params: z.object({ id: z.string() }) },
  responses: { 200: json(ExchangeAnswer, "the exchange"), ...refusals(404) },
});

app.openapi(findExchange, async (c) => {
  const exchange = await c.get("operator").exchanges.find(c.req.valid("param").id as ExchangeId);
  return c.json(toAnswer(exchange), 200);
});

export type ExchangeRoutes = typeof listExchanges | typeof findExchange;
