/** A customer's program that is bound by SMPP, through a bridge that is a process of its own and may be killed. */

import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { DEMO_API_KEY } from "../scripts/local-settings.ts";
import { root } from "../scripts/root.ts";
import { REGISTERED, STATUS } from "../src/smpp/fields.ts";
import { Framer } from "../src/smpp/frames.ts";
import { decode, encode, isResponse, type Pdu, pdu, respond, textOf } from "../src/smpp/pdu.ts";
import type { Book } from "./book.ts";

export const BRIDGE_TOKEN = "the-torture-has-a-bridge";
const ANSWERED_WITHIN = 30_000;

/** The bridge, as an operator runs it: started again whenever it ends. */
export class BridgeProcess {
  readonly #port: number;
  readonly #gateway: string;
  #child: ChildProcess | undefined;
  #isGone = false;

  constructor(port: number, gateway: string) {
    this.#port = port;
    this.#gateway = gateway;
  }

  start(): void {
    const env = { SMPP_GATEWAY: this.#gateway, SMPP_BRIDGE_TOKEN: BRIDGE_TOKEN, SMPP_PORT: String(this.#port) };
    const more = { SMPP_HOST: "127.0.0.1", SMPP_HEALTH_PORT: "off", SMPP_TLS_PORT: "off" };
    const child = spawn(join(root, "node_modules/.bin/node"), ["scripts/smpp-bridge.ts"], {
      ...{ cwd: root, env: { ...process.env, ...env, ...more }, stdio: "ignore" },
    });
    this.#child = child;
    child.once("exit", () => !this.#isGone && this.start());
  }

  /** Takes the power away from it. */
  kill(): void {
    this.#child?.kill("SIGKILL");
  }

  stop(): void {
    this.#isGone = true;
    this.kill();
  }
}

export class Esme {
  readonly #port: number;
  readonly #book: Book;
  readonly #waiting = new Map<number, (answer: Pdu | undefined) => void>();
  #socket: Socket | undefined;
  #sequence = 0;
  #isGone = false;

  constructor(port: number, book: Book) {
    this.#port = port;
    this.#book = book;
  }

  /** Binds, and binds again, until it is stopped. */
  async keep(): Promise<void> {
    while (!this.#isGone) {
      await this.#connection().catch(() => {});
      this.#socket = undefined;
      for (const settle of [...this.#waiting.values()]) settle(undefined);
      await wait(200);
    }
  }

  get isBound(): boolean {
    return this.#socket !== undefined;
  }

  /** Sends a text once. Its message_id; undefined where it was not answered, or nobody was there. */
  async submit(recipient: string, text: string): Promise<{ status: number; messageId: string } | undefined> {
    if (!this.#socket) return undefined;
    const body = {
      ...{ source: "Stafett", sourceTon: 5, destination: recipient.slice(1), destinationTon: 1 },
      ...{ registeredDelivery: REGISTERED.always, shortMessage: new TextEncoder().encode(text) },
    };
    const answer = await this.#ask(pdu("submit_sm", { body }) as Pdu);
    return answer && { status: answer.status, messageId: "messageId" in answer.body ? answer.body.messageId : "" };
  }

  stop(): void {
    this.#isGone = true;
    this.#socket?.destroy();
  }

  async #connection(): Promise<void> {
    const socket = connect(this.#port, "127.0.0.1");
    socket.on("error", () => {});
    const over = once(socket, "close");
    const framer = new Framer();
    socket.on("data", (octets) => {
      for (const frame of framer.push(octets)) {
        const decoded = decode(frame);
        if (decoded.outcome === "pdu") this.#hear(socket, decoded.pdu);
      }
    });
    const bind = pdu("bind_transceiver", { body: { systemId: "demo", password: DEMO_API_KEY.slice(0, 8) } });
    const answer = await Promise.race([this.#ask(bind as Pdu, socket), over.then(() => undefined)]);
    if (answer?.status === STATUS.ok) this.#socket = socket;
    else socket.destroy();
    await over;
  }

  #hear(socket: Socket, said: Pdu): void {
    if (isResponse(said)) {
      this.#waiting.get(said.sequence)?.(said);
      return;
    }
    const id = textOf(said.tlvs, "receiptedMessageId");
    if (said.command === "deliver_sm" && id !== undefined) this.#book.receipts.add(id);
    socket.write(encode(respond(said, STATUS.ok)));
  }

  #ask(request: Pdu, socket = this.#socket): Promise<Pdu | undefined> {
    const sequence = ++this.#sequence;
    return new Promise((resolve) => {
      const settle = (answer: Pdu | undefined) => {
        clearTimeout(timer);
        this.#waiting.delete(sequence);
        resolve(answer);
      };
      const timer = setTimeout(() => settle(undefined), ANSWERED_WITHIN);
      this.#waiting.set(sequence, settle);
      socket?.write(encode({ ...request, sequence }));
    });
  }
}
