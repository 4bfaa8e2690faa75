/** /api/strex/transactions: charge, look up, reverse. */

import { type Context, Hono } from "hono";
import type { NewCharge } from "../../core/billing/charges/accept.ts";
import type { Transaction } from "../../core/billing/charges/transaction.ts";
import { GatewayError } from "../../core/kernel/errors.ts";
import { given } from "../../core/kernel/given.ts";
import { fromMinor } from "../../core/kernel/money.ts";
import { OURS } from "../../core/messages/own.ts";
import type { DialectEnv } from "../dialect.ts";
import { onlyOnce } from "./auth.ts";
import { byPathId, locationOf, query, readBody, refuseHead } from "./body.ts";
import { toDate } from "./dates.ts";
import { checkFake } from "./fake-numbers.ts";
import { CURRENCY, WebUrl } from "./fields.ts";
import { filled } from "./members.ts";
import { JSON_TYPE } from "./schema.ts";
import { toChargeStatus, toResult } from "./status.ts";
import { StrexTransaction } from "./strex-schema.ts";
import { fold } from "./text.ts";

const RESOURCE = "strex/transactions";

/** Guides, "Strex transaction": how long a look at one, or its reversal, waits for it to be settled. */
const STATUS_WAIT_SECONDS = 20;

const app = new Hono<DialectEnv>();

app.post("/strex/transactions", onlyOnce, async (c) => {
  const body = readBody(c, StrexTransaction);
  checkFake(c, body.recipient, body.properties);
  const transaction = await c.get("gateway").acceptCharge(c.get("caller"), toNewCharge(body));
  return c.body(null, 201, { Location: locationOf(c, RESOURCE, transaction.theirId) });
});

app.get("/strex/transactions/:id", onlyOnce, async (c) => {
  const id = c.req.param("id");
  return c.json(toAnswer(there(await byPathId(c, settled(c)), id)), 200, JSON_TYPE);
});

app.delete("/strex/transactions/:id", onlyOnce, async (c) => {
  const id = c.req.param("id");
  return reverse(c, there(await byPathId(c, settled(c)), id));
});

// Left out of the SDKs since 2019; older programs may still ask for it.
app.get("/reverse-payment", onlyOnce, async (c) => {
  refuseHead(c);
  const id = query(c, "transactionId");
  return reverse(c, there(await settled(c)(id), id));
});

export const strexTransactions = app;

/** Looks for a transaction, and waits for it if there is one. */
function settled(c: Context<DialectEnv>): (id: string) => Promise<Transaction | undefined> {
  return (id) => c.get("gateway").settledTransaction(c.get("caller"), id, STATUS_WAIT_SECONDS);
}

function there(transaction: Transaction | undefined, id: string): Transaction {
  if (!transaction) throw new GatewayError("not-found", `there is no transaction with transactionId ${id}`);
  return transaction;
}

async function reverse(c: Context<DialectEnv>, original: Transaction): Promise<Response> {
  const { theirId } = await c.get("gateway").reverse(c.get("caller"), original);
  const headers = { ...JSON_TYPE, Location: locationOf(c, RESOURCE, theirId) };
  return c.json({ transactionId: theirId }, 201, headers);
}

function toNewCharge(body: StrexTransaction): NewCharge {
  const { recipient, timeout = 0, properties = {} } = body;
  const said = (name: string) =>
    Object.entries(properties).find(([given]) => given.toLowerCase() === name.toLowerCase())?.[1];
  const words = (name: string) => {
    const value = said(name);
    return typeof value === "string" && value !== "" ? fold(value) : undefined;
  };
  if (!recipient && body.oneTimePassword !== undefined) {
    throw new GatewayError("bad-request", "recipient: is missing; a one-time password is one person's", "recipient");
  }
  return given({
    theirId: body.transactionId,
    merchant: body.merchantId,
    shortNumber: body.shortNumber,
    serviceCode: body.serviceCode,
    invoiceText: body.invoiceText,
    amount: body.price,
    currency: CURRENCY,
    recipient,
    age: body.age,
    code: body.oneTimePassword,
    confirm: body.smsConfirmation,
    prefix: words("message_prefix"),
    suffix: words("message_suffix"),
    consent: body.preAuthServiceId,
    consentDescription: body.preAuthServiceDescription,
    redirectUrl: recipient ? undefined : redirectUrl(said("RedirectUrl")),
    recurring: recipient ? undefined : said("Recurring") === true || said("Recurring") === "true",
    // A purchase page waits for its person longer than an SMS does.
    minutes: recipient && timeout > 0 ? timeout : undefined,
    registrationMinutes: timeout,
    echo: kept(body),
  });
}

/** Members that our charge has no place for; they are returned as they came. The code is for us alone. */
function kept(body: StrexTransaction): Record<string, unknown> {
  const { sessionId, correlationId, keywordId, content, deliveryMode, tags, properties, teletorg } = body;
  const { businessModel, isRestricted, smsConfirmation, timeout, preAuthServiceDescription } = body;
  return given({
    sessionId,
    correlationId,
    keywordId,
    content,
    deliveryMode,
    tags: filled(tags),
    properties: filled(properties),
    teletorg: filled(teletorg),
    businessModel,
    isRestricted,
    smsConfirmation,
    timeout,
    preAuthServiceDescription,
  });
}

/** Guides, "One-click": where a person goes whose number we do not know. */
function redirectUrl(given: unknown): string {
  const url = WebUrl.safeParse(given);
  if (url.success) return url.data;
  throw new GatewayError(
    "bad-request",
    "properties.RedirectUrl: must be an absolute http or https URL where there is no recipient",
    "properties.RedirectUrl",
  );
}

const KEPT = [
  ...["sessionId", "correlationId", "keywordId", "content", "deliveryMode", "tags", "properties", "teletorg"],
  ...["businessModel", "isRestricted", "smsConfirmation", "timeout", "preAuthServiceDescription"],
];

/**
 * The members to return: of a paid message, those it shares with a transaction; of a purchase page, those of its config.
 * Members that other dialects keep with their transactions are not shown.
 */
function echoOf({ dialect, echo, message }: Transaction): Record<string, unknown> {
  if (dialect !== "target365" && dialect !== OURS) return {};
  // The text of a message is looked up there, where it is masked.
  const own = message ? { ...echo, ...(echo.strex as object | undefined), content: undefined } : echo;
  return Object.fromEntries(Object.entries(own).filter(([name]) => KEPT.includes(name)));
}

function toAnswer(transaction: Transaction) {
  const { statusCode, detailedStatusCode, statusDescription, billed } = toChargeStatus(transaction);
  return given({
    ...echoOf(transaction),
    transactionId: transaction.theirId,
    merchantId: transaction.merchant,
    shortNumber: transaction.shortNumber,
    recipient: transaction.recipient,
    serviceCode: transaction.serviceCode,
    invoiceText: transaction.invoiceText,
    price: fromMinor(transaction.amount, transaction.currency),
    age: transaction.age,
    preAuthServiceId: transaction.consent,
    statusCode,
    detailedStatusCode,
    statusDescription,
    billed,
    ...(billed === false && transaction.reason ? toResult(transaction.reason) : {}),
    smscTransactionId: transaction.reference,
    created: toDate(transaction.acceptedAt),
    lastModified: toDate(transaction.changedAt),
  });
}
