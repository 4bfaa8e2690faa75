/** Price lists: what carriers take for a text. */

import { createRoute, z } from "@hono/zod-openapi";
import { readBytes, toText } from "../doors/body.ts";
import { json, listOf, makeApi, operator, PageQuery, refusals, toPage } from "./api.ts";

const app = makeApi();
export const prices = app;

/** Fifty thousand lines, and room for spaces. Bytes. */
const LONGEST_LIST = 4 * 1024 * 1024;

const inPath = { params: z.object({ name: z.string() }) };

export const PriceAnswer = z
  .object({
    nanos: z.int().openapi({ description: "billionths of the currency's unit", example: 43_200_000 }),
    currency: z.string().openapi({ example: "EUR" }),
  })
  .openapi("Price");

const putPrices = createRoute({
  method: "put",
  path: "/carriers/{name}/prices",
  summary: "Bring a carrier's price list",
  description:
    "Lines of prefix,price,currency: what one part of a text costs to numbers that begin so, the longest prefix holds. It replaces the list of before, all of it or, if a line is wrong, nothing; an empty one removes the list.",
  security: operator,
  request: {
    ...inPath,
    body: {
      required: true,
      content: { "text/csv": { schema: z.string().openapi({ example: "prefix,price,currency\n47,0.0432,EUR\n" }) } },
    },
  },
  responses: {
    200: json(z.object({ prices: z.int().openapi({ description: "how many there are now" }) }), "the list holds now"),
    ...refusals(400, 404),
  },
});

app.openapi(putPrices, async (c) => {
  const csv = toText(await readBytes(c.req.raw, LONGEST_LIST));
  return c.json(await c.get("operator").prices.put(c.req.valid("param").name, csv), 200);
});

const listPrices = createRoute({
  method: "get",
  path: "/carriers/{name}/prices",
  summary: "List a carrier's prices",
  security: operator,
  request: { ...inPath, query: PageQuery },
  responses: {
    200: json(listOf(PriceAnswer.extend({ prefix: z.string() })), "prices for one part of a text, by prefix"),
    ...refusals(400, 404),
  },
});

app.openapi(listPrices, async (c) => {
  const { name } = c.req.valid("param");
  return c.json(await c.get("operator").prices.list(name, toPage(c.req.valid("query"))), 200);
});

export type PriceRoutes = typeof putPrices | typeof listPrices;
