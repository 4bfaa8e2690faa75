/**
 * What is promised to who buys on a page (P8): nothing is bought without a right PIN, of which there are few, and few
 * guesses; one purchase is one charge; and they are sent back to the shop with the truth.
 */

import type { Timeline } from "../ground/timeline.ts";
import type { Bill } from "../network.ts";
import type { Oracle, Row, Watch, Watched } from "./oracle.ts";

/** A purchase, as who buys knows it. */
export type Purchase = {
  account: string;
  /** Where the shop is. */
  host: string;
  service: string;
  invoiceText: string;
  theirId: string;
  /** What the shop wants back, where it is not that. */
  customId?: string;
  path: string;
};

type Pressed = { pin: string; at: number; answer?: "wrong" | "old" | "on"; answeredAt?: number };
type Pin = { pin: string; recipient: string; at: number };
type Known = {
  purchase: Purchase;
  pressed: Pressed[];
  pins: Pin[];
  price?: number;
  later?: number;
  toldCancelled?: boolean;
  isConfirmed?: boolean;
  txn?: string;
  bills: Bill[];
};

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
/** Clocks of processes differ by so much at most. Milliseconds. */
const SKEW = 1_000;
/** How many PINs a person is sent, in any so many milliseconds. */
const LIMITS = [
  { most: 5, within: HOUR - SKEW },
  { most: 10, within: 24 * HOUR - SKEW },
];
const TRIES = 3;
/** After so many wrong guesses at a person's PINs in a day, no new ones are sent. */
const WRONG_IN_A_DAY = 6;
/** How long a PIN is good, at the least: clocks differ, and so do the moments that it is counted from. */
const PIN_LIFE = 10 * MINUTE - 5 * SECOND;

export class Windows implements Watch {
  readonly #oracle: Oracle;
  readonly #timeline: Timeline;
  readonly #known = new Map<string, Known>();
  readonly #byWindow = new Map<string, Known>();
  readonly #byTxn = new Map<string, Known>();
  /** The windows that there are, by the shop's own names. */
  readonly #rows = new Map<string, Row>();
  readonly #txns = new Map<string, Row>();
  readonly #sentTo = new Map<string, number[]>();

  constructor(oracle: Oracle, timeline: Timeline) {
    this.#oracle = oracle;
    this.#timeline = timeline;
  }

  /** The shop's service was not known, though it is sold. */
  refused(what: string, answer: string): void {
    this.#oracle.report("P1", `no page for ${what}: ${answer}`);
  }

  /** Somebody has a page before them. */
  opened(purchase: Purchase): void {
    const key = keyOf(purchase.account, purchase.theirId);
    this.#known.set(key, { purchase, pressed: [], pins: [], bills: [] });
    const row = this.#rows.get(key);
    if (row) this.#windowChanged(row);
  }

  /** What the page says it costs, now and later. What was seen last is what is agreed to. */
  sawPrices(purchase: Purchase, { price, later }: { price?: number; later?: number }): void {
    const known = this.#of(purchase);
    if (price !== undefined) known.price = price;
    if (later !== undefined) known.later = later;
  }

  /** A PIN was typed, and the button pressed. */
  pressed(purchase: Purchase, pin: string): void {
    this.#of(purchase).pressed.push({ pin, at: this.#timeline.now });
  }

