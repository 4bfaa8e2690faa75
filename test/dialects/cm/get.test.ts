/** A message in a query: the ways that scripts and devices write it, and what the handset then shows. */

import { beforeAll, describe, expect, it } from "vitest";
import { readQuery, toMsg } from "../../../src/dialects/cm/get.ts";
import { useGateway } from "../../support/gateway.ts";
import { ask, postXml } from "./ashx.ts";
import { newGsm, openTokenAccount, type TokenAccount } from "./support.ts";

const gateway = useGateway();
let account: TokenAccount;
beforeAll(async () => {
  account = await openTokenAccount(gateway);
});

const taken = { status: 200, text: "", type: null };
const shown = (gsm: string) => gateway.handset(gsm.replace("00", "+"), { wait: 20 });

/** A query as it is written, with nothing escaped that is not. */
const written = (to: string, body: string, { from = "Shop", more = "" } = {}) =>
  `producttoken=${account.token}&body=${body}&to=${to}&from=${from}${more}`;

describe("a message by GET", () => {
  it("is taken with an empty answer, and arrives", async () => {
    const to = newGsm();
    const answer = await gateway.fetch(`/gateway.ashx?${written(to, "Your+parcel", { more: "&reference=order_7" })}`);
    expect(answer.status).toBe(200);
    expect(answer.headers.get("content-length")).toBe("0");
    expect(answer.headers.get("cache-control")).toBe("no-store");
    expect((await answer.arrayBuffer()).byteLength).toBe(0);
    expect(await shown(to)).toMatchObject([{ from: "Shop", text: "Your parcel", parts: 1, encoding: "gsm7" }]);
  });

  const texts = [
    { name: "with + and %20 for spaces", body: "one+two%20three", is: "one two three" },
    { name: "with what is beyond ASCII", body: "%C3%A6+%E2%82%AC5", is: "æ €5" },
    { name: "with letters that nobody escaped", body: "æøå", is: "æøå" },
    { name: "with an escaped + and &", body: "1%2B1%26", is: "1+1&" },
    { name: "with a sign that nobody escaped", body: "100% off, 5%", is: "100% off, 5%" },
    { name: "with an address that nobody escaped", body: "See http://a.example/?x=1", is: "See http://a.example/?x=1" },
    { name: "with space around it, which stays", body: "%20hi%20", is: " hi " },
    { name: "with lines", body: "one%0Atwo", is: "one\ntwo" },
    { name: "that looks like XML", body: "%3CTO%3E%26amp;", is: "<TO>&amp;" },
    { name: "that fills a message", body: "x".repeat(160), is: "x".repeat(160) },
    { name: "that fills a message with signs that count twice", body: "%E2%82%AC".repeat(80), is: "€".repeat(80) },
  ];
  it.each(texts)("may have a text $name", async ({ body, is }) => {
    const to = newGsm();
    expect(await ask(gateway, written(to, body))).toEqual(taken);
    expect(await shown(to)).toMatchObject([{ text: is, parts: 1 }]);
  });

  const numbers = [
    { name: "with +, escaped", of: (gsm: string) => gsm.replace("00", "%2B") },
    { name: "with a + that nobody escaped", of: (gsm: string) => gsm.replace("00", "+") },
    { name: "without anything before it", of: (gsm: string) => gsm.replace("00", "") },
    { name: "with space around it", of: (gsm: string) => `%20${gsm}%0A` },
  ];
  it.each(numbers)("may name its number $name", async ({ of }) => {
    const to = newGsm();
    expect(await ask(gateway, written(of(to), "Hi", { from: "+Shop%0D%0A" }))).toEqual(taken);
    expect(await shown(to)).toMatchObject([{ from: "Shop" }]);
  });

  it("may write its parameters in any case, and its token in capitals with space around", async () => {
    const to = newGsm();
    const query = `PRODUCTTOKEN=%20${account.token.toUpperCase()}%20&Body=Hi&TO=${to}&From=Shop&nobody=knows`;
    expect(await ask(gateway, query)).toEqual(taken);
    expect(await shown(to)).toHaveLength(1);
  });

  it.each(["/cm/gateway.ashx", "/smssgateway/cm/gateway.ashx", "/Gateway.ashx", "/gateway.ashx/"])(
    "may be sent to %s",
    async (path) => {
      const to = newGsm();
      expect(await ask(gateway, written(to, "Hi"), path)).toEqual(taken);
      expect(await shown(to)).toHaveLength(1);
    },
  );

  it("is not read by POST: what counts there is the body", async () => {
    const to = newGsm();
    const answer = await postXml(gateway, "", { path: `/gateway.ashx?${written(to, "Hi")}` });
    expect(answer.text).toBe("Error: ERROR Unknown error");
    await gateway.advance(1);
    expect(await gateway.handset(to.replace("00", "+"))).toEqual([]);
  });
});

describe("a query", () => {
  it("gives all values of a parameter that is there more than once, so that two recipients are none", () => {
    expect(readQuery("?to=1&TO=2&a=%2B&b")).toEqual({ to: "1,2", a: "+", b: "" });
    expect(readQuery("")).toEqual({});
  });

  it("may name a parameter like something that every object has", () => {
    expect(toMsg(readQuery("?__proto__=1&constructor=2&from=a&to=b&body=c"))).toEqual({
      from: "a",
      to: ["b"],
      body: { content: "c" },
    });
  });

  it.each(["?body=%E9", "?%FF=1", "?body=%ED%A0%80", "?body=%C3"])("is refused where %s is not UTF-8", (search) => {
    expect(() => readQuery(search)).toThrow(expect.objectContaining({ refusal: "bad-request" }));
  });

  it("hands its reference back as it is", () => {
    expect(toMsg({ from: "a", to: "b", body: "c", reference: " r-1 ", appkey: " k " })).toMatchObject({
      reference: " r-1 ",
      appKey: "k",
    });
  });
});
