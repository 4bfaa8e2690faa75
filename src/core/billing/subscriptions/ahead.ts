/**
 * Renewals ahead of their time: a sandbox that moves its clock by a year bills many renewals in one round, each as of the moment
 * at which it is due. A round takes only renewals that cannot affect one another, in the order in which they are due.
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

/** How many renewals a round begins at most, and how many a carrier gets in one request. */
const TOGETHER = 500;
const AT_ONCE = 200;
const HOUR = 3_600_000;
/** The shortest time from one charge of a subscription to the next: a week, less a day for clocks that change. */
const SHORTEST_PERIOD_MS = 6 * 24 * HOUR;
/** The shortest time from a decline to the next try, by the class of the decline. Milliseconds. */
const SOONEST_TRY = {
  hard: SHORTEST_PERIOD_MS,
  money: 24 * HOUR,
  passing: HOUR,
  ours: HOUR,
} as const satisfies Record<DeclineClass, number>;

/** The reason for which each charge would be refused, if any; undefined if that cannot be known. Makes no charge. */
export type Foresee = (charges: readonly Transaction[]) => Promise<(Reason | null)[] | undefined>;

/**
 * Bills renewals that are due before `until`, up to the first whose due time a consequence of an earlier one could reach. Nothing
 * but renewals may be due before `until`.
 * @param until epoch ms, exclusive
 * @returns epoch ms: when the last of them was due; undefined if there was none
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
    return due[index]?.isCapped ? SOONEST_TRY.money : SHORTEST_PERIOD_MS;
  });
  const horizon = chosen.at(-1)?.transaction.acceptedAt;
  if (chosen.length < 2 || horizon === undefined) return undefined;

  const texts: MessageId[] = [];
  const ahead = {
    ...ports,
    clock: { ...ports.clock, now: () => ports.clock.now(), horizon },
    // No other process claims these: they are not due yet. Whatever is left undone is found when they are.
    jobs: {
      charge: nothing,
      deliver: nothing,
      release: nothing,
      submit: async (ids: readonly MessageId[]) => void texts.push(...ids),
    },
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

/** The first of them, until a person occurs a second time: the first charge counts towards the caps of the second. */
function independent(due: readonly DueSubscription[]): readonly DueSubscription[] {
  const people = new Set<string>();
  const end = due.findIndex(({ subscription: { recipient } }) => people.size === people.add(recipient).size);
  return end < 0 ? due : due.slice(0, end);
}

/** The first of them, until one is put off and not charged at its due time. */
function untilOneIsPutOff(planned: readonly (Renewal | PutOff)[]): readonly Renewal[] {
  const renewals: Renewal[] = [];
  for (const one of planned) {
    if (!("transaction" in one)) break;
    renewals.push(one);
  }
  return renewals;
}

/** The first of them, until one is due so late that a consequence of an earlier one may be due before it. */
function untilOneComesRound(renewals: readonly Renewal[], soonest: (index: number) => number): readonly Renewal[] {
  let round = Number.POSITIVE_INFINITY;
  const end = renewals.findIndex(({ transaction: { acceptedAt } }, index) => {
    if (acceptedAt >= round) return true;
    round = Math.min(round, acceptedAt + soonest(index));
    return false;
  });
  return end < 0 ? renewals : renewals.slice(0, end);
}
