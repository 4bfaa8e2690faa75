/** /api/out-messages: send, look up, change, delete, and many at once. */

import { type Context, Hono } from "hono";
import { fromMinor } from "../../core/billing/money.ts";
import type { MessageCharge } from "../../core/billing/paid.ts";
import { GatewayError } from "../../core/errors.ts";
import type { NewItem, NewMessage } from "../../core/messages/accept.ts";
import type { Message } from "../../core/messages/message.ts";
import type { DialectEnv } from "../dialect.ts";
import { parseJson } from "../read.ts";
import { onlyOnce } from "./auth.ts";
import { byPathId, locationOf, readAs, readBody, spelt } from "./body.ts";
import { toDate } from "./dates.ts";
import { filled, present } from "./members.ts";
import { BatchItem, BatchItemId, JSON_TYPE, OutMessage, readable } from "./schema.ts";
import { toResult, toStatus } from "./status.ts";
import type { StrexData } from "./strex-schema.ts";
import { fold, masked, unmarked } from "./text.ts";

const MOST_IN_A_BATCH = 10_000;
const DEFAULT_MINUTES = 120;

const app = new Hono<DialectEnv>();

app.post("/", async (c) => {
  const body = readBody(c, OutMessage);
  const options = { once: c.get("once"), replaceScheduled: true };
  const message = await c.get("gateway").accept(c.get("caller"), toNewMessage(body), options);
  return c.body(null, 201, { Location: locationOf(c, "out-messages", message.theirId) });
});

app.post("/batch", async (c) => {
  const items = parseJson(c.get("body"));
  if (!Array.isArray(items)) throw new GatewayError("bad-request", "the body must be an array of out-messages");
  if (items.length > MOST_IN_A_BATCH) {
    throw new GatewayError("bad-request", `${items.length} messages are too many; a batch may have ${MOST_IN_A_BATCH}`);
  }
  const wanted = items.map((item, index) => readItem(item, index));
  refuseRepeatedIds(wanted);
  await c.get("gateway").acceptMany(c.get("caller"), wanted, c.get("once"));
  return c.body(null, 201);
});

app.get("/:id", onlyOnce, async (c) => c.json(toAnswer(await find(c)), 200, JSON_TYPE));

app.put("/:id", onlyOnce, async (c) => {
  const known = await find(c);
  const body = readBody(c, OutMessage);
  await c.get("gateway").edit(c.get("caller"), known, toNewMessage(body));
  return c.body(null, 204);
});

app.delete("/:id", onlyOnce, async (c) => {
  await c.get("gateway").cancel(await find(c));
  return c.body(null, 204);
});

export const outMessages = app;

/** A batch fails as a whole only for its ids. An item that is wrong in another way is refused alone, and told of. */
function readItem(item: unknown, index: number): NewItem {
  try {
    const body = readAs(BatchItem, item);
    return { ...toNewMessage(body), theirId: body.transactionId };
  } catch (refusal) {
    if (!(refusal instanceof GatewayError)) throw refusal;
    const theirId = idOf(item, index);
    return { ...toNewMessage(readable(spelt(OutMessage, item) as object)), theirId, refusal };
  }
}

function idOf(item: unknown, index: number): string {
  try {
    return readAs(BatchItemId, item).transactionId;
  } catch (error) {
    if (!(error instanceof GatewayError)) throw error;
    throw new GatewayError(error.refusal, `item ${index}: ${error.message}`, error.field);
  }
}

function refuseRepeatedIds(wanted: readonly { theirId: string }[]): void {
  const seen = new Set<string>();
  for (const { theirId } of wanted) {
    if (seen.has(theirId)) {
      throw new GatewayError(
        "bad-request",
        `transactionId ${theirId} occurs more than once in the batch`,
        "transactionId",
      );
    }
    seen.add(theirId);
  }
}

async function find(c: Context<DialectEnv>): Promise<Message> {
  const message = await byPathId(c, (id) => c.get("gateway").message(c.get("caller"), id));
  if (!message || message.state === "cancelled") {
    throw new GatewayError("not-found", `there is no out-message with transactionId ${c.req.param("id")}`);
  }
  return message;
}

const PRIORITY = { Low: "low", Normal: "normal", High: "high" } as const;
const DELIVERY_MODE = { AtMostOnce: "at-most-once", AtLeastOnce: "at-least-once" } as const;
const TO_PRIORITY = { low: "Low", normal: "Normal", high: "High" } as const;
const TO_DELIVERY_MODE = { "at-most-once": "AtMostOnce", "at-least-once": "AtLeastOnce" } as const;

