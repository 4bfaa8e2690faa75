/** The promises about single charges, as clients and the carrier see them: P2, P13, and what of P1, P8 and P11 is theirs. */

import type { TransactionId } from "../../src/core/kernel/ids.ts";
import type { Bill, ChargeAsked, Submission } from "../network.ts";
import type { Received } from "../receivers.ts";
import type { Oracle, Row, Watch, Watched } from "./oracle.ts";

/** A charge that a client wants. */
export type WantedCharge = {
  account: string;
  theirId: string;
  recipient: string;
  /** Minor units. */
  amount: number;
  /** Found on no other bill. Absent: the person is charged for nothing else. */
  invoiceText?: string;
  /** The text that it pays for, found in no other. */
  text?: string;
  /** Why it may never be billed. */
  never?: string;
};

/** What somebody was told of a charge. */
export type Said = "billed" | "failed" | "nothing";

/** All that was ever wanted under one id of an account. */
type Known = {
  account: string;
  theirId: string;
  contents: WantedCharge[];
  /** Which of them were taken, and which refused. */
  answers: Map<WantedCharge, boolean>;
  taken: number;
  bills: Bill[];
  reversals: Bill[];
  said?: Said;
  reversalSaid?: Said;
  isReversalWanted?: boolean;
  isReversalTaken?: boolean;
  /** The person has not said OK to it yet. */
  waits?: boolean;
  /** It was ended by a STOP that is acknowledged. */
  isStopped?: boolean;
};

/** Words of txtNation that say how it ended. */
const ENDS: Record<string, Said> = {
  DELIVERED: "billed",
  NO_CREDIT: "failed",
  FAILED: "failed",
  VALIDITY_EXPIRED: "failed",
  REJECTED: "failed",
  INVALID_MSISDN: "failed",
};

export function saidInWord(word: string | null | undefined): Said {
  return ENDS[word ?? ""] ?? "nothing";
}

export class Charges implements Watch {
  readonly #oracle: Oracle;
  readonly #byId = new Map<string, Known>();
  /** By what names a charge in the carrier's books. */
  readonly #byName = new Map<string, Known>();
  readonly #byText = new Map<string, Known>();
  /** The texts that a carrier was ever handed. */
  readonly #handed = new Set<string>();
  /** Paid texts as they were seen last, be they gone or not. */
  readonly #texts = new Map<string, Row>();
  /** Of all charges: whether the answer of who took it got back. */
  readonly #taken = new Map<TransactionId, boolean>();
  #people = 0;

  constructor(oracle: Oracle) {
    this.#oracle = oracle;
  }

  /** The number of somebody who is charged for nothing else. */
  newPerson(): string {
    return `+4746${String(++this.#people).padStart(6, "0")}`;
  }

  /** A client is about to ask for this. */
  wanted(wanted: WantedCharge): void {
    const { account, theirId, invoiceText, recipient, text } = wanted;
    let known = this.#byId.get(`${account} ${theirId}`);
    if (!known) {
      known = { account, theirId, contents: [], answers: new Map(), taken: 0, bills: [], reversals: [] };
      this.#byId.set(`${account} ${theirId}`, known);
    }
    if (!known.contents.some((one) => isEqual(one, wanted))) known.contents.push(wanted);
    this.#byName.set(invoiceText ?? recipient, known);
    if (text) this.#byText.set(text, known);
  }

  /** The client was told whether it was taken. */
  told(wanted: WantedCharge, isTaken: boolean, what: string): void {
    const known = this.#known(wanted.account, wanted.theirId);
    const name = nameOf(known);
    const content = known.contents.find((one) => isEqual(one, wanted)) as WantedCharge;
    const before = known.answers.get(content);
    if (before !== undefined && before !== isTaken) {
      this.#oracle.report("P11", `${name} was asked for again, and answered otherwise: ${what}`);
    }
    known.answers.set(content, isTaken);
    const taken = [...known.answers].filter(([, yes]) => yes);
    if (taken.length > 1) this.#oracle.report("P11", `${name} was taken with two contents: ${what}`);
    if (taken.length === 0 && known.answers.size === known.contents.length) {
      this.#oracle.report("P11", `${name} was refused, and nothing else has its id: ${what}`);
    }
  }

