/** Carriers in the console: set up from their schemas, tried, changed and retired; no secret is shown again. */

import { generateKeyPairSync } from "node:crypto";
import { beforeEach, describe, expect, it } from "vitest";
import { EXAMPLE } from "../../../src/carriers/http/example.ts";
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
    await field(tab, "secrets.apiKey").waitFor();
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

  const describeApi = async (tab: Tab, name: string) => {
    await tab.go(`${AT}/new/http`);
    await field(tab, "name").fill(name);
    await field(tab, "settings.baseUrl").fill(provider.url);
    await field(tab, "secretValue.1").fill(SECRET);
    await press(tab, "Add carrier");
    await says(tab, "The carrier is set up as it stands here.");
  };

  it("of any other API are described, beginning with an example, and tried, without scripts too", async () => {
    provider.behave(({ method }) =>
      method === "POST" ? { status: 201, body: '{"id": "theirs-1"}' } : { status: 200 },
    );
    const tab = await console.enter(AT, { javaScriptEnabled: false });
    await tab.page.getByRole("link", { name: "http", exact: true }).click();
    expect(await field(tab, "secretName.1").inputValue()).toBe("key");
    await describeApi(tab, "other");
    expect(await tab.page.content()).not.toContain(SECRET);
    const { settings, secrets } = await gateway.operator<{ settings: object; secrets: string[] }>(
      "GET",
      "/admin/v1/carriers/other",
    );
    expect(settings).toMatchObject({ ...EXAMPLE, baseUrl: provider.url, secretsInUrl: false });
    expect(secrets).toEqual(["key"]);
    await field(tab, "recipient").fill("+4791000000");
    await field(tab, "sender").fill("Shop");
    await field(tab, "text").fill("Hello");
    await press(tab, "Send it");
    await says(tab, "It answered: taken (reference theirs-1)");
    const [sent] = provider.received.filter(({ method }) => method === "POST");
    expect(sent).toMatchObject({ url: "/v2/send", json: { to: "+4791000000", text: "Hello" } });
    expect(sent?.headers.authorization).toBe(`Bearer ${SECRET}`);
  });

  it("that are described say which member of the description is wrong", async () => {
    const tab = await console.enter(`${AT}/new/http`, { viewport: PHONE });
    await looksRight(tab, "carriers-described-phone");
    await field(tab, "name").fill("wrong");
    await field(tab, "settings.baseUrl").fill(provider.url);
    await field(tab, "secretValue.1").fill(SECRET);
    const cases = [
      { name: "settings.answers", text: '[{"means": "taken",}]', says: "Must be JSON: Expected double-quoted" },
      { name: "settings.answers", text: '[{"means": "perhaps"}]', says: "answers.0.means: must be taken, refused" },
      { name: "settings.answers", text: '[{"means": "taken"}]' },
      { name: "settings.send", text: '{"path": "/s", "body": 1}', says: "send.body: is not known here" },
      { name: "settings.send", text: '{"path": "/{{text}}"}', says: "send.path: text may not stand in a path" },
      { name: "settings.send", text: "3", says: "Must be an object" },
    ];
    for (const { name, text, says } of cases) {
      await field(tab, name).fill(text);
      if (says === undefined) continue;
      await press(tab, "Add carrier");
      await tab.page.getByRole("alert").getByText(says).waitFor();
      expect(await field(tab, name).getAttribute("aria-invalid")).toBe("true");
      expect(await field(tab, name).inputValue()).toBe(text);
      expect(await tab.page.content()).not.toContain(SECRET);
      expect(await field(tab, "secretName.1").inputValue()).toBe("key");
      await field(tab, "secretValue.1").fill(SECRET);
    }
    await looksRight(tab, "carriers-described-wrong-phone");
  });

  it("that are described are changed, with their secrets kept, added and removed", async () => {
    const tab = await console.enter(AT, { viewport: PHONE, colorScheme: "dark" });
    await describeApi(tab, "changing");
    const secrets = async () =>
      (await gateway.operator<{ secrets: string[] }>("GET", "/admin/v1/carriers/changing")).secrets;
    await looksRight(tab, "carriers-described-one-phone-dark");
    await field(tab, "removed.key").check();
    await press(tab, "Save");
    await tab.page.getByRole("alert").getByText("send.headers.Authorization: there is no secret key").waitFor();
    await field(tab, "settings.send").fill('{"path": "/v3", "basic": {"user": "me", "password": "{{secret.pass}}"}}');
    await field(tab, "secretName.1").fill("pass");
    await press(tab, "Save");
    await tab.page.getByRole("alert").getByText("leave the name pass out, too").waitFor();
    await field(tab, "secretValue.1").fill(SECRET);
    await press(tab, "Save");
    await says(tab, "The carrier is set up as it stands here.");
    expect(await secrets()).toEqual(["pass"]);
    await field(tab, "isEnabled").uncheck();
    await press(tab, "Save");
    expect(await gateway.operator("GET", "/admin/v1/carriers/changing")).toMatchObject({
      state: "off",
      secrets: ["pass"],
      settings: { ...EXAMPLE, send: { path: "/v3", basic: { user: "me" } } },
    });
  });

  it("may go from one credential to another", async () => {
    const tab = await console.enter(AT);
    await setUp(tab, "iceland");
    await field(tab, "removed.apiKey").check();
    await field(tab, "secrets.apiKey").fill("both");
    await press(tab, "Save");
    await tab.page.getByRole("alert").getByText("leave one of them").waitFor();
    const { privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
    await field(tab, "removed.apiKey").check();
    await field(tab, "secrets.keyName").fill("stafett-2026");
    await field(tab, "secrets.privateKey").fill(privateKey.export({ type: "pkcs8", format: "der" }).toString("base64"));
    await press(tab, "Save");
    await says(tab, "The carrier is set up as it stands here.");
    const { secrets } = await gateway.operator<{ secrets: string[] }>("GET", "/admin/v1/carriers/iceland");
    expect(secrets.toSorted()).toEqual(["keyName", "privateKey"]);
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