  /** The page said something to that; nothing if the connection broke. */
  heard(purchase: Purchase, pin: string, location: string | undefined): void {
    const known = this.#of(purchase);
    const pressed = known.pressed.find((one) => one.pin === pin && !one.answer);
    if (!pressed || location === undefined) return;
    const mistake = location.match(/[?&]mistake=([a-z-]+)/)?.[1];
    pressed.answeredAt = this.#timeline.now;
    pressed.answer = mistake === "wrong-pin" ? "wrong" : mistake === "old-pin" ? "old" : "on";
    const { theirId } = purchase;
    const wrong = known.pressed.filter(({ answer }) => answer === "wrong").length;
    // The third wrong one is not answered so: it ends the purchase.
    if (wrong >= TRIES) this.#oracle.report("P8", `${theirId}: ${wrong} wrong PINs, and another may be tried`);
    if (mistake === undefined || !this.#isRight(known, pin)) return;
    if (pressed.answer === "wrong")
      this.#oracle.report("P8", `${theirId}: the only PIN that was ever sent is called wrong`);
    if (pressed.answer === "old" && this.#timeline.now - (known.pins[0]?.at ?? 0) < PIN_LIFE) {
      this.#oracle.report("P8", `${theirId}: a PIN that was sent just now is called too old`);
    }
  }

  /** The person was sent back to the shop, or shown the way. */
  cameBack(purchase: Purchase, url: string): void {
    const known = this.#of(purchase);
    const { host, searchParams } = new URL(url);
    const status = searchParams.get("status");
    const id = searchParams.get("id");
    const { theirId, customId = theirId } = purchase;
    if (host !== purchase.host || id !== customId)
      this.#oracle.report("P8", `${theirId}: the person is sent to ${url}`);
    if (status === "success") {
      const isTold = known.pressed.some(({ pin }) => known.pins.some((one) => one.pin === pin));
      if (!isTold) this.#oracle.report("P8", `${theirId}: success, and no right PIN was ever given`);
    } else if (status === "cancelled") {
      known.toldCancelled = true;
      this.#checkCancelled(known);
    } else this.#oracle.report("P8", `${theirId}: the person is sent to ${url}`);
  }

  /** What the page asks the person to pay for. */
  saw({ theirId, invoiceText }: Purchase, html: string): void {
    if (!html.includes(`<h1>${invoiceText}</h1>`))
      this.#oracle.report("P10", `${theirId}: the page is not about ${invoiceText}`);
  }

  /** What the page said that each later period costs, for a subscription that this charge began. */
  priceLater(txn: string): number | undefined {
    return this.#byTxn.get(txn)?.later;
  }

  changed(table: Watched, before: Row | undefined, after: Row | undefined): void {
    if (!after) return;
    if (table === "win") this.#windowChanged(after);
    if (table === "pin" && Number(after.tries_left) < 0) {
      this.#oracle.report("P8", `${after.their_id}: more PINs are tried than may be`);
    }
    if (table === "message" && !before) this.#messageCame(after);
    if (table === "txn") {
      this.#txns.set(String(after.id), after);
      if (before?.state === "waiting" && after.state !== "waiting") this.#left(after);
    }
  }

  billed(bill: Bill): void {
    const known = this.#byTxn.get(bill.id);
    if (!known) return;
    // What the carrier bills though it refused is between it and us.
    if (bill.wasRefused) return;
    known.bills.push(bill);
    const { theirId } = known.purchase;
    if (known.bills.length > 1)
      this.#oracle.report("P2", `${theirId} was bought once, and billed ${known.bills.length} times`);
    if (known.price !== undefined && bill.amount !== known.price) {
      this.#oracle.report("P8", `${theirId} costs ${known.price} on the page, and ${bill.amount} were billed`);
    }
    this.#checkCancelled(known);
  }

  atRest(): void {
    for (const known of this.#known.values()) {
      const txn = known.txn === undefined ? undefined : this.#txns.get(known.txn);
      const row = this.#rows.get(keyOf(known.purchase.account, known.purchase.theirId));
      if (row && (row.state === "open" || (row.state === "confirmed") !== (known.isConfirmed === true))) {
        this.#oracle.report(
          "P8",
          `${known.purchase.theirId} is ${row.state}, and was ${known.isConfirmed ? "" : "not "}confirmed`,
        );
      }
      if (
        known.bills.length > 0 &&
        txn &&
        !["billed", "reversed"].includes(String(txn.state)) &&
        txn.disputed_at === null
      ) {
        this.#oracle.report("P4", `${known.purchase.theirId} was billed, and is ${txn.state}`);
      }
    }
  }

