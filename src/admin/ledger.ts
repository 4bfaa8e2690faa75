/** The ledger: the entries of each transaction, and the balances. */

import { createRoute, z } from "@hono/zod-openapi";
import type { TransactionId } from "../core/kernel/ids.ts";
import { given, iso, json, listOf, makeApi, operator, PageQuery, refusals, Time, toPage } from "./api.ts";

const app = makeApi();
export const ledger = app;

const Book = z.string().openapi({
  description: "whose account it is: `operator:<carrier>` owes us, `merchant:<id>` is owed",
  example: "merchant:mag",
});
const Sum = z.number().int().openapi({ description: "minor units" });

const EntryAnswer = z
  .object({
    id: z.string(),
    transaction: z.string(),
    account: z.string(),
    book: Book,
    amount: Sum,
    currency: z.string(),
    at: z.string(),
  })
  .openapi("LedgerEntry");

const listLedger = createRoute({
  method: "get",
  path: "/ledger",
  summary: "List entries, those booked last first",
  description: "The entries of one transaction sum to zero.",
  security: operator,
  request: {
    query: PageQuery.extend({
      account: z.string().optional(),
      transaction: z.string().optional(),
      since: Time.optional(),
      until: Time.optional(),
    }),
  },
  responses: { 200: json(listOf(EntryAnswer), "the entries"), ...refusals(400) },
});

app.openapi(listLedger, async (c) => {
  const { account, transaction, since, until, ...page } = c.req.valid("query");
  const filter = given({ account, transaction: transaction as TransactionId | undefined, since, until });
  const found = await c.get("operator").ledger.list(filter, toPage(page));
  return c.json({ ...found, items: found.items.map((one) => ({ ...one, at: iso(one.at) })) }, 200);
});

const BalanceAnswer = z.object({ book: Book, currency: z.string(), amount: Sum }).openapi("Balance");

const balances = createRoute({
  method: "get",
  path: "/ledger/balance",
  summary: "What each book holds, in each currency",
  security: operator,
  request: { query: z.object({ account: z.string().optional() }) },
  responses: { 200: json(listOf(BalanceAnswer), "the sums of all entries"), ...refusals(400) },
});

app.openapi(balances, async (c) => {
  const items = await c.get("operator").ledger.balance(c.req.valid("query").account);
  return c.json({ items }, 200);
});

export type LedgerRoutes = typeof listLedger | typeof balances;
