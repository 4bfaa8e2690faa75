/** The signature of a webhook, checked as its receiver would: what differs is named, and what we sent is kept for it. */

import { beforeAll, describe, expect, it } from "vitest";
import { DEMO_API_KEY } from "../../scripts/local-settings.ts";
import type { SignatureFinding } from "../../src/core/operator/signature-findings.ts";
import { keptHeaders } from "../../src/core/webhooks/kept-call.ts";
import { newNumber, type TestAccount, useGateway } from "../support/gateway.ts";
import { useReceiver } from "../support/receiver.ts";

type Webhook = { id: string; history: { event: string; headers?: Record<string, string>; answerHeaders?: object }[] };
type Checked = { isValid: boolean; header?: string; text?: string; findings: SignatureFinding[] };

describe("the signature of a webhook", () => {
  const gateway = useGateway({ DEMO_API_KEY });
  const receiver = useReceiver();
  let account: TestAccount;
  let webhook: Webhook;
  let seen: { url: string; signature: string; body: string };
  const check = (json: object, id = webhook.id) =>
    gateway.operator<Checked>("POST", `/admin/v1/webhooks/${id}/check-signature`, json);
  const found = async (json: object) => {
    const { isValid, findings } = await check(json);
    return [isValid, ...findings.map((one) => one.found)];
  };

  beforeAll(async () => {
    // The demo account has a service, whose subscriptions our own webhooks tell of.
    await gateway.operator("POST", "/sandbox/v1/reset");
    account = await gateway.account();
    await gateway.send(account, { content: "Æøå, signed", deliveryReportUrl: `${receiver.url}/Report?x=1` });
    await gateway.advance(5);
    await receiver.next(1);
    await gateway.advance(0);
    const list = `/admin/v1/webhooks?account=${account.id}`;
    const { items } = await gateway.operator<{ items: Webhook[] }>("GET", list);
    webhook = items[0] as Webhook;
    const [got] = receiver.received;
    seen = {
      url: `${receiver.url}/Report?x=1`,
      signature: got?.headers["x-ecdsa-signature"] as string,
      body: got?.body ?? "",
    };
  });

  it("is kept with the headers of the attempt and of its answer", async () => {
    const attempt = webhook.history.find(({ event }) => event === "webhook.attempted");
    expect(attempt?.headers).toMatchObject({
      "content-type": "application/json",
      "x-ecdsa-signature": seen.signature,
    });
    expect(attempt?.answerHeaders).toHaveProperty("date");
  });

  it("is valid for what the receiver got, and for what is known here where nothing is given", async () => {
    expect(await found(seen)).toEqual([true, "valid"]);
    const checked = await check({});
    expect(checked).toMatchObject({ isValid: true, header: "x-ecdsa-signature" });
    expect(checked.text).toContain(seen.url.toLowerCase());
    expect(checked.findings[0]).toMatchObject({ found: "valid", isOld: false });
  });

  it("names the part that differs", async () => {
    const behindProxy = { ...seen, url: "http://10.0.0.5:3000/Report?x=1" };
    expect((await check(behindProxy)).findings).toEqual([
      { found: "url-differs", ours: seen.url, yours: behindProxy.url },
    ]);
    const body = JSON.stringify(JSON.parse(seen.body), null, 1);
    const [finding, ...more] = (await check({ ...seen, body })).findings;
    expect(finding).toMatchObject({ found: "body-differs", at: 1, isSameJson: true });
    expect(more).toEqual([]);
    expect(await found({ ...behindProxy, body: seen.body.replace("Delivered", "Failed") })).toEqual([
      false,
      "url-differs",
      "body-differs",
    ]);
  });

  it("says what is wrong with the header itself", async () => {
    const parts = seen.signature.split(":");
    const withPart = (index: number, value: string) => parts.with(index, value).join(":");
    expect(await found({ ...seen, signature: parts.slice(0, 3).join(":") })).toEqual([false, "malformed"]);
    expect(await found({ ...seen, signature: withPart(3, "%%") })).toEqual([false, "malformed"]);
    expect(await found({ ...seen, signature: withPart(0, "1999-01-01") })).toEqual([false, "unknown-key"]);
    expect(await found({ ...seen, signature: withPart(2, crypto.randomUUID()) })).toEqual([false, "nothing-fits"]);
  });

  it("is of our own webhooks, too, whose address is not signed", async () => {
    await gateway.operator("PUT", "/admin/v1/accounts/demo/callbacks/stafett", {
      subscriptionUrl: `${receiver.url}/own`,
    });
    const sale = { account: "demo", service: "demo-games", recipient: newNumber() };
    await gateway.operator("POST", "/admin/v1/subscriptions", sale);
    await gateway.advance(5);
    const [got] = await receiver.next(1, ({ url }) => url === "/own");
    const list = "/admin/v1/webhooks?account=demo&kind=subscription";
    const { items } = await gateway.operator<{ items: Webhook[] }>("GET", list);
    const { id } = items.find((one) => got?.body.includes(one.id)) as Webhook;
    const signature = got?.headers["x-stafett-signature"];
    expect(await check({ url: "http://elsewhere", signature, body: got?.body }, id)).toMatchObject({ isValid: true });
    expect((await check({ signature, body: `${got?.body}\n` }, id)).findings).toMatchObject([
      { found: "body-differs", at: got?.body.length, isSameJson: true },
    ]);
  });
});

