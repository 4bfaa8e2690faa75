/** Connections that the platform hands to the Worker: through its connect() handler to the sessions of whoever binds. */

import { describe, expect, it } from "vitest";
import { newKey, newSigningKey } from "../../scripts/local-settings.ts";
import { HUNG_UP } from "../../src/doors/smpp/brought.ts";
import { type Stream, takeStream } from "../../src/doors/smpp/stream.ts";
import type { Env } from "../../src/env.ts";
import { STATUS } from "../../src/smpp/fields.ts";
import { Framer } from "../../src/smpp/frames.ts";
import { decode, encode, type Pdu, pdu, respond } from "../../src/smpp/pdu.ts";

type Hear = (event: { data: ArrayBuffer }) => void;

/** A stream, and the sessions behind it, which answer each bind. */
function connection(settings: Record<string, string> = { SMPP_BRIDGE_TOKEN: "a-token-of-the-bridge" }) {
  const inward = new TransformStream<Uint8Array, Uint8Array>();
  const said: Pdu[] = [];
  const asked: { name: string; headers: Record<string, string> }[] = [];
  const heard: Uint8Array[] = [];
  const listeners = new Map<string, Hear>();
  let closed: number | undefined;
  const upstream = {
    accept: () => {},
    send(octets: Uint8Array) {
      const frames = new Framer().push(octets);
      heard.push(...frames);
      const decoded = frames[0] && decode(frames[0]);
      if (decoded?.outcome !== "pdu" || decoded.pdu.command !== "bind_transceiver") return;
      const answer = encode(respond(decoded.pdu, STATUS.ok, { body: { systemId: "Stafett" } }));
      listeners.get("message")?.({ data: answer.slice().buffer as ArrayBuffer });
    },
    close: (code: number) => {
      closed = code;
    },
    addEventListener: (name: string, hear: Hear) => void listeners.set(name, hear),
  };
  const env = {
    SIGNING_KEY: newSigningKey(),
    SECRETS_KEY: newKey(),
    SANDBOX: "on",
    ...settings,
    SMPP: {
      idFromName: (name: string) => name,
      get: (name: string) => ({
        fetch: async (_: string, { headers }: { headers: Record<string, string> }) => {
          asked.push({ name, headers });
          return { webSocket: upstream };
        },
      }),
    },
  } as unknown as Env;
  const outward = new WritableStream<Uint8Array>({
    write(octets) {
      const decoded = decode(octets);
      if (decoded.outcome === "pdu") said.push(decoded.pdu);
    },
  });
  const stream = {
    readable: inward.readable,
    writable: outward,
    opened: Promise.resolve({ remoteAddress: "[2001:db8::7]:1234" }),
    close: async () => {},
  } as unknown as Stream;
  const writer = inward.writable.getWriter();
  const over = takeStream(stream, env);
  return {
    over,
    said,
    asked,
    heard,
    closed: () => closed,
    send: (...pdus: Pdu[]) => writer.write(Buffer.concat(pdus.map(encode))),
    end: () => writer.close(),
    cut: () => writer.abort(new Error("the connection was reset")),
  };
}

const bind = pdu("bind_transceiver", { sequence: 1, body: { systemId: "acme", password: "x" } }) as Pdu;

describe("a connection that the platform hands over", () => {
  it("goes to the sessions of whoever binds, with its address; their answers go back", async () => {
    const { over, said, asked, heard, closed, send, end } = connection();
    await send(bind, pdu("enquire_link", { sequence: 2 }) as Pdu);
    await expect.poll(() => said.map(({ command }) => command)).toEqual(["bind_transceiver_resp"]);
    await send(pdu("enquire_link", { sequence: 3 }) as Pdu);
    await expect.poll(() => heard.length).toBe(3);
    await end();
    await over;
    expect(asked.map(({ name, headers }) => [name, headers["x-smpp-address"]])).toEqual([["acme", "2001:db8::7"]]);
    expect(closed()).toBe(HUNG_UP);
  });

  it("that breaks is not told to the sessions as one that its program closed", async () => {
    const { over, said, closed, send, cut } = connection();
    await send(bind);
    await expect.poll(() => said.length).toBe(1);
    await cut();
    await over;
    expect(closed()).toBe(1_000);
  });

  it("is answered before the bind as everywhere", async () => {
    const { over, said, send, end } = connection();
    await send(pdu("submit_sm", { sequence: 9 }) as Pdu);
    await expect.poll(() => said.map(({ status }) => status)).toEqual([STATUS.bindState]);
    await end();
    await over;
  });

  it("is closed where no customer can bind", async () => {
    const { over, asked } = connection({});
    await over;
    expect(asked).toEqual([]);
  });
});
