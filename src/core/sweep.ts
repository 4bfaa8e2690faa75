/** The safety net behind every queue: everything here is also done sooner by a job, and must be safe to do twice. */

import type { AccountStore } from "./accounts/store.ts";
import type { Carrier, QueryResult } from "./messages/carrier.ts";
import type { Message, MessageId, MessageState, Move } from "./messages/message.ts";
import { carriersFor } from "./messages/route.ts";
import { toMove } from "./messages/settle.ts";
import type { DueMessage, MessageStore } from "./messages/store.ts";
import { ASK_AFTER, LEASE as SUBMIT_LEASE } from "./messages/submit.ts";
import type { Clock, Jobs, Log } from "./ports.ts";
import { announce } from "./webhooks/announce.ts";
import { LEASE as DELIVER_LEASE } from "./webhooks/deliver.ts";
import type { WebhookStore } from "./webhooks/store.ts";
import type { WebhookId } from "./webhooks/webhook.ts";

type SweepPorts = {
  clock: Clock;
  accounts: AccountStore;
  messages: MessageStore;
  webhooks: WebhookStore;
  carriers: ReadonlyMap<string, Carrier>;
  jobs: Jobs;
  log: Log;
};

/** What to do with what is due: ring for it, or do it here and now. */
export type Hands = {
  submit(ids: readonly MessageId[], delaySeconds?: number): Promise<void>;
  deliver(ids: readonly WebhookId[], delaySeconds?: number): Promise<void>;
};

/** How much one sweep looks at; the next one goes on. */
const AT_ONCE = 5_000;
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
  const messages = await sweepMessages(ports, hands, ahead, patience);
  const webhooks = await sweepWebhooks(ports, hands, ahead, patience);
  return messages + webhooks;
}

/** Whether somebody has something in hand just now: a message on its way to its carrier, a webhook to its customer. */
export async function isInHand(ports: Pick<SweepPorts, "clock" | "messages" | "webhooks">): Promise<boolean> {
  const now = ports.clock.now();
  const messages = await ports.messages.due(now + SUBMIT_LEASE, AT_ONCE);
  if (messages.some(({ state }) => state === "submitting")) return true;
  const webhooks = await ports.webhooks.due(now + DELIVER_LEASE, AT_ONCE);
  return webhooks.some(({ state }) => state === "delivering");
}

async function sweepMessages(ports: SweepPorts, hands: Hands, ahead: number, patience: number): Promise<number> {
  const now = ports.clock.now();
  const due = await ports.messages.due(now + ahead, AT_ONCE);
  const byWork = Map.groupBy(due, (row) => workFor(row, now, patience));

  const idsOf = (work: Work) => (byWork.get(work) ?? []).map((row) => row.id);
  const moves: Move[] = [
    ...(byWork.get("expire") ?? []).map((row) => expire(row, now)),
    ...(byWork.get("free") ?? []).map((row) => free(row, now)),
  ];
  await announce(ports, moves);
  const asked = await ask(ports, [...idsOf("ask"), ...movedTo(moves, "unknown")], now);

  const ready = [...idsOf("submit"), ...movedTo(moves, "accepted"), ...asked];
  if (ready.length > 0) await hands.submit(ready);
  const soon = Map.groupBy(byWork.get("soon") ?? [], (row) => Math.ceil(((row.dueAt as number) - now) / 1000));
  for (const [seconds, rows] of soon)
    await hands.submit(
      rows.map((row) => row.id),
      seconds,
    );
  return due.length - idsOf("wait").length;
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
  return { id, to: "expired", at: now, attempt, reason: "validity-over", entry: { at: now, what: "validity over" } };
}

/** Whoever claimed it is gone. It may have reached the carrier; only an at-least-once message may go again unasked. */
function free({ id, attempts: attempt, deliveryMode }: DueMessage, now: number): Move {
  const base = { id, at: now, attempt, dueAt: now };
  return deliveryMode === "at-least-once"
    ? { ...base, to: "accepted", entry: { at: now, what: "left behind, sent again" } }
    : { ...base, to: "unknown", entry: { at: now, what: "left behind, carrier to be asked" } };
}

/** Asks carriers about messages whose answer or whose receipt did not come; answers those that may go again. */
async function ask(ports: SweepPorts, ids: readonly MessageId[], now: number): Promise<MessageId[]> {
  if (ids.length === 0) return [];
  const messages = (await ports.messages.byIds(ids)).filter(({ state }) => state === "unknown" || state === "sent");
  const answers = await queryAll(ports, messages);
  const moves = messages.flatMap((message) => toMoveAfterAsking(message, answers.get(message.id), now) ?? []);
  await announce(ports, moves);

  const moved = new Set(moves.map((move) => move.id));
  const unmoved = messages.filter((message) => !moved.has(message.id)).map((message) => message.id);
  if (unmoved.length > 0) await ports.messages.postpone(unmoved, "unknown", now + 4 * ASK_AFTER);
  return movedTo(moves, "accepted");
}

type Word = { carrier: string; answer: QueryResult };

/**
 * Each message is asked for at the carrier it went to; one that was left behind in mid-submit, at every carrier it may
 * have gone to. *never-seen* is believed only if all of them say so.
 */
