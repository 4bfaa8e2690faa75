/** The safety net behind every queue: everything here is also done sooner by a job, and must be safe to do twice. */

import { askCharges } from "./billing/charges/ask.ts";
import { CHARGE_LEASE } from "./billing/charges/charge.ts";
import { makeMoves, type SettlePorts, takeBack } from "./billing/charges/settle.ts";
import type { DueTransaction } from "./billing/charges/store.ts";
import type { TransactionMove } from "./billing/charges/transaction.ts";
import { type RenewPorts, renew } from "./billing/subscriptions/renew.ts";
import { giveUpAsking, type PreAuthStore } from "./inbound/preauth.ts";
import { inChunks } from "./kernel/chunks.ts";
import type { MessageId, TransactionId, WebhookId } from "./kernel/ids.ts";
import { ringFor } from "./kernel/ring.ts";
import { ask } from "./messages/ask.ts";
import type { Carrier } from "./messages/carrier.ts";
import type { Move } from "./messages/message.ts";
import type { DueMessage, MessageStore } from "./messages/store.ts";
import { LEASE as SUBMIT_LEASE } from "./messages/submit.ts";
import { announce } from "./webhooks/announce.ts";
import { LEASE as DELIVER_LEASE } from "./webhooks/deliver.ts";
import type { WebhookStore } from "./webhooks/store.ts";

type SweepPorts = {
  messages: MessageStore;
  webhooks: WebhookStore;
  carriers: ReadonlyMap<string, Carrier>;
  preauths: PreAuthStore;
} & SettlePorts &
  RenewPorts;

/** What to do with what is due: ring for it, or do it here and now. */
export type Hands = {
  submit(ids: readonly MessageId[], delaySeconds?: number): Promise<void>;
  charge(ids: readonly TransactionId[], delaySeconds?: number): Promise<void>;
  deliver(ids: readonly WebhookId[], delaySeconds?: number): Promise<void>;
};

/** How many rows are looked at together, and how often a sweep turns the page; the next sweep goes on. */
const PAGE = 2_000;
const PAGES = 100;
/** How many are moved, or asked for, together; and how many charges are put to a carrier at once. */
const MOVED_AT_ONCE = 500;
const CHARGED_AT_ONCE = 100;
/** Rows rung for a moment ago are left to their job. Milliseconds. */
const PATIENCE = 5_000;

/**
 * Finds what is due and hands it on.
 * @param ahead milliseconds: what falls due within them is rung for now, with its exact delay
 * @param patience milliseconds that a job is given before its row counts as left behind
 * @returns how many rows it found work for
 */
export async function sweep(
  ports: SweepPorts,
  hands: Hands = ports.jobs,
  { ahead = 0, patience = PATIENCE } = {},
): Promise<number> {
  const found = await inTurn([
    () => renew(ports),
    () => giveUpAsking(ports),
    () => sweepTransactions(ports, hands, ahead, patience),
    () => sweepMessages(ports, hands, ahead, patience),
    () => sweepWebhooks(ports, hands, ahead, patience),
  ]);
  return found.reduce((sum, count) => sum + count, 0);
}

/** Does all of it, even if some of it fails; then throws what failed. */
export async function inTurn<T>(rounds: readonly (() => Promise<T>)[]): Promise<T[]> {
  const done: T[] = [];
  const failed: unknown[] = [];
  for (const round of rounds) {
    try {
      done.push(await round());
    } catch (error) {
      failed.push(error);
    }
  }
  if (failed.length > 0) throw failed.length === 1 ? failed[0] : new AggregateError(failed, failed.join("; "));
  return done;
}

