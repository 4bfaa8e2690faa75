/** What the API says of subscriptions, and how the console puts it. */

import type { Interval } from "../../../core/billing/subscriptions/anchor.ts";
import { classOf, MOST_DECLINES } from "../../../core/billing/subscriptions/dunning.ts";
import type { EndedBy, PeriodState, SubscriptionState } from "../../../core/billing/subscriptions/subscription.ts";
import type { Answer, Item } from "../api.ts";
import { reasonWords } from "../ui/badge.tsx";
import { localTime, money } from "../ui/sums.tsx";
import { capital } from "../ui/words.tsx";

export type Subscription = Item<"GET /admin/v1/subscriptions">;

export type Period = Answer<"GET /admin/v1/subscriptions/{id}">["periods"][number];

export const EACH = { weekly: "each week", monthly: "each month", yearly: "each year" } as const satisfies Record<
  Interval,
  string
>;

export const ENDED_BY = {
  person: "by the person",
  merchant: "by the merchant",
  operator: "by an operator",
  dunning: "because its charges were declined",
} as const satisfies Record<EndedBy, string>;

const TONES = { active: "good", dunning: "bad", cancelled: "still" } as const satisfies Record<
  SubscriptionState,
  string
>;
const PERIOD_TONES = {
  charging: "busy",
  declined: "bad",
  billed: "good",
  failed: "bad",
  cancelled: "still",
} as const satisfies Record<PeriodState, string>;

export function stateOf({ state, neverBegun }: Pick<Subscription, "state" | "neverBegun">) {
  return <span class={`badge ${TONES[state]}`}>{neverBegun ? "Never begun" : capital(state)}</span>;
}

export function periodState({ state }: Pick<Period, "state">) {
  return <span class={`badge ${PERIOD_TONES[state]}`}>{capital(state)}</span>;
}

/** How it stands, and what comes next. @param isBegun whether it was ever billed */
export function standing(one: Subscription, isBegun: boolean) {
  const price = `${money(one.price, one.currency)} ${EACH[one.interval]}`;
  if (one.neverBegun) {
    return (
      <p>
        It never began: on {localTime(one.changedAt, one.timeZone)} its first charge was declined (
        {reasonWords(one.reason ?? "other")}). The person was not charged, and is told nothing.
      </p>
    );
  }
  if (one.state === "cancelled") {
    return (
      <p>
        It ended on {localTime(one.changedAt, one.timeZone)}, {ENDED_BY[one.endedBy ?? "operator"]}
        {one.reason && ` (${reasonWords(one.reason)})`}. Nothing more is charged.
      </p>
    );
  }
  if (!one.autoRebill) return <p>It is active. The merchant charges it by itself; the price was {price}.</p>;
  if (one.state === "dunning") return isBegun ? dunning(one) : beginning(one);
  return (
    <p>
      It is active: {price}.{" "}
      {one.dueAt ? <>The next charge is made on {localTime(one.dueAt, one.timeZone)}.</> : "A charge is under way."}
    </p>
  );
}

/** Its first charge was declined, and is tried once more. */
function beginning({ reason, dueAt, timeZone }: Subscription) {
  const again = dueAt ? <>It is tried again on {localTime(dueAt, timeZone)}.</> : "It is being tried again.";
  return (
    <>
      <p>
        Its first charge was declined: <strong>{reasonWords(reason ?? "other")}</strong>. {again}
      </p>
      <p>
        If that is billed, it begins.{" "}
        {classOf(reason) === "ours"
          ? "If it fails, it is tried again some hours later."
          : "If it is declined, it never begins: the account is told, and the person is not."}
      </p>
    </>
  );
}

function dunning({ reason, declines, dueAt, timeZone }: Subscription) {
  const isOurs = classOf(reason) === "ours";
  return (
    <>
      <p>
        Its last charge was declined: <strong>{reasonWords(reason ?? "other")}</strong>.{" "}
        {isOurs
          ? "That was no fault of the person's, and is not counted."
          : `That was decline ${declines} of at most ${MOST_DECLINES} in a row.`}{" "}
        {dueAt ? <>It is tried again on {localTime(dueAt, timeZone)}.</> : "It is being tried again."}
      </p>
      <p>
        If that is billed, it is active again and its day is kept.{" "}
        {declines + 1 >= MOST_DECLINES && !isOurs
          ? "If it is declined, the subscription ends, and the person and the account are told."
          : `If it is declined, ${CLASSES[classOf(reason)]}; what cannot get better ends it at once.`}
      </p>
    </>
  );
}

/** What follows another decline of the same kind. */
const CLASSES = {
  hard: "the subscription ends",
  money: "it is tried again on the payday after that",
  passing: "it is tried again after a longer while",
  ours: "it is tried again some hours later",
} as const;
