/** How long what is over is kept: as long as the setting says, to the day, and no longer. */

import { beforeEach, describe, expect, it } from "vitest";
import { DAY, HOUR, openWorld, PERSON, type World } from "../support/ports.ts";
import { aMessage, aWebhook, stored } from "../support/rows.ts";

let world: World;
let begun: number;
beforeEach(async () => {
  world = await openWorld();
  begun = world.time.now;
});

const SECOND = 1_000;
const rows = (table: string) => Number(world.database.sqlite.prepare(`SELECT count(*) AS n FROM ${table}`).get()?.n);

/** How many rows of a table are left so long after it began, once the slow round has gone by. */
async function leftAfter(milliseconds: number, table: string): Promise<number> {
  world.time.now = begun + milliseconds;
  await world.gateway.tidy();
  return rows(table);
}

const aPin = (createdAt = begun) => ({
  account: "acme",
  purpose: "window" as const,
  theirId: `pin-${createdAt}`,
  merchant: "shop",
  recipient: PERSON,
  hash: "hash",
  triesLeft: 3,
  expiresAt: createdAt + HOUR,
  createdAt,
  message: aMessage().id,
  echo: {},
});

/** Something of each kind that is over just now, and for how long it is to be there. */
const kept: { table: string; forMilliseconds: number; make: () => Promise<unknown> }[] = [
  {
    table: "message",
    forMilliseconds: 90 * DAY,
    async make() {
      const { dueAt: _, ...message } = aMessage({ state: "delivered" });
      await stored(world.database, message);
    },
  },
  {
    table: "webhook",
    forMilliseconds: 90 * DAY,
    async make() {
      await world.ports.webhooks.add([aWebhook(aMessage({ state: "delivered" }))]);
      world.database.sqlite.prepare("UPDATE webhook SET state = 'answered', due_at = NULL").run();
    },
  },
  {
    table: "inbound",
    forMilliseconds: 90 * DAY,
    make: async () => {
      await world.writes("hello");
      world.database.sqlite.exec("UPDATE webhook SET state = 'answered', due_at = NULL");
    },
  },
  {
    table: "pin",
    forMilliseconds: 90 * DAY,
    make: () => world.quiet.pins.add(aPin(), aMessage({ dialect: "stafett" }), []),
  },
  {
    table: "exchange",
    forMilliseconds: DAY,
    make: () =>
      world.quiet.exchanges.add([
        {
          id: world.ports.ids.request(),
          at: begun,
          dialect: "cm",
          method: "GET",
          path: "/",
          request: "",
          status: 200,
          answer: "",
          milliseconds: 1,
        },
      ]),
  },
  {
    table: "nonce",
    forMilliseconds: HOUR,
    make: () => world.quiet.accounts.spend({ credential: "crd_1", nonce: "n", until: begun + HOUR }, "claim"),
  },
];

describe.each(kept)("a $table that is over", ({ table, forMilliseconds, make }) => {
  it("is there to the end of its time, and gone after it", async () => {
    await make();
    expect(rows(table)).toBe(1);
    expect(await leftAfter(forMilliseconds - SECOND, table)).toBe(1);
    expect(await leftAfter(forMilliseconds + SECOND, table)).toBe(0);
  });
});

describe("the time that something is kept", () => {
  it("begins when it is settled, however long ago it was accepted", async () => {
    const [message, webhook] = [aMessage(), aWebhook(aMessage({ state: "delivered" }))];
    await stored(world.database, message);
    await world.ports.webhooks.add([webhook]);
    const settledAt = begun + 30 * DAY;
    const { sqlite } = world.database;
    sqlite.prepare("UPDATE message SET state = 'delivered', due_at = NULL, changed_at = ?").run(settledAt);
    sqlite.prepare("UPDATE webhook SET state = 'dead', reason = 'none', due_at = NULL, changed_at = ?").run(settledAt);
    for (const table of ["message", "webhook"]) expect(await leftAfter(120 * DAY - SECOND, table)).toBe(1);
    for (const table of ["message", "webhook"]) expect(await leftAfter(120 * DAY + SECOND, table)).toBe(0);
  });

  it("does not end while a text waits for its person's answer, and ends for both together", async () => {
    await world.gateway.register(world.caller, {
      shortNumber: "2002",
      mode: "exact",
      text: "GAMES",
      aliases: [],
      forwardUrl: "https://shop.example/forwards",
      isEnabled: true,
      preAuth: { isActive: true, merchant: "shop" },
      tags: [],
      properties: {},
      echo: {},
    });
    await world.writes("GAMES");
    expect(rows("preauth")).toBe(1);
    for (const table of ["inbound", "preauth"]) expect(await leftAfter(91 * DAY, table)).toBe(1);
    world.database.sqlite.prepare("UPDATE preauth SET state = 'expired', due_at = NULL").run();
    for (const table of ["inbound", "preauth"]) expect(await leftAfter(91 * DAY, table)).toBe(0);
  });

  it("is long enough for codes to be counted for a whole day", async () => {
    await world.quiet.pins.add(aPin(), aMessage({ dialect: "stafett" }), []);
    expect(await leftAfter(DAY, "pin")).toBe(1);
    const counted = [{ since: begun - 1, most: 1 }];
    const next = { ...aPin(begun + DAY), message: aMessage().id };
    expect(await world.quiet.pins.add(next, aMessage({ dialect: "stafett" }), counted)).toBe("too-many");
  });
});

it("keeps up with more than are forgotten in one statement", async () => {
  for (let n = 0; n < 4_500; n++) {
    const { dueAt: _, ...message } = aMessage({ state: "delivered", theirId: `many-${n}` });
    await stored(world.database, message);
  }
  expect(await leftAfter(90 * DAY + 2 * SECOND, "message")).toBe(0);
});
