/** Setting up in the console: from nothing to a text that is sent and a thing that is sold. */

import { generateKeyPairSync } from "node:crypto";
import { Webhook } from "standardwebhooks";
import { beforeAll, describe, expect, it } from "vitest";
import { hasBrowser } from "../../support/browser.ts";
import { looksRight, looksRightEverywhere, PHONE, type Tab, useConsole } from "../../support/console.ts";
import { newNumber, useGateway } from "../../support/gateway.ts";
import { useReceiver } from "../../support/receiver.ts";
import { chargesOf, pinOn, visitor } from "../../support/shop.ts";

const AT = "/console/setup";
let opened = 0;

describe.skipIf(!hasBrowser)("the console's setup", () => {
  const gateway = useGateway();
  const console = useConsole(gateway);
  const receiver = useReceiver();

  const press = ({ page }: Tab, name: string) => page.getByRole("button", { name, exact: true }).click();
  const follow = ({ page }: Tab, name: string) => page.getByRole("link", { name, exact: true }).click();
  const says = ({ page }: Tab, text: string) => page.getByText(text).waitFor();
  const fill = async ({ page }: Tab, values: Record<string, string>) => {
    for (const [label, text] of Object.entries(values))
      await page.getByLabel(label, { exact: false }).first().fill(text);
  };
  /** What is said beside a field. */
  const mistakeOf = async ({ page }: Tab, name: string) => {
    const field = page.locator(`[name="${name}"]`);
    expect(await field.getAttribute("aria-invalid")).toBe("true");
    expect(await field.getAttribute("aria-describedby")).toContain(`${name}-mistake`);
    return (await page.locator(`[id="${name}-mistake"]`).textContent()) ?? "";
  };

  /** Opens an account by the form; answers its id. */
  const open = async (tab: Tab, name = "Nordfrakt AS") => {
    const id = `nordfrakt-${++opened}`;
    await tab.go(AT);
    await tab.page.getByLabel("Id").fill(id);
    await tab.page.getByLabel("Name").fill(name);
    await press(tab, "Create account");
    await says(tab, "Account created.");
    return id;
  };
  /** Adds a credential by the form; answers its secret, as it is shown. */
  const credential = async (tab: Tab, account: string, kind: string, name: string) => {
    await tab.go(`${AT}/${account}/credentials`);
    await follow(tab, kind);
    await tab.page.getByLabel("Name").fill(name);
    await press(tab, "Add credential");
    return (await tab.page.locator("#secret").textContent()) ?? "";
  };
  const sender = async (tab: Tab, account: string, name: string, kind: string, country = "NO") => {
    await tab.go(`${AT}/${account}/senders`);
    await tab.page.getByLabel("Sender").fill(name);
    await tab.page.getByLabel("Type").selectOption(kind);
    await tab.page.getByLabel("Country").fill(country);
    await press(tab, "Save");
    await says(tab, "Sender added.");
  };
  const arrived = async (number: string) => (await gateway.handset(number, { wait: 5 })).map(({ text }) => text);

  it("cancels all that is scheduled of an account, after saying how many there are", async () => {
    const account = await gateway.account();
    const later = { account: account.id, sender: "Shop", text: "Later", sendAt: "2040-01-01T12:00:00Z" };
    const ids: string[] = [];
    for (let n = 0; n < 2; n++) {
      const { id } = await gateway.operator<{ id: string }>("POST", "/admin/v1/messages", {
        ...later,
        recipient: newNumber(),
      });
      ids.push(id);
    }
    const tab = await console.enter(`${AT}/${account.id}`);
    await follow(tab, "Cancel scheduled messages…");
    await says(tab, "has 2 scheduled messages.");
    await looksRight(tab, "setup-cancel-all");
    await tab.page.getByRole("button", { name: "Cancel them all" }).click();
    await says(tab, "All scheduled messages are cancelled.");
    for (const id of ids) expect((await gateway.operator("GET", `/admin/v1/messages/${id}`)).state).toBe("cancelled");
    await follow(tab, "End subscriptions…");
    await says(tab, "There are no subscriptions to end.");
  });

  describe("brings an account from nothing to a text", () => {
    it("over Target365, with a key that is shown once", async () => {
      const tab = await console.enter(AT);
      const account = await open(tab);
      await says(tab, "so that programs can use the account");
      await sender(tab, account, "Nordfrakt", "alphanumeric");
      const key = await credential(tab, account, "Target365 API key", "webshop");
      expect(key).toHaveLength(88);
      await says(tab, "Copy it now");

      const recipient = newNumber();
      const answer = await gateway.fetch("/api/out-messages", {
        headers: { "x-apikey": key },
        json: { transactionId: "one", sender: "Nordfrakt", recipient, content: "On its way" },
      });
      expect(answer.status).toBe(201);
      expect(await arrived(recipient)).toEqual(["On its way"]);

      // The same form again makes no second key, and the list has no secrets.
      await tab.page.reload();
      await says(tab, "There is a Target365 API key webshop already");
      expect(await tab.page.content()).not.toContain(key);
      expect(await mistakeOf(tab, "name")).toMatch(/^There is a Target365 API key/);
      await follow(tab, "Credentials");
      await says(tab, "webshop");
      expect(await tab.page.content()).not.toContain(key);
    });

    it("over CM.com", async () => {
      const tab = await console.enter(AT);
      const account = await open(tab);
      const productToken = await credential(tab, account, "CM.com product token", "till");
      const recipient = newNumber();
      const msg = { from: "Nordfrakt", to: [{ number: `00${recipient.slice(1)}` }], body: { content: "Ready" } };
      const answer = await gateway.fetch("/v1.0/message", {
        json: { messages: { authentication: { productToken }, msg: [msg] } },
      });
      expect(answer.status).toBe(200);
      expect(await arrived(recipient)).toEqual(["Ready"]);
    });

    it("over Flowroute", async () => {
      const tab = await console.enter(AT);
      const account = await open(tab);
      await sender(tab, account, "+12065550190", "long-number", "US");
      const secret = await credential(tab, account, "Flowroute access key", "20000077");
      const recipient = "+14255550191";
      const answer = await gateway.fetch("/v2.1/messages", {
        headers: { authorization: `Basic ${btoa(`20000077:${secret}`)}`, "content-type": "application/json" },
        json: { to: recipient.slice(1), from: "12065550190", body: "Gee" },
      });
      expect(answer.status).toBe(202);
      expect(await arrived(recipient)).toEqual(["Gee"]);
    });

    it("over txtNation", async () => {
      const tab = await console.enter(AT);
      const account = await open(tab);
      await sender(tab, account, "2302", "short-number");
      const ekey = await credential(tab, account, "txtNation campaign", "nordfrakt");
      const recipient = newNumber();
      const query = new URLSearchParams({ cc: "nordfrakt", ekey, number: recipient.slice(1), message: "Hei" });
      expect(await (await gateway.fetch(`/gateway.php?${query}`)).text()).toBe("SUCCESS");
      expect(await arrived(recipient)).toEqual(["Hei"]);
    });
  });

  describe("says beside a field what is wrong with it, and keeps what was typed:", () => {
    let tab: Tab;
    const account = "kept-1";
    beforeAll(async () => {
      await gateway.operator("POST", "/admin/v1/accounts", { id: account, name: "Kept" });
      await gateway.operator("PUT", `/admin/v1/accounts/${account}/senders/2305`, {
        kind: "short-number",
        country: "NO",
      });
      await gateway.operator("PUT", `/admin/v1/accounts/${account}/merchants/mag`, {});
    });

    it("an account's id", async () => {
      tab = await console.enter(AT, { javaScriptEnabled: false });
      await fill(tab, { Id: "No Good", Name: "A fine name" });
      await press(tab, "Create account");
      expect(await mistakeOf(tab, "id")).toMatch(/^Must be 1 to 63 of a-z/);
      expect(await tab.page.getByLabel("Name").inputValue()).toBe("A fine name");
      expect(await tab.page.getByLabel("Id").inputValue()).toBe("No Good");
      await tab.page.getByLabel("Id").fill(account);
      await press(tab, "Create account");
      expect(await mistakeOf(tab, "id")).toMatch(/^There is an account kept-1 already/);
      await looksRight(await console.enter(AT), "setup-accounts");
    });

    it("a sender", async () => {
      tab = await console.enter(`${AT}/${account}/senders`);
      await fill(tab, { Sender: "far too long a name", Country: "NO" });
      await press(tab, "Save");
      expect(await mistakeOf(tab, "sender")).toMatch(/^A name has 1 to 11 letters/);
      expect(await tab.page.getByLabel("Sender").inputValue()).toBe("far too long a name");
    });

    it.each([".", ".."])("a sender that is %s", async (name) => {
      tab = await console.enter(`${AT}/${account}/senders`);
      await fill(tab, { Sender: name, Country: "NO" });
      await press(tab, "Save");
      expect(await mistakeOf(tab, "sender")).toMatch(/^Must be given/);
    });

    it("a public key", async () => {
      tab = await console.enter(`${AT}/${account}/credentials/new/target365/public-key`);
      await fill(tab, { Name: "till", "Public key": "not\na key" });
      await press(tab, "Add credential");
      expect(await mistakeOf(tab, "publicKey")).toMatch(/^Is not a P-256 or RSA public key/);
      expect(await tab.page.getByLabel("Public key").inputValue()).toBe("not\na key");
      await looksRight(tab, "setup-public-key-refused");
    });

    it("a setting", async () => {
      tab = await console.enter(`${AT}/${account}/settings`);
      await fill(tab, { "At once": "100", "In a day": "49.999" });
      await press(tab, "Save");
      expect(await mistakeOf(tab, "settings.caps.day")).toMatch(/^Must be an amount with at most two decimals/);
      expect(await tab.page.getByLabel("At once").inputValue()).toBe("100");
      await fill(tab, { "In a day": "500", "Maximum parts per message": "many" });
      await press(tab, "Save");
      expect(await mistakeOf(tab, "settings.maxParts")).toBe("Must be a whole number of parts");
    });

    it("a service's price, tariffs and address", async () => {
      tab = await console.enter(`${AT}/${account}/services?new`);
      await fill(tab, {
        Id: "magazine",
        "Service code": "14002",
        "Text on the phone bill": "Magazine",
        "Purchase price": "forty-nine",
        "Redirect URL after purchase": "https://shop.example/done",
      });
      await press(tab, "Save");
      expect(await mistakeOf(tab, "price")).toMatch(/^Must be an amount/);
      expect(await tab.page.getByLabel("Text on the phone bill").inputValue()).toBe("Magazine");
      await fill(tab, { "Purchase price": "49,50", "Other allowed amounts": "10 20000" });
      await press(tab, "Save");
      expect(await mistakeOf(tab, "tariffs")).not.toBe("");
      await fill(tab, { "Other allowed amounts": "", "Time zone": "Oslo" });
      await press(tab, "Save");
      expect(await mistakeOf(tab, "timeZone")).toMatch(/^Must be a time zone/);
      await looksRight(tab, "setup-service-refused");
    });

    it("a callback that does not answer", async () => {
      tab = await console.enter(`${AT}/${account}/callbacks/cm`);
      receiver.behave(() => ({ status: 404 }));
      await fill(tab, { Reports: `${receiver.url}/reports` });
      await press(tab, "Save");
      expect(await mistakeOf(tab, "reportUrl")).toMatch(/^A test call to it did not succeed \(it answered 404\)/);
      receiver.behave(() => ({ status: 200 }));
      await fill(tab, { "Template of reports": '{"s": [STATUS]}' });
      await tab.page.getByLabel("Called by").selectOption("GET");
      await press(tab, "Save");
      expect(await mistakeOf(tab, "method")).toMatch(/^A template is a body/);
      expect(await tab.page.getByLabel("Template of reports").inputValue()).toBe('{"s": [STATUS]}');
      await looksRight(tab, "setup-callback-refused");
    });
  });

  it("keeps a setting, shows it, and takes it back", async () => {
    const tab = await console.enter(AT);
    const account = await open(tab);
    await tab.go(`${AT}/${account}/settings`);
    await fill(tab, { "In a month": "1500", "From a long number": "0.004", "Maximum parts per message": "8" });
    await fill(tab, { "Texts that came in": "7", "Purchases that nobody confirmed": "30" });
    await tab.page.getByLabel("A sender of more than 11 letters").selectOption("truncate");
    await press(tab, "Save");
    await says(tab, "Settings saved.");
    const settings = async () =>
      (await gateway.operator<{ settings: unknown }>("GET", `/admin/v1/accounts/${account}`)).settings;
    expect(await settings()).toEqual({
      caps: { month: 150_000 },
      rates: { longCode: 4_000_000 },
      maxParts: 8,
      longSenders: "truncate",
      quietHours: { byCountry: false },
      retention: { inbound: 7, purchases: 30 },
    });
    expect(await tab.page.getByLabel("In a month").inputValue()).toBe("1500.00");
    expect(await tab.page.getByLabel("From a long number").inputValue()).toBe("0.004");
    await looksRight(tab, "setup-settings-filled");
    await fill(tab, { "In a month": "", "From a long number": "" });
    await tab.page.getByLabel("A sender of more than 11 letters").selectOption("");
    await press(tab, "Save");
    await says(tab, "Settings saved.");
    expect(await settings()).toMatchObject({ maxParts: 8 });
    expect(JSON.stringify(await settings())).not.toMatch(/month|longCode|longSenders/);
  });

  it("renames an account, closes it when it is asked twice, and opens it again", async () => {
    const tab = await console.enter(AT);
    const account = await open(tab, "Old name");
    const key = await credential(tab, account, "Target365 API key", "webshop");
    const ping = async () => (await gateway.fetch("/api/keywords", { headers: { "x-apikey": key } })).status;
    await tab.go(`${AT}/${account}`);
    await fill(tab, { Name: "New name" });
    await press(tab, "Save");
    await says(tab, "Account renamed.");
    await follow(tab, "Close the account…");
    await looksRight(tab, "setup-close");
    expect(await ping()).toBe(200);
    await press(tab, "Close account");
    await says(tab, "Account closed.");
    await expect.poll(ping, { timeout: 10_000 }).toBe(401);
    await press(tab, "Reopen account");
    await says(tab, "Account reopened");
    await expect.poll(ping, { timeout: 10_000 }).toBe(200);
  });

  it("withdraws a credential when it is asked twice", async () => {
    const tab = await console.enter(AT);
    const account = await open(tab);
    const key = await credential(tab, account, "Target365 API key", "till");
    await tab.go(`${AT}/${account}/credentials`);
    await follow(tab, "Withdraw till");
    await press(tab, "Yes, withdraw it");
    await says(tab, "Credential withdrawn");
    await says(tab, "No credentials yet: no program can use this account.");
    const ping = async () => (await gateway.fetch("/api/keywords", { headers: { "x-apikey": key } })).status;
    await expect.poll(ping, { timeout: 10_000 }).toBe(401);
  });

  it("adds a key that signs, and one that a client has already, until a day", async () => {
    const tab = await console.enter(AT);
    const account = await open(tab);
    const { publicKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
    const spki = publicKey.export({ type: "spki", format: "der" }).toString("base64");
    await tab.go(`${AT}/${account}/credentials/new/target365/public-key`);
    await fill(tab, { Name: "server-1", "Public key": spki });
    await press(tab, "Add credential");
    await says(tab, "Target365 public key added");
    expect(await tab.page.locator("#secret").count()).toBe(0);
    await tab.go(`${AT}/${account}/credentials/new/target365/api-key`);
    await fill(tab, { Name: "brought", "API key": "an-old-key-of-theirs", "Until (UTC)": "2031-01-02T03:04:00" });
    await press(tab, "Add credential");
    await says(tab, "an-old-key-of-theirs");
    await follow(tab, "To the credentials");
    await says(tab, "2031-01-02 03:04:00");
    const calls = async () =>
      (await gateway.fetch("/api/keywords", { headers: { "x-apikey": "an-old-key-of-theirs" } })).status;
    expect(await calls()).toBe(200);
    await follow(tab, "Restrict brought");
    await fill(tab, { "Allowed actions": "send, charge", "Allowed IPs": "nowhere" });
    await press(tab, "Save");
    await says(tab, "Must be an address or a network");
    await fill(tab, { "Allowed IPs": "203.0.113.0/24 2001:db8::/32" });
    await press(tab, "Save");
    await says(tab, "for send, charge alone, from 203.0.113.0/24, 2001:db8::/32 alone");
    expect(await calls()).toBe(403);
    await follow(tab, "Restrict brought");
    await fill(tab, { "Allowed actions": "", "Allowed IPs": "" });
    await press(tab, "Save");
    await says(tab, "In effect within seconds.");
    await expect.poll(calls).toBe(200);
  });

  it("sells a thing that can be bought", async () => {
    const tab = await console.enter(AT);
    const account = await open(tab, "Fjellposten");
    await tab.go(`${AT}/${account}/services?new`);
    await says(tab, "A service needs a merchant");
    await sender(tab, account, "2306", "short-number");
    await tab.go(`${AT}/${account}/merchants`);
    await fill(tab, { Id: "fjell", "Short numbers": "NO-2306" });
    await press(tab, "Save");
    await says(tab, "Merchant saved.");
    await follow(tab, "Change fjell");
    await fill(tab, {
      Name: "Fjellposten AS",
      Terms: "http://fjellposten.example/terms",
      Contact: "post@fjellposten.example",
    });
    await press(tab, "Save");
    await tab.page.getByRole("alert").getByText("Must be an https URL").waitFor();
    await fill(tab, { Terms: "https://fjellposten.example/terms" });
    await press(tab, "Save");
    await says(tab, "Fjellposten AS");
    await says(tab, "https://fjellposten.example/terms · post@fjellposten.example");
    await looksRight(tab, "setup-merchants");

    const id = `magazine-${account}`;
    await tab.go(`${AT}/${account}/services`);
    await follow(tab, "New service");
    await fill(tab, {
      Id: id,
      "Service code": "14002",
      "Text on the phone bill": "Fjellposten digital",
      "Purchase price": "49,50",
      "Other allowed amounts": "10 20,50",
      "Redirect URL after purchase": "https://shop.example/done?order={TransactionId}",
      "Price of each further period": "99",
      "Welcome SMS": "Velkommen",
      Keyword: "FJELL",
    });
    await tab.page.getByLabel("Recurring subscription").check();
    await tab.page.getByLabel("How often").selectOption("monthly");
    await tab.page.getByLabel("Stafett charges each period").check();
    await tab.page.getByLabel("No renewal SMS").check();
    await press(tab, "Save");
    await says(tab, "Service saved.");
    await says(tab, "49.50 NOK, then 99 monthly");
    await looksRight(tab, "setup-services");
    expect(await gateway.operator("GET", `/admin/v1/accounts/${account}/services/${id}`)).toMatchObject({
      price: 4950,
      subscriptionPrice: 9900,
      tariffs: [1000, 2050],
      merchantId: "fjell",
      recurring: true,
      interval: "monthly",
      autoRebill: true,
      renewalSms: "",
      keyword: "FJELL",
      timeZone: "Europe/Oslo",
      age: 0,
    });

    const person = newNumber();
    const buyer = visitor(gateway);
    const asked = await buyer.press(await buyer.open(`/${id}`), "number", { number: person });
    await buyer.press(asked, "pin", { pin: await pinOn(gateway, person) });
    expect(await chargesOf(gateway, person, 5)).toMatchObject([{ amount: 4950 }]);

    // The form comes as it was filled in, and what it does not touch stays.
    await follow(tab, "Fjellposten digital");
    expect(await tab.page.getByLabel("Other allowed amounts").inputValue()).toBe("10.00 20.50");
    expect(await tab.page.getByLabel("No renewal SMS").isChecked()).toBe(true);
    await looksRight(tab, "setup-service");
    await fill(tab, { "Purchase price": "59" });
    await press(tab, "Save");
    await says(tab, "59 NOK, then 99 monthly");

    await follow(tab, `Remove ${id}`);
    await press(tab, "Yes, remove it");
    await says(tab, "has subscriptions: cancel them first");
    await looksRight(tab, "setup-service-kept");
  });

  it("changes nothing of a service that is saved untouched", async () => {
    const tab = await console.enter(AT);
    const account = await open(tab);
    await sender(tab, account, "2308", "short-number");
    await gateway.operator("PUT", `/admin/v1/accounts/${account}/merchants/mag`, {});
    const path = `/admin/v1/accounts/${account}/services/letters-${account}`;
    await gateway.operator("PUT", path, {
      merchantId: "mag",
      shortNumber: "2308",
      serviceCode: "14002",
      invoiceText: "Letters",
      price: 123_450,
      redirectUrl: "https://shop.example/done",
      onlineText: "One line\nand another",
      recurring: true,
      interval: "monthly",
      startSms: "Velkommen!\n\nHilsen oss",
      renewalSms: "Takk\nfor sist",
    });
    const { changedAt, ...before } = await gateway.operator<Record<string, unknown>>("GET", path);
    expect(before).toMatchObject({ startSms: "Velkommen!\n\nHilsen oss" });
    await tab.go(`${AT}/${account}/services`);
    await follow(tab, "Letters");
    await press(tab, "Save");
    await says(tab, "Service saved.");
    expect(await gateway.operator("GET", path)).toEqual({
      ...before,
      changedAt: expect.not.stringContaining(String(changedAt)),
    });
  });

  it("takes an amount for what it is, or not at all", async () => {
    const tab = await console.enter(AT);
    const account = await open(tab);
    await tab.go(`${AT}/${account}/settings`);
    await fill(tab, { "In a day": "1.000" });
    await press(tab, "Save");
    expect(await mistakeOf(tab, "settings.caps.day")).toMatch(/^Must be an amount with at most two decimals/);
    await fill(tab, { "In a day": "1 000,50" });
    await press(tab, "Save");
    await says(tab, "Settings saved.");
    expect(await tab.page.getByLabel("In a day").inputValue()).toBe("1000.50");
  });

  it("says so when callbacks are kept that have no address", async () => {
    const tab = await console.enter(AT);
    const account = await open(tab);
    await tab.go(`${AT}/${account}/callbacks/txtnation`);
    await press(tab, "Save");
    await says(tab, "With no URL, this dialect sends no webhooks.");
  });

  it("sets callbacks of a dialect, shows those that a customer set for a number, and removes its own", async () => {
    const tab = await console.enter(AT);
    const account = await open(tab);
    await sender(tab, account, "+12065550192", "long-number", "US");
    const secret = await credential(tab, account, "Flowroute access key", "20000078");
    const set = await gateway.fetch("/v2/numbers/12065550192/relationships/sms_callback", {
      method: "POST",
      headers: { authorization: `Basic ${btoa(`20000078:${secret}`)}`, "content-type": "application/json" },
      body: JSON.stringify({ callback_url: "https://pier66.example/front-desk" }),
    });
    expect(set.ok).toBe(true);
    await tab.go(`${AT}/${account}/callbacks`);
    await follow(tab, "Flowroute");
    await fill(tab, { "Delivery receipts": "https://pier66.example/receipts" });
    await tab.page.getByLabel("In the form of version").selectOption("v2.2");
    await press(tab, "Save");
    await says(tab, "Callback saved.");
    await says(tab, "of +12065550192, set by the account itself");
    expect(await gateway.operator("GET", `/admin/v1/accounts/${account}/callbacks/flowroute`)).toMatchObject({
      reportUrl: "https://pier66.example/receipts",
      form: "v2.2",
    });
    await looksRight(tab, "setup-callbacks-of-flowroute");
    await follow(tab, "Remove those of flowroute");
    await press(tab, "Yes, remove them");
    await says(tab, "Callback removed. Its webhooks are no longer sent.");
    await says(tab, "of +12065550192, set by the account itself");
    expect(await tab.page.content()).not.toContain("pier66.example/receipts");
    await follow(tab, "Remove those of +12065550192 in flowroute");
    await press(tab, "Yes, remove them");
    await says(tab, "No callbacks configured.");
  });

  it("sets up an endpoint, whose secret checks a test event, and rotates, disables and removes it", async () => {
    const tab = await console.enter(AT, { viewport: PHONE, javaScriptEnabled: false });
    const looked = async (path: string, name: string) =>
      looksRight(await console.enter(path, { viewport: PHONE }), `setup-endpoint${name}`);
    const account = await open(tab);
    const here = `${AT}/${account}/endpoints`;
    await tab.go(here);
    await says(tab, "No endpoints yet.");
    const typed = { Name: "orders", Events: "message.*, orders.paid", "Headers of your own": "X-Door: s3same" };
    await fill(tab, { ...typed, URL: `${receiver.url}/orders` });
    await press(tab, "Add endpoint");
    expect(await mistakeOf(tab, "events")).toContain("Orders.paid is no type of event");
    await fill(tab, { Events: "message.* inbound.received" });
    await press(tab, "Add endpoint");
    await says(tab, "Copy the secret now");
    const secret = (await tab.page.locator("#secret").textContent()) ?? "";
    await tab.go(here);
    await fill(tab, { Name: "orders", URL: `${receiver.url}/other` });
    await press(tab, "Add endpoint");
    expect(await mistakeOf(tab, "name")).toBe("There is an endpoint of this name already");
    await looked(here, "s");

    await follow(tab, "orders");
    expect(await tab.page.content()).not.toContain("s3same");
    await fill(tab, { "Only these numbers": "Nord Frakt\n27320" });
    await tab.page.getByLabel("Order").selectOption("subject");
    await press(tab, "Save");
    await says(tab, "Endpoint changed.");
    expect(await gateway.operator("GET", `/admin/v1/accounts/${account}/endpoints/orders`)).toMatchObject({
      events: ["message.*", "inbound.received"],
      numbers: ["Nord Frakt", "27320"],
      orderedBy: "subject",
      headers: ["X-Door"],
    });
    await fill(tab, { URL: "https://elsewhere.example/orders" });
    await press(tab, "Save");
    expect(await mistakeOf(tab, "headers")).toContain("X-Door would go to another server than before");
    await tab.go(`${here}/orders`);
    await press(tab, "Send a test event");
    await says(tab, "Received.");
    const [got] = await receiver.next(1, ({ url }) => url === "/orders");
    expect(got?.headers["x-door"]).toBe("s3same");
    expect(new Webhook(secret).verify(got?.body ?? "", got?.headers as Record<string, string>)).toBeDefined();
    await says(tab, String(got?.headers["webhook-signature"]));
    const another = await console.enter(`${here}/orders`, { viewport: PHONE });
    await press(another, "Send a test event");
    await says(another, "Received.");
    await looksRight(another, "setup-endpoint-test");

    await follow(tab, "To the endpoint");
    await follow(tab, "Rotate secret…");
    await press(tab, "Yes, make a new secret");
    await says(tab, "The old one signs too until");
    expect(await tab.page.locator("#secret").textContent()).not.toBe(secret);
    await tab.page.reload();
    await says(tab, "It was rotated meanwhile");
    await tab.go(`${here}/orders`);
    await looked(`${here}/orders`, "");
    await follow(tab, "Disable…");
    await fill(tab, { Reason: "it moves" });
    await press(tab, "Yes, disable it");
    await says(tab, "Endpoint disabled.");
    await tab.go(here);
    await says(tab, "it moves");
    await follow(tab, "orders");
    await press(tab, "Enable");
    await says(tab, "Endpoint enabled.");
    await follow(tab, "Catch up…");
    await press(tab, "Send them");
    await says(tab, "There are no such events.");
    await follow(tab, "← orders");
    await follow(tab, "Remove…");
    await press(tab, "Yes, remove it");
    await says(tab, "No endpoints yet.");
  });

  it("shows where codes are blocked, and lets them go again", async () => {
    const { id, apiKey } = await gateway.account();
    await gateway.operator("PATCH", `/admin/v1/accounts/${id}`, { settings: { codeGuard: { budget: 1 } } });
    const sends = async (n: number) => {
      const json = { transactionId: `code-${id}-${n}`, recipient: newNumber(), sender: "Shop" };
      return (await gateway.fetch("/api/pincodes", { headers: { "x-apikey": apiKey }, json })).status;
    };
    expect(await sends(1)).toBeLessThan(300);
    expect(await sends(2)).toBe(403);
    const tab = await console.enter(`${AT}/${id}/codes`);
    await says(tab, "blocked (budget) until");
    await looksRight(tab, "setup-codes");
    await follow(tab, "Lift the block of NO");
    await press(tab, "Lift the block");
    await says(tab, "Block lifted. Codes are sent there again.");
    expect(await sends(3)).toBeLessThan(300);
  });

  it("shows what is used of the limits of a day", async () => {
    const account = await gateway.account();
    const limits = { messagesPerDay: 1, spendPerDay: { NOK: 5_000_000 } };
    await gateway.operator("PATCH", `/admin/v1/accounts/${account.id}`, { settings: { limits } });
    await gateway.send(account);
    const tab = await console.enter(`${AT}/${account.id}`);
    const limit = (name: string) => tab.page.locator("#limits ~ dl > div").filter({ hasText: name }).textContent();
    expect(await limit("Messages")).toMatch(/^Messages1 of 1 reached /);
    expect(await limit("Money")).toBe("Money in NOK0.00 NOK of 50,000.00 NOK ");
    await looksRight(tab, "setup-limits");
    await tab.go(AT);
    await tab.page.getByRole("listitem").filter({ hasText: account.id }).getByText("daily limit reached").waitFor();
  });

  it("has the guard of codes watch an account's own, and takes a text's code as entered", async () => {
    const account = await gateway.account();
    const tab = await console.enter(`${AT}/${account.id}/settings`);
    await tab.page.getByLabel("Treat high-priority texts as codes").check();
    await press(tab, "Save");
    await says(tab, "Settings saved.");
    type Found = { settings: { codeGuard?: object } };
    const guard = async () =>
      (await gateway.operator<Found>("GET", `/admin/v1/accounts/${account.id}`)).settings.codeGuard;
    expect(await guard()).toEqual({ texts: true });
    const counted = await gateway.send(account, { priority: "High" });
    const { id } = await gateway.message(account, counted);
    await tab.go(`/console/messages/${id}`);
    await press(tab, "Its code was entered");
    await says(tab, "Noted: the code in this text was entered.");
    await looksRight(tab, "message-code");
    await tab.go(`${AT}/${account.id}/settings`);
    await tab.page.getByLabel("Treat high-priority texts as codes").uncheck();
    await press(tab, "Save");
    await says(tab, "Settings saved.");
    expect(await guard()).toBeUndefined();
  });

  it("lifts an opt-out, and removes a sender and a merchant, when it is asked twice", async () => {
    const tab = await console.enter(AT);
    const account = await open(tab);
    const [number, person] = ["+12065550193", "+14255550194"];
    await sender(tab, account, number, "long-number", "US");
    await gateway.operator("POST", `/sandbox/v1/handsets/${person}/messages`, { to: number, text: "STOP" });
    await tab.go(`${AT}/${account}/suppressions`);
    await says(tab, person);
    await looksRight(tab, "setup-suppressions");
    await follow(tab, `Lift ${person}, ${number}`);
    await press(tab, "Lift opt-out");
    await says(tab, "No one has opted out.");
    await tab.page.locator('[name="msisdn"]').fill(person);
    await tab.page.locator('[name="reason"]').fill("asked by phone");
    await press(tab, "Note it");
    await says(tab, "wants no texts (asked by phone) from every sender");
    await follow(tab, `Lift ${person}, *`);
    await press(tab, "Lift opt-out");
    await says(tab, "No one has opted out.");

    await gateway.operator("PUT", `/admin/v1/accounts/${account}/merchants/shop`, {});
    await tab.go(`${AT}/${account}/merchants`);
    await follow(tab, "Remove shop");
    await press(tab, "Yes, remove it");
    await says(tab, "No merchants yet.");
    await tab.go(`${AT}/${account}/senders`);
    await follow(tab, `Remove ${number}`);
    await press(tab, "Yes, remove it");
    await says(tab, "It may send from nothing yet.");
  });

  it("looks right in the light and in the dark, on a desk and on a phone", async () => {
    const tab = await console.enter(AT);
    await looksRightEverywhere(tab, "setup-accounts");
    const account = await open(tab, "A company with a name that is rather long AS");
    await looksRightEverywhere(tab, "setup-account");
    await sender(tab, account, "27317", "short-number");
    await looksRightEverywhere(tab, "setup-senders");
    await credential(tab, account, "CM.com product token", "a-name-without-any-place-to-break-it");
    await looksRightEverywhere(tab, "setup-secret");
    await gateway.operator("PUT", `/admin/v1/accounts/${account}/callbacks/stafett`, {
      reportUrl: "https://a-shop-with-a-long-name.example/and/a/path/that/is/rather/long?and=a&query=too",
    });
    for (const path of ["settings", "credentials", "callbacks", "callbacks/flowroute", "services?new"]) {
      await tab.go(`${AT}/${account}/${path}`);
      await looksRightEverywhere(tab, `setup-${path.replace(/\W/g, "-")}`);
    }
  });

  it("imports a list of opt-outs as it is pasted: all of it, or nothing and the line that is wrong", async () => {
    const tab = await console.enter(AT, { viewport: PHONE });
    const account = await open(tab);
    const importList = async (...numbers: string[]) => {
      await tab.go(`${AT}/${account}/suppressions`);
      await tab.page.getByLabel("Lines").fill(["recipient,number,reason", ...numbers].join("\n"));
      await press(tab, "Import");
    };
    const listed = async () => {
      const path = `/admin/v1/accounts/${account}/suppressions`;
      return (await gateway.operator<{ items: { recipient: string }[] }>("GET", path)).items;
    };
    const [kari, ola] = [newNumber(), newNumber()];
    await importList(`${kari},,by phone`, "nobody");
    await tab.page.getByRole("alert").getByText("line 3").waitFor();
    expect(await listed()).toEqual([]);
    await importList(`${kari},,by phone`, ola);
    await says(tab, "Lines read: 2. New opt-outs: 2.");
    await importList(kari);
    await says(tab, "Lines read: 1. New opt-outs: 0.");
    expect((await listed()).map(({ recipient }) => recipient).sort()).toEqual([kari, ola].sort());
    await looksRight(tab, "setup-suppressions-imported-phone");
  });

  it("lets nobody in who has not the token, and says so where there is no such account", async () => {
    for (const path of ["", "/kept-1", "/kept-1/credentials", "/kept-1/settings"]) {
      expect((await gateway.fetch(AT + path)).headers.get("location")).toMatch(/^\/console\/login/);
      const answer = await gateway.fetch(AT + path, { method: "POST", body: new URLSearchParams({ id: "thief" }) });
      expect(answer.headers.get("location")).toMatch(/^\/console\/login/);
    }
    const tab = await console.enter(`${AT}/nobody`);
    await says(tab, "there is no account nobody");
  });
});
