/** Subscriptions in the console: the calendar, the list, each one's page and its end, and what they bring. */

import { beforeAll, beforeEach, describe, expect, it } from "vitest";
import { hasBrowser } from "../../support/browser.ts";
import { MONTHLY, type Seller, useCharging } from "../../support/charging.ts";
import { isLive, looksRight, PHONE, type Tab, useConsole } from "../../support/console.ts";
import { useGateway } from "../../support/gateway.ts";
import { column, drawn, sum, tile } from "../../support/plots.ts";

const HERE = "/console/subscriptions";
const DAY = 86_400;
const CLUB = { ...MONTHLY, price: 9900, invoiceText: "Fjellposten digital" };

describe.skipIf(!hasBrowser)("subscriptions in the console", () => {
  const gateway = useGateway();
  const charging = useCharging(gateway);
  const console = useConsole(gateway);
  const { person, seller, subscribe, subscription, subscriber, writes } = charging;

  /** A seller with a person who pays, at noon of that day of a month that has not begun. */
  const begin = async (day: number, profile?: Record<string, unknown>) => {
    await charging.advanceTo(await charging.noonOf(day));
    const shop = await seller(CLUB);
    const recipient = await person(profile);
    const { id } = await subscribe(shop, recipient);
    await gateway.advance(0);
    return { shop, recipient, id };
  };
  const standing = ({ page }: Tab) => page.getByRole("region", { name: "How it stands" });

  it("says that there is none where nobody subscribes", async () => {
    const tab = await console.enter(HERE);
    await tab.page.getByText("No subscriptions yet.").waitFor();
    await tab.page.getByRole("link", { name: "Calendar" }).click();
    await tab.page.getByText("Nothing is due in this month.").waitFor();
    await looksRight(tab, "calendar-empty");
  });

  it("says in an empty month when the next are due", async () => {
    const { id } = await begin(20);
    const { dueAt = "" } = await subscription(id);
    const before = new Date(Date.parse(`${dueAt.slice(0, 7)}-01`) - DAY * 1_000).toISOString().slice(0, 7);
    const tab = await console.enter(`${HERE}/calendar?month=${before}`);
    await tab.page.getByText("Nothing is due in this month. The next renewals are on").waitFor();
    await tab.page.getByRole("link", { name: /^\w+,? \d+ \w+ \d{4}$/ }).click();
    await tab.page.getByRole("heading", { name: "By service" }).waitFor();
  });

  describe("have a calendar", { timeout: 90_000 }, () => {
    let shop: Seller;
    beforeEach(async () => {
      await charging.advanceTo(await charging.noonOf(2));
      shop = await seller(CLUB);
      const other = await seller({ ...CLUB, price: 4900, timeZone: "Asia/Tokyo" });
      for (let day = 0; day < 4; day++) {
        for (let n = 0; n <= day % 3; n++) await subscribe(shop, await person());
        if (day % 2 === 0) await subscribe(other, await person());
        await gateway.advance(3 * DAY);
      }
      await gateway.advance(20 * DAY);
    });

    it("with how many are charged on which day and how much, for each month and service; a day opens its list", async () => {
      const tab = await console.enter(`${HERE}/calendar`);
      await isLive(tab);
      const { items } = await gateway.operator<{ items: { count: number; date: string; service: string }[] }>(
        "GET",
        `/admin/v1/renewals?${new URLSearchParams(monthIn(await gateway.now()))}`,
      );
      const shown = await tab.page.locator(".calendar a strong").allTextContents();
      expect(shown.length).toBeGreaterThan(1);
      expect(shown.reduce((total, count) => total + Number(count), 0)).toBe(
        items.reduce((total, { count }) => total + count, 0),
      );
      await looksRight(tab, "calendar");

      const busy = items.find(({ count, service }) => count === 3 && service === shop.service);
      await tab.page.locator(`#day-${busy?.date} a`).click();
      await tab.page.getByRole("heading", { name: /^Renewals on/ }).waitFor();
      const listed = tab.page.getByRole("table", { name: `${shop.service} of ${shop.id}` });
      expect(await listed.locator("tbody tr").count()).toBe(3);
      await looksRight(tab, "calendar-day");

      await tab.go(`${HERE}/calendar?service=${shop.service}`);
      await tab.page.getByRole("link", { name: /→/ }).click();
      await tab.page.waitForURL(/month=/);
      expect(new URL(tab.page.url()).searchParams.get("service")).toBe(shop.service);
      await tab.page.getByRole("link", { name: /←/ }).click();
      const one = await tab.page.locator("main .list tbody tr").allTextContents();
      expect(one.every((text) => text.startsWith(shop.service))).toBe(true);
    });

    it("on a phone and in the dark, and without a script", async () => {
      const phone = await console.enter(`${HERE}/calendar`, { viewport: PHONE, colorScheme: "dark" });
      await looksRight(phone, "calendar-dark-phone");
      const plain = await console.enter(`${HERE}/calendar`, { javaScriptEnabled: false });
      await plain.page.locator(".calendar a").first().click();
      await plain.page.getByRole("heading", { name: /^Renewals on/ }).waitFor();
    });
  });

  it("are listed, by state, service, account and person, a page at a time", async () => {
    const { shop, recipient } = await begin(4);
    const ended = await subscribe(shop, await person());
    await gateway.advance(0);
    await gateway.operator("POST", `/admin/v1/subscriptions/${ended.id}/cancel`);
    const other = await begin(5);
    const tab = await console.enter(HERE);
    await tab.page.getByLabel("Account").selectOption(shop.id);
    await tab.page.getByRole("button", { name: "Filter" }).click();
    await tab.page.getByText(other.recipient).waitFor({ state: "detached" });
    expect(await tab.page.locator("tbody tr").count()).toBe(2);
    await tab.page.getByLabel("State").selectOption("cancelled");
    await tab.page.getByRole("button", { name: "Filter" }).click();
    await tab.page.getByText(recipient).waitFor({ state: "detached" });
    expect(await tab.page.locator("tbody tr").count()).toBe(1);
    await looksRight(tab, "subscriptions-filtered");
    await tab.page.getByRole("link", { name: "Show all" }).click();
    await tab.page.getByLabel("Person").fill(recipient.replace("+47", ""));
    await tab.page.getByRole("button", { name: "Filter" }).click();
    await tab.page.getByRole("link", { name: recipient }).click();
    await standing(tab).getByText("It is active: 99.00 NOK each month.").waitFor();
  });

  it("are shown with each period and what it was charged, and change while one looks", async () => {
    const { shop, recipient, id } = await begin(6);
    await gateway.advance(95 * DAY);
    const tab = await console.enter(`${HERE}/${id}`);
    await isLive(tab);
    const rows = tab.page.getByRole("region", { name: "Periods" }).locator("tbody tr");
    expect(await rows.count()).toBe(4);
    expect(await rows.filter({ hasText: "Billed" }).filter({ hasText: "99.00 NOK" }).count()).toBe(4);
    await looksRight(tab, "subscription");
    await writes(recipient, shop.shortNumber, "STOP");
    await tab.page.locator(".badge", { hasText: "Cancelled" }).first().waitFor();
    await standing(tab).getByText("by the person").first().waitFor();
  });

  it("say which decline it was, when it is tried again, and what happens then", async () => {
    const { recipient, id } = await begin(3, { prepaidBalance: 9900 });
    await charging.advanceTo((await subscription(id)).dueAt ?? "");
    await gateway.advance(60);
    expect((await subscription(id)).state).toBe("dunning");
    const tab = await console.enter(`${HERE}/${id}`, { viewport: PHONE });
    await isLive(tab);
    await standing(tab).getByText("That was decline 1 of at most 5 in a row.").waitFor();
    await standing(tab).getByText("insufficient funds").first().waitFor();
    const again = await standing(tab).getByText("It is tried again").locator("time").first().getAttribute("datetime");
    expect(again).toBe((await subscription(id)).dueAt);
    await standing(tab).getByText("it is tried again on the payday after that").waitFor();
    await looksRight(tab, "subscription-dunning-phone");
    await subscriber(recipient, { prepaidBalance: 100_000 });
    await charging.advanceTo(again ?? "");
    await gateway.advance(60);
    await tab.page.locator(".badge", { hasText: "Active" }).waitFor();
    const charged = tab.page.locator("#period-1 .charge");
    expect(await charged.allTextContents()).toEqual(["99.00 NOK failed: insufficient funds", "99.00 NOK billed"]);
  });

  it("begin with a purchase, which is shown with them", async () => {
    const shop = await seller(CLUB);
    const recipient = await person();
    await charging.buys(recipient, `/${shop.service}`);
    await gateway.advance(0);
    const [one] = await charging.subscriptions(shop);
    const tab = await console.enter(`${HERE}/${one?.id}`);
    await tab.page
      .getByRole("row", { name: /^Purchase/ })
      .getByText("99.00 NOK")
      .waitFor();
  });

  it("are cancelled when one says so twice, also without a script", async () => {
    const { recipient, id } = await begin(8);
    const tab = await console.enter(`${HERE}/${id}`, { javaScriptEnabled: false });
    const button = tab.page.getByRole("button", { name: "Cancel the subscription" });
    expect(await button.isVisible()).toBe(false);
    await tab.page.getByText("Cancel it…").click();
    await button.click();
    await tab.page.getByRole("status").getByText("The subscription is cancelled.").waitFor();
    await standing(tab).getByText("by an operator").first().waitFor();
    expect(await subscription(id)).toMatchObject({ state: "cancelled", endedBy: "operator" });
    expect(await tab.page.getByText("Cancel it…").count()).toBe(0);
    await gateway.advance(60 * DAY);
    expect(await charging.operatorCharges(recipient)).toHaveLength(1);
  });

  it("keep the question open that one was asked, whatever happens meanwhile", async () => {
    const { shop, id } = await begin(8);
    const tab = await console.enter(`${HERE}/${id}`, { colorScheme: "dark" });
    await isLive(tab);
    await tab.page.getByText("Cancel it…").click();
    await charging.advanceTo((await subscription(id)).dueAt ?? "");
    await subscribe(shop, await person());
    await gateway.advance(60);
    await tab.page.locator("#period-1 .badge", { hasText: "Billed" }).waitFor();
    expect(await tab.page.getByRole("button", { name: "Cancel the subscription" }).isVisible()).toBe(true);
    await looksRight(tab, "subscription-cancel-dark");
  });

  it("are due on no day that there is not", async () => {
    const tab = await console.enter(`${HERE}/calendar/2026-02-31`);
    await tab.page.getByRole("alert").getByText("must be a day").waitFor();
  });

  it("are not there where there is none", async () => {
    const tab = await console.enter(`${HERE}/sub_000001nobody`);
    await tab.page.getByText("There is no such subscription.").waitFor();
  });

  describe("bring money and come and go, as plots and tables:", () => {
    let shop: Seller;
    beforeAll(async () => {
      await charging.advanceTo(await charging.noonOf(1));
      shop = await seller(CLUB);
      const people: string[] = [];
      for (let month = 0; month < 5; month++) {
        for (let n = 0; n < 3 + month; n++) {
          const recipient = await person(n === 2 ? { prepaidBalance: 20_000 } : undefined);
          people.push(recipient);
          await subscribe(shop, recipient);
        }
        await gateway.advance(20 * DAY);
        await writes(people[2 * month] ?? "", shop.shortNumber, "STOP");
        const [newest] = await charging.subscriptions(shop);
        if (month === 3) await gateway.operator("POST", `/admin/v1/subscriptions/${newest?.id}/cancel`);
        await gateway.advance(10.4 * DAY);
      }
    });

    it("as many as the books say", async () => {
      const tab = await console.enter(`${HERE}/sales?by=month&account=${shop.id}`);
      const { items } = await gateway.operator<{ items: { book: string; amount: number }[] }>(
        "GET",
        `/admin/v1/ledger/balance?account=${shop.id}`,
      );
      const owed = items.find(({ book }) => book.startsWith("operator"))?.amount ?? 0;
      expect(sum(await column(tab, "plot-revenue-NOK", 1))).toBe(owed / 100);
      const revenue = (await tile(tab, "In all", "Revenue").textContent()) ?? "";
      expect(revenue.replaceAll(",", "")).toBe(`${(owed / 100).toFixed(2)} NOK`);
      const all = await charging.subscriptions(shop);
      expect(sum(await column(tab, "plot-coming", 1))).toBe(all.length);
      expect(sum(await column(tab, "plot-coming", 2))).toBe(all.filter(({ state }) => state === "cancelled").length);
      const active = await column(tab, "plot-active", 1);
      expect(active.at(-1)).toBe(all.filter(({ state }) => state !== "cancelled").length);
      for (const plot of ["plot-revenue-NOK", "plot-active", "plot-coming", "plot-churn"]) {
        expect((await drawn(tab, plot))[0], plot).toBeGreaterThan(20);
      }
      await looksRight(tab, "sales");
    });

    it("by day and by week too, on a phone and in the dark", async () => {
      const tab = await console.enter(`${HERE}/sales?by=week`, { viewport: PHONE, colorScheme: "dark" });
      expect((await drawn(tab, "plot-active"))[0]).toBeGreaterThan(20);
      await looksRight(tab, "sales-dark-phone");
      await tab.page.getByRole("link", { name: "30 days" }).click();
      await tab.page.waitForURL(/by=day/);
      expect(await column(tab, "plot-active", 1)).toHaveLength(30);
    });
  });

  it("look right in the list on a phone, and in the dark", async () => {
    const { shop } = await begin(7);
    for (let n = 0; n < 5; n++) await subscribe(shop, await person());
    await gateway.advance(0);
    const list = `${HERE}?account=${shop.id}`;
    await looksRight(await console.enter(list), "subscriptions");
    await looksRight(await console.enter(list, { viewport: PHONE, colorScheme: "dark" }), "subscriptions-dark-phone");
  });
});

/** The first and the last day of the month in Oslo. */
function monthIn(now: number): { from: string; to: string } {
  const month = new Date(now).toLocaleDateString("sv-SE", { timeZone: "Europe/Oslo" }).slice(0, 7);
  const [year = 0, number = 0] = month.split("-").map(Number);
  return { from: `${month}-01`, to: `${month}-${new Date(Date.UTC(year, number, 0)).getUTCDate()}` };
}