/** Whether somebody has something in hand just now: a message on its way to its carrier, a webhook to its customer. */
export async function isInHand(
  ports: Pick<SweepPorts, "clock" | "messages" | "transactions" | "webhooks">,
): Promise<boolean> {
  const now = ports.clock.now();
  const messages = await ports.messages.due(now + SUBMIT_LEASE, PAGE);
  if (messages.some(({ state }) => state === "submitting")) return true;
  const charges = await ports.transactions.due(now + CHARGE_LEASE, PAGE);
  const wall = ports.clock.wall();
  const isOpen = ({ state, inHandUntil = 0 }: DueTransaction) => state === "charging" || inHandUntil > wall;
  if (charges.some(isOpen)) return true;
  const webhooks = await ports.webhooks.due(now + DELIVER_LEASE, PAGE);
  return webhooks.some(({ state }) => state === "delivering");
}

async function sweepMessages(ports: SweepPorts, hands: Hands, ahead: number, patience: number): Promise<number> {
  const now = ports.clock.now();
  let found = 0;
  for (let page = 0, last: DueMessage | undefined; page < PAGES; page++) {
    const due = await ports.messages.due(now + ahead, PAGE, last);
    found += await handOn(ports, hands, due, now, patience);
    last = due.at(-1);
    if (due.length < PAGE) break;
  }
  return found;
}

async function handOn(
  ports: SweepPorts,
  hands: Hands,
  due: readonly DueMessage[],
  now: number,
  patience: number,
): Promise<number> {
  const byWork = Map.groupBy(due, (row) => workFor(row, now, patience));
  const rowsFor = (work: Work) => byWork.get(work) ?? [];
  const moves = [...rowsFor("expire").map((row) => expire(row, now)), ...rowsFor("free").map((row) => free(row, now))];
  for (const some of inChunks(moves, MOVED_AT_ONCE)) await announce(ports, some);

  const ready = rowsFor("submit").map((row) => row.id);
  const toAsk = [...rowsFor("ask"), ...rowsFor("free")].map((row) => row.id);
  for (const some of inChunks(toAsk, MOVED_AT_ONCE)) ready.push(...(await ask(ports, some)));
  if (ready.length > 0) await hands.submit(ready);
  await ringFor(hands.submit, rowsFor("soon"), now);
  return due.length - rowsFor("wait").length;
}

type Work = "submit" | "soon" | "expire" | "free" | "ask" | "wait";

function workFor(row: DueMessage, now: number, patience: number): Work {
  const dueAt = row.dueAt ?? 0;
  switch (row.state) {
    case "scheduled":
    case "accepted":
      if (dueAt > now) return "soon";
      if (row.expiresAt <= now) return "expire";
      return dueAt + patience > now ? "wait" : "submit";
    case "submitting":
      return dueAt > now ? "wait" : "free";
    case "unknown":
    case "sent":
      return dueAt > now ? "wait" : "ask";
    default:
      return "wait";
  }
}

function expire({ id, attempts: attempt }: DueMessage, now: number): Move {
  const entry = { at: now, event: "expired" } as const;
  return { id, to: "expired", at: now, attempt, overBy: now, reason: "validity-over", entry };
}

/** Whoever claimed it is gone, and it may have reached the carrier: which is asked, before anything goes again. */
function free({ id, attempts: attempt }: DueMessage, now: number): Move {
  return { id, to: "unknown", at: now, attempt, dueAt: now, entry: { at: now, event: "claim.lost" } };
}

async function sweepTransactions(ports: SweepPorts, hands: Hands, ahead: number, patience: number): Promise<number> {
  const now = ports.clock.now();
  let found = 0;
  for (let page = 0, last: DueTransaction | undefined; page < PAGES; page++) {
    const due = await ports.transactions.due(now + ahead, PAGE, last);
    found += await handOnCharges(ports, hands, due, now, patience);
    last = due.at(-1);
    if (due.length < PAGE) break;
  }
  return found;
}

