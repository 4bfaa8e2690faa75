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
import type { Transaction } from "./transaction.ts";

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
  const items = await Promise.all(messages.map((message) => toItem(ports, message)));
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
  const refused = ours.filter(({ isAllowed }) => !isAllowed).map(({ transaction }) => transaction);
  await makeMoves(
    ports,
    refused.map(({ id }) => ({
      id,
      to: "failed",
      from: ["waiting"],
      at: now,
      reason: "no-consent",
      entry: { at: now, what: "refused: there is no consent" },
    })),
  );
  const texts = ours.flatMap(({ text }) => text?.id ?? []);
  if (texts.length > 0) await ports.jobs.submit(texts);
  const ready = ours
    .filter(({ transaction }) => transaction.state === "ready")
    .map(({ transaction }) => transaction.id);
  if (ready.length > 0) await ports.jobs.charge(ready);
}

type Item = { message: Message; transaction: Transaction; text?: Message; isAllowed: boolean };

async function toItem(ports: HoldPorts, message: Message): Promise<Item> {
  const charge = message.charge as MessageCharge;
  const consent =
    charge.consent === undefined
      ? undefined
      : await ports.consents.byId(message.account, charge.merchant, charge.consent, message.recipient);
  const isAllowed = charge.confirm || charge.consent === undefined || consent?.state === "active";
  const now = ports.clock.now();
  // One that may not be charged waits, and is failed: it is never ready, not even for a moment.
  const waits = charge.confirm || !isAllowed;
  const expiresAt = waits ? now + (isAllowed ? charge.minutes : 0) * 60_000 : message.expiresAt;
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
    ...(charge.consent === undefined ? {} : { consent: charge.consent }),
    makesConsent: charge.confirm && charge.consent !== undefined,
    startsSubscription: false,
    message: message.id,
    registrationMinutes: charge.registrationMinutes,
    expiresAt,
    acceptedAt: now,
    changedAt: now,
    ...dueWhen(state, now, expiresAt),
    attempts: 0,
    echo: message.echo,
    history: [{ at: now, what: "for a paid message", message: message.id }],
  };
  if (!waits || !isAllowed) return { message, transaction, isAllowed };
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
  return { message, transaction, text, isAllowed };
}
