/** The purchase page, as it is spoken with over HTTP. */

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Hono } from "hono";
import { beforeAll, describe, expect, it } from "vitest";
import { localSettings } from "../../scripts/local-settings.ts";
import type { Purchase } from "../../src/core/billing/purchases/purchase.ts";
import type { Gateway } from "../../src/core/gateway.ts";
import type { Ids } from "../../src/core/kernel/ids.ts";
import type { Codes } from "../../src/core/kernel/ports.ts";
import type { PageEnv } from "../../src/web/purchase/page-env.ts";
import { purchase } from "../../src/web/purchase/purchase.tsx";
import { newNumber, useGateway } from "../support/gateway.ts";
import { chargesOf, formOf, LINKS, MONTHLY, openShop, pinOn, type Shop, visitor } from "../support/shop.ts";

const SESSION = "00000000-0000-4000-8000-000000000000";
const FORM = "application/x-www-form-urlencoded";
const idOf = (url: string) => new URL(url, "http://page").searchParams.get("id") ?? "";
/** As people type it. */
const typed = (number: string) => number.replace("+47", "").replace(/(..)(?=.)/g, "$1 ");

describe("a purchase page", () => {
  const gateway = useGateway();
  let shop: Shop;
  let page: string;
  beforeAll(async () => {
    shop = await openShop(gateway);
    page = `/${shop.service}`;
  });
  const windows = async () =>
    (
      await gateway.operator<{ items: { id: string; state: string }[] }>(
        "GET",
        `/admin/v1/windows?account=${shop.account.id}`,
      )
    ).items;
  /** A person who has given a number and has the PIN. */
  const withPin = async (path = page, number = newNumber()) => {
    const person = visitor(gateway);
    const first = await person.open(path);
    const asked = await person.press(first, "number", { number: typed(number) });
    return { person, number, first, asked, pin: await pinOn(gateway, number) };
  };

  /** A shop whose short number bills in Sweden. */
  const openSwedish = async (terms: Record<string, unknown> = {}) => {
    const { account, service } = await openShop(gateway, terms);
    const path = `/admin/v1/accounts/${account.id}/senders/2002`;
    await gateway.operator("PUT", path, { kind: "short-number", country: "SE", isShared: true });
    return { page: `/${service}` };
  };

  describe("shows", () => {
    it("what it is, whose it is and what it costs, in Norwegian", async () => {
      const { status, html } = await visitor(gateway).open(page);
      expect(status).toBe(200);
      expect(html).toMatch(/<html lang="nb">.*<title>Betal 49 kr til Fjellposten AS<\/title>/s);
      for (const text of ["Fjellposten digital", "til Fjellposten AS", ">49 kr<", "Send meg koden", "Avbryt"]) {
        expect(html).toContain(text);
      }
    });

    it("the same in English, to whoever asks for it or whose browser does", async () => {
      const asked = await visitor(gateway).open(`${page}?lang=en`);
      expect(asked.url).toContain("lang=en");
      const browser = visitor(gateway, { "accept-language": "de, en-GB;q=0.8, nb;q=0.5" });
      for (const { html } of [asked, await browser.open(page)]) {
        expect(html).toMatch(/<html lang="en">.*<title>Pay NOK 49 to Fjellposten AS<\/title>/s);
        expect(html).toContain("Send me the PIN");
      }
    });

    it.each([
      { lang: "no", accept: "en", html: "nb" },
      { lang: "nn", accept: "en", html: "nb" },
      { lang: "xx", accept: "en", html: "en" },
      { lang: "", accept: "fr", html: "nb" },
      { lang: "", accept: "en;q=0, nb;q=0.1", html: "nb" },
    ])("in $html to $lang and $accept", async ({ lang, accept, html }) => {
      const seen = await visitor(gateway, { "accept-language": accept }).open(`${page}?lang=${lang}`);
      expect(seen.html).toContain(`<html lang="${html}">`);
    });

    it("the interval, what later periods cost, how to stop, the age limit and the merchant's own words", async () => {
      const { service } = await openShop(gateway, { ...MONTHLY, age: 18 });
      const { html } = await visitor(gateway).open(`/${service}`);
      for (const text of ["99 kr hver måned", "STOP FJELL til 2002", "18 år", MONTHLY.offlineText]) {
        expect(html).toContain(text);
      }
      expect(html).not.toContain(MONTHLY.onlineText);
    });

    it.each([
      { contact: LINKS.contact, href: "tel:+4722000000", shown: LINKS.contact },
      {
        contact: "post@fjellposten.example",
        href: "mailto:post@fjellposten.example",
        shown: "post@fjellposten.example",
      },
      { contact: "https://Fjellposten.example/", href: "https://fjellposten.example/", shown: "fjellposten.example" },
    ])("the seller's terms, and $contact as its contact, before the button", async ({ contact, href, shown }) => {
      const { service } = await openShop(gateway, {}, { ...LINKS, contact });
      for (const [lang, terms, contactWords] of [
        ["nb", "Selgerens vilkår", "Kontakt selgeren"],
        ["en", "The seller’s terms", "Contact the seller"],
      ]) {
        const { html } = await visitor(gateway).open(`/${service}?lang=${lang}`);
        const [before = ""] = html.split('<button class="go"');
        const plain = before.replaceAll(' target="_blank" rel="noopener noreferrer"', "");
        expect(plain).toContain(
          `${terms}: <a href="https://fjellposten.example/vilkar?av=nett">fjellposten.example/vilkar?av=nett</a>`,
        );
        expect(plain).toContain(`${contactWords}: <a href="${href}">${shown}</a>`);
      }
    });

    it("neither terms nor contact of a seller that has none", async () => {
      const { html } = await visitor(gateway).open(page);
      expect(html).not.toMatch(/Selgerens vilkår|Kontakt selgeren|class="seller"/);
    });

    it("a merchant's words as words, whatever is in them", async () => {
      const { service } = await openShop(gateway, { offlineText: "<script>alert(1)</script><b>\"'&" });
      const { html } = await visitor(gateway).open(`/${service}`);
      expect(html).not.toMatch(/<script|<b>/);
      expect(html).toContain("&lt;script&gt;alert(1)&lt;/script&gt;");
    });

    it("in less than 30 kB, styles and all", async () => {
      const { html } = await visitor(gateway).open(page);
      expect(new TextEncoder().encode(html).length).toBeLessThan(30_000);
      expect(html).not.toMatch(/<script|<link|<img|src=|@import|url\(|https?:/);
    });

    it("nothing to other sites, to caches, or to searchers", async () => {
      const { headers } = await visitor(gateway).open(page);
      expect(headers.get("content-security-policy")).toMatch(
        /^default-src 'none'; object-src 'none'; style-src 'sha256-[^']+'; form-action [^;]+; frame-ancestors 'none'; base-uri 'none'$/,
      );
      expect(Object.fromEntries(headers)).toMatchObject({
        "cache-control": "no-store",
        "referrer-policy": "no-referrer",
        "x-content-type-options": "nosniff",
        "x-frame-options": "DENY",
        "x-robots-tag": "noindex, nofollow",
      });
      expect(headers.get("set-cookie")).toMatch(
        /^stafett_session=[0-9a-f-]{36}\.[\w-]+\.[0-9a-f]{64}; Max-Age=3600; Path=\/; HttpOnly; SameSite=Lax$/,
      );
    });
  });

  it("begins with an id of its own, so that a reload means the same purchase", async () => {
    const { status, location } = await visitor(gateway).see(page);
    expect(status).toBe(303);
    expect(location).toMatch(new RegExp(`^${page}\\?id=[0-9a-f-]{36}$`));
  });

  it("changes nothing by being looked at", async () => {
    const before = await windows();
    const person = visitor(gateway);
    const { url } = await person.open(page);
    await person.see(url, { method: "HEAD" });
    await person.see(`${url}&mistake=wrong-pin`);
    expect(await windows()).toEqual(before);
  });

  it("takes a number, sends a PIN, takes the PIN, charges once, and leads back to the merchant", async () => {
    const { person, number, first, asked, pin } = await withPin();
    expect(asked.status).toBe(200);
    expect(asked.html).toContain(`•••• ${number.slice(-2)}`);
    expect(asked.html).not.toContain(number.slice(-8));
    const done = await person.press(asked, "pin", { pin });
    expect(done).toMatchObject({ status: 303, location: `https://shop.example/done?order=${idOf(first.url)}` });
    expect(await chargesOf(gateway, number)).toMatchObject([{ amount: 4900 }]);
  });

  it("says what became of it to who comes again, with a link to the merchant", async () => {
    const { person, first, asked, number, pin } = await withPin();
    await person.press(asked, "pin", { pin });
    const again = await person.open(first.url);
    expect(again.status).toBe(200);
    expect(again.html).toContain("Du har betalt 49 kr til Fjellposten AS.");
    expect(again.html).toContain(`href="https://shop.example/done?order=${idOf(first.url)}"`);
    expect(await person.press(asked, "pin", { pin })).toMatchObject({
      status: 303,
      location: expect.stringContaining("shop.example"),
    });
    expect(await chargesOf(gateway, number)).toHaveLength(1);
  });

  describe("lies at more addresses than one:", () => {
    it("by the account and its id, but not by an id alone that a merchant may have chosen", async () => {
      const { person, first, number, pin } = await withPin();
      const id = idOf(first.url);
      for (const path of [`/${shop.account.id}/${id}`, `/${shop.account.number}/${id}`]) {
        expect((await person.open(path)).html, path).toContain("Koden du fikk på SMS");
      }
      expect((await person.open(`/service?id=${id}`)).status).toBe(404);
      const there = await person.open(`/${shop.account.id}/${id}?lang=en`);
      const done = await person.press(there, "pin", { pin });
      expect(done.location).toBe(`https://shop.example/done?order=${id}`);
      expect(await chargesOf(gateway, number)).toHaveLength(1);
    });

    it("but not by another service's", async () => {
      const { first, person } = await withPin();
      const { service } = await openShop(gateway);
      const elsewhere = await person.open(`/${service}?id=${idOf(first.url)}`);
      expect(elsewhere.html).not.toContain("Koden du fikk på SMS");
    });
  });

  describe("where nothing is", () => {
    it.each([
      "/no-such-service",
      "/no-such-service?id=1",
      "/service",
      "/service?id=no-such-id",
      "/nobody/no-such-id",
      `/${"x".repeat(201)}`,
      `/x?id=${"x".repeat(201)}`,
      "/service?id=a%00b",
      "/%E0%A4%A/x",
    ])("says so to a person, and to a program: %s", async (path) => {
      const { status, html, headers } = await visitor(gateway).see(path);
      expect(status).toBe(404);
      expect(html).toContain("<h1>Her er det ingenting</h1>");
      expect(headers.get("cache-control")).toBe("no-store");
      const answer = await gateway.fetch(path);
      expect(answer.status).toBe(404);
      expect(answer.headers.get("content-type")).toBe("application/problem+json");
    });

    it.each(["/admin/nothing", "/sandbox/nothing", "/favicon.ico"])(
      "leaves %s to those it belongs to",
      async (path) => {
        const { status, headers } = await visitor(gateway).see(path);
        expect(status).toBe(404);
        expect(headers.get("content-type")).toBe("application/problem+json");
      },
    );
  });

  describe("tells of mistakes:", () => {
    it("a number that is none", async () => {
      const person = visitor(gateway);
      const wrong = await person.press(await person.open(page), "number", { number: "123" });
      expect(wrong.status).toBe(422);
      expect(wrong.html).toMatch(/<title>Feil: .*id="mistake" role="alert">Det er ikke et mobilnummer/s);
      expect(wrong.html).toMatch(
        /<input id="number"[^>]*autofocus[^>]*aria-describedby="mistake hint" aria-invalid="true"|<input id="number"[^>]*aria-describedby="mistake hint" aria-invalid="true"[^>]*autofocus/,
      );
    });

    it("a wrong PIN, and how many tries are left", async () => {
      const { person, asked, number, pin } = await withPin();
      const wrong = await person.press(asked, "pin", { pin: other(pin) });
      expect(wrong.status).toBe(422);
      expect(wrong.html).toContain("Koden er ikke riktig");
      expect(wrong.html).toContain("Du har 2 forsøk igjen");
      expect((await person.press(wrong, "pin", { pin: ` ${pin.slice(0, 2)} ${pin.slice(2)} ` })).location).toContain(
        "shop.example",
      );
      expect(await chargesOf(gateway, number)).toHaveLength(1);
    });

    it("what is no PIN, which costs no try", async () => {
      const { person, asked } = await withPin();
      for (const pin of ["", "123", "12345", "abcd", "１２３４"]) {
        const wrong = await person.press(asked, "pin", { pin });
        expect(wrong.status).toBe(422);
        expect(wrong.html).toContain("Du har 3 forsøk igjen");
      }
    });

    it("a PIN that is too old", async () => {
      const { person, asked, pin, number } = await withPin();
      await gateway.advance(11 * 60);
      const old = await person.press(asked, "pin", { pin });
      expect(old.status).toBe(422);
      expect(old.html).toContain("Koden er for gammel");
      expect(await chargesOf(gateway, number)).toEqual([]);
    });
  });

  it("ends with the third wrong PIN: back to the merchant, and nothing charged", async () => {
    const { person, first, asked, number, pin } = await withPin();
    await person.press(asked, "pin", { pin: other(pin) });
    await person.press(asked, "pin", { pin: other(pin) });
    const third = await person.press(asked, "pin", { pin: other(pin) });
    expect(third).toMatchObject({ status: 303, location: `https://shop.example/done?order=${idOf(first.url)}` });
    expect((await person.press(asked, "pin", { pin })).location).toContain("shop.example");
    expect((await person.open(first.url)).html).toContain("Ikke betalt");
    await gateway.advance(60);
    expect(await chargesOf(gateway, number)).toEqual([]);
  });

  it("gives three tries in all, however many come at once", async () => {
    const { person, asked, number, pin } = await withPin();
    const { to, fields } = formOf(asked, "pin");
    await Promise.all(Array.from({ length: 12 }, () => person.post(to, { ...fields, action: "pin", pin: other(pin) })));
    expect((await person.press(asked, "pin", { pin })).location).toContain("shop.example");
    await gateway.advance(60);
    expect(await chargesOf(gateway, number)).toEqual([]);
  });

  it("sends a new PIN, which the old one is not", async () => {
    const { person, asked, number, pin } = await withPin();
    let again = await person.press(asked, "again");
    expect(again.status).toBe(200);
    const newer = await pinOn(gateway, number, 2);
    if (newer !== pin) {
      again = await person.press(again, "pin", { pin });
      expect(again.status).toBe(422);
    }
    expect((await person.press(again, "pin", { pin: newer })).location).toContain("shop.example");
  });

  it("takes another number instead", async () => {
    const { person, asked, number } = await withPin();
    const another = newNumber();
    const link = asked.html.match(/href="([^"]*by=pin[^"]*)"/)?.[1]?.replaceAll("&amp;", "&") ?? "";
    const anew = await person.press(await person.open(link), "number", { number: another });
    expect(anew.html).toContain(`•••• ${another.slice(-2)}`);
    await person.press(anew, "pin", { pin: await pinOn(gateway, another) });
    expect(await chargesOf(gateway, another)).toHaveLength(1);
    expect(await chargesOf(gateway, number)).toEqual([]);
  });

  it("is left at any time: back to the merchant, and nothing charged", async () => {
    const person = visitor(gateway);
    const first = await person.open(page);
    expect((await person.press(first, "cancel")).location).toBe(`https://shop.example/done?order=${idOf(first.url)}`);
    const { person: late, first: begun, asked, number, pin } = await withPin();
    expect((await late.press(asked, "cancel")).location).toContain("shop.example");
    expect((await late.open(begun.url)).html).toContain("Du avbrøt kjøpet.");
    expect((await late.press(asked, "pin", { pin })).location).toContain("shop.example");
    await gateway.advance(60);
    expect(await chargesOf(gateway, number)).toEqual([]);
  });

  it("leaves no trace of who only looked, so that nobody can use up a merchant's ids", async () => {
    const id = `order-${newNumber().slice(1)}`;
    const person = visitor(gateway);
    const first = await person.open(`${page}?id=${id}`);
    await person.press(first, "cancel");
    const { items } = await gateway.operator<{ items: { theirId: string }[] }>(
      "GET",
      `/admin/v1/transactions?account=${shop.account.id}&limit=500`,
    );
    expect(items.filter(({ theirId }) => theirId === id)).toEqual([]);
  });

  it("is not left by another browser than the one that goes through it", async () => {
    const { first, asked, person, number, pin } = await withPin();
    const stranger = visitor(gateway);
    await stranger.press(await stranger.open(first.url), "cancel");
    expect((await person.press(asked, "pin", { pin })).location).toContain("shop.example");
    expect(await chargesOf(gateway, number, 5)).toHaveLength(1);
  });

  it("sends PINs to numbers of its own country only", async () => {
    const person = visitor(gateway);
    const refused = await person.press(await person.open(page), "number", { number: "+46701234567" });
    expect(refused.status).toBe(422);
  });

  it("takes a number as it is dialled where its short number bills", async () => {
    const { page } = await openSwedish();
    const person = visitor(gateway);
    const asked = await person.press(await person.open(page), "number", { number: "070-123 45 67" });
    expect(asked.status).toBe(200);
    expect(await pinOn(gateway, "+46701234567")).toMatch(/^\d{4}$/);
    const stranger = visitor(gateway);
    const refused = await stranger.press(await stranger.open(page), "number", { number: "+47 980 79 008" });
    expect(refused.status).toBe(422);
  });

  it("asks for an amount with the decimals of its currency", async () => {
    const { page } = await openSwedish({ currency: "JPY", price: 500 });
    const { html } = await visitor(gateway).open(page);
    expect(html).toContain("500 JPY");
    expect(html).not.toContain("5 JPY<");
  });

  it("ends after an hour, and says so", async () => {
    const { person, first, asked, number, pin } = await withPin();
    await gateway.advance(3_601);
    const over = await person.open(first.url);
    expect(over.html).toContain("Tiden er ute");
    expect(over.html).toContain("https://shop.example/done");
    expect((await person.press(asked, "pin", { pin })).location).toContain("shop.example");
    await gateway.advance(60);
    expect(await chargesOf(gateway, number)).toEqual([]);
  });

  it("sends one SMS for two clicks, with a PIN that is right", async () => {
    const person = visitor(gateway);
    const number = newNumber();
    const first = await person.open(page);
    const [, second] = await Promise.all([
      person.press(first, "number", { number }),
      person.press(first, "number", { number }),
    ]);
    expect(second.html).toContain("Koden du fikk på SMS");
    await person.press(first, "number", { number });
    await gateway.advance(5);
    const texts = await gateway.handset(number);
    expect(texts).toHaveLength(1);
    const done = await person.press(second, "pin", { pin: texts[0]?.text.slice(0, 4) ?? "" });
    expect(done.location).toContain("shop.example");
  });

  it("charges once for any number of clicks", async () => {
    const { person, asked, number, pin } = await withPin();
    const clicks = await Promise.all(Array.from({ length: 5 }, () => person.press(asked, "pin", { pin })));
    for (const { location } of clicks) expect(location).toContain("https://shop.example/done");
    await gateway.advance(60);
    expect(await chargesOf(gateway, number)).toHaveLength(1);
  });

  it("shows a PIN field only to the browser that asked for the PIN", async () => {
    const { first, asked, pin, number } = await withPin();
    const stranger = visitor(gateway);
    const seen = await stranger.open(first.url);
    expect(seen.html).toContain("Mobilnummeret ditt");
    expect(seen.html).not.toContain(`•••• ${number.slice(-2)}`);
    const { fields } = formOf(seen, "number");
    await stranger.post(formOf(asked, "pin").to, { ...fields, action: "pin", pin });
    expect(await chargesOf(gateway, number)).toEqual([]);
  });

  it("sends no more than a few PINs to one number, over all purchases there are", async () => {
    const number = newNumber();
    const statuses: number[] = [];
    for (let purchase = 0; purchase < 7; purchase++) {
      const person = visitor(gateway);
      const { status, html } = await person.press(await person.open(page), "number", { number });
      statuses.push(status);
      if (status === 429) expect(html).toContain("Det er sendt for mange koder til dette nummeret");
    }
    expect(statuses).toEqual([200, 200, 200, 200, 200, 429, 429]);
    await gateway.advance(5);
    expect(await gateway.handset(number)).toHaveLength(5);
  });

  describe("takes only its own forms:", () => {
    const forged = [
      { name: "none at all", fields: {}, cookie: true },
      { name: "a wrong one", fields: { csrf: "0".repeat(64) }, cookie: true },
      { name: "a short one", fields: { csrf: "1" }, cookie: true },
      { name: "another's", theirs: true, fields: {}, cookie: true },
      { name: "the right one, without the cookie", own: true, fields: {}, cookie: false },
    ];
    it.each(forged)("refuses a form with a token that is $name", async ({ fields, cookie, own, theirs }) => {
      const person = visitor(gateway);
      const number = newNumber();
      const { url, ...seen } = await person.open(page);
      const stranger = visitor(gateway);
      const token = theirs
        ? formOf(await stranger.open(url), "number").fields
        : own
          ? formOf({ url, ...seen }, "number").fields
          : {};
      if (!cookie) person.forgetCookie();
      for (const action of ["number", "cancel", "pay"]) {
        const answer = await person.post(url, { ...token, ...fields, action, number });
        expect([303, 403]).toContain(answer.status);
        if (action !== "pay")
          expect(answer).toMatchObject({ status: 403, html: expect.stringContaining("Begynn på nytt") });
      }
      expect((await person.open(url)).html).toContain("Mobilnummeret ditt");
      expect(await gateway.handset(number)).toEqual([]);
    });

    it("refuses the token of another purchase", async () => {
      const person = visitor(gateway);
      const { fields } = formOf(await person.open(page), "cancel");
      const { url } = await person.open(page);
      expect((await person.post(url, { ...fields, action: "cancel" })).status).toBe(403);
    });

    it("is not moved by fields that were added or altered", async () => {
      const person = visitor(gateway);
      const number = newNumber();
      const first = await person.open(page);
      const altered = {
        ...{ price: "1", amount: "1", id: "other", theirId: "other", redirectUrl: "https://evil.example/" },
        ...{
          back: "https://evil.example/",
          service: "other",
          account: "other",
          merchant: "other",
          recipient: "+4791234567",
        },
      };
      const asked = await person.press(first, "number", { number, ...altered });
      const done = await person.press(asked, "pin", { pin: await pinOn(gateway, number), ...altered });
      expect(done.location).toBe(`https://shop.example/done?order=${idOf(first.url)}`);
      expect(await chargesOf(gateway, number)).toMatchObject([{ amount: 4900 }]);
    });

    it.each([
      { name: "JSON", type: "application/json", body: "{}" },
      { name: "a form of parts", type: "multipart/form-data; boundary=x", body: "--x--" },
      { name: "more than any form of ours has", type: FORM, body: `number=${"1".repeat(20_000)}` },
      { name: "bytes that are no text", type: FORM, body: new Uint8Array([0xff, 0xfe, 0xfd]) },
    ])("answers 400 to $name", async ({ type, body }) => {
      const person = visitor(gateway);
      const { url } = await person.open(page);
      const answer = await person.see(url, { method: "POST", body, headers: { "content-type": type } });
      expect(answer).toMatchObject({ status: 400, html: expect.stringContaining("Det kunne vi ikke lese") });
    });

    it("does nothing for an action that it does not know", async () => {
      const person = visitor(gateway);
      const first = await person.open(page);
      const { to, fields } = formOf(first, "number");
      const answer = await person.post(to, { ...fields, action: "refund" });
      expect(answer).toMatchObject({ status: 303, location: to });
    });
  });

  it("shows no number in an address or in the log", async () => {
    const { person, asked, number, pin } = await withPin();
    await person.press(asked, "pin", { pin });
    expect(asked.url).not.toContain(number.slice(-8));
    expect(gateway.log.length).toBeGreaterThan(10);
    const telling = gateway.log.filter((line) => line.includes(number.slice(-8)) || line.includes(`"${pin}"`));
    expect(telling).toEqual([]);
  });

  it("does not believe a header that anybody could send", async () => {
    const person = visitor(gateway, { "x-msisdn": newNumber() });
    expect((await person.open(page)).html).toContain("Mobilnummeret ditt");
  });
});

