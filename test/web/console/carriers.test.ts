/** Carriers in the console: set up from their schemas, tried, changed and retired; no secret is shown again. */

import { beforeEach, describe, expect, it } from "vitest";
import { hasBrowser } from "../../support/browser.ts";
import { looksRight, PHONE, type Tab, useConsole } from "../../support/console.ts";
import { useGateway } from "../../support/gateway.ts";
import { useReceiver } from "../../support/receiver.ts";

const AT = "/console/carriers";
const SECRET = "hush-hush-key";

describe.skipIf(!hasBrowser)("the console's carriers", () => {
  const gateway = useGateway();
  const console = useConsole(gateway);
  const provider = useReceiver();
  beforeEach(() => {
    provider.received.length = 0;
    provider.behave(({ method }) => (method === "POST" ? { status: 201 } : { status: 200, body: "[]" }));
  });

  const press = ({ page }: Tab, name: string) => page.getByRole("button", { name, exact: true }).click();
  const says = ({ page }: Tab, text: string) => page.getByText(text).first().waitFor();
  const field = ({ page }: Tab, name: string) => page.locator(`[name="${name}"]`);
  const setUp = async (tab: Tab, name: string) => {
    await tab.go(`${AT}/new/target365`);
    await field(tab, "name").fill(name);
    await field(tab, "settings.baseUrl").fill(provider.url);
    await field(tab, "secrets.apiKey").fill(SECRET);
    await press(tab, "Add carrier");
    await says(tab, "The carrier is set up as it stands here.");
  };

  it("are set up by a form, tried, and never show their secret", async () => {
    const tab = await console.enter("/console/setup");
    await tab.page.getByRole("link", { name: "Carriers" }).click();
    await tab.page.getByRole("link", { name: "target365", exact: true }).click();
    await looksRight(tab, "carriers-new");
    await setUp(tab, "norway");
    await looksRight(tab, "carriers-one");
    expect(await tab.page.content()).not.toContain(SECRET);
    await field(tab, "recipient").fill("+4791000000");
    await field(tab, "sender").fill("Shop");
    await field(tab, "text").fill("Hello");
    await press(tab, "Send it");
    await says(tab, "It answered: taken");
    expect(provider.received.filter(({ method }) => method === "POST")).toMatchObject([{ json: { content: "Hello" } }]);
    expect(provider.received.at(-1)?.headers["x-apikey"]).toBe(SECRET);
  });

  it("have a price list, which a pasted one takes the place of; a line that is wrong is named", async () => {
    const tab = await console.enter(AT, { viewport: PHONE });
    await setUp(tab, "priced");
    await says(tab, "No price list");
    await field(tab, "list").fill("prefix,price,currency\n47,0.0432,EUR\n46,much,EUR");
    await press(tab, "Import prices");
    await tab.page.getByRole("alert").getByText("line 3").waitFor();
    expect(await field(tab, "list").inputValue()).toContain("46,much,EUR");
    await field(tab, "list").fill("prefix,price,currency\n47,0.0432,EUR\n46,1,SEK");
    await press(tab, "Import prices");
    await says(tab, "Price list saved.");
    await says(tab, "+47: EUR 0.0432");
    await says(tab, "+46: SEK 1");
    await looksRight(tab, "carriers-prices-phone");
  });

  it("of SMPP are set up by the form, too: with numbers, choices and boxes", async () => {
    const tab = await console.enter(`${AT}/new/smpp`);
    await field(tab, "name").fill("smsc");
    await field(tab, "settings.host").fill("127.0.0.1");
    await field(tab, "settings.port").fill("1");
    await field(tab, "settings.systemId").fill("stafett");
    await field(tab, "settings.bindType").selectOption("pair");
    await field(tab, "settings.receiptsInText").check();
    await field(tab, "secrets.password").fill("hush1234");
    await press(tab, "Add carrier");
    await says(tab, "The carrier is set up as it stands here.");
    expect(await tab.page.content()).not.toContain("hush1234");
    const { settings } = await gateway.operator<{ settings: Record<string, unknown> }>(
      "GET",
      "/admin/v1/carriers/smsc",
    );
    expect(settings).toMatchObject({ port: 1, bindType: "pair", receiptsInText: true, tls: false, window: 10 });
  });

  it("say beside the field what is wrong, and do not write a secret down again", async () => {
    const tab = await console.enter(`${AT}/new/target365`);
    await field(tab, "name").fill("sweden");
    await field(tab, "settings.baseUrl").fill("nowhere");
    await field(tab, "secrets.apiKey").fill(SECRET);
    await press(tab, "Add carrier");
    expect(await field(tab, "settings.baseUrl").getAttribute("aria-invalid")).toBe("true");
    expect(await field(tab, "settings.baseUrl").inputValue()).toBe("nowhere");
    expect(await tab.page.content()).not.toContain(SECRET);
  });

  it("are switched off and retired, with their secret kept where it is left empty", async () => {
    const tab = await console.enter(AT);
    await setUp(tab, "denmark");
    await field(tab, "isEnabled").uncheck();
    await press(tab, "Save");
    expect(await gateway.operator("GET", "/admin/v1/carriers/denmark")).toMatchObject({
      state: "off",
      secrets: ["apiKey"],
    });
    await tab.page.getByRole("link", { name: "Retire it…" }).click();
    await press(tab, "Retire carrier");
    await says(tab, "Carrier retired");
    expect(await gateway.operator("GET", "/admin/v1/carriers/denmark")).toMatchObject({ state: "retired" });
  });

  it("are listed with their health, on a phone and in the dark too", async () => {
    provider.behave(() => ({ status: 401 }));
    const tab = await console.enter(AT, { viewport: PHONE, colorScheme: "dark" });
    await setUp(tab, "finland");
    await tab.go(AT);
    await says(tab, "it does not know our credentials");
    await looksRight(tab, "carriers-phone-dark");
  });
});