async function queryAll(ports: SweepPorts, messages: readonly Message[]): Promise<Map<MessageId, Word>> {
  const routes = await ports.messages.routes();
  const names = [...ports.carriers.keys()];
  const questions = messages.flatMap((message) =>
    (message.carrier ? [message.carrier] : carriersFor(message, routes, names)).map((carrier) => ({
      carrier,
      message,
    })),
  );
  const words = new Map<MessageId, Word>();
  for (const [carrier, group] of Map.groupBy(questions, (question) => question.carrier)) {
    const answers = await ports.carriers
      .get(carrier)
      ?.query(group.map(({ message }) => message))
      .catch(() => undefined);
    group.forEach(({ message }, index) => {
      const answer = answers?.[index] ?? { outcome: "cannot-tell" as const };
      const before = words.get(message.id)?.answer.outcome ?? "never-seen";
      if (before === "never-seen" || answer.outcome === "taken" || answer.outcome === "settled") {
        words.set(message.id, { carrier, answer });
      }
    });
  }
  return words;
}

function toMoveAfterAsking(message: Message, word: Word | undefined, now: number): Move | undefined {
  const answer = word?.answer ?? { outcome: "cannot-tell" as const };
  const carrier = word?.carrier ?? message.carrier ?? "";
  const base = { id: message.id, at: now, attempt: message.attempts, carrier };
  const entry = { at: now, what: "carrier asked", carrier, answer: answer.outcome };
  const over = message.state === "sent" || message.expiresAt + ASK_LIMIT <= now;

  if (answer.outcome === "settled") return toMove(answer.receipt, now);
  if (over) return { ...base, to: "expired", reason: "no-receipt", entry };
  if (answer.outcome === "never-seen") return { ...base, to: "accepted", dueAt: now, entry };
  if (answer.outcome === "taken") {
    return { ...base, to: "sent", reference: answer.reference, dueAt: message.expiresAt + ASK_LIMIT, entry };
  }
  return undefined;
}

function movedTo(moves: readonly Move[], state: MessageState): MessageId[] {
  return moves.filter((move) => move.to === state).map((move) => move.id);
}

/** How long after a message's validity its carrier is still asked. Milliseconds. */
const ASK_LIMIT = 3_600_000;

async function sweepWebhooks(ports: SweepPorts, hands: Hands, ahead: number, patience: number): Promise<number> {
  const now = ports.clock.now();
  await ports.webhooks.release(now, now);
  const due = (await ports.webhooks.due(now + ahead, AT_ONCE)).filter((row) => row.state === "owed");
  const ready = due.filter((row) => (row.dueAt ?? 0) + patience <= now);
  if (ready.length > 0) await hands.deliver(ready.map((row) => row.id));
  const soon = due.filter((row) => (row.dueAt ?? 0) > now);
  const bySeconds = Map.groupBy(soon, (row) => Math.ceil(((row.dueAt as number) - now) / 1000));
  for (const [seconds, rows] of bySeconds)
    await hands.deliver(
      rows.map((row) => row.id),
      seconds,
    );
  return ready.length;
}

/**
 * After a start of the only process there is: nobody can be delivering what was in hand when the last one ended, so that
 * is owed again at once. A message in hand waits for its lease all the same: a carrier may be about to get it.
 */
export async function takeOver(ports: Pick<SweepPorts, "clock" | "webhooks">): Promise<void> {
  await ports.webhooks.release(Number.MAX_SAFE_INTEGER, ports.clock.now());
}

/** How long an endpoint may fail, without a single success, before we stop knocking. Milliseconds. */
const PATIENCE_WITH_ENDPOINTS = 3 * 86_400_000;

/** The slow round: what is worn out is put away. Once a minute is plenty. */
export async function tidy(ports: SweepPorts & { retention: number }): Promise<void> {
  const now = ports.clock.now();
  await ports.accounts.forgetNonces(ports.clock.wall());
  await forgetTheOld(ports, now - ports.retention);
  for (const endpoint of await ports.webhooks.failingSince(now - PATIENCE_WITH_ENDPOINTS)) {
    // All were given up, and none came since: the next one finds out whether anybody is back.
    if (!(await ports.webhooks.isRetrying(endpoint.account, endpoint.endpoint))) continue;
    const reason = `nothing received there since ${new Date(endpoint.failingSince ?? now).toISOString()}`;
    await ports.webhooks.pause(endpoint.account, endpoint.endpoint, reason, now);
    ports.log.event("endpoint.paused", { account: endpoint.account, endpoint: endpoint.endpoint, reason });
  }
}

/** A little each minute, so that no round is long: still far more than could have come in that minute, for long. */
const FORGOTTEN_AT_ONCE = 2_000;

async function forgetTheOld(ports: SweepPorts, before: number): Promise<void> {
  const webhooks = await ports.webhooks.forget(before, FORGOTTEN_AT_ONCE);
  const messages = await ports.messages.forget(before, FORGOTTEN_AT_ONCE);
  if (messages + webhooks > 0) ports.log.event("retention.forgot", { messages, webhooks });
}
