/**
 * The carrier's side of the wire: an operator with handsets and books of its own, which trusts us completely. Handed a text
 * twice, it shows it twice; asked twice to bill, it bills twice; and its books tell.
 */

import type { ChargeQueryResult, ChargeReceipt, ChargeResult } from "../src/core/billing/charges/carrier.ts";
import type { Transaction } from "../src/core/billing/charges/transaction.ts";
import type { MessageId, TransactionId } from "../src/core/kernel/ids.ts";
import type { Reason } from "../src/core/kernel/reasons.ts";
import type { QueryResult, Receipt, SubmitResult } from "../src/core/messages/carrier.ts";
import type { Message } from "../src/core/messages/message.ts";
import type { Faults } from "./faults.ts";
import type { Cloud } from "./ground/cloud.ts";
import type { Random } from "./ground/random.ts";
import type { Timeline } from "./ground/timeline.ts";

/** The carrier that is part of the gateway. */
export const SIMULATOR = "simulator";
const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
/** How late a receipt may be, on the average. */
const LATE = [HOUR, 12 * HOUR, 48 * HOUR];

/** Why a text is not delivered: for a reason of the person's, or for one that another carrier may not have. */
export const UNDELIVERED = ["subscriber-unavailable", "undelivered"] as const;
/** Why it does not bill. */
const DECLINES = ["insufficient-funds", "insufficient-funds", "subscriber-barred", "limit-exceeded"] as const;

export type Submission = Pick<Message, "id" | "sender" | "recipient" | "text" | "parts" | "channel">;
export type ChargeAsked = Pick<
  Transaction,
  "id" | "recipient" | "merchant" | "shortNumber" | "invoiceText" | "amount" | "currency"
>;
export type ReversalAsked = { id: TransactionId; amount: number; original: string };

/** A text as a person sees it. */
export type Shown = { id: MessageId; from: string; to: string; text: string; at: number };
/** A line of a phone bill. A reversal has a negative amount, and the line that it gives back. */
export type Bill = Omit<ChargeAsked, "recipient"> & {
  recipient: string;
  reference: string;
  at: number;
  /** Who billed it. */
  carrier: string;
  original?: string;
  /** It had said before that it would not bill this. */
  wasRefused?: boolean;
};

/** What the oracle is told of, as it happens. */
export type NetworkWitness = {
  /** A text was handed over; `isTaken` says whether it was taken, `isHeard` whether the gateway will be told that it was. */
  handed(message: Submission, isTaken: boolean, isHeard: boolean, carrier: string): void;
  shown(text: Shown): void;
  /** A charge was asked for; `isTaken` says whether it may be billed, `isHeard` whether the gateway will be told that. */
  askedToBill(charge: ChargeAsked, isTaken: boolean, isHeard: boolean, carrier: string): void;
  billed(bill: Bill): void;
  /** A carrier is about to say this of a text, by a receipt or because it is asked; whether it is heard is not known yet. */
  says(receipt: Receipt): void;
  /** The gateway has acknowledged this receipt. */
  toldOfText(receipt: Receipt): void;
};

/** How a carrier tells the gateway something; false if nobody knows whether it was heard. */
export type Teller = {
  settle(receipt: Receipt): Promise<boolean>;
  settleCharges(receipt: ChargeReceipt): Promise<boolean>;
};

type Taken<Told> = { reference: string; told?: Told; tellsAt: number };

export class Network {
  readonly name: string;
  readonly bills: Bill[];
  /** Texts on the bill, and people, about which it may change its word: it refuses, and bills all the same. */
  readonly fickle: Set<string>;
  /** Whose charges are refused, most of the time, for want of money. */
  readonly broke: Set<string>;
  readonly #random: Random;
  readonly #reasons: Random;
  readonly #timeline: Timeline;
  readonly #faults: Faults;
  readonly #witness: NetworkWitness;
  readonly #texts = new Map<MessageId, Taken<Receipt>>();
  readonly #charges = new Map<TransactionId, Taken<ChargeReceipt> & { isRefused?: boolean }>();
  readonly #inboxes: Map<string, Shown[]>;
  #cloud: Cloud | undefined;
  #teller: Teller;
  /** Hears of each text and charge that is taken. */
  readonly #gossip: (id: string) => void;
  #references = 0;
  /** How often it changed its word, and is not heard yet. */
  #unheard = 0;

