/** What is told of a subscriber before a charge, what they agreed to, and asking them to register. */

import { randomUUID } from "node:crypto";
import { beforeAll, describe, expect, it } from "vitest";
import { newNumber, useGateway } from "../../support/gateway.ts";
import { messageOf, openSeller, type Seller, strexClient } from "../../support/target365-client.ts";

describe("of a subscriber", () => {
  const gateway = useGateway();
  let seller: Seller;
  let client: ReturnType<typeof strexClient>;

  beforeAll(async () => {
    seller = await openSeller(gateway);
    client = strexClient(gateway, seller);
  });

  const ask = (what: string, query: Record<string, string>) =>
    client.call("GET", `/strex/${what}?${new URLSearchParams(query)}`);

  describe.each(["validity", "userinfo"])("%s tells how far they are registered:", (what) => {
    it.each([
      { is: "Full", profile: {} },
      { is: "Partial", profile: { standing: "partial" } },
      { is: "Unregistered", profile: { registered: false } },
      { is: "Barred", profile: { barred: true } },
    ])("$is", async ({ is, profile }) => {
      const recipient = newNumber();
      await client.subscriber(recipient, profile);
      const answer = await ask(what, { recipient, merchantId: "shop" });
      expect(answer.headers.get("content-type")).toBe("application/json; charset=utf-8");
      expect(await answer.text()).toBe(`"${is}"`);
    });
  });

  it("is asked by a number whose + nobody escaped", async () => {
    expect(await (await client.call("GET", "/strex/validity?recipient=+4798079008")).text()).toBe('"Full"');
    expect(await (await client.call("GET", "/strex/validity?recipient=%2B4798079008")).text()).toBe('"Full"');
  });

  it.each([
    { name: "no number", what: "validity", query: {}, why: /recipient: is missing/ },
    { name: "what is no number", what: "validity", query: { recipient: "98079008" }, why: /recipient: .*phone number/ },
    {
      name: "a merchant nobody knows",
      what: "validity",
      query: { recipient: "+4798079008", merchantId: "nobody" },
      why: /not a merchant/,
    },
    { name: "no price", what: "userinfo-v2", query: { recipient: "+4798079008", serviceCode: "14002" }, why: /price/ },
    {
      name: "a price of nothing",
      what: "userinfo-v2",
      query: { recipient: "+4798079008", serviceCode: "14002", price: "0" },
      why: /price/,
    },
    {
      name: "no service code",
      what: "userinfo-v2",
      query: { recipient: "+4798079008", price: "1" },
      why: /serviceCode/,
    },
    { name: "no number", what: "userinfo-v3", query: {}, why: /recipient: is missing/ },
  ])("nothing is told to who asks $what for $name", async ({ what, query, why }) => {
    expect(await messageOf(await ask(what, query as Record<string, string>), 400)).toMatch(why);
  });

  it.each([
    { who: "somebody who may", profile: {}, price: "12.5", is: "0" },
    { who: "somebody who may, with a comma", profile: { prepaidBalance: 1250 }, price: "12,5", is: "0" },
    { who: "somebody partly registered", profile: { standing: "partial" }, price: "1", is: "0" },
    { who: "somebody not registered", profile: { registered: false }, price: "1", is: "1" },
    { who: "somebody barred", profile: { barred: true }, price: "1", is: "2" },
    { who: "somebody at their limit", profile: { monthlyLimit: 1249 }, price: "12.5", is: "3" },
    { who: "somebody with too little left", profile: { prepaidBalance: 1249 }, price: "12,5", is: "4" },
  ])("it is told whether $price can be charged: $who", async ({ profile, price, is }) => {
    const recipient = newNumber();
    await client.subscriber(recipient, profile);
    const answer = await ask("userinfo-v2", { recipient, serviceCode: "14002", price });
    expect(await answer.json()).toEqual({ result: is, resultDescription: expect.stringMatching(/./) });
  });

  it.each([
    {
      who: "by a bill with limits",
      profile: { monthlyLimit: 10_000, yearlyLimit: null },
      is: { postpaid_or_prepaid: "postpaid", remainder_month: "5100", remainder_year: "-1" },
    },
    {
      who: "with what was paid in advance",
      profile: { prepaidBalance: 10_000 },
      is: { postpaid_or_prepaid: "prepaid", remainder_month: "5100", remainder_year: "5100" },
    },
  ])("it is told how they pay, and what is left: $who", async ({ profile, is }) => {
    const recipient = newNumber();
    await client.subscriber(recipient, profile);
    await client.shown(await client.charged({ recipient }));
    const answer = await ask("userinfo-v3", { recipient, merchantId: "shop" });
    expect(await answer.json()).toEqual({
      transid: expect.stringMatching(/./),
      result: "0",
      preferred_sof: "1",
      limit_trans: "500000",
      ...is,
    });
  });

  describe("a registration is asked for", () => {
    const wanted = (more: Record<string, unknown> = {}) => ({
      transactionId: randomUUID(),
      merchantId: "shop",
      recipient: newNumber(),
      ...more,
    });
    const post = (body: unknown) => client.call("POST", "/strex/registrationsms", body);

    it.each([
      {
        name: "in the merchant's words",
        more: { smsText: "Please register here:" },
        text: /^Please register here: http/,
      },
      { name: "in ours", more: {}, text: /.+ http/ },
    ])("$name, from its short number", async ({ more, text }) => {
      const body = wanted(more);
      expect((await post(body)).status).toBe(201);
      const [sms] = await gateway.handset(body.recipient, { wait: 20 });
      expect(sms).toMatchObject({ from: seller.shortNumber, text: expect.stringMatching(text) });
    });

    it.each([
      { name: "for a merchant nobody knows", more: { merchantId: "nobody" }, why: /not a merchant/ },
      { name: "of what is no number", more: { recipient: "98079008" }, why: /not a phone number/ },
      { name: "without an id", more: { transactionId: undefined }, why: /transactionId: is missing/ },
    ])("but not $name", async ({ more, why }) => {
      expect(await messageOf(await post(wanted(more)), 400)).toMatch(why);
    });
  });

  describe("a token tells that they agreed to be charged again", () => {
    const token = (method: string, query: Record<string, string>, merchant = "shop", by = client) =>
      by.call(method, `/strex/token/${merchant}?${new URLSearchParams(query)}`);
    /** A person who agreed to it. */
    const agreed = async (serviceId: string) => {
      const msisdn = newNumber();
      const id = await client.charged({ recipient: msisdn, preAuthServiceId: serviceId });
      await gateway.handset(msisdn, { wait: 20 });
      await client.write(msisdn, "OK");
      expect(await client.shown(id)).toMatchObject({ statusCode: "Ok" });
      return msisdn;
    };

    it("for what it was, or for anything of the merchant's", async () => {
      const msisdn = await agreed("magazine");
      const answer = await token("GET", { serviceId: "magazine", msisdn });
      expect(answer.status).toBe(200);
      const text = await answer.text();
      expect(text).toMatch(/^"[A-Z0-9]{24}"$/);
      expect(await (await token("GET", { serviceId: "", msisdn })).text()).toBe(text);
      expect(await (await client.call("GET", `/strex/token/shop?serviceId=magazine&msisdn=${msisdn}`)).text()).toBe(
        text,
      );
    });

    it("until it is deleted; then they are asked again", async () => {
      const msisdn = await agreed("magazine");
      expect((await token("DELETE", { serviceId: "magazine", msisdn })).status).toBe(204);
      await messageOf(await token("GET", { serviceId: "magazine", msisdn }), 404);
      await messageOf(await token("DELETE", { serviceId: "magazine", msisdn }), 404);
      await client.charged({ recipient: msisdn, preAuthServiceId: "magazine" });
      await gateway.advance(1);
      expect(await gateway.handset(msisdn)).toHaveLength(2);
      expect(await client.billed(msisdn)).toEqual([4900]);
    });

    it("and nothing of what they did not, or what is another account's", async () => {
      const msisdn = await agreed("magazine");
      await messageOf(await token("GET", { serviceId: "other", msisdn }), 404);
      await messageOf(await token("GET", { serviceId: "magazine", msisdn }, "nobody"), 404);
      await messageOf(await token("GET", { serviceId: "magazine", msisdn: newNumber() }), 404);
      const other = strexClient(gateway, await openSeller(gateway));
      await messageOf(await token("GET", { serviceId: "magazine", msisdn }, "shop", other), 404);
      await messageOf(await token("DELETE", { serviceId: "magazine", msisdn }, "shop", other), 404);
      expect(await messageOf(await token("GET", { serviceId: "magazine" }), 400)).toMatch(/msisdn/);
      expect(await messageOf(await token("GET", { msisdn: "98079008" }), 400)).toMatch(/msisdn/);
    });
  });
});
