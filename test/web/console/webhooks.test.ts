/** Webhooks in the console: what did not arrive, why, and how it gets there after all. */

import { afterEach, describe, expect, it } from "vitest";
import { hasBrowser } from "../../support/browser.ts";
import { isLive, looksRight, looksRightEverywhere, PHONE, type Tab, useConsole } from "../../support/console.ts";
import { newNumber, type TestAccount, useGateway } from "../../support/gateway.ts";
import { useReceiver } from "../../support/receiver.ts";

const HOUR = 3_600;
const AT = "/console/webhooks";

describe.skipIf(!hasBrowser)("the console's webhooks", () => {
  const gateway = useGateway();
  const console = useConsole(gateway);
  const receiver = useReceiver();
  afterEach(() => receiver.behave(() => ({ status: 200 })));

  /** An account that gives up after 15 hours. */
  const hasty = async () => {
    const account = await gateway.account();
    await gateway.operator("PATCH", `/admin/v1/accounts/${account.id}`, { settings: { webhookRetries: "15h" } });
    return account;
  };
  const endpointOf = ({ id }: TestAccount) => `${receiver.url}/${id}`;
  const send = (account: TestAccount) => gateway.send(account, { deliveryReportUrl: endpointOf(account) });
  const refuse = (body = "the till is closed") => receiver.behave(() => ({ status: 500, body }));
  /** One webhook on the dead list. */
  const oneDead = async (account: TestAccount, count = 1) => {
    refuse();
    for (let sent = 0; sent < count; sent++) await send(account);
    await gateway.advance(16 * HOUR);
  };
  const rows = ({ page }: Tab) => page.locator("#list .rows > li");
  const endpoints = ({ page }: Tab) => page.locator("#endpoints .rows > li");
  const press = ({ page }: Tab, name: string | RegExp) => page.getByRole("button", { name }).click();

  it("shows what is owed as it comes, and what became of it, without being asked again", async () => {
    const account = await gateway.account();
    const tab = await console.enter(`${AT}?account=${account.id}`);
    await tab.page.getByText("No webhooks match these filters.").waitFor();
    await isLive(tab);
    refuse();
    await send(account);
    await receiver.next(1, ({ url }) => url === `/${account.id}`);
    await rows(tab).getByText("next attempt").waitFor();
    await tab.page.locator("#trouble").getByText("failed once, no success since").waitFor();
    receiver.behave(() => ({ status: 200 }));
    await gateway.advance(60);
    await rows(tab).getByText("Answered").waitFor();
    await expect.poll(() => tab.page.locator("#trouble li").count()).toBe(0);
  });

  it("shows one that is dead: what was sent, what was answered, how long it took; and sends it again", async () => {
    const account = await hasty();
    await oneDead(account);
    const tab = await console.enter(`${AT}?account=${account.id}&state=dead`);
    await rows(tab).getByText("11 attempts").waitFor();
    await looksRight(tab, "webhooks-dead");
    await tab.page.getByRole("link", { name: /^Message to \+47\d{8} delivered/ }).click();
    const story = await tab.page.locator(".attempts > li").allTextContents();
    expect(story).toHaveLength(11);
    expect(story[0]).toMatch(
      new RegExp(`Attempt 1.*500.*POST ${endpointOf(account)}.*x-ecdsa-signature.*"transactionId": .*till`, "s"),
    );
    expect(story[1]).toMatch(/500.*\d+ ms.*next attempt.*x-ecdsa-signature/s);
    await tab.page.getByText("Check the signature").click();
    await tab.page.getByLabel("URL, as your server sees it").fill("http://10.0.0.5/reports");
    await press(tab, "Check");
    await tab.page.getByRole("alert").getByText("The URL differs.").waitFor();
    await tab.page.locator(".attempts summary").first().click();
    await looksRight(tab, "webhook-signature");
    await tab.page.getByText("gave up after 11 attempts; the last: status 500").waitFor();
    const subject = await tab.page.getByRole("link", { name: "the message" }).getAttribute("href");
    expect(subject).toMatch(/^\/console\/messages\/msg_/);
    await looksRight(tab, "webhook-dead");

    // The page that answered the check goes on telling of what happens.
    receiver.behave(() => ({ status: 200 }));
    await isLive(tab);
    const [, id] = /webhooks\/([^/]+)\/check/.exec(tab.page.url()) ?? [];
    await gateway.operator("POST", `/admin/v1/webhooks/${id}/replay`);
    await tab.page.locator("#webhook").getByText("Answered", { exact: true }).waitFor();
    await press(tab, "Send again");
    await tab.page.getByText("Webhook queued again; it is sent at once.").waitFor();
    await expect.poll(() => tab.page.locator(".attempts > li").count()).toBe(15);
  });

  it("sends all of a filter again, and asks first", async () => {
    const [mine, other] = [await hasty(), await hasty()];
    await oneDead(mine, 2);
    await oneDead(other);
    receiver.behave(() => ({ status: 200 }));
    const tab = await console.enter(`${AT}?account=${mine.id}&state=dead`);
    await tab.page.getByRole("link", { name: "Replay all of these" }).click();
    await tab.page.getByRole("heading", { name: "2 webhooks will be sent again" }).waitFor();
    const dead = (account: TestAccount) => gateway.webhooks(account, { state: "dead" });
    expect(await dead(mine)).toHaveLength(2);
    await looksRight(tab, "webhooks-replay-asked");
    await press(tab, "Replay 2 webhooks");
    await tab.page.getByText("2 webhooks queued.").waitFor();
    // How far it has come: others may be owed meanwhile, so the value is not ours alone.
    const progress = tab.page.getByRole("progressbar", { name: "Replay" });
    expect(await progress.getAttribute("max")).toBe("2");
    await tab.page.locator("#replaying").getByText(/owed/).waitFor();
    await looksRight(tab, "webhooks-replaying");
    await gateway.advance(0);
    expect(await dead(mine)).toEqual([]);
    expect(await dead(other)).toHaveLength(1);
  });

  it("sends all of a time again, on a phone, without JavaScript", async () => {
    const account = await hasty();
    await oneDead(account);
    const later = new Date(await gateway.now()).toISOString().slice(0, 19);
    await oneDead(account);
    receiver.behave(() => ({ status: 200 }));
    const tab = await console.enter(`${AT}/replay?account=${account.id}`, {
      viewport: PHONE,
      javaScriptEnabled: false,
    });
    await tab.page.getByRole("heading", { name: "2 webhooks will be sent again" }).waitFor();
    await tab.page.getByLabel("Created from").fill(later);
    await press(tab, "Count");
    await press(tab, "Replay 1 webhook");
    await tab.page.getByText("1 webhook queued.").waitFor();
    await gateway.advance(0);
    expect(await gateway.webhooks(account, { state: "dead" })).toHaveLength(1);
  });

  it("reads a whole minute, whose seconds a browser leaves out", async () => {
    const account = await hasty();
    await oneDead(account);
    const tab = await console.enter(`${AT}?account=${account.id}`);
    await tab.page.getByLabel("From (UTC)").fill("2020-01-01T00:00");
    await press(tab, "Filter");
    await rows(tab).first().waitFor();
    expect(await tab.page.getByLabel("From (UTC)").inputValue()).toMatch(/^2020-01-01T00:00/);
    await tab.go(`${AT}/replay?account=${account.id}&since=2020-01-01T00:00`);
    await tab.page.getByRole("heading", { name: "1 webhook will be sent again" }).waitFor();
  });

  it("says beside the field what is wrong with a filter, and keeps the others", async () => {
    const tab = await console.enter(`${AT}?account=somebody&state=lost`);
    await tab.page.locator("#state-mistake").waitFor();
    expect(await tab.page.getByLabel("Account").inputValue()).toBe("somebody");
  });

  it("says that one is owed already when its button is pressed twice", async () => {
    const account = await hasty();
    await oneDead(account);
    const tab = await console.enter(`${AT}?account=${account.id}&state=dead`);
    await rows(tab).getByRole("link").first().click();
    await tab.page.getByRole("button", { name: "Send again" }).waitFor();
    const { items } = await gateway.operator<{ items: { id: string }[] }>(
      "GET",
      `/admin/v1/webhooks?account=${account.id}&state=dead`,
    );
    const post = () => tab.page.request.post(`${gateway.url}${AT}/${items[0]?.id}/replay`);
    expect(await (await post()).text()).toContain("Webhook queued again; it is sent at once.");
    const again = await post();
    expect(again.status()).toBe(200);
    expect(await again.text()).toContain("Already queued: nothing was sent twice.");
  });

  it("does not send again what nobody has", async () => {
    const tab = await console.enter(`${AT}/replay?account=nobody`);
    await tab.page.getByRole("heading", { name: "No matching webhooks" }).waitFor();
    expect(await tab.page.getByRole("button", { name: /^Replay/ }).count()).toBe(0);
  });

  it("pauses an endpoint with a reason, and resumes it", async () => {
    const account = await hasty();
    refuse();
    await send(account);
    await gateway.advance(60);
    const tab = await console.enter(`${AT}/endpoints?account=${account.id}`);
    await endpoints(tab).getByText("failing", { exact: true }).waitFor();
    await endpoints(tab).getByText("failed 2 times").waitFor();
    await looksRight(tab, "endpoints-failing");

    await tab.page.getByRole("link", { name: `Pause ${endpointOf(account)}` }).click();
    await tab.page.getByText("1 webhook is pending now").waitFor();
    await looksRight(tab, "endpoint-pause");
    await tab.page.getByLabel("Reason").fill("their server moves on Monday");
    await press(tab, "Pause endpoint");
    await tab.page.getByText("Endpoint paused.").waitFor();
    await endpoints(tab).getByText("their server moves on Monday").waitFor();
    expect(await gateway.webhooks(account)).toMatchObject([
      { state: "dead", reason: "paused: their server moves on Monday" },
    ]);

    receiver.behave(() => ({ status: 200 }));
    await tab.page.getByRole("link", { name: `Resume ${endpointOf(account)}` }).click();
    await tab.page.getByText("1 webhook is on the dead list").waitFor();
    await press(tab, "Resume endpoint");
    await tab.page.getByText("Endpoint resumed").waitFor();
    await gateway.advance(0);
    expect(await gateway.webhooks(account)).toMatchObject([{ state: "answered" }]);
  });

  it("says beside the reason why an endpoint is not paused, and keeps what was typed", async () => {
    const account = await gateway.account();
    const query = new URLSearchParams({ account: account.id, endpoint: endpointOf(account) });
    const tab = await console.enter(`${AT}/endpoints/pause?${query}`);
    await tab.page.getByLabel("Reason").fill("x".repeat(201));
    await press(tab, "Pause endpoint");
    const why = tab.page.getByLabel("Reason");
    await expect.poll(() => why.getAttribute("aria-invalid")).toBe("true");
    expect(await why.inputValue()).toBe("x".repeat(201));
    await looksRight(tab, "endpoint-pause-refused");
  });

  it("shows the addresses of an account where nothing has failed, too", async () => {
    const account = await gateway.account();
    const reportUrl = `${endpointOf(account)}/reports?shop=1`;
    await gateway.operator("PUT", `/admin/v1/accounts/${account.id}/callbacks/txtnation`, { reportUrl });
    const tab = await console.enter(`${AT}/endpoints`);
    expect(await endpoints(tab).getByText(account.id, { exact: true }).count()).toBe(0);
    await tab.page.getByLabel("Account").selectOption(account.id);
    await press(tab, "Show");
    await endpoints(tab)
      .getByRole("link", { name: `${endpointOf(account)}/reports`, exact: true })
      .waitFor();
    await endpoints(tab).getByText("healthy").waitFor();
  });

  it("reads a long list page by page, by its filters", async () => {
    const account = await gateway.account();
    for (let sent = 0; sent < 51; sent++) await send(account);
    await gateway.advance(0);
    const tab = await console.enter(`${AT}?account=${account.id}`);
    expect(await rows(tab).count()).toBe(50);
    await tab.page.getByRole("link", { name: "Older" }).click();
    await expect.poll(() => rows(tab).count()).toBe(1);
    await tab.page.getByRole("link", { name: "Newer" }).click();
    await expect.poll(() => rows(tab).count()).toBe(50);
    await tab.page.getByLabel("Event").selectOption("charge");
    await press(tab, "Filter");
    await tab.page.getByText("No webhooks match these filters.").waitFor();
    await tab.page.getByRole("list", { name: "Narrowed by" }).getByText("charge").waitFor();
    expect(await tab.page.getByLabel("Account").inputValue()).toBe(account.id);
    await looksRight(tab, "webhooks-filter");
  });

  it("tells in words what came of a text that somebody wrote", async () => {
    const account = await gateway.account();
    const number = "2077";
    const path = `/admin/v1/accounts/${account.id}`;
    await gateway.operator("PUT", `${path}/senders/${number}`, { kind: "short-number", country: "NO" });
    await gateway.operator("PUT", `${path}/callbacks/cm`, { messageUrl: endpointOf(account) });
    const person = newNumber();
    await gateway.operator("POST", `/sandbox/v1/handsets/${person}/messages`, { to: number, text: "Hei på deg" });
    await receiver.next(1, ({ url }) => url === `/${account.id}`);
    await gateway.advance(0);
    const tab = await console.enter(`${AT}?account=${account.id}`);
    await tab.page.getByRole("link", { name: `${person} wrote “Hei på deg” to 2077` }).click();
    const handset = await tab.page.getByRole("link", { name: "the handset" }).getAttribute("href");
    expect(handset).toBe(`/console/handsets/${encodeURIComponent(person)}`);
  });

  it("looks right in the light and in the dark, on a desk and on a phone", async () => {
    const account = await hasty();
    await oneDead(account);
    await send(account);
    await gateway.advance(0);
    const [dead] = await gateway.webhooks(account, { state: "dead" });
    const tab = await console.enter(`${AT}?account=${account.id}`);
    await looksRightEverywhere(tab, "webhooks");
    await tab.go(`${AT}/${dead?.id}`);
    await looksRightEverywhere(tab, "webhook");
    await tab.go(`${AT}/endpoints?account=${account.id}`);
    await looksRightEverywhere(tab, "endpoints");
    await tab.go(`${AT}/replay?account=${account.id}`);
    await looksRightEverywhere(tab, "webhooks-replay");
  });

  it("lets nobody in who has not the token", async () => {
    for (const path of ["", "/endpoints", "/replay", "/whk_1"]) {
      expect((await gateway.fetch(AT + path)).headers.get("location")).toMatch(/^\/console\/login/);
    }
    const answer = await gateway.fetch(`${AT}/replay`, { method: "POST", body: new URLSearchParams() });
    expect(answer.headers.get("location")).toMatch(/^\/console\/login/);
  });
});
