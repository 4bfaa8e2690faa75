/** Twilio as a carrier: from a text to its status, and from a person's text to the customer, by calls that are signed. */

import { beforeEach, describe, expect, it } from "vitest";
import { signatureOf } from "../../../src/carriers/twilio/signature.ts";
import { newNumber, problemOf, type TestAccount } from "../../support/gateway.ts";
import { type Received, useReceiver } from "../../support/receiver.ts";
import { type CarrierAnswer, useReachableGateway } from "../../support/relay.ts";

const SID = `AC${"a".repeat(32)}`;
const TOKEN = "an-auth-token";
const REFERENCE = `SM${"1".repeat(32)}`;

describe("a text through Twilio", () => {
  const gateway = useReachableGateway();
  const provider = useReceiver();
  let account: TestAccount;
  let doors: { receipts: string; inbound: string };

  beforeEach(async () => {
    provider.received.length = 0;
    provider.behave(() => ({ status: 201, body: JSON.stringify({ sid: REFERENCE, status: "queued" }) }));
    account = await gateway.account();
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
  /** The address that it was told to call. */
  const callback = async () => {
    const [call] = await provider.next(1, isPost);
    return new URLSearchParams(call?.body).get("StatusCallback") ?? "";
  };
  const calls = async (url: string, fields: Record<string, string>, signedBy = TOKEN) => {
    const signature = await signatureOf(signedBy, url, Object.entries(fields));
    const headers = { "x-twilio-signature": signature, "content-type": "application/x-www-form-urlencoded" };
    return fetch(url, { method: "POST", headers, body: new URLSearchParams(fields).toString() });
  };

  it("is settled by its status, which comes signed, in any order and more than once", async () => {
    const id = await gateway.send(account);
    const url = await callback();
    await expect.poll(() => gateway.message(account, id)).toMatchObject({ state: "sent", reference: REFERENCE });
    const status = (MessageStatus: string) => calls(url, { MessageSid: REFERENCE, AccountSid: SID, MessageStatus });
    expect((await status("delivered")).status).toBe(204);
    expect((await status("sent")).status).toBe(204);
    expect((await status("undelivered")).status).toBe(204);
    expect(await gateway.message(account, id)).toMatchObject({ state: "delivered", carrier: "america" });
  });

  it("is settled by its status where the answer was lost, and was sent once", async () => {
    provider.behave(() => ({ status: 500 }));
    const id = await gateway.send(account);
    const url = await callback();
    await gateway.advance(600);
    expect(await gateway.message(account, id)).toMatchObject({ state: "unknown" });
    await calls(url, { MessageSid: REFERENCE, MessageStatus: "failed", ErrorCode: "30005" });
    expect(await gateway.message(account, id)).toMatchObject({ state: "failed", reason: "unknown-subscriber" });
    expect(provider.received.filter(isPost)).toHaveLength(1);
  });

  it("is not settled by whoever does not sign, signs another address, or another text's", async () => {
    const id = await gateway.send(account);
    const url = await callback();
    const fields = { MessageSid: REFERENCE, MessageStatus: "failed", ErrorCode: "30005" };
    expect(await problemOf(await calls(url, fields, "another token"))).toMatchObject({ status: 401 });
    const signature = await signatureOf(TOKEN, `${url}x`, Object.entries(fields));
    const moved = await fetch(url, {
      method: "POST",
      headers: { "x-twilio-signature": signature, "content-type": "application/x-www-form-urlencoded" },
      body: new URLSearchParams(fields).toString(),
    });
    expect(moved.status).toBe(401);
    const [at = ""] = url.split("?");
    expect((await calls(`${at}?id=msg_nobody`, fields)).status).toBe(204);
    expect(await gateway.message(account, id)).toMatchObject({ state: "sent" });
  });

  it("is not settled by another carrier, which has not got it", async () => {
    const id = await gateway.send(account);
    const query = new URL(await callback()).search;
    await expect.poll(() => gateway.message(account, id)).toMatchObject({ state: "sent", carrier: "america" });
    const other = await gateway.operator<CarrierAnswer>("PUT", "/admin/v1/carriers/other", {
      ...{
        kind: "twilio",
        settings: { baseUrl: provider.url, accountSid: SID },
        secrets: { authToken: "the other's" },
      },
    });
    const fields = { MessageSid: REFERENCE, MessageStatus: "failed", ErrorCode: "30005" };
    const answer = await calls(`${other.doors?.receipts}${query}`, fields, "the other's");
    expect(answer.status).toBe(204);
    expect(await gateway.message(account, id)).toMatchObject({ state: "sent", carrier: "america" });
  });

  it("comes from a person, once, and nothing is answered to them", async () => {
    const number = "+12065550100";
    const at = `/admin/v1/accounts/${account.id}/senders/${encodeURIComponent(number)}`;
    await gateway.operator("PUT", at, { kind: "long-number", country: "US" });
    const fields = { MessageSid: REFERENCE, From: newNumber(), To: number, Body: "Hello & goodbye", NumMedia: "0" };
    for (let time = 0; time < 2; time++) {
      const answer = await calls(doors.inbound, fields);
      expect([answer.status, await answer.text()]).toEqual([200, expect.stringContaining("<Response/>")]);
    }
    const { items } = await gateway.operator<{ items: unknown[] }>("GET", `/admin/v1/inbound?account=${account.id}`);
    expect(items).toMatchObject([{ text: "Hello & goodbye", carrier: "america", theirId: REFERENCE }]);
  });
});
