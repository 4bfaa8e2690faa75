/** Messages in the console: found, followed, sent again, cancelled. */

import { beforeAll, describe, expect, it } from "vitest";
import { hasBrowser } from "../../support/browser.ts";
import { isLive, looksRight, PHONE, useConsole } from "../../support/console.ts";
import { newNumber, type TestAccount, useGateway } from "../../support/gateway.ts";
import { useReceiver } from "../../support/receiver.ts";

/** The narrowest that pages must fit. */
const NARROW = { width: 320, height: 640 };

describe.skipIf(!hasBrowser)("messages in the console", () => {
  const gateway = useGateway();
  const receiver = useReceiver();
  const console = useConsole(gateway);
  let account: TestAccount;
  beforeAll(async () => {
    account = await gateway.account();
  });
  const pageOf = async (theirId: string, of = account) =>
    `/console/messages/${(await gateway.message(of, theirId)).id}`;

  describe("the list", () => {
    it("has a new message as soon as it is accepted, and its state as it changes", async () => {
      await gateway.send(account, { content: "before you came" });
      const tab = await console.enter("/console/messages");
      await tab.page.getByText("before you came").waitFor();
      await isLive(tab);
      const number = newNumber();
      await gateway.faults({ receiptDelaySeconds: 600 });
      await gateway.send(account, { recipient: number, content: "Your parcel is at the shop by the station" });
      const row = tab.page.getByRole("row", { name: number });
      await row.getByText("Sent").waitFor();
      await gateway.faults({});
      await gateway.advance(700);
      await row.getByText("Delivered").waitFor();
      await gateway.send(account, { recipient: "+4700000010", content: "To nobody" });
      await tab.page.getByRole("row", { name: "+4700000010" }).getByText("Failed").waitFor();
      await looksRight(tab, "messages");
    });

    it("is narrowed by state, account and time; the address says so, and each can be taken away again", async () => {
      const other = await gateway.account();
      await gateway.send(other, { content: "of the other" });
      const since = new Date((await gateway.now()) - 3_600_000).toISOString().slice(0, 16);
      const tab = await console.enter("/console/messages");
      await tab.page.getByLabel("State").selectOption({ label: "Delivered" });
      await tab.page.getByLabel("Account").selectOption(other.id);
      await tab.page.getByLabel("Dialect").selectOption({ label: "Target365 / Strex" });
      await tab.page.getByLabel("Since (UTC)").fill(since);
      await gateway.advance(0);
      await tab.page.getByRole("button", { name: "Filter" }).click();
      await tab.page.getByText("of the other").waitFor();
      expect(await tab.page.locator("#list tbody tr").count()).toBe(1);
      const { searchParams } = new URL(tab.page.url());
      expect(Object.fromEntries(searchParams)).toMatchObject({ account: other.id, state: "delivered", since });
      await looksRight(tab, "messages-narrowed");
      await tab.page.getByRole("link", { name: "Show all" }).click();
      await tab.page.locator("#list tbody tr").nth(1).waitFor();
    });

    it("goes to older ones and back, fifty at a time", async () => {
      const many = await gateway.account();
      const messages = Array.from({ length: 120 }, (_, n) => ({
        transactionId: `many-${n}`,
        sender: "Shop",
        recipient: newNumber(),
        content: `number ${n}.`,
      }));
      const sent = await gateway.fetch("/api/out-messages/batch", {
        headers: { "x-apikey": many.apiKey },
        json: messages,
      });
      expect(sent.status).toBe(201);
      await gateway.advance(0);
      const tab = await console.enter(`/console/messages?account=${many.id}`, { javaScriptEnabled: false });
      const rows = tab.page.locator("#list tbody tr");
      const first = async () => (await rows.first().locator(".snippet").textContent())?.trim();
      const seen: (string | undefined)[] = [];
      for (const [direction, count] of [
        ["Older", 50],
        ["Older", 50],
        ["Newer", 20],
        ["Newer", 50],
      ] as const) {
        expect(await rows.count()).toBe(count);
        seen.push(await first());
        await tab.page.getByRole("link", { name: direction }).click();
      }
      expect(await rows.count()).toBe(50);
      expect(seen).toEqual(["number 119.", "number 69.", "number 19.", "number 69."]);
      expect(await first()).toBe("number 119.");
      expect(await tab.page.getByRole("link", { name: "Newer" }).count()).toBe(0);
    });

    it("says when there is nothing, and what is wrong with an address", async () => {
      const tab = await console.enter("/console/messages?account=nobody");
      await tab.page.getByText("No messages match these filters.").waitFor();
      await tab.go("/console/messages?state=lost");
      await tab.page.getByRole("alert").getByText("state").waitFor();
    });

    it("shows the beginning of a long text, and cuts through no emoji", async () => {
      const content = `${"x".repeat(159)}👍🏽 and more`;
      const { id } = await gateway.message(account, await gateway.send(account, { content }));
      const tab = await console.enter("/console/messages");
      const row = tab.page.locator(`#row-${id} .snippet`);
      expect(await row.textContent()).toBe(`${"x".repeat(159)}…`);
    });

    it("calls an API as the filter does", async () => {
      const { id } = await gateway.message(account, await gateway.send(account));
      const tab = await console.enter("/console/messages");
      await tab.page.locator(`#row-${id}`).getByText("Target365 / Strex").waitFor();
    });

    it("is for phones too, and for the dark", async () => {
      await gateway.send(account, {
        content: "A text that is long enough to need more than one line on a phone's screen",
      });
      await gateway.advance(0);
      await looksRight(await console.enter("/console/messages", { viewport: PHONE }), "messages-phone");
      await looksRight(await console.enter("/console/messages", { viewport: NARROW }), "messages-narrow");
      await looksRight(await console.enter("/console/messages", { colorScheme: "dark" }), "messages-dark");
    });
  });

  describe("on a phone", () => {
    const LIKE_A_PHONE = { viewport: { width: 390, height: 844 } };

    it("has one row above the page, and the first message in the upper half", async () => {
      await gateway.send(account, { content: "seen at once" });
      const tab = await console.enter("/console/messages", LIKE_A_PHONE);
      // Below it there is a line more where the clock was moved, as it may have been here.
      const rows = await tab.page
        .locator(".bar > :not(.odd, .unseen, .aloud):visible")
        .evaluateAll((all) => all.map((one) => one.getBoundingClientRect().bottom));
      expect(Math.max(...rows)).toBeLessThan(60);
      const first = await tab.page.locator("#list tbody tr").first().boundingBox();
      expect(first?.y).toBeLessThan(422);
      expect(await tab.page.getByLabel("State").isVisible()).toBe(false);
    });

    it("opens its menu and its filters without a script", async () => {
      const tab = await console.enter("/console/messages", { ...LIKE_A_PHONE, javaScriptEnabled: false });
      const charges = tab.page.getByRole("link", { name: "Charges" });
      expect(await charges.isVisible()).toBe(false);
      await tab.page.getByText("Filters").click();
      await tab.page.getByLabel("State").selectOption({ label: "Delivered" });
      await tab.page.getByRole("button", { name: /menu/i }).click();
      await charges.click();
      await tab.page.getByRole("heading", { name: "Charges", level: 1 }).waitFor();
    });

    it("looks right with its menu open", async () => {
      const tab = await console.enter("/console/messages", { ...LIKE_A_PHONE, colorScheme: "dark" });
      await tab.page.getByRole("button", { name: /menu/i }).click();
      await looksRight(tab, "menu-phone-dark");
    });
  });

  describe("the search", () => {
    it("is a slash away, except where one writes", async () => {
      const tab = await console.enter("/console/messages");
      await isLive(tab);
      await tab.page.keyboard.press("/");
      await tab.page.keyboard.type("a/b");
      expect(await tab.page.getByLabel("Find").inputValue()).toBe("a/b");
    });

    const search = async (wanted: string) => {
      const tab = await console.enter("/console/messages");
      await tab.page.getByLabel("Find").fill(wanted);
      await tab.page.getByLabel("Find").press("Enter");
      return tab;
    };

    it("finds a person's messages by the number, however it is written", async () => {
      const recipient = newNumber();
      await gateway.send(account, { recipient, content: "for one person" });
      for (const written of [
        recipient,
        recipient.replace("+47", "0047 "),
        `${recipient.slice(3, 6)} ${recipient.slice(6)}`,
      ]) {
        const tab = await search(written);
        await tab.page.waitForURL((url) => url.searchParams.get("recipient") === recipient);
        expect(await tab.page.locator("#list tbody tr").count()).toBe(1);
      }
    });

    it("finds a message by our id, and by the one that its customer gave", async () => {
      const theirId = await gateway.send(account, { transactionId: "order 4711/ü" });
      const { id } = await gateway.message(account, theirId);
      for (const written of [id, theirId]) {
        const tab = await search(written);
        await tab.page.waitForURL(`**/console/messages/${id}`);
      }
    });

    it("offers a choice where several have the id", async () => {
      const other = await gateway.account();
      for (const one of [account, other]) await gateway.send(one, { transactionId: "both-have-it" });
      const tab = await search("both-have-it");
      await tab.page.getByRole("link", { name: /^msg_/ }).nth(1).waitFor();
      await looksRight(tab, "search-choice");
    });

    it("finds words of a text, a part of a number and a sender, and keeps what the list was narrowed by", async () => {
      const recipient = newNumber();
      await gateway.send(account, { recipient, content: "Your umbrella waits at the desk" });
      await gateway.send(await gateway.account(), { content: "Another umbrella" });
      const tab = await console.enter(`/console/messages?account=${account.id}`);
      await tab.page.getByLabel("Find").fill("UMBRELLA");
      await tab.page.getByLabel("Find").press("Enter");
      await tab.page.waitForURL((url) => url.searchParams.get("containing") === "UMBRELLA");
      expect(await tab.page.locator("#list tbody tr").count()).toBe(1);
      await tab.page.getByText(/^Searched [\d,]+ messages: all there are\.$/).waitFor();
      await looksRight(tab, "search-words");
      await tab.page.getByLabel("Find").fill(recipient.slice(4, 9));
      await tab.page.getByLabel("Find").press("Enter");
      await tab.page.getByRole("row", { name: recipient }).waitFor();
    });

    it("says so when nothing is known by it", async () => {
      const tab = await search("<b>nonsense</b> ' OR 1=1 %");
      await tab.page.getByText("No messages match these filters.").waitFor();
      await looksRight(tab, "search-nothing");
      await tab.go("/console/charges?q=nonsense");
      await tab.page.getByRole("link", { name: "Search message texts for it" }).click();
      await tab.page.waitForURL((url) => url.searchParams.get("containing") === "nonsense");
    });
  });

  describe("what people wrote", () => {
    it("is a list of its own, searched and live, with the way to the handset", async () => {
      const number = newNumber();
      const writes = (text: string) =>
        gateway.operator("POST", `/sandbox/v1/handsets/${number}/messages`, { to: "2002", text });
      await writes("Is the museum open?");
      const tab = await console.enter("/console/messages");
      await tab.page.getByRole("link", { name: "Inbound" }).click();
      await isLive(tab);
      const row = tab.page.getByRole("row", { name: number });
      await row.getByText("Is the museum open?").waitFor();
      await writes("On Sunday, I mean");
      await row.getByText("On Sunday, I mean").waitFor();
      await looksRight(tab, "inbound");
      await tab.page.getByLabel("Find").fill("museum");
      await tab.page.getByLabel("Find").press("Enter");
      await tab.page.waitForURL((url) => url.searchParams.has("containing"));
      expect(await tab.page.locator("#list tbody tr").count()).toBe(1);
      await tab.page.getByLabel("Find").fill(number);
      await tab.page.getByLabel("Find").press("Enter");
      await tab.page.waitForURL((url) => url.searchParams.get("sender") === number);
      expect(await tab.page.locator("#list tbody tr").count()).toBe(2);
      await row.first().getByRole("link", { name: number }).click();
      await tab.page.getByRole("list", { name: "Conversation" }).getByText("On Sunday, I mean").waitFor();
    });
  });

  describe("what people wrote, on a phone", () => {
    it("has numbers in one line", async () => {
      const number = newNumber();
      const text = "Is the museum open on Sundays, and until when?";
      await gateway.operator("POST", `/sandbox/v1/handsets/${number}/messages`, { to: "2002", text });
      const tab = await console.enter("/console/messages/inbound", { viewport: PHONE });
      const lines = await tab.page
        .getByRole("row", { name: number })
        .getByRole("cell", { name: "2002", exact: true })
        .evaluate((cell) => {
          const range = cell.ownerDocument.createRange();
          range.selectNodeContents(cell);
          return range.getClientRects().length;
        });
      expect(lines).toBe(1);
      await looksRight(tab, "inbound-phone");
    });
  });

  describe("the requests", () => {
    const refused = (text: string) =>
      gateway.fetch("/api/out-messages", { headers: { "x-apikey": "no-such-key" }, json: { content: text } });

    it("are there as they came, refused ones too, each with what was sent and answered", async () => {
      await gateway.send(account, { content: "a good one" });
      expect((await refused("my first try")).status).toBe(401);
      const tab = await console.enter("/console/messages");
      await tab.page.getByRole("link", { name: "API requests" }).click();
      const rows = tab.page.locator("#list tbody tr");
      await rows.filter({ hasText: "201" }).first().waitFor();
      await looksRight(tab, "requests");
      await tab.page.getByLabel("Errors only").check();
      await tab.page.getByRole("button", { name: "Filter" }).click();
      await tab.page.waitForURL((url) => url.searchParams.has("refused"));
      expect(await rows.filter({ hasText: "201" }).count()).toBe(0);
      const first = rows.filter({ hasText: "401" }).first();
      await first.getByText("unauthenticated").waitFor();
      await first.getByRole("link", { name: "POST /api/out-messages" }).click();
      const sent = tab.page.getByRole("region", { name: "Request", exact: true });
      expect(await sent.textContent()).toContain("my first try");
      await looksRight(tab, "request");
    });

    it("are narrowed to an account's, and fit a phone", async () => {
      const other = await gateway.account();
      await gateway.send(other, { content: "of the other" });
      const tab = await console.enter(`/console/messages/requests?account=${other.id}`, { viewport: NARROW });
      expect(await tab.page.locator("#list tbody tr").count()).toBe(1);
      await looksRight(tab, "requests-narrow");
      await tab.go("/console/messages/requests/req_none");
      await tab.page.getByRole("heading", { name: "No such request" }).waitFor();
    });
  });

  describe("the page of one", () => {
    it("tells all of its story, and what the client sent and got", async () => {
      receiver.behave(() => ({ status: 500, body: "out of order" }));
      const recipient = newNumber();
      const theirId = await gateway.send(account, {
        recipient,
        content: "Your parcel is at the shop by the station until Friday ✓",
        deliveryReportUrl: `${receiver.url}/reports?token=s3cret-1`,
        tags: ["parcel"],
      });
      await gateway.advance(1);
      receiver.behave(() => ({ status: 200, body: '{"thank":"you"}' }));
      const tab = await console.enter(await pageOf(theirId));
      await isLive(tab);
      await tab.page.getByText("attempt 1: 500").waitFor();
      await gateway.advance(120);
      await tab.page.getByText("attempt 2: 200").waitFor();
      const said = (await tab.page.locator("main").textContent()) ?? "";
      for (const part of [
        "Delivered",
        "size 1 part, UCS-2",
        "asked: simulator (took it)",
        "Accepted by simulator",
        "POST /api/out-messages",
        theirId,
      ]) {
        expect(said).toContain(part);
      }
      expect(said).not.toContain("s3cret-1");
      const sent = tab.page.getByRole("region", { name: "Request", exact: true });
      expect(await sent.textContent()).toContain('"content": "Your parcel is at the shop');
      await tab.page.getByText("201").first().waitFor();
      const parts = tab.page.locator(".attempts summary");
      for (const one of [0, 1]) await parts.nth(one).click();
      await tab.page.getByText("out of order").waitFor();
      expect(await tab.page.getByRole("region", { name: "Body of attempt 1" }).textContent()).toContain(theirId);
      expect(await tab.page.getByRole("link", { name: recipient }).getAttribute("href")).toContain(
        "/console/handsets/",
      );
      await looksRight(tab, "message");
      await tab.page.emulateMedia({ colorScheme: "dark" });
      await tab.page.setViewportSize(PHONE);
      await looksRight(tab, "message-dark-phone");
    });

    it("has an answered webhook sent again, and says so", async () => {
      receiver.behave(() => ({ status: 200 }));
      const theirId = await gateway.send(account, { deliveryReportUrl: `${receiver.url}/again` });
      await receiver.next(1, ({ url }) => url === "/again");
      await gateway.advance(0);
      const tab = await console.enter(await pageOf(theirId), { javaScriptEnabled: false });
      await tab.page.getByRole("button", { name: "Send again" }).click();
      await tab.page.getByRole("status").getByText("is being sent again").waitFor();
      await receiver.next(2, ({ url }) => url === "/again");
      await gateway.advance(0);
      await tab.page.reload();
      await tab.page.getByText("Webhook delivered replayed").waitFor();
      const script = await console.enter(await pageOf(theirId));
      for (const attempt of await script.page.locator(".attempts summary").all()) await attempt.click();
      await looksRight(script, "message-told-again");
    });

    it("has a scheduled one cancelled, after asking; without JavaScript too, and not once it has left", async () => {
      const sendTime = new Date((await gateway.now()) + 3_600_000).toISOString();
      const theirId = await gateway.send(account, { sendTime });
      const path = await pageOf(theirId);
      const tab = await console.enter(path, { javaScriptEnabled: false });
      const late = await console.enter(path, { javaScriptEnabled: false });
      await tab.page.getByText("Cancel…").click();
      await looksRight(await console.enter(path), "message-scheduled");
      await tab.page.getByRole("button", { name: "Cancel message" }).click();
      await tab.page.getByText("it will not be sent").waitFor();
      expect((await gateway.message(account, theirId)).state).toBe("cancelled");
      await late.page.getByText("Cancel…").click();
      await late.page.getByRole("button", { name: "Cancel message" }).click();
      await late.page.getByRole("alert").getByText("Too late").waitFor();
    });

    it("that is not there says so, and helps to search", async () => {
      const tab = await console.enter("/console/messages/msg_none");
      await tab.page.getByRole("heading", { name: "No such message" }).waitFor();
      await looksRight(tab, "message-unknown");
      expect((await tab.page.request.get(`${gateway.url}/console/messages/msg_none`)).status()).toBe(404);
    });

    it("works by keyboard: from the list to a message, and into its long parts", async () => {
      await gateway.send(account, { content: "by keyboard" });
      const tab = await console.enter("/console/messages");
      await tab.page.locator("#list tbody a").first().focus();
      await tab.page.keyboard.press("Enter");
      await tab.page.getByRole("heading", { name: "Timeline" }).waitFor();
      await tab.page.getByRole("region", { name: "Request", exact: true }).focus();
    });
  });
});
