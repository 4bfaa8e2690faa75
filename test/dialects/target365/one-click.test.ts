/** One-click configs: what is sold on a purchase page. */

import { beforeAll, describe, expect, it } from "vitest";
import { useGateway } from "../../support/gateway.ts";
import { messageOf, openSeller, type Seller, strexClient } from "../../support/target365-client.ts";

const DATE = expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}\+00:00$/);

describe("a one-click config", () => {
  const gateway = useGateway();
  let seller: Seller;
  let client: ReturnType<typeof strexClient>;
  let made = 0;

  beforeAll(async () => {
    seller = await openSeller(gateway);
    client = strexClient(gateway, seller);
  });

  const config = (more: Record<string, unknown> = {}): Record<string, unknown> & { configId: string } => ({
    configId: `APITEST-${++made}`,
    shortNumber: seller.shortNumber,
    merchantId: "shop",
    serviceCode: "10001",
    invoiceText: "Donation test",
    price: 99,
    redirectUrl: "https://tempuri.org/done?id={TransactionId}",
    ...more,
  });
  const at = (id: string) => `/one-click/configs/${id}`;
  const put = (body: ReturnType<typeof config>, id = body.configId) => client.call("PUT", at(id), body);
  const get = (id: string) => client.call("GET", at(id));

  it("is answered 201 with where it lies, new or not", async () => {
    const wanted = config();
    for (const price of [99, 100]) {
      const answer = await put({ ...wanted, price });
      expect(answer.status).toBe(201);
      expect(answer.headers.get("location")).toBe(`${gateway.url}/api/one-click/configs/${wanted.configId}`);
      expect(await answer.text()).toBe("");
    }
    expect(await (await get(wanted.configId)).json()).toMatchObject({ price: 100 });
  });

  it("is shown with what it has, and without what it has not", async () => {
    const wanted = config();
    await put(wanted);
    const answer = await get(wanted.configId);
    expect(answer.headers.get("content-type")).toBe("application/json; charset=utf-8");
    expect(await answer.json()).toEqual({ ...wanted, age: 0, recurring: false, created: DATE, lastModified: DATE });
  });

  it("is shown with everything it was given", async () => {
    const wanted = config({
      businessModel: "STREX-PAYMENT",
      preAuthServiceId: "magazine",
      preAuthServiceDescription: "The magazine",
      age: 18,
      isRestricted: false,
      price: 9.9,
      timeout: 10,
      recurring: true,
      onlineText: "Buy it",
      offlineText: "Buy it with a PIN",
      subscriptionPrice: 19.5,
      subscriptionInterval: "monthly",
      subscriptionStartSms: "Thanks for donating 99kr each month.",
    });
    await put(wanted);
    expect(await (await get(wanted.configId)).json()).toEqual({ ...wanted, created: DATE, lastModified: DATE });
  });

  it("keeps what it is not told of any more only where this wire has no word for it", async () => {
    const wanted = config({ onlineText: "Buy it" });
    await put(wanted);
    const path = `/admin/v1/accounts/${seller.id}/services/${wanted.configId}`;
    const { configId: _, ...same } = wanted;
    await gateway.operator("PUT", path, { ...same, price: 9900, keyword: "mag", repeatGuardSeconds: 60 });
    await put({ ...wanted, onlineText: undefined });
    const service = await gateway.operator("GET", path);
    expect(service).toMatchObject({ keyword: "mag", repeatGuardSeconds: 60, autoRebill: false, price: 9900 });
    expect(service).not.toHaveProperty("onlineText");
  });

  it.each([
    { name: "Java's name of isRestricted", more: { restricted: true }, is: { isRestricted: true } },
    { name: "a time limit of 0, as .NET says nothing", more: { timeout: 0 }, is: { timeout: 0 } },
    { name: "a price as a text", more: { price: "99.50" }, is: { price: 99.5 } },
    {
      name: "an interval with a capital letter",
      more: { subscriptionInterval: "Weekly" },
      is: { subscriptionInterval: "weekly" },
    },
    {
      name: "a subscription that is none, with empty values",
      more: { recurring: false, subscriptionPrice: 0, subscriptionInterval: "", subscriptionStartSms: "" },
      is: { recurring: false },
    },
  ])("takes $name", async ({ more, is }) => {
    const wanted = config(more);
    expect((await put(wanted)).status).toBe(201);
    expect(await (await get(wanted.configId)).json()).toMatchObject(is);
  });

  const recurring = { recurring: true, subscriptionInterval: "monthly", subscriptionPrice: 99 };
  it.each([
    { name: "another id than in the address", more: {}, id: "other", why: /configId/ },
    { name: "an id that no address can have", more: { configId: "my%20config" }, why: /configId/ },
    {
      name: "an id that hides an address of ours",
      more: { configId: "Admin" },
      why: /configId: Admin is reserved: it collides with a built-in path/,
    },
    { name: "a merchant nobody knows", more: { merchantId: "nobody" }, why: /not a merchant/ },
    { name: "a short number nobody has", more: { shortNumber: "1999" }, why: /not a short number/ },
    { name: "no redirect URL", more: { redirectUrl: undefined }, why: /redirectUrl: is missing/ },
    { name: "half a redirect URL", more: { redirectUrl: "/done" }, why: /redirectUrl: must be an absolute http/ },
    {
      name: "a redirect URL of two lines",
      more: { redirectUrl: "http://x.example/\r\nSet-Cookie: a=b" },
      why: /redirectUrl/,
    },
    { name: "a redirect URL that ends a line", more: { redirectUrl: "http://x.example/\n" }, why: /redirectUrl/ },
    { name: "a redirect URL with a NUL", more: { redirectUrl: "http://x.example/\u0000" }, why: /redirectUrl/ },
    { name: "a redirect URL with a password", more: { redirectUrl: "https://me:pw@x.example/" }, why: /redirectUrl/ },
    { name: "a script for a redirect URL", more: { redirectUrl: "javascript:alert(1)" }, why: /redirectUrl/ },
    { name: "no price", more: { price: undefined }, why: /price: is missing/ },
    { name: "a price of nothing", more: { price: 0 }, why: /price: must be more than 0/ },
    { name: "a negative price", more: { price: -1 }, why: /price: must be more than 0/ },
    { name: "a fraction of an øre", more: { price: 0.001 }, why: /price: .*two decimals/ },
    { name: "too high a price", more: { price: 1_000_000 }, why: /price: at most/ },
    { name: "no invoice text", more: { invoiceText: undefined }, why: /invoiceText: is missing/ },
    {
      name: "recurring without an interval",
      more: { ...recurring, subscriptionInterval: "" },
      why: /subscriptionInterval/,
    },
    {
      name: "an interval nobody knows",
      more: { ...recurring, subscriptionInterval: "daily" },
      why: /subscriptionInterval/,
    },
    {
      name: "recurring without a price",
      more: { ...recurring, subscriptionPrice: null },
      why: /subscriptionPrice: is missing/,
    },
    {
      name: "recurring for nothing",
      more: { ...recurring, subscriptionPrice: 0 },
      why: /subscriptionPrice: must be more/,
    },
    { name: "a negative price for later", more: { subscriptionPrice: -1 }, why: /subscriptionPrice: must be more/ },
  ])("is refused with $name", async ({ more, id, why }) => {
    const wanted = config(more);
    expect(await messageOf(await put(wanted, id), 400)).toMatch(why);
    expect((await get(wanted.configId)).status).toBe(404);
  });

  it("of another account is not there, and its merchant and number cannot be used", async () => {
    const wanted = config();
    await put(wanted);
    const seller2 = await openSeller(gateway);
    const other = strexClient(gateway, seller2);
    await messageOf(await other.call("GET", at(wanted.configId)), 404);
    expect(await messageOf(await other.call("PUT", at(wanted.configId), wanted), 400)).toMatch(/not a short number/);
    expect(await (await get(wanted.configId)).json()).toMatchObject({ shortNumber: seller.shortNumber });
  });
});
