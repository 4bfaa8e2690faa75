/** Beside a phone's conversation: who has it, what they can pay with, and what they were charged. */

import { describe, expect, it } from "vitest";
import { aMsg, openTokenAccount, send } from "../../dialects/cm/support.ts";
import { hasBrowser, PHONE } from "../../support/browser.ts";
import { useCharging } from "../../support/charging.ts";
import { isLive, looksRight, type Tab, useConsole } from "../../support/console.ts";
import { newNumber, useGateway } from "../../support/gateway.ts";

type Subscriber = Record<string, unknown>;

describe.skipIf(!hasBrowser)("a phone's panel", () => {
  const gateway = useGateway();
  const console = useConsole(gateway);
  const charging = useCharging(gateway);

  const addressOf = (handset: string) => `/console/handsets/${encodeURIComponent(handset)}`;
  const subscriberOf = (msisdn: string) =>
    gateway.operator<Subscriber>("GET", `/sandbox/v1/subscribers/${encodeURIComponent(msisdn)}`);
  const save = async ({ page }: Tab) => {
    await page.getByRole("button", { name: "Save" }).click();
    await page.getByRole("status").getByText("Subscriber saved.").waitFor();
  };
  const billOf = ({ page }: Tab) => page.locator("#bill");

  it("fills a wallet, in kroner, from which charges are paid until it is empty", async () => {
    const seller = await charging.seller();
    const msisdn = await charging.person();
    const tab = await console.enter(addressOf(msisdn));
    await tab.page.getByLabel("in advance").check();
    await tab.page.getByLabel("Left, in kroner").fill("60,50");
    await save(tab);
    expect(await subscriberOf(msisdn)).toMatchObject({ prepaidBalance: 6_050 });
    await isLive(tab);

    await charging.charge(seller, { recipient: msisdn });
    await billOf(tab).getByText("11.50 NOK").waitFor();
    await billOf(tab).getByRole("listitem").getByText("49.00 NOK").waitFor();
    const refused = await charging.charge(seller, { recipient: msisdn });
    expect(await charging.shown(seller, refused)).toMatchObject({ detailedStatusCode: "InsufficientFunds" });
    await tab.go(addressOf(msisdn));
    expect(await billOf(tab).getByRole("listitem").count()).toBe(1);
    await looksRight(tab, "handset-wallet");
  });

  it("leaves a balance as it is by now, if nobody touched it", async () => {
    const seller = await charging.seller();
    const msisdn = await charging.person({ prepaidBalance: 10_000 });
    const tab = await console.enter(addressOf(msisdn));
    await charging.shown(seller, await charging.charge(seller, { recipient: msisdn }));
    await tab.page.getByLabel("Born").fill("2009-05-17");
    await save(tab);
    expect(await subscriberOf(msisdn)).toMatchObject({ prepaidBalance: 5_100, birthDate: "2009-05-17" });
  });

  it("changes who they are, and takes it all back", async () => {
    const msisdn = newNumber();
    const tab = await console.enter(addressOf(msisdn));
    const { page } = tab;
    await page.getByLabel("Registered").selectOption("partial");
    await page.getByLabel("Born").fill("");
    await page.getByLabel("Operator").fill("no.ice");
    await page.getByLabel("Barred").check();
    await page.getByLabel("Most in a month").fill("250");
    await page.getByLabel("Most in a year").fill("");
    await page.getByText("Name and address").click();
    await page.getByLabel("First name").fill("Kari");
    await page.getByLabel("City").fill("Tromsø");
    await save(tab);
    expect(await subscriberOf(msisdn)).toEqual({
      msisdn,
      registered: true,
      standing: "partial",
      barred: true,
      birthDate: null,
      operator: "no.ice",
      monthlyLimit: 25_000,
      yearlyLimit: null,
      firstName: "Kari",
      city: "Tromsø",
    });
    await page.getByText("Name and address: Kari").click();
    await looksRight(tab, "handset-subscriber");

    await page.getByRole("button", { name: "Back to default" }).click();
    await page.getByRole("status").getByText("Subscriber reset to defaults.").waitFor();
    expect(await subscriberOf(msisdn)).toMatchObject({ barred: false, registered: true, monthlyLimit: 500_000 });
    expect(await page.getByLabel("Most in a month").inputValue()).toBe("5000");
  });

  it("refuses an amount that is none, in words", async () => {
    const msisdn = newNumber();
    const tab = await console.enter(addressOf(msisdn));
    await tab.page.getByLabel("Most in a month").fill("lots");
    // The browser would not let it pass.
    await tab.page.locator("form.fields").evaluate((form) => form.setAttribute("novalidate", ""));
    await tab.page.getByRole("button", { name: "Save" }).click();
    await tab.page.getByRole("alert").getByText("monthlyLimit: must be an amount").waitFor();
    expect(await subscriberOf(msisdn)).toMatchObject({ monthlyLimit: 500_000 });
  });

  it("shows what was given back, and that it counts no longer", async () => {
    const seller = await charging.seller();
    const msisdn = await charging.person();
    const theirId = await charging.charge(seller, { recipient: msisdn });
    await charging.shown(seller, theirId);
    await charging.call(seller, "DELETE", `/strex/transactions/${theirId}`);
    await charging.shown(seller, `-${theirId}`);
    const tab = await console.enter(addressOf(msisdn), { viewport: PHONE });
    await billOf(tab).getByText("given back").waitFor();
    await billOf(tab).getByText("reversed").waitFor();
    expect(await billOf(tab).locator("dd").first().textContent()).toMatch(/^0.00/);
    await looksRight(tab, "handset-bill-phone");
  });

  it("offers the words by which services begin and end", async () => {
    const seller = await charging.seller({ keyword: "ALPINE" });
    const msisdn = await charging.person();
    const tab = await console.enter(addressOf(msisdn));
    await tab.page.getByRole("button", { name: "STOP ALPINE" }).click();
    const bubble = tab.page.locator(".bubble.out");
    await bubble.getByText("STOP ALPINE").waitFor();
    expect(await bubble.textContent()).toContain(`to ${seller.shortNumber}`);
  });

  it("lets a code be copied, and be answered", async () => {
    const msisdn = newNumber();
    const account = await gateway.account();
    await gateway.operator("PUT", `/admin/v1/accounts/${account.id}/senders/2002`, {
      kind: "short-number",
      country: "NO",
    });
    await gateway.send(account, { recipient: msisdn, sender: "2002", content: "Order 90210: your code is 4711." });
    const tab = await console.enter(addressOf(msisdn), { permissions: ["clipboard-read", "clipboard-write"] });
    expect(await tab.page.locator("mark").textContent()).toBe("4711");
    await tab.page.getByRole("button", { name: "Copy 4711" }).click();
    await tab.page.getByRole("button", { name: "Copied" }).waitFor();
    expect(await tab.page.evaluate("navigator.clipboard.readText()")).toBe("4711");
    await tab.page.getByRole("button", { name: "4711", exact: true }).click();
    await tab.page.locator(".bubble.out").getByText("4711").waitFor();
  });

  it("shows rich content, and answers by its buttons on the same channel", async () => {
    const account = await openTokenAccount(gateway);
    const msisdn = newNumber();
    const { status } = await send(
      gateway,
      account,
      aMsg({
        from: "004759440000",
        to: [{ number: msisdn.replace("+", "00") }],
        allowedChannels: ["WhatsApp"],
        body: { content: "Coming?", type: "AUTO" },
        richContent: {
          conversation: [
            {
              header: "Summer party",
              text: "Friday at six, on the roof. Will you come?",
              media: { mediaUri: "https://party.example/roof.jpg", mediaName: "The roof", mimeType: "image/jpeg" },
            },
          ],
          suggestions: [
            { action: "Reply", label: "I will", postbackdata: "YES" },
            { action: "Reply", label: "Sorry, no", postbackdata: "NO" },
            { action: "OpenUrl", label: "Where is it?", url: "https://party.example/map" },
          ],
        },
      }),
    );
    expect(status).toBe(200);
    await gateway.advance(0);
    const tab = await console.enter(addressOf(msisdn));
    await tab.page.getByRole("button", { name: "I will" }).click();
    const bubble = tab.page.locator(".bubble.out");
    await bubble.locator(".text").getByText("I will", { exact: true }).waitFor();
    await bubble.getByText("button, sends YES").waitFor();
    expect(await bubble.textContent()).toContain("WhatsApp");
    await tab.page.getByRole("link", { name: "Picture The roof" }).waitFor();
    await looksRight(tab, "handset-rich");
  });

  it("answers by a button of somebody who has a name for a number", async () => {
    const account = await openTokenAccount(gateway);
    const msisdn = newNumber();
    const suggestions = [{ action: "Reply", label: "I will", postbackdata: "YES" }];
    await send(
      gateway,
      account,
      aMsg({
        from: "Festkomite",
        to: [{ number: msisdn.replace("+", "00") }],
        allowedChannels: ["WhatsApp"],
        body: { content: "Coming?", type: "AUTO" },
        richContent: { conversation: [{ text: "Will you come?" }], suggestions },
      }),
    );
    await gateway.advance(0);
    const tab = await console.enter(addressOf(msisdn));
    await tab.page.getByRole("button", { name: "I will" }).click();
    const bubble = tab.page.locator(".bubble.out");
    await bubble.getByText("button, sends YES").waitFor();
    expect(await bubble.textContent()).toContain("Festkomite");
    // A text is of a number, as ever.
    const answer = await gateway
      .operator<{ detail?: string }>("POST", `/sandbox/v1/handsets/${encodeURIComponent(msisdn)}/messages`, {
        to: "Festkomite",
        text: "YES",
      })
      .catch(String);
    expect(JSON.stringify(answer)).toContain("to: must be a short number or a long one");
  });

  it("says of a person on another channel that there is no wallet", async () => {
    const tab = await console.enter(addressOf("1234567890123456789"));
    await tab.page.getByText("a channel that is no phone").waitFor();
    expect(await tab.page.getByRole("button", { name: "Save" }).count()).toBe(0);
    await looksRight(tab, "handset-other-channel");
  });

  it("holds a long conversation of several days, the newest in sight, in the dark and on a phone", async () => {
    const account = await gateway.account();
    const msisdn = newNumber();
    for (const content of ["Good morning", "x".repeat(300), "A long one. ".repeat(40)]) {
      await gateway.send(account, { recipient: msisdn, content });
      await gateway.advance(86_400);
    }
    await gateway.send(account, { recipient: msisdn, content: "The newest ✓", allowUnicode: true });
    await gateway.advance(0);
    for (const [name, viewport] of [
      ["handset-days-dark", { width: 1280, height: 900 }],
      ["handset-days-dark-phone", PHONE],
    ] as const) {
      const tab = await console.enter(addressOf(msisdn), { colorScheme: "dark", viewport });
      expect(
        await tab.page
          .getByRole("heading", { level: 2 })
          .filter({ hasText: /\d{4}$/ })
          .count(),
      ).toBe(4);
      const end = "document.querySelector('#conversation')";
      await expect
        .poll(() => tab.page.evaluate(`${end}.scrollHeight - ${end}.scrollTop - ${end}.clientHeight < 2`))
        .toBe(true);
      await looksRight(tab, name);
    }
  });
});
