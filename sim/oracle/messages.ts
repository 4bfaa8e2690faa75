/** The promises about texts: P1, P5, P9, P12. */

import { type MessageState, MOVES } from "../../src/core/messages/message.ts";
import type { Faults } from "../faults.ts";
import type { Answer } from "../ground/cloud.ts";
import type { Timeline } from "../ground/timeline.ts";
import type { Shown, Submission } from "../network.ts";
import type { Received } from "../receivers.ts";
import type { Carriers } from "./carriers.ts";
import type { Oracle, PromiseName, Row, Watch, Watched } from "./oracle.ts";
import { type Deed, SKEW, Thing } from "./texts.ts";

/** A text that was claimed in time is handed over within this. Milliseconds. */
const ON_ITS_WAY = 60_000;

/** In a world in which nothing goes wrong any more, no text waits longer than this for its carrier. Milliseconds. */
const PATIENCE = 10 * 60_000;

/** What fails without any carrier's word. */
const OURS_TO_FAIL = ["opted-out", "stopped"];

export class Messages implements Watch {
  readonly #oracle: Oracle;
  readonly #timeline: Timeline;
  readonly #faults: Faults;
  /** How long what is over is kept. Milliseconds. */
  readonly #retention: number;
  readonly #things: Thing[] = [];
  /** Since when nothing goes wrong any more. */
  #calmSince: number | undefined;
  readonly #byId = new Map<string, Thing>();
  readonly #byText = new Map<string, Deed>();
  /** Each row as it was seen last, be it gone or not. */
  readonly #rows = new Map<string, Row>();
  readonly #carriers: Pick<Carriers, "mayReroute">;
  /** What was asked for in one request, to be taken all or none. */
  readonly #together: (readonly Thing[])[] = [];

  constructor(
    oracle: Oracle,
    timeline: Timeline,
    faults: Faults,
    retention: number,
    carriers: Pick<Carriers, "mayReroute">,
  ) {
    this.#carriers = carriers;
    this.#oracle = oracle;
    this.#timeline = timeline;
    this.#faults = faults;
    this.#retention = retention;
  }

  /** What a customer calls by this id; without one, something new. */
  thing(account: string, dialect: string, theirId?: string): Thing {
    const known = theirId === undefined ? undefined : this.find(account, dialect, theirId);
    if (known) return known;
    const thing = new Thing(account, dialect, theirId);
    this.#things.push(thing);
    if (theirId !== undefined) this.name(thing, theirId);
    return thing;
  }

  find(account: string, dialect: string, theirId: string): Thing | undefined {
    return this.#byId.get(`${account} ${dialect} ${theirId}`);
  }

  /** The customer was told by which id it is known. */
  name(thing: Thing, theirId: string): void {
    thing.theirId = theirId;
    this.#byId.set(`${thing.account} ${thing.dialect} ${theirId}`, thing);
  }

  /** All that an account asked for in a dialect. */
  of(account: string, dialect: string): readonly Thing[] {
    return this.#things.filter((thing) => thing.account === account && thing.dialect === dialect);
  }

  together(things: readonly Thing[]): void {
    this.#together.push(things);
  }