describe("while the charge is under way, the page", () => {
  const closed = {
    ...OPEN,
    step: "closed",
    state: "sent",
    back: { url: "https://shop.example/done", outcome: "success" },
  } as const;

  it("waits a while, then says so, looks again a few times, and leads back to the merchant all the same", async () => {
    const { ask, slept } = pageOf(() => closed);
    const answer = await ask("/service?id=1", { action: "pin", pin: "1234" });
    expect(slept()).toBeGreaterThan(6_000);
    expect(slept()).toBeLessThanOrEqual(8_000);
    const seen: string[] = [];
    for (let at = answer.headers.get("location"); at?.startsWith("/"); ) {
      seen.push(at);
      const page = await ask(at);
      const refresh = page.headers.get("refresh");
      if (refresh) expect(await page.text()).toContain("Betaler …");
      at = refresh?.replace("3; url=", "") ?? page.headers.get("location");
      if (!at?.startsWith("/")) expect(at).toBe("https://shop.example/done");
    }
    expect(seen).toEqual(["/service?id=1&paying=1", "/service?id=1&paying=2", "/service?id=1&paying=3"]);
  });

  it("leads back to the merchant as soon as it is through", async () => {
    let looks = 0;
    const { ask, slept } = pageOf(() => (++looks > 5 ? { ...closed, isSettled: true, state: "billed" } : closed));
    const answer = await ask("/service?id=1", { action: "pin", pin: "1234" });
    expect(answer.headers.get("location")).toBe("https://shop.example/done");
    expect(slept()).toBeLessThan(2_000);
  });

  it("tells who comes by that nothing more is to be done", async () => {
    const { ask } = pageOf(() => closed);
    expect(await (await ask("/service?id=1")).text()).toContain("Betalingen er på vei");
  });

  const unusable = [
    ...["", "javascript:alert(1)", "data:text/html,x", "http://x.example/\r\nSet-Cookie: a=b", "http://x.example/\n"],
    ...["http://x.example/\u0000", "https://user:pw@x.example/"],
  ];
  it.each(unusable.map((url) => [JSON.stringify(url), url] as const))(
    "leads a person who has paid nowhere that is no web address, and is no fault of ours: %s",
    async (_, url) => {
      const { ask } = pageOf(() => ({
        ...closed,
        isSettled: true,
        state: "billed",
        back: { url, outcome: "success" },
      }));
      const answer = await ask("/service?id=1", { action: "pin", pin: "1234" });
      expect(answer.headers.get("location")).toBe("/service?id=1");
      const page = await ask("/service?id=1");
      expect(page.status).toBe(200);
      expect(await page.text()).not.toMatch(/javascript:|data:|class="go"/);
    },
  );

  it("leads to an address with letters that no header carries", async () => {
    const back = { url: "https://shop.example/✓?takk=å", outcome: "success" } as const;
    const { ask } = pageOf(() => ({ ...closed, isSettled: true, state: "billed", back }));
    const answer = await ask("/service?id=1", { action: "pin", pin: "1234" });
    expect(answer.headers.get("location")).toBe("https://shop.example/%E2%9C%93?takk=%C3%A5");
  });

  it.each([
    { state: "billed", isSettled: true, outcome: "success", says: "Betalt" },
    { state: "reversed", isSettled: true, outcome: "success", says: "Betalt tilbake" },
    { state: "unknown", isSettled: false, outcome: "success", says: "Betalingen er på vei" },
    { state: "cancelled", isSettled: true, outcome: "cancelled", says: "Avbrutt" },
    { state: "failed", isSettled: true, outcome: "cancelled", says: "Ikke betalt" },
    { state: "expired", isSettled: true, outcome: "cancelled", says: "Tiden er ute" },
    { state: "waiting", isSettled: false, outcome: "cancelled", says: "Tiden er ute" },
  ] as const)("says of a purchase that is $state: $says", async ({ state, isSettled, outcome, says }) => {
    const { ask } = pageOf(() => ({ ...closed, state, isSettled, back: { url: "https://shop.example", outcome } }));
    expect(await (await ask("/service?id=1")).text()).toContain(`<h1>${says}</h1>`);
  });
});

