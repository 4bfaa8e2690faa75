/** The sandbox's levers in the console: time, a carrier's bad day, a world begun anew. */

import { afterEach, describe, expect, it } from "vitest";
import { drawn, hasBrowser, PHONE } from "../../support/browser.ts";
import { MONTHLY, useCharging } from "../../support/charging.ts";
import { looksRight, type Tab, useConsole } from "../../support/console.ts";
import { useGateway } from "../../support/gateway.ts";
import { useReceiver } from "../../support/receiver.ts";

const HERE = "/console/controls";
const DAY = 86_400_000;

describe.skipIf(!hasBrowser)("the sandbox's page", () => {
  const gateway = useGateway();
  const console = useConsole(gateway);
  const charging = useCharging(gateway);
  const receiver = useReceiver();
  afterEach(() => receiver.behave(() => ({ status: 200 })));
  const press = ({ page }: Tab, name: string) => page.getByRole("button", { name, exact: true }).click();
  const says = ({ page }: Tab, text: string) => page.getByText(text).waitFor();
  const faults = () => gateway.operator("GET", "/sandbox/v1/faults/simulator");

  it("charges a subscription by going to its next renewal", async () => {
    const seller = await charging.seller(MONTHLY);
    const msisdn = await charging.person();
    const { id } = await charging.subscribe(seller, msisdn);
    await gateway.advance(0);
    const { dueAt = "" } = await charging.subscription(id);
    const tab = await console.enter(HERE);
    await looksRight(tab, "controls");
    await press(tab, "Skip to next renewal");
    await says(tab, "Everything due in between has happened");
    expect(await charging.operatorCharges(msisdn)).toHaveLength(2);
    expect(await gateway.now()).toBeGreaterThanOrEqual(Date.parse(dueAt));
    await says(tab, "Sandbox: the clock is");
    await looksRight(tab, "controls-later");
  });

  it.each([
    { button: "1 minute", least: 60_000 },
    { button: "1 week", least: 7 * DAY },
    { button: "1 month", least: 28 * DAY },
  ])("moves on by $button", async ({ button, least }) => {
    const before = await gateway.now();
    const tab = await console.enter(HERE);
    await press(tab, button);
    await says(tab, "Everything due in between has happened");
    expect(await gateway.now()).toBeGreaterThanOrEqual(before + least);
  });

  it("moves on by any amount, to any moment, and back to real time", async () => {
    const tab = await console.enter(HERE, { viewport: PHONE, javaScriptEnabled: false });
    const { page } = tab;
    const before = await gateway.now();
    await page.getByLabel("By", { exact: true }).fill("3");
    await page.getByLabel("Unit").selectOption("day");
    await page.getByRole("button", { name: "Advance" }).first().click();
    await says(tab, "Everything due in between has happened");
    expect(await gateway.now()).toBeGreaterThanOrEqual(before + 3 * DAY);

    const moment = new Date(before + 10 * DAY).toISOString().slice(0, 19);
    await page.getByLabel("To", { exact: true }).fill(moment);
    await page.getByRole("button", { name: "Advance" }).last().click();
    await says(tab, "Everything due in between has happened");
    expect(await gateway.now()).toBeGreaterThanOrEqual(Date.parse(`${moment}Z`));

    await page.getByLabel("To", { exact: true }).fill("2020-01-01T00:00:00");
    await page.getByRole("button", { name: "Advance" }).last().click();
    await page.getByRole("alert").getByText("That time is in the past").waitFor();

    await press(tab, "Back to real time");
    await says(tab, "Clock set");
    expect(await page.locator(".odd").count()).toBe(0);
  });

  it.each([
    { reader: "a phone without scripts", options: { viewport: PHONE, javaScriptEnabled: false } },
    { reader: "a desktop, in the dark", options: { colorScheme: "dark" } },
  ] as const)("shows $reader how far a long advance is, and goes on when it is done", async ({ reader, options }) => {
    let answer = () => {};
    const held = new Promise<void>((resolve) => {
      answer = resolve;
    });
    const account = await gateway.account();
    await gateway.send(account, { deliveryReportUrl: `${receiver.url}/${account.id}` });
    receiver.behave(() => held.then(() => ({ status: 200 })));
    const tab = await console.enter(HERE, options);
    const before = await gateway.now();
    const pressed = tab.page.getByRole("button", { name: "1 day", exact: true }).click({ noWaitAfter: true });
    const bar = tab.page.getByRole("progressbar", { name: "Progress" }).last();
    await bar.waitFor();
    await tab.page
      .locator(".steps")
      .getByText(/It is \d{4}-\d\d-\d\d/)
      .last()
      .waitFor();
    expect(Number(await bar.getAttribute("value"))).toBeLessThan(100);
    await drawn(tab.page, `console/controls-passing-${reader.split(" ")[1]}`, { fullPage: false });
    answer();
    await says(tab, "Everything due in between has happened");
    await pressed;
    expect(await gateway.now()).toBeGreaterThanOrEqual(before + DAY);
  });

  it("is set to a whole minute, whose seconds a browser leaves out", async () => {
    const tab = await console.enter(HERE);
    const moment = new Date((await gateway.now()) + DAY).toISOString().slice(0, 16);
    await tab.page.getByLabel("To", { exact: true }).fill(`${moment}:00`);
    await press(tab, "Set without running");
    await says(tab, "Clock set");
    expect(await gateway.now()).toBeGreaterThanOrEqual(Date.parse(`${moment}Z`));
  });

  it("sets faults, shows them on every page, and takes them away", async () => {
    const tab = await console.enter(HERE, { colorScheme: "dark" });
    const { page } = tab;
    await page.getByLabel("Lose answers").check();
    await page.getByLabel("Delay in seconds").fill("30");
    await page.getByLabel("Messages or charges").selectOption("charges");
    await page.getByLabel("Only the next").fill("2");
    await page.getByLabel("Affect % of requests").fill("25");
    await press(tab, "Set faults");
    await says(tab, "Faults set.");
    expect(await faults()).toEqual({
      loseAnswer: true,
      receiptDelaySeconds: 30,
      only: "charges",
      times: 2,
      share: 0.25,
    });
    expect(await page.getByLabel("Delay in seconds").inputValue()).toBe("30");
    await looksRight(tab, "controls-faults-dark");
    await tab.go("/console/handsets");
    await says(tab, "its answers are lost; receipts come 30 s later (charges only, the next 2 only, 25 % of requests)");
    await looksRight(tab, "handsets-odd");
    await page.getByRole("link", { name: "Change" }).click();
    await press(tab, "Clear faults");
    await page.getByRole("status").getByText("Faults cleared.").waitFor();
    expect(await faults()).toEqual({});
  });

  it("says beside the field what the API refuses, and keeps what was typed", async () => {
    const tab = await console.enter(HERE, { viewport: PHONE });
    await tab.page.getByLabel("Busy for seconds").fill("a few");
    await press(tab, "Set faults");
    await tab.page.getByRole("alert").getByText("must be a number").waitFor();
    expect(await tab.page.getByLabel("Busy for seconds").inputValue()).toBe("a few");
    expect(await faults()).toEqual({});
    await looksRight(tab, "controls-refused-phone");
  });

  it("asks before everything is forgotten", async () => {
    const account = await gateway.account();
    const texted = await gateway.send(account);
    await gateway.message(account, texted);
    const tab = await console.enter(HERE, { javaScriptEnabled: false, viewport: PHONE });
    await tab.page.getByRole("link", { name: "Reset sandbox" }).click();
    await says(tab, "This cannot be undone.");
    await gateway.message(account, texted);
    await tab.page.getByRole("link", { name: "No, go back" }).click();
    await tab.page.getByRole("link", { name: "Reset sandbox" }).click();
    await press(tab, "Reset sandbox");
    await says(tab, "Sandbox reset");
    expect(await gateway.operator("GET", "/admin/v1/messages")).toEqual({ items: [] });
  });

  it("asks in a page that is easy on everybody", async () => {
    const tab = await console.enter(`${HERE}/reset`, { colorScheme: "dark", viewport: PHONE });
    await looksRight(tab, "controls-reset-dark-phone");
  });
});
