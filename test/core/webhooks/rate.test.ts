/** An endpoint's rate: no second has more calls than it takes, and all of them are made. */

import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { makeSealer } from "../../../src/adapters/sealer.ts";
import { putNamedEndpoint } from "../../../src/core/operator/named-endpoints.ts";
import { openWorld, type World } from "../../support/ports.ts";

let world: World;
let called: { url: string; at: number }[];

beforeEach(async () => {
  world = await openWorld();
  called = [];
  // Results that wait for company would move the clock while a call is on its way, and it would count as a later one.
  world.ports.clock = { ...world.ports.clock, sleep: () => Promise.resolve() };
  world.ports.sealer = makeSealer([{ name: "1", bytes: new Uint8Array(32).fill(1) }]);
  world.ports.http = {
    send: async ({ url }) => {
      called.push({ url, at: world.time.now });
      return { outcome: "answered", status: 200, body: "", milliseconds: 1 };
    },
  };
});
afterEach(() => world.close());

const putEndpoint = (name: string, perSecond?: number) =>
  putNamedEndpoint(world.ports, "acme", name, {
    url: `https://shop.example/${name}`,
    events: ["charge.failed"],
    ...(perSecond === undefined ? {} : { perSecond }),
  });
const happens = async (times: number) => {
  for (let n = 0; n < times; n++) await world.aCharge({ state: "failed", reason: "no-consent" });
};
const callsAt = (name: string) => called.filter(({ url }) => url === `https://shop.example/${name}`);

/** The most calls in any second. */
function most(calls: readonly { at: number }[]): number {
  return Math.max(...calls.map(({ at }) => calls.filter((one) => one.at >= at && one.at < at + 1_000).length));
}

describe("an endpoint with a rate", () => {
  it("is called no more often in any second, is told all, and delays no other", async () => {
    await putEndpoint("slow", 3);
    await putEndpoint("quick");
    await happens(20);
    await world.work();
    expect(callsAt("quick")).toHaveLength(20);
    expect(callsAt("slow").length).toBeLessThan(10);
    await world.pass(12_000, 200);
    expect(callsAt("slow")).toHaveLength(20);
    expect(most(callsAt("slow"))).toBe(3);
  });

  it("counts a call that waited for room as no attempt", async () => {
    await putEndpoint("slow", 1);
    await happens(2);
    await world.work();
    const { items } = await world.ports.webhooks.list(
      { account: "acme", endpoint: "slow", state: "owed" },
      { limit: 9 },
    );
    expect(items).toMatchObject([{ attempts: 0, history: [] }]);
    expect(items[0]?.dueAt).toBeGreaterThan(world.time.now);
  });

  it("is not called while the count cannot be asked", async () => {
    await putEndpoint("slow", 5);
    const { pace } = world.ports;
    world.ports.pace = { take: () => Promise.reject(new Error("away")) };
    await happens(1);
    await world.work();
    expect(called).toEqual([]);
    world.ports.pace = pace;
    await world.pass(2_000, 500);
    expect(called).toHaveLength(1);
  });
});
