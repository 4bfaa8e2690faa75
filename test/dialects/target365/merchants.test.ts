/** Merchants: who the account charges for. */

import { beforeAll, describe, expect, it } from "vitest";
import { useGateway } from "../../support/gateway.ts";
import { messageOf, openSeller, type Seller, strexClient } from "../../support/target365-client.ts";

describe("a merchant", () => {
  const gateway = useGateway();
  let seller: Seller;
  let client: ReturnType<typeof strexClient>;
  let own: string;

  beforeAll(async () => {
    seller = await openSeller(gateway);
    client = strexClient(gateway, seller);
    own = `NO-${seller.shortNumber}`;
  });

  const at = (id: string) => `/strex/merchants/${id}`;
  const put = (id: string, body: Record<string, unknown>) => client.call("PUT", at(id), body);

  it("is shown with its short numbers as a list, and the first of them alone", async () => {
    const answer = await client.call("GET", at("shop"));
    expect(answer.status).toBe(200);
    expect(await answer.json()).toEqual({ merchantId: "shop", shortNumberIds: [own], shortNumberId: own });
    expect(await (await client.call("GET", "/strex/merchants")).json()).toContainEqual({
      merchantId: "shop",
      shortNumberIds: [own],
      shortNumberId: own,
    });
  });

  it.each([
    { name: "a list of short numbers", body: () => ({ shortNumberIds: [own] }) },
    { name: "one short number", body: () => ({ shortNumberId: own }) },
    { name: "capital letters", body: () => ({ MerchantId: "kiosk", ShortNumberId: own }) },
  ])("is saved with $name", async ({ body }) => {
    expect((await put("kiosk", { merchantId: "kiosk", ...body() })).status).toBe(204);
    expect(await (await client.call("GET", at("kiosk"))).json()).toMatchObject({ shortNumberIds: [own] });
  });

  it("is saved without short numbers too, and keeps the name, terms and contact that the operator gave it", async () => {
    const about = { name: "Kiosk", termsUrl: "https://kiosk.example/terms", contact: "post@kiosk.example" };
    await gateway.operator("PUT", `/admin/v1/accounts/${seller.id}/merchants/named`, about);
    expect((await put("named", {})).status).toBe(204);
    expect(await (await client.call("GET", at("named"))).json()).toEqual({ merchantId: "named", shortNumberIds: [] });
    expect(await gateway.operator("GET", `/admin/v1/accounts/${seller.id}/merchants/named`)).toMatchObject(about);
  });

  it("never tells its password", async () => {
    await put("kiosk", { merchantId: "kiosk", shortNumberIds: [own], password: "hush-hush" });
    expect(await (await client.call("GET", at("kiosk"))).text()).not.toContain("hush");
    expect(
      JSON.stringify(await gateway.operator("GET", `/admin/v1/accounts/${seller.id}/merchants/kiosk`)),
    ).not.toContain("hush");
    expect(gateway.log.join("\n")).not.toContain("hush");
  });

  it("is gone once it is deleted, and nothing can be charged for it", async () => {
    await put("gone", { shortNumberIds: [own] });
    expect((await client.call("DELETE", at("gone"))).status).toBe(204);
    await messageOf(await client.call("GET", at("gone")), 404);
    await messageOf(await client.call("DELETE", at("gone")), 404);
    expect(await messageOf(await client.post(client.charge({ merchantId: "gone" })), 400)).toMatch(/not a merchant/);
  });

  it.each([
    { name: "another id than in the address", id: "kiosk", body: { merchantId: "other" }, why: /merchantId/ },
    { name: "an id that no address can have", id: "my%20kiosk", body: {}, why: /merchantId/ },
    {
      name: "a short number nobody has",
      id: "kiosk",
      body: { shortNumberIds: ["NO-1999"] },
      why: /not a short number/,
    },
    { name: "short numbers that are no list", id: "kiosk", body: { shortNumberIds: "NO-1" }, why: /shortNumberIds/ },
  ])("is refused with $name", async ({ id, body, why }) => {
    expect(await messageOf(await put(id, body), 400)).toMatch(why);
  });

  it("of another account is not there", async () => {
    await put("mine", {});
    const other = strexClient(gateway, await openSeller(gateway));
    await messageOf(await other.call("GET", at("mine")), 404);
    await messageOf(await other.call("DELETE", at("mine")), 404);
    expect(await (await other.call("GET", "/strex/merchants")).json()).toHaveLength(1);
    const theirs = await other.call("PUT", at("kiosk"), { shortNumberIds: [own] });
    expect(await messageOf(theirs, 400)).toMatch(/not a short number/);
  });
});
