/** The bridge, in front of a gateway that does not answer. */

import { once } from "node:events";
import { type AddressInfo, createServer } from "node:net";
import { afterAll, beforeAll, expect, it } from "vitest";
import { startBridge } from "../../scripts/smpp/bridge.ts";
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
