/**
 * Renewals ahead of their time: a sandbox that lets a year pass bills many of them in one round, each as of the moment at
 * which it is due. Only such are taken together as cannot touch one another, and in the order in which they are due.
 */

import { inChunks } from "../../kernel/chunks.ts";
import { momentOf } from "../../kernel/clock.ts";
import type { MessageId, TransactionId } from "../../kernel/ids.ts";
import type { Reason } from "../../kernel/reasons.ts";
import { type SubmitPorts, submit } from "../../messages/submit.ts";
import { type ChargePorts, charge } from "../charges/charge.ts";
import type { Transaction } from "../charges/transaction.ts";
import { classOf, type DeclineClass } from "./dunning.ts";
import { plan, type RenewPorts } from "./renew.ts";
import type { DueSubscription, PutOff, Renewal } from "./store.ts";

/** How many are begun together at most, and how many of them are put to a carrier, or sent, at once. */
const TOGETHER = 500;
const AT_ONCE = 200;
const HOUR = 3_600_000;
/** No subscription is due again sooner after it was billed: a week, less a day for clocks that change. Milliseconds. */
const SOONEST_PERIOD = 6 * 24 * HOUR;
/** Nor tried again sooner after it was declined, by why it was. Milliseconds. */
const SOONEST_TRY = {
  hard: SOONEST_PERIOD,
  money: 24 * HOUR,
  passing: HOUR,
  ours: HOUR,
} as const satisfies Record<DeclineClass, number>;

/** Whether each charge would be refused, and why; nothing at all where that cannot be told. Bills nobody. */
export type Foresee = (charges: readonly Transaction[]) => Promise<(Reason | null)[] | undefined>;

/**
 * Bills the renewals that are due before `until`, as far as nothing that comes of one of them falls due before the last of
 * them. Whatever else is due by then must lie at `until` or later.
 * @param until epoch ms, exclusive
 * @returns epoch ms: the moment of the last one; undefined where there were none to take together
 */
export async function renewAhead(
  ports: RenewPorts & ChargePorts & SubmitPorts,
  until: number,
  foresee: Foresee,
): Promise<number | undefined> {
  const due = independent(await ports.subscriptions.due(until - 1, TOGETHER));
  if (due.length < 2) return undefined;
  const renewals = untilOneIsPutOff(
    due.map((one) => {
      const at = Math.max(ports.clock.now(), one.subscription.dueAt ?? 0);
      return plan({ ids: ports.ids.asOf(at) }, one, at);
    }),
  );
  const refusals = await foresee(renewals.map(({ transaction }) => transaction));
  if (!refusals) return undefined;
  const chosen = untilOneComesRound(renewals, (index) => {
    const reason = refusals[index];
    if (reason) return SOONEST_TRY[classOf(reason)];
    return due[index]?.isCapped ? SOONEST_TRY.money : SOONEST_PERIOD;
  });
  const horizon = chosen.at(-1)?.transaction.acceptedAt;
  if (chosen.length < 2 || horizon === undefined) return undefined;

  const texts: MessageId[] = [];
  const ahead = {
    ...ports,
    clock: { ...ports.clock, now: () => ports.clock.now(), horizon },
    // Nobody else can do it yet: it is not due. What is left of it is found when it is.
    jobs: { charge: nothing, deliver: nothing, submit: async (ids: readonly MessageId[]) => void texts.push(...ids) },
  };
  const begun = await ports.subscriptions.renew(chosen);
  ports.log.event("subscriptions.renewing", { due: chosen.length, begun: begun.length });
  const ids = new Set<TransactionId>(begun);
  const inOrder = chosen.map(({ transaction }) => transaction.id).filter((id) => ids.has(id));
  for (const some of inChunks(inOrder, AT_ONCE)) await charge(ahead, some);
  for (const some of inChunks(texts, AT_ONCE)) await submit(ahead, some);
  return momentOf(ahead.clock, horizon);
}

async function nothing(): Promise<void> {}

/** The first of them, until a person comes a second time: what one is charged may count for the other. */
function independent(due: readonly DueSubscription[]): readonly DueSubscription[] {
  const people = new Set<string>();
  const end = due.findIndex(({ subscription: { recipient } }) => people.size === people.add(recipient).size);
  return end < 0 ? due : due.slice(0, end);
}

/** The first of them, until one is not charged when it is due. */
function untilOneIsPutOff(planned: readonly (Renewal | PutOff)[]): readonly Renewal[] {
  const renewals: Renewal[] = [];
  for (const one of planned) {
    if (!("transaction" in one)) break;
    renewals.push(one);
  }
  return renewals;
}

/** The first of them, until one is due by which something can have come of one before it. */
function untilOneComesRound(renewals: readonly Renewal[], soonest: (index: number) => number): readonly Renewal[] {
  let round = Number.POSITIVE_INFINITY;
  const end = renewals.findIndex(({ transaction: { acceptedAt } }, index) => {
    if (acceptedAt >= round) return true;
    round = Math.min(round, acceptedAt + soonest(index));
    return false;
  });
  return end < 0 ? renewals : renewals.slice(0, end);
}