function toNewMessage(body: OutMessage): NewMessage {
  const { sessionId, correlationId, keywordId, tags, properties, allowUnicode, content, strex } = body;
  // Guides, "Encoding": characters are replaced unless unicode is allowed.
  const sent = allowUnicode === true ? unmarked(content) : fold(unmarked(content));
  return {
    ...(body.transactionId ? { theirId: body.transactionId } : {}),
    sender: body.sender,
    recipient: body.recipient,
    text: sent,
    gsmOnly: allowUnicode === false,
    priority: PRIORITY[body.priority],
    deliveryMode: DELIVERY_MODE[body.deliveryMode],
    ...(body.sendTime === undefined ? {} : { sendAt: body.sendTime }),
    validitySeconds: (body.timeToLive ?? DEFAULT_MINUTES) * 60,
    ...(body.deliveryReportUrl ? { reportUrl: body.deliveryReportUrl } : {}),
    ...(strex ? { charge: toCharge(strex) } : {}),
    echo: present({
      ...{ sessionId, correlationId, keywordId, tags: filled(tags), properties: filled(properties), allowUnicode },
      content: content === sent ? undefined : content,
      // A paid one's life begins anew once it is paid for, so it no longer tells what was asked for.
      ...(strex ? { strex: kept(strex), timeToLive: body.timeToLive ?? DEFAULT_MINUTES } : {}),
    }),
  };
}

/** How long a person may take to answer, where the client does not say. Minutes. */
const DEFAULT_TIMEOUT = 5;

/** Guides, "Paid messages": charged first, sent once that is through. */
function toCharge(strex: StrexData): MessageCharge {
  const { timeout = 0 } = strex;
  return {
    merchant: strex.merchantId,
    serviceCode: strex.serviceCode,
    invoiceText: strex.invoiceText,
    amount: strex.price,
    currency: "NOK",
    age: strex.age ?? 0,
    confirm: strex.smsConfirmation === true,
    ...(strex.preAuthServiceId ? { consent: strex.preAuthServiceId } : {}),
    minutes: timeout || DEFAULT_TIMEOUT,
    registrationMinutes: timeout,
  };
}

/** What has no place in our words, and is handed back as it came. */
function kept({
  businessModel,
  isRestricted,
  smsConfirmation,
  timeout,
  preAuthServiceDescription,
  teletorg,
}: StrexData) {
  const more = { timeout, preAuthServiceDescription, teletorg: filled(teletorg) };
  return present({ businessModel, isRestricted, smsConfirmation, ...more });
}

function toStrex(message: Message, charge: MessageCharge, echo: object) {
  const { billed, reason } = message;
  return present({
    ...echo,
    merchantId: charge.merchant,
    serviceCode: charge.serviceCode,
    invoiceText: charge.invoiceText,
    price: fromMinor(charge.amount),
    age: charge.age,
    preAuthServiceId: charge.consent,
    billed,
    ...(billed === false && reason ? toResult(reason) : {}),
  });
}

/** Only members the provider lists, and only with a value: Node refuses to send back anything else. */
function toAnswer(message: Message) {
  const kept: { content?: string; strex?: object; timeToLive?: number } = message.echo;
  const { content: written = message.text, strex, timeToLive, ...echo } = kept;
  // While it can still be changed the client's own text is shown, or an edit would lose it; after that, masked.
  const content = message.state === "scheduled" ? written : masked(written);
  const status = toStatus(message);
  return {
    transactionId: message.theirId,
    ...echo,
    ...(message.sender ? { sender: message.sender } : {}),
    ...(message.recipient ? { recipient: message.recipient } : {}),
    ...(content ? { content } : {}),
    sendTime: toDate(message.sendAt),
    timeToLive: timeToLive ?? Math.round((message.expiresAt - message.sendAt) / 60_000),
    priority: TO_PRIORITY[message.priority],
    deliveryMode: TO_DELIVERY_MODE[message.deliveryMode],
    ...(message.reportUrl ? { deliveryReportUrl: message.reportUrl } : {}),
    ...(message.charge ? { strex: toStrex(message, message.charge, strex ?? {}) } : {}),
    ...status,
    ...(message.operator ? { operatorId: message.operator } : {}),
    ...(message.reference ? { smscTransactionId: message.reference } : {}),
    smscMessageParts: message.parts,
    created: toDate(message.acceptedAt),
    lastModified: toDate(message.changedAt),
  };
}
