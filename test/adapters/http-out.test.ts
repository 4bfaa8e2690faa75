/** Where the gateway does not go, in whatever notation it is told to. */

import { afterEach, describe, expect, it, vi } from "vitest";
import { makeHttp, whyPrivate } from "../../src/adapters/http-out.ts";

const notPublic = (what: string) => new RegExp(`is not a public ${what}`);
const ADDRESS = notPublic("address");
const NAME = notPublic("name");

const refused = [
  { url: "http://127.0.0.1/", why: ADDRESS },
  { url: "http://127.9.9.9:8080/hook", why: ADDRESS },
  { url: "http://2130706433/", why: ADDRESS },
  { url: "http://0x7f000001/", why: ADDRESS },
  { url: "http://0x7f.1/", why: ADDRESS },
  { url: "http://0177.0.0.1/", why: ADDRESS },
  { url: "http://127.1/", why: ADDRESS },
  { url: "http://１２７.0.0.1/", why: ADDRESS },
  { url: "http://0.0.0.0/", why: ADDRESS },
  { url: "http://10.0.0.1/", why: ADDRESS },
  { url: "http://172.16.0.1/", why: ADDRESS },
  { url: "http://172.31.255.255/", why: ADDRESS },
  { url: "http://192.168.1.1/", why: ADDRESS },
  { url: "http://100.64.0.1/", why: ADDRESS },
  { url: "http://169.254.169.254/latest/meta-data", why: ADDRESS },
  { url: "http://2852039166/", why: ADDRESS },
  { url: "http://168.63.129.16/machine", why: /host of a cloud's machines/ },
  { url: `http://localhost${".".repeat(1_000)}/`, why: NAME },
  { url: "http://198.18.0.1/", why: ADDRESS },
  { url: "http://224.0.0.1/", why: ADDRESS },
  { url: "http://255.255.255.255/", why: ADDRESS },
  { url: "http://[::1]/", why: ADDRESS },
  { url: "http://[0:0:0:0:0:0:0:1]/", why: ADDRESS },
  { url: "http://[::]/", why: ADDRESS },
  { url: "http://[::ffff:127.0.0.1]/", why: ADDRESS },
  { url: "http://[::ffff:a9fe:a9fe]/", why: ADDRESS },
  { url: "http://[::127.0.0.1]/", why: ADDRESS },
  { url: "http://[64:ff9b::7f00:1]/", why: ADDRESS },
  { url: "http://[2002:7f00:1::]/", why: ADDRESS },
  { url: "http://[fc00::1]/", why: ADDRESS },
  { url: "http://[fd12:3456::1]/", why: ADDRESS },
  { url: "http://[fe80::1]/", why: ADDRESS },
  { url: "http://[fec0::1]/", why: ADDRESS },
  { url: "http://[ff02::1]/", why: ADDRESS },
  { url: "http://localhost/", why: NAME },
  { url: "http://LOCALHOST:8787/", why: NAME },
  { url: "http://localhost./", why: NAME },
  { url: "http://localhost../", why: NAME },
  { url: "http://shop.localhost/", why: NAME },
  { url: "http://printer.local/", why: NAME },
  { url: "http://metadata.google.internal/", why: NAME },
  { url: "http://metadata.google.internal./", why: NAME },
  { url: "http://router.lan/", why: NAME },
  { url: "http://nas.home.arpa/", why: NAME },
  { url: "http://intranet/", why: NAME },
  { url: "https://user:pass@shop.example.com/", why: /user or password/ },
  { url: "https://user@shop.example.com/", why: /user or password/ },
  { url: "ftp://shop.example.com/", why: /not an http/ },
  { url: "file:///etc/passwd", why: /not an http/ },
  { url: "//shop.example.com/", why: /not an http/ },
  { url: "", why: /not an http/ },
];

const allowed = [
  "https://shop.example.com/hook?order=1",
  "http://shop.example.com:8080/",
  "https://shop.example.com./",
  "https://localhost.example.com/",
  "https://internal.example.com/",
  "https://xn--blbr-roah.no/",
  "http://8.8.8.8/",
  "http://134744072/",
  "http://172.32.0.1/",
  "http://100.63.0.1/",
  "http://[2606:4700:4700::1111]/",
  "http://[::ffff:8.8.8.8]/",
];

describe("the way out", () => {
  it.each(refused)("does not lead to $url, and says why", ({ url, why }) => {
    expect(whyPrivate(url)).toMatch(why);
  });

  it.each(allowed)("leads to %s", (url) => {
    expect(whyPrivate(url)).toBeUndefined();
  });
});

describe("an answer", () => {
  afterEach(() => vi.unstubAllGlobals());

  const answered = async (body: BodyInit | null, headers: Record<string, string> = {}) => {
    vi.stubGlobal("fetch", async () => new Response(body, { status: 200, headers }));
    const http = makeHttp({ allowPrivate: true, wall: () => 0 });
    return http.send({ method: "POST", url: "http://127.0.0.1/", headers: {} });
  };

  it("that says that it has no body is taken at its word, though its connection breaks", async () => {
    const broken = new ReadableStream({ cancel: () => Promise.reject(new Error("it broke")) });
    const answer = await answered(broken, { "content-length": "0" });
    expect(answer).toMatchObject({ outcome: "answered", status: 200, body: "" });
    expect(answer).not.toHaveProperty("isCut");
  });

  it("is read to its end, with or without a length", async () => {
    for (const headers of [{ "content-length": "2" }, {}]) {
      expect(await answered("ok", headers)).toMatchObject({ outcome: "answered", body: "ok" });
    }
  });
});