  /** A client was told this of the charge, or, where the id says so, of its reversal. */
  said(account: string, id: string, said: Said, what: string): void {
    const known = this.#byId.get(`${account} ${id.replace(/^-/, "")}`);
    if (!known || said === "nothing") return;
    const isReversal = id.startsWith("-");
    const before = isReversal ? known.reversalSaid : known.said;
    if (before !== undefined && before !== said) {
      this.#oracle.report("P5", `${account} ${id} was ${before}, and is ${said}: ${what}`);
    }
    if (isReversal) known.reversalSaid = said;
    else known.said = said;
    const bills = (isReversal ? known.reversals : known.bills).filter(({ wasRefused }) => !wasRefused);
    if (said === "billed" && (isReversal ? known.reversals : known.bills).length === 0) {
      this.#oracle.report("P4", `${account} ${id} is told to be billed, and was not: ${what}`);
    }
    if (said === "failed" && bills.length > 0) {
      this.#oracle.report("P13", `${account} ${id} is told to have failed, and was billed: ${what}`);
    }
  }

  /** A client asks that it be given back; with `isTaken`, it was told whether it will be. */
  reversal(account: string, theirId: string, isTaken?: boolean, what = ""): void {
    const known = this.#known(account, theirId);
    known.isReversalWanted = true;
    if (!isTaken) return;
    if (known.bills.length === 0) {
      this.#oracle.report("P4", `${nameOf(known)} is to be given back, and was never billed: ${what}`);
    }
    known.isReversalTaken = true;
  }

  /** Nobody may be charged for it before the person says so. */
  waits(account: string, theirId: string, waits: boolean): void {
    this.#known(account, theirId).waits = waits;
  }

  /** The person wrote STOP to what it is for, and that was heard. */
  stopped(account: string, theirId: string): void {
    this.#known(account, theirId).isStopped = true;
  }

  askedToBill(charge: ChargeAsked, isTaken: boolean, isHeard: boolean): void {
    if (!isTaken) return;
    const before = this.#taken.get(charge.id);
    if (before !== undefined) {
      const why = before ? "it was taken before" : "what came of it before is not known";
      this.#oracle.report(before ? "P2" : "P13", `${charge.id} is to be billed again, and ${why}`);
    }
    this.#taken.set(charge.id, isHeard);
    const known = this.#named(charge);
    if (known) this.#takenFor(known, charge);
  }

