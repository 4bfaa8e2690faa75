/** A gateway that nobody has given a carrier: what it cannot hand on it does not take. */

import { describe, expect, it } from "vitest";
import { aMsg, openTokenAccount, send as sendCm } from "../dialects/cm/support.ts";
import { call as callFlowroute, openAccessKey } from "../dialects/flowroute/support.ts";
import { call as callTxtnation, openCampaign } from "../dialects/txtnation/campaign.ts";
import { ADMIN_TOKEN, newNumber, useGateway } from "../support/gateway.ts";

/** A number that nobody has is answered for by the gateway itself. */
const NOBODYS = "+4700000000";

describe("without a carrier", () => {
  const gateway = useGateway({ SANDBOX: "off" });
  const { operator, refusal } = gateway;

  const kept = async (account: string) => {
    const lists = ["messages", "transactions", "subscriptions", "windows", "webhooks"];
    const found = await Promise.all(
      lists.map((list) => operator<{ items: unknown[] }>("GET", `/admin/v1/${list}?account=${account}`)),
    );
    return found.flatMap(({ items }) => items);
  };

  it("a text over Target365 is refused with 503, and nothing of it is kept", async () => {
    const account = await gateway.account();
    const text = { transactionId: "t-1", sender: "Shop", recipient: newNumber(), content: "Hi" };
    const headers = { "x-apikey": account.apiKey };
    for (const [path, json] of [
      ["/api/out-messages", text],
      ["/api/out-messages", { ...text, sendTime: new Date(Date.now() + 3_600_000).toISOString() }],
      ["/api/out-messages/batch", [text, { ...text, transactionId: "t-2" }]],
    ] as const) {
      const answer = await gateway.fetch(path, { headers, json });
      expect(answer.status).toBe(503);
      const { Message: message } = (await answer.json()) as { Message: string };
      expect(message).toBe("there is no carrier for this message: it was not sent, and is not kept");
    }
    expect(await kept(account.id)).toEqual([]);
  });

  it("a batch of which some can go is taken, and the others are told to have failed", async () => {
    const account = await gateway.account();
    const text = { sender: "Shop", content: "Hi", properties: { TestInProd: true } };
    const json = [
      { ...text, transactionId: "b-1", recipient: NOBODYS },
      { ...text, transactionId: "b-2", recipient: newNumber(), deliveryReportUrl: "http://127.0.0.1:1/reports" },
    ];
    const answer = await gateway.fetch("/api/out-messages/batch", { headers: { "x-apikey": account.apiKey }, json });
    expect(answer.status).toBe(201);
    expect(await gateway.message(account, "b-2")).toMatchObject({ state: "failed", reason: "no-carrier" });
    expect((await gateway.message(account, "b-1")).state).not.toBe("failed");
    expect(await gateway.webhooks(account)).toHaveLength(1);
  });

  it("a text over CM.com is unrouteable", async () => {
    const account = await openTokenAccount(gateway);
    expect(await sendCm(gateway, account, aMsg())).toMatchObject({ status: 400, details: "Message is unrouteable." });
    const query = new URLSearchParams({ producttoken: account.token, body: "Hi", to: "004791000000", from: "Shop" });
    expect(await (await gateway.fetch(`/gateway.ashx?${query}`)).text()).toBe("Error: ERROR Message is unrouteable.");
    expect(await kept(account.account)).toEqual([]);
  });

  it("a text over Flowroute is refused with 503", async () => {
    const account = await openAccessKey(gateway);
    const body = { to: "12065550199", from: account.digits, body: "Hi" };
    const answer = await callFlowroute(gateway, account, "POST", "/v2.1/messages", body);
    expect(answer.status).toBe(503);
    expect(await answer.json()).toMatchObject({ errors: [{ status: 503, title: "Service Unavailable" }] });
    expect(await kept(account.account)).toEqual([]);
  });

  it("a text, a window and a charge over txtNation are refused with 503 in its words", async () => {
    const { account, cc, ekey, shortNumber, serviceId } = await openCampaign(gateway);
    const text = { cc, ekey, number: "4791000000", message: "Hi" };
    const sent = await callTxtnation(gateway, "/gateway.php", text, "GET");
    expect([sent.status, await sent.text()]).toEqual([503, "E-100"]);
    const asked = { campaign_name: cc, api_key: ekey, service_id: serviceId };
    const charge = { ...asked, tariff: "49", shortcode: shortNumber, to: "4791000000" };
    for (const [path, fields] of [
      ["/no/one-click/new", asked],
      ["/no/dob/send", charge],
    ] as const) {
      const answer = await callTxtnation(gateway, path, fields, "POST");
      expect([path, answer.status]).toEqual([path, 503]);
      expect(await answer.json()).toMatchObject({ status: false, code: 3 });
    }
    expect(await kept(account)).toEqual([]);
  });

  it("a charge, a code and a subscription are refused with 503, and the purchase page says that nobody can pay", async () => {
    const { id: account, apiKey } = await gateway.account();
    const at = `/admin/v1/accounts/${account}`;
    await operator("PUT", `${at}/senders/2002`, { kind: "short-number", country: "NO" });
    await operator("PUT", `${at}/merchants/mag`, { shortNumberIds: ["NO-2002"] });
    await operator("PUT", `${at}/services/magazine`, {
      ...{ shortNumber: "2002", merchantId: "mag", serviceCode: "14002", price: 4900, invoiceText: "Magazine" },
      ...{ redirectUrl: "https://mag.example/", recurring: true, interval: "monthly", autoRebill: true },
    });
    const charge = {
      ...{ merchantId: "mag", shortNumber: "2002", recipient: newNumber(), price: 10, serviceCode: "14002" },
      ...{ invoiceText: "One song" },
    };
    const { recipient: _, ...prepared } = charge;
    const otp = { transactionId: "o-1", merchantId: "mag", recipient: newNumber(), sender: "2002", recurring: false };
    for (const [path, json] of [
      ["/api/strex/transactions", { ...charge, transactionId: "c-1" }],
      ["/api/strex/transactions", { ...charge, transactionId: "c-2", smsConfirmation: true }],
      [
        "/api/strex/transactions",
        { ...prepared, transactionId: "c-3", properties: { RedirectUrl: "https://mag.example/" } },
      ],
      ["/api/strex/one-time-passwords", otp],
    ] as const) {
      const answer = await gateway.fetch(path, { headers: { "x-apikey": apiKey }, json });
      expect([path, answer.status, await answer.text()]).toEqual([path, 503, expect.stringContaining("no carrier")]);
    }
    const person = { account, service: "magazine", recipient: newNumber() };
    expect(await refusal("POST", "/admin/v1/subscriptions", person)).toMatchObject({ status: 503 });

    const page = await gateway.fetch("/magazine?id=first&lang=en", { headers: { accept: "text/html" } });
    expect(page.status).toBe(503);
    expect(await page.text()).toContain("You cannot pay here just now");
    expect(await kept(account)).toEqual([]);
  });

  it("the operator's own text is refused with 503", async () => {
    const { id: account } = await gateway.account();
    const text = { account, sender: "Shop", recipient: newNumber(), text: "Hi" };
    expect(await refusal("POST", "/admin/v1/messages", text)).toMatchObject({
      status: 503,
      type: "urn:stafett:no-carrier",
    });
    const answer = await gateway.fetch("/admin/v1/messages", {
      headers: { authorization: `Bearer ${ADMIN_TOKEN}` },
      json: { ...text, recipient: NOBODYS },
    });
    expect(answer.status).toBe(201);
  });
});
