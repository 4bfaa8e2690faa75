import { createHash } from "node:crypto";
import { describe, expect, it } from "vitest";
import { bodyHash, canonicalText, urlCandidates } from "../../../src/dialects/target365/canonical.ts";

const bytes = (text: string) => new TextEncoder().encode(text);

describe("the text that is signed", () => {
  it("is method, URL, timestamp, nonce and the body's hash, with nothing between them", async () => {
    const hash = createHash("sha256").update('{"a":1}').digest("base64");
    expect(
      canonicalText("POST", "https://sms.test/api/out-messages", "1700000000", "n-1", await bodyHash(bytes('{"a":1}'))),
    ).toBe(`posthttps://sms.test/api/out-messages1700000000n-1${hash}`);
  });

  it("ends with the nonce where there is no body", async () => {
    expect(canonicalText("GET", "https://sms.test/api/ping", "17", "n", await bodyHash(new Uint8Array()))).toBe(
      "gethttps://sms.test/api/ping17n",
    );
  });

  it("hashes the bytes as they came, not what they mean", async () => {
    expect(await bodyHash(bytes('{"a":1}'))).not.toBe(await bodyHash(bytes('{"a": 1}')));
  });
});

/** What SDKs sign where it is not what goes over the wire. Seen by running each against a stub. */
describe("the URLs a client may have signed", () => {
  const BASE = "https://sms.test";
  const cases = [
    {
      name: "the one that was called",
      target: "/api/out-messages/ab-1",
      signed: "https://sms.test/api/out-messages/ab-1",
    },
    { name: "it, lower-cased", target: "/api/Out-Messages/AB", signed: "https://sms.test/api/out-messages/ab" },
    {
      name: "escapes in upper-case hex",
      target: "/api/lookup?msisdn=%2B47",
      signed: "https://sms.test/api/lookup?msisdn=%2b47",
    },
    { name: "a space written as +", target: "/api/keywords?tag=a+b", signed: "https://sms.test/api/keywords?tag=a+b" },
    {
      name: "an apostrophe that went out as %27 (Node)",
      target: "/api/k?t=it%27s%20%2B",
      signed: "https://sms.test/api/k?t=it's%20%2b",
    },
    {
      name: "a path before it was escaped (PHP, Python)",
      target: "/api/out-messages/bl%C3%A5%20b",
      signed: "https://sms.test/api/out-messages/blå b",
    },
    {
      name: "its capitals beyond ASCII lower-cased (Python)",
      target: "/api/out-messages/BL%C3%85",
      signed: "https://sms.test/api/out-messages/blå",
    },
    {
      name: "its capitals beyond ASCII left alone (PHP)",
      target: "/api/out-messages/BL%C3%85",
      signed: "https://sms.test/api/out-messages/blÅ",
    },
    {
      name: "a + that stays a + when escapes are undone",
      target: "/api/k?t=a+b%26c",
      signed: "https://sms.test/api/k?t=a+b&c",
    },
    {
      name: "https with its port, which no Host header shows",
      target: "/api/ping",
      signed: "https://sms.test:443/api/ping",
    },
    { name: "a bare ? at the end", target: "/api/keywords?", signed: "https://sms.test/api/keywords?" },
  ];
  it.each(cases)("include $name", ({ target, signed }) => {
    expect(urlCandidates([BASE], target)).toContain(signed);
  });

  const bases = [
    { name: "http with its port", base: "http://sms.test", signed: "http://sms.test:80/api/ping" },
    { name: "a port of its own", base: "https://sms.test:8443", signed: "https://sms.test:8443/api/ping" },
    { name: "a prefix", base: "https://sms.test/Gateway", signed: "https://sms.test/gateway/api/ping" },
    { name: "a prefix behind the port", base: "https://sms.test/gw", signed: "https://sms.test:443/gw/api/ping" },
  ];
  it.each(bases)("include $name of the base", ({ base, signed }) => {
    expect(urlCandidates([base], "/api/ping")).toContain(signed);
  });

  it("begin with the one that was called, on the first base", () => {
    const [first] = urlCandidates(["https://One.test", "https://two.test"], "/api/A%27b");
    expect(first).toBe("https://one.test/api/a%27b");
  });

  it("are on every base", () => {
    const candidates = urlCandidates(["https://one.test", "https://two.test"], "/api/ping");
    expect(candidates).toEqual(expect.arrayContaining(["https://one.test/api/ping", "https://two.test/api/ping"]));
  });

  it("are on no other port or host", () => {
    const candidates = urlCandidates(["https://sms.test:8443"], "/api/ping");
    expect(candidates).toEqual(["https://sms.test:8443/api/ping"]);
  });

  it("leave out the undone escapes where these are not UTF-8", () => {
    expect(urlCandidates([BASE], "/api/out-messages/%E6")).toEqual([
      "https://sms.test/api/out-messages/%e6",
      "https://sms.test:443/api/out-messages/%e6",
    ]);
  });
});
