/** Delivering: who is called when, and what happens to results that cannot be written. */

import { describe, expect, it } from "vitest";
import { makeSealer } from "../../../src/adapters/sealer.ts";
import { standardSigner } from "../../../src/adapters/standard-webhooks.ts";
import type { WebhookId } from "../../../src/core/kernel/ids.ts";
import { noTraces } from "../../../src/core/kernel/traces.ts";
import { deliver } from "../../../src/core/webhooks/deliver.ts";
import type { ClaimedWebhook, WebhookStore } from "../../../src/core/webhooks/store.ts";
import { aMessage, aWebhook, formats, NOON, stoppedAt } from "../../support/rows.ts";

/** Delivers one webhook to each of these URLs; `attempted` is what the database makes of the results. */
async function delivering(urls: string[], attempted: WebhookStore["attempted"]) {
  const called: string[] = [];
  const givenBack: WebhookId[] = [];
  let under = 0;
  let most = 0;
  const claimed: ClaimedWebhook[] = urls.map((url) => {
    const message = aMessage({ dialect: "telling" });
    return { webhook: aWebhook(message, { url, endpoint: url }), message, settings: {}, isFailing: false };
  });
  await deliver(
    {
      clock: stoppedAt(NOON),
      http: {
        send: async ({ url }) => {
          called.push(url);
          most = Math.max(most, ++under);
          await new Promise((next) => setImmediate(next));
          under--;
          return { outcome: "answered", status: 200, body: "", milliseconds: 1 };
        },
      },
      counts: { count: () => {} },
      jobs: { submit: async () => {}, charge: async () => {}, deliver: async () => {}, release: async () => {} },
      log: { event: () => {} },
      signer: { sign: async () => ({ keyName: "k", signature: "s" }), published: async () => undefined },
      sealer: makeSealer([]),
      standard: standardSigner,
      pace: { take: async (_, __, wishes) => wishes.map(() => 0) },
      traces: noTraces,
      publicUrl: "https://sms.example",
      webhooks: {
        claim: async () => claimed,
        attempted,
        giveBack: async (put: readonly { id: WebhookId }[]) => void givenBack.push(...put.map(({ id }) => id)),
      } as unknown as WebhookStore,
      formats,
    },
    claimed.map(({ webhook }) => webhook.id),
  );
  return { called, givenBack, most };
}

const paths = (host: string, count: number) => Array.from({ length: count }, (_, n) => `https://${host}/${n}`);

describe("delivering", () => {
  it("calls everybody once, and writes results in groups", async () => {
    let writes = 0;
    const { called } = await delivering(paths("shop.example", 100), async () => void writes++);
    expect(new Set(called).size).toBe(100);
    expect(called).toHaveLength(100);
    expect(writes).toBeLessThan(100);
  });

  it("never has more calls under way to one host than leave a connection for others", async () => {
    expect((await delivering(paths("shop.example", 30), async () => {})).most).toBe(4);
  });

  it("never has more calls under way in all than a Worker has connections to spare", async () => {
    const urls = [...paths("a.example", 20), ...paths("b.example", 20), ...paths("c.example", 20)];
    expect((await delivering(urls, async () => {})).most).toBe(5);
  });

  it("stops calling when results cannot be written, and gives back what it had not begun", async () => {
    const { called, givenBack } = await delivering(paths("shop.example", 200), async () => {
      throw new Error("D1 is away");
    });
    expect(called.length).toBeLessThan(200);
    expect(called.length + givenBack.length).toBe(200);
  });
});
