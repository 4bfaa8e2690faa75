/**
 * The operator's side of billing. It bills each time it is asked, whatever the id, and keeps a ledger of its own: so a
 * double charge of ours is seen in it, and what it says can be held against what we say.
 */

import { Temporal } from "temporal-polyfill";
import type { ChargeQueryResult, ChargeReceipt, ChargeResult, SubscriberInfo } from "../../core/billing/carrier.ts";
import type { Transaction, TransactionId } from "../../core/billing/transaction.ts";
import type { Reason } from "../../core/reasons.ts";
import { CARRIER, type Faults, fateOf, isFake } from "./fates.ts";
import { Ledger } from "./ledger.ts";
import { type Answer, Outbox } from "./outbox.ts";
import { newReference } from "./reference.ts";
import { one, type Sql } from "./storage.ts";
import { type Profile, Subscribers } from "./subscribers.ts";

/** What goes over the simulated wire. */
export type Charge = Pick<
  Transaction,
  "id" | "recipient" | "merchant" | "shortNumber" | "invoiceText" | "amount" | "currency" | "age" | "registrationMinutes"
>;
export type Reversal = Pick<Transaction, "id" | "amount"> & { original: string };

/** Shows a text on a handset. */
export type Show = (msisdn: string, sender: string, text: string, now: number) => void;

/** The most in one charge, for everybody. Øre. */
const MOST_AT_ONCE = 500_000;

/** Whose days, months and years count. */
const TIME_ZONE = "Europe/Oslo";

const REGISTER = "Register to pay with your phone bill:";

/** What was asked: it waits for the person to register, or it is settled by a receipt. */
type Asked = { id: number; charge: string; reference: string; faults: string; waits_until: number };

export class Operator {
  readonly receipts: Outbox<ChargeReceipt>;
  readonly subscribers: Subscribers;
  readonly ledger: Ledger;
  #sql: Sql;
  #show: Show;

  constructor(sql: Sql, show: Show) {
    this.#sql = sql;
    this.#show = show;
    this.receipts = new Outbox(sql, "owed_charge");
    this.subscribers = new Subscribers(sql);
    this.ledger = new Ledger(sql);
    sql.exec(
      `CREATE TABLE IF NOT EXISTS asked (
        id INTEGER PRIMARY KEY, transaction_id TEXT, msisdn TEXT, reference TEXT, charge TEXT, faults TEXT,
        waits_until INTEGER, receipt TEXT, told_at INTEGER
      )`,
    );
    sql.exec("CREATE INDEX IF NOT EXISTS asked_transaction ON asked (transaction_id)");
    sql.exec("CREATE INDEX IF NOT EXISTS asked_waiting ON asked (waits_until) WHERE waits_until IS NOT NULL");
  }

