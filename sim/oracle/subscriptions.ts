/**
 * What is promised of subscriptions (P3): each period is billed once or not at all, while it lasts and never before, at
 * the price that was agreed to; what is declined is tried again when that may help; and none is forgotten.
 */

import type { Timeline } from "../ground/timeline.ts";
import type { Bill, ChargeAsked } from "../network.ts";
import type { Received } from "../receivers.ts";
import { beginning, halfOf, type Interval, osloOffset, osloTime, periodAt, timeOfDay } from "./calendar.ts";
import type { Oracle, Row, Watch, Watched } from "./oracle.ts";
import type { Windows } from "./windows.ts";

type Known = {
  row: Row;
  /** What each period costs, as who agreed to it was told. */
  price?: number | undefined;
  billed: Map<number, Bill>;
  /** Periods that the carrier billed after it had refused to: who heard of which is between it and us. */
  disputed: Set<number>;
  /** Its charges, oldest first. */
  charges: string[];
  /** How many in a row were declined, by no fault of ours. */
  declines: number;
  /** When it was last to be charged. */
  due: number;
  /** Periods that were passed over, as less than half of them was left. */
  passed: Set<number>;
};

/** Clocks of processes differ by so much at most. Milliseconds. */
const SKEW = 1_000;
const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const MINUTE = 60_000;
/** How soon a charge may be tried again in the same period, after it was declined like this. Milliseconds. */
const PATIENCE = { ours: 6 * HOUR, passing: HOUR };
/** The days on which there may be money again; from when, and not before so long after there was none. Milliseconds. */
const PAYDAYS = [1, 12, 15, 20, 25];
const PAY_HOUR = 10 * HOUR;
const NO_MONEY = 36 * HOUR;
const MOST_DECLINES = 5;
/** And of the charge that would begin one. */
const MOST_FIRST_DECLINES = 2;
/** No renewal is begun before the morning, or so late; and none is charged, or told of, in the night. Of the day, milliseconds. */
const MORNING = 8 * HOUR;
const LAST_BEGUN = 20.5 * HOUR;
const EVENING = 21 * HOUR;
/** How long a carrier may be on its way to hear of a charge. */
const ON_ITS_WAY = MINUTE;

/** How the carrier's words are to be understood. */
const MONEY: readonly unknown[] = ["insufficient-funds", "limit-exceeded", "card-failed"];
const HARD: readonly unknown[] = ["subscriber-barred", "unknown-subscriber", "too-young", "not-registered"];
const OURS: readonly unknown[] = ["carrier-offline", "carrier-error", "validity-over", "no-receipt"];

export class Subscriptions implements Watch {
  readonly #oracle: Oracle;
  readonly #timeline: Timeline;
  readonly #windows: Windows;
  readonly #known = new Map<string, Known>();
  readonly #txns = new Map<string, Row>();
  readonly #begunBy = new Map<string, Known>();
  /** Bills of charges that begin a subscription which is not there yet. */
  readonly #first = new Map<string, Bill>();
  /** What was ever written down to be told of subscriptions: texts by their names, calls by their ids. */
  readonly #told = new Set<string>();
  /** What each of those texts says. */
  readonly #said = new Map<string, Row>();
  #doubts: { step: number; look: () => void }[] = [];

  constructor(oracle: Oracle, timeline: Timeline, windows: Windows) {
    this.#oracle = oracle;
    this.#timeline = timeline;
    this.#windows = windows;
  }

  /** The operator was told of a subscription that it asked for, at this price. */
  opened(id: string, price: number): void {
    const known = this.#known.get(id);
    if (!known) {
      this.#oracle.report("P1", `subscription ${id} was answered, and is not there`);
      return;
    }
    if (known.row.price !== price && known.charges.length === 0) {
      this.#oracle.report("P3", `subscription ${id} was opened for ${price}, and costs ${known.row.price}`);
    }
  }

