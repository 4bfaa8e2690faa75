import { expect, it } from "vitest";
import { useGateway } from "../support/gateway.ts";

const gateway = useGateway();

async function seller() {
  const account = await gateway.account();
  const base = `/admin/v1/accounts/${account.id}`;
  await gateway.operator("PUT", `${base}/senders/2002`, { kind: "short-number", country: "NO" });
  await gateway.operator("PUT", `${base}/merchants/mer`, { name: "Shop" });
  return { ...account, base };
}

it("charges", async () => {
  const account = await seller();
  const msisdn = "+4791000001";
  const post = (json: unknown) => gateway.fetch("/api/strex/transactions", { headers: { "x-apikey": account.apiKey }, json });
  const created = await post({ transactionId: "t1", merchantId: "mer", shortNumber: "2002", price: 10, serviceCode: "14002", invoiceText: "Test", recipient: msisdn });
  console.log(created.status, await created.text());
  const got = await gateway.fetch("/api/strex/transactions/t1", { headers: { "x-apikey": account.apiKey } });
  console.log(got.status, await got.text());
  console.log(await gateway.operator("GET", `/sandbox/v1/operator/charges?msisdn=${encodeURIComponent(msisdn)}`));
  const del = await gateway.fetch("/api/strex/transactions/t1", { method: "DELETE", headers: { "x-apikey": account.apiKey } });
  console.log(del.status, await del.text());
  const rev = await gateway.fetch("/api/strex/transactions/-t1", { headers: { "x-apikey": account.apiKey } });
  console.log(rev.status, await rev.text());
  console.log(await gateway.operator("GET", `/admin/v1/ledger?account=${account.id}`));
  console.log(gateway.log.slice(-12).join("\n"));
  expect(1).toBe(1);
}, 60000);

it("renews", async () => {
  const account = await seller();
  const msisdn = "+4791000002";
  await gateway.operator("PUT", `${account.base}/services/games`, { shortNumber: "2002", merchantId: "mer", serviceCode: "03003", price: 4900, invoiceText: "Games", keyword: "GAMES", redirectUrl: "https://example.com/back", recurring: true, interval: "monthly", autoRebill: true, startSms: "Welcome" });
  const sub = await gateway.operator<{ id: string }>("POST", "/admin/v1/subscriptions", { account: account.id, service: "games", recipient: msisdn });
  const began = Date.now();
  await gateway.advance(366 * 86400);
  console.log("year took", Date.now() - began);
  const charges = await gateway.operator<{ items: { billedAt: string }[] }>("GET", `/sandbox/v1/operator/charges?msisdn=${encodeURIComponent(msisdn)}`);
  console.log(charges.items.map((c) => c.billedAt));
  console.log((await gateway.handset(msisdn)).map((m) => m.text));
  await gateway.operator("POST", `/sandbox/v1/handsets/${encodeURIComponent(msisdn)}/messages`, { to: "2002", text: "STOP GAMES" });
  console.log(await gateway.operator("GET", `/admin/v1/subscriptions/${sub.id}`));
  await gateway.advance(62 * 86400);
  console.log((await gateway.operator<{ items: unknown[] }>("GET", `/sandbox/v1/operator/charges?msisdn=${encodeURIComponent(msisdn)}`)).items.length);
  console.log((await gateway.handset(msisdn)).map((m) => m.text).slice(-2));
  console.log(gateway.log.slice(-12).join("\n"));
}, 120000);