describe("an address that is tried out", () => {
  it.each(["/service?id=1", "/acme/order-1", "/gavekort?id=order-1", "/gavekort"])(
    "is answered after those before it were waited for, and counts itself where nothing is: %s",
    async (path) => {
      const { ask, told } = pageOf(() => undefined);
      expect((await ask(path)).status).toBe(404);
      expect(told.filter((what) => what !== "looked")).toEqual(
        path === "/gavekort" ? ["missed"] : ["held up", "missed"],
      );
    },
  );

  it("is no sooner told of a purchase that is there", async () => {
    const { ask, told } = pageOf(() => OPEN);
    expect((await ask("/acme/order-1")).status).toBe(200);
    await ask("/service?id=1", { action: "nothing" });
    expect(told).toEqual(["held up", "looked", "held up", "looked"]);
  });
});

describe("when something goes wrong on our side, the page", () => {
  it("says so under an id, and no more", async () => {
    const { ask } = pageOf(() => {
      throw new Error("D1_ERROR: secret");
    });
    const answer = await ask("/service?id=1");
    const html = await answer.text();
    expect(answer.status).toBe(500);
    expect(html).toContain("Noe gikk galt hos oss");
    expect(html).toContain("f4017");
    expect(html).toContain('href="/service?id=1"');
    expect(html).not.toContain("secret");
  });

  it("shows a prefix that it is called under in all its links", async () => {
    const { ask } = pageOf(() => OPEN, "https://pay.example/mobile/");
    expect(await (await ask("/service?id=1")).text()).toContain('action="/mobile/service?id=1"');
  });
});

