/** Buying as a phone: the console puts the browser on its mobile data, or leaves it on Wi-Fi, where a PIN is asked. */

import { beforeAll, describe, expect, it } from "vitest";
import { hasBrowser, PHONE } from "../../support/browser.ts";
import { looksRight, type Tab, useConsole } from "../../support/console.ts";
import { ADMIN_TOKEN, newNumber, type TestGateway, useGateway } from "../../support/gateway.ts";
import { useReceiver } from "../../support/receiver.ts";
import { chargesOf, openShop, type Shop } from "../../support/shop.ts";

const addressOf = (msisdn: string) => `/console/handsets/${encodeURIComponent(msisdn)}`;

describe.skipIf(!hasBrowser)("a phone in the console", () => {
  const gateway = useGateway();
  const merchant = useReceiver();
  const console = useConsole(gateway);
  beforeAll(async () => {
    await openShop(gateway, { redirectUrl: `${merchant.url}/done` });
  });
  /** Presses a button that opens the purchase page beside the console. */
  const opens = async ({ page }: Tab, name: string) => {
    const [opened] = await Promise.all([
      page.context().waitForEvent("page"),
      page.getByRole("button", { name }).click(),
    ]);
    return opened;
  };

  it("buys on mobile data without a PIN, as the operator says whose it is", async () => {
    const msisdn = newNumber();
    const tab = await console.enter(addressOf(msisdn));
    const shop = await opens(tab, "On mobile data: Fjellposten digital");
    await shop.getByText(`You pay with •••• ${msisdn.slice(-2)}.`).waitFor();
    await shop.getByRole("button", { name: "Pay NOK 49" }).click();
    await shop.waitForURL(`${merchant.url}/**`);
    await tab.page.locator("#bill").getByRole("listitem").getByText("49.00 NOK").waitFor();
    expect(await chargesOf(gateway, msisdn)).toMatchObject([{ amount: 4_900 }]);
    expect(await gateway.handset(msisdn)).toEqual([]);
  });

  it("buys over Wi-Fi with the PIN that comes into its conversation", async () => {
    const msisdn = newNumber();
    const tab = await console.enter(addressOf(msisdn), { viewport: PHONE });
    // The way over mobile data, not taken, is forgotten.
    await (await opens(tab, "On mobile data: Fjellposten digital")).close();
    const shop = await opens(tab, "Over Wi-Fi: Fjellposten digital");
    await shop.getByLabel("Your mobile number").fill(msisdn);
    await shop.getByRole("button", { name: "Send me the PIN" }).click();
    const pin = await tab.page.locator(".bubble.in mark").textContent();
    await looksRight(tab, "handset-pin-phone");
    await shop.getByLabel("The PIN you got by SMS").fill(pin ?? "");
    await shop.getByRole("button", { name: "Pay NOK 49" }).click();
    await shop.waitForURL(`${merchant.url}/**`);
    await tab.page.locator("#bill").getByRole("listitem").getByText("49.00 NOK").waitFor();
    expect(await chargesOf(gateway, msisdn)).toHaveLength(1);
  });
});

describe("a phone's mobile data", () => {
  const gateway = useGateway();
  const deployed = useGateway({ SANDBOX: "off" });
  let shop: Shop;
  beforeAll(async () => {
    shop = await openShop(gateway);
  });

  const post = (to: TestGateway, path: string, fields: Record<string, string>, cookie = "") =>
    to.fetch(path, {
      method: "POST",
      headers: { cookie, "content-type": "application/x-www-form-urlencoded" },
      body: String(new URLSearchParams(fields)),
    });
  const cookieOf = (answer: Response, name: string) =>
    answer.headers.getSetCookie().find((one) => one.startsWith(`${name}=`)) ?? "";
  const login = async (to: TestGateway) =>
    cookieOf(await post(to, "/console/login", { token: ADMIN_TOKEN }), "stafett_console").split(";")[0] ?? "";
  /** The cookie by which the gateway knows whose phone it is. */
  const joined = async (msisdn: string) => {
    const fields = { over: "data", account: shop.account.id, service: shop.service };
    const answer = await post(gateway, `${addressOf(msisdn)}/network`, fields, await login(gateway));
    expect(answer.headers.get("location")).toBe(`/${shop.service}`);
    return cookieOf(answer, "stafett_network");
  };
  /** What the purchase page shows to a browser with this cookie. */
  const pageFor = async (to: TestGateway, { service }: Shop, cookie: string) => {
    const first = await to.fetch(`/${service}`, { headers: { accept: "text/html", cookie } });
    const page = await to.fetch(first.headers.get("location") ?? "", { headers: { accept: "text/html", cookie } });
    return page.text();
  };
  const PAYS = 'value="pay"';

  it("is told by a cookie that scripts cannot read, for ten minutes", async () => {
    const cookie = await joined(newNumber());
    expect(cookie).toMatch(/Max-Age=600; Path=\/; HttpOnly; SameSite=Lax$/);
    expect(await pageFor(gateway, shop, cookie.split(";")[0] ?? "")).toContain(PAYS);
  });

  it("is not had by a cookie that somebody made up, or changed", async () => {
    const [value = ""] = (await joined(newNumber())).split(";");
    const [until = "", , signature = ""] = value.replace("stafett_network=", "").split(".");
    const forged = [
      `stafett_network=9999999999.4791000010.${"0".repeat(64)}`,
      `stafett_network=${until}.4799999999.${signature}`,
      `stafett_network=${Number(until) + 1}.4791000010.${signature}`,
      `stafett_network=9999999999.4791000010.${(await login(gateway)).replace("stafett_console=", "")}`,
      `stafett_network=1000000000.4791000010.${signature}`,
    ];
    for (const cookie of forged) expect(await pageFor(gateway, shop, cookie), cookie).not.toContain(PAYS);
  });

  it("counts for nothing outside the sandbox, and cannot be had there", async () => {
    const [cookie = ""] = (await joined(newNumber())).split(";");
    const elsewhere = await openShop(deployed);
    expect(await pageFor(deployed, elsewhere, cookie)).not.toContain(PAYS);
    const fields = { over: "data", account: elsewhere.account.id, service: elsewhere.service };
    const answer = await post(deployed, `${addressOf(newNumber())}/network`, fields, await login(deployed));
    expect(answer.status).toBe(403);
    expect(answer.headers.getSetCookie()).toEqual([]);
  });

  it("is given to nobody without the operator's token", async () => {
    const answer = await post(gateway, `${addressOf(newNumber())}/network`, { over: "data", service: shop.service });
    expect(answer.headers.get("location")).toMatch(/^\/console\/login/);
    expect(cookieOf(answer, "stafett_network")).toBe("");
  });

  it("leads nowhere but to what is sold", async () => {
    const fields = { over: "data", account: shop.account.id, service: "//evil.example" };
    const answer = await post(gateway, `${addressOf(newNumber())}/network`, fields, await login(gateway));
    expect(answer.status).toBe(404);
    expect(cookieOf(answer, "stafett_network")).toBe("");
  });
});