  #takenFor(known: Known, charge: ChargeAsked): void {
    const name = nameOf(known);
    const content = known.contents.find((one) => isSame(one, charge));
    if (known.taken++ > 0) this.#oracle.report("P2", `${name} is to be billed again, as ${charge.id}`);
    if (!content) this.#oracle.report("P11", `${name} is to be billed, but for something else`);
    else if (known.answers.get(content) === false) {
      this.#oracle.report("P11", `${name} is to be billed with a content that was refused`);
    }
    if (content?.never) this.#oracle.report("P8", `${name} is to be billed, and must not be: ${content.never}`);
    if (known.isStopped) this.#oracle.report("P7", `${name} is to be billed after STOP was acknowledged`);
    if (known.waits) this.#oracle.report("P2", `${name} is to be billed, and the person did not say so yet`);
    if (known.said) this.#oracle.report("P13", `${name} is to be billed, and was told to be ${known.said}`);
  }

  billed(bill: Bill): void {
    const known = this.#named(bill);
    if (!known) return;
    const name = nameOf(known);
    if (bill.original) {
      known.reversals.push(bill);
      if (!known.isReversalWanted) this.#oracle.report("P4", `${name} is given back, and nobody asked for that`);
      if (known.reversals.length > 1) this.#oracle.report("P4", `${name} is given back twice`);
      return;
    }
    known.bills.push(bill);
    if (known.said === "failed" && !bill.wasRefused) {
      this.#oracle.report("P13", `${name} was told to have failed, and is billed`);
    }
  }

  /** A paid text goes once it is billed. */
  handed({ id, text }: Submission): void {
    this.#handed.add(id);
    const known = this.#byText.get(text);
    if (!known) return;
    if (known.bills.length === 0) this.#oracle.report("P4", `${nameOf(known)} is sent, and not paid for`);
    const never = known.contents.find((one) => one.text === text)?.never;
    if (never) this.#oracle.report("P4", `${nameOf(known)} is sent, and must not be: ${never}`);
  }

  changed(table: Watched, _: Row | undefined, after: Row | undefined): void {
    if (table === "message" && after && this.#byText.has(String(after.text)))
      this.#texts.set(String(after.text), after);
  }

  /** txtNation's reports. */
  received({ host, query, body }: Received): void {
    const given = new URLSearchParams(body);
    const read = (name: string) => given.get(name) ?? query.get(name);
    if (read("action") !== "mp_report") return;
    this.said(host.replace(".example", ""), read("id") ?? "", saidInWord(read("report")), `reported ${read("report")}`);
  }

  atRest(): void {
    const key = (row: Row) => `${row.account_id} ${row.their_id}`;
    const charges = new Map(this.#oracle.rows("txn").map((row) => [key(row), row]));
    this.#paidTextsAtRest();
    for (const known of this.#byId.values()) {
      const [taken] = [...known.answers].find(([, isTaken]) => isTaken) ?? [];
      const row = charges.get(`${known.account} ${known.theirId}`);
      if (taken?.text) this.#textAtRest(known, row, this.#texts.get(taken.text));
      else if (taken && !row) this.#oracle.report("P1", `${nameOf(known)} was taken, and is not there`);
      if (row) this.#atRest(known, row, charges.get(`${known.account} -${known.theirId}`));
    }
  }

  /** A text that is paid for goes, unless its person wrote STOP meanwhile; and no other does. */
  #paidTextsAtRest(): void {
    const texts = new Map(this.#oracle.rows("message").map((row) => [row.id, row]));
    for (const charge of this.#oracle.rows("txn")) {
      const text = charge.message_id === null ? undefined : texts.get(charge.message_id);
      if (!text || charge.kind !== "charge") continue;
      const isPaid = ["billed", "reversed"].includes(String(charge.state)) && charge.is_stopped === 0;
      const what = `${charge.account_id} ${charge.their_id}: the charge is ${charge.state}, and its text ${text.state}`;
      if (this.#handed.has(String(text.id)) !== isPaid && !(isPaid && text.state === "expired"))
        this.#oracle.report("P4", `${what}, ${isPaid ? "and never went" : "and went"}`);
      if (Number(text.billed) !== Number(isPaid)) this.#oracle.report("P4", `${what}, told as billed: ${text.billed}`);
    }
  }

  #atRest(known: Known, row: Row, reversal: Row | undefined): void {
    const name = nameOf(known);
    const content = known.contents.find((one) => one.amount === row.amount && one.recipient === row.recipient);
    if (!content) this.#oracle.report("P11", `${name} is there with something that nobody asked for`);
    if (known.said === "billed" && !["billed", "reversed"].includes(String(row.state))) {
      this.#oracle.report("P5", `${name} was told to be billed, and is ${row.state}`);
    }
    if (known.said === "failed" && ["billed", "reversed"].includes(String(row.state))) {
      this.#oracle.report("P5", `${name} was told to have failed, and is ${row.state}`);
    }
    if (!known.isReversalTaken) return;
    const isOver = reversal?.state === "expired" && Number(reversal.changed_at) >= Number(reversal.expires_at);
    if (known.reversals.length === 0 && !isOver) {
      this.#oracle.report("P1", `${name} was to be given back, and is not: its reversal is ${reversal?.state}`);
    }
  }

  #textAtRest(known: Known, row: Row | undefined, text: Row | undefined): void {
    const name = nameOf(known);
    if (!text) this.#oracle.report("P1", `the text of ${name} was taken, and is not there`);
    else if (!["delivered", "failed", "expired"].includes(String(text.state))) {
      this.#oracle.report("P1", `the text of ${name} is ${text.state} for ever, and its charge ${row?.state}`);
    } else if (!row && text.state === "delivered") {
      this.#oracle.report("P4", `${name} was sent, and has no charge`);
    }
  }

  #known(account: string, theirId: string): Known {
    return this.#byId.get(`${account} ${theirId}`) as Known;
  }

  #named({ invoiceText, recipient = "" }: Pick<ChargeAsked, "invoiceText" | "recipient">): Known | undefined {
    return this.#byName.get(invoiceText) ?? this.#byName.get(recipient);
  }
}

function isEqual(one: WantedCharge, other: WantedCharge): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}

function isSame(one: WantedCharge, asked: ChargeAsked): boolean {
  if (one.invoiceText !== undefined && one.invoiceText !== asked.invoiceText) return false;
  return (
    one.amount === asked.amount &&
    one.recipient === asked.recipient &&
    asked.currency === "NOK" &&
    asked.merchant === `shop-${one.account}`
  );
}

function nameOf({ account, theirId }: Known): string {
  return `${account} ${theirId}`;
}
