/**
 * Takes SMPP connections and carries each to the gateway over a WebSocket. It keeps nothing: what it has not handed on was not
 * acknowledged to anybody, so it can be ended at any time.
 */

import { randomUUID } from "node:crypto";
import { createServer, type Server, type Socket } from "node:net";
import { createServer as createTlsServer, type TlsOptions } from "node:tls";
import { networkOf } from "../../src/adapters/client-address.ts";
import { BROUGHT, DRAIN, HUNG_UP, WRONG_PASSWORD } from "../../src/doors/smpp/brought.ts";
import { Front } from "../../src/doors/smpp/front.ts";
import { Addresses } from "./addresses.ts";
import { handshakeWords } from "./tls.ts";

/** A connection has to bind within this, and a PDU that has begun to end. Milliseconds. */
const BIND_WITHIN = 5_000;
const PDU_WITHIN = 30_000;
/** More than this on its way to the gateway, and nothing more is read off the wire. Octets. */
const MOST_UNSENT = 262_144;
/** A customer's program that reads this little of what it is sent is not there. Octets. */
const MOST_UNREAD = 4_194_304;
/** How long connections have to take their leave when the bridge ends. Milliseconds. */
const DRAIN_WITHIN = 5_000;

export type BridgeOptions = {
  host: string;
  port: number;
  /** Certificate and key; absent: what is said can be read by all on the way. */
  tls?: TlsOptions;
  /** The gateways, by their base URLs; connections go to them in turn. */
  gateways: readonly string[];
  token: string;
  say: (line: string) => void;
};

export type Bridge = {
  port: number;
  figures(): { open: number; bound: number };
  /** Ends every connection at once, as a network that fails does; new ones are taken. */
  cut(): void;
  /** Takes no more connections, and leave of those there are. */
  drain(): Promise<void>;
};

/** @throws Error where the port cannot be had */
export async function startBridge(options: BridgeOptions): Promise<Bridge> {
  const links = new Set<Carried>();
  const addresses = new Addresses();
  let turn = 0;
  const take = (socket: Socket) => {
    const gateway = options.gateways[turn++ % options.gateways.length] as string;
    const carried = new Carried(socket, gateway, options, addresses, () => links.delete(carried));
    if (carried.enter()) links.add(carried);
  };
  const server: Server = options.tls
    ? createTlsServer({ handshakeTimeout: BIND_WITHIN, ...options.tls }, take)
    : createServer(take);
  // A client that speaks no TLS, or gives up in the middle, is no fault of the server's; but whoever runs it is asked why.
  server.on("tlsClientError", (error: Error, socket: Socket) => {
    const address = addressOf(socket);
    if (addresses.isWorthTelling(address, Date.now())) options.say(`${address}: ${handshakeWords(error)}`);
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(options.port, options.host, () => resolve());
  });
  // Where the system has no file for one more connection, say: those that there are go on.
  server.on("error", (error) => options.say(`a connection could not be taken: ${error.message}`));
  const address = server.address();
  return {
    port: typeof address === "object" && address ? address.port : options.port,
    figures: () => ({ open: links.size, bound: [...links].filter(({ isOpened }) => isOpened).length }),
    cut() {
      for (const link of links) link.end("the bridge cut it");
    },
    async drain() {
      server.close();
      const until = Date.now() + DRAIN_WITHIN;
      for (const link of links) link.drain();
      while (links.size > 0 && Date.now() < until) await new Promise((resolve) => setTimeout(resolve, 50));
      for (const link of links) link.end("the bridge has ended");
    },
  };
}

function addressOf({ remoteAddress = "" }: Socket): string {
  return networkOf(remoteAddress.replace(/^::ffff:/, ""));
}

/** One connection, and its WebSocket once it has bound. */
class Carried {
  readonly #socket: Socket;
  readonly #gateway: string;
  readonly #options: BridgeOptions;
  readonly #addresses: Addresses;
  readonly #gone: () => void;
  readonly #address: string;
  readonly #front: Front;
  readonly #deadline: NodeJS.Timeout;
  #upstream: WebSocket | undefined;
  #isUnbound = true;
  #isOver = false;
  /** The customer's program closed the connection in order. */
  #isHungUp = false;

