/** A small SMSC of ours for tests, which can do what no decent one would: every PDU that comes is shown, and any can be sent. */

import { once } from "node:events";
import { createServer, type Server, type Socket } from "node:net";
import { Framer } from "../../src/smpp/frames.ts";
import {
  decode,
  encode,
  isResponse,
  type Pdu,
  type PduOf,
  pdu,
  respond,
  type TlvValues,
  toTlvs,
} from "../../src/smpp/pdu.ts";

const PATIENCE = 15_000;

export type Submit = PduOf<"submit_sm">;
/** What a submit is answered with: an id, a status, or nothing. */
export type Answering = (submit: Submit, count: number) => { messageId?: string; status?: number } | undefined;

export class Smsc {
  /** How binds are answered: a status, or undefined for silence. */
  binding: (bind: Pdu) => number | undefined = () => 0;
  answering: Answering = (_, count) => ({ messageId: `id-${count}` });
  readonly submits: Submit[] = [];
  readonly binds: Pdu[] = [];
  /** What was answered to what we told. */
  readonly answers: Pdu[] = [];
  readonly #server: Server;
  readonly #links: { socket: Socket; as: string }[] = [];
  #sequence = 100;

  private constructor() {
    this.#server = createServer((socket) => this.#take(socket));
  }

  static async start(port = 0): Promise<Smsc> {
    const smsc = new Smsc();
    smsc.#server.listen(port, "127.0.0.1");
    await once(smsc.#server, "listening");
    return smsc;
  }

  get port(): number {
    const address = this.#server.address();
    return typeof address === "object" && address ? address.port : 0;
  }

  get bound(): number {
    return this.#links.length;
  }

  /** Tells the other side something, on one of its connections that take it; answers the sequence number. */
  tell(body: Partial<PduOf<"deliver_sm">["body"]>, tlvs: TlvValues = {}, which = 0): number {
    const sequence = ++this.#sequence;
    const takers = this.#links.filter(({ as }) => as !== "bind_transmitter");
    takers[which % takers.length]?.socket.write(encode(pdu("deliver_sm", { sequence, body, tlvs: toTlvs(tlvs) })));
    return sequence;
  }

  receipt(submit: Submit, id: string, stat = "DELIVRD", tlvs: TlvValues = {}, which = 0): number {
    const shortMessage = new TextEncoder().encode(`id:${id} stat:${stat} err:000`);
    const { source, destination } = submit.body;
    return this.tell(
      { source: destination, sourceTon: 1, destination: source, esmClass: 4, shortMessage },
      tlvs,
      which,
    );
  }

  /** Answers a submit that was left without. */
  answer(submit: Submit, status: number, messageId = ""): void {
    this.#links[0]?.socket.write(encode(respond(submit, status, { body: { messageId } })));
  }

  /** Cuts every connection. */
  cut(): void {
    for (const { socket } of this.#links.splice(0)) socket.destroy();
  }

  async stop(): Promise<void> {
    this.cut();
    this.#server.close();
    await once(this.#server, "close");
  }

  async until<T>(look: () => T | undefined | false): Promise<T> {
    const until = Date.now() + PATIENCE;
    for (;;) {
      const found = look();
      if (found !== undefined && found !== false) return found;
      if (Date.now() > until)
        throw new Error(`it never came; submits: ${this.submits.length}, binds: ${this.binds.length}`);
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  }

  answered(sequence: number): Promise<Pdu> {
    return this.until(() => this.answers.find((one) => one.sequence === sequence));
  }

  #take(socket: Socket): void {
    const framer = new Framer();
    socket.setNoDelay(true);
    socket.on("error", () => {});
    socket.on("close", () => {
      const index = this.#links.findIndex((link) => link.socket === socket);
      if (index !== -1) this.#links.splice(index, 1);
    });
    socket.on("data", (octets) => {
      for (const frame of framer.push(octets)) {
        const decoded = decode(frame);
        if (decoded.outcome === "pdu") this.#hear(socket, decoded.pdu);
      }
    });
  }

  #hear(socket: Socket, one: Pdu): void {
    const say = (answer: Pdu) => socket.write(encode(answer));
    if (isResponse(one)) this.answers.push(one);
    else if (one.command.startsWith("bind_")) {
      this.binds.push(one);
      const status = this.binding(one);
      if (status === undefined) return;
      say(respond(one, status, { body: { systemId: "smsc" } }));
      if (status === 0) this.#links.push({ socket, as: one.command });
    } else if (one.command === "submit_sm") {
      this.submits.push(one);
      const answer = this.answering(one, this.submits.length);
      if (answer) say(respond(one, answer.status ?? 0, { body: { messageId: answer.messageId ?? "" } }));
    } else say(respond(one, 0));
  }
}
