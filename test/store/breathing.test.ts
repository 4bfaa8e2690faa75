/** A long row of database calls lets others have their turn. */

import { describe, expect, it } from "vitest";
import { breathing } from "../../src/store/breathing.ts";

/** A database that answers at once, and writes down what it is asked. */
function fake() {
  const asked: string[] = [];
  const answer = (name: string, sql: string) => async () => {
    asked.push(`${name} ${sql}`);
    return { results: [], success: true, meta: {} };
  };
  const statement = (sql: string): object => ({
    sql,
    bind: (...values: unknown[]) => statement(`${sql} ${values.join()}`),
    all: answer("all", sql),
    run: answer("run", sql),
    first: (column?: string) => answer("first", column === undefined ? sql : `${column} of ${sql}`)(),
  });
  const db = {
    prepare: statement,
    batch: async (statements: { sql: string }[]) => {
      asked.push(`batch ${statements.map(({ sql }) => sql).join(" + ")}`);
      return [];
    },
  };
  return { asked, db: db as unknown as D1Database };
}

describe("a database that shares its thread", () => {
  it("is asked just what it was to be asked", async () => {
    const { asked, db } = fake();
    const ours = breathing(db, async () => {});
    await ours.prepare("a").bind(1, 2).all();
    await ours.prepare("b").run();
    await ours.prepare("c").bind(3).first();
    await ours.prepare("c").first("n");
    await ours.batch([ours.prepare("d").bind(4), db.prepare("e")]);
    expect(asked).toEqual(["all a 1,2", "run b", "first c 3", "first n of c", "batch d 4 + e"]);
  });

  it("pauses after every few calls, of whatever kind, before it goes on", async () => {
    const { asked, db } = fake();
    const ours = breathing(db, async () => void asked.push("pause"));
    for (let n = 0; n < 4; n++) {
      await ours.prepare("one").all();
      await ours.batch([ours.prepare("two")]);
    }
    expect(asked.filter((what) => what === "pause")).toHaveLength(2);
    expect(asked.slice(0, 5)).toEqual(["all one", "batch two", "all one", "pause", "batch two"]);
  });

  it("lets a request in that came while a long row of calls was under way", async () => {
    const { db } = fake();
    const ours = breathing(db, () => new Promise((resolve) => setImmediate(resolve)));
    const order: string[] = [];
    setImmediate(() => order.push("request"));
    for (let n = 0; n < 20; n++) await ours.prepare("renew").run();
    order.push("end of the row");
    expect(order).toEqual(["request", "end of the row"]);
  });
});
