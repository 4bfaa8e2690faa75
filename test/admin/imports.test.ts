/** Moving a business over, through the operator's API: what a program of the customer's sees of it afterwards. */

import { beforeAll, describe, expect, it } from "vitest";
import { newNumber, useGateway } from "../support/gateway.ts";
import { openSeller, type Seller, strexClient } from "../support/target365-client.ts";

describe("what is brought along", () => {
  const gateway = useGateway();
  let seller: Seller;
  let path: string;
  beforeAll(async () => {
    seller = await openSeller(gateway);
    path = `/admin/v1/accounts/${seller.id}`;
  });
  const call = (method: string, at: string, json?: unknown) => strexClient(gateway, seller).call(method, at, json);
  const aConsent = (given: Record<string, unknown> = {}) => ({
    ...{ merchantId: "shop", serviceId: "102", recipient: newNumber(), token: "7K2B9QX4M1ZC8T5R3W6Y0HJN" },
    ...{ since: "2019-05-02T09:00:00Z", ...given },
  });
  const aKeyword = (given: Record<string, unknown> = {}) => ({
    ...{
      id: "102",
      shortNumber: seller.shortNumber,
      mode: "exact",
      text: "TEST",
      forwardUrl: "https://a.example/texts",
    },
    ...{
      preAuth: { isActive: true, merchantId: "shop", delaySeconds: 30 },
      createdAt: "2019-05-02T09:00:00Z",
      ...given,
    },
  });

  it("is the customer's, with the ids and the tokens that it had", async () => {
    const consent = aConsent();
    for (let times = 0; times < 2; times++) {
      const body = { dialect: "target365", items: [aKeyword()] };
      expect(await gateway.operator("POST", `${path}/keywords/import`, body)).toEqual({ taken: 1, refused: [] });
      const consents = { items: [consent] };
      expect(await gateway.operator("POST", `${path}/consents/import`, consents)).toEqual({ taken: 1, refused: [] });
    }
    const keyword = await (await call("GET", "/keywords/102")).json();
    expect(keyword).toMatchObject({
      ...{ keywordId: "102", shortNumberId: `NO-${seller.shortNumber}`, keywordText: "TEST", mode: "Exact" },
      ...{
        enabled: true,
        forwardUrl: "https://a.example/texts",
        created: expect.stringMatching(/^2019-05-02T09:00:00/),
      },
      preAuthSettings: { active: true, merchantId: "shop", delay: 0.5 },
    });
    expect((await call("PUT", "/keywords/102", keyword)).status).toBe(204);
    const query = new URLSearchParams({ serviceId: "102", msisdn: consent.recipient });
    expect(await (await call("GET", `/strex/token/shop?${query}`)).json()).toBe(consent.token);

    const id = "79f35793-6d70-423c-a7f7-ae9fb1024f3b";
    const written = { to: seller.shortNumber, text: "Test", theirId: id };
    const handset = `/sandbox/v1/handsets/${encodeURIComponent(consent.recipient)}/messages`;
    await gateway.operator("POST", handset, written);
    const inMessage = await (await call("GET", `/in-messages/NO-${seller.shortNumber}/${id}`)).json();
    expect(inMessage).toMatchObject({ keywordId: "102", content: "Test", properties: { preAuthorization: true } });
    expect(await gateway.handset(consent.recipient)).toEqual([]);
  });

  it("leaves out who wrote STOP at the number since they agreed, though their consent was not here yet", async () => {
    const recipient = newNumber();
    const handset = `/sandbox/v1/handsets/${encodeURIComponent(recipient)}/messages`;
    await gateway.operator("POST", handset, { to: seller.shortNumber, text: "STOP" });
    const items = [aConsent({ recipient }), aConsent({ recipient: newNumber() })];
    expect(await gateway.operator("POST", `${path}/consents/import`, { items })).toMatchObject({
      taken: 1,
      refused: [{ index: 0 }],
    });
    const query = new URLSearchParams({ serviceId: "102", msisdn: recipient });
    expect((await call("GET", `/strex/token/shop?${query}`)).status).toBe(404);
  });

  it("is told one by one, by its place in the list", async () => {
    const items = [aConsent(), aConsent({ merchantId: "other" }), aConsent({ recipient: "98079008" })];
    expect(await gateway.operator("POST", `${path}/consents/import`, { items })).toMatchObject({
      taken: 1,
      refused: [
        { index: 1, field: "merchantId" },
        { index: 2, field: "recipient" },
      ],
    });
    const keywords = [
      aKeyword({ id: "7", text: "SEVEN", shortNumber: "2999" }),
      aKeyword({ id: "8", mode: "regex", text: "(" }),
    ];
    const body = { dialect: "target365", atomic: true, items: [...keywords, aKeyword({ id: "9", text: "NINE" })] };
    expect(await gateway.operator("POST", `${path}/keywords/import`, body)).toMatchObject({
      taken: 0,
      refused: [
        { index: 0, field: "shortNumber", detail: expect.stringMatching(/^shortNumber: /) },
        { index: 1, field: "text", detail: expect.stringMatching(/^text: /) },
      ],
    });
    expect((await call("GET", "/keywords/9")).status).toBe(404);
  });

  const wrong: { name: string; to: string; body: () => unknown; field: string }[] = [
    {
      name: "a member of a consent that it does not know",
      to: "consents",
      body: () => ({ items: [aConsent(), aConsent({ msisdn: "+4798079008" })] }),
      field: "items.1.msisdn",
    },
    {
      name: "no token",
      to: "consents",
      body: () => ({ items: [aConsent({ token: undefined })] }),
      field: "items.0.token",
    },
    { name: "nothing", to: "consents", body: () => ({ items: [] }), field: "items" },
    {
      name: "too many at once",
      to: "consents",
      body: () => ({ items: Array.from({ length: 2_001 }, () => aConsent()) }),
      field: "items",
    },
    {
      name: "a member of a keyword that it does not know",
      to: "keywords",
      body: () => ({ dialect: "target365", items: [aKeyword({ keywordId: "1" })] }),
      field: "items.0.keywordId",
    },
    {
      name: "an id that is no number",
      to: "keywords",
      body: () => ({ dialect: "target365", items: [aKeyword({ id: "a" })] }),
      field: "items.0.id",
    },
    {
      name: "a dialect in which no texts are forwarded",
      to: "keywords",
      body: () => ({ dialect: "morse", items: [aKeyword()] }),
      field: "dialect",
    },
  ];
  it.each(wrong)("is refused as a whole, by name, with $name", async ({ to, body, field }) => {
    const refused = await gateway.refusal("POST", `${path}/${to}/import`, body());
    expect(refused.status).toBe(400);
    expect(`${refused.field} ${refused.detail}`).toContain(field);
  });

  it("comes to no account that is not there", async () => {
    const at = "/admin/v1/accounts/nobody";
    const [consents, keywords] = [{ items: [aConsent()] }, { dialect: "target365", items: [aKeyword()] }];
    expect(await gateway.refusal("POST", `${at}/consents/import`, consents)).toMatchObject({ status: 404 });
    expect(await gateway.refusal("POST", `${at}/keywords/import`, keywords)).toMatchObject({ status: 404 });
  });
});
