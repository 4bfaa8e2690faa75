/** An out-message in their words and in ours. */

import type { AccountSettings } from "../../core/accounts/account.ts";
import type { MessageCharge } from "../../core/billing/charges/paid.ts";
import { GatewayError } from "../../core/kernel/errors.ts";
import { given } from "../../core/kernel/given.ts";
import { fromMinor } from "../../core/kernel/money.ts";
import { nearest } from "../../core/kernel/nearest.ts";
import type { NewMessage } from "../../core/messages/accept.ts";
import type { Message } from "../../core/messages/message.ts";
import { toGsm } from "../../core/messages/text.ts";
import { unknownMembers } from "../read.ts";
import { toDate } from "./dates.ts";
import { CURRENCY } from "./fields.ts";
import { filled } from "./members.ts";
import { type OutMessage, OutMessageAnswer, OutMessage as OutMessageShape } from "./schema.ts";
import { settingsOf } from "./settings.ts";
import { toResult, toStatus } from "./status.ts";
import { type StrexData, StrexDataAnswer, StrexData as StrexDataShape } from "./strex-schema.ts";
import { fold, masked, unmarked } from "./text.ts";

const DEFAULT_MINUTES = 120;

const PRIORITY = { Low: "low", Normal: "normal", High: "high" } as const;
const DELIVERY_MODE = { AtMostOnce: "at-most-once", AtLeastOnce: "at-least-once" } as const;
const TO_PRIORITY = { low: "Low", normal: "Normal", high: "High" } as const;
const TO_DELIVERY_MODE = { "at-most-once": "AtMostOnce", "at-least-once": "AtLeastOnce" } as const;

export function toNewMessage(body: OutMessage, settings: AccountSettings): NewMessage {
  const { sessionId, correlationId, keywordId, tags, properties, allowUnicode, content, strex } = body;
  const sent = toSent(unmarked(content), allowUnicode, settings);
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
    echo: given({
      sessionId,
      correlationId,
      keywordId,
      tags: filled(tags),
      properties: filled(properties),
      allowUnicode,
      content: content === sent ? undefined : content,
      // The validity of a paid message begins when it is paid for, so the stored end is no longer the one asked for.
      ...(strex ? { strex: kept(strex), timeToLive: body.timeToLive ?? DEFAULT_MINUTES } : {}),
    }),
  };
}

/** The text's name in other APIs. */
const OTHER_NAMES = ["text", "message", "body", "sms", "msg"];

/**
 * A text that is missing or empty would go out as it is.
 * @param given the request, to find the member that was probably meant
 * @throws GatewayError bad-text
 */
export function checkContent({ content }: OutMessage, given: unknown): void {
  if (content !== "") return;
  const names = unknownMembers(KNOWN, given);
  const meant =
    names.find((name) => OTHER_NAMES.includes(name.toLowerCase())) ?? names.find((name) => nearest(name, ["content"]));
  const hint = meant === undefined ? "" : `; ${JSON.stringify(meant)} is not known here: the text goes in "content"`;
  throw new GatewayError("bad-text", `content: is missing or empty${hint}`, "content");
}

/** Clients send back members of our answers. */
const KNOWN = [OutMessageShape, OutMessageAnswer];

/** The members that mean nothing in an out-message; those of its `strex`, too. */
export function unknownIn(given: unknown): string[] {
  const strex = Object.entries(given ?? {}).find(([name]) => name.toLowerCase() === "strex")?.[1];
  const inner = unknownMembers([StrexDataShape, StrexDataAnswer], strex).map((name) => `strex.${name}`);
  return [...unknownMembers(KNOWN, given), ...inner];
}

/** Guides, "Encoding": characters are replaced unless unicode is allowed. The sources differ on the default. */
export function toSent(text: string, allowUnicode: boolean | undefined, settings: AccountSettings): string {
  const chosen = settingsOf(settings).allowUnicode;
  if (allowUnicode === undefined && chosen === "question-marks") return toGsm(fold(text));
  const isAllowed = allowUnicode ?? chosen === "allow";
  return isAllowed ? text : fold(text);
}

/** How long a person may take to answer, where the client does not say. */
const DEFAULT_TIMEOUT_MINUTES = 5;

/** Guides, "Paid messages": charged first, sent once that is through. */
function toCharge(strex: StrexData): MessageCharge {
  const { timeout = 0 } = strex;
  return {
    merchant: strex.merchantId,
    serviceCode: strex.serviceCode,
    invoiceText: strex.invoiceText,
    amount: strex.price,
    currency: CURRENCY,
    age: strex.age ?? 0,
    confirm: strex.smsConfirmation === true,
    ...(strex.preAuthServiceId ? { consent: strex.preAuthServiceId } : {}),
    minutes: timeout || DEFAULT_TIMEOUT_MINUTES,
    registrationMinutes: timeout,
  };
}

/** Members that our message has no place for; they are returned as they came. */
function kept({
  businessModel,
  isRestricted,
  smsConfirmation,
  timeout,
  preAuthServiceDescription,
  teletorg,
}: StrexData) {
  const more = { timeout, preAuthServiceDescription, teletorg: filled(teletorg) };
  return given({ businessModel, isRestricted, smsConfirmation, ...more });
}

function toStrex(message: Message, charge: MessageCharge, echo: object) {
  const { billed, reason } = message;
  return given({
    ...echo,
    merchantId: charge.merchant,
    serviceCode: charge.serviceCode,
    invoiceText: charge.invoiceText,
    price: fromMinor(charge.amount, charge.currency),
    age: charge.age,
    preAuthServiceId: charge.consent,
    billed,
    ...(billed === false && reason ? toResult(reason) : {}),
  });
}

/** Only members the provider lists, and only with a value: Node refuses to send back anything else. */
export function toAnswer(message: Message) {
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
