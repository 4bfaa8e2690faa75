/**
 * A connection before it is bound: nothing is known but its octets. It waits for a bind, which says whose connection it is, and from
 * then on hands PDUs on to the one place where that customer's connections are. What it answers by itself promises nothing.
 */

import { STATUS } from "../../smpp/fields.ts";
import { Framer, joined, LONGEST_BEFORE_BIND, LONGEST_PDU } from "../../smpp/frames.ts";
import { decode, encode, isResponse, type Pdu, pdu, respond } from "../../smpp/pdu.ts";

/** Where the PDUs of a bound connection go: whole ones, several together. */
export type Upstream = { send(octets: Uint8Array): void };

export type FrontPorts = {
  send(octets: Uint8Array): void;
  /** @param isGuess it gave a system_id that nobody can have */
  close(why: string, isGuess?: boolean): void;
  /** Opens the way to a customer's sessions. Called once. */
  open(systemId: string): Upstream;
};

/** As a credential's name may be. */
export function isSystemId(name: string): boolean {
  return /^[A-Za-z0-9_.-]{1,15}$/.test(name);
}

/** A program that asks so much before it binds means no good: each question has an answer that waits to be read. */
const MOST_BEFORE_BIND = 100;

const BINDS = ["bind_transmitter", "bind_receiver", "bind_transceiver"];

export class Front {
  readonly #ports: FrontPorts;
  readonly #framer = new Framer(LONGEST_BEFORE_BIND);
  #upstream: Upstream | undefined;
  #isAnswered = false;
  #insideSince: number | undefined;
  #asked = 0;
  #isOver = false;

  constructor(ports: FrontPorts) {
    this.#ports = ports;
  }

  /** Whether a bind has come. */
  get isOpened(): boolean {
    return this.#upstream !== undefined;
  }

  /** Whether more should be read off the wire: not while a bind is looked at, so that strangers cannot make anybody keep much. */
  get takesMore(): boolean {
    return !this.isOpened || this.#isAnswered;
  }

  /** The first answer has come from where the connection was opened to. */
  answered(): void {
    this.#isAnswered = true;
  }

  /** When the PDU began that waits for its rest, if one does. */
  get insideSince(): number | undefined {
    return this.#insideSince;
  }

  /** Octets as they come off the wire. @param now epoch ms */
  push(octets: Uint8Array, now: number): void {
    if (this.#isOver) return;
    const frames = this.#framer.push(octets);
    if (frames.length > 0) this.#insideSince = undefined;
    this.#insideSince = this.#framer.waiting > 0 ? (this.#insideSince ?? now) : undefined;
    const first = this.#upstream ? 0 : this.#beforeBind(frames);
    if (this.#isOver) return;
    const rest = frames.slice(first);
    if (rest.length > 0) this.#upstream?.send(joined(rest));
    const { fault } = this.#framer;
    if (!fault) return;
    // Another protocol is not answered in ours; a PDU that says it is too short is, and then nothing more can be read.
    if (!fault.foreign) this.#ports.send(encode(pdu("generic_nack", { status: STATUS.commandLength })));
    this.#end(fault.foreign ? `it speaks ${fault.foreign}` : `a PDU said that it has ${fault.length} octets`);
  }

  /** Answers until the bind; how many frames that were. */
  #beforeBind(frames: readonly Uint8Array[]): number {
    for (const [index, frame] of frames.entries()) {
      const decoded = decode(frame);
      if (decoded.outcome === "pdu" && BINDS.includes(decoded.pdu.command)) {
        this.#open(decoded.pdu);
        return index;
      }
      if (decoded.outcome === "unreadable") this.#ports.send(encode(respond(decoded, decoded.status)));
      if (decoded.outcome === "unknown" && !decoded.isResponse) {
        this.#ports.send(encode(pdu("generic_nack", { status: STATUS.commandId, sequence: decoded.sequence })));
      }
      if (decoded.outcome === "pdu") this.#answer(decoded.pdu);
      this.#asked += 1;
      if (this.#asked >= MOST_BEFORE_BIND) this.#end("it does not bind");
      if (this.#isOver) break;
    }
    return frames.length;
  }

  /** Clause 2.2: an open connection takes binds. Programs ask whether it is alive, too. */
  #answer(request: Pdu): void {
    if (isResponse(request)) return;
    if (request.command === "outbind") {
      this.#end("it sent an outbind, which an SMSC does");
      return;
    }
    const status = request.command === "enquire_link" ? STATUS.ok : STATUS.bindState;
    this.#ports.send(encode(respond(request, status)));
  }

  #open(bind: Pdu): void {
    const systemId = "systemId" in bind.body ? bind.body.systemId : "";
    if (!isSystemId(systemId)) {
      this.#ports.send(encode(respond(bind, STATUS.password)));
      this.#end("its system_id cannot be one", true);
      return;
    }
    this.#framer.allow(LONGEST_PDU);
    this.#upstream = this.#ports.open(systemId);
  }

  #end(why: string, isGuess = false): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#ports.close(why, isGuess);
  }
}