describe("where the network tells whose phone it is, the page", () => {
  const NETWORK = "203.0.113.7";
  const gateway = useGateway({
    MSISDN_HEADER: "x-msisdn",
    TRUSTED_PROXIES: `${NETWORK}, 203.0.113.8`,
    PUBLIC_URL: "https://pay.example",
  });
  let page: string;
  beforeAll(async () => {
    page = `/${(await openShop(gateway, MONTHLY)).service}`;
  });
  const onNetwork = (number: string, from = NETWORK) =>
    visitor(gateway, { "cf-connecting-ip": from, "x-msisdn": number });

  it("asks for no more than one click", async () => {
    const number = newNumber();
    const person = onNetwork(number.slice(1));
    const first = await person.open(page);
    expect(first.html).toContain(`Du betaler med •••• ${number.slice(-2)}.`);
    expect(first.html).toContain(MONTHLY.onlineText);
    expect(first.html).not.toContain(number.slice(-8));
    const done = await person.press(first, "pay");
    expect(done.location).toBe(`https://shop.example/done?order=${idOf(first.url)}`);
    expect(await chargesOf(gateway, number)).toMatchObject([{ amount: 4900 }]);
    expect(await gateway.handset(number, { match: "^\\d{4} " })).toEqual([]);
    expect((await person.open(first.url)).html).toContain("STOP FJELL til 2002");
  });

  it("keeps its cookie to https, where that is what it is called by", async () => {
    const { headers } = await onNetwork(newNumber()).open(page);
    expect(headers.get("set-cookie")).toMatch(
      /^__Host-stafett_session=[^;]+; Max-Age=3600; Path=\/; HttpOnly; Secure;/,
    );
  });

  it("charges once for two clicks", async () => {
    const number = newNumber();
    const person = onNetwork(number);
    const first = await person.open(page);
    const clicks = await Promise.all([person.press(first, "pay"), person.press(first, "pay")]);
    for (const { location } of clicks) expect(location).toContain("https://shop.example/done");
    await gateway.advance(60);
    expect(await chargesOf(gateway, number)).toHaveLength(1);
  });

  it("takes another number, by PIN", async () => {
    const [theirs, another] = [newNumber(), newNumber()];
    const person = onNetwork(theirs);
    const first = await person.open(page);
    const link = first.html.match(/href="([^"]*by=pin[^"]*)"/)?.[1]?.replaceAll("&amp;", "&") ?? "";
    const asked = await person.press(await person.open(link), "number", { number: another });
    const done = await person.press(asked, "pin", { pin: await pinOn(gateway, another) });
    expect(done.location).toContain("shop.example");
    expect(await chargesOf(gateway, another)).toHaveLength(1);
    expect(await chargesOf(gateway, theirs)).toEqual([]);
  });

  it("charges nobody but the one whose number was shown", async () => {
    const [shown, now] = [newNumber(), newNumber()];
    const person = onNetwork(shown);
    const { to, fields } = formOf(await person.open(page), "pay");
    const answer = await person.post(to, { ...fields, action: "pay" }, { headers: { "x-msisdn": now } });
    expect(answer.status).toBe(403);
    expect(await chargesOf(gateway, now)).toEqual([]);
  });

  it("asks for the number of who has left the network meanwhile", async () => {
    const person = onNetwork(newNumber());
    const { to, fields } = formOf(await person.open(page), "pay");
    const init = { headers: { "cf-connecting-ip": "198.51.100.1" } };
    const answer = await person.post(to, { ...fields, action: "pay" }, init);
    expect(answer).toMatchObject({ status: 303, location: to });
    expect((await person.see(to, init)).html).toContain("Mobilnummeret ditt");
  });

  it.each([
    { name: "from anywhere else", from: "198.51.100.1", number: "+4798079008" },
    { name: "from nowhere", from: "", number: "+4798079008" },
    { name: "that is no number", from: NETWORK, number: "unknown" },
    { name: "that is more than one", from: NETWORK, number: "4798079008, 4798079009" },
  ])("asks for the number where the header comes $name", async ({ from, number }) => {
    expect((await onNetwork(number, from).open(page)).html).toContain("Mobilnummeret ditt");
  });
});