  charge(charge: Charge, faults: Faults, now: number): Answer<ChargeResult, ChargeReceipt> {
    this.expire(now);
    const away = turnedAway(faults);
    if (away) return { result: away };
    const reference = newReference();
    const refusal = this.#refusalOf(charge, now);
    if (refusal === "not-registered" && charge.registrationMinutes > 0) {
      this.#await(charge, reference, faults, now);
      return answered({ outcome: "taken", reference, ...this.#operatorOf(charge.recipient) }, faults);
    }
    return this.#answer(this.#bill(charge, reference, refusal, now), faults, now, charge.recipient);
  }

  reverse(reversal: Reversal, faults: Faults, now: number): Answer<ChargeResult, ChargeReceipt> {
    this.expire(now);
    const away = turnedAway(faults);
    if (away) return { result: away };
    const msisdn = this.ledger.charge(reversal.original)?.entry.msisdn;
    return this.#answer(this.#giveBack(reversal, newReference(), now), faults, now, msisdn);
  }

  /** What became of an id. Should it have been billed once and refused another time, it was billed. */
  query(id: TransactionId, now: number): ChargeQueryResult {
    this.expire(now);
    const row = one<{ reference: string; msisdn: string; receipt: string | null; told_at: number | null }>(
      this.#sql,
      `SELECT reference, msisdn, receipt, told_at FROM asked WHERE transaction_id = ?
       ORDER BY CASE WHEN receipt ->> 'outcome' = 'billed' THEN 0 WHEN receipt IS NULL THEN 1 ELSE 2 END, id DESC
       LIMIT 1`,
      id,
    );
    if (!row) return { outcome: "never-seen" };
    if (row.receipt !== null && (row.told_at ?? 0) <= now) return { outcome: "settled", receipt: JSON.parse(row.receipt) };
    return { outcome: "taken", reference: row.reference, ...this.#operatorOf(row.msisdn) };
  }

  subscriber(msisdn: string, now: number): SubscriberInfo {
    const profile = this.subscribers.of(msisdn);
    const left = profile.prepaidBalance;
    return {
      standing: standingOf(profile),
      ...this.#operatorOf(msisdn),
      isPrepaid: left !== undefined,
      perTransaction: MOST_AT_ONCE,
      leftThisMonth: left ?? this.#leftOf(profile.monthlyLimit, msisdn, beginningOfMonth(now)),
      leftThisYear: left ?? this.#leftOf(profile.yearlyLimit, msisdn, beginningOfYear(now)),
    };
  }

  sendRegistration(msisdn: string, shortNumber: string, text: string, now: number): void {
    const link = `https://register.invalid/${msisdn.replace("+", "")}`;
    this.#show(msisdn, shortNumber, `${text.trim() || REGISTER} ${link}`, now);
  }

  /** Replaces what is known of a subscriber. Charges that waited for the person to register are made now, if they did. */
  putSubscriber(msisdn: string, given: Partial<Profile>, now: number): void {
    this.expire(now);
    this.subscribers.put(msisdn, given);
    this.#resume(msisdn, now);
  }

  /** From now on the number is like one that nobody set up. What it was billed stands. */
  removeSubscriber(msisdn: string, now: number): void {
    this.expire(now);
    this.subscribers.remove(msisdn);
    this.#resume(msisdn, now);
  }

  /** Gives up on people who had until now to register. */
  expire(now: number): void {
    const over = this.#sql.exec<Asked>("SELECT * FROM asked WHERE waits_until <= ? ORDER BY waits_until, id", now);
    for (const asked of over.toArray()) {
      const charge: Charge = JSON.parse(asked.charge);
      this.#conclude(asked, this.#receipt(charge, asked.reference, "not-registered", asked.waits_until), now);
    }
  }

  /** Epoch ms when something must next be done. */
  nextDue(): number | undefined {
    const waiting = one<{ due: number | null }>(this.#sql, "SELECT min(waits_until) AS due FROM asked")?.due;
    const times = [waiting ?? undefined, this.receipts.nextDue()].filter((at) => at !== undefined);
    return times.length > 0 ? Math.min(...times) : undefined;
  }

  clear(): void {
    this.#sql.exec("DELETE FROM asked");
    for (const memory of [this.receipts, this.subscribers, this.ledger]) memory.clear();
  }

  /** Why this may not be billed. Nobody has a fake number, so only its fate counts. */
  #refusalOf({ recipient: msisdn, amount, age }: Charge, now: number): Reason | undefined {
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

  /** Bills, unless there is a reason not to. */
  #bill(charge: Charge, reference: string, refusal: Reason | undefined, now: number): ChargeReceipt {
    const { id, recipient: msisdn, merchant, shortNumber, invoiceText, amount, currency } = charge;
    if (!refusal && msisdn) {
      const isPrepaid = this.subscribers.of(msisdn).prepaidBalance !== undefined;
      const entry = { reference, transaction: id, msisdn, merchant, shortNumber, invoiceText, amount, currency };
      this.ledger.add({ ...entry, kind: "charge", billedAt: now }, isPrepaid ? "balance" : "bill");
      if (isPrepaid) this.subscribers.take(msisdn, amount);
    }
    return this.#receipt(charge, reference, refusal, now);
  }

  #giveBack(reversal: Reversal, reference: string, now: number): ChargeReceipt {
    const charge = this.ledger.charge(reversal.original);
    const msisdn = charge?.entry.msisdn;
    const receipt = (reason?: Reason) =>
      this.#receipt({ id: reversal.id, ...(msisdn ? { recipient: msisdn } : {}) }, reference, reason, now);
    if (!charge || charge.isReversed) return receipt("rejected");
    const { entry, paidWith } = charge;
    if (reversal.amount !== -entry.amount) return receipt("bad-amount");
    this.ledger.add(
      {
        ...entry,
        reference,
        transaction: reversal.id,
        amount: reversal.amount,
        kind: "reversal",
        reverses: entry.reference,
        billedAt: now,
      },
      paidWith,
    );
    if (paidWith === "balance") this.subscribers.take(entry.msisdn, reversal.amount);
    return receipt();
  }

  #receipt(
    { id, recipient }: Pick<Charge, "id" | "recipient">,
    reference: string,
    reason: Reason | undefined,
    at: number,
  ): ChargeReceipt {
    return {
      transaction: id,
      carrier: CARRIER,
      reference,
      ...(reason ? { outcome: "failed", reason } : { outcome: "billed" }),
      ...this.#operatorOf(recipient),
      at,
    };
  }

  /** Remembers what was decided, and answers with it: at once, or, where a fault is about receipts, by one later. */
  #answer(
    receipt: ChargeReceipt,
    faults: Faults,
    now: number,
    msisdn: string | undefined,
  ): Answer<ChargeResult, ChargeReceipt> {
    const { reference, reason } = receipt;
    const operator = this.#operatorOf(msisdn);
    const isLater = reason === undefined && TELLS_LATER.some((fault) => faults[fault]);
    const toldAt = now + (isLater && !faults.earlyReceipt ? (faults.receiptDelaySeconds ?? 0) * 1000 : 0);
    this.#sql.exec(
      "INSERT INTO asked (transaction_id, msisdn, reference, receipt, told_at) VALUES (?, ?, ?, ?, ?)",
      receipt.transaction,
      msisdn ?? "",
      reference,
      JSON.stringify(receipt),
      toldAt,
    );
    if (reason) return answered({ outcome: "refused", reason, ...operator }, faults);
    if (!isLater) return answered({ outcome: "billed", reference, ...operator, at: receipt.at }, faults);
    const early = this.receipts.owe(receipt, oppositeOf(receipt), faults, toldAt);
    return answered({ outcome: "taken", reference, ...operator }, faults, early);
  }

  /** Asks the person to register, and keeps the charge until they did, or their time is over. */
  #await(charge: Charge, reference: string, faults: Faults, now: number): void {
    const msisdn = charge.recipient ?? "";
    this.#sql.exec(
      `INSERT INTO asked (transaction_id, msisdn, reference, charge, faults, waits_until) VALUES (?, ?, ?, ?, ?, ?)`,
      charge.id,
      msisdn,
      reference,
      JSON.stringify(charge),
      JSON.stringify(faults),
      now + charge.registrationMinutes * 60_000,
    );
    this.sendRegistration(msisdn, charge.shortNumber, "", now);
  }

  /** Makes the charges that waited for this person to register, if they did. */
  #resume(msisdn: string, now: number): void {
    if (!this.subscribers.of(msisdn).registered) return;
    const waiting = this.#sql.exec<Asked>(
      "SELECT * FROM asked WHERE msisdn = ? AND waits_until IS NOT NULL ORDER BY id",
      msisdn,
    );
    for (const asked of waiting.toArray()) {
      const charge: Charge = JSON.parse(asked.charge);
      this.#conclude(asked, this.#bill(charge, asked.reference, this.#refusalOf(charge, now), now), now);
    }
  }

  /** Ends the wait for a registration. The faults are those of when it was asked. */
  #conclude(asked: Asked, receipt: ChargeReceipt, now: number): void {
    const { earlyReceipt: _, ...faults }: Faults = JSON.parse(asked.faults);
    const toldAt = now + (faults.receiptDelaySeconds ?? 0) * 1000;
    this.#sql.exec(
      "UPDATE asked SET waits_until = NULL, receipt = ?, told_at = ? WHERE id = ?",
      JSON.stringify(receipt),
      toldAt,
      asked.id,
    );
    this.receipts.owe(receipt, oppositeOf(receipt), faults, toldAt);
  }

  #leftOf(limit: number | null | undefined, msisdn: string, since: number): number {
    return typeof limit === "number" ? Math.max(0, limit - this.ledger.onTheBill(msisdn, since)) : NO_LIMIT;
  }

  #operatorOf(msisdn: string | undefined): { operator?: string } {
    const operator = msisdn ? this.subscribers.of(msisdn).operator : undefined;
    return operator ? { operator } : {};
  }
}

