/** Paid messages: each is held until its charge is billed, and fails with it. */

import type { HistoryEvent } from "../../history.ts";
import { accountNumberOf, type MessageId, type TransactionId } from "../../kernel/ids.ts";
import type { Message } from "../../messages/message.ts";
import { writtenByUs } from "../../messages/own.ts";
import type { MessageStore } from "../../messages/store.ts";
import { announce } from "../../webhooks/announce.ts";
import type { ServiceStore } from "../store.ts";
import type { Agreement, ConsentStore } from "../subscriptions/store.ts";
import { dueWhen } from "./accept.ts";
import { CHARGE_LEASE_MS } from "./charge.ts";
import type { MessageCharge } from "./paid.ts";
import { chargeQuestion, remembered } from "./question.ts";
import { makeMoves, type SettlePorts } from "./settle.ts";
import type { Transaction, TransactionMove } from "./transaction.ts";

export type HoldPorts = {
  consents: ConsentStore;
  services: ServiceStore;
  messages: MessageStore;
} & SettlePorts;

/** Holds claimed messages that are not paid for, and makes their charges. */
export async function hold(ports: HoldPorts, messages: readonly Message[]): Promise<void> {
  if (messages.length === 0) return;
  const refusals = await refusalsOf(ports, messages);
  const asking = { ...ports, services: remembered(ports.services) };
  const items = await Promise.all(messages.map((message) => toItem(asking, message, refusals.get(message.id))));
  const held = new Set(await ports.transactions.hold(items));
  const now = ports.clock.now();

  // The id belongs to another charge: no charge is made, and the text is not sent.
  const strangers = items.filter(({ transaction }) => !held.has(transaction.id)).map(({ message }) => message);
  await announce(
    ports,
    strangers.map(({ id, attempts: attempt }) => ({
      id,
      to: "failed",
      at: now,
      attempt,
      reason: "duplicate",
      entry: { at: now, event: "charge.id_used" },
    })),
  );

  const ours = items.filter(({ transaction }) => held.has(transaction.id));
  await makeMoves(
    ports,
    ours.flatMap(({ transaction: { id }, refusal }) => (refusal ? refuse(id, refusal, now) : [])),
  );
  const texts = ours.flatMap(({ text }) => text?.id ?? []);
  if (texts.length > 0) await ports.jobs.submit(texts, 0, "urgent");
  const ready = ours
    .filter(({ transaction }) => transaction.state === "ready")
    .map(({ transaction }) => transaction.id);
  if (ready.length > 0) await ports.jobs.charge(ready);
}

type Refusal = "no-consent" | "in-transaction";

const REFUSED = {
  "no-consent": "charge.no_consent",
  "in-transaction": "charge.in_transaction",
} as const satisfies Record<Refusal, HistoryEvent>;

function refuse(id: TransactionId, reason: Refusal, at: number): TransactionMove {
  return { id, to: "failed", from: ["waiting"], at, reason, entry: { at, event: REFUSED[reason] } };
}

/**
 * The messages that may not be charged for, with the reason. A person with two open "OK" questions at one number could not say
 * which they answer, so the second is refused.
 */
async function refusalsOf(ports: HoldPorts, messages: readonly Message[]): Promise<Map<MessageId, Refusal>> {
  const confirmed = messages.filter(({ charge }) => charge?.confirm);
  const standing = messages.filter(({ charge }) => !charge?.confirm && charge && consentOf(charge).consent);
  const asked = new Set(
    (await ports.transactions.askedAmong(confirmed.map(personOf))).map(({ recipient, shortNumber }) =>
      [recipient, shortNumber].join(" "),
    ),
  );
  const consents = new Map((await ports.consents.among(standing.map(agreementOf))).map((one) => [nameOf(one), one]));

  const refusals = new Map<MessageId, Refusal>();
  for (const message of confirmed) {
    const person = [message.recipient, message.sender].join(" ");
    if (asked.has(person)) refusals.set(message.id, "in-transaction");
    asked.add(person);
  }
  for (const message of standing) {
    const { state, endedBy } = consents.get(nameOf(agreementOf(message))) ?? {};
    // STOP was checked before the message was accepted; the person may have written it since.
    const isRefused = message.charge?.consent === undefined ? endedBy === "person" : state !== "active";
    if (isRefused) refusals.set(message.id, "no-consent");
  }
  return refusals;
}

function personOf({ recipient, sender }: Message): { recipient: string; shortNumber: string } {
  return { recipient, shortNumber: sender };
}

function agreementOf({ account, recipient, charge }: Message): Agreement {
  return { account, recipient, merchant: charge?.merchant ?? "", service: (charge && consentOf(charge).consent) ?? "" };
}

function nameOf({ account, recipient, merchant, service }: Agreement): string {
  return JSON.stringify([account, recipient, merchant, service]);
}

type AskingPorts = Parameters<typeof chargeQuestion>[0] & Pick<HoldPorts, "clock" | "ids">;
type Item = { message: Message; transaction: Transaction; text?: Message; refusal?: Refusal };

async function toItem(ports: AskingPorts, message: Message, refusal: Refusal | undefined): Promise<Item> {
  const charge = message.charge as MessageCharge;
  const now = ports.clock.now();
  // A charge that may not be made is written as waiting and then failed: it is never ready, not even for a moment. No answer is in time
  // for it, and a sweep looks at it only if this process has died meanwhile.
  const waits = charge.confirm || refusal !== undefined;
  const expiresAt = waits ? now + (refusal ? 0 : charge.minutes) * 60_000 : message.expiresAt;
  const state = waits ? "waiting" : "ready";
  const number = accountNumberOf(message.id);
  const transaction: Transaction = {
    id: ports.ids.transaction(number),
    account: message.account,
    dialect: message.dialect,
    theirId: message.theirId,
    fingerprint: `paid ${message.id}`,
    kind: "charge",
    merchant: charge.merchant,
    ...(charge.service ? { service: charge.service } : {}),
    shortNumber: message.sender,
    serviceCode: charge.serviceCode,
    invoiceText: charge.invoiceText,
    recipient: message.recipient,
    amount: charge.amount,
    currency: charge.currency,
    age: charge.age,
    state,
    ...(waits ? { waitsFor: "ok" } : {}),
    ...consentOf(charge),
    makesConsent: charge.confirm && charge.consent !== undefined,
    startsSubscription: false,
    ...(charge.guard ? { guard: charge.guard.as } : {}),
    message: message.id,
    registrationMinutes: charge.registrationMinutes,
    expiresAt,
    // What ended it since the message was accepted counts.
    acceptedAt: message.acceptedAt,
    changedAt: now,
    // By then it is refused, or the process that refuses it has died.
    ...(refusal ? { dueAt: now + CHARGE_LEASE_MS } : dueWhen(state, now, expiresAt)),
    attempts: 0,
    echo: message.echo,
    history: [{ at: now, event: "charge.for_message", message: message.id }],
  };
  if (refusal) return { message, transaction, refusal };
  if (!waits) return { message, transaction };
  const text = writtenByUs(
    ports,
    { id: message.account, number },
    {
      theirId: `${transaction.id}-ok`,
      sender: message.sender,
      recipient: message.recipient,
      text: await chargeQuestion(ports, transaction, message.recipient),
    },
  );
  return { message, transaction, text };
}

function consentOf({ consent, unlessStopped }: MessageCharge): { consent?: string } {
  const id = consent ?? unlessStopped;
  return id === undefined ? {} : { consent: id };
}
