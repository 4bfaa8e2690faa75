/** Asking carriers to charge: claim, compare with the caps, ask, store the answers. */

import { dueBy, momentOf } from "../../kernel/clock.ts";
import type { TransactionId } from "../../kernel/ids.ts";
import { present } from "../../kernel/present.ts";
import { queueJobs } from "../../kernel/queue-jobs.ts";
import { HOME_TIME_ZONE } from "../../kernel/time-zones.ts";
import { type Facts, type Traces, traceOf } from "../../kernel/traces.ts";
import { ASK_AFTER } from "../../messages/ask.ts";
import { CARRIER_LIMIT, type Carrier } from "../../messages/carrier.ts";
import { billerOf } from "../../messages/route.ts";
import { type Asked, tallyOf } from "../../messages/tally.ts";
import type { ServiceStore } from "../store.ts";
import { monthAndDay } from "../subscriptions/anchor.ts";
import { classOf } from "../subscriptions/dunning.ts";
import type { ChargeResult } from "./carrier.ts";
import { makeMoves, type SettlePorts } from "./settle.ts";
import type { ClaimedTransaction, ToClaim } from "./store.ts";
import type { TransactionMove } from "./transaction.ts";

/** How long a claim holds; after that the sweep asks the carrier about the charge. */
export const CHARGE_LEASE_MS = 25_000;
/** No carrier is asked so late that its answer could come after the claim has run out. */
const LATEST_ASK = CHARGE_LEASE_MS - CARRIER_LIMIT - 5_000;
/** How long a receipt is waited for before the carrier is asked. */
export const RECEIPT_WAIT_MS = 10 * 60_000;
/** The calendar that caps are counted by, where an account has not chosen another. */

export type ChargePorts = SettlePorts & { traces: Traces } & {
  services: ServiceStore;
  carriers: ReadonlyMap<string, Carrier>;
};

/**
 * Charges those of the transactions that are due and not claimed by another process. A claim is won once, and a claimed charge
 * becomes ready again only if its carrier says that it did not take it: so a carrier is asked to bill once.
 */
export async function charge(ports: ChargePorts, ids: readonly TransactionId[]): Promise<void> {
  for (let open = [...new Set(ids)]; open.length > 0; ) {
    const now = ports.clock.now();
    const latest = ports.clock.wall() + LATEST_ASK;
    const known = await ports.transactions.toClaim(open, now);
    const claimed = await ports.transactions.claim(open, {
      now,
      lease: now + CHARGE_LEASE_MS,
      inHandUntil: ports.clock.wall() + CHARGE_LEASE_MS,
      dueBy: dueBy(ports.clock),
      ...calendarsOf(known, now),
      carriers: carriersOf(ports, known),
    });
    if (claimed.length === 0) return;
    const asked: Asked[] = [];
    const { ended, over, within } = Object.groupBy(claimed, (one) =>
      one.hasStopped ? "ended" : isOverCap(one) ? "over" : "within",
    );
    const answers = [
      ...(ended ?? []).map((one) => ({ one, carrier: "", result: ENDED })),
      ...(over ?? []).map((one) => ({ one, carrier: "", result: OVER })),
      ...(await ask(ports, within ?? [], { latest, asked })),
    ];
    const moves = answers.map(({ one, carrier, result }) => {
      const wait = ports.carriers.get(carrier)?.billing?.mustBeAsked ? ASK_AFTER : RECEIPT_WAIT_MS;
      return toMove(one, { carrier, result, wait }, momentOf(ports.clock, one.transaction.changedAt));
    });
    await makeMoves(ports, moves, { known: claimed, answers: tallyOf(asked, ports.clock.now()) });
    await queueJobs(
      ports.jobs.charge,
      moves.filter(({ to }) => to === "ready"),
      ports.clock.now(),
    );
    // One charge of a person is claimed at a time, so that two cannot pass the caps together.
    const taken = new Set(claimed.map(({ transaction }) => transaction.id));
    open = open.filter((id) => !taken.has(id));
  }
}

/** Who is going to be asked: to bill, the carrier of the charge's route, or that of its code; to give back, the one that billed. */
function carriersOf(ports: ChargePorts, { routes, ready }: ToClaim) {
  return ready.map(({ id, kind, account, recipient = "", boundTo }) => {
    const byRoute = () => (kind === "charge" ? billerOf({ account, recipient }, routes, ports.carriers) : undefined);
    return { id, carrier: boundTo ?? byRoute() ?? "" };
  });
}

/** When each charge's day and month began, by its account's time zone, at the moment for which it is charged. */
function calendarsOf({ counted }: ToClaim, now: number) {
  const own = counted.map(({ id, at, timeZone = HOME_TIME_ZONE }) => ({ id, ...monthAndDay(at, timeZone) }));
  return { ...monthAndDay(now, HOME_TIME_ZONE), own };
}

const ENDED: ChargeResult = { outcome: "refused", reason: "no-consent", detail: "the person ended it by STOP" };
const OVER: ChargeResult = {
  outcome: "refused",
  reason: "limit-exceeded",
  detail: "over the account's cap for one person",
};
/** When a reversal that was refused for a passing reason is asked for again. */
const REVERSAL_RETRY_SECONDS = 600;
const BUSY: ChargeResult = { outcome: "busy", retryAfterSeconds: 1 };
const LOST: ChargeResult = { outcome: "unknown", detail: "the carrier gave no answer for this charge" };

