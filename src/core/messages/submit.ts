/** Submitting messages to carriers: claim, route, ask, store their answers. */

import { type HoldPorts, hold } from "../billing/charges/hold.ts";
import { type Clock, dueBy, momentOf } from "../kernel/clock.ts";
import type { MessageId } from "../kernel/ids.ts";
import type { Digests, Jobs, Log } from "../kernel/ports.ts";
import { present } from "../kernel/present.ts";
import { queueJobs } from "../kernel/queue-jobs.ts";
import { type Traces, traceOf } from "../kernel/traces.ts";
import type { Counts } from "../operator/counts.ts";
import { nextAllowed } from "../quiet/quiet.ts";
import { announce } from "../webhooks/announce.ts";
import { ASK_AFTER, RECEIPT_GRACE } from "./ask.ts";
import { BREAKER_LIMIT, CARRIER_LIMIT, type Carrier, LOST, PACE_LIMIT, type SubmitResult } from "./carrier.ts";
import { stopLoops } from "./loop.ts";
import type { Message, Move } from "./message.ts";
import { NOBODY, type PassedOver, type Route, type Way, wayOf } from "./route.ts";
import type { Handing, MessageStore } from "./store.ts";
import { heedOptOuts, type SuppressionStore } from "./suppression.ts";
import { type Asked, tallyOf } from "./tally.ts";

/** How long a claim holds. After that its process is presumed dead, and the sweeper takes over. Milliseconds. */
export const LEASE = 25_000;
/** No carrier is asked so late that its answer could come after the claim has run out. Milliseconds. */
const LATEST_ASK = LEASE - CARRIER_LIMIT - BREAKER_LIMIT - PACE_LIMIT;

export type SubmitPorts = {
  clock: Clock;
  messages: MessageStore;
  carriers: ReadonlyMap<string, Carrier>;
  counts: Counts;
  suppressions: SuppressionStore;
  codes: Digests;
  jobs: Jobs;
  log: Log;
  traces: Traces;
} & HoldPorts;

/** Submits those of the messages that are due and not claimed. Safe to do twice: a claim is won once. */
export async function submit(ports: SubmitPorts, ids: readonly MessageId[]): Promise<void> {
  const now = ports.clock.now();
  const latest = ports.clock.wall() + LATEST_ASK;
  const { routes, ready } = await ports.messages.toRoute(ids);
  const handings = ready.map((one) => handingOf(one.id, wayOf(one, routes, ports.carriers)));
  const taken = await ports.messages.claim(ids, now, now + LEASE, dueBy(ports.clock), handings);
  const claimed = await heedQuietHours(ports, await stopLoops(ports, await heedOptOuts(ports, taken)));
  if (claimed.length === 0) return;

  const { unpaid = [], free = [] } = Object.groupBy(claimed, (message) =>
    message.charge && message.billed === undefined ? "unpaid" : "free",
  );
  await hold(ports, unpaid);
  if (free.length === 0) return;
  const asked: Asked[] = [];
  const answers = await handOver(ports, free, { routes, latest, asked });
  const moves = answers.map((answer) => toMove(answer, momentOf(ports.clock, answer.message.changedAt)));
  await announce(ports, moves, tallyOf(asked, ports.clock.now()));
  const laneOf = new Map(free.map(({ id, lane }) => [id, lane]));
  const again = moves.flatMap(({ id, to, dueAt }) =>
    to === "accepted" ? { id, ...present({ dueAt, lane: laneOf.get(id) }) } : [],
  );
  await queueJobs(ports.jobs.submit, again, ports.clock.now());
}

/**
 * Puts off those that waited for something else until it was quiet where they go.
 * @returns the others
 */
async function heedQuietHours(ports: SubmitPorts, claimed: readonly Message[]): Promise<Message[]> {
  const putOff = claimed.flatMap((message): Move[] => {
    const at = momentOf(ports.clock, message.changedAt);
    const until = message.quiet ? (nextAllowed(message.quiet, at) ?? message.expiresAt) : at;
    if (until === at) return [];
    const dueAt = Math.min(until, message.expiresAt);
    const entry = { at, event: "quiet_hours.waits" as const, until };
    return [{ id: message.id, to: "accepted", at, attempt: message.attempts, carrier: NOBODY, dueAt, entry }];
  });
  if (putOff.length > 0) await announce(ports, putOff);
  const waiting = new Set(putOff.map(({ id }) => id));
  return claimed.filter(({ id }) => !waiting.has(id));
}

