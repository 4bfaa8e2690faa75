/**
 * One connection to an SMSC: bound as transceiver, transmitter or receiver. It keeps the window and the sequence numbers, asks whether
 * the other side is there, and hands on what it is told. What becomes of texts is its owner's affair.
 */

import { STATUS } from "../../smpp/fields.ts";
import { Framer, LONGEST_PDU } from "../../smpp/frames.ts";
import { decode, encode, isResponse, type Pdu, type PduOf, pdu, respond } from "../../smpp/pdu.ts";
import type { SmscConfig } from "./config.ts";

export type BindAs = "transceiver" | "transmitter" | "receiver";

/** A stream of octets, however it was made. */
export type Wire = { send(octets: Uint8Array): void; close(): void };

export type ConnectionPorts = {
  /** By which no other connection is called. */
  id: string;
  /** Real time, epoch ms. */
  wall(): number;
  after(milliseconds: number, run: () => void): () => void;
  /** What the SMSC tells; the status that it is answered with, once that is committed. */
  told(news: PduOf<"deliver_sm" | "data_sm">): Promise<number>;
  /** An answer that came when nobody waited for it any more. */
  late(sequence: number, answer: Pdu): void;
  /** Each whole PDU, as it is heard or sent. */
  saw?(way: "heard" | "sent", frame: Uint8Array): void;
  log(name: string, fields: Record<string, unknown>): void;
};

/** `sequence` finds a late answer. */
export type Answer =
  | { outcome: "answered"; status: number; messageId: string }
  | { outcome: "silent"; sequence: number }
  | { outcome: "gone"; sequence: number };

const BIND_MS = 10_000;
const ENQUIRE_MS = 10_000;
const LEAVE_MS = 5_000;
/** An answer may come late: only then is its number free again. */
const LATE_MS = 60_000;
const LAST_SEQUENCE = 0x7fffffff;
const VERSION = 0x34;

export class Connection {
  /** Why it is over; undefined while it stands. */
  over: string | undefined;
  readonly as: BindAs;
  readonly #wire: Wire;
  readonly #ports: ConnectionPorts;
  readonly #framer = new Framer(LONGEST_PDU);
  readonly #waiting = new Map<number, (answer: Pdu | undefined) => void>();
  readonly #ended: (why: string) => void;
  #lateUntil = new Map<number, number>();
  #sequence = 0;
  readonly #openedAt: number;
  #heardAt: number;
  #boundAt: number | undefined;
  #isBound = false;

  /** @param ended called once, when it is over */
  constructor(as: BindAs, wire: Wire, ports: ConnectionPorts, ended: (why: string) => void) {
    this.as = as;
    this.#wire = wire;
    this.#ports = ports;
    this.#ended = ended;
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

  /** Requests that wait for their answer, or whose answer may still come. */
  get outstanding(): number {
    return this.#waiting.size + this.#lateUntil.size;
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

  /**
   * Submits a part. Resolves with the answer, or when none has come within the time: then it may come late.
   * @param noted told the sequence number before anything is sent
   */
  async submit(request: PduOf<"submit_sm">, milliseconds: number, noted: (sequence: number) => void): Promise<Answer> {
    const sequence = this.#nextSequence();
    noted(sequence);
    const answer = await this.#ask({ ...request, sequence }, milliseconds);
    if (answer) {
      const messageId = "messageId" in answer.body ? answer.body.messageId : "";
      return { outcome: "answered", status: answer.status, messageId };
    }
    if (this.over !== undefined) return { outcome: "gone", sequence };
    this.#lateUntil.set(sequence, this.#ports.wall() + LATE_MS);
    return { outcome: "silent", sequence };
  }

  /** Octets as they come off the wire. */
  hear(octets: Uint8Array): void {
    if (this.over !== undefined) return;
    this.#heardAt = this.#ports.wall();
    for (const frame of this.#framer.push(octets)) {
      this.#ports.saw?.("heard", frame);
      this.#hearFrame(frame);
    }
    if (this.#framer.fault) this.end(`the SMSC sent a PDU of ${this.#framer.fault.length} octets`);
  }

  /** Asks whether the SMSC is there, after a silence; ends the connection where it is not. */
  async tick(enquireSeconds: number): Promise<void> {
    const now = this.#ports.wall();
    for (const [sequence, until] of this.#lateUntil) if (until <= now) this.#lateUntil.delete(sequence);
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
    for (const settle of [...this.#waiting.values()]) settle(undefined);
    this.#wire.close();
    this.#ended(why);
  }

  #hearFrame(frame: Uint8Array): void {
    const decoded = decode(frame);
    if (decoded.outcome === "unknown") {
      if (!decoded.isResponse)
        this.#send(pdu("generic_nack", { status: STATUS.commandId, sequence: decoded.sequence }));
    } else if (decoded.outcome === "unreadable") this.#send(respond(decoded, decoded.status));
    else if (isResponse(decoded.pdu)) this.#hearAnswer(decoded.pdu);
    else this.#hearRequest(decoded.pdu);
  }

  #hearAnswer(answer: Pdu): void {
    const settle = this.#waiting.get(answer.sequence);
    if (settle) settle(answer);
    else if (this.#lateUntil.delete(answer.sequence)) this.#ports.late(answer.sequence, answer);
    else this.#ports.log("smpp.stray_response", { command: answer.command, status: answer.status });
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
        this.end("the SMSC unbound");
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

  /** Clause 5.1.4: from 1 on, skipping those whose answer may still come. */
  #nextSequence(): number {
    do this.#sequence = this.#sequence >= LAST_SEQUENCE ? 1 : this.#sequence + 1;
    while (this.#waiting.has(this.#sequence) || this.#lateUntil.has(this.#sequence));
    return this.#sequence;
  }

  #send(one: Pdu): void {
    if (this.over !== undefined) return;
    const octets = encode(one);
    this.#ports.saw?.("sent", octets);
    this.#wire.send(octets);
  }
}
