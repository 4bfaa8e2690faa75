/** STOP, and what another process had begun before it and goes on with after it. Each was found by a simulated world. */

import { beforeEach, describe, expect, it } from "vitest";
import { receive } from "../../../../src/core/inbound/receive.ts";
import { LEASE } from "../../../../src/core/messages/submit.ts";
import { DAY, NUMBER, openWorld, PERSON, type World } from "../../../support/ports.ts";

const STOP = { carrier: "bank", theirId: "stop-1", sender: PERSON, recipient: NUMBER, text: "STOP" };

describe("after STOP is acknowledged", () => {
  let world: World;
  beforeEach(async () => {
    world = await openWorld();
  });

  it("no text about the subscription goes out that a dead process had in hand", async () => {
    await world.aService({ startSms: "Welcome to Games" });
    await world.aSubscription();
    let claimed = 0;
    world.database.around = {
      before: async ({ sql }) => {
        if (claimed > 0 || !sql.some((one) => /UPDATE message\s+SET state = 'submitting'/.test(one))) return;
        // Whoever was about to send it loses it to a process that claims it, and dies.
        const { items } = await world.quiet.messages.list({ account: "acme" }, { limit: 10 });
        const ids = items.map(({ id }) => id);
        claimed = (await world.quiet.messages.claim(ids, world.time.now, world.time.now + LEASE)).length;
      },
    };
    await world.work();
    expect(claimed).toBe(1);
    await world.gateway.receive([STOP]);
    await world.pass(DAY, 60_000);
    const texts = world.bank.texts.map(({ text }) => text);
    expect(texts).toEqual(["Abonnementet Games er avsluttet. Du trekkes ikke mer."]);
  });

  it("nothing is charged that was taken before it by a process whose clock is ahead", async () => {
    await world.aService();
    const charge = { consent: "games", service: "games", acceptedAt: world.time.now };
    world.time.now -= 400;
    await world.gateway.receive([STOP]);
    world.time.now += 400;
    // It had looked before STOP came, and writes after it.
    const { id } = await world.aCharge(charge);
    await world.pass(DAY);
    expect(world.bank.asked).not.toContain(id);
    expect((await world.transaction(id)).state).toBe("failed");
  });

  it("no subscription begins that the operator is just opening", async () => {
    await world.aService();
    let isStopped = false;
    world.database.around = {
      before: async ({ sql }) => {
        if (isStopped || !sql.some((one) => one.includes("INSERT INTO subscription"))) return;
        isStopped = true;
        await receive(world.quiet, [STOP]);
      },
    };
    await expect(world.gateway.operator.subscriptions.begin("acme", "games", PERSON)).rejects.toThrow(
      "ended it by STOP",
    );
    await world.pass(DAY);
    expect(world.bank.asked).toEqual([]);
  });
});
