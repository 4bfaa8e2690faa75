/** An out-message in their words and in ours. */

import type { AccountSettings } from "../../core/accounts/account.ts";
import type { MessageCharge } from "../../core/billing/paid.ts";
import { fromMinor } from "../../core/kernel/money.ts";
import type { NewMessage } from "../../core/messages/accept.ts";
import type { Message } from "../../core/messages/message.ts";
import { toGsm } from "../../core/messages/text.ts";
import { toDate } from "./dates.ts";
import { filled, present } from "./members.ts";
import type { OutMessage } from "./schema.ts";
import { toResult, toStatus } from "./status.ts";
import type { StrexData } from "./strex-schema.ts";
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
    echo: present({
      ...{ sessionId, correlationId, keywordId, tags: filled(tags), properties: filled(properties), allowUnicode },
      content: content === sent ? undefined : content,
      // A paid one's life begins anew once it is paid for, so it no longer tells what was asked for.
      ...(strex ? { strex: kept(strex), timeToLive: body.timeToLive ?? DEFAULT_MINUTES } : {}),
    }),
  };
}

/** Guides, "Encoding": characters are replaced unless unicode is allowed. What holds where nothing is said is disputed. */
export function toSent(text: string, allowUnicode: boolean | undefined, settings: AccountSettings): string {
  if (allowUnicode === undefined && settings.allowUnicode === "question-marks") return toGsm(fold(text));
  const isAllowed = allowUnicode ?? settings.allowUnicode === "allow";
  return isAllowed ? text : fold(text);
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
