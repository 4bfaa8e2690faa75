/** The overview: what waits, and how much went through, as plots and as the tables they are drawn from. */

import { beforeAll, describe, expect, it } from "vitest";
import { hasBrowser } from "../../support/browser.ts";
import { useCharging } from "../../support/charging.ts";
import { isLive, looksRight, PHONE, useConsole } from "../../support/console.ts";
import { newNumber, type TestAccount, useGateway } from "../../support/gateway.ts";
import { column, drawn, sum, tile } from "../../support/plots.ts";

const HOUR = 3_600;

describe.skipIf(!hasBrowser)("the overview", () => {
  const gateway = useGateway();
  const charging = useCharging(gateway);
  const console = useConsole(gateway);
  let account: TestAccount;

  beforeAll(async () => {
    account = await gateway.account();
    const shop = await charging.seller();
    const [rich, poor] = [await charging.person(), await charging.person({ prepaidBalance: 0 })];
    // Some traffic for each of the last days, and more for the last hour.
    for (let day = 0; day < 3; day++) {
      for (let n = 0; n <= day; n++) await gateway.send(account);
      await charging.charge(shop, { recipient: rich });
      await gateway.advance(24 * HOUR);
    }
    for (const [round, delay] of [2, 20, 0, 70, 5].entries()) {
      await gateway.faults({ receiptDelaySeconds: delay });
      for (let n = 0; n <= round; n++) await gateway.send(account);
      if (round !== 2) await charging.charge(shop, { recipient: round === 3 ? poor : rich, price: 10 + round });
      if (round % 2 === 0) await gateway.send(account, { recipient: "+4700000010" });
      await gateway.advance(600);
    }
    await gateway.faults({});
    await gateway.send(account, { sendTime: new Date((await gateway.now()) + HOUR * 1_000).toISOString() });
  });

  it("draws the last hour, and says the same in tables and tiles", async () => {
    const tab = await console.enter("/console/overview");
    await isLive(tab);
    const accepted = await column(tab, "plot-messages", 1);
    expect(accepted).toHaveLength(60);
    expect(sum(accepted)).toBeGreaterThanOrEqual(15 + 3);
    expect(await tile(tab, "Last hour", "Messages accepted").textContent()).toBe(String(sum(accepted)));
    expect(await tile(tab, "Last hour", "Billed").textContent()).toBe("35.00 NOK");
    expect(sum(await column(tab, "plot-billed-NOK", 1))).toBe(35);
    expect(sum(await column(tab, "plot-charges", 3))).toBe(1);
    const times = (await column(tab, "plot-time", 2)).filter((value) => value !== null);
    expect(Math.max(...times)).toBeGreaterThanOrEqual(70);
    expect(times.length).toBeLessThan(20);
    expect(await tile(tab, "Now", "Messages in progress").textContent()).toBe("1");

    for (const plot of ["plot-messages", "plot-rate", "plot-time", "plot-charges", "plot-billed-NOK"]) {
      expect(sum(await drawn(tab, plot)), plot).toBeGreaterThan(50);
    }
    await looksRight(tab, "overview");
  });

  it("hears of what is sent while one looks at it, and keeps open what was opened", async () => {
    const tab = await console.enter("/console/overview");
    await isLive(tab);
    await tab.page.getByText("Messages as a table").click();
    const before = sum(await column(tab, "plot-messages", 1));
    const [points = 0] = await drawn(tab, "plot-messages");
    for (let n = 0; n < 9; n++) await gateway.send(account, { recipient: newNumber() });
    await tile(tab, "Last hour", "Messages accepted")
      .getByText(String(before + 9), { exact: true })
      .waitFor();
    expect(sum(await column(tab, "plot-messages", 1))).toBe(before + 9);
    expect(await tab.page.locator("#plot-messages table").isVisible()).toBe(true);
    expect(await tab.page.locator("#plot-messages canvas").count()).toBe(1);
    expect((await drawn(tab, "plot-messages"))[0]).not.toBe(points);
  });

  it.each([
    { range: "Last day", steps: 96 },
    { range: "Last week", steps: 84 },
    { range: "Last 30 days", steps: 120 },
  ])("goes back further: $range", async ({ range, steps }) => {
    const tab = await console.enter("/console/overview");
    await tab.page.getByRole("link", { name: range }).click();
    await tab.page.getByRole("heading", { name: range }).waitFor();
    await isLive(tab);
    const accepted = await column(tab, "plot-messages", 1);
    expect(accepted).toHaveLength(steps);
    expect((await drawn(tab, "plot-messages"))[0]).toBeGreaterThan(20);
    if (range !== "Last day") expect(accepted.filter((count) => count !== null && count > 0).length).toBeGreaterThan(2);
    await looksRight(tab, `overview-${range.replaceAll(" ", "-").toLowerCase()}`);
  });

  it("reads on a phone, in the dark, and turns with the light", async () => {
    const tab = await console.enter("/console/overview", { viewport: PHONE, colorScheme: "dark" });
    await isLive(tab);
    const dark = await drawn(tab, "plot-messages");
    expect(dark[0]).toBeGreaterThan(20);
    await looksRight(tab, "overview-dark-phone");
    await tab.page.emulateMedia({ colorScheme: "light" });
    await expect.poll(async () => (await drawn(tab, "plot-messages"))[0]).toBeGreaterThan(20);
    await looksRight(tab, "overview-phone");
  });

  it("is there in the dark on a desk, too", async () => {
    const tab = await console.enter("/console/overview?range=week", { colorScheme: "dark" });
    await isLive(tab);
    await looksRight(tab, "overview-dark");
  });

  it("tells everything in tables where there is no script", async () => {
    const tab = await console.enter("/console/overview", { javaScriptEnabled: false });
    await tab.page.getByText("Time to deliver as a table").click();
    expect(await tab.page.locator("#plot-time tbody tr").count()).toBe(60);
    expect(await tab.page.locator("#plot-time tbody").isVisible()).toBe(true);
    expect(await tab.page.locator("canvas").count()).toBe(0);
  });

  it.each(["/console/overview?range=constructor", "/console/subscriptions/sales?by=toString"])(
    "takes no range from %s",
    async (path) => {
      const tab = await console.enter(path);
      await tab.page.locator('.ranges [aria-current="true"]').waitFor();
    },
  );

  it("weighs little", async () => {
    const answers = await Promise.all(["plots.js", "plots.css"].map((name) => gateway.fetch(`/assets/${name}`)));
    const bytes = await Promise.all(answers.map(async (answer) => (await answer.arrayBuffer()).byteLength));
    expect(bytes.reduce((sum, one) => sum + one, 0)).toBeLessThan(100_000);
  });
});