describe("the signature of a webhook to an endpoint of the account's", () => {
  const gateway = useGateway();
  const receiver = useReceiver();
  let account: TestAccount;
  let seen: { id: string; timestamp: string; signature: string; body: string };
  let secret: string;
  let webhook: string;
  const at = () => `/admin/v1/accounts/${account.id}/endpoints/orders`;
  const check = (json: object) =>
    gateway.operator<Checked>("POST", `/admin/v1/webhooks/${webhook}/check-signature`, json);
  const findings = async (json: object) => (await check(json)).findings;

  beforeAll(async () => {
    account = await gateway.account();
    const endpoint = { url: `${receiver.url}/orders`, events: ["message.delivered"] };
    ({ secret } = await gateway.operator<{ secret: string }>("PUT", at(), endpoint));
    await gateway.send(account);
    await gateway.advance(20);
    const [got] = await receiver.next(1);
    await gateway.advance(0);
    const list = `/admin/v1/webhooks?account=${account.id}&endpoint=orders`;
    const { items } = await gateway.operator<{ items: Webhook[] }>("GET", list);
    webhook = items[0]?.id ?? "";
    const header = (name: string) => String(got?.headers[`webhook-${name}`]);
    seen = { id: header("id"), timestamp: header("timestamp"), signature: header("signature"), body: got?.body ?? "" };
  });

  it("is valid for what the receiver got, by either way, and for what is known here", async () => {
    const [v1 = "", v1a = ""] = seen.signature.split(" ");
    for (const json of [{}, seen, { ...seen, secret }, { ...seen, signature: v1 }]) {
      const checked = await check(json);
      expect(checked).toMatchObject({ isValid: true, header: "webhook-signature" });
      expect(checked.text).toBe(`${seen.id}.${seen.timestamp}.${seen.body}`);
      expect(checked.findings).toMatchObject([{ found: "valid", keyName: "v1", isOld: false }]);
    }
    expect(await findings({ ...seen, signature: v1a })).toMatchObject([{ found: "valid", keyName: "v1a" }]);
  });

  it("names what differs: the id, the timestamp, the body, and several of them", async () => {
    const id = { found: "id-differs", ours: seen.id, yours: "evt_1" };
    const inMilliseconds = `${seen.timestamp}000`;
    const timestamp = { found: "timestamp-differs", ours: seen.timestamp, yours: inMilliseconds };
    const pretty = JSON.stringify(JSON.parse(seen.body), null, 1);
    expect(await findings({ ...seen, id: "evt_1" })).toEqual([id]);
    expect(await findings({ ...seen, timestamp: inMilliseconds })).toEqual([timestamp]);
    expect(await findings({ ...seen, body: pretty })).toMatchObject([
      { found: "body-differs", at: 1, isSameJson: true },
    ]);
    expect(await findings({ ...seen, id: "evt_1", timestamp: inMilliseconds, body: pretty })).toMatchObject([
      id,
      timestamp,
      { found: "body-differs" },
    ]);
    expect(await findings({ ...seen, signature: "v1,AAAA" })).toEqual([{ found: "nothing-fits" }]);
    expect(await findings({ ...seen, signature: "sha256=00" })).toEqual([{ found: "malformed" }]);
  });

  it("tells a secret of a wrong form from one of another endpoint, and from one of before or after a rotation", async () => {
    expect(await findings({ secret: secret.slice("whsec_".length) })).toEqual([{ found: "secret-malformed" }]);
    const other = `whsec_${btoa("x".repeat(32))}`;
    expect(await findings({ secret: other })).toEqual([{ found: "secret-differs", isOf: "nothing" }]);
    const rotated = await gateway.operator<{ secret: string }>("POST", `${at()}/rotate`, { overlapSeconds: 0 });
    expect(await check({ secret })).toMatchObject({ isValid: true });
    expect(await findings({ secret: rotated.secret })).toEqual([{ found: "secret-differs", isOf: "now" }]);
    await gateway.operator("POST", `/admin/v1/webhooks/${webhook}/replay`);
    await gateway.advance(5);
    await receiver.next(2);
    await gateway.advance(0);
    expect(await check({ secret: rotated.secret })).toMatchObject({ isValid: true });
    expect(await findings({ secret })).toEqual([{ found: "secret-differs", isOf: "before" }]);
    // Seen without its timestamp, the call may be any of those that were made.
    expect(await check({ signature: seen.signature, body: seen.body })).toMatchObject({ isValid: true });
  });

  it("cannot be checked once the endpoint is removed", async () => {
    await gateway.operator("DELETE", at());
    expect(await findings(seen)).toEqual([{ found: "endpoint-removed" }]);
  });
});