/** As `SubscriberInfo` has it. */
const NO_LIMIT = -1;

/** The faults that are about receipts: a charge that they hit is told of by one. */
const TELLS_LATER = [
  "receiptDelaySeconds",
  "loseReceipt",
  "duplicateReceipts",
  "earlyReceipt",
  "contradict",
] as const satisfies readonly (keyof Faults)[];

/** The faults under which nothing is looked at, nothing billed and nothing remembered. */
function turnedAway(faults: Faults): ChargeResult | undefined {
  if (faults.busySeconds !== undefined) return { outcome: "busy", retryAfterSeconds: faults.busySeconds };
  if (faults.refuse) return { outcome: "refused", reason: faults.refuse, detail: "a fault is set" };
  return undefined;
}

/** The answer as it comes over the wire: it may be lost, or not come. */
function answered(
  result: ChargeResult,
  { loseAnswer, hang }: Faults,
  early: ChargeReceipt[] = [],
): Answer<ChargeResult, ChargeReceipt> {
  return {
    result: loseAnswer ? { outcome: "unknown", detail: "the connection broke before the answer" } : result,
    early,
    ...(hang ? { hang } : {}),
  };
}

function oppositeOf({ reason: _, ...receipt }: ChargeReceipt): ChargeReceipt {
  return receipt.outcome === "billed"
    ? { ...receipt, outcome: "failed", reason: "rejected" }
    : { ...receipt, outcome: "billed" };
}

function standingOf({ barred, registered, standing }: Profile): SubscriberInfo["standing"] {
  if (barred) return "barred";
  return registered ? (standing ?? "full") : "unregistered";
}

function ageOf(birthDate: string, now: number): number {
  return Temporal.PlainDate.from(birthDate).until(here(now).toPlainDate(), { largestUnit: "years" }).years;
}

function beginningOfMonth(now: number): number {
  return here(now).with({ day: 1 }).startOfDay().epochMilliseconds;
}

function beginningOfYear(now: number): number {
  return here(now).with({ month: 1, day: 1 }).startOfDay().epochMilliseconds;
}

function here(now: number): Temporal.ZonedDateTime {
  return Temporal.Instant.fromEpochMilliseconds(now).toZonedDateTimeISO(TIME_ZONE);
}
