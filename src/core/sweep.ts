/** The safety net behind every queue: everything here is also done sooner by a job, and must be safe to do twice. */

import { type Agenda, type AgendaStore, type Claims, type DueKind, isListed } from "./agenda.ts";
import { askCharges } from "./billing/charges/ask.ts";
import { CHARGE_LEASE_MS } from "./billing/charges/charge.ts";
import { makeMoves, type SettlePorts, takeBack } from "./billing/charges/settle.ts";
import type { DueTransaction } from "./billing/charges/store.ts";
import type { TransactionMove } from "./billing/charges/transaction.ts";
import { type RenewPorts, renew } from "./billing/subscriptions/renew.ts";
import type { CampaignStore } from "./campaigns/campaign.ts";
import { PARTS_WAIT_MS } from "./inbound/parts.ts";
import { giveUpAsking, type PreAuthStore } from "./inbound/preauth.ts";
import { inChunks } from "./kernel/chunks.ts";
import type { Clock } from "./kernel/clock.ts";
import type { CampaignId, MessageId, TransactionId, WebhookId } from "./kernel/ids.ts";
import type { Lane } from "./kernel/lane.ts";
import { queueJobs } from "./kernel/queue-jobs.ts";
import { ask } from "./messages/ask.ts";
import type { Carrier } from "./messages/carrier.ts";
import type { Move } from "./messages/message.ts";
import type { Routes } from "./messages/route.ts";
import type { DueMessage, MessageStore } from "./messages/store.ts";
import { LEASE as SUBMIT_LEASE } from "./messages/submit.ts";
import { announce } from "./webhooks/announce.ts";
import { LEASE as DELIVER_LEASE } from "./webhooks/deliver.ts";
import type { DueWebhook, WebhookStore } from "./webhooks/store.ts";

type SweepPorts = {
  messages: MessageStore;
  webhooks: WebhookStore;
  carriers: ReadonlyMap<string, Carrier>;
  routes: Routes;
  preauths: PreAuthStore;
  campaigns: CampaignStore;
} & SettlePorts &
  RenewPorts;

/** Takes what is due: writes a job for it, or does it here and now. */
export type Dispatcher = {
  submit(ids: readonly MessageId[], delaySeconds?: number, lane?: Lane): Promise<void>;
  charge(ids: readonly TransactionId[], delaySeconds?: number): Promise<void>;
  deliver(ids: readonly WebhookId[], delaySeconds?: number): Promise<void>;
  release(ids: readonly CampaignId[], delaySeconds?: number): Promise<void>;
};

/** How many rows are looked at together, and how often a sweep turns the page; the next sweep goes on. */
const PAGE = 2_000;
const PAGES = 100;
/** How many are moved, or asked for, together; and how many charges are put to a carrier at once. */
const MOVED_AT_ONCE = 200;
const CHARGED_AT_ONCE = 100;
/** A row whose job was written this recently is left to that job. */
const JOB_GRACE_MS = 5_000;

/** A message that is with a carrier for longer takes its own place among what is due: until then each sweep passes it by. */
const RESTS_AFTER_MS = 60_000;

/** One sweep. `now` is as things are due by, `wall` is real time; both epoch ms. `ahead` and `patience` are milliseconds. */
type Round = { dispatcher: Dispatcher; now: number; wall: number; ahead: number; patience: number };

/**
 * Finds the rows that are due and passes them to the dispatcher.
 * @param ahead milliseconds: what falls due within them gets its job now, with its exact delay
 * @param patience milliseconds that a job is given before its row counts as left behind
 * @param agenda what was due a moment ago: kinds that have nothing in it are not looked at, until something else was done
 * @returns how many rows there was work for
 */
