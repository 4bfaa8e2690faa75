/**
 * The simulated network: the carrier's side of the wire. It stores handsets and their inboxes, the messages it has taken, and
 * receipts still to be sent; billing is the operator's part. Its storage is its own, so that tests can compare it with ours.
 */

import { DurableObject } from "cloudflare:workers";
import type {
  ChargeQueryResult,
  ChargeReceipt,
  ChargeResult,
  SubscriberInfo,
} from "../../core/billing/charges/carrier.ts";
import type { Person } from "../../core/directory.ts";
import type { MessageId, TransactionId } from "../../core/kernel/ids.ts";
import type { Reason } from "../../core/kernel/reasons.ts";
import type { QueryResult, Receipt, SubmitResult } from "../../core/messages/carrier.ts";
import type { Message } from "../../core/messages/message.ts";
import type { Shown } from "../../core/messages/rich.ts";
import { measure } from "../../core/messages/text.ts";
import type { Charge, Reversal } from "./books.ts";
import { CARRIER, type Fate, type Faults, fateOf, operatorOf, takesParts } from "./fates.ts";
import { type Handset, type HandsetMessage, Handsets } from "./handsets.ts";
import type { Entry } from "./ledger.ts";
import { LongPoll } from "./long-poll.ts";
import { Operator } from "./operator.ts";
import { type Answer, Outbox } from "./outbox.ts";
import { newReference } from "./reference.ts";
import { SetFaults } from "./set-faults.ts";
import { type Kept, keep, misfit, restore } from "./snapshot.ts";
import type { Profile } from "./subscribers.ts";
import { TakenMessages } from "./taken.ts";

/** What goes over the simulated wire. */
export type Submission = Pick<Message, "id" | "sender" | "recipient" | "text" | "encoding" | "parts" | "channel"> & {
  shown?: Shown;
  /** Epoch ms by the sandbox's clock: when it counts as submitted, if that is later than now. */
  at?: number;
};

/** How long a hanging answer is held: longer than any caller waits. */
const HANG_MS = 30_000;

export abstract class Network<Env> extends DurableObject<Env> {
  readonly #waiting = new LongPoll();
  #taken: TakenMessages;
  #owed: Outbox<Receipt>;
  #faults: SetFaults;
  #handsets: Handsets;
  #operator: Operator;

