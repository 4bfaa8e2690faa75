/**
 * The operator's side of billing: the requests it got, its answers, and the receipts it has yet to send. It bills each time it is
 * asked, whatever the id, and keeps books of its own, so that a double charge of ours shows in them.
 */

import type { ChargeQueryResult, ChargeReceipt, ChargeResult } from "../../core/billing/charges/carrier.ts";
import type { TransactionId } from "../../core/kernel/ids.ts";
import type { Reason } from "../../core/kernel/reasons.ts";
import { Books, type Charge, type Reversal } from "./books.ts";
import { CARRIER, type Faults } from "./fates.ts";
import { type Answer, Outbox } from "./outbox.ts";
import { newReference } from "./reference.ts";
import { one, type Sql } from "./storage.ts";
import type { Profile } from "./subscribers.ts";

/** Shows a text on a handset. */
export type Show = (msisdn: string, sender: string, text: string, now: number) => void;

type ChargeAnswer = Answer<ChargeResult, ChargeReceipt>;

/** Who and what a receipt is about. */
type Subject = { id: TransactionId; reference: string; msisdn: string | undefined };

/** A charge that waits for the person to register. */
type Waiting = { id: number; charge: string; reference: string; faults: string; waits_until: number };

const REGISTER = "Register to pay with your phone bill:";

export class Operator {
  readonly books: Books;
  readonly receipts: Outbox<ChargeReceipt>;
  #sql: Sql;
  #show: Show;

  constructor(sql: Sql, show: Show) {
    this.#sql = sql;
    this.#show = show;
    this.books = new Books(sql);
    this.receipts = new Outbox(sql, "owed_charge");
    // A waiting row has no receipt yet; a receipt is visible to queries from `told_at` on.
    sql.exec(
      `CREATE TABLE IF NOT EXISTS asked (
        id INTEGER PRIMARY KEY, transaction_id TEXT, msisdn TEXT, reference TEXT, charge TEXT, faults TEXT,
        waits_until INTEGER, receipt TEXT, told_at INTEGER
      )`,
    );
    sql.exec("CREATE INDEX IF NOT EXISTS asked_transaction ON asked (transaction_id)");
    sql.exec("CREATE INDEX IF NOT EXISTS asked_waiting ON asked (waits_until) WHERE waits_until IS NOT NULL");
  }

  charge(charge: Charge, faults: Faults, now: number): ChargeAnswer {
    this.expire(now);
    const away = turnedAway(faults);
    if (away) return { result: away };
    const subject = { id: charge.id, reference: newReference(), msisdn: charge.recipient };
    if (charge.registrationMinutes > 0 && this.books.refusalOf(charge, now) === "not-registered") {
      return this.#wait(charge, subject, faults, now);
    }
    return this.#answer(subject, this.books.bill(charge, subject.reference, now), faults, now);
  }

  reverse(reversal: Reversal, faults: Faults, now: number): ChargeAnswer {
    this.expire(now);
    const away = turnedAway(faults);
    if (away) return { result: away };
    const msisdn = this.books.ledger.charge(reversal.original)?.entry.msisdn;
    const subject = { id: reversal.id, reference: newReference(), msisdn };
    return this.#answer(subject, this.books.giveBack(reversal, subject.reference, now), faults, now);
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
    if (row.receipt !== null && (row.told_at ?? 0) <= now) {
      return { outcome: "settled", receipt: JSON.parse(row.receipt) };
    }
    return { outcome: "taken", reference: row.reference, ...this.#operatorOf(row.msisdn) };
  }

  sendRegistration(msisdn: string, shortNumber: string, text: string, now: number): void {
    const link = `https://register.invalid/${msisdn.replace("+", "")}`;
    this.#show(msisdn, shortNumber, `${text.trim() || REGISTER} ${link}`, now);
  }

  /** Replaces a subscriber's profile. Charges that waited for the person to register are made if they are registered now. */
  putSubscriber(msisdn: string, given: Partial<Profile>, now: number): void {
    this.expire(now);
    this.books.subscribers.put(msisdn, given);
    this.#resume(msisdn, now);
  }

  /** From now on the number has the defaults again. Its charges stay. */
  removeSubscriber(msisdn: string, now: number): void {
    this.expire(now);
    this.books.subscribers.remove(msisdn);
    this.#resume(msisdn, now);
  }

  /** Gives up on people who had until now to register. */
  expire(now: number): void {
    const over = this.#sql.exec<Waiting>("SELECT * FROM asked WHERE waits_until <= ? ORDER BY waits_until, id", now);
    for (const waiting of over.toArray()) {
      this.#conclude(waiting, JSON.parse(waiting.charge), "not-registered", waiting.waits_until);
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
    this.receipts.clear();
    this.books.clear();
  }

  /** Stores the outcome and answers it: at once, or by a receipt later if a fault concerns receipts. */
  #answer(subject: Subject, refusal: Reason | undefined, faults: Faults, now: number): ChargeAnswer {
    const { id, reference, msisdn } = subject;
    const receipt = this.#receiptFor(subject, refusal, now);
    const isLater = !refusal && TELLS_LATER.some((fault) => faults[fault]);
    const delay = isLater && !faults.earlyReceipt ? (faults.receiptDelaySeconds ?? 0) * 1000 : 0;
    this.#sql.exec(
      "INSERT INTO asked (transaction_id, msisdn, reference, receipt, told_at) VALUES (?, ?, ?, ?, ?)",
      id,
      msisdn ?? "",
      reference,
      JSON.stringify(receipt),
      now + delay,
    );
    const operator = this.#operatorOf(msisdn);
    if (refusal) return answered({ outcome: "refused", reason: refusal, ...operator }, faults);
    if (!isLater) return answered({ outcome: "billed", reference, ...operator, at: now }, faults);
    const early = this.receipts.owe(receipt, oppositeOf(receipt), faults, now + delay);
    return answered({ outcome: "taken", reference, ...operator }, faults, early);
  }