/** The last carrier that was asked, and how it came to that. */
type Answer = { message: Message; carrier: string; result: SubmitResult; route?: string; passedOver: PassedOver[] };

/**
 * Asks each message's carriers in turn, until one takes it or refuses it for a reason that is the message's own. No
 * carrier is asked after `latest` (real time, epoch ms): the claim may be over by then, and another process asking. Each call
 * is noted in `asked`.
 */
async function handOver(
  ports: SubmitPorts,
  claimed: readonly Message[],
  { routes, latest, asked }: { routes: readonly Route[]; latest: number; asked: Asked[] },
): Promise<Answer[]> {
  const final: Answer[] = [];
  let open = [...claimed]
    .sort((a, b) => URGENCY[a.priority] - URGENCY[b.priority] || (a.id < b.id ? -1 : 1))
    .map((message) => onItsWay(message, wayOf(message, routes, ports.carriers)));

  while (open.length > 0) {
    for (const entry of open) entry.next = entry.carriers.shift() ?? NOBODY;
    const { ours, lost } = await writtenDown(ports, open);
    final.push(...lost.map((entry) => ({ ...entry, carrier: entry.next, result: BUSY })));
    const rounds = Map.groupBy(ours, ({ next }) => next);
    const answers = await Promise.all(
      [...rounds].map(async ([name, entries]) => {
        const carrier = ports.clock.wall() < latest ? ports.carriers.get(name) : undefined;
        const begun = ports.clock.wall();
        const results = await askTraced(
          ports.traces,
          carrier,
          entries.map(({ message }) => message),
        );
        if (carrier) asked.push({ carrier: name, results, milliseconds: ports.clock.wall() - begun });
        return entries.map((entry, index) => {
          const never = name === NOBODY ? whyNever(entry.message) : undefined;
          return { entry, name, result: never ?? results[index] ?? LOST };
        });
      }),
    );
    open = [];
    for (const { entry, name, result } of answers.flat()) {
      entry.busy ||= result.outcome === "busy";
      if (isCarriersFault(result) && entry.carriers.length > 0) {
        entry.passedOver.push({ carrier: name, why: whyPassedOver(result) });
        open.push(entry);
      }
      // One carrier's own refusal is not the end of a message while another only asked to be tried again.
      else if (result.outcome === "refused" && result.own && entry.busy)
        final.push({ ...entry, carrier: name, result: BUSY });
      else final.push({ ...entry, carrier: name, result });
    }
  }
  return final;
}

/** Who is asked first. */
function handingOf(id: MessageId, { carriers: [carrier = NOBODY], reroutes }: Way): Handing {
  return { id, carrier, ...(reroutes ? { reroutes } : {}) };
}

/** `next` is who is asked now, after whom come the `carriers`; `written` is what the store knows of that. */
type Entry = Omit<Way, "carriers" | "passedOver"> & {
  message: Message;
  carriers: string[];
  next: string;
  written: Omit<Handing, "id">;
  busy: boolean;
  passedOver: PassedOver[];
};

function onItsWay(message: Message, { carriers, passedOver, ...way }: Way): Entry {
  const { carrier = NOBODY, reroutes } = message;
  const written = { carrier, ...(reroutes ? { reroutes } : {}) };
  return { message, carriers: [...carriers], next: NOBODY, written, busy: false, passedOver: [...passedOver], ...way };
}

/**
 * Writes down who is going to be asked where that is another one than the store knows: the carrier before passed it over, or the
 * message was edited. *lost*: not in the hand of this process any more; no carrier is asked, and what is said of it changes nothing.
 */
async function writtenDown(ports: SubmitPorts, entries: readonly Entry[]): Promise<{ ours: Entry[]; lost: Entry[] }> {
  const changed = new Set(entries.filter(isUnwritten));
  if (changed.size === 0) return { ours: [...entries], lost: [] };
  const handings = [...changed].map(({ message: { id, attempts: attempt }, next, ...way }) => ({
    ...handingOf(id, { ...way, carriers: [next] }),
    attempt,
  }));
  const still = await ports.messages.handOn(handings);
  const { ours = [], lost = [] } = Object.groupBy(entries, (entry) =>
    changed.has(entry) && !still.has(entry.message.id) ? "lost" : "ours",
  );
  for (const entry of ours) entry.written = handingOf(entry.message.id, { ...entry, carriers: [entry.next] });
  return { ours, lost };
}

