/** Being live: what a page is told, what it does when it is told nothing, and what it keeps of what the reader does. */

import type { Page } from "playwright-core";
import { beforeAll, describe, expect, it } from "vitest";
import { hasBrowser } from "../../support/browser.ts";
import { isLive, useConsole } from "../../support/console.ts";
import { newNumber, type TestAccount, useGateway } from "../../support/gateway.ts";

/** A browser holds so many connections to one host. */
const CONNECTIONS = 6;

describe.skipIf(!hasBrowser)("a page that is live", () => {
  const gateway = useGateway();
  const console = useConsole(gateway);
  let account: TestAccount;
  beforeAll(async () => {
    account = await gateway.account();
    for (const number of ["2002", "2003"]) {
      await gateway.operator("PUT", `/admin/v1/accounts/${account.id}/senders/${number}`, {
        kind: "short-number",
        country: "NO",
      });
    }
  });
  const sendTo = (recipient: string, content: string, sender = "Shop") =>
    gateway.send(account, { recipient, content, sender });
  const phone = (number: string) => `/console/handsets/${encodeURIComponent(number)}`;

  it("leaves room for others when it is not looked at, and is new when it is again", async () => {
    const tab = await console.enter("/console/handsets");
    const pages = [tab.page];
    while (pages.length < CONNECTIONS) pages.push(await tab.page.context().newPage());
    for (const page of pages) {
      await page.goto(`${gateway.url}/console/handsets`);
      await isLive({ ...tab, page });
      await turn(page, "hidden");
    }
    const seventh = await tab.page.context().newPage();
    await seventh.goto(`${gateway.url}/console/handsets`);
    await isLive({ ...tab, page: seventh });
    await sendTo(newNumber(), "while nobody looked");
    await seventh.getByText("while nobody looked").waitFor();
    await turn(seventh, "hidden");
    await turn(tab.page, "visible");
    await tab.page.getByText("while nobody looked").waitFor();
    await sendTo(newNumber(), "and once somebody did");
    await tab.page.getByText("and once somebody did").waitFor();
  });

  it("says so when it cannot be had, and asks until it can", async () => {
    const tab = await console.enter("/console/handsets");
    await isLive(tab);
    await tab.page.route("**/console/handsets", (route) => route.fulfill({ status: 503 }));
    await sendTo(newNumber(), "after the storm");
    await tab.page.locator('[data-stream="reconnecting"]').waitFor();
    await tab.page.unroute("**/console/handsets");
    await tab.page.getByText("after the storm").waitFor();
    await isLive(tab);
  });

  it("says aloud only a while that lasts", async () => {
    const tab = await console.enter("/console/handsets");
    await isLive(tab);
    const aloud = tab.page.locator("[data-stream-aloud]");
    expect(await aloud.textContent()).toBe("");
    await tab.page.route("**/console/handsets", (route) => route.fulfill({ status: 503 }));
    await sendTo(newNumber(), "in the storm");
    await tab.page.locator('[data-stream="reconnecting"]').waitFor();
    expect(await aloud.textContent()).toBe("");
    await aloud.getByText("Reconnecting").waitFor();
    await tab.page.unroute("**/console/handsets");
    await aloud.getByText("Live again").waitFor();
  });

  it("leads to the login when the session is over", async () => {
    const tab = await console.enter("/console");
    await tab.page.route("**/console/stream?*", (route) => route.abort());
    await tab.go("/console/handsets");
    await tab.page.locator('[data-stream="reconnecting"]').waitFor();
    await tab.page.context().clearCookies();
    await tab.page.unroute("**/console/stream?*");
    await tab.page.getByLabel("Your token").waitFor();
    expect(new URL(tab.page.url()).search).toBe("?to=%2Fconsole%2Fhandsets");
    // The login is no stream, of which Chromium complains.
    expect(tab.complaints.splice(0)).toEqual([expect.stringContaining("text/event-stream")]);
  });

  it("takes in what comes into the state it lists", async () => {
    await gateway.faults({ receiptDelaySeconds: 600 });
    const recipient = newNumber();
    await sendTo(recipient, "on its way");
    await gateway.handset(recipient, { wait: 20, match: "on its way" });
    const tab = await console.enter(`/console/messages?account=${account.id}&state=delivered`);
    await isLive(tab);
    await gateway.advance(601);
    await tab.page.getByText("on its way").waitFor();
    await gateway.operator("DELETE", "/sandbox/v1/faults/simulator");
  });

  it("watches no message of which nothing more becomes", async () => {
    const other = await gateway.account();
    await gateway.faults({ receiptDelaySeconds: 600 });
    const id = await gateway.send(other);
    const tab = await console.enter(`/console/messages?account=${other.id}`);
    await isLive(tab);
    const { id: ours } = await gateway.message(other, id);
    expect(await tab.page.locator("#list").getAttribute("data-watch")).toBe(ours);
    await gateway.advance(601);
    await tab.page.locator('#list[data-watch=""]').waitFor();
    await gateway.operator("DELETE", "/sandbox/v1/faults/simulator");
  });

  it("answers the code that has just come, to whoever sent it", async () => {
    const number = newNumber();
    await sendTo(number, "Hello", "2002");
    const tab = await console.enter(phone(number));
    await isLive(tab);
    expect(await tab.page.getByLabel("To", { exact: true }).inputValue()).toBe("2002");
    await sendTo(number, "Your code is 482913", "2003");
    await tab.page.getByRole("button", { name: "482913", exact: true }).waitFor();
    expect(await tab.page.getByLabel("To", { exact: true }).inputValue()).toBe("2003");
  });

  it("writes to whom the person chose, whoever writes meanwhile", async () => {
    const number = newNumber();
    await sendTo(number, "Hello", "2002");
    const tab = await console.enter(phone(number));
    await isLive(tab);
    await tab.page.getByLabel("To", { exact: true }).fill("1999");
    await sendTo(number, "Your code is 482913", "2003");
    await tab.page.getByRole("button", { name: "482913", exact: true }).waitFor();
    expect(await tab.page.getByLabel("To", { exact: true }).inputValue()).toBe("1999");
  });

  it("goes on being live when what it was asked to do is refused", async () => {
    const tab = await console.enter("/console/controls");
    // What the browser itself would not let through.
    await tab.page.evaluate("for (const form of document.forms) form.noValidate = true");
    await tab.page.locator('form[action$="/faults"] input').first().fill("no number");
    await tab.page.getByRole("button", { name: "Set faults" }).click();
    await tab.page.waitForURL("**/console/controls/faults");
    await isLive(tab);
  });
});

/** As the browser does when its reader looks at another tab, and comes back. */
async function turn(page: Page, state: "hidden" | "visible"): Promise<void> {
  const now = `{ configurable: true, get: () => "${state}" }`;
  await page.evaluate(`Object.defineProperty(document, "visibilityState", ${now})`);
  await page.evaluate('void document.dispatchEvent(new Event("visibilitychange"))');
}
