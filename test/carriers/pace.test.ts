/** A carrier that may be handed only so much in a second, in a whole gateway. */

import { expect, it } from "vitest";
import { newNumber, useGateway } from "../support/gateway.ts";
import { type Received, useReceiver } from "../support/receiver.ts";
import type { CarrierAnswer } from "../support/relay.ts";

const gateway = useGateway();
const provider = useReceiver();
const isPost = ({ method }: Received) => method === "POST";
const RELAY = { kind: "sinch", secrets: { apiToken: "hush" } };

it("gets every text of a batch once, and no more at a time than it may", async () => {
  provider.behave(() => ({ status: 201, body: '{"id": "01FC"}' }));
  const account = await gateway.account();
  const settings = { servicePlanId: "plan", baseUrl: provider.url };
  const put = (more: object) =>
    gateway.operator<CarrierAnswer & { maxPerSecond?: number }>("PUT", "/admin/v1/carriers/slow", {
      ...{ ...RELAY, settings, ...more },
    });
  expect((await put({ maxPerSecond: 2 })).maxPerSecond).toBe(2);
  expect((await put({})).maxPerSecond).toBe(2);
  await gateway.operator("PUT", `/admin/v1/routes/of-${account.id}`, {
    ...{ account: account.id, kind: "message", prefix: "", carriers: ["slow"] },
  });
  const texts = Array.from({ length: 7 }, (_, n) => ({
    ...{ transactionId: `${account.id}-${n}`, sender: "Shop", recipient: newNumber(), content: `Text ${n}` },
  }));
  const answer = await gateway.fetch("/api/out-messages/batch", {
    ...{ method: "POST", headers: { "X-ApiKey": account.apiKey }, json: texts },
  });
  expect(answer.status).toBe(201);
  const arrived = async () => {
    await gateway.advance(2);
    return provider.received.filter(isPost).map(({ json }) => json.body);
  };
  await expect.poll(arrived, { timeout: 20_000, interval: 200 }).toHaveLength(7);
  expect(new Set(await arrived())).toEqual(new Set(texts.map(({ content }) => content)));
  const timelines = await Promise.all(texts.map(({ transactionId }) => gateway.timeline(account, transactionId)));
  const waited = timelines.filter((entries) => entries.some(({ event }) => event === "carrier.busy"));
  // All are asked for in one call, which lets two go.
  expect(waited.length).toBeGreaterThanOrEqual(3);
  expect((await put({ maxPerSecond: null })).maxPerSecond).toBeUndefined();
});

it.each([0, 1.5, -1, "5"])("cannot be set to %j a second", async (maxPerSecond) => {
  const settings = { servicePlanId: "plan", baseUrl: provider.url };
  const body = { ...RELAY, settings, maxPerSecond };
  const { status, field } = await gateway.refusal("PUT", "/admin/v1/carriers/slow", body);
  expect([status, field]).toEqual([400, "maxPerSecond"]);
});