describe("on a machine without an edge, the page", () => {
  const gateway = useGateway({
    MSISDN_HEADER: "x-msisdn",
    TRUSTED_PROXIES: "203.0.113.7",
    LOCAL_ADDRESS: "127.0.0.1",
  });

  it("does not believe a caller who says to be somebody else", async () => {
    const { service } = await openShop(gateway);
    const liar = visitor(gateway, {
      "cf-connecting-ip": "203.0.113.7",
      "x-msisdn": "+4798079008",
      "x-forwarded-host": "evil.example",
      "x-forwarded-proto": "https",
    });
    const { html, headers } = await liar.open(`/${service}`);
    expect(html).toContain("Mobilnummeret ditt");
    expect(headers.get("set-cookie")).not.toContain("Secure");
  });

  it.each([
    { host: "127.0.0.1", address: "127.0.0.1" },
    { host: "localhost", address: "127.0.0.1" },
    { host: "0.0.0.0", address: "unknown" },
  ])("has its callers from $address where it listens on $host, whatever the environment says", ({ host, address }) => {
    const stateDir = mkdtempSync(join(tmpdir(), "stafett-"));
    try {
      const environment = { LOCAL_ADDRESS: "203.0.113.7", MSISDN_HEADER: "x-msisdn" };
      expect(localSettings(stateDir, host, environment)).toMatchObject({
        LOCAL_ADDRESS: address,
        MSISDN_HEADER: "x-msisdn",
      });
    } finally {
      rmSync(stateDir, { recursive: true });
    }
  });
});

