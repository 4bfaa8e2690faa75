/** Target365 as a carrier: an answer that was lost is settled by asking, and nothing is sent a second time on a guess. */

import { beforeAll, beforeEach, describe, expect, it } from "vitest";
import { type TestAccount, useGateway } from "../../support/gateway.ts";
import { type Received, useReceiver } from "../../support/receiver.ts";

describe("a text whose answer Target365 lost", () => {
  const gateway = useGateway();
  const provider = useReceiver();
  let account: TestAccount;

  beforeAll(async () => {
    await gateway.operator("PUT", "/admin/v1/carriers/norway", {
      kind: "target365",
      settings: { baseUrl: provider.url },
      secrets: { apiKey: "a key" },
    });
  });
  beforeEach(async () => {
    provider.received.length = 0;
    account = await gateway.account();
    const route = { account: account.id, kind: "message", prefix: "", carriers: ["norway"] };
    await gateway.operator("PUT", `/admin/v1/routes/of-${account.id}`, route);
  });
  const isPost = ({ method }: Received) => method === "POST";
  const sent = () => provider.received.filter(isPost);
  const answers = (post: number, get: { status: number; body?: string }) =>
    provider.behave((call) => (isPost(call) ? { status: post } : get));
  const record = (statusCode: string, detailedStatusCode: string) =>
    JSON.stringify({ transactionId: "msg", statusCode, detailedStatusCode, smscTransactionId: "smsc-1" });

  it("is found there by its id, and is as it is told to be", async () => {
    answers(500, { status: 200, body: record("Ok", "Delivered") });
    const id = await gateway.send(account);
    await provider.next(1, isPost);
    await gateway.advance(20);
    expect(await gateway.message(account, id)).toMatchObject({ state: "delivered", reference: "smsc-1" });
    expect(sent()).toHaveLength(1);
    const [post] = sent();
    expect(provider.received.at(-1)?.url).toBe(`/api/out-messages/${post?.json.transactionId}`);
  });

  it("is not sent again while a slow request may still arrive, and is, once, when it surely did not", async () => {
    answers(502, { status: 404 });
    const id = await gateway.send(account, { deliveryMode: "AtMostOnce" });
    await provider.next(1, isPost);
    await gateway.advance(16);
    expect(await gateway.message(account, id)).toMatchObject({ state: "unknown" });
    expect(sent()).toHaveLength(1);
    answers(201, { status: 404 });
    await gateway.advance(120);
    expect(await gateway.message(account, id)).toMatchObject({ state: "sent" });
    expect(sent()).toHaveLength(2);
  });

  it.each([
    { what: "has a text of this id", post: 409, get: { status: 200, body: record("Sent", "Sent") }, state: "sent" },
    { what: "answers what it never says", post: 200, get: { status: 500 }, state: "unknown" },
    { what: "sends elsewhere", post: 302, get: { status: 302 }, state: "unknown" },
  ])("is not sent again where it $what", async ({ post, get, state }) => {
    answers(post, get);
    const id = await gateway.send(account);
    await provider.next(1, isPost);
    await gateway.advance(90);
    expect(await gateway.message(account, id)).toMatchObject({ state });
    expect(sent()).toHaveLength(1);
  });

  it("does not go by an answer without end", async () => {
    provider.behave((call) => (isPost(call) ? { status: 500 } : "endless"));
    const id = await gateway.send(account);
    await provider.next(1, isPost);
    await gateway.advance(20);
    expect(await gateway.message(account, id)).toMatchObject({ state: "unknown" });
  });

  it("goes again later where the provider asks for time", async () => {
    provider.behave(() => ({ status: 429, headers: { "retry-after": "20" } }));
    const id = await gateway.send(account);
    await gateway.advance(1);
    expect(await gateway.message(account, id)).toMatchObject({ state: "accepted" });
    answers(201, { status: 404 });
    await gateway.advance(30);
    expect(await gateway.message(account, id)).toMatchObject({ state: "sent" });
  });

  it("lets nobody read the key, in the log or in what is told", async () => {
    expect(gateway.log.filter((line) => line.includes("a key"))).toEqual([]);
    const told = await gateway.operator("GET", "/admin/v1/carriers/norway");
    expect(JSON.stringify(told)).not.toContain("a key");
    expect(told).toMatchObject({ secrets: ["apiKey"], settings: { baseUrl: provider.url } });
  });
});
