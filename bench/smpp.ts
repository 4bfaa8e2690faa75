/** SMPP in both directions: texts that we submit to an SMSC over one bind, beside the npm package; and submits that we take over one. */

import { once } from "node:events";
import { createRequire } from "node:module";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";
import { performance } from "node:perf_hooks";
import { DatabaseSync, type StatementSync } from "node:sqlite";
import { startBridge } from "../scripts/smpp/bridge.ts";
import { Bind } from "../src/carriers/smpp/bind.ts";
import { SETTINGS } from "../src/carriers/smpp/config.ts";
import { Framer } from "../src/smpp/frames.ts";
import { decode, encode, isResponse, type Pdu, pdu, respond } from "../src/smpp/pdu.ts";
import { handOvers } from "../src/store/messaging/hand-overs.ts";
import type { BenchGateway } from "./gateways.ts";

export const BRIDGE_TOKEN = "the-bench-has-a-bridge";
const WINDOW = 100;
let told = 0;
const TEXT = Buffer.from("A text of the usual length, which a shop sends to somebody who has bought something there.");

/** An SMSC that takes whatever it gets. @param receipts whether it says at once that each text is on its phone */
export async function startSmsc({ receipts = false } = {}): Promise<{ port: number; stop(): void }> {
  const sockets = new Set<Socket>();
  let taken = 0;
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.setNoDelay(true);
    socket.on("error", () => {});
    const framer = new Framer();
    socket.on("data", (octets) => {
      const answers = framer.push(octets).flatMap((frame) => {
        const decoded = decode(frame);
        if (decoded.outcome !== "pdu" || isResponse(decoded.pdu)) return [];
        if (decoded.pdu.command !== "submit_sm")
          return [encode(respond(decoded.pdu, 0, { body: { systemId: "bench" } }))];
        const messageId = `bench-${++taken}`;
        const answer = encode(respond(decoded.pdu, 0, { body: { messageId } }));
        return receipts ? [answer, receiptOf(messageId)] : [answer];
      });
      if (answers.length > 0) socket.write(Buffer.concat(answers));
    });
  });
  await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
  return {
    port: (server.address() as AddressInfo).port,
    stop() {
      for (const socket of sockets) socket.destroy();
      server.close();
    },
  };
}

function receiptOf(id: string): Buffer {
  const text = `id:${id} sub:001 dlvrd:001 submit date:2611290900 done date:2611290900 stat:DELIVRD err:000 text:`;
  const body = { source: "4798079008", destination: "Shop", esmClass: 0x04, shortMessage: Buffer.from(text) };
  return Buffer.from(encode(pdu("deliver_sm", { sequence: ++told, body })));
}

/** The carrier that is bound to that SMSC once, with a window of 100. */
export async function openSmsc(gateway: BenchGateway, port: number): Promise<void> {
  const settings = { host: "127.0.0.1", port, systemId: "bench", window: WINDOW };
  const secrets = { password: "bench" };
  await gateway.operator("PUT", "/admin/v1/carriers/smpp", { kind: "smpp", settings, secrets });
}

/**
 * Texts a second that the carrier's own bind hands over with that window, its book in SQLite, without the gateway around it: what the
 * loop is to be compared with, which has neither.
 */
export async function ownBind(port: number, count: number): Promise<number> {
  const db = new DatabaseSync(":memory:");
  // The platform keeps statements that it has read before, too.
  const known = new Map<string, StatementSync>();
  const sql = {
    exec(query: string, ...given: (string | number | null)[]) {
      const statement = known.get(query) ?? db.prepare(query);
      known.set(query, statement);
      const rows = statement.all(...given);
      return { toArray: () => rows, one: () => rows[0] };
    },
  } as unknown as SqlStorage;
  const bind = new Bind({
    book: handOvers(sql),
    port: { settle: async () => {} },
    hearText: async () => {},
    wall: Date.now,
    now: Date.now,
    newId: () => "bench",
    random: () => 0.5,
    after(milliseconds, run) {
      const timer = setTimeout(run, milliseconds);
      return () => clearTimeout(timer);
    },
    elsewhere: async () => false,
    open: opened,
    log: () => {},
  });
  const settings = SETTINGS.parse({ host: "127.0.0.1", port, systemId: "bench", window: WINDOW });
  await bind.configure({ ...settings, password: "bench", carrier: "bench" });
  await bind.connect();
  const texts = Array.from({ length: count }, (_, n) => ({
    id: `msg_${n}` as const,
    ...{ sender: "Bench", recipient: "+4798079008", text: TEXT.toString(), encoding: "gsm7" as const },
    validitySeconds: 3_600,
  }));
  const from = performance.now();
  // As the queue hands them over: a hundred in a call, and a few calls at once.
  let begun = 0;
  const more = async () => {
    while (begun < count) {
      const some = texts.slice(begun, begun + 100);
      begun += some.length;
      const results = await bind.submit(some, Date.now() + 20_000);
      if (results.some(({ outcome }) => outcome !== "taken")) throw new Error("the SMSC did not take a text");
    }
  };
  await Promise.all([more(), more(), more()]);
  const perSecond = (count / (performance.now() - from)) * 1000;
  await bind.configure(undefined);
  return perSecond;
}