  /** A request for it leaves. */
  begun(deed: Deed): void {
    deed.begin(this.#timeline.now);
    if (deed.text) this.#byText.set(textKey(deed.text.recipient, deed.text.text), deed);
  }

  /** It was done, or refused: what has left already must fit that. */
  heard(deed: Deed): void {
    // Under an id that is kept no more it is something new: what left under it before was not changed by it.
    if (deed.thing.isForgotten) return;
    for (const { deed: left } of deed.thing.handed) this.#checkLeft(left);
  }

  handed(message: Submission, isTaken: boolean, isHeard: boolean, carrier: string): void {
    const deed = this.#byText.get(textKey(message.recipient, message.text));
    if (!deed?.text) return;
    const { thing, text } = deed;
    const now = this.#timeline.now;
    thing.handed.push({ deed, id: message.id, carrier, at: now, isTaken, isHeard });
    this.#checkLeft(deed);
    if (text.sendAt !== undefined && now + SKEW < text.sendAt) {
      this.#oracle.report("P12", `${thing.name} was to leave at ${shown(text.sendAt)}, and left before`);
    }
    if (deed.yesAt !== undefined && deed.open === 0) {
      const over = Math.max(text.sendAt ?? 0, deed.yesAt) + text.lives;
      if (now > over + SKEW + ON_ITS_WAY) this.#breaks("P1", thing, `was worth sending until ${shown(over)}, and went`);
    }
    if (isTaken) this.#checkTwice(deed);
  }

  shown({ to, text }: Shown): void {
    const deed = this.#byText.get(textKey(to, text));
    if (deed) deed.thing.shown++;
  }

  received({ host, body, query }: Received): void {
    if (!body.startsWith("{") || !body.includes("statusCode") || query.size > 0) return;
    const { transactionId, ...status } = JSON.parse(body);
    const thing = this.find(host.split(".")[0] ?? "", "target365", transactionId);
    if (!thing) return;
    if (status.detailedStatusCode === "DuplicateTransaction") {
      if (thing.deeds.length > 1 && thing.deeds.some(({ isListed }) => isListed)) return;
      this.#breaks("P11", thing, "is told to be a used id, and is not");
    } else this.#told(thing, status);
  }

  /** The customer looked at it. @param begunAt epoch ms; @param said what it was told, if it is there */
  looked(thing: Thing, begunAt: number, answer: Answer, said: { text: string; status?: Status } | undefined): void {
    if (!said) {
      if (thing.isForgotten) return;
      if (!thing.isThere(begunAt) || (thing.mayBeCancelled() && answer.status === 404)) return;
      this.#breaks("P1", thing, `was taken, and who asks for it gets ${answer.status} ${answer.body}`);
      return;
    }
    if (!thing.texts(begunAt).some(({ text }) => text?.text === said.text)) {
      this.#breaks("P12", thing, `is shown with a text that it should not have: ${said.text}`);
    }
    if (said.status) this.#told(thing, said.status);
  }

  changed(table: Watched, before: Row | undefined, after: Row | undefined): void {
    this.#calmSince = this.#faults.isCalm ? (this.#calmSince ?? this.#timeline.now) : undefined;
    if (table !== "message") return;
    if (after) this.#rows.set(String(after.id), after);
    if (before && !after) {
      const thing = this.find(String(before.account_id), String(before.dialect), String(before.their_id));
      if (thing) thing.isForgotten = true;
      if (!isFinal(before.state) || this.#timeline.now - Number(before.changed_at) < this.#retention - SKEW)
        this.#oracle.report("P1", `message ${before.id} was ${before.state}, and is gone`);
    }
    if (!before || !after) return;
    this.#checkAttempt(before, after);
    if (before.state === after.state) return;
    const isRerouted = before.rerouted_from !== after.rerouted_from;
    const reached = isRerouted
      ? new Set([...REROUTED, ...reachable(REROUTED[0])])
      : reachable(before.state as MessageState);
    if (!reached.has(after.state as MessageState)) {
      this.#oracle.report("P5", `message ${after.id} went from ${before.state} to ${after.state}`);
    }
    if (isByUs(after)) this.#checkExpired(after);
  }

  atRest(): void {
    const byId = new Map<string, Row>();
    const byText = new Map<string, Row[]>();
    for (const row of this.#rows.values()) {
      byId.set(`${row.account_id} ${row.dialect} ${row.their_id}`, row);
      const key = `${row.account_id} ${row.dialect} ${textKey(String(row.recipient), String(row.text))}`;
      byText.set(key, [...(byText.get(key) ?? []), row]);
    }
    const rowsOf = (thing: Thing): Row[] => {
      const { account, dialect, theirId, deeds } = thing;
      const row = theirId === undefined ? undefined : byId.get(`${account} ${dialect} ${theirId}`);
      if (row) return [row];
      return deeds.flatMap(
        ({ text }) => (text && byText.get(`${account} ${dialect} ${textKey(text.recipient, text.text)}`)) || [],
      );
    };
    for (const thing of this.#things) this.#judge(thing, rowsOf(thing));
    for (const things of this.#together) {
      const stored = things.filter((thing) => rowsOf(thing).length > 0).length;
      if (stored > 0 && stored < things.length) {
        this.#breaks(
          "P11",
          things[0] as Thing,
          `and its like: ${stored} of ${things.length} were taken, not all or none`,
        );
      }
    }
  }

  #judge(thing: Thing, rows: readonly Row[]): void {
    const [row, ...others] = rows;
    if (others.length > 0) this.#breaks("P11", thing, `is there ${rows.length} times`);
    if (!row) {
      if (thing.isThere()) this.#breaks("P1", thing, "was taken, and is not there");
      return;
    }
    if (!isFinal(row.state)) this.#breaks("P1", thing, `is ${row.state} for ever`);
    const texts = thing.texts();
    const isCancelled = row.state === "cancelled";
    if (isCancelled && !thing.mayBeCancelled()) this.#breaks("P1", thing, "is cancelled, and nobody asked for it");
    if (!isCancelled && texts.length === 0) {
      this.#breaks(
        "P12",
        thing,
        thing.isThere() ? `was taken back, and is ${row.state}` : `was refused, and is ${row.state}`,
      );
    } else if (!isCancelled && !texts.some(({ text }) => text?.text === row.text)) {
      this.#breaks("P12", thing, `has another text: ${row.text}`);
    }
    const bad = texts.find(({ text }) => text?.text === row.text)?.text?.isBad ?? false;
    this.#judgeFate(thing, row, bad);
  }

