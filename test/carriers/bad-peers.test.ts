/** Providers that answer what nobody asked for, and callers who tell what is not so: nothing is lost, sent twice, or believed. */

import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createServer as createPlain, type RequestListener, type Server } from "node:http";
import { createServer as createSecure } from "node:https";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { TestAccount } from "../support/gateway.ts";
import { useReceiver } from "../support/receiver.ts";
import { type CarrierAnswer, useReachableGateway } from "../support/relay.ts";

const DESCRIPTION = {
  send: {
    path: "/send",
    headers: { "x-key": "{{secret.key}}" },
    json: { ref: "{{id}}", to: "{{to}}", text: "{{text}}" },
  },
  answers: [{ status: 201, means: "taken" }],
  receipts: {
    id: "/ref",
    reference: "/id",
    status: { at: "/status", words: { delivered: "delivered", failed: "failed" } },
  },
};

describe("a carrier's provider", () => {
  const gateway = useReachableGateway();
  const elsewhere = useReceiver();
  let account: TestAccount;
  let server: Server | undefined;
  let calls = 0;
  let folder = "";

  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), "stafett-peer-"));
  });
  afterAll(() => rmSync(folder, { recursive: true }));
  beforeEach(async () => {
    account = await gateway.account();
    calls = 0;
    elsewhere.received.length = 0;
  });
  afterEach(() => {
    server?.close();
    server?.closeAllConnections();
  });

  const put = (baseUrl: string) =>
    gateway.operator<CarrierAnswer>("PUT", `/admin/v1/carriers/peer-of-${account.id}`, {
      ...{ kind: "http", settings: { baseUrl, ...DESCRIPTION }, secrets: { key: "hush" } },
    });
  const route = (carriers: readonly string[]) =>
    gateway.operator("PUT", `/admin/v1/routes/of-${account.id}`, {
      ...{ account: account.id, kind: "message", prefix: "", carriers },
    });
  /** Serves by this; the carrier's texts go there, and nowhere else. Answers where it reports. */
  const peer = async (
    answer: RequestListener,
    made: (listener: RequestListener) => Server = createPlain,
    scheme = "http",
  ) => {
    server = made((request, response) => {
      if (request.method === "POST") calls++;
      answer(request, response);
    });
    const { port } = await listening(server);
    const { doors } = await put(`${scheme}://127.0.0.1:${port}`);
    await route([`peer-of-${account.id}`]);
    return doors?.receipts ?? "";
  };
  const once = { deliveryMode: "AtMostOnce" };
  const isUnknown = async () => {
    const id = await gateway.send(account, once);
    await expect.poll(() => gateway.message(account, id), { timeout: 15_000 }).toMatchObject({ state: "unknown" });
    await gateway.advance(120);
    expect(await gateway.message(account, id)).toMatchObject({ state: "unknown" });
    return id;
  };

  it("that sends us elsewhere is not followed there, with the text and its secret", async () => {
    await peer((_, response) => response.writeHead(307, { location: `${elsewhere.url}/send` }).end());
    await isUnknown();
    expect(calls).toBe(1);
    expect(elsewhere.received).toEqual([]);
  });

  it("that answers a hundred megabytes is heard no further than an answer can be", async () => {
    const block = "x".repeat(1024 * 1024);
    let written = 0;
    await peer((_, response) => {
      response.writeHead(200, { "content-type": "application/json" });
      const more = () => {
        while (written < 100 && !response.destroyed) {
          written++;
          if (!response.write(block)) return void response.once("drain", more);
        }
        response.end();
      };
      more();
    });
    await isUnknown();
    expect(written).toBeLessThan(50);
    expect(calls).toBe(1);
  });

  it("whose answer never ends is heard in its first line, and left", async () => {
    await peer((_, response) => {
      response.writeHead(500);
      const timer = setInterval(() => response.write("again and again "), 10);
      response.on("close", () => clearInterval(timer));
    });
    await isUnknown();
    expect(calls).toBe(1);
  });

  it("whose certificate nobody vouches for gets no text and no secret; that it got none is not taken for granted", async () => {
    const [key, cert] = [join(folder, "key.pem"), join(folder, "cert.pem")];
    const wanted = ["-x509", "-newkey", "rsa:2048", "-nodes", "-days", "1", "-subj", "/CN=127.0.0.1"];
    execFileSync("openssl", ["req", ...wanted, "-keyout", key, "-out", cert], { stdio: "ignore" });
    const secure = (listener: RequestListener) =>
      createSecure({ key: readFileSync(key), cert: readFileSync(cert) }, listener);
    await peer((_, response) => response.writeHead(201).end(), secure, "https");
    await isUnknown();
    expect(calls).toBe(0);
  });

  describe("tells", () => {
    const tell = async (door: string, json: object) => (await gateway.fetch(new URL(door).pathname, { json })).status;

    it("of texts that are not there, and of no text at all: it is heard, and that is all", async () => {
      const door = await peer((_, response) => response.writeHead(201).end());
      const unknown = { ref: `msg_${"0".repeat(25)}`, status: "delivered" };
      for (const json of [unknown, {}, { ref: "txn_1", status: "delivered" }, { ref: 7, status: {} }, []]) {
        expect(await tell(door, json)).toBe(200);
      }
      expect(gateway.log.filter((line) => line.includes("request.failed"))).toEqual([]);
    });

    it("of a text that another carrier has: it is not believed", async () => {
      const door = await peer((_, response) => response.writeHead(201).end());
      await route(["simulator"]);
      await gateway.faults({ loseReceipt: true, times: 1 });
      const id = await gateway.send(account);
      await expect.poll(() => gateway.message(account, id)).toMatchObject({ state: "sent", carrier: "simulator" });
      const { id: ref } = await gateway.message(account, id);
      for (const status of ["delivered", "failed"]) expect(await tell(door, { ref, status })).toBe(200);
      expect(await gateway.message(account, id)).toMatchObject({ state: "sent", carrier: "simulator" });
    });

    it("in a flood, the same and its contrary: the first counts, once, and its customer is called once", async () => {
      const door = await peer((_, response) => response.writeHead(201).end());
      const id = await gateway.send(account, { deliveryReportUrl: `${elsewhere.url}/report` });
      await expect.poll(() => gateway.message(account, id)).toMatchObject({ state: "sent" });
      const { id: ref } = await gateway.message(account, id);
      expect(await tell(door, { ref, status: "delivered", id: "1" })).toBe(200);
      const flood = Array.from({ length: 300 }, (_, n) => tell(door, { ref, status: n % 2 ? "failed" : "delivered" }));
      expect(new Set(await Promise.all(flood))).toEqual(new Set([200]));
      expect(await gateway.message(account, id)).toMatchObject({ state: "delivered", reference: "1" });
      await gateway.advance(60);
      expect(elsewhere.received).toHaveLength(1);
      expect(await gateway.webhooks(account)).toHaveLength(1);
    });
  });
});

async function listening(server: Server): Promise<AddressInfo> {
  await new Promise<void>((ready) => server.listen(0, "127.0.0.1", ready));
  return server.address() as AddressInfo;
}
