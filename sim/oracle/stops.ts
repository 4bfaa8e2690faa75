/**
 * What STOP means (P7): once it is acknowledged, nothing more is asked to be billed or sent of what it ended; and what a
 * carrier had in hand just then is given back. The same holds for what the operator ends.
 */

import type { Timeline } from "../ground/timeline.ts";
import type { Bill, ChargeAsked, Submission } from "../network.ts";
import { MOVED, SOLD } from "../services.ts";
import type { Oracle, Row, Watch, Watched } from "./oracle.ts";

/** What a person wrote, and what they mean by it. */
export type Written = {
  theirId: string;
  person: string;
  number: string;
  text: string;
  /** Whose number it is, and the services that it ends. */
  account: string;
  ends: readonly string[];
};

/** Whose charge it is, and for which of their services. */
export type Charged = { account: string; service: string };

/** An end of things, and what it met on its way. */
type Ending = { step: number; isAcknowledged: boolean; what: string };

const IN_HAND: readonly unknown[] = ["ready", "charging", "sent", "unknown"];

export class Stops implements Watch {
  readonly #oracle: Oracle;
  readonly #timeline: Timeline;
  readonly #written = new Map<string, Written>();
  /** At which event it was written down. */
  readonly #cameAt = new Map<string, number>();
  readonly #txns = new Map<string, Row>();
  /** By person, account and service. */
  readonly #consents = new Map<string, Row>();
  readonly #subscriptions = new Map<string, Row>();
  /** By charge: what met it. */
  readonly #met = new Map<string, Ending>();
  /** By subscription: what ended it. */
  readonly #ended = new Map<string, Ending>();
  /** By person, account and service: the last word, where it is STOP. */
  readonly #stopped = new Map<string, Ending>();
  readonly #texts = new Map<string, { subscription: string; claimedAt: number }>();
  readonly #bills = new Map<string, Bill[]>();
  readonly #needs: { ending: Ending; inbound: string; subscription: string; service: string }[] = [];
  /** The names of all texts that were ever written to people. */
  readonly #told = new Set<string>();
  readonly #ever = new Set<string>();
  /** By person and account: whether they ever wrote STOP to all that there is at its number. */
  readonly #left = new Set<string>();
  #waiting: { what: "charged" | "told"; person: string; tell: (charged: Charged) => void }[] = [];
  #listening: ((written: Written) => void)[] = [];

  constructor(oracle: Oracle, timeline: Timeline) {
    this.#oracle = oracle;
    this.#timeline = timeline;
  }

  /** Somebody is about to write this. */
  writes(written: Written): void {
    this.#written.set(written.theirId, written);
    for (const service of written.ends) this.#ever.add(keyOf(written.person, written.account, service));
    if (written.ends.length === 0) return;
    const told = this.#listening;
    this.#listening = [];
    for (const tell of told) tell(written);
  }

  /** Whether this person ever wanted that to end. */
  hasEverStopped(person: string, account: string, service: string): boolean {
    return this.#ever.has(keyOf(person, account, service));
  }

