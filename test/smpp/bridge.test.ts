/** The bridge, in front of a gateway that does not answer. */

import { createHash } from "node:crypto";
import { once } from "node:events";
import { createServer as createHttpServer } from "node:http";
import { type AddressInfo, createServer } from "node:net";
import { afterAll, beforeAll, expect, it } from "vitest";
import { startBridge } from "../../scripts/smpp/bridge.ts";
import { HUNG_UP } from "../../src/doors/smpp/brought.ts";
import { encode, pdu } from "../../src/smpp/pdu.ts";
import { Esme } from "../support/esme.ts";

/** More than all buffers of a connection hold. Octets. */
const MUCH = 64 * 1_024 * 1_024;

const silent = createServer(() => {});
beforeAll(async () => {
  await once(silent.listen(0, "127.0.0.1"), "listening");
});
afterAll(() => void silent.close());

it("reads no more of a connection whose bind is not answered", async () => {
  const gateway = `http://127.0.0.1:${(silent.address() as AddressInfo).port}`;
  const bridge = await startBridge({
    host: "127.0.0.1",
    port: 0,
    gateways: [gateway],
    token: "a-token-of-the-bridge",
    say: () => {},
  });
  const esme = await Esme.open(bridge.port);
  esme.send(pdu("bind_transceiver", { sequence: 1, body: { systemId: "acme", password: "x" } }));
  const link = encode(pdu("enquire_link"));
  const links = Buffer.concat(Array.from({ length: 65_536 / link.length }, () => link));
  let taken = 0;
  const flood = async () => {
    while (taken < MUCH) {
      if (!esme.socket.write(links)) await once(esme.socket, "drain");
      taken += links.length;
    }
  };
  // It is closed, and may break, when it has had its time to bind.
  await Promise.race([flood().catch(() => {}), esme.closed.catch(() => {})]);
  expect(taken).toBeLessThan(MUCH / 2);
  await bridge.drain();
});

/** A gateway that takes the bridge's WebSocket, answers once, and hears with which code it is closed: RFC 6455, clause 5.2. */
async function listening() {
  const codes: number[] = [];
  const server = createHttpServer();
  server.on("upgrade", ({ headers }, socket) => {
    const key = `${headers["sec-websocket-key"]}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`;
    const accept = createHash("sha1").update(key).digest("base64");
    socket.write(
      `HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${accept}\r\n\r\n`,
    );
    const answer = encode(pdu("bind_transmitter_resp", { sequence: 1 }));
    socket.write(Buffer.from([0x82, answer.length, ...answer]));
    socket.on("error", () => {});
    socket.on("data", (octets) => {
      // Frames of a client have a mask of four octets behind their length.
      for (let at = 0; at < octets.length; at += 6 + (octets[at + 1] & 0x7f)) {
        if (octets[at] === 0x88) codes.push((octets.readUInt16BE(at + 6) ^ octets.readUInt16BE(at + 2)) & 0xffff);
      }
    });
  });
  await once(server.listen(0, "127.0.0.1"), "listening");
  return { codes, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, stop: () => server.close() };
}

it.each([
  { name: "closed its connection", code: HUNG_UP, end: (esme: Esme) => esme.socket.end() },
  { name: "reset its connection", code: 1_000, end: (esme: Esme) => esme.socket.resetAndDestroy() },
])("says that a program $name", async ({ code, end }) => {
  const { codes, url, stop } = await listening();
  const bridge = await startBridge({ host: "127.0.0.1", port: 0, gateways: [url], token: "a-token", say: () => {} });
  const esme = await Esme.open(bridge.port);
  esme.socket.on("error", () => {});
  esme.send(pdu("bind_transmitter", { sequence: 1, body: { systemId: "acme", password: "x" } }));
  await once(esme.socket, "data");
  end(esme);
  await expect.poll(() => codes).toEqual([code]);
  await bridge.drain();
  stop();
});