/** Whether the charge would pass the account's caps for one person: at once, in a day, in a month. */
function isOverCap({ transaction, settings, spentToday, spentThisMonth }: ClaimedTransaction): boolean {
  if (transaction.kind === "reversal") return false;
  const { transaction: once, day, month } = settings.caps ?? {};
  const { amount } = transaction;
  return (
    (once !== undefined && amount > once) ||
    (day !== undefined && spentToday + amount > day) ||
    (month !== undefined && spentThisMonth + amount > month)
  );
}

type Answer = { one: ClaimedTransaction; carrier: string; result: ChargeResult };

/** Each goes to the carrier that its claim names. None is asked after `latest`. Each call is noted in `asked`. */
async function ask(
  ports: ChargePorts,
  claimed: readonly ClaimedTransaction[],
  { latest, asked }: { latest: number; asked: Asked[] },
): Promise<Answer[]> {
  const named = claimed.map((one) => ({ one, carrier: one.transaction.carrier ?? "" }));
  const groups = Map.groupBy(named, ({ one, carrier }) => `${one.transaction.kind} ${carrier}`);
  const answers = await Promise.all(
    [...groups.values()].map(async (group): Promise<Answer[]> => {
      const carrier = group[0]?.carrier ?? "";
      const begun = ports.clock.wall();
      const results = await askOne(
        ports,
        carrier,
        group.map(({ one }) => one),
        latest,
      );
      if (results !== undefined) asked.push({ carrier, results, milliseconds: ports.clock.wall() - begun });
      return group.map(({ one }, index) => ({ one, carrier, result: results ? (results[index] ?? LOST) : BUSY }));
    }),
  );
  return answers.flat();
}

/** Undefined where it was not asked. */
async function askOne(
  ports: ChargePorts,
  name: string,
  claimed: readonly ClaimedTransaction[],
  latest: number,
): Promise<ChargeResult[] | undefined> {
  const carrier = ports.carriers.get(name);
  // One that is switched off gives back what it billed, and bills nothing new.
  const billing = carrier?.isOff && claimed[0]?.transaction.kind === "charge" ? undefined : carrier?.billing;
  const begun = ports.clock.wall();
  if (!billing || begun >= latest) return undefined;
  try {
    const [first] = claimed;
    const kind = first?.transaction.kind ?? "charge";
    const call = () =>
      kind === "reversal"
        ? billing.reverse(
            claimed.map(({ transaction, original }) => ({
              ...transaction,
              original: original?.reference ?? "",
            })),
          )
        : billing.charge(claimed.map(({ transaction }) => transaction));
    const work = { name: "carrier call", facts: { carrier: name, kind, count: claimed.length } } as const;
    const of = claimed.map(({ transaction }) => traceOf(transaction));
    return await ports.traces.span({ ...work, of }, call, (results) => toldOf(claimed, results));
  } catch (error) {
    const inHandUntil = begun + CARRIER_LIMIT;
    return claimed.map(() => ({ outcome: "unknown", detail: String(error), inHandUntil }));
  }
}

/** What is told of each call in its trace. */
function toldOf(claimed: readonly ClaimedTransaction[], results: readonly ChargeResult[]): Facts[] {
  return claimed.map(({ transaction: { id, account, attempts: attempt } }, index) => {
    const result = results[index] ?? LOST;
    return { id, account, attempt, outcome: result.outcome, ...("reason" in result ? { reason: result.reason } : {}) };
  });
}

/** @param wait how long a receipt is waited for before the carrier is asked, milliseconds; @param now epoch ms */
function toMove(
  claimed: ClaimedTransaction,
  { carrier, result, wait }: { carrier: string; result: ChargeResult; wait: number },
  now: number,
): TransactionMove {
  const { transaction } = claimed;
  const { id, attempts } = transaction;
  const base = { id, at: now, attempt: attempts, carrier };
  const entry = { at: now, ...(carrier ? { carrier } : {}), attempt: attempts };
  const operator = "operator" in result && result.operator ? { operator: result.operator } : {};
  switch (result.outcome) {
    case "billed":
      return {
        ...base,
        ...operator,
        to: "billed",
        reference: result.reference,
        happenedAt: result.at,
        entry: { ...entry, event: "carrier.billed", reference: result.reference },
      };
    case "taken":
      return {
        ...base,
        ...operator,
        to: "sent",
        reference: result.reference,
        dueAt: now + wait,
        entry: { ...entry, event: "carrier.took", reference: result.reference },
      };
    case "refused":
      if (transaction.kind === "reversal" && ["passing", "ours"].includes(classOf(result.reason))) {
        const later: ChargeResult = { outcome: "busy", retryAfterSeconds: REVERSAL_RETRY_SECONDS };
        return toMove(claimed, { carrier, result: later, wait }, now);
      }
      return {
        ...base,
        ...operator,
        to: "failed",
        reason: result.reason,
        entry: {
          ...entry,
          event: "carrier.refused",
          reason: result.reason,
          ...(result.detail ? { detail: result.detail } : {}),
        },
      };
    case "busy": {
      const growing = result.isUntried || result.isDown ? 0 : 2 ** Math.min(8, Math.max(0, attempts - 1));
      const pause = Math.max(result.retryAfterSeconds, growing) * 1000;
      const dueAt = Math.min(now + pause, transaction.expiresAt);
      return {
        ...base,
        to: "ready",
        dueAt,
        entry: { ...entry, event: "carrier.busy", again: dueAt, ...present({ isDown: result.isDown }) },
      };
    }
    case "unknown":
      return {
        ...base,
        to: "unknown",
        dueAt: now + ASK_AFTER,
        ...(result.inHandUntil === undefined ? {} : { inHandUntil: result.inHandUntil }),
        entry: { ...entry, event: "carrier.answer_lost", detail: result.detail.slice(0, 200) },
      };
  }
}
