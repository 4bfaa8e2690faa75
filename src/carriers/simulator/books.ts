/** The operator's books: what each subscriber may be charged, and the ledger and the wallets that charges change. */

import { Temporal } from "temporal-polyfill";
import type { SubscriberInfo } from "../../core/billing/charges/carrier.ts";
import type { Transaction } from "../../core/billing/charges/transaction.ts";
import type { Reason } from "../../core/kernel/reasons.ts";
import { isFake } from "../../core/messages/msisdn.ts";
import { fateOf } from "./fates.ts";
import { Ledger } from "./ledger.ts";
import type { Sql } from "./storage.ts";
import { type Profile, Subscribers } from "./subscribers.ts";

/** What goes over the simulated wire. */
export type Charge = Pick<
  Transaction,
  | "id"
  | "recipient"
  | "merchant"
  | "shortNumber"
  | "invoiceText"
  | "amount"
  | "currency"
  | "age"
  | "registrationMinutes"
> & {
  /** Epoch ms by the sandbox's clock: as of when it is asked for, where that is later than now. */
  at?: number;
};
export type Reversal = Pick<Transaction, "id" | "amount"> & { original: string };

/** The most in one charge, for everybody. Øre. */
const MOST_AT_ONCE = 500_000;

/** As `SubscriberInfo` has it. */
const NO_LIMIT = -1;

/** Whose days, months and years count. */
const TIME_ZONE = "Europe/Oslo";

export class Books {
  readonly subscribers: Subscribers;
  readonly ledger: Ledger;

  constructor(sql: Sql) {
    this.subscribers = new Subscribers(sql);
    this.ledger = new Ledger(sql);
  }

  subscriber(msisdn: string, now: number): SubscriberInfo {
    const profile = this.subscribers.of(msisdn);
    const balance = profile.prepaidBalance;
    return {
      standing: standingOf(profile),
      ...(profile.operator ? { operator: profile.operator } : {}),
      isPrepaid: balance !== undefined,
      perTransaction: MOST_AT_ONCE,
      leftThisMonth: balance ?? this.#leftOf(profile.monthlyLimit, msisdn, beginningOfMonth(now)),
      leftThisYear: balance ?? this.#leftOf(profile.yearlyLimit, msisdn, beginningOfYear(now)),
    };
  }

  /** The reason for which this may not be billed. For a fake number only its fate counts. */
  refusalOf({ recipient: msisdn, amount, age }: Charge, now: number): Reason | undefined {
    if (!msisdn) return "bad-number";
    if (!Number.isSafeInteger(amount) || amount <= 0) return "bad-amount";
    const fate = fateOf(msisdn);
    if (fate.outcome === "failed") return fate.reason;
    if (isFake(msisdn)) return undefined;

    const { barred, registered, birthDate, prepaidBalance } = this.subscribers.of(msisdn);
    if (barred) return "subscriber-barred";
    if (!registered) return "not-registered";
    if (age > 0 && birthDate === null) return "age-unknown";
    if (age > 0 && birthDate !== null && ageOf(birthDate, now) < age) return "too-young";
    if (prepaidBalance !== undefined && amount > prepaidBalance) return "insufficient-funds";
    const { perTransaction, leftThisMonth, leftThisYear } = this.subscriber(msisdn, now);
    const isOver = [perTransaction, leftThisMonth, leftThisYear].some((left) => left !== NO_LIMIT && amount > left);
    return isOver ? "limit-exceeded" : undefined;
  }

  /** Bills, or says why not. */
  bill(charge: Charge, reference: string, now: number): Reason | undefined {
    const { id, recipient: msisdn, merchant, shortNumber, invoiceText, amount, currency } = charge;
    const refusal = this.refusalOf(charge, now);
    if (refusal || !msisdn) return refusal;
    const isPrepaid = this.subscribers.of(msisdn).prepaidBalance !== undefined;
    this.ledger.add(
      {
        reference,
        transaction: id,
        msisdn,
        merchant,
        shortNumber,
        invoiceText,
        amount,
        currency,
        kind: "charge",
        billedAt: now,
      },
      isPrepaid ? "balance" : "bill",
    );
    if (isPrepaid) this.subscribers.take(msisdn, amount);
    return undefined;
  }

  /** Gives back a billed charge, once and in full, or answers why not. */
  giveBack({ id, amount, original }: Reversal, reference: string, now: number): Reason | undefined {
    const charge = this.ledger.charge(original);
    if (!charge || charge.isReversed) return "rejected";
    const { entry, paidWith } = charge;
    if (amount !== -entry.amount) return "bad-amount";
    this.ledger.add(
      { ...entry, reference, transaction: id, amount, kind: "reversal", reverses: original, billedAt: now },
      paidWith,
    );
    if (paidWith === "balance") this.subscribers.take(entry.msisdn, amount);
    return undefined;
  }

  clear(): void {
    this.subscribers.clear();
    this.ledger.clear();
  }

  #leftOf(limit: number | null | undefined, msisdn: string, since: number): number {
    return typeof limit === "number" ? Math.max(0, limit - this.ledger.onTheBill(msisdn, since)) : NO_LIMIT;
  }
}

function standingOf({ barred, registered, standing }: Profile): SubscriberInfo["standing"] {
  if (barred) return "barred";
  return registered ? (standing ?? "full") : "unregistered";
}

function ageOf(birthDate: string, now: number): number {
  return Temporal.PlainDate.from(birthDate).until(here(now).toPlainDate(), { largestUnit: "years" }).years;
}

/** The month, and the year, that was last asked for: a calendar is slow, and those who ask are mostly of the same one. */
const known: { [Unit in "months" | "years"]?: { from: number; until: number } } = {};

function beginningOfMonth(now: number): number {
  return beginningOf("months", now, { day: 1 });
}

function beginningOfYear(now: number): number {
  return beginningOf("years", now, { month: 1, day: 1 });
}

function beginningOf(unit: "months" | "years", now: number, first: { month?: number; day: number }): number {
  let span = known[unit];
  if (!span || now < span.from || now >= span.until) {
    const start = here(now).with(first).startOfDay();
    const until = start.add({ [unit]: 1 }).startOfDay();
    span = { from: start.epochMilliseconds, until: until.epochMilliseconds };
    known[unit] = span;
  }
  return span.from;
}

function here(now: number): Temporal.ZonedDateTime {
  return Temporal.Instant.fromEpochMilliseconds(now).toZonedDateTimeISO(TIME_ZONE);
}
