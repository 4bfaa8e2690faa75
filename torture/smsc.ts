/** An SMSC that texts go out to: it may die with an answer on its tongue, and what it has taken is sent, and reported, all the same. */

import { once } from "node:events";
import { createServer, type Server, type Socket } from "node:net";
import { setTimeout as wait } from "node:timers/promises";
import { toText } from "../src/smpp/alphabets.ts";
import { ESM, STATUS } from "../src/smpp/fields.ts";
import { Framer } from "../src/smpp/frames.ts";
import { decode, encode, integerOf, isResponse, type Pdu, type PduOf, pdu, respond, toTlvs } from "../src/smpp/pdu.ts";
import type { Random } from "./random.ts";

/** What it has sent to a phone. `receivedAt` is ISO 8601. */
export type Sent = { text: string; receivedAt: string };

export class Smsc {
  readonly port: number;
  readonly sent: Sent[] = [];
  readonly #random: Random;
  /** Receipts that were not acknowledged, by their texts' ids. */
  readonly #owed = new Map<string, PduOf<"deliver_sm">>();
  readonly #bound = new Set<Socket>();
  #server: Server | undefined;
  #sequence = 0;
  #isGone = false;

  constructor(port: number, random: Random) {
    this.port = port;
    this.#random = random;
  }

  async start(): Promise<void> {
    const server = createServer((socket) => this.#take(socket));
    this.#server = server;
    server.listen(this.port, "127.0.0.1");
    await once(server, "listening");
    void this.#report(server);
  }

  /** All connections break, and there is nobody for a while. What it has taken it keeps. */
  async die(milliseconds: number): Promise<void> {
    this.#end();
    await wait(milliseconds);
    if (!this.#isGone) await this.start();
  }

  stop(): void {
    this.#isGone = true;
    this.#end();
  }

  #end(): void {
    this.#server?.close();
    this.#server = undefined;
    for (const socket of this.#bound) socket.destroy();
    this.#bound.clear();
  }

  #take(socket: Socket): void {
    const framer = new Framer();
    this.#bound.add(socket);
    socket.on("error", () => {});
    socket.on("close", () => this.#bound.delete(socket));
    socket.on("data", (octets) => {
      for (const frame of framer.push(octets)) {
        const decoded = decode(frame);
        if (decoded.outcome === "pdu") void this.#hear(socket, decoded.pdu);
      }
    });
  }

  async #hear(socket: Socket, said: Pdu): Promise<void> {
    if (isResponse(said)) {
      for (const [id, { sequence }] of this.#owed) if (sequence === said.sequence) this.#owed.delete(id);
      return;
    }
    if (said.command !== "submit_sm") return this.#say(socket, respond(said, STATUS.ok));
    const id = `smsc-${++this.#sequence}`;
    const text = toText(said.body.shortMessage, said.body.dataCoding === 8 ? "ucs2" : "gsm7");
    this.sent.push({ text, receivedAt: new Date().toISOString() });
    this.#owed.set(id, receiptOf(said, id, this.#sequence));
    await wait(this.#random.between(0, 100));
    if (this.#random.chance(0.02)) return void socket.destroy();
    this.#say(socket, respond(said, STATUS.ok, { body: { messageId: id } }));
  }

  /** Tells what was not acknowledged, again and again, on any connection. */
  async #report(server: Server): Promise<void> {
    while (this.#server === server) {
      await wait(300);
      const [socket] = [...this.#bound];
      if (socket) for (const receipt of [...this.#owed.values()].slice(0, 50)) this.#say(socket, receipt);
    }
  }

  #say(socket: Socket, one: Pdu): void {
    if (!socket.destroyed) socket.write(encode(one));
  }
}

function receiptOf({ body, tlvs }: PduOf<"submit_sm">, id: string, sequence: number): PduOf<"deliver_sm"> {
  const userMessageReference = integerOf(tlvs, "userMessageReference");
  const text = `id:${id} sub:001 dlvrd:001 submit date:2611290000 done date:2611290000 stat:DELIVRD err:000 text:`;
  return pdu("deliver_sm", {
    sequence,
    body: {
      source: body.destination,
      destination: body.source,
      esmClass: ESM.receipt,
      shortMessage: new TextEncoder().encode(text),
    },
    tlvs: toTlvs({ receiptedMessageId: id, messageState: 2, userMessageReference }),
  });
}