  constructor(socket: Socket, gateway: string, options: BridgeOptions, addresses: Addresses, gone: () => void) {
    this.#socket = socket;
    this.#gateway = gateway;
    this.#options = options;
    this.#addresses = addresses;
    this.#gone = gone;
    this.#address = addressOf(socket);
    this.#front = new Front({
      send: (octets) => void socket.write(octets),
      close: (why, isGuess) => this.end(why, isGuess),
      open: (systemId) => this.#open(systemId),
    });
    this.#deadline = setTimeout(() => this.end("it did not bind in time"), BIND_WITHIN);
  }

  get isOpened(): boolean {
    return this.#front.isOpened;
  }

  /** Whether the connection is taken. */
  enter(): boolean {
    // Also of one that is not taken: it may break while it is closed.
    this.#socket.on("error", () => this.end("the connection broke"));
    const why = this.#addresses.enter(this.#address, Date.now());
    if (why !== undefined) {
      this.#isUnbound = false;
      this.end(why);
      return false;
    }
    // Without this, answers of a few octets wait for those before them.
    this.#socket.setNoDelay(true);
    this.#socket.on("data", (octets) => this.#hear(octets));
    this.#socket.on("end", () => {
      this.#isHungUp = true;
    });
    this.#socket.on("close", () => this.end("the customer closed the connection"));
    return true;
  }

  /** Asks the gateway to take leave of the customer's program. */
  drain(): void {
    if (this.#upstream?.readyState === WebSocket.OPEN) this.#upstream.send(DRAIN);
    else this.end("the bridge has ended");
  }

  end(why: string, isGuess = false): void {
    if (this.#isOver) return;
    this.#isOver = true;
    clearTimeout(this.#deadline);
    this.#settle();
    const now = Date.now();
    if (isGuess) this.#addresses.guess(this.#address, now);
    if (!this.isOpened && this.#addresses.isWorthTelling(this.#address, now)) {
      this.#options.say(`${this.#address}: ${why}`);
    }
    // What was written last, a refusal say, is still sent.
    this.#socket.end();
    this.#socket.destroySoon();
    this.#upstream?.close(this.#isHungUp ? HUNG_UP : 1000, why.slice(0, 100));
    this.#gone();
  }

  #hear(octets: Buffer): void {
    const now = Date.now();
    this.#front.push(octets, now);
    if (now - (this.#front.insideSince ?? now) > PDU_WITHIN) this.end("a PDU did not end");
    if (!this.#front.takesMore) this.#socket.pause();
    const upstream = this.#upstream;
    if (upstream && upstream.bufferedAmount > MOST_UNSENT) this.#holdBack(upstream);
  }

  /** Reads on when the gateway has taken what was sent. */
  #holdBack(upstream: WebSocket): void {
    this.#socket.pause();
    const again = () => {
      if (this.#isOver) return;
      if (upstream.bufferedAmount > MOST_UNSENT / 2) setTimeout(again, 5);
      else this.#socket.resume();
    };
    setTimeout(again, 5);
  }

  #open(systemId: string) {
    const headers = {
      authorization: `Bearer ${this.#options.token}`,
      [BROUGHT.systemId]: systemId,
      [BROUGHT.link]: randomUUID(),
      [BROUGHT.address]: this.#socket.remoteAddress?.replace(/^::ffff:/, "") ?? "",
      [BROUGHT.secure]: this.#options.tls ? "on" : "off",
    };
    // Node's WebSocket takes headers, though the standard has none.
    const upstream = new WebSocket(`${this.#gateway.replace(/^http/, "ws")}/smpp`, { headers } as unknown as string[]);
    upstream.binaryType = "arraybuffer";
    const waiting: Uint8Array[] = [];
    upstream.addEventListener("open", () => {
      for (const octets of waiting.splice(0)) upstream.send(octets);
    });
    upstream.addEventListener("message", ({ data }) => this.#say(data));
    upstream.addEventListener("error", () => this.end("the gateway cannot be reached"));
    upstream.addEventListener("close", ({ code, reason }) =>
      this.end(reason || "the gateway closed the connection", code === WRONG_PASSWORD),
    );
    this.#upstream = upstream;
    return {
      send(octets: Uint8Array) {
        if (upstream.readyState === WebSocket.OPEN) upstream.send(octets);
        else waiting.push(octets);
      },
    };
  }

  /** What the gateway says to the customer's program. */
  #say(data: unknown): void {
    if (!(data instanceof ArrayBuffer)) return;
    if (!this.#front.takesMore) {
      clearTimeout(this.#deadline);
      this.#settle();
      this.#front.answered();
      this.#socket.resume();
    }
    this.#socket.write(Buffer.from(data));
    if (this.#socket.writableLength > MOST_UNREAD) this.end("the customer does not read");
  }

  /** It is not unbound any more. */
  #settle(): void {
    if (this.#isUnbound) this.#addresses.settle(this.#address);
    this.#isUnbound = false;
  }
}
