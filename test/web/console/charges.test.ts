/** Charges in the console: found, followed, given back. */

import { describe, expect, it } from "vitest";
import { hasBrowser } from "../../support/browser.ts";
import { MONTHLY, useCharging } from "../../support/charging.ts";
import { isLive, looksRight, PHONE, useConsole } from "../../support/console.ts";
import { useGateway } from "../../support/gateway.ts";
import { useReceiver } from "../../support/receiver.ts";

describe.skipIf(!hasBrowser)("charges in the console", () => {
  const gateway = useGateway();
  const receiver = useReceiver();
  const charging = useCharging(gateway);
  const console = useConsole(gateway);

  describe("the list", () => {
    it("has a new charge as soon as it is made, and its state as it changes", async () => {
      const seller = await charging.seller();
      const tab = await console.enter("/console/charges");
      await isLive(tab);
      const recipient = await charging.person();
      await charging.charge(seller, { recipient, smsConfirmation: true, invoiceText: "A song" });
      const row = tab.page.getByRole("row", { name: recipient });
      await row.getByText("Waiting").waitFor();
      await charging.writes(recipient, seller.shortNumber, "OK");
      await row.getByText("Billed").waitFor();
      expect(await row.textContent()).toContain("49.00 NOK");
      const poor = await charging.person({ prepaidBalance: 100 });
      await charging.charge(seller, { recipient: poor });
      await tab.page.getByRole("row", { name: poor }).getByText("Failed").waitFor();
      await looksRight(tab, "charges");
      await tab.page.emulateMedia({ colorScheme: "dark" });
      await tab.page.setViewportSize(PHONE);
      await looksRight(tab, "charges-dark-phone");
    });

    it("is narrowed, and says when nothing is left", async () => {
      const seller = await charging.seller();
      const recipient = await charging.person();
      await charging.charge(seller, { recipient });
      await gateway.advance(0);
      const tab = await console.enter(`/console/charges?account=${seller.id}`, { javaScriptEnabled: false });
      expect(await tab.page.locator("#list tbody tr").count()).toBe(1);
      await tab.page.getByLabel("State").selectOption({ label: "Expired" });
      await tab.page.getByRole("button", { name: "Filter" }).click();
      await tab.page.getByText("No charges match these filters.").waitFor();
      await tab.page
        .getByRole("listitem")
        .filter({ hasText: "State Expired" })
        .getByRole("link", { name: /without/ })
        .click();
      await tab.page.locator("#list tbody tr").first().waitFor();
    });

    it("is searched by number, by our id and by theirs", async () => {
      const seller = await charging.seller();
      const recipient = await charging.person();
      const theirId = await charging.charge(seller, { recipient });
      const { id } = await charging.transaction(seller, theirId);
      const tab = await console.enter("/console/charges");
      for (const [wanted, leadsTo] of [
        [recipient, `/console/charges?recipient=${encodeURIComponent(recipient)}`],
        [id, `/console/charges/${id}`],
        [theirId, `/console/charges/${id}`],
      ] as const) {
        await tab.go("/console/charges");
        await tab.page.getByLabel("Find").fill(wanted);
        await tab.page.getByLabel("Find").press("Enter");
        await tab.page.waitForURL(gateway.url + leadsTo);
      }
    });
  });

  describe("the page of one", () => {
    it("tells its story, what the client sent and got, and what is in the ledger", async () => {
      const seller = await charging.seller();
      await charging.callbacks(seller, "target365", { reportUrl: `${receiver.url}/charges` });
      const recipient = await charging.person();
      const theirId = await charging.charge(seller, { recipient, invoiceText: "A long evening of songs" });
      await charging.shown(seller, theirId);
      await gateway.advance(0);
      const { id } = await charging.transaction(seller, theirId);
      const tab = await console.enter(`/console/charges/${id}`);
      await tab.page.getByText("A long evening of songs").first().waitFor();
      const said = (await tab.page.locator("main").textContent()) ?? "";
      for (const part of [
        "Charge of 49.00 NOK",
        "Billed",
        "merchant shop",
        "-49.00 NOK",
        "POST /api/strex/transactions",
      ]) {
        expect(said).toContain(part);
      }
      await isLive(tab);
      await looksRight(tab, "charge");
      await looksRight(await console.enter(`/console/charges/${id}`, { viewport: PHONE }), "charge-phone");
    });

    it("gives back what was billed, after asking, and without JavaScript; once", async () => {
      const seller = await charging.seller();
      const recipient = await charging.person();
      const theirId = await charging.charge(seller, { recipient });
      await charging.shown(seller, theirId);
      const { id } = await charging.transaction(seller, theirId);
      const path = `/console/charges/${id}`;
      const tab = await console.enter(path, { javaScriptEnabled: false });
      const late = await console.enter(path, { javaScriptEnabled: false });
      await tab.page.getByText("Reverse…").click();
      await tab.page.getByText("is given back to").waitFor();
      await tab.page.getByRole("button", { name: "Yes, give 49.00 NOK back" }).click();
      await tab.page.getByRole("heading", { name: "Reversal of -49.00 NOK" }).waitFor();
      await tab.page.getByRole("status").getByText("gives the charge back").waitFor();
      await gateway.advance(0);
      await late.page.getByText("Reverse…").click();
      await late.page.getByRole("button", { name: "Yes, give" }).click();
      await late.page.getByRole("alert").getByText("cannot be reversed").waitFor();
      const seen = await console.enter(path);
      await seen.page.getByText("Reversed").first().waitFor();
      expect(await seen.page.getByText("Reverse…").count()).toBe(0);
      await tab.page.reload();
      await tab.page.getByRole("link", { name: id }).first().click();
      await tab.page.waitForURL(gateway.url + path);
    });

    it("leads to the subscription that it bills", async () => {
      const seller = await charging.seller(MONTHLY);
      const recipient = await charging.person();
      const { id } = await charging.subscribe(seller, recipient);
      await gateway.advance(0);
      const tab = await console.enter(`/console/charges?subscription=${id}`);
      await tab.page.locator("#list tbody a").first().click();
      const link = tab.page.getByRole("link", { name: id }).first();
      expect(await link.getAttribute("href")).toBe(`/console/subscriptions/${id}`);
      await tab.page.getByText("No API request created this").waitFor();
      await looksRight(tab, "charge-of-subscription");
    });

    it("that is not there says so", async () => {
      const tab = await console.enter("/console/charges/txn_none");
      await tab.page.getByRole("heading", { name: "No such charge" }).waitFor();
      await looksRight(tab, "charge-unknown");
    });
  });
});