async function handOnCharges(
  ports: SweepPorts,
  hands: Hands,
  due: readonly DueTransaction[],
  now: number,
  patience: number,
): Promise<number> {
  const wall = ports.clock.wall();
  const byWork = Map.groupBy(due, (row) => chargeWorkFor(row, now, wall, patience));
  const rowsFor = (work: ChargeWork) => byWork.get(work) ?? [];
  const moves = [
    ...rowsFor("expire").map((row) => expireCharge(row, now)),
    ...rowsFor("free").map((row) => freeCharge(row, now)),
    ...rowsFor("take back").map(({ id }) => takeBack(id, now)),
  ];
  for (const some of inChunks(moves, MOVED_AT_ONCE)) await makeMoves(ports, some);
  const toAsk = [...rowsFor("ask"), ...rowsFor("free")].map(({ id }) => id);
  for (const some of inChunks(toAsk, MOVED_AT_ONCE)) await askCharges(ports, some);
  const ready = rowsFor("charge").map(({ id }) => id);
  for (const some of inChunks(ready, CHARGED_AT_ONCE)) await hands.charge(some);
  await ringFor(hands.charge, rowsFor("soon"), now);
  return due.length - rowsFor("wait").length;
}

type ChargeWork = "charge" | "soon" | "expire" | "free" | "take back" | "ask" | "wait";

function chargeWorkFor(row: DueTransaction, now: number, wall: number, patience: number): ChargeWork {
  const dueAt = row.dueAt ?? 0;
  switch (row.state) {
    case "waiting":
      return row.expiresAt <= now ? "expire" : "wait";
    case "ready":
      if (row.isStopped) return "take back";
      if (dueAt > now) return "soon";
      if (row.expiresAt <= now) return "expire";
      return dueAt + patience > now ? "wait" : "charge";
    case "charging":
      // By both clocks: a sandbox whose time was moved must not take a charge from who is just asking for it.
      return dueAt > now || (row.inHandUntil ?? 0) > wall ? "wait" : "free";
    case "unknown":
      return dueAt > now || (row.inHandUntil ?? 0) > wall ? "wait" : "ask";
    case "sent":
      return dueAt > now ? "wait" : "ask";
    default:
      return "wait";
  }
}

/** The person did not come, or no carrier took it in time. What a carrier may have is never given up like this. */
function expireCharge({ id, state }: DueTransaction, now: number): TransactionMove {
  const isPersons = state === "waiting";
  return {
    id,
    to: "expired",
    from: [state],
    at: now,
    reason: isPersons ? "timed-out" : "validity-over",
    entry: { at: now, event: isPersons ? "person.timed_out" : "expired" },
  };
}

/** Whoever claimed it is gone, and the carrier may have billed it: it is asked, and never charged again. */
function freeCharge({ id, attempts: attempt }: DueTransaction, now: number): TransactionMove {
  return {
    id,
    to: "unknown",
    from: ["charging"],
    at: now,
    attempt,
    dueAt: now,
    entry: { at: now, event: "claim.lost" },
  };
}

async function sweepWebhooks(ports: SweepPorts, hands: Hands, ahead: number, patience: number): Promise<number> {
  const now = ports.clock.now();
  await ports.webhooks.release(now, now);
  let found = 0;
  for (let page = 0, last: { dueAt?: number; id: WebhookId } | undefined; page < PAGES; page++) {
    const due = await ports.webhooks.due(now + ahead, PAGE, last);
    const owed = due.filter((row) => row.state === "owed");
    const ready = owed.filter((row) => (row.dueAt ?? 0) + patience <= now);
    if (ready.length > 0) await hands.deliver(ready.map((row) => row.id));
    const soon = owed.filter((row) => (row.dueAt ?? 0) > now);
    await ringFor(hands.deliver, soon, now);
    found += ready.length;
    last = due.at(-1);
    if (due.length < PAGE) break;
  }
  return found;
}

/**
 * After a start of the only process there is: nobody can be delivering what was in hand when the last one ended, so that
 * is owed again at once. A message in hand waits for its lease all the same: a carrier may be about to get it.
 */
export async function takeOver(ports: Pick<SweepPorts, "clock" | "webhooks">): Promise<void> {
  await ports.webhooks.release(Number.MAX_SAFE_INTEGER, ports.clock.now());
}
