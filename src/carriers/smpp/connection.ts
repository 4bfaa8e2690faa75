/**
 * One connection to an SMSC: bound as transceiver, transmitter or receiver. It keeps the window and the sequence numbers, asks whether
 * the other side is there, and hands on what it is told. What becomes of texts is its owner's affair.
 */

import { STATUS } from "../../smpp/fields.ts";
import { Framer, LONGEST_PDU } from "../../smpp/frames.ts";
import {
  type Decoded,
  decode,
  encode,
  isResponse,
  type Pdu,
  type PduOf,
  pdu,
  respond,
  sequenced,
} from "../../smpp/pdu.ts";
import type { SmscConfig } from "./config.ts";
import { Earliest, earliestOf } from "./earliest.ts";

export type BindAs = "transceiver" | "transmitter" | "receiver";

/** A stream of octets, however it was made. */
export type Wire = { send(octets: Uint8Array): void; close(): void };

/** A submit_sm as octets, whose sequence number is yet to be written; `sent` says to whom its answer belongs. */
export type Submit<Sent> = { octets: Uint8Array; until: number; sent: Sent };

export type ConnectionPorts<Sent> = {
  /** By which no other connection is called. */
  id: string;
  /** Real time, epoch ms. */
  wall(): number;
  after(milliseconds: number, run: () => void): () => void;
  /** What the SMSC tells; the status that it is answered with, once that is committed. */
  told(news: PduOf<"deliver_sm" | "data_sm">): Promise<number>;
  /** What submits came to: all whose answers came in one piece, or that ended together. */
  answered(answers: readonly { sent: Sent; answer: Answer }[]): void;
  /** An answer that came when its submit was called silent already. */
  late(sent: Sent, answer: Pdu): void;
  /** Each whole PDU, as it is heard or sent. */
  saw?(way: "heard" | "sent", frame: Uint8Array): void;
  log(name: string, fields: Record<string, unknown>): void;
};

/** *silent*: none came in time, and it may come late. *gone*: the connection ended before. */
export type Answer =
  | { outcome: "answered"; status: number; messageId: string }
  | { outcome: "silent" }
  | { outcome: "gone" };

const BIND_MS = 10_000;
const ENQUIRE_MS = 10_000;
const LEAVE_MS = 5_000;
/** An SMSC that unbound has so long to answer what was sent before. */
const LAST_ANSWERS_MS = 2_000;
/** An answer may come late: only then is its number free again. */
const LATE_MS = 60_000;
const LAST_SEQUENCE = 0x7fffffff;
const VERSION = 0x34;

export class Connection<Sent> {
  /** Why it is over; undefined while it stands. */
  over: string | undefined;
  readonly as: BindAs;
  readonly #wire: Wire;
  readonly #ports: ConnectionPorts<Sent>;
  readonly #framer = new Framer(LONGEST_PDU);
  /** What waits for its answer, by sequence number: our own questions, submits, and submits that were called silent. */
  readonly #waiting = new Map<number, (answer: Pdu | undefined) => void>();
  readonly #submitted = new Map<number, { sent: Sent; until: number }>();
  readonly #silent = new Map<number, { sent: Sent; until: number }>();
  readonly #ended: (why: string) => void;
  /** Until when the next submit is to be answered. */
  readonly #patience: Earliest;
  #sequence = 0;
  readonly #openedAt: number;
  #heardAt: number;
  #boundAt: number | undefined;
  #isBound = false;
  /** The SMSC unbound: nothing more is sent, and what was sent may be answered still. */
  #isLeft = false;

  /** @param ended called once, when it is over */
  constructor(as: BindAs, wire: Wire, ports: ConnectionPorts<Sent>, ended: (why: string) => void) {
    this.as = as;
    this.#wire = wire;
    this.#ports = ports;
    this.#ended = ended;
    this.#patience = new Earliest(ports, () => this.#callSilent());
    this.#openedAt = ports.wall();
    this.#heardAt = this.#openedAt;
  }

  get isBound(): boolean {
    return this.#isBound && this.over === undefined;
  }

