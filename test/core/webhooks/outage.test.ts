/** A receiver that is down for 30 days loses nothing: it is switched off with notice, and hears all of it in order when it is back. */

import { afterEach, beforeEach, expect, it } from "vitest";
import { makeSealer } from "../../../src/adapters/sealer.ts";
import { listEvents } from "../../../src/core/operator/events.ts";
import {
  enableNamedEndpoint,
  findNamedEndpoint,
  putNamedEndpoint,
} from "../../../src/core/operator/named-endpoints.ts";
import { replayWebhooks } from "../../../src/core/operator/webhooks.ts";
import { DAY, HOUR, openWorld, PERSON, type World } from "../../support/ports.ts";

const DAYS = 30;
let world: World;
let isDown = false;
let received: { endpoint: string; type: string; number: number }[];

beforeEach(async () => {
  world = await openWorld();
  received = [];
  isDown = false;
  world.ports.sealer = makeSealer([{ name: "1", bytes: new Uint8Array(32).fill(1) }]);
  world.ports.http = {
    send: async ({ url, body = "" }) => {
      const endpoint = new URL(url).pathname.slice(1);
      if (isDown && endpoint === "shop") return { outcome: "failed", error: "connection refused", milliseconds: 1 };
      const { type, number } = JSON.parse(body) as { type: string; number: number };
      received.push({ endpoint, type, number });
      return { outcome: "answered", status: 200, body: "", milliseconds: 1 };
    },
  };
});
afterEach(() => world.close());

const numbersAt = (endpoint: string) => received.filter((one) => one.endpoint === endpoint).map(({ number }) => number);

it("an outage of 30 days loses nothing", async () => {
  const { ports } = world;
  const put = (name: string, more: object) =>
    putNamedEndpoint(ports, "acme", name, { url: `https://shop.example/${name}`, ...more });
  await put("shop", { orderedBy: "recipient", events: ["charge.*"] });
  await put("alarm", { events: ["endpoint.*"] });
  const begun = world.time.now;
  isDown = true;
  for (let day = 0; day < DAYS; day++) {
    await world.aCharge({ state: "failed", reason: "no-consent", recipient: PERSON });
    await world.pass(DAY, 6 * HOUR);
    await world.gateway.tidy();
  }
  expect(numbersAt("shop")).toEqual([]);
  expect(await findNamedEndpoint(ports, "acme", "shop")).toMatchObject({
    disabledAt: expect.any(Number),
    reason: expect.stringContaining("nothing received there since"),
  });
  await world.work();
  expect(received).toMatchObject([{ endpoint: "alarm", type: "endpoint.disabled" }]);

  isDown = false;
  await enableNamedEndpoint(ports, "acme", "shop");
  await replayWebhooks(ports, { account: "acme", endpoint: "shop", since: begun }, "all");
  await world.pass(2 * HOUR, HOUR);
  const events = await listEvents(ports, "acme", { after: 0, patterns: ["charge.*"], limit: 100, waitSeconds: 0 });
  expect(events.items).toHaveLength(DAYS);
  expect(numbersAt("shop")).toEqual(events.items.map(({ number }) => number));
  expect(received.filter(({ type }) => type === "endpoint.enabled")).toHaveLength(1);
});