  #judgeFate(thing: Thing, row: Row, isBad: boolean): void {
    const { state, reason } = row;
    const { taken, handed, shown: seen } = thing;
    if (isBad && (state !== "failed" || handed.length > 0)) this.#breaks("P1", thing, `is wrong, and is ${state}`);
    if (state === "delivered" && taken === 0)
      this.#breaks("P1", thing, "is told delivered, and no carrier ever had it");
    if (state === "failed" && handed.length === 0 && !isBad && !OURS_TO_FAIL.includes(String(reason))) {
      this.#breaks("P1", thing, `failed (${reason}), and no carrier ever said so`);
    }
    const mayGoTwice = thing.deeds.some(({ text }) => text && !text.isAtMostOnce);
    if (isByUs(row) && taken > 0 && !mayGoTwice) {
      this.#breaks("P1", thing, "is told to have come too late, and a carrier took it");
    }
    if (this.#faults.counts["receipt-contradicts"]) return;
    if (state === "delivered" && seen === 0) this.#breaks("P1", thing, "is told delivered, and nobody got it");
    // Of what went twice, one may have arrived, and the other not.
    if (state === "failed" && seen > 0 && seen === (mayGoTwice ? handed.length : taken))
      this.#breaks("P1", thing, "is told failed, and the person has it");
  }