const OPEN: Purchase = {
  step: "number",
  merchant: "Fjellposten AS",
  invoiceText: "Fjellposten digital",
  amount: 4900,
  currency: "NOK",
  age: 0,
  shortNumber: "2002",
  recurring: false,
  isSettled: false,
  state: "waiting",
  canBeBilled: true,
};

/** The page alone, over a gateway that only says how a purchase stands; and how long it has waited for that. */
function pageOf(stands: () => Purchase | undefined, publicUrl = "https://pay.example") {
  let slept = 0;
  const told: string[] = [];
  const lookAt = async () => {
    told.push("looked");
    return stands();
  };
  const app = new Hono<PageEnv>();
  app.use(async (c, next) => {
    c.set("gateway", { lookAt, confirmByPin: async () => stands() } as unknown as Gateway);
    c.set("ports", {
      clock: {
        now: () => slept,
        wall: () => slept,
        sleep: async (milliseconds) => {
          slept += milliseconds;
        },
      },
      ids: { uuid: () => SESSION } as Ids,
      codes: {
        digest: async (_: string, text: string) => `digest of ${text}`,
        isDigest: async (_: string, text: string, digest: string) => digest === `digest of ${text}`,
      } as Codes,
    });
    c.set("publicUrls", [publicUrl]);
    c.set("networkNumber", undefined);
    c.set("clientNetwork", "");
    c.set("slowDown", async () => {});
    c.set("guesses", {
      missed: async () => void told.push("missed"),
      holdUp: async () => void told.push("held up"),
    });
    c.set("isReserved", (name) => name === "service");
    c.set("fault", () => "f4017");
    await next();
  });
  app.route("/", purchase);
  const name = publicUrl.startsWith("https:") ? "__Host-stafett_session" : "stafett_session";
  const csrf = `digest of form ${SESSION} ["/service","1",""]`;
  return {
    told,
    slept: () => slept,
    ask: (path: string, fields?: Record<string, string>) =>
      app.request(path, {
        headers: { accept: "text/html", cookie: `${name}=${SESSION}.digest of session ${SESSION}` },
        ...(fields ? { method: "POST", body: new URLSearchParams({ ...fields, csrf }) } : {}),
      }),
  };
}

/** A PIN that this is not. */
function other(pin: string): string {
  return pin === "1111" ? "2222" : "1111";
}
