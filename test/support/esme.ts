/** A customer's SMPP program of ours, which can say what no decent one would: it sends any octets, and shows each PDU that comes. */

import { once } from "node:events";
import { connect, type Socket } from "node:net";
import type { Command } from "../../src/smpp/fields.ts";
import { Framer } from "../../src/smpp/frames.ts";
import {
  type BodyOf,
  decode,
  encode,
  isResponse,
  type Pdu,
  type PduOf,
  pdu,
  respond,
  type Tlv,
} from "../../src/smpp/pdu.ts";

/** Longer than any answer takes. Milliseconds. */
const PATIENCE = 15_000;

export type Bind = "bind_transmitter" | "bind_receiver" | "bind_transceiver";

export class Esme {
  readonly socket: Socket;
  /** Whether it answers what it is told. */
  answers: ((told: Pdu) => number) | undefined = () => 0;
  /** What it was told, in order. */
  readonly told: Pdu[] = [];
  readonly closed: Promise<unknown>;
  readonly #framer = new Framer();
  readonly #came: Pdu[] = [];
  #look = () => {};
  #sequence = 0;

  constructor(port: number) {
    this.socket = connect(port, "127.0.0.1");
    this.socket.setNoDelay(true);
    this.socket.on("data", (octets) => this.#hear(octets));
    this.socket.on("error", () => {});
    this.closed = once(this.socket, "close").then(() => this.#look());
  }

  static async open(port: number): Promise<Esme> {
    const esme = new Esme(port);
    await once(esme.socket, "connect");
    return esme;
  }

  /** Binds; throws where that is refused. */
  static async bound(port: number, systemId: string, password: string, as: Bind = "bind_transceiver"): Promise<Esme> {
    const esme = await Esme.open(port);
    const answer = await esme.bind(systemId, password, as);
    if (answer.status !== 0) throw new Error(`the bind was answered with ${answer.status}`);
    return esme;
  }

  bind(systemId: string, password: string, as: Bind = "bind_transceiver", version = 0x34): Promise<Pdu> {
    return this.ask(as, { systemId, password, interfaceVersion: version } as never);
  }

  /** A request, and its answer. */
  async ask<C extends Command>(command: C, body: Partial<BodyOf<C>> = {}, tlvs: readonly Tlv[] = []): Promise<Pdu> {
    const sequence = ++this.#sequence;
    this.send(pdu(command, { sequence, body, tlvs }) as Pdu);
    return this.answerTo(sequence);
  }

  answerTo(sequence: number): Promise<Pdu> {
    return this.waitFor((one) => isResponse(one) && one.sequence === sequence);
  }

  send(...pdus: readonly Pdu[]): void {
    this.write(Buffer.concat(pdus.map(encode)));
  }

  write(octets: Uint8Array): void {
    this.socket.write(octets);
  }

  /** The first PDU, of those that came and were not waited for yet, that fits. */
  waitFor(fits: (one: Pdu) => boolean): Promise<Pdu> {
    return this.#until(() => {
      const index = this.#came.findIndex(fits);
      return index === -1 ? undefined : this.#came.splice(index, 1)[0];
    });
  }

  /** Waits until it was told so many things. */
  async toldSome(count: number): Promise<PduOf<"deliver_sm">[]> {
    await this.#until(() => (this.told.length >= count ? true : undefined));
    return this.told as PduOf<"deliver_sm">[];
  }

  async end(): Promise<void> {
    this.socket.destroy();
    await this.closed;
  }

  async #until<T>(look: () => T | undefined): Promise<T> {
    const until = Date.now() + PATIENCE;
    for (;;) {
      const found = look();
      if (found !== undefined) return found;
      if (this.socket.destroyed || Date.now() > until) {
        throw new Error(`it did not come; what came: ${JSON.stringify(this.#came)}`);
      }
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, 500);
        this.#look = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
  }

  #hear(octets: Uint8Array): void {
    for (const frame of this.#framer.push(octets)) {
      const decoded = decode(frame);
      if (decoded.outcome !== "pdu")
        throw new Error(`the other side sent what is no PDU: ${Buffer.from(frame).toString("hex")}`);
      const one = decoded.pdu;
      if (one.command === "deliver_sm" || one.command === "data_sm") {
        this.told.push(one);
        const status = this.answers?.(one);
        if (status !== undefined) this.send(respond(one, status));
      } else if (one.command === "enquire_link") this.send(respond(one, 0));
      else this.#came.push(one);
    }
    this.#look();
  }
}