  /** Asks the person to register, and keeps the charge until they did, or their time is over. */
  #wait(charge: Charge, { id, reference, msisdn = "" }: Subject, faults: Faults, now: number): ChargeAnswer {
    this.#sql.exec(
      "INSERT INTO asked (transaction_id, msisdn, reference, charge, faults, waits_until) VALUES (?, ?, ?, ?, ?, ?)",
      id,
      msisdn,
      reference,
      JSON.stringify(charge),
      JSON.stringify(faults),
      now + charge.registrationMinutes * 60_000,
    );
    this.sendRegistration(msisdn, charge.shortNumber, "", now);
    return answered({ outcome: "taken", reference, ...this.#operatorOf(msisdn) }, faults);
  }

  /** Makes the charges that waited for this person to register, if they did. */
  #resume(msisdn: string, now: number): void {
    if (!this.books.subscribers.of(msisdn).registered) return;
    const all = this.#sql.exec<Waiting>(
      "SELECT * FROM asked WHERE msisdn = ? AND waits_until IS NOT NULL ORDER BY id",
      msisdn,
    );
    for (const waiting of all.toArray()) {
      const charge: Charge = JSON.parse(waiting.charge);
      this.#conclude(waiting, charge, this.books.bill(charge, waiting.reference, now), now);
    }
  }

  /** Ends the wait for a registration, and owes the receipt. The faults are those of when it was asked. */
  #conclude(waiting: Waiting, { id, recipient }: Charge, refusal: Reason | undefined, at: number): void {
    const { earlyReceipt: _, ...faults }: Faults = JSON.parse(waiting.faults);
    const receipt = this.#receiptFor({ id, reference: waiting.reference, msisdn: recipient }, refusal, at);
    const toldAt = at + (faults.receiptDelaySeconds ?? 0) * 1000;
    this.#sql.exec(
      "UPDATE asked SET waits_until = NULL, receipt = ?, told_at = ? WHERE id = ?",
      JSON.stringify(receipt),
      toldAt,
      waiting.id,
    );
    this.receipts.owe(receipt, oppositeOf(receipt), faults, toldAt);
  }

  #receiptFor({ id, reference, msisdn }: Subject, refusal: Reason | undefined, at: number): ChargeReceipt {
    return {
      transaction: id,
      carrier: CARRIER,
      reference,
      ...(refusal ? { outcome: "failed", reason: refusal } : { outcome: "billed" }),
      ...this.#operatorOf(msisdn),
      at,
    };
  }

  #operatorOf(msisdn: string | undefined): { operator?: string } {
    const operator = msisdn ? this.books.subscribers.of(msisdn).operator : undefined;
    return operator ? { operator } : {};
  }
}

/** The faults that concern receipts: the outcome of a charge that they hit comes by receipt. */
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
function answered(result: ChargeResult, { loseAnswer, hang }: Faults, early: ChargeReceipt[] = []): ChargeAnswer {
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
