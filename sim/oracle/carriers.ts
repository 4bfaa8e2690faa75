/**
 * The promises about carriers, where there is more than one: whose word counts, who is believed, who is left alone, who is used again,
 * and what goes to another one after the first could not deliver it.
 */

import type { Receipt } from "../../src/core/messages/carrier.ts";
import type { Faults } from "../faults.ts";
import type { Timeline } from "../ground/timeline.ts";
import type { ChargeAsked, Submission } from "../network.ts";
import type { Plan } from "../plan.ts";
import { type Knock, RELAY } from "../relay.ts";
import type { Oracle, Row, Watch } from "./oracle.ts";

type RelaySet = Pick<Plan, "reroutes" | "perSecond">;

const FINAL: readonly unknown[] = ["delivered", "failed", "expired", "cancelled"];

const SECOND = 1_000;
/** All places know of an outage within four seconds, and what had begun before has left after so long. */
const KNOWN_AFTER = 10 * SECOND;
/** A call leaves up to so much later than its room was taken, which is counted second by second. */
const PACE_WINDOW = 2 * SECOND;

export class Carriers implements Watch {
  readonly #oracle: Oracle;
  readonly #timeline: Timeline;
  readonly #faults: Faults;
  /** Who was handed each text, and asked to bill each charge. */
  readonly #had = new Map<string, Set<string>>();
  /** Who was asked to take each text, and may have refused it: over SMPP that may be heard late. */
  readonly #askedOf = new Set<string>();
  /** By text, who has said that it failed, for a reason that another carrier may not have. */
  readonly #failedAt = new Map<string, Set<string>>();
  /** When texts left for the second carrier, of late. */
  #left: number[] = [];
  #set: RelaySet = { reroutes: false };
  /** Since when nothing goes wrong any more, epoch ms. */
  #calmSince = Number.POSITIVE_INFINITY;

  constructor(oracle: Oracle, timeline: Timeline, faults: Faults) {
    this.#oracle = oracle;
    this.#timeline = timeline;
    this.#faults = faults;
  }

  /** Whether the route of texts reroutes, and what pace the second carrier has. */
  knows({ hasRelay, reroutes, ...set }: RelaySet & Pick<Plan, "hasRelay">): void {
    this.#set = { ...set, reroutes: hasRelay && reroutes };
  }

  isCalm(): void {
    this.#calmSince = this.#timeline.now;
  }

  handed({ id }: Submission, isTaken: boolean, _: boolean, carrier: string): void {
    this.#askedOf.add(`${carrier} ${id}`);
    if (isTaken) this.#note(id, carrier);
  }

