/** What became of a charge, and giving it back. */

import { createRoute, z } from "@hono/zod-openapi";
import { TRANSACTION_STATES, type Transaction } from "../core/billing/charges/transaction.ts";
import type { SubscriptionId, TransactionId } from "../core/kernel/ids.ts";
import { REASONS } from "../core/kernel/reasons.ts";
import { given, iso, json, listOf, makeApi, operator, PageQuery, refusals, Time, toPage } from "./api.ts";
import { Msisdn } from "./fields.ts";
import { readableEntry, TimelineEntry } from "./timeline.ts";

const app = makeApi();
export const transactions = app;

const TransactionAnswer = z
  .object({
    id: z.string(),
    account: z.string(),
    dialect: z.string(),
    theirId: z.string(),
    kind: z.enum(["charge", "reversal"]),
    merchant: z.string(),
    service: z.string().optional(),
    shortNumber: z.string(),
    serviceCode: z.string(),
    invoiceText: z.string(),
    recipient: z.string().optional().openapi({ description: "absent until the person is known" }),
    amount: z.number().int().openapi({ description: "minor units; negative for a reversal" }),
    currency: z.string(),
    age: z.number().int(),
    state: z.enum(TRANSACTION_STATES),
    reason: z.enum(REASONS).optional(),
    waitsFor: z.enum(["window", "ok"]).optional(),
    consent: z.string().optional(),
    makesConsent: z.boolean(),
    startsSubscription: z.boolean(),
    message: z.string().optional().openapi({ description: "the paid message that waits for it" }),
    subscription: z.string().optional(),
    period: z.number().int().optional(),
    reverses: z.string().optional().openapi({ description: "what a reversal reverses" }),
    registrationMinutes: z.number().int(),
    expiresAt: z.string(),
    acceptedAt: z.string(),
    changedAt: z.string(),
    attempts: z.number().int(),
    carrier: z.string().optional(),
    reference: z.string().optional(),
    operator: z.string().optional(),
    echo: z
      .record(z.string(), z.unknown())
      .openapi({ description: "fields from the customer's request that are given back unchanged" }),
  })
  .openapi("Transaction");
const inPath = { params: z.object({ id: z.string() }) };

function toAnswer(transaction: Transaction) {
  const { history: _, dueAt: __, fingerprint: ___, ...shown } = transaction;
  return {
    ...shown,
    expiresAt: iso(transaction.expiresAt),
    acceptedAt: iso(transaction.acceptedAt),
    changedAt: iso(transaction.changedAt),
  };
}

const listTransactions = createRoute({
  method: "get",
  path: "/transactions",
  summary: "List transactions, newest first",
  security: operator,
  request: {
    query: PageQuery.extend({
      account: z.string().optional(),
      recipient: Msisdn.optional(),
      state: z.enum(TRANSACTION_STATES).optional(),
      subscription: z.string().optional(),
      dialect: z.string().optional(),
      theirId: z.string().optional().openapi({ description: "the customer's id of it, whole" }),
      since: Time.optional(),
      until: Time.optional(),
    }),
  },
  responses: { 200: json(listOf(TransactionAnswer), "the transactions"), ...refusals(400) },
});

app.openapi(listTransactions, async (c) => {
  const { account, recipient, state, subscription, dialect, theirId, since, until, ...page } = c.req.valid("query");
  const of = subscription as SubscriptionId | undefined;
  const filter = given({ account, recipient, state, subscription: of, dialect, theirId, since, until });
  const found = await c.get("operator").transactions.list(filter, toPage(page));
  return c.json({ ...found, items: found.items.map(toAnswer) }, 200);
});

const findTransaction = createRoute({
  method: "get",
  path: "/transactions/{id}",
  summary: "Look up a transaction",
  security: operator,
  request: inPath,
  responses: { 200: json(TransactionAnswer, "the transaction"), ...refusals(404) },
});

app.openapi(findTransaction, async (c) =>
  c.json(toAnswer(await c.get("operator").transactions.find(c.req.valid("param").id as TransactionId)), 200),
);

const transactionTimeline = createRoute({
  method: "get",
  path: "/transactions/{id}/timeline",
  summary: "A transaction's story: every decision, carrier exchange and webhook attempt",
  security: operator,
  request: inPath,
  responses: { 200: json(listOf(TimelineEntry), "what happened, in order"), ...refusals(404) },
});

app.openapi(transactionTimeline, async (c) => {
  const steps = await c.get("operator").transactions.timeline(c.req.valid("param").id as TransactionId);
  return c.json({ items: steps.map(readableEntry) }, 200);
});

const reverseTransaction = createRoute({
  method: "post",
  path: "/transactions/{id}/reverse",
  summary: "Give back what was billed",
  description: "The reversal is a transaction of its own, which goes to the carrier like any other.",
  security: operator,
  request: inPath,
  responses: { 201: json(TransactionAnswer, "the reversal"), ...refusals(404, 409) },
});

app.openapi(reverseTransaction, async (c) => {
  const reversal = await c.get("operator").transactions.reverse(c.req.valid("param").id as TransactionId);
  return c.json(toAnswer(reversal), 201);
});

export type TransactionRoutes =
  | typeof listTransactions
  | typeof findTransaction
  | typeof transactionTimeline
  | typeof reverseTransaction;