  /** @param beside another carrier, in the same country: people, and what they are billed, are the same */
  constructor(
    given: { timeline: Timeline; random: Random; faults: Faults; witness: NetworkWitness },
    {
      name = SIMULATOR,
      beside,
      teller,
      gossip = () => {},
    }: { name?: string; beside?: Network; teller?: Teller; gossip?: (id: string) => void } = {},
  ) {
    this.#gossip = gossip;
    this.name = name;
    this.bills = beside?.bills ?? [];
    this.fickle = beside?.fickle ?? new Set();
    this.broke = beside?.broke ?? new Set();
    this.#inboxes = beside ? beside.#inboxes : new Map();
    this.#teller = teller ?? {
      settle: (told) => this.#cloudTells((gateway) => gateway.settle([told])),
      settleCharges: (told) => this.#cloudTells((gateway) => gateway.settleCharges([told])),
    };
    this.#timeline = given.timeline;
    this.#random = given.random.fork(name === SIMULATOR ? "network" : name);
    this.#reasons = this.#random.fork("reasons");
    this.#faults = given.faults;
    this.#witness = given.witness;
  }

  /** Whether nobody is just asking it. */
  get isIdle(): boolean {
    return !this.#cloud?.isAskingCarriers;
  }

  /** Whether something is still to be told that must not be missed. */
  get isOwing(): boolean {
    return this.#unheard > 0;
  }

  connect(cloud: Cloud): void {
    this.#cloud = cloud;
  }

  /** By which reference it has a text; undefined where it has none. */
  referenceOf(message: MessageId): string | undefined {
    return this.#texts.get(message)?.reference;
  }

  /** What a handset shows, oldest first. */
  inbox(msisdn: string): readonly Shown[] {
    return this.#inboxes.get(msisdn) ?? [];
  }

  /** A person writes. The carrier tells it until it is heard, under one id of its own. Resolves when it was heard. */
  async write(from: string, to: string, text: string, theirId = `in-${++this.#references}`): Promise<void> {
    const inbound = { carrier: this.name, theirId, sender: from, recipient: to, text };
    const tell = () => this.#cloud?.tell(`${from} writes ${text}`, (gateway) => gateway.receive([inbound]));
    const pause = (mean = 5 * SECOND) => this.#timeline.wait(this.#random.wait(mean), "the carrier tells it again");
    const tellAgain = async () => {
      const heardAt = this.#timeline.now;
      for (let times = 0; times < 2 && this.#faults.hits("text-reported-again"); times++) {
        await pause(this.#random.pick([5 * SECOND, HOUR, 5 * HOUR]));
        // Not so late that nobody remembers it.
        if (this.#timeline.now > heardAt + 48 * HOUR) return;
        await tell();
      }
    };
    while (!(await tell())) await pause();
    void tellAgain();
  }

  /** Does what it is asked. */
  readonly ask = (method: string, given: readonly unknown[]) => {
    const [first, second] = given;
    switch (method) {
      case "submit":
        return this.#answer((first as Submission[]).map((message) => this.#take(message)));
      case "submit-together":
        return this.#answer([this.#takeTogether(first as Submission[])]);
      case "give-back":
        return this.#answer([this.#reverse(first as ReversalAsked)]);
      case "query":
        return { answer: (first as MessageId[]).map((id) => this.#query(this.#texts.get(id))) };
      case "charge":
        if (this.#timeline.now >= (second as number)) return { fails: "asked too late" };
        return this.#answer((first as ChargeAsked[]).map((charge) => this.#charge(charge)));
      case "reverse":
        if (this.#timeline.now >= (second as number)) return { fails: "asked too late" };
        return this.#answer((first as ReversalAsked[]).map((reversal) => this.#reverse(reversal)));
      case "queryCharges":
        return { answer: (first as TransactionId[]).map((id) => this.#queryCharge(id)) };
      case "subscriber":
        return {
          answer: { standing: "full", isPrepaid: false, perTransaction: -1, leftThisMonth: -1, leftThisYear: -1 },
        };
      case "people":
        return { answer: [] };
      default:
        return { answer: undefined };
    }
  };

  /** The call does what it does; whether it is heard of is another matter. */
  #answer(results: readonly (() => unknown)[]) {
    if (this.#faults.hits("carrier-down")) return { fails: "connection refused" };
    this.#isHeard = !this.isAskedTooLate;
    const hangs = this.#faults.hits("carrier-hangs");
    const isLost = this.#faults.hits("carrier-answer-lost");
    if (hangs || isLost) this.#isHeard = false;
    const answer = results.map((result) => result());
    if (hangs) return "hangs" as const;
    if (isLost) return { fails: "the connection broke before the answer" };
    return { answer };
  }

  /** Who asks may have given up by now. */
  isAskedTooLate = false;
  /** Why none of the texts is delivered that it takes now; absent: chance decides. */
  fails: (typeof UNDELIVERED)[number] | undefined;
  /** Whether the answer to the call that is being done will get back. */
  #isHeard = true;

  /** All of them, or none. */
  #takeTogether(messages: readonly Submission[]): () => SubmitResult {
    return () => {
      if (this.#faults.hits("carrier-busy")) {
        for (const message of messages) this.#witness.handed(message, false, this.#isHeard, this.name);
        return { outcome: "busy", retryAfterSeconds: this.#random.int(1, 90) };
      }
      for (const message of messages) this.#takeOne(message);
      return { outcome: "taken", reference: "" };
    };
  }

  #take(message: Submission): () => SubmitResult {
    return () => {
      if (this.#faults.hits("carrier-busy")) {
        this.#witness.handed(message, false, this.#isHeard, this.name);
        return { outcome: "busy", retryAfterSeconds: this.#random.int(1, 90) };
      }
      if (this.#faults.hits("carrier-refuses")) {
        this.#witness.handed(message, false, this.#isHeard, this.name);
        return { outcome: "refused", reason: this.#random.pick<Reason>(["subscriber-barred", "rejected"]) };
      }
      return this.#takeOne(message);
    };
  }

  #takeOne(message: Submission): SubmitResult {
    this.#witness.handed(message, true, this.#isHeard, this.name);
    this.#gossip(message.id);
    const reference = this.#newReference();
    const drawn = this.#random.pick(["delivered", "delivered", "delivered", "delivered", "failed", "expired"] as const);
    const outcome = this.fails ? "failed" : drawn;
    const at = this.#timeline.now + this.#receiptDelay();
    const receipt: Receipt = {
      message: message.id,
      carrier: this.name,
      reference,
      outcome,
      ...(outcome === "failed" ? { reason: this.fails ?? this.#reasons.pick(UNDELIVERED) } : {}),
      at,
    };
    this.#texts.set(message.id, { reference, told: receipt, tellsAt: at });
    if (outcome === "delivered") this.#show(message);
    const opposite: Receipt =
      outcome === "delivered" ? { ...receipt, outcome: "failed" } : { ...receipt, outcome: "delivered" };
    this.#sendReceipts(receipt, opposite, at, async (told) => {
      this.#witness.says(told);
      const isHeard = await this.#teller.settle(told);
      if (isHeard) this.#witness.toldOfText(told);
      return isHeard;
    });
    return { outcome: "taken", reference };
  }

  #show({ id, sender, recipient, text }: Submission): void {
    const shown = { id, from: sender, to: recipient, text, at: this.#timeline.now };
    const inbox = this.#inboxes.get(recipient) ?? [];
    inbox.push(shown);
    this.#inboxes.set(recipient, inbox);
    this.#witness.shown(shown);
  }

  #query(taken: Taken<Receipt> | undefined): QueryResult {
    if (this.#faults.hits("carrier-cannot-tell")) return { outcome: "cannot-tell" };
    if (!taken) return { outcome: "never-seen" };
    const { reference, told, tellsAt } = taken;
    if (!told || tellsAt > this.#timeline.now) return { outcome: "taken", reference };
    this.#witness.says(told);
    return { outcome: "settled", reference, receipt: told };
  }

  #charge(charge: ChargeAsked): () => ChargeResult {
    return () => {
      if (this.#faults.hits("carrier-busy")) {
        this.#witness.askedToBill(charge, false, this.#isHeard, this.name);
        return { outcome: "busy", retryAfterSeconds: this.#random.int(1, 90) };
      }
      this.#witness.askedToBill(charge, true, this.#isHeard, this.name);
      this.#gossip(charge.id);
      const { recipient = "", invoiceText } = charge;
      const mayChange = this.fickle.has(invoiceText) || this.fickle.has(recipient);
      const changes = mayChange && this.#faults.hits("receipt-contradicts");
      const isBroke = this.broke.has(recipient) && this.#random.chance(0.8);
      const declined =
        changes || this.#faults.hits("carrier-refuses") ? this.#random.pick<Reason>(DECLINES) : undefined;
      const refused = declined ?? (isBroke ? "insufficient-funds" : undefined);
      const bill = (reference: string, more = {}) =>
        this.#bill({ ...charge, recipient, reference, at: this.#timeline.now, carrier: this.name, ...more });
      return this.#settle(charge.id, refused, bill, changes);
    };
  }

  #reverse({ id, amount, original }: ReversalAsked): () => ChargeResult {
    return () => {
      if (this.#faults.hits("carrier-busy")) return { outcome: "busy", retryAfterSeconds: this.#random.int(1, 90) };
      // It gives back once, however often it is asked.
      const known = this.#charges.get(id);
      if (known) return { outcome: "taken", reference: known.reference };
      if (this.#faults.hits("reversal-refused"))
        return { outcome: "refused", reason: this.#random.pick<Reason>(["subscriber-unavailable", "carrier-error"]) };
      const bill = this.bills.find(({ reference }) => reference === original);
      return this.#settle(id, bill ? undefined : "rejected", (reference) => {
        if (bill) this.#bill({ ...bill, id, amount, reference, original, at: this.#timeline.now });
      });
    };
  }

  /** Bills, or does not; tells at once, or later. */
  #settle(
    id: TransactionId,
    refused: Reason | undefined,
    bill: (reference: string, more?: { wasRefused: true }) => void,
    changes = false,
  ): ChargeResult {
    const reference = this.#newReference();
    const tellsLater = this.#faults.hits("carrier-tells-later");
    const at = tellsLater ? this.#timeline.now + this.#receiptDelay() : this.#timeline.now;
    const receipt: ChargeReceipt = {
      transaction: id,
      carrier: this.name,
      reference,
      outcome: refused ? "failed" : "billed",
      ...(refused ? { reason: refused } : {}),
      at,
    };
    this.#charges.set(id, { reference, told: receipt, tellsAt: at });
    if (!refused) bill(reference);
    else if (changes) this.#billAfterAll(receipt, () => bill(reference, { wasRefused: true }));
    if (tellsLater) {
      // It takes back no word about money by a receipt of the same moment.
      this.#sendReceipts(receipt, receipt, at, (told) => this.#teller.settleCharges(told));
      return { outcome: "taken", reference };
    }
    if (refused) return { outcome: "refused", reason: refused };
    return { outcome: "billed", reference, at };
  }

  /** It refused, and bills all the same; of that it tells until it is heard. */
  #billAfterAll({ reason: _, ...refusal }: ChargeReceipt, bill: () => void): void {
    this.#unheard++;
    const until = refusal.at - this.#timeline.now + this.#random.wait(this.#random.pick([10, SECOND, HOUR]));
    this.#timeline.after(until, "the carrier bills what it refused", () => {
      const at = this.#timeline.now;
      const receipt: ChargeReceipt = { ...refusal, outcome: "billed", at };
      this.#charges.set(refusal.transaction, { reference: refusal.reference, told: receipt, tellsAt: at });
      bill();
      void this.#tell(receipt, at, (told) => this.#teller.settleCharges(told)).then(() => this.#unheard--);
    });
  }

  #bill(bill: Bill): void {
    this.bills.push(bill);
    this.#witness.billed(bill);
  }

  #queryCharge(id: TransactionId): ChargeQueryResult {
    if (this.#faults.hits("carrier-cannot-tell")) return { outcome: "cannot-tell" };
    const taken = this.#charges.get(id);
    if (!taken) return { outcome: "never-seen" };
    const { reference, told, tellsAt } = taken;
    if (told && tellsAt <= this.#timeline.now) return { outcome: "settled", receipt: told };
    return { outcome: "taken", reference };
  }

  #receiptDelay(): number {
    if (this.#faults.hits("receipt-early")) return 0;
    const usual = this.#random.wait(2 * SECOND);
    return this.#faults.hits("receipt-late") ? this.#random.wait(this.#random.pick(LATE)) : usual;
  }

  /** A receipt is told until it is heard; unless it is lost, told twice, or taken back. */
  #sendReceipts<Told>(receipt: Told, opposite: Told, at: number, telling: (told: Told) => Promise<boolean>): void {
    const tell = (told: Told, when: number) => this.#tell(told, when, telling);
    if (!this.#faults.hits("receipt-lost")) void tell(receipt, at);
    if (this.#faults.hits("receipt-doubled"))
      void tell(receipt, at + this.#random.wait(this.#random.pick([SECOND, HOUR])));
    if (this.#faults.hits("receipt-contradicts")) {
      void tell(opposite, at + this.#random.wait(this.#random.pick([10, SECOND, HOUR])));
    }
  }

  async #tell<Told>(told: Told, at: number, telling: (told: Told) => Promise<boolean>): Promise<void> {
    await this.#timeline.wait(at - this.#timeline.now, "a receipt is due");
    while (!(await telling(told))) await this.#timeline.wait(this.#random.wait(20 * SECOND), "a receipt again");
  }

  async #cloudTells(run: Parameters<Cloud["tell"]>[1]): Promise<boolean> {
    return (await this.#cloud?.tell("a receipt", run)) ?? false;
  }

  #newReference(): string {
    return `${this.name === SIMULATOR ? "ref" : this.name}-${++this.#references}`;
  }
}