export async function sweep(
  ports: SweepPorts,
  dispatcher: Dispatcher = ports.jobs,
  { ahead = 0, patience = JOB_GRACE_MS, agenda }: { ahead?: number; patience?: number; agenda?: Agenda } = {},
): Promise<number> {
  const round = () => ({ dispatcher, now: ports.clock.now(), wall: ports.clock.wall(), ahead, patience });
  let found = 0;
  const isToLook = (kind: DueKind) => !agenda || found > 0 || isListed(agenda, kind, ports.clock.now() + ahead);
  const look = (kind: DueKind, forRows: () => Promise<number>) => async () => {
    if (isToLook(kind)) found += await forRows();
  };
  await inTurn([
    look("subscriptions", () => renew(ports)),
    look("preauths", () => giveUpAsking(ports)),
    look("campaigns", () => sweepCampaigns(ports, round())),
    look("transactions", () => sweepTransactions(ports, round())),
    look("messages", () => sweepMessages(ports, round())),
    look("webhooks", () => sweepWebhooks(ports, round())),
  ]);
  return found;
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

/** The clock of another process may be ahead of this one's, by this much at most. */
const AHEAD_MS = 60_000;
const claimsAt = (now: number) => ({
  messages: now + SUBMIT_LEASE + AHEAD_MS,
  transactions: now + CHARGE_LEASE_MS + AHEAD_MS,
  webhooks: now + DELIVER_LEASE + AHEAD_MS,
});

/** What is next to be done, and whether anything is in hand. */
export function readAgenda({ agenda, clock }: { agenda: AgendaStore; clock: Clock }): Promise<Agenda> {
  return agenda.read(PARTS_WAIT_MS, claimsAt(clock.now()), clock.wall());
}

/**
 * Whether anything may have been in hand a moment before the agenda was read, or may wait for its receipt.
 * @param now epoch ms
 */
export function isBusy(agenda: Agenda, now: number): boolean {
  const claims = Object.entries(claimsAt(now)) as [keyof Claims, number][];
  return claims.some(([kind, until]) => isListed(agenda, kind, until));
}

/** Reads what is due page by page. `dispatch` says for how many rows of a page there was work. */
async function eachPage<Row>(
  read: (last: Row | undefined) => Promise<Row[]>,
  dispatch: (rows: readonly Row[]) => Promise<number>,
): Promise<number> {
  let found = 0;
  for (let page = 0, last: Row | undefined; page < PAGES; page++) {
    const rows = await read(last);
    found += await dispatch(rows);
    last = rows.at(-1);
    if (rows.length < PAGE) break;
  }
  return found;
}

async function sweepMessages(ports: SweepPorts, round: Round): Promise<number> {
  for (let page = 0; page < PAGES; page++) {
    if ((await ports.messages.rest(round.now - RESTS_AFTER_MS, PAGE)) < PAGE) break;
  }
  return eachPage(
    (last: DueMessage | undefined) => ports.messages.due(round.now + round.ahead, PAGE, last),
    (due) => dispatchMessages(ports, round, due),
  );
}

async function dispatchMessages(
  ports: SweepPorts,
  { dispatcher, now, patience }: Round,
  due: readonly DueMessage[],
): Promise<number> {
  const byWork = Map.groupBy(due, (row) => workFor(row, now, patience));
  const rowsFor = (work: Work) => byWork.get(work) ?? [];
  const moves = [
    ...rowsFor("expire").map((row) => expire(row, now)),
    ...rowsFor("release").map((row) => release(row, now)),
  ];
  for (const some of inChunks(moves, MOVED_AT_ONCE)) await announce(ports, some);

  const ready = rowsFor("submit").map(({ id, lane }) => ({ id, lane }));
  const toAsk = [...rowsFor("ask"), ...rowsFor("release")].map((row) => row.id);
  for (const some of inChunks(toAsk, MOVED_AT_ONCE)) ready.push(...(await ask(ports, some)));
  await queueJobs(dispatcher.submit, [...ready, ...rowsFor("soon")], now);
  return due.length - rowsFor("wait").length;
}

type Work = "submit" | "soon" | "expire" | "release" | "ask" | "wait";

function workFor(row: DueMessage, now: number, patience: number): Work {
  const dueAt = row.dueAt ?? 0;
  switch (row.state) {
    case "scheduled":
    case "accepted":
      if (dueAt > now) return "soon";
      if (row.expiresAt <= now) return "expire";
      return dueAt + patience > now ? "wait" : "submit";
    case "submitting":
      return dueAt > now ? "wait" : "release";
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

/** The process that claimed it is gone, and the carrier may have it: the carrier is asked before it is sent again. */
function release({ id, attempts: attempt }: DueMessage, now: number): Move {
  return { id, to: "unknown", at: now, attempt, dueAt: now, entry: { at: now, event: "claim.lost" } };
}

/** More campaigns than these wait for the next sweep. */
const CAMPAIGNS_AT_ONCE = 200;

async function sweepCampaigns(ports: SweepPorts, { dispatcher, now, ahead, patience }: Round): Promise<number> {
  const due = await ports.campaigns.due(now + ahead, CAMPAIGNS_AT_ONCE);
  const ready = due.filter(({ dueAt }) => dueAt + patience <= now).map(({ id }) => id);
  if (ready.length > 0) await dispatcher.release(ready);
  await queueJobs(
    dispatcher.release,
    due.filter(({ dueAt }) => dueAt > now),
    now,
  );
  return ready.length;
}

function sweepTransactions(ports: SweepPorts, round: Round): Promise<number> {
  return eachPage(
    (last: DueTransaction | undefined) => ports.transactions.due(round.now + round.ahead, PAGE, last),
    (due) => dispatchCharges(ports, round, due),
  );
}

async function dispatchCharges(
  ports: SweepPorts,
  { dispatcher, now, wall, patience }: Round,
  due: readonly DueTransaction[],
): Promise<number> {
  const byWork = Map.groupBy(due, (row) => chargeWorkFor(row, now, wall, patience));
  const rowsFor = (work: ChargeWork) => byWork.get(work) ?? [];
  const moves = [
    ...rowsFor("expire").map((row) => expireCharge(row, now)),
    ...rowsFor("release").map((row) => releaseCharge(row, now)),
    ...rowsFor("take back").map(({ id }) => takeBack(id, now)),
  ];
  for (const some of inChunks(moves, MOVED_AT_ONCE)) await makeMoves(ports, some);
  const toAsk = [...rowsFor("ask"), ...rowsFor("release")].map(({ id }) => id);
  for (const some of inChunks(toAsk, MOVED_AT_ONCE)) await askCharges(ports, some);
  const ready = rowsFor("charge").map(({ id }) => id);
  for (const some of inChunks(ready, CHARGED_AT_ONCE)) await dispatcher.charge(some);
  await queueJobs(dispatcher.charge, rowsFor("soon"), now);
  return due.length - rowsFor("wait").length;
}

type ChargeWork = "charge" | "soon" | "expire" | "release" | "take back" | "ask" | "wait";

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
      // By both clocks: a sandbox whose time was moved must not take a charge from the process that is asking a carrier for it.
      return dueAt > now || (row.inHandUntil ?? 0) > wall ? "wait" : "release";
    case "unknown":
      return dueAt > now || (row.inHandUntil ?? 0) > wall ? "wait" : "ask";
    case "sent":
      return dueAt > now ? "wait" : "ask";
    default:
      return "wait";
  }
}

/** The person did not answer, or no carrier took it in time. A charge that a carrier may have never expires like this. */
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

/** The process that claimed it is gone, and the carrier may have billed it: it is asked about, and never charged again. */
function releaseCharge({ id, attempts: attempt }: DueTransaction, now: number): TransactionMove {
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

async function sweepWebhooks(ports: SweepPorts, { dispatcher, now, ahead, patience }: Round): Promise<number> {
  await ports.webhooks.release(now, now);
  return eachPage(
    (last: DueWebhook | undefined) => ports.webhooks.due(now + ahead, PAGE, last),
    async (due) => {
      const owed = due.filter((row) => row.state === "owed");
      const ready = owed.filter((row) => (row.dueAt ?? 0) + patience <= now);
      if (ready.length > 0) await dispatcher.deliver(ready.map((row) => row.id));
      const soon = owed.filter((row) => (row.dueAt ?? 0) > now);
      await queueJobs(dispatcher.deliver, soon, now);
      return ready.length;
    },
  );
}

/**
 * At the start of the only process there is: webhooks that the last process was delivering are owed again at once, since no
 * process delivers them now. A message in *submitting* still waits for its lease: a carrier may be about to get it.
 */
export async function takeOver(ports: Pick<SweepPorts, "clock" | "webhooks">): Promise<void> {
  await ports.webhooks.release(Number.MAX_SAFE_INTEGER, ports.clock.now());
}
