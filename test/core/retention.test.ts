/** For how long what is over is kept: as the deployment says, or an account for itself, by kind. */

import { beforeEach, describe, expect, it } from "vitest";
import { DAY, openWorld, type World } from "../support/ports.ts";
import { aMessage, aWebhook, stored } from "../support/rows.ts";

let world: World;
beforeEach(async () => {
  world = await openWorld();
  await world.quiet.accounts.add({ id: "other", name: "Other", settings: {}, at: 0 });
});

/** A text of each account that was settled, one that came in to it, and the webhook about it. */
async function everything(): Promise<void> {
  for (const [account, number] of [
    ["acme", 1],
    ["other", 2],
  ] as const) {
    const id = world.ports.ids.message(number);
    const [message] = await stored(world.database, aMessage({ id, account, state: "delivered" }));
    if (!message) throw new Error("not stored");
    await world.quiet.webhooks.add([{ ...aWebhook(message), account, id: `whk_${id.slice(4)}_delivered` }]);
    world.database.sqlite.exec(`
      INSERT INTO inbound (id, number, carrier, their_id, account_id, sender, recipient, text, received_at)
      VALUES ('${world.ports.ids.inbound()}', ${number}, 'bank', 'in-${account}', '${account}', '+4798079008', '2002', '', 1)`);
  }
  world.database.sqlite.exec(`
    INSERT INTO inbound (id, number, carrier, their_id, sender, recipient, text, received_at)
    VALUES ('${world.ports.ids.inbound()}', 3, 'bank', 'in-nobody', '+4798079008', '2002', '', 1);
    UPDATE webhook SET state = 'answered', due_at = NULL;
    UPDATE message SET due_at = NULL`);
}

const left = () =>
  Object.fromEntries(
    ["message", "webhook", "inbound"].map((table) => [
      table,
      world.database.sqlite
        .prepare(`SELECT account_id FROM ${table} ORDER BY 1`)
        .all()
        .map((row) => row.account_id),
    ]),
  );

describe("what is over", () => {
  it("is kept as long as the deployment says", async () => {
    await everything();
    world.time.now += 89 * DAY;
    await world.gateway.tidy();
    expect(left()).toEqual({
      message: ["acme", "other"],
      webhook: ["acme", "other"],
      inbound: [null, "acme", "other"],
    });
    world.time.now += 2 * DAY;
    await world.gateway.tidy();
    expect(left()).toEqual({ message: [], webhook: [], inbound: [] });
  });

  it("goes sooner where an account says so, for each kind by itself", async () => {
    await everything();
    await world.quiet.accounts.change(
      "acme",
      { settings: { retention: { messages: 7, webhooks: 3 } } },
      world.time.now,
    );
    world.time.now += 4 * DAY;
    await world.gateway.tidy();
    expect(left()).toEqual({ message: ["acme", "other"], webhook: ["other"], inbound: [null, "acme", "other"] });
    world.time.now += 4 * DAY;
    await world.gateway.tidy();
    expect(left()).toEqual({ message: ["other"], webhook: ["other"], inbound: [null, "acme", "other"] });
  });

  it("stays longer where an account says so, and its codes with it", async () => {
    await everything();
    const settings = { retention: { messages: 400, webhooks: 400, inbound: 400 } };
    await world.quiet.accounts.change("acme", { settings }, world.time.now);
    world.database.sqlite.exec(`
      INSERT INTO pin (account_id, purpose, their_id, merchant_id, recipient, hash, tries_left, expires_at, created_at, message_id)
      VALUES ('acme', 'otp', 'one', '', '+4798079008', '', 1, 1, ${world.time.now}, '')`);
    world.time.now += 200 * DAY;
    await world.gateway.tidy();
    expect(left()).toEqual({ message: ["acme"], webhook: ["acme"], inbound: ["acme"] });
    expect(world.database.sqlite.prepare("SELECT count(*) AS n FROM pin").get()).toEqual({ n: 1 });
    world.time.now += 201 * DAY;
    await world.gateway.tidy();
    expect(left()).toEqual({ message: [], webhook: [], inbound: [] });
  });
});