  /** What was refused, or replaced, or taken back for certain, leaves neither before nor after. */
  #checkLeft(deed: Deed): void {
    if (!deed.isPossible && deed.isRefused) {
      this.#breaks(
        deed.kind === "post" ? "P11" : "P12",
        deed.thing,
        `was refused, and left all the same: ${deed.text?.text}`,
      );
    } else if (deed.isReplaced()) {
      this.#breaks("P12", deed.thing, `was changed or taken back, and left as it was: ${deed.text?.text}`);
    }
  }

  #checkTwice(deed: Deed): void {
    const { thing, text } = deed;
    // Who asks again so late asks for something new.
    if (thing.isForgotten) return;
    const before = thing.handed.slice(0, -1).filter(({ isTaken }) => isTaken);
    if (text?.isAtMostOnce && before.length > 0) this.#breaks("P9", thing, "may go once, and went again");
    const { carrier: next } = thing.handed.at(-1) ?? {};
    // Where one carrier could not deliver it, another one may be asked to.
    const wasHeard = before.some(
      ({ isHeard, id, carrier }) => isHeard && (carrier === next || !this.#carriers.mayReroute(id, carrier)),
    );
    if (wasHeard && !this.#mayForget)
      this.#breaks("P9", thing, "went again, though the carrier had said that it took it");
  }

  /** Whether what a carrier said may have been heard, and lost before it was written down. */
  get #mayForget(): boolean {
    const { counts } = this.#faults;
    const losses = ["crash", "database-refuses", "database-answer-lost", "database-slow", "clock-jump"] as const;
    return losses.some((fault) => counts[fault]);
  }

  /** What came of an attempt counts only while that is the latest: meanwhile a carrier may have the text again. */
  #checkAttempt(before: Row, { id, history, attempts }: Row): void {
    if (before.history === history) return;
    const { attempt, event } = JSON.parse(String(history)).at(-1) ?? {};
    if (attempt === undefined || attempt >= Number(attempts)) return;
    this.#oracle.report("P9", `message ${id} is in its attempt ${attempts}, and ${attempt} says: ${event}`);
  }

  #checkExpired({ account_id, dialect, their_id }: Row): void {
    const thing = this.find(String(account_id), String(dialect), String(their_id));
    if (!thing) return;
    const earliest = thing
      .texts()
      .map(({ text, begunAt = 0 }) => Math.max(text?.sendAt ?? 0, begunAt) + (text?.lives ?? 0));
    if (this.#timeline.now + SKEW < Math.min(...earliest))
      this.#breaks("P1", thing, "expired before its time was over");
    const latest = thing.texts().map(({ text, heardAt = 0 }) => Math.max(text?.sendAt ?? 0, heardAt));
    const open = Math.max(...latest, this.#calmSince ?? Number.POSITIVE_INFINITY);
    if (thing.handed.length === 0 && this.#timeline.now - open > PATIENCE)
      this.#breaks("P1", thing, "expired without ever being handed over, though nothing was in the way");
  }

  /** What a customer is told moves forward, and its last word stays. */
  #told(thing: Thing, { statusCode, detailedStatusCode }: Status): void {
    const isLast = ["Ok", "Failed"].includes(statusCode) || detailedStatusCode === "MissingDeliveryReport";
    const word = `${statusCode} ${detailedStatusCode}`;
    if (isLast) {
      thing.lastWord ??= word;
      if (thing.lastWord !== word) this.#breaks("P5", thing, `was told ${thing.lastWord}, and then ${word}`);
    }
    if (statusCode === "Ok" && thing.taken === 0)
      this.#breaks("P1", thing, "is told delivered, and no carrier ever had it");
  }

  #breaks(promise: PromiseName, thing: Thing, what: string): void {
    this.#oracle.report(promise, `${thing.name} ${what}`);
  }
}

/** As Target365 tells of it. */
export type Status = { statusCode: string; detailedStatusCode: string };

/** States that can be reached; the oracle sees a row after each event, and an event may hold several moves. */
function reachable(from: MessageState): Set<MessageState> {
  const found = new Set<MessageState>();
  const go = (state: MessageState) => {
    for (const next of MOVES[state]) {
      if (found.has(next)) continue;
      found.add(next);
      go(next);
    }
  };
  go(from);
  return found;
}

/** Where a text is when it was rerouted; whether that was due is the judge's of carriers to say. */
const REROUTED: readonly [MessageState] = ["accepted"];

/** Whether we gave it up; a carrier that has it may say that its time was over, too. */
function isByUs({ state, reason, history }: Row): boolean {
  if (state !== "expired" || reason !== "validity-over") return false;
  return JSON.parse(String(history)).at(-1)?.event === "expired";
}

function isFinal(state: unknown): boolean {
  return ["delivered", "failed", "expired", "cancelled"].includes(String(state));
}

function textKey(recipient: string, text: string): string {
  return `${recipient} ${text}`;
}

function shown(at: number): string {
  return new Date(at).toISOString();
}
