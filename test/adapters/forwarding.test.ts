/** While somebody listens, every webhook goes to them: also those of endpoints by name, and what is tried at their other address. */

import { expect, it } from "vitest";
import { heardForwarding, setForwarding } from "../../src/adapters/clock.ts";
import { forwardingStore } from "../../src/adapters/forwarding.ts";
import type { ClaimedWebhook, WebhookStore } from "../../src/core/webhooks/store.ts";
import { lendDatabase } from "../support/database.ts";

const claimed = [
  { webhook: { url: "https://shop.example/reports?order=1" } },
  {
    webhook: { url: "https://shop.example/events" },
    named: { name: "billing", url: "https://shop.example/events", failoverUrl: "https://other.example/events" },
  },
] as unknown as ClaimedWebhook[];
const store = { claim: async () => claimed } as unknown as WebhookStore;

it("has every call go there, by each address that it has", async () => {
  const forwarding = forwardingStore(store, () => ({ to: "http://127.0.0.1:3000" }));
  expect(await forwarding.claim([], 0, 0)).toEqual([
    { webhook: { url: "http://127.0.0.1:3000/reports?order=1" } },
    {
      webhook: { url: "http://127.0.0.1:3000/events" },
      named: { name: "billing", url: "http://127.0.0.1:3000/events", failoverUrl: "http://127.0.0.1:3000/events" },
    },
  ]);
});

it("leaves them as they are where nobody does", async () => {
  expect(await forwardingStore(store, () => undefined).claim([], 0, 0)).toBe(claimed);
});

it("ends by itself, when whoever listened does not say any more that they do", async () => {
  const { d1 } = lendDatabase();
  const to = "http://127.0.0.1:3000";
  await setForwarding(d1, { to, until: Date.now() + 3_600_000 });
  expect(heardForwarding()?.to).toBe(to);
  await setForwarding(d1, { to, until: Date.now() - 1 });
  expect(heardForwarding()).toBeUndefined();
  await setForwarding(d1, undefined);
});
