/**
 * What goes over the connections of one object: counted by the minute, its errors noted, and for a time each PDU kept to be looked at.
 * It sees whole PDUs, and changes nothing.
 */

import type { SmppTrace, SmppTrouble } from "../../core/operator/smpp.ts";
import { commandOf, hexOf, isResponseId } from "../../smpp/fields.ts";
import type { LineBook } from "../../store/messaging/line-book.ts";
import { shownOf } from "./shown.ts";

const MINUTE = 60_000;
/** What goes wrong again and again is written down so often: a storm of errors must not become one of writes. Milliseconds. */
const NOTED_EACH = 10_000;
/** What was traced is forgotten so long after its end. Milliseconds. */
const KEPT = 3_600_000;

/** So much of what went wrong is kept. Characters. */
const LONGEST_SENTENCE = 200;

/** Requests of a minute and of the one before: of a moment in between, a share of both. */
type Counted = { minute: number; now: number; before: number };
type Way = "heard" | "sent";

export class Meter {
  readonly #book: LineBook;
  readonly #wall: () => number;
  readonly #counted = new Map<string, Counted>();
  /** What was not written down yet, by kind and what. */
  readonly #unwritten = new Map<string, SmppTrouble & { writtenAt: number }>();
  #until: number | undefined;
  /** The minute of the last request. */
  #minute = 0;

  constructor(book: LineBook, wall: () => number) {
    this.#book = book;
    this.#wall = wall;
  }

  /** @param frame a whole PDU that was heard or sent on this connection */
  saw(connection: string, way: Way, frame: Uint8Array): void {
    const at = this.#wall();
    const view = new DataView(frame.buffer, frame.byteOffset, frame.byteLength);
    const [id, status] = [view.getUint32(4), view.getUint32(8)];
    if (!isResponseId(id)) this.#count(`${way} ${connection}`, at);
    else if (status !== 0) {
      this.note(way === "sent" ? "answered" : "was-answered", `${commandOf(id) ?? hexOf(id)} ${hexOf(status)}`);
    }
    this.#until ??= this.#book.until();
    if (at < this.#until) this.#book.keep({ at, connection, way, ...shownOf(frame) });
  }

  /** Something went wrong. @param sentence its first characters tell it from others */
  note(kind: SmppTrouble["kind"], sentence: string): void {
    const at = this.#wall();
    const what = sentence.slice(0, LONGEST_SENTENCE);
    const key = `${kind} ${what}`;
    const before = this.#unwritten.get(key) ?? { kind, what, times: 0, at, writtenAt: 0 };
    const one = { ...before, times: before.times + 1, at };
    const isDue = at - one.writtenAt >= NOTED_EACH;
    if (isDue) this.#book.note({ kind, what, times: one.times, at });
    // Sentences of peers may differ each time: few are remembered.
    if (this.#unwritten.size > 100) this.#unwritten.clear();
    this.#unwritten.set(key, isDue ? { ...one, times: 0, writtenAt: at } : one);
  }

  /** Requests of the last minute. */
  requestsOf(connection: string): { heard: number; sent: number } {
    return { heard: this.#lately(`heard ${connection}`), sent: this.#lately(`sent ${connection}`) };
  }

  /** How many counts are held: of connections that had requests in this minute or the one before. */
  get held(): number {
    return this.#counted.size;
  }

  /** What went wrong lately, the newest first. */
  get troubles(): SmppTrouble[] {
    const written = this.#book.troubles();
    return written.map((one) => {
      const more = this.#unwritten.get(`${one.kind} ${one.what}`);
      return more && more.times > 0 ? { ...one, times: one.times + more.times, at: more.at } : one;
    });
  }

  get tracedUntil(): number {
    this.#until ??= this.#book.until();
    return this.#until > this.#wall() ? this.#until : 0;
  }

  /** Keeps PDUs until then, and forgets those of before; 0: keeps no more. */
  trace(until: number): void {
    this.#book.trace(until);
    this.#until = until;
  }

  traced(): SmppTrace {
    this.forgetTraced();
    return { until: this.tracedUntil, pdus: this.#book.traced() };
  }

  /** Forgets what was traced, when its time is over. Answers whether anything is kept still. */
  forgetTraced(): boolean {
    this.#until ??= this.#book.until();
    if (this.#until === 0) return false;
    if (this.#wall() < this.#until + KEPT) return true;
    this.trace(0);
    return false;
  }

  #count(key: string, at: number): void {
    const one = this.#minuteOf(key, at);
    one.now += 1;
    this.#counted.set(key, one);
    if (one.minute === this.#minute) return;
    this.#minute = one.minute;
    for (const [other, { minute }] of this.#counted) if (minute < one.minute - 1) this.#counted.delete(other);
  }

  #lately(key: string): number {
    const at = this.#wall();
    const { now, before } = this.#minuteOf(key, at);
    return Math.round(now + before * (1 - (at % MINUTE) / MINUTE));
  }

  #minuteOf(key: string, at: number): Counted {
    const minute = Math.floor(at / MINUTE);
    const one = this.#counted.get(key);
    if (one?.minute === minute) return one;
    return { minute, now: 0, before: one?.minute === minute - 1 ? one.now : 0 };
  }
}
