/** Evidence of consent: what a person saw who bought on a page, for the day when somebody disputes it. */

import { beforeAll, describe, expect, it } from "vitest";
import { ADMIN_TOKEN, newNumber, useGateway } from "../support/gateway.ts";
import { LINKS, MONTHLY, openShop, pinOn, type Shop, visitor } from "../support/shop.ts";

type Consent = {
  at: string;
  by: string;
  code?: { id: string; recipient: string; state: string };
  language: string;
  page: string;
  isAsSent: boolean;
  shown: string;
  terms: { amount: number; terms?: { price: number; interval: string } };
  address: string;
  browser: string;
};

describe("the evidence of a purchase", () => {
  const gateway = useGateway({ LOCAL_ADDRESS: "127.0.0.1" });
  let shop: Shop;
  beforeAll(async () => {
    shop = await openShop(gateway, MONTHLY, LINKS);
  });
  const windowOf = async (number: string) => {
    const { items } = await gateway.operator<{ items: { id: string; recipient?: string }[] }>(
      "GET",
      `/admin/v1/windows?account=${shop.account.id}`,
    );
    return items.find(({ recipient }) => recipient === number)?.id ?? "";
  };
  const buy = async (headers: Record<string, string> = {}, change: Record<string, string> = {}) => {
    const number = newNumber();
    const person = visitor(gateway, { "user-agent": "A phone's browser", ...headers });
    const asked = await person.press(await person.open(`/${shop.service}`), "number", { number });
    await person.press(asked, "pin", { pin: await pinOn(gateway, number), ...change });
    return number;
  };

  it("has the page's words, the terms, the time, the browser, and the text that brought the PIN", async () => {
    const number = await buy();
    const consent = await gateway.operator<Consent>("GET", `/admin/v1/windows/${await windowOf(number)}/consent`);
    expect(consent).toMatchObject({
      by: "pin",
      language: "nb",
      page: expect.stringMatching(/^[0-9a-f]{64}$/),
      isAsSent: true,
      terms: { amount: 4900, terms: { price: 9900, interval: "monthly" } },
      address: "127.0.0.1",
      browser: "A phone's browser",
      code: { recipient: number, state: "delivered" },
    });
    for (const words of [
      ...["Fjellposten AS", "99 kr hver måned", "STOP FJELL til 2002"],
      ...["Selgerens vilkår", "fjellposten.example/vilkar?av=nett", "Kontakt selgeren", LINKS.contact],
    ]) {
      expect(consent.shown).toContain(words);
    }
    expect(consent.shown).not.toMatch(/[<>]|stylesheet|font-size/);
    expect((await gateway.now()) - Date.parse(consent.at)).toBeLessThan(60_000_000);
  });

  it("tells a page that was not the one sent before, and pages in other languages apart", async () => {
    const consentOf = async (number: string) =>
      gateway.operator<Consent>("GET", `/admin/v1/windows/${await windowOf(number)}/consent`);
    const [other, english] = [
      await consentOf(await buy({}, { seen: "another page" })),
      await consentOf(await buy({ "accept-language": "en" })),
    ];
    expect(other.isAsSent).toBe(false);
    expect(english).toMatchObject({ isAsSent: true, language: "en" });
    expect(english.page).not.toBe(other.page);
  });

  it("tells that the seller's terms were others on the page that was sent before", async () => {
    const number = newNumber();
    const person = visitor(gateway);
    const asked = await person.press(await person.open(`/${shop.service}`), "number", { number });
    const at = `/admin/v1/accounts/${shop.account.id}/merchants/fjell`;
    const merchant = { name: "Fjellposten AS", shortNumberIds: ["NO-2002"] };
    await gateway.operator("PUT", at, { ...merchant, ...LINKS, termsUrl: "https://fjellposten.example/nye" });
    await person.press(asked, "pin", { pin: await pinOn(gateway, number) });
    await gateway.operator("PUT", at, { ...merchant, ...LINKS });
    const consent = await gateway.operator<Consent>("GET", `/admin/v1/windows/${await windowOf(number)}/consent`);
    expect(consent.isAsSent).toBe(false);
    expect(consent.shown).toContain("fjellposten.example/nye");
  });

  it("is shown with the subscription that it began, in the API and in the console", async () => {
    const number = await buy();
    const query = `recipient=${encodeURIComponent(number)}`;
    const { items } = await gateway.operator<{ items: { id: string }[] }>("GET", `/admin/v1/subscriptions?${query}`);
    const id = items[0]?.id ?? "";
    expect(await gateway.operator("GET", `/admin/v1/subscriptions/${id}/consent`)).toMatchObject({ by: "pin" });
    const entered = await gateway.fetch("/console/login", {
      method: "POST",
      headers: { "content-type": "application/x-www-form-urlencoded" },
      body: new URLSearchParams({ token: ADMIN_TOKEN }).toString(),
    });
    const cookie = entered.headers.get("set-cookie")?.split(";", 1)[0] ?? "";
    const html = await (await gateway.fetch(`/console/subscriptions/${id}`, { headers: { cookie } })).text();
    expect(html).toMatch(/What the person agreed to.*A phone&#39;s browser.*STOP FJELL til 2002/s);
  });

  it("is none for a purchase that nobody confirmed, nor for another account's token", async () => {
    const number = newNumber();
    const person = visitor(gateway);
    await person.press(await person.open(`/${shop.service}`), "number", { number });
    await pinOn(gateway, number);
    const path = `/admin/v1/windows/${await windowOf(number)}/consent`;
    expect(await gateway.refusal("GET", path)).toMatchObject({
      status: 404,
      detail: expect.stringMatching(/nobody confirmed it/),
    });
    expect(await gateway.refusal("GET", "/admin/v1/subscriptions/sub_none/consent")).toMatchObject({ status: 404 });
  });
});
