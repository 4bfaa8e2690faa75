/** The purchase page in a real browser: by thumb and by keyboard, on small phones, in the dark, without JavaScript. */

import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import type { BrowserContext, BrowserContextOptions, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { drawn, hasBrowser, PHONE, useBrowser } from "../support/browser.ts";
import { newNumber, useGateway } from "../support/gateway.ts";
import { useReceiver } from "../support/receiver.ts";
import { chargesOf, LINKS, MONTHLY, openShop, pinOn } from "../support/shop.ts";

const AXE = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

describe.skipIf(!hasBrowser)("in a browser", () => {
  const gateway = useGateway({
    MSISDN_HEADER: "x-msisdn",
    TRUSTED_PROXIES: "127.0.0.1",
    LOCAL_ADDRESS: "127.0.0.1",
  });
  const merchant = useReceiver();
  const chromium = useBrowser();
  let page: string;
  let monthly: string;
  beforeAll(async () => {
    const redirectUrl = `${merchant.url}/done?order={TransactionId}`;
    page = `${gateway.url}/${(await openShop(gateway, { redirectUrl })).service}`;
    monthly = `${gateway.url}/${(await openShop(gateway, { ...MONTHLY, redirectUrl, age: 18 }, LINKS)).service}`;
  });

  /** A browser of its own; what it said of broken rules, and where else it went, is kept. */
  const visit = async (options: BrowserContextOptions = {}) => {
    const context = await chromium.browser.newContext({ viewport: PHONE, locale: "nb-NO", ...options });
    const tab = await context.newPage();
    const complaints: string[] = [];
    tab.on("console", (said) => {
      // Chromium reports every answer that is no success; ours are meant.
      if (!/^Failed to load resource: the server responded with a status of (404|422|429)/.test(said.text())) {
        complaints.push(said.text());
      }
    });
    tab.on("pageerror", (error) => complaints.push(String(error)));
    tab.on("request", (request) => {
      const { origin } = new URL(request.url());
      if (![gateway.url, merchant.url].includes(origin)) complaints.push(`asked ${origin}`);
    });
    return { context, tab, complaints };
  };
  const giveNumber = async (tab: Page, number: string) => {
    await tab.getByLabel("Mobilnummeret ditt").fill(number.slice(3));
    await tab.getByRole("button", { name: "Send meg koden" }).click();
    await tab.getByLabel("Koden du fikk på SMS").waitFor();
    return pinOn(gateway, number);
  };
  const atMerchant = (tab: Page) => tab.waitForURL(`${merchant.url}/done?order=*`);
  const pay = async (tab: Page, pin: string) => {
    await tab.getByLabel("Koden du fikk på SMS").fill(pin);
    await tab.getByRole("button", { name: "Betal 49 kr" }).click();
    await atMerchant(tab);
  };

  describe.each([
    { name: "light", options: { colorScheme: "light", locale: "nb-NO" }, width: 360 },
    { name: "dark", options: { colorScheme: "dark", locale: "en-GB" }, width: 360 },
    { name: "narrow", options: { colorScheme: "light", locale: "en-GB" }, width: 320 },
    { name: "wide", options: { colorScheme: "dark", locale: "nb-NO" }, width: 1280 },
  ] as const)("every step, $name,", ({ name, options, width }) => {
    let context: BrowserContext;
    let tab: Page;
    beforeAll(async () => {
      ({ context, tab } = await visit({ ...options, viewport: { width, height: 740 }, bypassCSP: true }));
    });
    afterAll(() => context?.close());

    /** The checker has nothing to say, nothing is cut off, everything is large enough for a thumb. */
    const isGood = async (step: string) => {
      await drawn(tab, `${step}-${name}`);
      await tab.evaluate(AXE);
      const violations = await tab.evaluate(async () => {
        const { axe } = globalThis as unknown as { axe: { run(): Promise<{ violations: AxeViolation[] }> } };
        return (await axe.run()).violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(" ")}`);
      });
      expect(violations, step).toEqual([]);
      expect(await tab.evaluate("document.documentElement.scrollWidth"), step).toBeLessThanOrEqual(width);
      for (const target of await tab.locator("a, button, input:not([type=hidden])").all()) {
        const box = await target.boundingBox();
        expect(
          Math.min(box?.width ?? 0, box?.height ?? 0),
          `${step}: ${await target.innerHTML()}`,
        ).toBeGreaterThanOrEqual(44);
      }
    };
    type AxeViolation = { id: string; nodes: { html: string }[] };

    it("is readable, and can be used by everybody", async () => {
      const number = newNumber();
      await tab.goto(monthly);
      await isGood("1-number");
      await tab.locator("#number").fill("+47 11 11 11 11");
      await tab.locator("button.go").click();
      await tab.locator("#mistake").waitFor();
      expect(await tab.evaluate("document.activeElement.id")).toBe("number");
      await isGood("2-number-wrong");
      await tab.locator("#number").fill(number);
      await tab.locator("button.go").click();
      await tab.locator("#pin").waitFor();
      expect(await tab.evaluate("document.activeElement.id")).toBe("pin");
      await isGood("3-pin");
      const pin = await pinOn(gateway, number);
      await tab.locator("#pin").fill(pin === "1111" ? "2222" : "1111");
      await tab.locator("button.go").click();
      await tab.locator("#mistake").waitFor();
      await isGood("4-pin-wrong");
      const { href } = await tab.evaluate<{ href: string }>("({ href: location.href })");
      await tab.locator("button[value=cancel]").click();
      await atMerchant(tab);
      await tab.goto(href);
      await isGood("5-cancelled");

      await context.setExtraHTTPHeaders({ "x-msisdn": newNumber() });
      await tab.goto(monthly);
      await isGood("6-network");
      const known = tab.url();
      await tab.locator("button.go").click();
      await atMerchant(tab);
      await tab.goto(known);
      await isGood("7-paid");
      await context.setExtraHTTPHeaders({});
      await tab.goto(`${gateway.url}/nothing-here`);
      await isGood("8-nothing");
    });
  });

  it("goes all the way without JavaScript, breaks no rule of its own policy, and asks nobody else for anything", async () => {
    const { context, tab, complaints } = await visit({ javaScriptEnabled: false });
    const number = newNumber();
    await tab.goto(page);
    await pay(tab, await giveNumber(tab, number));
    expect(await chargesOf(gateway, number)).toMatchObject([{ amount: 4900 }]);
    expect(complaints).toEqual([]);
    await context.close();
  });

  it("can be gone through with a keyboard alone", async () => {
    const { context, tab } = await visit();
    const number = newNumber();
    await tab.goto(page);
    await tab.keyboard.press("Tab"); // the other language
    await tab.keyboard.press("Tab");
    await tab.keyboard.type(number);
    expect(await tab.evaluate("getComputedStyle(document.activeElement).outlineStyle")).toBe("solid");
    await tab.keyboard.press("Enter");
    await tab.locator("#pin").waitFor();
    await tab.keyboard.type(await pinOn(gateway, number));
    await tab.keyboard.press("Enter");
    await atMerchant(tab);
    expect(await chargesOf(gateway, number)).toHaveLength(1);
    await context.close();
  });

  it("changes language on the way, and keeps it", async () => {
    const { context, tab } = await visit();
    const number = newNumber();
    await tab.goto(page);
    await tab.getByRole("link", { name: "English" }).click();
    await tab.getByLabel("Your mobile number").fill(number);
    await tab.getByRole("button", { name: "Send me the PIN" }).click();
    await tab.getByText("Four digits, sent to").waitFor();
    expect(await tab.title()).toBe("Pay NOK 49 to Fjellposten AS");
    await context.close();
  });

  it("stays the same purchase when it is reloaded at any step", async () => {
    const { context, tab, complaints } = await visit();
    const number = newNumber();
    await tab.goto(page);
    const url = tab.url();
    await tab.reload();
    expect(tab.url()).toBe(url);
    const pin = await giveNumber(tab, number);
    await tab.reload();
    await tab.getByLabel("Koden du fikk på SMS").fill(pin === "1111" ? "2222" : "1111");
    await tab.getByRole("button", { name: "Betal 49 kr" }).click();
    await tab.getByText("Du har 2 forsøk igjen").waitFor();
    await tab.reload();
    await tab.getByText("Du har 2 forsøk igjen").waitFor();
    await pay(tab, pin);
    await gateway.advance(5);
    expect(await gateway.handset(number, { match: "^\\d{4} " })).toHaveLength(1);
    expect(await chargesOf(gateway, number)).toHaveLength(1);
    expect(complaints).toEqual([]);
    await context.close();
  });

  it("shows by the back button, and on a second visit, what became of it, and charges no more", async () => {
    const { context, tab } = await visit();
    const number = newNumber();
    await tab.goto(page);
    const url = tab.url();
    const pin = await giveNumber(tab, number);
    await tab.getByLabel("Koden du fikk på SMS").fill(pin === "1111" ? "2222" : "1111");
    await tab.getByRole("button", { name: "Betal 49 kr" }).click();
    await tab.getByRole("alert").waitFor();
    await pay(tab, pin);
    // Each page on the way back; a page that answers a form would be an error page here.
    for (let steps = 0; steps < 3 && tab.url() !== "about:blank"; steps++) {
      await tab.goBack();
      await tab.getByRole("heading", { name: "Betalt" }).waitFor();
    }
    await tab.goto(url);
    await tab.getByRole("link", { name: "Tilbake til Fjellposten AS" }).click();
    await atMerchant(tab);
    await gateway.advance(60);
    expect(await chargesOf(gateway, number)).toHaveLength(1);
    await context.close();
  });

  it("charges once for a double click, and for a second tab", async () => {
    const { context, tab } = await visit();
    const number = newNumber();
    await tab.goto(page);
    const pin = await giveNumber(tab, number);
    const second = await context.newPage();
    await second.goto(tab.url());
    for (const one of [tab, second]) await one.getByLabel("Koden du fikk på SMS").fill(pin);
    await Promise.all([
      tab.getByRole("button", { name: "Betal 49 kr" }).dblclick({ noWaitAfter: true }),
      second.getByRole("button", { name: "Betal 49 kr" }).click({ noWaitAfter: true }),
    ]);
    await Promise.all([atMerchant(tab), atMerchant(second)]);
    await gateway.advance(60);
    expect(await chargesOf(gateway, number)).toHaveLength(1);
    await context.close();
  });

  it("sends one SMS for a double click", async () => {
    const { context, tab } = await visit();
    const number = newNumber();
    await tab.goto(page);
    await tab.getByLabel("Mobilnummeret ditt").fill(number);
    await tab.getByRole("button", { name: "Send meg koden" }).dblclick({ noWaitAfter: true });
    await tab.getByLabel("Koden du fikk på SMS").waitFor();
    await gateway.advance(5);
    expect(await gateway.handset(number)).toHaveLength(1);
    await pay(tab, await pinOn(gateway, number));
    await context.close();
  });

  it("says that the time is out to who comes back too late", async () => {
    const { context, tab } = await visit();
    const number = newNumber();
    await tab.goto(page);
    const pin = await giveNumber(tab, number);
    await gateway.advance(3_601);
    await pay(tab, pin);
    await tab.goBack();
    await tab.getByRole("heading", { name: "Tiden er ute" }).waitFor();
    await drawn(tab, `9-too-late`);
    await gateway.advance(60);
    expect(await chargesOf(gateway, number)).toEqual([]);
    await context.close();
  });

  it("lets nobody be stopped on the way by where the merchant sends them next", async () => {
    const elsewhere = merchant.url.replace("127.0.0.1", "localhost");
    merchant.behave(({ url }) =>
      url.startsWith("/done") ? { status: 302, headers: { location: `${elsewhere}/thanks` } } : { status: 200 },
    );
    const { context, tab } = await visit();
    await tab.goto(page);
    await tab.getByRole("button", { name: "Avbryt" }).click();
    await tab.waitForURL(`${elsewhere}/thanks`);
    merchant.behave(() => ({ status: 200 }));
    await context.close();
  });

  it("tells the merchant nothing of where the person comes from", async () => {
    const { context, tab } = await visit();
    await tab.goto(page);
    const order = new URL(tab.url()).searchParams.get("id") ?? "";
    await tab.getByRole("button", { name: "Avbryt" }).click();
    const [came] = await merchant.next(1, ({ url }) => url.includes(order));
    expect(came?.headers.referer).toBeUndefined();
    await context.close();
  });

  it("waits with the person while the charge is under way, and then goes on", async () => {
    const { context, tab, complaints } = await visit({ javaScriptEnabled: false });
    const number = newNumber();
    await gateway.faults({ receiptDelaySeconds: 600, only: "charges", times: 1 });
    await tab.goto(page);
    const pin = await giveNumber(tab, number);
    await tab.getByLabel("Koden du fikk på SMS").fill(pin);
    await tab.getByRole("button", { name: "Betal 49 kr" }).click();
    await tab.getByRole("heading", { name: "Betaler …" }).waitFor();
    await drawn(tab, `9-paying`);
    await gateway.advance(601);
    await atMerchant(tab);
    expect(await chargesOf(gateway, number)).toHaveLength(1);
    expect(complaints).toEqual([]);
    await context.close();
  });
});