  /** How it stands, for an operator. */
  get sight(): { id: string; as?: BindAs; openedAt: number; boundAt?: number; heardAt: number } {
    return {
      id: this.#ports.id,
      openedAt: this.#openedAt,
      heardAt: this.#heardAt,
      ...(this.#boundAt === undefined ? {} : { as: this.as, boundAt: this.#boundAt }),
    };
  }

  /** Binds; the status of the answer, or undefined where none came. Clause 4.1. */
  async bind(config: SmscConfig): Promise<number | undefined> {
    const { systemId, password, systemType, addressRange } = config;
    const body = { systemId, password, systemType, addressRange, interfaceVersion: VERSION };
    const answer = await this.#ask(pdu(`bind_${this.as}`, { body }) as Pdu, BIND_MS);
    if (!answer) return undefined;
    this.#isBound = answer.status === STATUS.ok;
    if (this.#isBound) this.#boundAt = this.#ports.wall();
    return answer.status;
  }

  /** Submits parts, in order. Each is answered for once, and never before this returns. */
  submit(requests: readonly Submit<Sent>[]): void {
    const frames = requests.map(({ octets, until, sent }) => {
      const sequence = this.#nextSequence();
      this.#submitted.set(sequence, { sent, until });
      this.#patience.by(until);
      return sequenced(octets, sequence);
    });
    // All are known before any is sent: a wire that breaks ends them all.
    for (const frame of frames) this.#sendFrame(frame);
  }

  /**
   * Octets as they come off the wire. An unbind goes first, for nothing may be sent behind it; then answers: a receipt behind one is
   * about a text whose id is known by then.
   */
  hear(octets: Uint8Array): void {
    if (this.over !== undefined) return;
    this.#heardAt = this.#ports.wall();
    const heard = this.#framer.push(octets).map((frame) => {
      this.#ports.saw?.("heard", frame);
      return decode(frame);
    });
    const unbind = heard.find((one) => one.outcome === "pdu" && one.pdu.command === "unbind");
    if (unbind) this.#hearOther(unbind);
    this.#hearAnswers(heard);
    for (const one of heard) if (one !== unbind) this.#hearOther(one);
    if (this.#framer.fault) this.end(`the SMSC sent a PDU of ${this.#framer.fault.length} octets`);
  }

  /** Asks whether the SMSC is there, after a silence; ends the connection where it is not. */
  async tick(enquireSeconds: number): Promise<void> {
    const now = this.#ports.wall();
    for (const [sequence, { until }] of this.#silent) if (until <= now) this.#silent.delete(sequence);
    if (!this.isBound) return;
    if (now - this.#heardAt < enquireSeconds * 1000) return;
    const answer = await this.#ask(pdu("enquire_link") as Pdu, ENQUIRE_MS);
    if (!answer) this.end("the SMSC did not answer whether it is there");
  }

  /** Takes leave, waiting for what is under way. Clause 4.2. */
  async unbind(why: string): Promise<void> {
    if (this.isBound) await this.#ask(pdu("unbind") as Pdu, LEAVE_MS);
    this.end(why);
  }

  /** It is over: what waits for an answer will not get one here. */
  end(why: string): void {
    if (this.over !== undefined) return;
    this.over = why;
    this.#patience.off();
    for (const settle of [...this.#waiting.values()]) settle(undefined);
    this.#wire.close();
    // Its owner knows that it is over before what went by it is told so: what comes next may not go by it.
    if (!this.#isLeft) this.#ended(why);
    const gone = [...this.#submitted.values()].map(({ sent }) => ({ sent, answer: { outcome: "gone" } as const }));
    this.#submitted.clear();
    if (gone.length > 0) this.#ports.answered(gone);
  }

  #leave(why: string): void {
    if (this.#submitted.size === 0) this.end(why);
    if (this.over !== undefined || this.#isLeft) return;
    this.#isLeft = true;
    this.#isBound = false;
    this.#ended(why);
    this.#ports.after(LAST_ANSWERS_MS, () => this.end(why));
  }

  #hearAnswers(heard: readonly Decoded[]): void {
    const answers: { sent: Sent; answer: Answer }[] = [];
    for (const one of heard) {
      if (one.outcome !== "pdu" || !isResponse(one.pdu)) continue;
      const { sequence, status, body } = one.pdu;
      const submitted = this.#submitted.get(sequence);
      if (!submitted) {
        this.#hearOwn(one.pdu);
        continue;
      }
      this.#submitted.delete(sequence);
      const messageId = "messageId" in body ? body.messageId : "";
      answers.push({ sent: submitted.sent, answer: { outcome: "answered", status, messageId } });
    }
    if (answers.length > 0) this.#ports.answered(answers);
    if (this.#isLeft && this.#submitted.size === 0) this.end("the SMSC unbound");
  }

  /** The answer to a question of our own, or one that comes late. */
  #hearOwn(answer: Pdu): void {
    const settle = this.#waiting.get(answer.sequence);
    const silent = this.#silent.get(answer.sequence);
    this.#silent.delete(answer.sequence);
    if (settle) settle(answer);
    else if (silent) this.#ports.late(silent.sent, answer);
    else this.#ports.log("smpp.stray_response", { command: answer.command, status: answer.status });
  }

  #hearOther(decoded: Decoded): void {
    if (decoded.outcome === "unknown") {
      if (!decoded.isResponse)
        this.#send(pdu("generic_nack", { status: STATUS.commandId, sequence: decoded.sequence }));
    } else if (decoded.outcome === "unreadable") this.#send(respond(decoded, decoded.status));
    else if (!isResponse(decoded.pdu)) this.#hearRequest(decoded.pdu);
  }

  #hearRequest(request: Pdu): void {
    switch (request.command) {
      case "deliver_sm":
      case "data_sm":
        // Without an answer the SMSC tells it again: nothing that is not committed may be acknowledged.
        void this.#ports.told(request).then(
          (status) => this.#send(respond(request, status)),
          () => this.#send(respond(request, STATUS.temporaryAppError)),
        );
        return;
      case "enquire_link":
        this.#send(respond(request, STATUS.ok));
        return;
      case "unbind":
        this.#send(respond(request, STATUS.ok));
        this.#leave("the SMSC unbound");
        return;
      case "alert_notification":
        return; // it has no response
      case "outbind":
        this.end("the SMSC sent an outbind on a bound connection");
        return;
      default:
        this.#send(respond(request, STATUS.commandId));
    }
  }

  /** Sends a request, and answers its response; undefined where none comes within the time, or the connection ends. */
  #ask(request: Pdu, milliseconds: number): Promise<Pdu | undefined> {
    if (this.over !== undefined) return Promise.resolve(undefined);
    const sequence = request.sequence || this.#nextSequence();
    return new Promise((resolve) => {
      const settle = (answer: Pdu | undefined) => {
        callOff();
        this.#waiting.delete(sequence);
        resolve(answer);
      };
      const callOff = this.#ports.after(milliseconds, () => settle(undefined));
      this.#waiting.set(sequence, settle);
      this.#send({ ...request, sequence });
    });
  }

  /** Submits that were not answered in time are called silent. Answers until when the next is to be answered. */
  #callSilent(): number {
    const now = this.#ports.wall();
    const silent = [...this.#submitted].filter(([, { until }]) => until <= now);
    for (const [sequence, { sent }] of silent) {
      this.#submitted.delete(sequence);
      this.#silent.set(sequence, { sent, until: now + LATE_MS });
    }
    const answers = silent.map(([, { sent }]) => ({ sent, answer: { outcome: "silent" } as const }));
    if (answers.length > 0) this.#ports.answered(answers);
    return earliestOf(this.#submitted.values());
  }

  /** Clause 5.1.4: from 1 on, skipping those whose answer may still come. */
  #nextSequence(): number {
    do this.#sequence = this.#sequence >= LAST_SEQUENCE ? 1 : this.#sequence + 1;
    while (this.#isTaken(this.#sequence));
    return this.#sequence;
  }

  #isTaken(sequence: number): boolean {
    return this.#submitted.has(sequence) || this.#waiting.has(sequence) || this.#silent.has(sequence);
  }

  #send(one: Pdu): void {
    this.#sendFrame(encode(one));
  }

  #sendFrame(octets: Uint8Array): void {
    if (this.over !== undefined) return;
    this.#ports.saw?.("sent", octets);
    this.#wire.send(octets);
  }
}
