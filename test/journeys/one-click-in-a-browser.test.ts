/** A merchant's whole story, as the merchant and the person live it: bought in a browser, renewed by itself, ended by STOP. */

import { describe, expect, it } from "vitest";
import { hasBrowser, PHONE, useBrowser } from "../support/browser.ts";
import { newNumber, useGateway } from "../support/gateway.ts";
import { useReceiver } from "../support/receiver.ts";
import { chargesOf, openShop, pinOn } from "../support/shop.ts";

/** Longer than any month by a day, since a renewal that falls due in the night waits for the morning. Seconds. */
const MONTH = 32 * 86_400;

type Envelope = { code: number; data: Record<string, unknown> };

describe.skipIf(!hasBrowser)("a subscription sold over txtNation", () => {
  const gateway = useGateway();
  const chromium = useBrowser();
  const merchant = useReceiver();

  it("is bought with a PIN, charged thrice more by itself, and never again after STOP", async () => {
    const { account, service } = await openShop(gateway, {
      redirectUrl: `${merchant.url}/done?shop=1`,
      recurring: true,
      interval: "monthly",
      autoRebill: true,
      keyword: "FJELL",
      startSms: "Velkommen til Fjellposten",
    });
    const path = `/admin/v1/accounts/${account.id}`;
    const campaign = `fjellposten-${account.id}`;
    const { secret } = await gateway.operator<{ secret: string }>("POST", `${path}/credentials`, {
      dialect: "txtnation",
      kind: "campaign",
      name: campaign,
    });
    await gateway.operator("PUT", `${path}/callbacks/txtnation`, {
      messageUrl: `${merchant.url}/mo`,
      reportUrl: `${merchant.url}/dlr`,
      subscriptionUrl: `${merchant.url}/subscriptions`,
    });
    merchant.behave(() => ({ status: 200, body: "OK" }));
    const ask = async (address: string, more: Record<string, string>) => {
      const query = new URLSearchParams({
        campaign_name: campaign,
        api_key: secret,
        service_id: service,
        ...more,
      });
      return (await (await gateway.fetch(`${address}?${query}`)).json()) as Envelope;
    };

    // The merchant opens a window, and sends the person there.
    const { data } = await ask("/no/one-click/new", { id: "visit 7" });
    const transaction_id = String(data.transactionId);
    expect(data.windowUrl).toBe(`${gateway.url}/service?id=${transaction_id}`);

    // The person gives a number, reads the PIN off the phone, and pays.
    const person = newNumber();
    const context = await chromium.browser.newContext({ viewport: PHONE, locale: "nb-NO" });
    const tab = await context.newPage();
    await tab.goto(String(data.windowUrl));
    await tab.getByLabel("Mobilnummeret ditt").fill(person.slice(3));
    await tab.getByRole("button", { name: "Send meg koden" }).click();
    await tab.getByLabel("Koden du fikk på SMS").fill(await pinOn(gateway, person));
    await tab.getByRole("button", { name: "Betal 49 kr" }).click();
    await tab.waitForURL(`${merchant.url}/done*`);
    expect(Object.fromEntries(new URL(tab.url()).searchParams)).toEqual({
      shop: "1",
      id: "visit 7",
      status: "success",
    });
    await context.close();

    // The merchant looks, and was told.
    const viewed = await ask("/no/status/view", { transaction_id });
    expect(viewed.data).toMatchObject({ statusCode: "DELIVERED", price: 49, recipient: person.slice(1) });
    const [report] = await merchant.next(1, ({ url, body }) => url === "/dlr" && body.includes("DELIVERED"));
    expect(Object.fromEntries(new URLSearchParams(report?.body))).toMatchObject({
      action: "mp_report",
      id: transaction_id,
      report: "DELIVERED",
    });

    // Three months go by.
    for (const count of [1, 2, 3]) {
      await gateway.advance(MONTH);
      expect(await chargesOf(gateway, person)).toHaveLength(1 + count);
    }
    const told = ({ json }: { json: Record<string, unknown> }) => json.type;
    const news = await merchant.next(4, ({ url }) => url === "/subscriptions");
    expect(news.map(told)).toEqual(["subscription.started", ...Array(3).fill("subscription.renewed")]);
    const texts = (await gateway.handset(person)).map(({ text }) => text);
    expect(texts[1]).toMatch(
      /^Velkommen til Fjellposten\. Pris: .+ på mobilregningen\. Send STOP .+ for å avslutte\.$/,
    );
    expect(texts.filter((text) => text.includes("STOP FJELL"))).toHaveLength(4);

    // The person has had enough.
    await gateway.operator("POST", `/sandbox/v1/handsets/${encodeURIComponent(person)}/messages`, {
      to: "2002",
      text: "Stop fjell",
    });
    const [mo] = await merchant.next(1, ({ url }) => url === "/mo");
    expect(Object.fromEntries(new URLSearchParams(mo?.body))).toMatchObject({
      action: "mpush_ir_message",
      message: "Stop fjell",
      number: person.slice(1),
    });
    const [ended] = await merchant.next(1, (received) => told(received) === "subscription.cancelled");
    expect(ended?.json).toMatchObject({ data: { recipient: person, endedBy: "person" } });
    await gateway.advance(13 * MONTH);
    expect(await chargesOf(gateway, person)).toHaveLength(4);

    // Nor can the merchant charge by itself.
    const again = await ask("/no/dob/send", { tariff: "49", shortcode: "2002", to: person.slice(1) });
    expect(again).toMatchObject({ code: 0, data: { statusCode: "REJECTED" } });
    expect(await chargesOf(gateway, person)).toHaveLength(4);
  });
});