describe("the signature of a webhook to an endpoint in the form of a dialect", () => {
  const gateway = useGateway();
  const receiver = useReceiver();

  /** A message is delivered, and told to an endpoint of this format: what it got, and the id of its webhook. */
  async function told(format: string, more: object = {}) {
    const account = await gateway.account();
    const at = `/admin/v1/accounts/${account.id}/endpoints/receipts`;
    const url = `${receiver.url}/${account.id}?shop=1`;
    await gateway.operator("PUT", at, { url, format, events: ["message.delivered"], ...more });
    receiver.behave(() => ({ status: 200, body: "OK" }));
    await gateway.send(account);
    await gateway.advance(20);
    const [got] = await receiver.next(1, (one) => one.url.startsWith(`/${account.id}`));
    await gateway.advance(0);
    const list = `/admin/v1/webhooks?account=${account.id}&endpoint=receipts`;
    const { items } = await gateway.operator<{ items: Webhook[] }>("GET", list);
    const check = (json: object) =>
      gateway.operator<Checked>("POST", `/admin/v1/webhooks/${items[0]?.id}/check-signature`, json);
    return { got, url, check };
  }

  it("is the dialect's own, for what the receiver got and for what is known here", async () => {
    const { got, url, check } = await told("target365", { headers: { "X-Door": "hush" } });
    const seen = { url, signature: String(got?.headers["x-ecdsa-signature"]), body: got?.body ?? "" };
    for (const json of [seen, {}]) {
      expect(await check(json)).toMatchObject({
        isValid: true,
        header: "x-ecdsa-signature",
        findings: [{ found: "valid", isOld: false }],
      });
    }
    expect((await check({ ...seen, url: "http://10.0.0.5/receipts" })).findings).toMatchObject([
      { found: "url-differs", ours: url },
    ]);
    expect((await check({ ...seen, body: `${seen.body} ` })).findings).toMatchObject([{ found: "body-differs" }]);
  });

  it("is told to be none where the dialect has none, and which dialect that is", async () => {
    const { check } = await told("txtnation");
    expect(await check({})).toEqual({ isValid: false, findings: [{ found: "not-signed", format: "txtnation" }] });
  });
});

describe("kept headers", () => {
  it("have no secrets, and are no more than so many", () => {
    expect(
      keptHeaders({ authorization: "Bearer s3cret", "x-api-key": "s3cret", cookie: "a=b", "x-signature": "abc" }),
    ).toEqual({
      authorization: "•••",
      "x-api-key": "•••",
      cookie: "•••",
      "x-signature": "abc",
    });
    const own = keptHeaders({ "webhook-id": "evt_1", "x-our-door": "s3same" }, {});
    expect(own).toEqual({ "webhook-id": "evt_1", "x-our-door": "•••" });
    const many = Object.fromEntries(Array.from({ length: 100 }, (_, n) => [`x-${n}`, "v".repeat(5_000)]));
    expect(JSON.stringify(keptHeaders(many)).length).toBeLessThan(2_000);
    expect(Object.keys(keptHeaders(many)).length).toBeGreaterThan(2);
  });
});