/** A connection whose writes of one turn go out together. */
async function opened(
  { host, port }: { host: string; port: number },
  hear: (octets: Uint8Array) => void,
  ended: (why: string) => void,
): Promise<{ send(octets: Uint8Array): void; close(): void }> {
  const socket = connect(port, host);
  socket.setNoDelay(true);
  await once(socket, "connect");
  socket.on("data", hear);
  socket.on("error", () => {});
  socket.on("close", () => ended("it was closed"));
  const waiting: Uint8Array[] = [];
  return {
    send(octets) {
      if (waiting.push(octets) > 1) return;
      queueMicrotask(() => socket.write(Buffer.concat(waiting.splice(0))));
    },
    close: () => socket.destroy(),
  };
}

type Session = {
  on(event: string, hear: (given: never) => void): void;
  destroy(): void;
} & Record<
  "bind_transceiver" | "submit_sm",
  (options: object, answered: (answer: { command_status: number }) => void) => void
>;

/** Texts a second that a bare loop of the npm package submits over one bind with that window. */
export async function bareLoop(port: number, count: number): Promise<number> {
  const smpp = createRequire(import.meta.url)("smpp") as { connect(options: { url: string }): Session };
  const session = smpp.connect({ url: `smpp://127.0.0.1:${port}` });
  session.on("error", () => {});
  await new Promise<void>((bound) =>
    session.bind_transceiver({ system_id: "bench", password: "bench" }, () => bound()),
  );
  const from = performance.now();
  let [left, open] = [count, 0];
  await new Promise<void>((done) => {
    const more = () => {
      while (left > 0 && open < WINDOW) {
        left -= 1;
        open += 1;
        const submit = {
          source_addr: "Bench",
          destination_addr: "4798079008",
          short_message: TEXT,
          registered_delivery: 1,
        };
        session.submit_sm(submit, () => {
          open -= 1;
          if (left === 0 && open === 0) done();
          else more();
        });
      }
    };
    more();
  });
  const perSecond = (count / (performance.now() - from)) * 1000;
  session.destroy();
  return perSecond;
}

export type Bound = {
  /**
   * Submits texts, with so many waiting for their answers at most.
   * @param perSecond so many are begun in a second; absent: as many as the window lets
   * @returns how many were taken a second, and how long each waited, milliseconds, sorted
   */
  submit(seconds: number, perSecond?: number): Promise<{ perSecond: number; latencies: Float64Array }>;
  stop(): Promise<void>;
};

/** A customer who is bound, through the bridge. Its texts wait for their time, so that taking them is all that is measured. */
export async function openBound(gateway: BenchGateway): Promise<Bound> {
  await gateway.operator("PATCH", "/admin/v1/accounts/bench", {
    settings: { smpp: { window: WINDOW, perSecond: 10_000 } },
  });
  const credential = { dialect: "cm", kind: "smpp", name: "bench", secret: "password" };
  await gateway.operator("POST", "/admin/v1/accounts/bench/credentials", credential);
  const options = { host: "127.0.0.1", port: 0, gateways: [gateway.url], token: BRIDGE_TOKEN, say: () => {} };
  const bridge = await startBridge(options);
  const socket = connect(bridge.port, "127.0.0.1");
  socket.setNoDelay(true);
  const framer = new Framer();
  let heard: (answer: Pdu) => void = () => {};
  socket.on("data", (octets) => {
    for (const frame of framer.push(octets)) {
      const decoded = decode(frame);
      if (decoded.outcome === "pdu") heard(decoded.pdu);
    }
  });
  await new Promise<void>((bound, refused) => {
    heard = ({ status }) => (status === 0 ? bound() : refused(new Error(`the bind is answered with ${status}`)));
    socket.write(encode(pdu("bind_transmitter", { sequence: 1, body: { systemId: "bench", password: "password" } })));
  });
  const body = { source: "Bench", sourceTon: 5, destination: "4798079008", shortMessage: TEXT };
  const template = Buffer.from(
    encode(pdu("submit_sm", { body: { ...body, scheduleDeliveryTime: "000000000155000R" } })),
  );
  let sequence = 1;
  return {
    async submit(seconds, perSecond) {
      const begun = new Map<number, number>();
      const latencies: number[] = [];
      const from = performance.now();
      const until = from + seconds * 1000;
      let sent = 0;
      await new Promise<void>((done, failed) => {
        const more = () => {
          const now = performance.now();
          const due = perSecond === undefined ? Number.POSITIVE_INFINITY : ((now - from) / 1000) * perSecond;
          const frames: Buffer[] = [];
          while (now < until && begun.size < WINDOW && sent < due) {
            const frame = Buffer.from(template);
            frame.writeUInt32BE(++sequence, 12);
            frames.push(frame);
            begun.set(sequence, now);
            sent += 1;
          }
          if (frames.length > 0) socket.write(Buffer.concat(frames));
          if (now >= until && begun.size === 0) done();
          else if (perSecond !== undefined) setTimeout(more, 1);
        };
        heard = (answer) => {
          const since = begun.get(answer.sequence);
          if (since === undefined) return;
          if (answer.status !== 0) failed(new Error(`a submit is answered with ${answer.status}`));
          latencies.push(performance.now() - since);
          begun.delete(answer.sequence);
          if (perSecond === undefined) more();
        };
        more();
      });
      const took = (performance.now() - from) / 1000;
      return { perSecond: latencies.length / took, latencies: Float64Array.from(latencies).sort() };
    },
    async stop() {
      socket.destroy();
      await bridge.drain();
    },
  };
}
