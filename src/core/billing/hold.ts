/** Paid messages: each is held until its charge is billed, and fails with it. */

import { accountNumberOf } from "../ids.ts";
import type { Message } from "../messages/message.ts";
import { writtenByUs } from "../messages/own.ts";
import type { MessageStore } from "../messages/store.ts";
import type { Clock, Ids, Jobs, Log } from "../ports.ts";
import { announce } from "../webhooks/announce.ts";
import { dueWhen } from "./accept.ts";
import type { MessageCharge } from "./paid.ts";
import { makeMoves } from "./settle.ts";
import type { ConsentStore, TransactionStore } from "./store.ts";
import { confirmText } from "./texts.ts";
import type { Transaction, TransactionId, TransactionMove } from "./transaction.ts";

export type HoldPorts = {
  clock: Clock;
  ids: Ids;
  consents: ConsentStore;
  transactions: TransactionStore;
  messages: MessageStore;
  jobs: Jobs;
  log: Log;
};

/** Holds messages that were claimed and are not paid for, and has them charged. */
export async function hold(ports: HoldPorts, messages: readonly Message[]): Promise<void> {
  if (messages.length === 0) return;
  const asked = new Set<string>();
  const items = await Promise.all(messages.map((message) => toItem(ports, message, asked)));
  const held = new Set(await ports.transactions.hold(items));
  const now = ports.clock.now();

  // The id stands for another charge: nobody is charged, and the text does not go.
  const strangers = items.filter(({ transaction }) => !held.has(transaction.id)).map(({ message }) => message);
  await announce(
    ports,
    strangers.map(({ id, attempts: attempt }) => ({
      id,
      to: "failed",
      at: now,
      attempt,
      reason: "duplicate",
      entry: { at: now, what: "refused: its id was used for another charge" },
    })),
  );

  const ours = items.filter(({ transaction }) => held.has(transaction.id));
  await makeMoves(
    ports,
    ours.flatMap(({ transaction: { id }, refusal }) => (refusal ? refuse(id, refusal, now) : [])),
  );
  const texts = ours.flatMap(({ text }) => text?.id ?? []);
  if (texts.length > 0) await ports.jobs.submit(texts);
  const ready = ours
    .filter(({ transaction }) => transaction.state === "ready")
    .map(({ transaction }) => transaction.id);
  if (ready.length > 0) await ports.jobs.charge(ready);
}

type Refusal = "no-consent" | "in-transaction";

const WHY = {
  "no-consent": "refused: there is no consent",
  "in-transaction": "refused: the person is being asked about another charge",
} as const satisfies Record<Refusal, string>;

function refuse(id: TransactionId, reason: Refusal, at: number): TransactionMove {
  return { id, to: "failed", from: ["waiting"], at, reason, entry: { at, what: WHY[reason] } };
}

/**
 * Why this message may not be charged for, if so. Who is asked for an "OK" while another one is waited for at the same
 * number could not tell which they answer.
 * @param asked who is being asked already, and at which number
 */
async function refusalOf(ports: HoldPorts, message: Message, asked: Set<string>): Promise<Refusal | undefined> {
  const charge = message.charge as MessageCharge;
  if (charge.confirm) {
    const who = `${message.recipient} at ${message.sender}`;
    if (asked.has(who)) return "in-transaction";
    asked.add(who);
    return (await ports.transactions.waitingForOk(message.recipient, message.sender)) ? "in-transaction" : undefined;
  }
  if (charge.consent === undefined) return undefined;
  const consent = await ports.consents.byId(message.account, charge.merchant, charge.consent, message.recipient);
  return consent?.state === "active" ? undefined : "no-consent";
}

type Item = { message: Message; transaction: Transaction; text?: Message; refusal?: Refusal };

async function toItem(ports: HoldPorts, message: Message, asked: Set<string>): Promise<Item> {
  const charge = message.charge as MessageCharge;
  const now = ports.clock.now();
  const refusal = await refusalOf(ports, message, asked);
  // One that may not be charged waits, and is failed: it is never ready, not even for a moment.
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
    message: message.id,
    registrationMinutes: charge.registrationMinutes,
    expiresAt,
    // What ended it since the message was accepted counts.
    acceptedAt: message.acceptedAt,
    changedAt: now,
    ...dueWhen(state, now, expiresAt),
    attempts: 0,
    echo: message.echo,
    history: [{ at: now, what: "for a paid message", message: message.id }],
  };
  if (refusal) return { message, transaction, refusal };
  if (!waits) return { message, transaction };
  const question = confirmText({ ...transaction, recipient: message.recipient, recurring: transaction.makesConsent });
  const text = writtenByUs(
    ports,
    { id: message.account, number },
    {
      theirId: `${transaction.id}-ok`,
      sender: message.sender,
      recipient: message.recipient,
      text: question,
    },
  );
  return { message, transaction, text };
}

function consentOf({ consent, unlessStopped }: MessageCharge): { consent?: string } {
  const id = consent ?? unlessStopped;
  return id === undefined ? {} : { consent: id };
}
