/** Webhooks in the operator's hands: owed anew, held back, and let go again; in the store first, then in the queue. */

import { beforeEach, describe, expect, it } from "vitest";
import { DAY, HOUR, openWorld, type World } from "../../support/ports.ts";
import { aMessage, aWebhook, NOON } from "../../support/rows.ts";

const SHOP = "https://shop.example/charges";
const OTHER = "https://other.example/charges";

let world: World;
beforeEach(async () => {
  world = await openWorld();
});

const operator = () => world.gateway.operator;
const rung = () => world.rung.flatMap(({ deliver = [] }) => deliver);
const stateOf = async (id: Webhook["id"]) => (await operator().webhooks.find(id)).state;
type Webhook = ReturnType<typeof aWebhook>;

async function aStored(given: Partial<Webhook> = {}): Promise<Webhook> {
  const message = aMessage({ acceptedAt: given.createdAt ?? NOON });
  const webhook = aWebhook(message, { url: SHOP, endpoint: SHOP, state: "owed", ...given });
  await world.quiet.webhooks.add([webhook]);
  return webhook;
}

/** One that was given up, as the store has it after its last attempt. */
async function aDead(given: Partial<Webhook> = {}): Promise<Webhook> {
  const webhook = await aStored(given);
  world.database.sqlite.prepare("UPDATE webhook SET state = 'dead', due_at = NULL WHERE id = ?").run(webhook.id);
  return webhook;
}

describe("webhooks that are replayed", () => {
  it("are owed anew in the store, and the queue is told of those alone", async () => {
    const dead = await aDead();
    const owed = await aStored();
    expect(await operator().webhooks.replay({ since: NOON - DAY }, "dead")).toBe(1);
    expect(await stateOf(dead.id)).toBe("owed");
    expect(rung()).toEqual([dead.id]);
    expect(await stateOf(owed.id)).toBe("owed");
  });

  it("are those of the time, of the account and of the endpoint that were asked for", async () => {
    await aDead();
    for (const which of [
      { since: NOON + HOUR },
      { since: NOON - DAY, until: NOON - HOUR },
      { since: NOON - DAY, account: "beta" },
      { since: NOON - DAY, endpoint: OTHER },
    ]) {
      expect(await operator().webhooks.replay(which, "dead")).toBe(0);
    }
    expect(rung()).toEqual([]);
  });

  it("one by one, are refused while they are owed as it is, and where there is none", async () => {
    const dead = await aDead();
    await operator().webhooks.replayOne(dead.id);
    expect(rung()).toEqual([dead.id]);
    await expect(operator().webhooks.replayOne(dead.id)).rejects.toMatchObject({ refusal: "too-late" });
    await expect(operator().webhooks.replayOne("whk_none")).rejects.toMatchObject({ refusal: "not-found" });
    expect(rung()).toEqual([dead.id]);
  });
});

describe("an endpoint that is paused", () => {
  const pause = () => operator().endpoints.pause({ account: "acme", endpoint: SHOP, reason: "by an operator" });
  const resume = () => operator().endpoints.resume({ account: "acme", endpoint: SHOP });

  it("is not called: what is owed there is on the dead list with the reason, and nothing else is", async () => {
    const held = await aStored();
    const elsewhere = await aStored({ url: OTHER, endpoint: OTHER });
    await pause();
    expect(await operator().webhooks.find(held.id)).toMatchObject({ state: "dead" });
    expect(await stateOf(elsewhere.id)).toBe("owed");
    expect((await operator().endpoints.list({ limit: 10 })).items).toMatchObject([
      { account: "acme", endpoint: SHOP, pausedAt: NOON, reason: "by an operator" },
    ]);
  });

  it("owes anew what the pause held back, once it is resumed; what had been given up before stays so", async () => {
    const before = await aDead();
    const held = await aStored();
    await pause();
    expect(await resume()).toBe(1);
    expect(rung()).toEqual([held.id]);
    expect(await stateOf(held.id)).toBe("owed");
    expect(await stateOf(before.id)).toBe("dead");
    expect(await resume()).toBe(0);
  });

  it("is refused twice, and for an account that is not there", async () => {
    await pause();
    await expect(pause()).rejects.toMatchObject({ refusal: "already-exists" });
    const nobodys = { account: "beta", endpoint: SHOP, reason: "by an operator" };
    const refused = { refusal: "not-found", field: "account" };
    await expect(operator().endpoints.pause(nobodys)).rejects.toMatchObject(refused);
    await expect(operator().endpoints.resume(nobodys)).rejects.toMatchObject(refused);
  });
});
