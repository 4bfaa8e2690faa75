/** Totals are kept so that nobody adds up what grows: each is what its rows add up to, after every write. */

import { describe, expect, it } from "vitest";
import { migrations } from "../../scripts/build.ts";
import { openDatabase } from "../support/database.ts";
import { DAY, openWorld, PERSON, type World } from "../support/ports.ts";
import { wrongTotals } from "../support/totals.ts";

const other = (n: number) => `+4791${String(n).padStart(6, "0")}`;

/** A world in which the totals are looked at after each write; and how often they were. */
async function watched(): Promise<{ world: World; looks: () => number }> {
  const world = await openWorld();
  let looks = 0;
  world.database.around.after = () => {
    looks++;
    expect(wrongTotals(world.database.sqlite)).toEqual([]);
  };
  return { world, looks: () => looks };
}

/** What subscriptions, charges and reversals go through. */
async function sells(world: World): Promise<void> {
  await world.aService();
  await world.aService({ id: "rests", keyword: "RESTS" });
  const fates: Record<string, "billed" | "refused"> = { [other(1)]: "refused" };
  world.bank.fate = ({ recipient = "" }) =>
    fates[recipient] === "refused" ? { is: "refused", reason: "insufficient-funds" } : { is: "billed" };
  await Promise.all([0, 1, 2].map((n) => world.aSubscription({ recipient: other(n) })));
  await world.aSubscription({ service: "rests", recipient: PERSON, timeZone: "Asia/Kathmandu", price: 1_500 });
  await world.aCharge({ recipient: PERSON });
  await world.pass(40 * DAY, 5 * DAY);
  fates[other(1)] = "billed";
  await world.pass(10 * DAY, 5 * DAY);
  for (const one of await world.transactions()) {
    if (one.state === "billed" && one.period === 1) await world.gateway.reverse(world.caller, one);
  }
  await world.work();
  await world.writes("STOP GAMES", { from: other(2) });
  await world.pass(30 * DAY, 5 * DAY);
}

describe("totals", () => {
  it("are what the rows add up to, after each write", async () => {
    const { world, looks } = await watched();
    await sells(world);
    expect(looks()).toBeGreaterThan(100);
    const { sqlite } = world.database;
    for (const table of ["ledger_day", "revenue", "subscription_count", "renewal"]) {
      expect([table, Number(sqlite.prepare(`SELECT count(*) AS n FROM ${table}`).get()?.n)]).not.toEqual([table, 0]);
    }
    const states = new Set((await world.transactions()).map(({ state }) => state));
    expect([...states]).toEqual(expect.arrayContaining(["billed", "failed", "reversed"]));
  });

  it("would be seen to be wrong", async () => {
    const world = await openWorld();
    await sells(world);
    const { sqlite } = world.database;
    for (const spoil of [
      "UPDATE ledger_day SET amount = amount + 1",
      "DELETE FROM revenue",
      "UPDATE subscription_count SET count = count + 1",
      "UPDATE renewal SET dunning = dunning + 1",
    ]) {
      sqlite.exec("SAVEPOINT spoilt");
      sqlite.exec(spoil);
      expect([spoil, wrongTotals(sqlite).length]).toEqual([spoil, 1]);
      sqlite.exec("ROLLBACK TO spoilt");
    }
  });

  it("hold no quarter in which nothing is due any more", async () => {
    const world = await openWorld();
    await sells(world);
    expect(world.database.sqlite.prepare("SELECT * FROM renewal WHERE count = 0").all()).toEqual([]);
  });

  it("are filled with what was there before they were kept", async () => {
    const world = await openWorld();
    await sells(world);
    const step = migrations().findIndex(({ name }) => name.startsWith("0006"));
    const old = openDatabase({
      sql: migrations()
        .slice(0, step)
        .flatMap(({ statements }) => statements)
        .join(";\n"),
    });
    copyRows(world, old.sqlite, ["account", "txn", "ledger", "subscription"]);
    for (const statement of migrations()[step]?.statements ?? []) old.sqlite.exec(statement);
    expect(wrongTotals(old.sqlite)).toEqual([]);
    for (const table of ["ledger_day", "revenue", "subscription_count", "renewal"]) {
      const all = (sqlite: typeof old.sqlite) =>
        sqlite.prepare(`SELECT * FROM ${table}${table === "subscription_count" ? " WHERE count > 0" : ""}`).all();
      expect([table, all(old.sqlite)]).toEqual([table, all(world.database.sqlite)]);
    }
  });
});

/** What both databases know of these tables, from the one to the other. */
function copyRows(world: World, to: ReturnType<typeof openDatabase>["sqlite"], tables: readonly string[]): void {
  for (const table of tables) {
    const known = to.prepare(`SELECT name FROM pragma_table_info('${table}')`).all();
    const columns = known.map(({ name }) => String(name));
    const insert = to.prepare(
      `INSERT INTO ${table} (${columns.join(", ")}) VALUES (${columns.map(() => "?").join(", ")})`,
    );
    for (const row of world.database.sqlite.prepare(`SELECT ${columns.join(", ")} FROM ${table}`).all()) {
      insert.run(...columns.map((column) => row[column] ?? null));
    }
  }
}
