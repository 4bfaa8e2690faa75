/**
 * A connection that the platform hands to the Worker itself, by its connect() handler: what a bridge does elsewhere is done here. Who
 * may connect is the platform's affair; TLS has ended before.
 */

import { type Env, settingsOf } from "../../env.ts";
import { BROUGHT, HUNG_UP } from "./brought.ts";
import { Front } from "./front.ts";

/** Whoever is connected has to bind within this. Milliseconds. */
const BIND_WITHIN_MS = 5_000;

/** As much of a socket of the platform's as is used. */
export type Stream = Pick<Socket, "readable" | "writable" | "opened" | "close">;

/** Carries a connection to the sessions of whoever binds on it. Resolves when it is over. @throws where the settings are wrong */
export async function takeStream(stream: Stream, env: Env): Promise<void> {
  const { SMPP_BRIDGE_TOKEN } = settingsOf(env);
  // As with a bridge: without the setting, no customer can bind.
  if (!SMPP_BRIDGE_TOKEN) return stream.close().catch(() => {});
  const { remoteAddress = "" } = await stream.opened.catch(() => ({ remoteAddress: "" }));
  await new Carried(stream, env, remoteAddress.replace(/:\d+$/, "").replace(/^\[|\]$/g, "")).run();
}

class Carried {
  readonly #stream: Stream;
  readonly #env: Env;
  readonly #address: string;
  readonly #writer: WritableStreamDefaultWriter<Uint8Array>;
  readonly #front: Front;
  #upstream: Promise<WebSocket | undefined> | undefined;
  #answered = () => {};
  #isOver = false;

  constructor(stream: Stream, env: Env, address: string) {
    this.#stream = stream;
    this.#env = env;
    this.#address = address;
    this.#writer = stream.writable.getWriter();
    this.#front = new Front({
      send: (octets) => this.#write(octets),
      close: () => this.#end(),
      open: (systemId) => this.#open(systemId),
    });
  }

  async run(): Promise<void> {
    let isHungUp = false;
    const deadline = setTimeout(() => this.#front.isOpened || this.#end(), BIND_WITHIN_MS);
    try {
      for await (const octets of this.#stream.readable as ReadableStream<Uint8Array>) {
        this.#front.push(octets, Date.now());
        if (this.#isOver) break;
        // While the bind is looked at nothing more is read, so that strangers cannot make us keep much.
        if (!this.#front.takesMore) {
          await new Promise<void>((resolve) => {
            this.#answered = resolve;
          });
        }
      }
      isHungUp = !this.#isOver;
    } catch {
      // The connection broke.
    }
    clearTimeout(deadline);
    this.#end();
    (await this.#upstream)?.close(isHungUp ? HUNG_UP : 1000, "the customer closed the connection");
  }

  #open(systemId: string) {
    const upstream = this.#connect(systemId).catch(() => {
      this.#end();
      return undefined;
    });
    this.#upstream = upstream;
    // In their order: each waits for the one before.
    let sent: Promise<unknown> = upstream;
    return {
      send: (octets: Uint8Array) => {
        sent = sent.then(async () => (await upstream)?.send(octets)).catch(() => this.#end());
      },
    };
  }

  async #connect(systemId: string): Promise<WebSocket> {
    const headers = {
      upgrade: "websocket",
      [BROUGHT.systemId]: systemId,
      [BROUGHT.link]: crypto.randomUUID(),
      [BROUGHT.address]: this.#address,
      [BROUGHT.secure]: "off",
    };
    const object = this.#env.SMPP.get(this.#env.SMPP.idFromName(systemId));
    const { webSocket } = await object.fetch("https://stafett.invalid/smpp", { headers });
    if (!webSocket) throw new Error("the sessions took no connection");
    webSocket.binaryType = "arraybuffer";
    webSocket.accept();
    webSocket.addEventListener("message", ({ data }) => {
      if (typeof data === "string") return;
      this.#front.answered();
      this.#answered();
      this.#write(new Uint8Array(data as ArrayBuffer));
    });
    webSocket.addEventListener("close", () => this.#end());
    webSocket.addEventListener("error", () => this.#end());
    return webSocket;
  }

  #write(octets: Uint8Array): void {
    void this.#writer.write(octets).catch(() => this.#end());
  }

  /** What was written last, a refusal say, is still sent. */
  #end(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#answered();
    void this.#writer
      .close()
      .catch(() => {})
      .then(() => this.#stream.close())
      .catch(() => {});
  }
}