  /** Resolves when somebody is about to write a STOP. */
  untilStopped(): Promise<Written> {
    return new Promise((tell) => this.#listening.push(tell));
  }

  /** It was heard: a STOP is acknowledged by that, and so is whatever else is of the same. */
  wasHeard({ theirId, person, account, ends }: Written): void {
    if (ends.length === 0) return;
    const step = this.#cameAt.get(theirId);
    if (step === undefined) {
      this.#oracle.report("P7", `${theirId} was heard, and is nowhere to be read`);
      return;
    }
    // Of what ended later than this, another acknowledgement tells.
    const acknowledge = (ending: Ending | undefined) => {
      if (ending && ending.step <= step) ending.isAcknowledged = true;
    };
    for (const [id, ending] of this.#met) {
      const txn = this.#txns.get(id);
      if (txn?.recipient === person && txn.account_id === account && ends.includes(String(txn.service_id)))
        acknowledge(ending);
    }
    if (this.#left.has(keyOf(person, account)) && this.#consents.get(keyOf(person, account, MOVED))?.state === "active")
      this.#oracle.report("P7", `${theirId} was heard, and what ${person} agreed to elsewhere goes on`);
    for (const service of ends) {
      const key = keyOf(person, account, service);
      const ending = this.#stopped.get(key);
      acknowledge(ending);
      // Whoever never agreed to it is remembered as well.
      const { state, ended_by } = this.#consents.get(key) ?? {};
      if (ending && (state !== "ended" || ended_by !== "person")) {
        this.#oracle.report("P7", `${theirId} was heard, and the consent of ${key} is ${state} by ${ended_by}`);
      }
    }
  }

  /** The operator was told that it is cancelled. */
  wasCancelled(id: string): void {
    const row = this.#subscriptions.get(id);
    if (row?.state !== "cancelled") {
      this.#oracle.report("P7", `${id} was answered to be cancelled, and is ${row?.state}`);
    }
    const ending = this.#ended.get(id);
    if (ending) ending.isAcknowledged = true;
    for (const [txn, met] of this.#met) if (this.#txns.get(txn)?.subscription_id === id) met.isAcknowledged = true;
  }

  /** Resolves when a carrier is about to be asked to bill this person, or they are about to be told of that; for what. */
  until(what: "charged" | "told", person: string): Promise<Charged> {
    return new Promise((tell) => this.#waiting.push({ what, person, tell }));
  }

  /** Those who will write once they are charged, or told of it. */
  waiting(): string[] {
    return this.#waiting.map(({ person }) => person);
  }

  changed(table: Watched, before: Row | undefined, after: Row | undefined): void {
    if (table === "inbound" && !before && after) this.#came(after);
    if (table === "subscription" && after) this.#subscriptionChanged(before, after);
    if (table === "consent" && after) this.#consentChanged(before, after);
    if (table === "message" && after) this.#messageChanged(before, after);
    if (table === "txn" && after) this.#txnChanged(before, after);
  }

  askedToBill(charge: ChargeAsked): void {
    const txn = this.#txns.get(charge.id);
    if (!txn) return;
    const met = this.#met.get(charge.id);
    if (met?.isAcknowledged)
      this.#oracle.report("P7", `${charge.id} is asked to be billed after ${met.what} was acknowledged`);
    if (met) return;
    const ended = this.#ended.get(String(txn.subscription_id));
    if (ended)
      this.#oracle.report(
        "P7",
        `${charge.id} is asked to be billed for ${txn.subscription_id}, which had ended before: ${ended.what}`,
      );
    const stopped = this.#stoppedFor(txn);
    // What waits for a person is theirs to confirm, also after a STOP.
    if (stopped?.isAcknowledged && txn.waits_for === null && !txn.makes_consent) {
      this.#oracle.report("P7", `${charge.id} is asked to be billed, though the last word was ${stopped.what}`);
    }
  }

  billed(bill: Bill): void {
    if (bill.wasRefused) return;
    const id = bill.original ?? bill.reference;
    this.#bills.set(id, [...(this.#bills.get(id) ?? []), bill]);
  }

  handed(message: Submission): void {
    const text = this.#texts.get(message.id);
    const ended = text && this.#ended.get(text.subscription);
    if (ended && text.claimedAt > ended.step) {
      this.#oracle.report(
        "P7",
        `${message.recipient} is sent ${JSON.stringify(message.text)} of ${text.subscription}, which had ended: ${ended.what}`,
      );
    }
  }

  atRest(): void {
    for (const bills of this.#bills.values()) {
      const met = this.#met.get(bills[0]?.id ?? "");
      const sum = bills.reduce((total, { amount }) => total + amount, 0);
      if (met && sum !== 0)
        this.#oracle.report("P7", `${bills[0]?.id} met ${met.what}, was billed, and not given back`);
    }
    for (const { inbound, service, subscription, ending } of this.#needs) {
      if (this.#told.has(`${inbound}-ended-${service}`)) continue;
      this.#oracle.report("P7", `${subscription} ended by ${ending.what}, and the person is not told`);
    }
  }

  /** Now it is written down, and whatever it is about has ended in the same moment. */
  #came(row: Row): void {
    const written = this.#written.get(String(row.their_id));
    if (!written) return;
    this.#written.delete(written.theirId);
    this.#cameAt.set(written.theirId, this.#timeline.step);
    const { person, account, ends, text } = written;
    if (ends.length === 0) return;
    const ending: Ending = {
      step: this.#timeline.step,
      isAcknowledged: false,
      what: `${text} of ${person} (${written.theirId})`,
    };
    for (const service of ends) this.#stopped.set(keyOf(person, account, service), ending);
    if (ends.length === SOLD.length) this.#left.add(keyOf(person, account));
    const isMeant = (one: Row) =>
      one.recipient === person && one.account_id === account && ends.includes(String(one.service_id));
    for (const [id, txn] of this.#txns) {
      if (isMeant(txn) && txn.kind === "charge" && IN_HAND.includes(txn.state) && !this.#met.has(id))
        this.#met.set(id, ending);
    }
    for (const [id, subscription] of this.#subscriptions) {
      if (!isMeant(subscription) || subscription.state === "cancelled") continue;
      this.#ended.set(id, ending);
      this.#needs.push({ ending, inbound: String(row.id), subscription: id, service: String(subscription.service_id) });
    }
  }

  #subscriptionChanged(before: Row | undefined, row: Row): void {
    const id = String(row.id);
    this.#subscriptions.set(id, row);
    if (!before) {
      const met = this.#met.get(String(row.txn_id));
      if (met) this.#oracle.report("P7", `${id} begins, and the charge it is made of met ${met.what}`);
      const stopped = row.txn_id === null ? this.#stoppedFor(row) : undefined;
      if (stopped)
        this.#oracle.report("P7", `${id} is opened by the operator, though the last word was ${stopped.what}`);
    }
    if (row.state !== "cancelled" || before?.state === "cancelled") {
      const ended = this.#ended.get(id);
      if (ended && row.state !== "cancelled") this.#oracle.report("P7", `${id} is ${row.state} after ${ended.what}`);
      return;
    }
    if (this.#ended.has(id)) return;
    if (row.ended_by === "person")
      this.#oracle.report("P10", `${id} of ${row.account_id} is ended by its person, who never wrote so there`);
    const ending: Ending = { step: this.#timeline.step, isAcknowledged: false, what: `its end by the ${row.ended_by}` };
    this.#ended.set(id, ending);
    if (row.ended_by === "dunning") return;
    for (const [txn, { subscription_id, state }] of this.#txns) {
      if (subscription_id === id && IN_HAND.includes(state) && !this.#met.has(txn)) this.#met.set(txn, ending);
    }
  }

  #consentChanged(before: Row | undefined, row: Row): void {
    this.#consents.set(keyOf(String(row.recipient), String(row.account_id), String(row.service_id)), row);
    if (row.state !== "active" || before?.state === "active") return;
    if (row.service_id === MOVED && this.#left.has(keyOf(String(row.recipient), String(row.account_id))))
      this.#oracle.report(
        "P7",
        `${row.recipient} wrote STOP to ${row.account_id}, and what they had agreed to is brought`,
      );
    const stopped = this.#stoppedFor(row);
    if (stopped)
      this.#oracle.report(
        "P7",
        `${row.recipient} agrees to ${row.account_id} ${row.service_id}, though the last word was ${stopped.what}`,
      );
  }

  #messageChanged(before: Row | undefined, row: Row): void {
    if (row.dialect !== "stafett") return;
    this.#told.add(String(row.their_id));
    const [, subscription, what] = /^(sub_\w+)-(.+)$/.exec(String(row.their_id)) ?? [];
    if (subscription === undefined || what === "ended") return;
    const isClaimed = row.state === "submitting" && before?.attempts !== row.attempts;
    const claimedAt = isClaimed ? this.#timeline.step : (this.#texts.get(String(row.id))?.claimedAt ?? 0);
    this.#texts.set(String(row.id), { subscription, claimedAt });
    const about = this.#subscriptions.get(subscription);
    if (!before && about) this.#tell("told", about);
  }

  #txnChanged(before: Row | undefined, row: Row): void {
    this.#txns.set(String(row.id), row);
    // Who confirms a purchase begins anew.
    if (row.waits_for === "window" && before?.state === "waiting" && row.state === "ready") {
      this.#stopped.delete(keyOf(String(row.recipient), String(row.account_id), String(row.service_id)));
    }
    if (row.state === "charging" && before?.state !== "charging") this.#tell("charged", row);
    const { recipient, account_id, service_id, reason } = row;
    if (reason === "opted-out" && !this.hasEverStopped(String(recipient), String(account_id), String(service_id)))
      this.#oracle.report("P10", `${row.id} is refused by a STOP, and ${recipient} never wrote one to ${account_id}`);
  }

  /** Wakes who waits for this to happen to a person. */
  #tell(what: "charged" | "told", { recipient, account_id, service_id }: Row): void {
    const isMeant = (one: { what: string; person: string }) => one.what === what && one.person === recipient;
    const meant = this.#waiting.filter(isMeant);
    this.#waiting = this.#waiting.filter((one) => !isMeant(one));
    for (const { tell } of meant) tell({ account: String(account_id), service: String(service_id) });
  }

  #stoppedFor({ recipient, account_id, service_id }: Row): Ending | undefined {
    return this.#stopped.get(keyOf(String(recipient), String(account_id), String(service_id)));
  }
}

function keyOf(...names: string[]): string {
  return names.join(" ");
}