function isUnwritten({ next, reroutes, written }: Entry): boolean {
  return next !== written.carrier || reroutes !== written.reroutes;
}

function whyPassedOver(result: SubmitResult): PassedOver["why"] {
  if (result.outcome !== "busy") return "refused";
  return result.isDown ? "down" : "busy";
}

const URGENCY = { high: 0, normal: 1, low: 2 } as const;

const BUSY: SubmitResult = { outcome: "busy", retryAfterSeconds: 1 };

/** What becomes of one that no carrier is left for, where waiting for one is of no use. */
function whyNever({ channel, encoding }: Message): SubmitResult | undefined {
  if (channel !== undefined) return { outcome: "refused", reason: "no-carrier", detail: "no carrier has this channel" };
  if (encoding !== "binary") return undefined;
  return { outcome: "refused", reason: "no-carrier", detail: "no carrier takes binary messages" };
}

/** The call as a piece of work in the trace of each message. */
async function askTraced(
  traces: Traces,
  carrier: Carrier | undefined,
  messages: readonly Message[],
): Promise<SubmitResult[]> {
  if (!carrier) return await ask(carrier, messages);
  const facts = { carrier: carrier.name, count: messages.length };
  const told = (results: SubmitResult[]) =>
    messages.map(({ id, account, attempts: attempt }, index) => {
      const result = results[index] ?? LOST;
      return {
        id,
        account,
        attempt,
        outcome: result.outcome,
        ...("reason" in result ? { reason: result.reason } : {}),
      };
    });
  return await traces.span(
    { name: "carrier call", facts, of: messages.map(traceOf) },
    () => ask(carrier, messages),
    told,
  );
}

async function ask(carrier: Carrier | undefined, messages: readonly Message[]): Promise<SubmitResult[]> {
  if (!carrier) return messages.map(() => BUSY);
  try {
    return await carrier.submit(messages);
  } catch (error) {
    return messages.map(() => ({ outcome: "unknown", detail: String(error) }));
  }
}

function isCarriersFault(result: SubmitResult): boolean {
  return (result.outcome === "busy" && !result.isUntried) || (result.outcome === "refused" && result.own === true);
}

function toMove({ message, carrier, result, route, passedOver }: Answer, now: number): Move {
  const base = { id: message.id, at: now, attempt: message.attempts, carrier };
  const way = present({ route, passedOver: passedOver.length > 0 ? passedOver : undefined });
  const attempt = { at: now, carrier, attempt: message.attempts, ...way };
  switch (result.outcome) {
    case "taken":
      return {
        ...base,
        to: "sent",
        reference: result.reference,
        ...(result.operator ? { operator: result.operator } : {}),
        dueAt: message.expiresAt + RECEIPT_GRACE,
        entry: { ...attempt, event: "carrier.took", reference: result.reference },
      };
    case "refused":
      return {
        ...base,
        to: "failed",
        reason: result.reason,
        entry: { ...attempt, event: "carrier.refused", reason: result.reason, ...detailOf(result.detail) },
      };
    case "busy": {
      const again = now + Math.max(result.retryAfterSeconds * 1000, result.isUntried ? 0 : backoff(message.attempts));
      const dueAt = Math.min(again, message.expiresAt);
      return {
        ...base,
        to: "accepted",
        dueAt,
        entry: { ...attempt, event: "carrier.busy", again: dueAt, ...present({ isDown: result.isDown }) },
      };
    }
    case "unknown":
      return {
        ...base,
        to: "unknown",
        dueAt: now + ASK_AFTER,
        entry: { ...attempt, event: "carrier.answer_lost", ...detailOf(result.detail) },
      };
  }
}

/** 1, 2, 4 … up to 256 seconds, in milliseconds. */
function backoff(attempts: number): number {
  return 2 ** Math.min(8, Math.max(0, attempts - 1)) * 1000;
}

function detailOf(detail: string | undefined): { detail?: string } {
  return detail ? { detail: detail.slice(0, 200) } : {};
}
