/** A carrier that heeds STOP by itself says so by a code: then the person is written to no more, by whatever carrier. */

import { beforeEach, describe, expect, it } from "vitest";
import { signatureOf } from "../../src/carriers/twilio/signature.ts";
import { newNumber, type TestAccount } from "../support/gateway.ts";
import { type Received, useReceiver } from "../support/receiver.ts";
import { type CarrierAnswer, useReachableGateway } from "../support/relay.ts";

const SID = `AC${"a".repeat(32)}`;
const TOKEN = "an-auth-token";
const OPTED_OUT = {
  status: 400,
  body: JSON.stringify({ code: 21610, message: "unsubscribed recipient", status: 400 }),
};
const TAKEN = { status: 201, body: JSON.stringify({ sid: `SM${"1".repeat(32)}`, status: "queued" }) };

describe("a person who wants no more texts, as their carrier tells", () => {
  const gateway = useReachableGateway();
  const provider = useReceiver();
  let account: TestAccount;
  let doors: { receipts: string; inbound: string };
  let numbers = 100;
  let number = "";

  beforeEach(async () => {
    provider.received.length = 0;
    provider.behave(() => TAKEN);
    account = await gateway.account();
    number = `+12065550${++numbers}`;
    const path = `/admin/v1/accounts/${account.id}/senders/${encodeURIComponent(number)}`;
    await gateway.operator("PUT", path, { kind: "long-number", country: "US" });
    const carrier = await gateway.operator<CarrierAnswer>("PUT", "/admin/v1/carriers/america", {
      kind: "twilio",
      settings: { baseUrl: provider.url, accountSid: SID },
      secrets: { authToken: TOKEN },
    });
    doors = carrier.doors ?? { receipts: "", inbound: "" };
    const route = { account: account.id, kind: "message", prefix: "", carriers: ["america"] };
    await gateway.operator("PUT", `/admin/v1/routes/of-${account.id}`, route);
  });

  const isPost = ({ method }: Received) => method === "POST";
  const handed = () => provider.received.filter(isPost).length;
  const tells = async (url: string, fields: Record<string, string>) => {
    const signature = await signatureOf(TOKEN, url, Object.entries(fields));
    const headers = { "x-twilio-signature": signature, "content-type": "application/x-www-form-urlencoded" };
    return fetch(url, { method: "POST", headers, body: new URLSearchParams(fields).toString() });
  };
  const suppressions = async () =>
    (await gateway.operator<{ items: object[] }>("GET", `/admin/v1/accounts/${account.id}/suppressions`)).items;
  const post = (recipient: string, sender = number) =>
    gateway.fetch("/api/out-messages", {
      headers: { "x-apikey": account.apiKey },
      json: { transactionId: crypto.randomUUID(), sender, recipient, content: "Hi" },
    });

  it("by its refusal: is on the list, and gets nothing more from that number, until they say START", async () => {
    provider.behave(() => OPTED_OUT);
    const recipient = newNumber();
    const id = await gateway.send(account, { recipient, sender: number });
    await expect.poll(() => gateway.message(account, id)).toMatchObject({ state: "failed", reason: "opted-out" });
    expect(await suppressions()).toMatchObject([{ number, recipient, word: "carrier america" }]);
    provider.behave(() => TAKEN);
    const before = handed();
    expect((await post(recipient)).status).toBe(403);
    expect((await post(recipient, "Shop")).status).toBe(201);
    expect((await post(newNumber())).status).toBe(201);
    await expect.poll(handed).toBe(before + 2);

    const start = { MessageSid: `SM${crypto.randomUUID()}`, From: recipient, To: number, Body: "START" };
    expect((await tells(doors.inbound, start)).status).toBe(200);
    expect(await suppressions()).toEqual([]);
    expect((await post(recipient)).status).toBe(201);
  });

  it("by its report: is on the list all the same, once, and others' texts go on", async () => {
    const recipient = newNumber();
    const id = await gateway.send(account, { recipient, sender: number });
    const isIts = ({ body }: Received) => new URLSearchParams(body).get("To") === recipient;
    const [call] = await provider.next(1, isIts);
    const url = new URLSearchParams(call?.body).get("StatusCallback") ?? "";
    const report = { MessageSid: `SM${"1".repeat(32)}`, MessageStatus: "undelivered", ErrorCode: "21610" };
    for (const _ of [1, 2]) expect((await tells(url, report)).status).toBe(204);
    expect(await gateway.message(account, id)).toMatchObject({ state: "failed", reason: "opted-out" });
    expect(await suppressions()).toMatchObject([{ number, recipient }]);
  });

  it("is on the list also for a name, which only the account can lift, as they cannot answer it", async () => {
    provider.behave(() => OPTED_OUT);
    const recipient = newNumber();
    const id = await gateway.send(account, { recipient });
    await expect.poll(() => gateway.message(account, id)).toMatchObject({ state: "failed", reason: "opted-out" });
    const { id: proof } = await gateway.message(account, id);
    expect(await suppressions()).toMatchObject([{ number: "Shop", recipient, source: "carrier", proof }]);
    provider.behave(() => TAKEN);
    expect((await post(recipient, "Shop")).status).toBe(403);
    expect((await post(recipient)).status).toBe(201);
    const path = `/admin/v1/accounts/${account.id}/suppressions/${encodeURIComponent(recipient)}?number=Shop`;
    await gateway.operator("DELETE", path);
    expect((await post(recipient, "Shop")).status).toBe(201);
  });
});
