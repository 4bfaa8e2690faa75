/** The queue of webhooks: how much of the database it takes at once, and whom it waits for. */

import { describe, expect, it } from "vitest";
import type { Gateway } from "../../../src/core/gateway.ts";
import type { WebhookId } from "../../../src/core/kernel/ids.ts";
import type { Job } from "../../../src/doors/job.ts";
import { consume } from "../../../src/doors/queue.ts";

const ids = Array.from({ length: 1_000 }, (_, n): WebhookId => `whk_${n}`);

/** A batch of one job, and what became of it. */
function aBatch() {
  const seen: string[] = [];
  const batch = {
    queue: "stafett-webhooks",
    messages: [{ body: { deliver: ids } }],
    ackAll: () => seen.push("done"),
    retryAll: () => seen.push("again"),
  } as unknown as MessageBatch<Job>;
  return { batch, seen };
}

/** Takes the batch with a gateway that delivers like this. */
async function take(deliver: Gateway["deliver"]) {
  const { batch, seen } = aBatch();
  const events: string[] = [];
  const log = { event: (name: string) => void events.push(name) };
  await consume(batch, { deliver } as Gateway, log, () => {});
  return { seen, events };
}

describe("a thousand webhooks that are owed at once", () => {
  it("are claimed some at a time, so that an urgent text waits for the claim of a few only", async () => {
    let claiming = 0;
    let most = 0;
    const claimedIds: WebhookId[] = [];
    const { seen } = await take(async (some, claimed) => {
      most = Math.max(most, ++claiming);
      await Promise.resolve();
      claimedIds.push(...some);
      claiming--;
      claimed?.();
    });
    expect(most).toBe(1);
    expect(claimedIds).toEqual(ids);
    expect(seen).toEqual(["done"]);
  });

  it("do not wait for the answers of a customer's slow server", async () => {
    let begun = 0;
    const { seen } = await take((some, claimed) => {
      begun += some.length;
      claimed?.();
      return new Promise(() => {});
    });
    expect(begun).toBe(ids.length);
    expect(seen).toEqual(["done"]);
  });

  it("are all tried, though a claim of some fails", async () => {
    let begun = 0;
    const { seen, events } = await take(async (some) => {
      begun += some.length;
      throw new Error("the database is away");
    });
    expect(begun).toBe(ids.length);
    expect(new Set(events)).toEqual(new Set(["webhooks.delivery_failed"]));
    expect(seen).toEqual(["done"]);
  });
});
