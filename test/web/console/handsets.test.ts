/** Handsets in the console: a wall of phones, each a conversation that can be answered. */

import { beforeAll, describe, expect, it } from "vitest";
import { hasBrowser } from "../../support/browser.ts";
import { isLive, looksRight, PHONE, useConsole } from "../../support/console.ts";
import { ADMIN_TOKEN, newNumber, type TestAccount, useGateway } from "../../support/gateway.ts";

describe.skipIf(!hasBrowser)("the console", () => {
  const gateway = useGateway();
  const console = useConsole(gateway);
  let account: TestAccount;
  beforeAll(async () => {
    account = await gateway.account();
    await gateway.operator("PUT", `/admin/v1/accounts/${account.id}/senders/2002`, {
      kind: "short-number",
      country: "NO",
    });
  });
  const sendTo = (recipient: string, content: string, sender = "Shop") =>
    gateway.send(account, { recipient, content, sender });

  describe("lets nobody in", () => {
    it.each(["/console", "/console/handsets", "/console/stream", "/console/handsets/+4798079008"])(
      "to %s without the operator's token",
      async (path) => {
        const answer = await gateway.fetch(path);
        expect(answer.status).toBe(303);
        expect(answer.headers.get("location")).toMatch(/^\/console\/login/);
      },
    );

    it("with another token, and says so", async () => {
      const tab = await console.visit();
      await tab.go("/console");
      await tab.page.getByLabel("Your token").fill("not-the-token");
      await tab.page.getByRole("button", { name: "Log in" }).click();
      await tab.page.getByRole("alert").getByText("Invalid token").waitFor();
      await looksRight(tab, "login-refused");
    });

    it("with a session that somebody made up", async () => {
      const cookie = `stafett_console=${"0".repeat(64)}`;
      expect((await gateway.fetch("/console/handsets", { headers: { cookie } })).status).toBe(303);
    });

    it("whose form comes from another site", async () => {
      const answer = await gateway.fetch("/console/login", {
        method: "POST",
        headers: { origin: "https://evil.example", "content-type": "application/x-www-form-urlencoded" },
        body: `token=${ADMIN_TOKEN}`,
      });
      expect(answer.status).toBe(403);
      expect(answer.headers.get("set-cookie")).toBeNull();
    });

    it("any longer who has logged out", async () => {
      const tab = await console.enter("/console");
      await tab.page.getByRole("button", { name: "Log out" }).click();
      await tab.page.waitForURL("**/console/login");
      await tab.go("/console/handsets");
      expect(new URL(tab.page.url()).pathname).toBe("/console/login");
    });

    it("without bringing them to what they asked for, and what of it", async () => {
      const tab = await console.visit();
      await tab.go("/console/messages?state=failed&since=2020-01-01T00%3A00");
      await tab.page.getByLabel("Your token").fill(ADMIN_TOKEN);
      await tab.page.getByRole("button", { name: "Log in" }).click();
      await tab.page.waitForURL("**/console/messages?state=failed&since=2020-01-01T00%3A00");
    });

    it("anywhere but in the console after logging in", async () => {
      const answer = await gateway.fetch("/console/login?to=//evil.example/console", {
        method: "POST",
        headers: { "content-type": "application/x-www-form-urlencoded" },
        body: `token=${ADMIN_TOKEN}`,
      });
      expect(answer.headers.get("location")).toBe("/console");
      expect(answer.headers.get("set-cookie")).toMatch(/HttpOnly.*SameSite=Strict/i);
    });
  });

  it.each(["98079008", "980 79 008", "+47 980 79 008", "004798079008", "4798079008"])(
    "opens the phone with the number %s",
    async (number) => {
      const tab = await console.enter("/console/handsets");
      await tab.page.getByLabel("Number").fill(number);
      await tab.page.getByRole("button", { name: "Open" }).click();
      await tab.page.getByRole("heading", { name: "+4798079008" }).waitFor();
    },
  );

  it("shows the phones with some digits in their number", async () => {
    const number = newNumber();
    await sendTo(number, "find me");
    await sendTo(newNumber(), "not me");
    await gateway.advance(0);
    const tab = await console.enter("/console/handsets", { javaScriptEnabled: false });
    await tab.page.getByLabel("Number").fill(number.slice(-6));
    await tab.page.getByRole("button", { name: "Open" }).click();
    await tab.page.getByText("find me").waitFor();
    expect(await tab.page.locator(".phone").count()).toBe(1);
    await tab.page.getByLabel("Number").fill("000000");
    await tab.page.getByRole("button", { name: "Open" }).click();
    await tab.page.getByText("No handset with 000000 in its number").waitFor();
  });

  it.each([
    { path: "/console/handsets/no/where", title: "Not found", section: "Handsets" },
    { path: "/console/setup/nobody", title: "That did not work", section: "Setup" },
    { path: "/console/nowhere", title: "Not found", section: undefined },
  ])("has a heading and a way back at $path", async ({ path, title, section }) => {
    const tab = await console.enter(path);
    await tab.page.getByRole("heading", { level: 1, name: title }).waitFor();
    expect(await tab.page.locator('nav [aria-current="page"]').allTextContents()).toEqual(section ? [section] : []);
    await looksRight(tab, `dead-end-${section ?? "nowhere"}`);
    if (section) await tab.page.getByRole("link", { name: `Back to ${section}` }).click();
  });

  it("shows the phones, and a new one as soon as it gets a text, without being asked again", async () => {
    await sendTo(newNumber(), "before you came");
    const tab = await console.enter("/console/handsets");
    await tab.page.getByText("before you came").waitFor();
    await isLive(tab);
    const number = newNumber();
    await sendTo(number, "Your parcel is here");
    await tab.page.getByRole("link", { name: number }).getByText("Your parcel is here").waitFor();
    await looksRight(tab, "handsets");
  });

  it("shows a conversation, and lets the person answer in it", async () => {
    const number = newNumber();
    await sendTo(number, "Write YES to 2002", "2002");
    const tab = await console.enter(`/console/handsets/${encodeURIComponent(number)}`, { viewport: PHONE });
    await tab.page.getByText("Write YES to 2002").waitFor();
    expect(await tab.page.getByLabel("To", { exact: true }).inputValue()).toBe("2002");
    await tab.page.getByLabel("Text", { exact: true }).fill("YES please");
    await tab.page.getByRole("button", { name: "Send" }).click();
    await tab.page.locator(".bubble.out").getByText("YES please").waitFor();
    await isLive(tab);
    await sendTo(number, "Thank you æøå ✓", "2002");
    await tab.page.locator(".bubble.in").getByText("Thank you æøå ✓").waitFor();
    expect(await tab.page.locator(".bubble.in").last().textContent()).toContain("UCS-2");
    await looksRight(tab, "handset-phone");
  });

  it("clears a phone, and shows what comes after that", async () => {
    const number = newNumber();
    await sendTo(number, "An old text");
    await gateway.handset(number, { wait: 20 });
    await gateway.operator("POST", `/sandbox/v1/handsets/${number}/messages`, { to: "2002", text: "an old answer" });
    const tab = await console.enter(`/console/handsets/${encodeURIComponent(number)}`);
    await tab.page.locator(".bubble.out").getByText("an old answer").waitFor();
    await tab.page.getByRole("button", { name: "Clear" }).click();
    await tab.page.getByRole("status").getByText("Handset cleared.").waitFor();
    expect(await tab.page.locator("#conversation").textContent()).toBe("No messages yet.");
    await looksRight(tab, "handset-cleared");
    await isLive(tab);
    await sendTo(number, "A new text");
    await tab.page.locator(".bubble.in").getByText("A new text").waitFor();
    expect(await tab.page.locator(".bubble").count()).toBe(1);
  });

  it("keeps what is being typed when a text comes", async () => {
    const number = newNumber();
    await sendTo(number, "first");
    const tab = await console.enter(`/console/handsets/${encodeURIComponent(number)}`);
    await isLive(tab);
    await tab.page.getByLabel("Text", { exact: true }).fill("half a sent");
    await sendTo(number, "second");
    await tab.page.getByText("second").waitFor();
    expect(await tab.page.getByLabel("Text", { exact: true }).inputValue()).toBe("half a sent");
  });

  it("sends STOP with one press", async () => {
    const number = newNumber();
    await sendTo(number, "Games for you", "2002");
    const tab = await console.enter(`/console/handsets/${encodeURIComponent(number)}`);
    await tab.page.getByRole("button", { name: "STOP" }).click();
    await tab.page.locator(".bubble.out").getByText("STOP", { exact: true }).waitFor();
  });

  it("works in the dark, and by keyboard alone", async () => {
    await sendTo(newNumber(), "in the dark");
    const tab = await console.enter("/console/handsets", { colorScheme: "dark", viewport: PHONE });
    await tab.page.keyboard.press("Tab");
    expect(await tab.page.evaluate("document.activeElement.textContent.trim()")).toBe("Skip to content");
    await looksRight(tab, "handsets-dark-phone");
  });

  it("works without JavaScript", async () => {
    const number = newNumber();
    await sendTo(number, "no script");
    const tab = await console.enter(`/console/handsets/${encodeURIComponent(number)}`, { javaScriptEnabled: false });
    await tab.page.getByLabel("Text", { exact: true }).fill("still here");
    await tab.page.getByRole("button", { name: "Send" }).click();
    await tab.page.locator(".bubble.out").getByText("still here").waitFor();
  });

  it("weighs little", async () => {
    const assets = ["console.css", "live.js"].map(async (name) =>
      (await gateway.fetch(`/assets/${name}`)).arrayBuffer(),
    );
    const bytes = (await Promise.all(assets)).reduce((sum, { byteLength }) => sum + byteLength, 0);
    expect(bytes).toBeLessThan(100_000);
  });

  it("notifies of a text that comes while nobody looks, once it was asked to, and asks the browser only then", async () => {
    const number = newNumber();
    await sendTo(number, "Before");
    const tab = await console.enter("/console", {});
    // A browser without windows has no notifications, and no page of it is ever out of sight.
    await tab.page.addInitScript(`
      window.told = [];
      window.Notification = class {
        static permission = sessionStorage.permission ?? "default";
        static async requestPermission() { told.push("asked"); return (this.permission = sessionStorage.permission = "granted"); }
        constructor(title, { body }) { told.push(title + ": " + body); }
      };
      window.look = (at) => {
        for (const [name, value] of [["hidden", !at], ["visibilityState", at ? "visible" : "hidden"]])
          Object.defineProperty(document, name, { configurable: true, get: () => value });
        document.dispatchEvent(new Event("visibilitychange"));
      };`);
    await tab.go(`/console/handsets/${number}`);
    await isLive(tab);
    const told = () => tab.page.evaluate("window.told");
    await tab.page.evaluate("look(false)");
    await sendTo(number, "Unasked");
    await tab.page.evaluate("look(true)");
    await tab.page.getByText("Unasked").waitFor();
    expect(await told()).toEqual([]);
    await tab.page.getByRole("button", { name: "Notify me of texts" }).click();
    await tab.page.getByRole("button", { name: "Stop notifying me" }).waitFor();
    await tab.page.evaluate("look(false)");
    await sendTo(number, "Your code is 1234");
    await expect.poll(told, { timeout: 20_000 }).toEqual(["asked", `Shop to ${number}: Your code is 1234`]);
    expect(await tab.page.title()).toMatch(/^\(1\) /);
    await tab.page.evaluate("look(true)");
    expect(await tab.page.title()).not.toMatch(/^\(/);
  });
});
