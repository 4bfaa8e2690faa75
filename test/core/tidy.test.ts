/** The slow round: an endpoint where nothing arrives is paused, as late as the most patient of its dialects wants. */

import { describe, expect, it } from "vitest";
import { tidy } from "../../src/core/tidy.ts";
import type { WebhookFormat } from "../../src/core/webhooks/format.ts";
import type { Webhook } from "../../src/core/webhooks/webhook.ts";
import { surroundings } from "../support/ports.ts";
import { aMessage, aWebhook, ENDPOINT, NOON, stored, withAccounts } from "../support/rows.ts";

const DAY = 86_400_000;

/** An endpoint that has taken nothing since noon, and is owed a webhook of each of these dialects. */
async function failing(...dialects: string[]) {
  const { database, ports, time, events } = surroundings();
  await withAccounts(database, "acme");
  const formats = new Map(ports.formats);
  formats.set("patient", { ...(formats.get("telling") as WebhookFormat), patienceDays: 31 });
  const owed: Webhook[] = [];
  for (const dialect of dialects) {
    const message = aMessage({ state: "delivered" });
    await stored(database, message);
    owed.push(aWebhook(message, { dialect, attempts: 1 }));
  }
  await ports.webhooks.add(owed);
  database.sqlite.prepare("UPDATE webhook SET attempts = 1").run();
  await ports.webhooks.attempted([], [{ account: "acme", endpoint: ENDPOINT, failed: 9, received: false, at: NOON }]);
  return {
    events,
    /** Whether it is paused so many days later. */
    async isPausedAfter(days: number) {
      time.now = NOON + days * DAY + 1;
      await tidy({ ...ports, formats });
      const [endpoint] = (await ports.webhooks.endpoints({ limit: 1 })).items;
      return endpoint?.pausedAt !== undefined;
    },
    stateOf: async () => (await Promise.all(owed.map(({ id }) => ports.webhooks.byId(id)))).map((one) => one?.state),
  };
}

describe("an endpoint that takes nothing", () => {
  it("is paused after three days, with its reason, and it is told to the log", async () => {
    const { isPausedAfter, stateOf, events } = await failing("telling");
    expect(await isPausedAfter(2.9)).toBe(false);
    expect(await stateOf()).toEqual(["owed"]);
    expect(await isPausedAfter(3)).toBe(true);
    expect(await stateOf()).toEqual(["dead"]);
    const reason = `nothing received there since ${new Date(NOON).toISOString()}`;
    expect(events).toContainEqual({ name: "endpoint.paused", fields: { account: "acme", endpoint: ENDPOINT, reason } });
  });

  it("is tried for longer where a dialect says so", async () => {
    const { isPausedAfter, stateOf } = await failing("patient");
    expect(await isPausedAfter(30)).toBe(false);
    expect(await stateOf()).toEqual(["owed"]);
    expect(await isPausedAfter(31)).toBe(true);
  });

  it("is tried as long as the most patient of several wants", async () => {
    const { isPausedAfter, stateOf } = await failing("telling", "patient", "telling");
    expect(await isPausedAfter(30)).toBe(false);
    expect(await isPausedAfter(31)).toBe(true);
    expect(await stateOf()).toEqual(["dead", "dead", "dead"]);
  });
});
