/** How carriers answer, counted by the minute: how much they take, why they do not, and how long they are about it. */

import type { ChargeResult } from "../billing/charges/carrier.ts";
import type { SubmitResult } from "./carrier.ts";

/**
 * *refused*: for a reason of the message's. *unable*: for a reason of the carrier's own. *lost*: there was no answer, or it could
 * not be read.
 */
export const CARRIER_ANSWERS = ["taken", "refused", "unable", "busy", "lost"] as const;
export type CarrierAnswer = (typeof CARRIER_ANSWERS)[number];

/** So many answers of a kind within one minute. `within`: they took at most so long, milliseconds. */
export type Tally = {
  carrier: string;
  /** Epoch ms: when the minute begins. */
  minute: number;
  answer: CarrierAnswer;
  reason?: string;
  within: number;
  count: number;
};

/** One call to a carrier: to take texts, to bill, or to give back. */
export type Asked = { carrier: string; results: readonly (SubmitResult | ChargeResult)[]; milliseconds: number };

export interface TallyStore {
  /** Those of the minutes from this time (epoch ms) on. */
  since(time: number): Promise<Tally[]>;
  /**
   * Of each of these carriers that has any, since when the oldest message or charge waits whose answer was lost (epoch ms), and how
   * many there are: of either, at most `MOST_COUNTED` are counted.
   */
  unanswered(carriers: readonly string[]): Promise<{ carrier: string; count: number; since: number }[]>;
}

/** So many of a carrier's unanswered messages are counted, and as many charges. */
export const MOST_COUNTED = 10_000;

export const MINUTE = 60_000;
/** The steps by which answer times are told. Milliseconds. */
const STEPS = [50, 100, 250, 500, 1_000, 2_500, 5_000, 10_000];
const LONGER = 30_000;

/** What was answered, counted. What was put off before the carrier was asked is no answer. @param now epoch ms */
export function tallyOf(asked: readonly Asked[], now: number): Tally[] {
  const minute = now - (now % MINUTE);
  const tallies = new Map<string, Tally>();
  for (const { carrier, results, milliseconds } of asked) {
    const within = STEPS.find((step) => milliseconds <= step) ?? LONGER;
    for (const result of results) {
      const answer = answerOf(result);
      if (!answer) continue;
      const reason = result.outcome === "refused" ? result.reason : undefined;
      const key = `${carrier} ${answer} ${reason} ${within}`;
      const known = tallies.get(key);
      if (known) known.count++;
      else tallies.set(key, { carrier, minute, answer, within, count: 1, ...(reason ? { reason } : {}) });
    }
  }
  return [...tallies.values()];
}

function answerOf(result: SubmitResult | ChargeResult): CarrierAnswer | undefined {
  switch (result.outcome) {
    case "taken":
    case "billed":
      return "taken";
    case "refused":
      return result.own ? "unable" : "refused";
    case "busy":
      return result.isUntried || result.isDown ? undefined : "busy";
    case "unknown":
      return "lost";
  }
}

/** A carrier's answers of some time, summed. Times are milliseconds: half of the answers, or 95 of 100, took at most so long. */
export type CarrierTraffic = Record<CarrierAnswer, number> & {
  asked: number;
  median?: number;
  p95?: number;
  /** Why it did not take what it was asked to, most frequent first. */
  reasons: { answer: CarrierAnswer; reason: string; count: number }[];
};

export function trafficOf(tallies: readonly Tally[]): CarrierTraffic {
  const sum = (of: readonly Tally[]) => of.reduce((total, { count }) => total + count, 0);
  const by = (answer: CarrierAnswer) => sum(tallies.filter((one) => one.answer === answer));
  const answers = Object.fromEntries(CARRIER_ANSWERS.map((answer) => [answer, by(answer)]));
  const classes = Map.groupBy(
    tallies.filter(({ reason }) => reason),
    ({ answer, reason }) => `${answer} ${reason}`,
  );
  const reasons = [...classes.values()].flatMap((of) => {
    const { answer, reason = "" } = of[0] as Tally;
    return { answer, reason, count: sum(of) };
  });
  const asked = sum(tallies);
  return {
    ...(answers as Record<CarrierAnswer, number>),
    asked,
    reasons: reasons.toSorted((a, b) => b.count - a.count),
    ...(asked > 0 ? { median: within(tallies, asked / 2), p95: within(tallies, asked * 0.95) } : {}),
  };
}

/** In how much time so many of the answers came. */
function within(tallies: readonly Tally[], wanted: number): number {
  let seen = 0;
  const inOrder = tallies.toSorted((a, b) => a.within - b.within);
  for (const tally of inOrder) {
    seen += tally.count;
    if (seen >= wanted) return tally.within;
  }
  return LONGER;
}