  #windowChanged(row: Row): void {
    const key = keyOf(String(row.account_id), String(row.their_id));
    this.#rows.set(key, row);
    const known = this.#known.get(key);
    if (!known) return;
    this.#byWindow.set(String(row.id), known);
    this.#byTxn.set(String(row.txn_id), known);
    known.txn = String(row.txn_id);
  }

  /** A text with a PIN is known by its id, which says whose window it is for, and when. */
  #messageCame({ their_id, recipient, text }: Row): void {
    const [, window = "", time] = /^(win_\w+)-pin-(\d+)$/.exec(String(their_id)) ?? [];
    if (time === undefined) return;
    const at = Number(time);
    const known = this.#byWindow.get(window);
    known?.pins.push({ pin: String(text).slice(0, 4), recipient: String(recipient), at });
    if (known && known.pins.length > TRIES)
      this.#oracle.report("P8", `${known.purchase.theirId}: ${known.pins.length} PINs were sent`);
    const times = this.#sentTo.get(String(recipient)) ?? [];
    times.push(at);
    this.#sentTo.set(
      String(recipient),
      times.sort((a, b) => a - b),
    );
    const wrong = this.#wrongBefore(String(recipient), at);
    if (wrong >= WRONG_IN_A_DAY)
      this.#oracle.report("P8", `${recipient} is sent a PIN after ${wrong} wrong guesses in a day`);
    for (const { most, within } of LIMITS) {
      for (let n = most; n < times.length; n++) {
        if ((times[n] as number) - (times[n - most] as number) >= within) continue;
        this.#oracle.report("P8", `${recipient} was sent ${most + 1} PINs within ${within / MINUTE} minutes`);
      }
    }
  }

  /** How many guesses at this person's PINs were surely wrong, in the day before. */
  #wrongBefore(recipient: string, at: number): number {
    return [...this.#known.values()]
      .filter(({ pins }) => pins.every((one) => one.recipient === recipient && one.at > at - 24 * HOUR + SKEW))
      .flatMap(({ pressed }) => pressed)
      .filter(({ answer, answeredAt = at }) => answer === "wrong" && answeredAt < at - SKEW).length;
  }

  /** The person is through with it, one way or another. */
  #left({ id, state, recipient, reason }: Row): void {
    const known = this.#byTxn.get(String(id));
    if (!known) return;
    const { theirId } = known.purchase;
    if (state === "failed" && reason === "too-many-codes") {
      const wrong = known.pressed.filter(({ pin }) => !this.#isRight(known, pin)).length;
      if (wrong < TRIES)
        this.#oracle.report("P8", `${theirId} was given up for too many wrong PINs, and there were ${wrong}`);
    }
    if (state !== "ready") return;
    known.isConfirmed = true;
    const right = known.pins.filter((one) => one.recipient === recipient).map(({ pin }) => pin);
    if (!known.pressed.some(({ pin }) => right.includes(pin))) {
      this.#oracle.report("P8", `${theirId} was confirmed for ${recipient}, who never gave a right PIN`);
    }
  }

  /** Whether it cannot have been wrong: it is the only one that was sent. */
  #isRight({ pins }: Known, pin: string): boolean {
    return pins.length === 1 && pins[0]?.pin === pin;
  }

  /** Who was told that it was cancelled has not bought it. */
  #checkCancelled({ toldCancelled, bills, purchase, txn = "" }: Known): void {
    if (!toldCancelled || bills.length === 0 || this.#txns.get(txn)?.disputed_at) return;
    this.#oracle.report("P8", `${purchase.theirId}: the person was told that it was cancelled, and was billed`);
  }

  #of({ account, theirId }: Purchase): Known {
    return this.#known.get(keyOf(account, theirId)) as Known;
  }
}

function keyOf(account: string, theirId: string): string {
  return `${account} ${theirId}`;
}
