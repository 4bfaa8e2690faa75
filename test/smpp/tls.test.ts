/** TLS of the bridge: what is wrong with a certificate, and what a customer did wrong, in words. */

import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { connect as connectTls } from "node:tls";
import { afterAll, describe, expect, it } from "vitest";
import { startBridge } from "../../scripts/smpp/bridge.ts";
import { certificateIn, handshakeWords } from "../../scripts/smpp/tls.ts";
import { CERTIFICATE, KEY, OTHER_KEY } from "../support/certificate.ts";

const NOW = Date.UTC(2026, 10, 29);

describe("a certificate", () => {
  const folder = mkdtempSync(join(tmpdir(), "stafett-tls-"));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  const file = (name: string, text: string) => {
    const path = join(folder, name);
    writeFileSync(path, text);
    return path;
  };
  const own = { cert: file("cert.pem", CERTIFICATE), key: file("key.pem", KEY) };

  it("is served with its key, by TLS 1.2 or later", () => {
    expect(certificateIn(own, NOW)).toEqual({ cert: CERTIFICATE, key: KEY, minVersion: "TLSv1.2" });
  });

  it.each([
    {
      name: "a file that is not there",
      files: { cert: join(folder, "none.pem") },
      says: /^SMPP_TLS_CERT: .*none.pem: there is no such file$/,
    },
    {
      name: "a file of something else",
      files: { cert: file("text.pem", "hello") },
      says: /^SMPP_TLS_CERT: .*text.pem does not hold a certificate in PEM$/,
    },
    {
      name: "a key that is none",
      files: { key: file("nokey.pem", CERTIFICATE) },
      says: /^SMPP_TLS_KEY: .*nokey.pem does not hold a private key/,
    },
    {
      name: "another's key",
      files: { key: file("other.pem", OTHER_KEY) },
      says: /^SMPP_TLS_KEY: .*other.pem is not the key of the certificate in .*cert.pem$/,
    },
  ])("is refused, and the setting is named: $name", ({ files, says }) => {
    expect(() => certificateIn({ ...own, ...files }, NOW)).toThrow(says);
  });

  it("is refused when its time is over", () => {
    expect(() => certificateIn(own, Date.UTC(2200, 0, 1))).toThrow(/is over since/);
  });
});

describe("a customer's handshake", () => {
  const said: string[] = [];
  // Each network is told of once in a while: each of these tests has a bridge of its own.
  const withBridge = async (meet: (port: number) => Promise<void>, tls = { cert: CERTIFICATE, key: KEY }) => {
    said.splice(0);
    const options = { host: "127.0.0.1", port: 0, gateways: ["http://127.0.0.1:9"], token: "a-token-of-the-bridge" };
    const bridge = await startBridge({
      ...options,
      say: (line) => said.push(line),
      tls: { ...tls, minVersion: "TLSv1.2" },
    });
    await meet(bridge.port);
    await expect.poll(() => said).toHaveLength(1);
    await bridge.drain();
    return said[0];
  };
  const sending = (octets: Uint8Array | string) => async (port: number) => {
    const socket = connect(port, "127.0.0.1");
    socket.on("error", () => {});
    socket.write(octets);
    await once(socket, "close");
  };

  it("is asked for where it speaks plain SMPP", async () => {
    const bind = Uint8Array.of(0, 0, 0, 16, 0, 0, 0, 9, 0, 0, 0, 0, 0, 0, 0, 1);
    expect(await withBridge(sending(bind))).toMatch(/^127\.0\.0\..*: it speaks no TLS/);
  });

  it("is asked for where it speaks HTTP", async () => {
    expect(await withBridge(sending("GET / HTTP/1.1\r\nHost: x\r\n\r\n"))).toMatch(/it speaks HTTP, and not TLS$/);
  });

  it("is refused where its TLS is too old", async () => {
    const says = await withBridge(async (port) => {
      const versions = { minVersion: "TLSv1", maxVersion: "TLSv1.1", ciphers: "DEFAULT@SECLEVEL=0" } as const;
      await once(connectTls({ port, host: "127.0.0.1", rejectUnauthorized: false, ...versions }), "error");
    });
    expect(says).toMatch(/its TLS is older than 1.2$/);
  });

  it.each([
    { code: "ERR_SSL_TLSV1_ALERT_UNKNOWN_CA", says: "it does not know who signed our certificate" },
    { code: "ERR_SSL_SOMETHING_NEW", says: "the handshake of TLS failed: something new" },
  ])("is told of in words: $code", ({ code, says }) => {
    expect(handshakeWords(Object.assign(new Error("something new"), { code }))).toBe(says);
  });
});