  constructor(state: DurableObjectState, env: Env) {
    super(state, env);
    this.#taken = new TakenMessages(state.storage.sql);
    this.#handsets = new Handsets(state.storage.sql);
    this.#owed = new Outbox(state.storage.sql, "owed");
    this.#faults = new SetFaults(state.storage.sql);
    this.#operator = new Operator(state.storage.sql, (recipient, sender, text, now) =>
      this.#handsets.show({ recipient, sender, text, ...measure(text) }, now),
    );
  }

  /** Where receipts go. `times`, epoch ms: when each counts as received, if that is not now. */
  protected abstract settle(receipts: readonly Receipt[], times?: readonly number[]): Promise<void>;
  /** Where receipts for charges go. */
  protected abstract settleCharges(receipts: readonly ChargeReceipt[]): Promise<void>;
  /** Epoch ms by the sandbox's clock. */
  protected abstract now(): Promise<number>;

  async submit(messages: readonly Submission[]): Promise<SubmitResult[]> {
    const now = await this.now();
    this.#taken.forgetOld(now, messages.length);
    return this.#tell(
      messages.map((message) => this.#take(message, Math.max(now, message.at ?? 0))),
      (early) => this.settle(early),
    );
  }

  async query(ids: readonly MessageId[]): Promise<QueryResult[]> {
    const now = await this.now();
    return ids.map((id): QueryResult => {
      const taken = this.#taken.find(id);
      if (!taken) return { outcome: "never-seen" };
      const { receipt, ...known } = taken;
      if (receipt && receipt.at <= now) return { outcome: "settled", reference: known.reference, receipt };
      return { outcome: "taken", ...known };
    });
  }

  /** @param until epoch ms of real time: the caller has given up by then, so nothing is billed after it */
  async charge(charges: readonly Charge[], until: number): Promise<ChargeResult[]> {
    const now = await this.now();
    refuseLate(until);
    return this.#tell(
      charges.map((one) => this.#operator.charge(one, this.#faults.next("charges"), Math.max(now, one.at ?? 0))),
      (early) => this.settleCharges(early),
    );
  }

  /** The reason for which each would be refused at its moment, or null; undefined while faults are set. Bills nothing. */
  async foresee(charges: readonly Charge[]): Promise<(Reason | null)[] | undefined> {
    if (Object.keys(this.#faults.current()).length > 0) return undefined;
    return charges.map((charge) => this.#operator.books.refusalOf(charge, charge.at ?? 0) ?? null);
  }

  async reverse(reversals: readonly Reversal[], until: number): Promise<ChargeResult[]> {
    const now = await this.now();
    refuseLate(until);
    return this.#tell(
      reversals.map((reversal) => this.#operator.reverse(reversal, this.#faults.next("charges"), now)),
      (early) => this.settleCharges(early),
    );
  }

  async queryCharges(ids: readonly TransactionId[]): Promise<ChargeQueryResult[]> {
    const now = await this.now();
    return ids.map((id) => this.#operator.query(id, now));
  }

  async subscriber(msisdn: string): Promise<SubscriberInfo> {
    return this.#operator.books.subscriber(msisdn, await this.now());
  }

  async sendRegistration(msisdn: string, shortNumber: string, text: string): Promise<void> {
    this.#operator.sendRegistration(msisdn, shortNumber, text, await this.now());
    await this.#somethingHappened();
  }

  async profile(msisdn: string): Promise<Profile> {
    return this.#operator.books.subscribers.of(msisdn);
  }

  /** Of those that were set up. */
  async profiles(): Promise<({ msisdn: string } & Profile)[]> {
    return this.#operator.books.subscribers.all();
  }

  /** The directory's entry for a number. */
  async person(msisdn: string): Promise<Person | undefined> {
    return this.#operator.books.subscribers.person(msisdn);
  }

  async people(text: string, limit: number): Promise<Person[]> {
    return this.#operator.books.subscribers.search(text, limit);
  }

  async putProfile(msisdn: string, given: Partial<Profile>): Promise<Profile> {
    this.#operator.putSubscriber(msisdn, given, await this.now());
    await this.#somethingHappened();
    return this.profile(msisdn);
  }

  async removeProfile(msisdn: string): Promise<void> {
    this.#operator.removeSubscriber(msisdn, await this.now());
    await this.#somethingHappened();
  }

  /** The operator's ledger, oldest first. With `waitSeconds` the answer is held until there is something. */
  async charges(wanted: {
    msisdn?: string;
    since?: number;
    after?: string;
    limit: number;
    last?: number;
    waitSeconds: number;
  }): Promise<Entry[]> {
    return this.#waiting.until(wanted.waitSeconds, () => this.#operator.books.ledger.entries(wanted));
  }

  /**
   * Sends the receipts that are due by now. A receipt is forgotten only when it was taken.
   * @param horizon epoch ms, later than now: also what texts sent ahead of their time are owed by then, each as of its own
   */
  async tick(horizon?: number): Promise<void> {
    const now = await this.now();
    if (horizon !== undefined) {
      await this.#owed.send(horizon, (receipts, due) =>
        this.settle(
          receipts,
          due.map((at) => Math.max(now, at)),
        ),
      );
    }
    this.#operator.expire(now);
    await this.#owed.send(now, (receipts) => this.settle(receipts));
    await this.#operator.receipts.send(now, (receipts) => this.settleCharges(receipts));
  }

  override async alarm(): Promise<void> {
    try {
      await this.tick();
    } catch (error) {
      console.log(JSON.stringify({ event: "simulator.receipts-kept", error: String(error) }));
      await this.ctx.storage.setAlarm(Date.now() + 1_000);
      return;
    }
    await this.#setAlarm();
  }

  /** Epoch ms when the next receipt is due, or the time for a person to register is over. */
  async nextDue(): Promise<number | undefined> {
    const times = [this.#owed.nextDue(), this.#operator.nextDue()].filter((at) => at !== undefined);
    return times.length > 0 ? Math.min(...times) : undefined;
  }

  /** Sets the alarm anew after the clock was moved. */
  async clockMoved(): Promise<void> {
    await this.ctx.storage.deleteAlarm();
    await this.#setAlarm();
  }

  /** A handset's inbox, oldest first. With `waitSeconds` the answer is held until something matches. */
  async inbox(
    msisdn: string,
    wanted: { since?: number; after?: string; match?: string; limit: number; last?: number; waitSeconds: number },
  ): Promise<HandsetMessage[]> {
    return this.#waiting.until(wanted.waitSeconds, () => this.#handsets.inbox(msisdn, wanted));
  }

  /** The handsets that have received anything, newest first. */
  async handsets(wanted: { before?: string; number?: string; limit: number }): Promise<Handset[]> {
    return this.#handsets.list(wanted);
  }

  /** Empties a handset's inbox. */
  async clearHandset(msisdn: string): Promise<void> {
    this.#handsets.clearOne(msisdn, await this.now());
  }

  /** When a handset's inbox was emptied last. Epoch ms; undefined if it never was. */
  async handsetCleared(msisdn: string): Promise<number | undefined> {
    return this.#handsets.clearedAt(msisdn);
  }

  async faults(): Promise<Faults> {
    return this.#faults.current();
  }

  async setFaults(faults: Faults): Promise<void> {
    this.#faults.set(faults);
  }

  async reset(): Promise<void> {
    await this.ctx.storage.deleteAlarm();
    this.#taken.clear();
    this.#faults.clear();
    this.#owed.clear();
    this.#handsets.clear();
    this.#operator.clear();
  }

  /** All that it remembers. */
  async keep(): Promise<Kept> {
    return keep(this.ctx.storage.sql);
  }

  /** What in this is not of a network like this one. */
  async misfit(kept: Kept): Promise<string | undefined> {
    return misfit(this.ctx.storage.sql, kept);
  }

  /** Remembers this in place of all that it did. The clock is set after it. */
  async restore(kept: Kept): Promise<void> {
    this.ctx.storage.transactionSync(() => restore(this.ctx.storage.sql, kept));
    await this.ctx.storage.deleteAlarm();
  }

  #take(message: Submission, now: number): Answer<SubmitResult, Receipt> {
    const faults = this.#faults.next("messages");
    if (faults.busySeconds !== undefined) {
      return { result: { outcome: "busy", retryAfterSeconds: faults.busySeconds } };
    }
    if (faults.refuse) return { result: { outcome: "refused", reason: faults.refuse, detail: "a fault is set" } };
    if (!message.channel && !takesParts(message)) {
      const operator = operatorOf(message.recipient);
      return { result: { outcome: "refused", reason: "too-many-parts", detail: `${operator} takes fewer parts` } };
    }

    const reference = newReference();
    const fate = fateOf(message.recipient);
    if (fate.outcome === "delivered") this.#handsets.show(message, now);
    const early = this.#owe(message, reference, fate, faults, now);
    const operator = operatorOf(message.recipient);
    const taken: SubmitResult = { outcome: "taken", reference, ...(operator ? { operator } : {}) };
    return {
      result: faults.loseAnswer ? { outcome: "unknown", detail: "the connection broke before the answer" } : taken,
      ...(early.length > 0 ? { early } : {}),
      ...(faults.hang ? { hang: true } : {}),
    };
  }

  /** Remembers the message and the receipts to be sent for it; answers those that are to overtake the answer. */
  #owe(message: Submission, reference: string, fate: Fate, faults: Faults, now: number): Receipt[] {
    const at = now + (faults.receiptDelaySeconds ?? 0) * 1000;
    const operator = operatorOf(message.recipient);
    const receipt: Receipt = {
      message: message.id,
      carrier: CARRIER,
      reference,
      ...fate,
      ...(operator ? { operator } : {}),
      at,
    };
    const known = { reference, ...(operator ? { operator } : {}), ...(faults.loseReceipt ? {} : { receipt }) };
    this.#taken.add(message.id, known, now);
    const opposite: Receipt =
      fate.outcome === "delivered"
        ? { ...receipt, outcome: "failed", reason: "undelivered" }
        : { ...receipt, outcome: "delivered" };
    return this.#owed.owe(receipt, opposite, faults, at);
  }

  /** Gives the answers: after the receipts that overtake them, and late if one of them hangs. */
  async #tell<Result, Told>(
    answers: readonly Answer<Result, Told>[],
    settle: (early: Told[]) => Promise<void>,
  ): Promise<Result[]> {
    const early = answers.flatMap(({ early }) => early ?? []);
    if (early.length > 0) await settle(early);
    await this.#somethingHappened();
    if (answers.some(({ hang }) => hang)) await new Promise((resolve) => setTimeout(resolve, HANG_MS));
    return answers.map(({ result }) => result);
  }

  async #setAlarm(): Promise<void> {
    const due = await this.nextDue();
    if (due === undefined) return;
    const at = Date.now() + Math.max(0, due - (await this.now()));
    const set = await this.ctx.storage.getAlarm();
    if (set === null || set > at) await this.ctx.storage.setAlarm(at);
  }

  async #somethingHappened(): Promise<void> {
    this.#waiting.wake();
    await this.#setAlarm();
  }
}

function refuseLate(until: number): void {
  if (Date.now() >= until) throw new Error("asked too late: the caller has given up");
}
