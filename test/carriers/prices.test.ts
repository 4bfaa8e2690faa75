/** Price lists of carriers: brought as CSV, all or nothing, and told where a way or a message is looked at. */

import { beforeAll, describe, expect, it } from "vitest";
import { MOST_PRICES, readPrices } from "../../src/core/operator/prices.ts";
import { ADMIN_TOKEN, newNumber, problemOf, type TestAccount, useGateway } from "../support/gateway.ts";

describe("a price list", () => {
  it("is read with or without headings, however lines end and numbers are written", () => {
    const text = "\uFEFFPrefix,Price,Currency\r\n47,0.0432,EUR\r\n +4741 , 1 , NOK \n,0.000000001,USD\n\n";
    expect(readPrices(text)).toEqual([
      { prefix: "47", nanos: 43_200_000, currency: "EUR" },
      { prefix: "4741", nanos: 1_000_000_000, currency: "NOK" },
      { prefix: "", nanos: 1, currency: "USD" },
    ]);
    expect(readPrices("")).toEqual([]);
  });

  it.each([
    ["47,0.05", "line 1: must be prefix,price,currency, like 47,0.0432,EUR"],
    ["47,0.05,EUR\nNorway,0.05,EUR", "line 2: Norway is no beginning of a number: digits, or empty for all numbers"],
    ["47,0,05,EUR", "line 1: must be prefix,price,currency, like 47,0.0432,EUR"],
    ["47,-1,EUR", "line 1: -1 is no price for one part: like 0.0432, with at most nine decimals"],
    ["47,0.0000000001,EUR", "line 1: 0.0000000001 is no price for one part: like 0.0432, with at most nine decimals"],
    ["47,1,eur", "line 1: eur is no currency: three capital letters, like EUR"],
    ["47,1,EUR\n47,2,EUR", "line 2: there is a price for 47 already"],
    ["47,1,EUR\nprefix,price,currency", "line 2: prefix is no beginning of a number: digits, or empty for all numbers"],
  ])("%j is refused by its line", (text, why) => {
    expect(() => readPrices(text)).toThrow(why);
  });

  it(`has ${MOST_PRICES} lines at most`, () => {
    const lines = Array.from({ length: MOST_PRICES + 1 }, (_, n) => `${n + 100_000},1,EUR`);
    expect(readPrices(lines.slice(1).join("\n"))).toHaveLength(MOST_PRICES);
    expect(() => readPrices(lines.join("\n"))).toThrow(`there are more than ${MOST_PRICES} lines`);
  });
});

describe("the prices of a carrier", () => {
  const gateway = useGateway();
  let account: TestAccount;
  const put = (csv: string, name = "simulator") =>
    gateway.fetch(`/admin/v1/carriers/${name}/prices`, {
      ...{ method: "PUT", body: csv, headers: { "content-type": "text/csv", authorization: `Bearer ${ADMIN_TOKEN}` } },
    });
  const explain = (recipient: string, text?: string) =>
    gateway.operator<{ price?: object; carriers: { name: string; price?: object }[] }>(
      "POST",
      "/admin/v1/routes/explain",
      { account: account.id, recipient, ...(text === undefined ? {} : { text }) },
    );

  beforeAll(async () => {
    account = await gateway.account();
  });

  it("are listed by prefix, page by page, and replaced as a whole", async () => {
    expect(await (await put("47,0.05,EUR\n,0.2,EUR\n46,0.06,EUR")).json()).toEqual({ prices: 3 });
    const path = "/admin/v1/carriers/simulator/prices";
    type List = { items: { prefix: string; nanos: number }[]; next?: string };
    const first = await gateway.operator<List>("GET", `${path}?limit=1`);
    expect(first.items).toEqual([{ prefix: "", nanos: 200_000_000, currency: "EUR" }]);
    const rest = await gateway.operator<List>("GET", `${path}?cursor=${encodeURIComponent(first.next ?? "")}`);
    expect(rest.items.map(({ prefix }) => prefix)).toEqual(["46", "47"]);
    expect(rest.next).toBeUndefined();
    await put("47,0.01,EUR");
    expect((await gateway.operator<List>("GET", path)).items).toHaveLength(1);
    expect(await problemOf(await put("46,1,EUR\nx"))).toMatchObject({ status: 400, field: "line 2" });
    expect((await gateway.operator<List>("GET", path)).items).toMatchObject([{ prefix: "47", nanos: 10_000_000 }]);
  });

  it("are those of carriers that there are", async () => {
    expect(await problemOf(await put("47,1,EUR", "pigeons"))).toMatchObject({ status: 404 });
  });

  it("are told of the way of a text, for its parts, by the longest prefix", async () => {
    await put("47,0.05,EUR\n4799,0.1,EUR\n,0.2,EUR");
    expect((await explain("+4791000000")).price).toEqual({ nanos: 50_000_000, currency: "EUR" });
    expect((await explain("+4799000000", "a".repeat(161))).price).toEqual({ nanos: 200_000_000, currency: "EUR" });
    expect((await explain("+12065550100")).price).toEqual({ nanos: 200_000_000, currency: "EUR" });
    await put("46,0.05,EUR");
    const { price, carriers } = await explain("+4791000000");
    expect([price, carriers[0]?.price]).toEqual([undefined, undefined]);
  });

  it("are told of a message, by its carrier", async () => {
    await put("47,0.05,EUR");
    const id = await gateway.send(account, { recipient: newNumber(), content: "a".repeat(161) });
    await expect.poll(() => gateway.message(account, id)).toMatchObject({ carrier: "simulator" });
    const { id: ours } = await gateway.message(account, id);
    expect(await gateway.operator("GET", `/admin/v1/messages/${ours}`)).toMatchObject({
      carrierPrice: { nanos: 100_000_000, currency: "EUR" },
    });
  });
});
