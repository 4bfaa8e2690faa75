/** A text that a carrier could not deliver: where the route says so, the next carrier gets it, once. */

import { beforeEach, describe, expect, it } from "vitest";
import { newNumber, type TestAccount } from "../support/gateway.ts";
import { type Received, type Receiver, useReceiver } from "../support/receiver.ts";
import { type CarrierAnswer, useReachableGateway } from "../support/relay.ts";

/** Not a question about its health. */
const isPost = ({ method }: Received) => method === "POST";

describe("a text that could not be delivered", () => {
  const gateway = useReachableGateway();
  const [first, second] = [useReceiver(), useReceiver()];
  const providers = { first, second };
  const doors = { first: "", second: "" };
  let account: TestAccount;

  const route = (more: Record<string, unknown> = {}) =>
    gateway.operator("PUT", `/admin/v1/routes/of-${account.id}`, {
      ...{ account: account.id, kind: "message", prefix: "", carriers: ["first", "second"], reroutes: true, ...more },
    });

  beforeEach(async () => {
    account = await gateway.account();
    for (const name of ["first", "second"] as const) {
      providers[name].received.length = 0;
      providers[name].behave(() => ({ status: 201, body: '{"id": "01FC"}' }));
      const { doors: own } = await gateway.operator<CarrierAnswer>("PUT", `/admin/v1/carriers/${name}`, {
        kind: "sinch",
        settings: { servicePlanId: "plan", baseUrl: providers[name].url },
        secrets: { apiToken: "hush" },
      });
      doors[name] = own?.receipts ?? "";
    }
    await route();
  });

  type Name = keyof typeof doors;
  const idAt = async (name: Name) => {
    const [call] = await providers[name].next(1, isPost);
    return String(call?.json.client_reference);
  };
  const tell = (name: Name, id: string, status = "Failed") =>
    fetch(doors[name], {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ client_reference: id, batch_id: "01FC", status }),
    });
  const send = (more: Record<string, unknown> = {}) =>
    gateway.send(account, { recipient: newNumber(), deliveryMode: "AtLeastOnce", ...more });
  const becomes = (id: string, expected: object) =>
    expect.poll(() => gateway.message(account, id)).toMatchObject(expected);

  it("goes to the next carrier, and arrives by it", async () => {
    const id = await send();
    const ours = await idAt("first");
    await becomes(id, { state: "sent", carrier: "first" });
    await tell("first", ours);
    expect(await idAt("second")).toBe(ours);
    await becomes(id, { state: "sent", carrier: "second" });
    await tell("second", ours, "Delivered");
    expect(await gateway.message(account, id)).toMatchObject({ state: "delivered", carrier: "second" });
    const timeline = await gateway.timeline(account, id);
    const carriers = timeline.filter(({ event }) => event.startsWith("carrier."));
    expect(carriers.map(({ event, carrier }) => `${event} ${carrier}`)).toEqual([
      "carrier.took first",
      "carrier.rerouted first",
      "carrier.took second",
      "carrier.receipt second",
    ]);
    expect(carriers[2]).toMatchObject({ passedOver: [{ carrier: "first", why: "rerouted" }] });
  });

  it("is not ended by what the first carrier says afterwards", async () => {
    const id = await send();
    const ours = await idAt("first");
    await becomes(id, { state: "sent" });
    for (let time = 0; time < 3; time++) await tell("first", ours);
    await becomes(id, { state: "sent", carrier: "second" });
    await tell("first", ours);
    await tell("first", ours, "Delivered");
    expect(await gateway.message(account, id)).toMatchObject({ state: "sent", carrier: "second" });
  });

  it("fails where the second carrier cannot deliver it either", async () => {
    const id = await send();
    const ours = await idAt("first");
    await becomes(id, { state: "sent", carrier: "first" });
    await tell("first", ours);
    await becomes(id, { state: "sent", carrier: "second" });
    await tell("second", ours);
    expect(await gateway.message(account, id)).toMatchObject({ state: "failed", carrier: "second" });
    expect(first.received.filter(isPost)).toHaveLength(1);
  });

  it.each([
    ["it may arrive once at most", { deliveryMode: "AtMostOnce" }, {}, "Failed"],
    ["its route does not say so", {}, { reroutes: false }, "Failed"],
    ["its route names no other carrier", {}, { carriers: ["first"] }, "Failed"],
    ["it was taken back at the provider", {}, {}, "Cancelled"],
  ])("fails at once where %s", async (_, message, its, status) => {
    await route(its);
    const id = await send(message);
    const ours = await idAt("first");
    await becomes(id, { state: "sent" });
    await tell("first", ours, status);
    expect(await gateway.message(account, id)).toMatchObject({ state: "failed", carrier: "first" });
    expect(second.received.filter(isPost)).toEqual([]);
  });
});

describe("a route that shares by weight", () => {
  const gateway = useReachableGateway();
  const [first, second] = [useReceiver(), useReceiver()];

  it("gives each carrier its share, and the other takes what one cannot", async () => {
    const account = await gateway.account();
    for (const [name, receiver] of Object.entries({ first, second })) {
      receiver.behave(() => ({ status: 201, body: '{"id": "01FC"}' }));
      await gateway.operator("PUT", `/admin/v1/carriers/${name}`, {
        ...{ kind: "sinch", settings: { servicePlanId: "plan", baseUrl: receiver.url }, secrets: { apiToken: "hush" } },
      });
    }
    const put = (weights: number[]) =>
      gateway.operator<{ weights: number[] }>("PUT", "/admin/v1/routes/shared", {
        ...{ account: account.id, kind: "message", prefix: "", carriers: ["first", "second"] },
        ...{ strategy: "weighted", weights },
      });
    expect((await put([1, 1])).weights).toEqual([1, 1]);
    const texts = ({ received }: Receiver) => received.filter(isPost).length;
    const sendMany = async () => {
      const ids: string[] = [];
      for (let count = 0; count < 20; count++) ids.push(await gateway.send(account, { recipient: newNumber() }));
      for (const id of ids) await expect.poll(() => gateway.message(account, id)).toMatchObject({ state: "sent" });
    };
    await sendMany();
    // One chance in 200,000 that either gets fewer than two of twenty: ids are the same in no two runs.
    expect(Math.min(texts(first), texts(second))).toBeGreaterThan(0);
    expect(texts(first) + texts(second)).toBe(20);
    await put([0, 1]);
    second.received.length = 0;
    await sendMany();
    expect(texts(second)).toBe(20);
    second.behave(() => ({ status: 401 }));
    const [before, id] = [texts(first), await gateway.send(account)];
    await expect.poll(() => gateway.message(account, id)).toMatchObject({ state: "sent", carrier: "first" });
    expect(texts(first)).toBe(before + 1);
    const [took] = (await gateway.timeline(account, id)).filter(({ event }) => event === "carrier.took");
    expect(took).toMatchObject({ route: "shared", passedOver: [{ carrier: "second", why: "refused" }] });
  });
});