  /** All that there are, or were: whose, and of what. */
  all(): { person: string; account: string; service: string }[] {
    return [...this.#known.values()].map(({ row }) => {
      return { person: String(row.recipient), account: String(row.account_id), service: String(row.service_id) };
    });
  }

  /** When this person's next period begins, of all that they have. */
  nextOf(person: string): number | undefined {
    const due = [...this.#known.values()].flatMap(({ row }) =>
      row.recipient === person && dueOf(row) ? Number(dueOf(row)) : [],
    );
    return due.length > 0 ? Math.min(...due) : undefined;
  }

  /** Those that go on, of these services. */
  running(account: string, services: readonly string[]): string[] {
    return [...this.#known.values()].flatMap(({ row }) =>
      row.account_id === account && row.state !== "cancelled" && services.includes(String(row.service_id))
        ? String(row.id)
        : [],
    );
  }

  changed(table: Watched, before: Row | undefined, after: Row | undefined): void {
    this.#clear();
    if (table === "subscription") this.#changed(before, after);
    if (table === "txn" && after) this.#charged(before, after);
    // A call's id ends with what it is about, where there may be several of a kind.
    if (table === "webhook" && after?.kind === "subscription")
      this.#told.add(String(after.id).replace(/(_sub-cancelled)-.*/, "$1"));
    if (table === "message" && after?.dialect === "stafett") this.#wrote(before, after);
    if (table === "period" && before?.state === "billed" && after?.state !== "billed") {
      this.#oracle.report(
        "P5",
        `period ${before.period} of ${before.subscription_id} was billed, and is ${after?.state ?? "gone"}`,
      );
    }
  }

  askedToBill(charge: ChargeAsked): void {
    this.#clear();
    const txn = this.#txns.get(charge.id);
    const known = txn?.subscription_id ? this.#known.get(String(txn.subscription_id)) : undefined;
    if (known?.billed.has(Number(txn?.period))) this.#twice(known, Number(txn?.period));
    if (!known || !txn || isAskedFor(known, txn)) return;
    const { now } = this.#timeline;
    if (isOutside(now, MORNING, EVENING + ON_ITS_WAY))
      this.#oracle.report("P3", `period ${txn.period} of ${txn.subscription_id} is charged at night, at ${time(now)}`);
  }

  billed(bill: Bill): void {
    this.#clear();
    if (bill.original !== undefined) return;
    const txn = this.#txns.get(bill.id);
    if (!txn) return;
    const known = this.#begunBy.get(bill.id) ?? this.#known.get(String(txn.subscription_id));
    if (known) this.#paid(known, txn.period === null ? 0 : Number(txn.period), bill);
    else if (txn.starts_subscription) this.#first.set(bill.id, bill);
  }

  /** A customer was told something. */
  received({ headers, body }: Received): void {
    this.#clear();
    if (!headers.has("x-stafett-signature")) return;
    const { type, data } = JSON.parse(body);
    if (!type.startsWith("subscription.")) return;
    const known = this.#known.get(data.subscription);
    if (!known) this.#oracle.report("P3", `${type} is told of ${data.subscription}, which is not there`);
    else if (/renewed|started/.test(type) && !isPaid(known, data.period)) {
      this.#oracle.report(
        "P3",
        `${type} is told of period ${data.period} of ${data.subscription}, which nobody billed`,
      );
    } else if (type.endsWith("cancelled") && known.row.state !== "cancelled") {
      this.#oracle.report("P3", `${type} is told of ${data.subscription}, which is ${known.row.state}`);
    }
  }

  atRest(): void {
    this.#clear(true);
    const periods = Map.groupBy(this.#oracle.rows("period"), (row) => row.subscription_id);
    for (const [id, known] of this.#known) {
      if (known.row.state !== "cancelled") this.#checkRunning(known);
      this.#checkEnding(known);
      for (const { period, state } of periods.get(id) ?? []) {
        if (known.disputed.has(Number(period)) && state !== "charging") continue;
        const isBilled = known.billed.has(Number(period));
        if (isBilled !== (state === "billed") || state === "charging") {
          this.#oracle.report("P3", `period ${period} of ${id} is ${state}, and was ${isBilled ? "" : "not "}billed`);
        }
      }
    }
  }

  #changed(before: Row | undefined, row: Row | undefined): void {
    const id = String((row ?? before)?.id);
    if (!row) {
      this.#oracle.report("P1", `subscription ${id} is gone`);
      return;
    }
    let known = this.#known.get(id);
    if (!known) {
      known = { row, billed: new Map(), disputed: new Set(), charges: [], declines: 0, due: 0, passed: new Set() };
      this.#known.set(id, known);
      this.#began(known);
    }
    known.row = row;
    if (before) this.#checkPassed(known, before, row);
    if (row.due_at !== null) known.due = Number(row.due_at);
    if (before?.state === "cancelled" && row.state !== "cancelled")
      this.#oracle.report("P5", `${id} was cancelled, and is ${row.state}`);
    for (const name of ["anchor", "price", "interval", "time_zone", "recipient"] as const) {
      if (before && before[name] !== row[name])
        this.#oracle.report("P3", `${id}: its ${name} was ${before[name]}, and is ${row[name]}`);
    }
    this.#checkDue(row);
    const isDeclined = row.state === "dunning" || row.ended_by === "dunning";
    if (isDeclined && (before?.declines !== row.declines || before?.state !== row.state)) {
      const last = known.charges.at(-1) ?? "";
      this.#later(() => {
        const state = this.#txns.get(last)?.state;
        if (state !== "failed" && state !== "expired")
          this.#oracle.report("P3", `${id} is ${row.state}, and its charge ${last} is ${state}`);
      });
    }
  }

  /** A text of ours: what tells of a renewal, or of the end, is not for the night. */
  #wrote(before: Row | undefined, row: Row): void {
    const theirId = String(row.their_id);
    this.#told.add(theirId);
    this.#said.set(theirId, row);
    const [, id, what] = /^(sub_.+)-(period-\d+|ended)$/.exec(theirId) ?? [];
    const known = this.#known.get(id ?? "");
    if (before || !known || !what || (what !== "ended" && known.billed.size <= 1 && known.row.txn_id === null)) return;
    if (isOutside(Number(row.send_at), MORNING, LAST_BEGUN))
      this.#oracle.report("P3", `${theirId} is to be told at night, at ${time(row.send_at)}`);
  }

  /** The person is told what they begin: what it costs, and how to end it. */
  #checkWelcome({ row }: Known, theirId: string): void {
    const text = String(this.#said.get(theirId)?.text ?? "");
    const price = Number(row.price) / 100;
    if (!text.includes("STOP") || !new RegExp(`\\b${price}\\b`).test(text))
      this.#oracle.report("P3", `${row.id} begins, and ${theirId} says "${text}": no price of ${price}, or no STOP`);
  }

  /** The next charge was put off without one having been made: till the morning, or because half of the period is over. */
  #checkPassed(known: Known, before: Row, row: Row): void {
    const isPutOff = before.due_at !== null && row.due_at !== null && row.state === before.state;
    if (!isPutOff || row.declines !== before.declines || before.due_at === row.due_at) return;
    const { id, anchor, interval, changed_at } = row;
    const next = Number(row.period);
    const story = String(JSON.parse(String(row.history)).at(-1)?.event);
    if (row.due_at === beginning(Number(anchor), interval as Interval, next) && next > Number(before.period)) {
      const passed = periodAt(Number(anchor), interval as Interval, Number(changed_at));
      if (Number(changed_at) < halfOf(Number(anchor), interval as Interval, passed) - SKEW || passed !== next - 1)
        this.#oracle.report(
          "P3",
          `${id}: period ${passed} is passed over at ${time(changed_at)}, with half of it left`,
        );
      known.passed.add(passed);
      if (story !== "period.passed") this.#oracle.report("P3", `${id} does not say why: ${story}`);
    } else if (!isMorning(Number(row.due_at)) || !isOutside(Number(changed_at), MORNING + SKEW, LAST_BEGUN - SKEW)) {
      this.#oracle.report("P3", `${id} is put off at ${time(changed_at)} to ${time(row.due_at)}: ${story}`);
    }
  }

  #began(known: Known): void {
    const { id, txn_id, anchor, created_at, price } = known.row;
    if (txn_id === null) return;
    this.#later(() => this.#checkWelcome(known, `${id}-started`));
    this.#begunBy.set(String(txn_id), known);
    const bill = this.#first.get(String(txn_id));
    if (bill) this.#paid(known, 0, bill);
    else if (!this.#txns.get(String(txn_id))?.disputed_at)
      this.#oracle.report("P3", `${id} begins, and its charge ${txn_id} was not billed`);
    if (
      anchor !== created_at ||
      (bill && Number(anchor) < bill.at - SKEW) ||
      Number(anchor) > this.#timeline.now + SKEW
    ) {
      this.#oracle.report("P3", `${id} is counted from ${time(anchor)}, and was billed at ${time(bill?.at)}`);
    }
    known.price = this.#windows.priceLater(String(txn_id));
    if (known.price !== undefined && known.price !== price) {
      this.#oracle.report("P3", `${id} costs ${price} each period, and the page said ${known.price}`);
    }
  }

  /** When it is charged next: at the beginning of a period, or in it, where the charge was declined. */
  #checkDue(row: Row): void {
    const { id, state, anchor, interval, period } = row;
    const due_at = dueOf(row);
    if (row.due_at !== null && row.resting_due_at !== null) {
      this.#oracle.report("P3", `${id} is due at ${time(row.due_at)}, and rests since ${time(row.resting_due_at)}`);
    }
    if (state === "cancelled" && due_at !== null) {
      this.#oracle.report("P7", `${id} is cancelled, and due at ${time(due_at)}`);
    }
    if (due_at === null || state === "cancelled") return;
    const from = beginning(Number(anchor), interval as Interval, Number(period));
    const until = beginning(Number(anchor), interval as Interval, Number(period) + 1);
    const isIn = Number(due_at) >= from && Number(due_at) < until;
    const isByDay = due_at === anchor || !isOutside(Number(due_at), MORNING, 20 * HOUR);
    const isRight = isByDay && (state === "active" ? due_at === from || (isIn && isMorning(Number(due_at))) : isIn);
    if (!isRight)
      this.#oracle.report(
        "P3",
        `${id}, ${state}, is due at ${time(due_at)}: period ${period} is from ${time(from)} to ${time(until)}`,
      );
  }

  #charged(before: Row | undefined, row: Row): void {
    const id = String(row.id);
    this.#txns.set(id, row);
    const known = row.subscription_id === null ? undefined : this.#known.get(String(row.subscription_id));
    if (!known) return;
    if (!before) {
      this.#checkNew(known, row);
      known.charges.push(id);
    }
    if (before?.state === row.state) return;
    if (row.state === "billed") {
      known.declines = 0;
      this.#checkFirst(known, row);
    } else if ((row.state === "failed" || row.state === "expired") && !OURS.includes(row.reason)) known.declines++;
  }

  /** What the operator opened begins with the first charge that is billed. */
  #checkFirst(known: Known, txn: Row): void {
    if (!isFirst(known, this.#txns, String(txn.id)) || txn.is_stopped) return;
    this.#later(() => {
      if (known.row.state !== "cancelled") this.#checkWelcome(known, `${known.row.id}-period-${txn.period}`);
    });
  }

  /** A charge was begun: for the period that is now, by day, and not too soon after one that was declined. */
  #checkNew(known: Known, txn: Row): void {
    const { row, charges, due } = known;
    const [at, period] = [Number(txn.accepted_at), Number(txn.period)];
    const from = beginning(Number(row.anchor), row.interval as Interval, period);
    const until = beginning(Number(row.anchor), row.interval as Interval, period + 1);
    const what = `period ${period} of ${row.id}, from ${time(from)} to ${time(until)}`;
    if (at < from || at >= until) this.#oracle.report("P3", `${what}, is charged at ${time(at)}`);
    if (txn.amount !== row.price)
      this.#oracle.report("P3", `${what}, is charged ${txn.amount}, and ${row.price} were agreed to`);
    if (!isAskedFor(known, txn) && isOutside(at, MORNING, LAST_BEGUN))
      this.#oracle.report("P3", `${what}, is begun at night, at ${time(at)}`);
    const last = this.#txns.get(charges.at(-1) ?? "");
    const half = halfOf(Number(row.anchor), row.interval as Interval, period);
    const isRetry =
      last?.period === txn.period && at - due < DAY + SKEW && (!OURS.includes(last?.reason) || due <= half);
    if (at > half + SKEW && !isRetry)
      this.#oracle.report("P3", `${what}, is charged at ${time(at)}, with less than half of it left`);
    if (!last) return;
    if (isFirst(known, this.#txns) && (MONEY.includes(last.reason) || known.declines >= MOST_FIRST_DECLINES))
      this.#oracle.report(
        "P3",
        `${what}, is charged after ${known.declines} declines, and never began: ${last.reason}`,
      );
    if (HARD.includes(last.reason))
      this.#oracle.report("P3", `${what}, is charged, though the person was ${last.reason}`);
    if (last.period !== txn.period) return;
    const kind = MONEY.includes(last.reason) ? "money" : OURS.includes(last.reason) ? "ours" : "passing";
    const declinedAt = Number(last.changed_at);
    if (at < (kind === "money" ? paydayAfter(declinedAt) : declinedAt + PATIENCE[kind]) - SKEW) {
      this.#oracle.report(
        "P3",
        `${what}, was declined at ${time(last.changed_at)}: ${last.reason}; and is charged at ${time(at)}`,
      );
    }
  }

  #paid(known: Known, period: number, bill: Bill): void {
    const { id, anchor, interval, price } = known.row;
    if (bill.wasRefused) {
      known.disputed.add(period);
      return;
    }
    if (known.billed.has(period)) this.#twice(known, period);
    known.billed.set(period, bill);
    const from = beginning(Number(anchor), interval as Interval, period);
    if (period > 0 && bill.at < from - SKEW)
      this.#oracle.report(
        "P3",
        `period ${period} of ${id} begins at ${time(from)}, and was billed at ${time(bill.at)}`,
      );
    if (known.row.txn_id !== bill.id && bill.amount !== price)
      this.#oracle.report("P3", `period ${period} of ${id} costs ${price}, and ${bill.amount} were billed`);
  }

  #twice({ row }: Known, period: number): void {
    this.#oracle.report("P3", `period ${period} of ${row.id} is billed a second time`);
  }

  /** It must be billed for the period that is now, or have been declined; and must go on. */
  #checkRunning(known: Known): void {
    const { row, billed, disputed, charges, declines, passed } = known;
    const { now } = this.#timeline;
    const { id, state, anchor, auto_rebill, interval } = row;
    const due_at = dueOf(row);
    if (!auto_rebill) {
      if (due_at !== null && charges.length > 0)
        this.#oracle.report("P3", `${id} is its merchant's to bill, and is due`);
      return;
    }
    if (due_at === null) {
      this.#oracle.report("P3", `${id} is ${state}, and will never be billed again`);
      return;
    }
    if (Number(due_at) <= now) this.#oracle.report("P3", `${id} was due at ${time(due_at)}, and nobody bills it`);
    if (Number(anchor) > now) return;
    const period = periodAt(Number(anchor), interval as Interval, now);
    const last = this.#txns.get(charges.at(-1) ?? "");
    const waits = Number(row.period) === period && isMorning(Number(due_at)) && Number(due_at) < now + DAY;
    if (![billed, disputed, passed].some((some) => some.has(period)) && last?.period !== period && !waits) {
      this.#oracle.report("P3", `${id} is ${state}, and nobody ever tried to bill period ${period}`);
    }
    const most = isFirst(known, this.#txns) ? MOST_FIRST_DECLINES : MOST_DECLINES;
    if (HARD.includes(last?.reason) || declines >= most) {
      this.#oracle.report("P3", `${id} is ${state} after ${declines} declines, the last ${last?.reason}`);
    }
  }

  /** Whoever is no longer billed is told so, and the customer too. */
  #checkEnding(known: Known): void {
    const { row, charges, declines, disputed } = known;
    const { id, state, ended_by, never_begun } = row;
    if (state !== "cancelled") return;
    if (!this.#told.has(`whk_${String(id).slice(4)}_sub-cancelled`))
      this.#oracle.report("P6", `${id} was cancelled, and its customer is not told`);
    if (ended_by !== "dunning") return;
    const last = this.#txns.get(charges.at(-1) ?? "");
    if (disputed.size === 0 && Boolean(never_begun) !== isFirst(known, this.#txns))
      this.#oracle.report(
        "P3",
        `${id} was given up, ${never_begun ? "never begun, though" : "and"} its charges were ${charges}`,
      );
    if (never_begun) {
      if (this.#told.has(`${id}-ended`))
        this.#oracle.report("P3", `${id} never began, and the person is told that it ended`);
      if (
        OURS.includes(last?.reason) ||
        (declines < MOST_FIRST_DECLINES && ![...MONEY, ...HARD].includes(last?.reason))
      )
        this.#oracle.report("P3", `${id} never began, after ${declines} declines, the last ${last?.reason}`);
      return;
    }
    if (!this.#told.has(`${id}-ended`)) this.#oracle.report("P3", `${id} was given up, and the person is not told`);
    if (declines < MOST_DECLINES && (MONEY.includes(last?.reason) || OURS.includes(last?.reason))) {
      this.#oracle.report("P3", `${id} was given up after ${declines} declines, the last ${last?.reason}`);
    }
  }

  /** To be looked at once all that changed with it was seen. */
  #later(look: () => void): void {
    this.#doubts.push({ step: this.#timeline.step, look });
  }

  #clear(isOver = false): void {
    while (this.#doubts[0] && (isOver || this.#doubts[0].step < this.#timeline.step)) this.#doubts.shift()?.look();
  }
}

/** When there may be money again. */
function paydayAfter(declinedAt: number): number {
  const earliest = declinedAt + NO_MONEY;
  const shown = earliest + osloOffset(earliest);
  for (let day = shown - (shown % DAY); ; day += DAY) {
    const at = osloTime(day + PAY_HOUR);
    if (PAYDAYS.includes(new Date(day).getUTCDate()) && at >= earliest) return at;
  }
}

/** Whether none of its charges, but for this one, was ever billed. */
function isFirst({ row, charges }: Known, txns: ReadonlyMap<string, Row>, but?: string): boolean {
  const wasBilled = (id: string) => ["billed", "reversed"].includes(String(txns.get(id)?.state));
  return row.txn_id === null && !charges.some((id) => id !== but && wasBilled(id));
}

/** The first charge of what the operator opened is made when it was asked for, at any hour. */
function isAskedFor({ row, charges }: Known, txn: Row): boolean {
  const isFirst = charges.length === 0 || charges[0] === txn.id;
  return row.txn_id === null && isFirst && Number(txn.accepted_at) < Number(row.anchor) + DAY + SKEW;
}

/** Whether the clocks in Oslo show an earlier or a later time of the day. */
function isOutside(at: number, from: number, until: number): boolean {
  return timeOfDay(at + SKEW) < from || timeOfDay(at - SKEW) >= until;
}

function isMorning(at: number): boolean {
  return timeOfDay(at) === MORNING;
}

function isPaid({ billed, disputed }: Known, period: number): boolean {
  return billed.has(period) || disputed.has(period);
}

function time(at: unknown): string {
  return at === undefined || at === null ? "never" : new Date(Number(at)).toISOString();
}

/** When it is due, or was when it was set apart, because nobody could bill it. */
function dueOf({ due_at, resting_due_at }: Row): Row[string] {
  return due_at ?? resting_due_at ?? null;
}