  /** A charge is one carrier's, and stays so. */
  askedToBill({ id }: ChargeAsked, isTaken: boolean, _: boolean, carrier: string): void {
    if (!isTaken) return;
    const others = [...(this.#had.get(id) ?? [])].filter((name) => name !== carrier);
    if (others.length > 0)
      this.#oracle.report("P2", `${id} was ${others[0]}'s to bill, and ${carrier} is asked as well`);
    this.#note(id, carrier);
  }

  /** A call to the second carrier has left. */
  asked(what: "texts" | "charge", ids: readonly string[]): void {
    this.#checkLeftAlone(what);
    if (what === "charge") return;
    this.#checkPace(ids.length);
    this.#oracle.look();
    const back = ids.find((id) => this.#row("message", id)?.rerouted_from === RELAY);
    if (back) this.#oracle.report("P9", `${back} was rerouted from ${RELAY}, and goes there again`);
  }

  says({ message, carrier, outcome, reason }: Receipt): void {
    if (outcome !== "failed" || reason === "subscriber-unavailable") return;
    this.#failedAt.set(message, (this.#failedAt.get(message) ?? new Set()).add(carrier));
  }

  /** What a carrier tells of its own, and is acknowledged, is written down: it is asked for no more. */
  toldOfText({ message, carrier, outcome }: Receipt): void {
    this.#oracle.look();
    const row = this.#row("message", message);
    if (!row || FINAL.includes(row.state)) return;
    if (row.carrier !== null && row.carrier !== carrier) return;
    // From whom it was rerouted has had its word.
    if (row.rerouted_from === carrier) return;
    this.#oracle.report("P1", `${carrier} told that ${message} was ${outcome}, was heard, and it is ${row.state}`);
  }

  /** Who has no business at a carrier's address was there. */
  knocked({ what, answer }: Knock): void {
    if (answer && answer.status < 400) this.#oracle.report("P10", `${what} is answered ${answer.status}`);
  }

  changed(table: string, before: Row | undefined, after: Row | undefined): void {
    if (table !== "message" && table !== "txn") return;
    if (!after || before?.history === after.history || after.kind === "reversal") return;
    if (table === "message" && before) this.#checkRerouted(before, after);
    const last: LastEntry | undefined = JSON.parse(String(after.history)).at(-1);
    if (!BY_A_CARRIER.includes(last?.event ?? "") || last?.carrier === undefined) return;
    if (this.#had.get(String(after.id))?.has(last.carrier)) return;
    if (last.outcome === "failed" && this.#askedOf.has(`${last.carrier} ${after.id}`)) return;
    this.#oracle.report("P4", `${after.id} is ${after.state} by the word of ${last.carrier}, who never had it`);
  }

  /** A carrier that is well again is used again. @param tries texts that were sent for that, minutes apart */
  cameBack(isUsed: boolean, tries: number): void {
    if (isUsed || this.#faults.has("database-stalls")) return;
    this.#oracle.report("P1", `a carrier is well again, and gets none of ${tries} texts`);
  }

  /** Whether it was handed this text. */
  has(carrier: string, id: string): boolean {
    return this.#had.get(id)?.has(carrier) ?? false;
  }

  /** Whether this text may go to another carrier because this one has said that it could not deliver it. */
  mayReroute(id: string, from: string): boolean {
    return this.#set.reroutes && (this.#failedAt.get(id)?.has(from) ?? false);
  }

  /** A text goes to another carrier once, where it may arrive twice, and after its first carrier said that it failed. */
  #checkRerouted(before: Row, { id, rerouted_from: from, delivery_mode: mode }: Row): void {
    if (before.rerouted_from === from) return;
    if (before.rerouted_from !== null)
      this.#oracle.report("P9", `${id} was rerouted twice, the second time from ${from}`);
    if (mode === "at-most-once") this.#oracle.report("P9", `${id} may go once, and was rerouted from ${from}`);
    if (this.mayReroute(String(id), String(from))) return;
    this.#oracle.report("P9", `${id} was rerouted from ${from}, which never said that it could not deliver it`);
  }

  /** While a carrier is known to be down it is asked for nothing. */
  #checkLeftAlone(what: string): void {
    if (OF_CLOCKS.some((fault) => this.#faults.has(fault))) return;
    const { now } = this.#timeline;
    const row = this.#oracle.sqlite.prepare(OUTAGE).get(RELAY) as { since: number; until: number } | undefined;
    if (!row || row.since > now - KNOWN_AFTER || row.until < now + SECOND) return;
    if (row.since < this.#calmSince && OF_DATABASES.some((fault) => this.#faults.has(fault))) return;
    this.#oracle.report("P13", `${RELAY} is left alone since ${now - row.since} ms, and is asked for ${what}`);
  }

  #checkPace(count: number): void {
    const { perSecond } = this.#set;
    if (perSecond === undefined || this.#faults.has("clock-jump")) return;
    const { now } = this.#timeline;
    this.#left = [...this.#left.filter((at) => at > now - PACE_WINDOW), ...Array.from({ length: count }, () => now)];
    if (this.#left.length <= (PACE_WINDOW / SECOND + 1) * perSecond) return;
    this.#oracle.report(
      "P8",
      `${RELAY} takes ${perSecond} a second, and got ${this.#left.length} texts in two seconds`,
    );
  }

  #row(table: "message" | "txn", id: string): Row | undefined {
    return this.#oracle.rows(table).find((row) => row.id === id);
  }

  #note(id: string, carrier: string): void {
    this.#had.set(id, (this.#had.get(id) ?? new Set()).add(carrier));
  }
}

type LastEntry = { event: string; carrier?: string; outcome?: string };
const BY_A_CARRIER: readonly string[] = ["carrier.receipt", "carrier.rerouted"];

const OUTAGE = `SELECT since, "until" FROM outage WHERE carrier = ? AND state = 'down'`;
/** By another clock a place may think that an outage is over. */
const OF_CLOCKS = ["clock-jump", "clock-skew"] as const;
/** A place may not hear of an outage in time that began while these are about. */
const OF_DATABASES = ["database-refuses", "database-answer-lost", "database-slow", "database-stalls"] as const;
