/** What is next to be done, of every kind, in one question. */

import { beforeEach, describe, expect, it } from "vitest";
import { isListed, nextOf } from "../../src/core/agenda.ts";
import { agendaStore } from "../../src/store/agenda.ts";
import { openDatabase, planOf, type TestDatabase } from "../support/database.ts";
import { aMessage, NOON, stored, withAccounts } from "../support/rows.ts";

const WAIT = 600_000;
let database: TestDatabase;
const read = () => agendaStore(database.d1).read(WAIT);

beforeEach(async () => {
  database = openDatabase();
  await withAccounts(database);
});

describe("the agenda", () => {
  it("is empty where nothing is to be done", async () => {
    const agenda = await read();
    expect(Object.values(agenda)).toEqual(Array(7).fill({}));
    expect(nextOf(agenda)).toBeUndefined();
    expect(isListed(agenda, "messages", Number.MAX_SAFE_INTEGER)).toBe(false);
  });

  it("has the earliest of each kind, and of all or of some", async () => {
    await stored(database, aMessage({ dueAt: NOON + 2 }), aMessage({ dueAt: NOON + 1 }));
    const part = "('simulator', '1', '+4798079008', '2002', '7', 1, 2, 'a', ?1, 0)";
    database.sqlite
      .prepare(
        `INSERT INTO inbound_part (carrier, their_id, sender, recipient, reference, number, total, text, received_at, is_joined) VALUES ${part}`,
      )
      .run(NOON - WAIT);
    const agenda = await read();
    expect(agenda).toMatchObject({
      messages: { next: NOON + 1, listed: NOON + 1 },
      parts: { next: NOON, listed: NOON },
      webhooks: {},
    });
    expect(nextOf(agenda)).toBe(NOON);
    expect(nextOf(agenda, ["messages", "webhooks"])).toBe(NOON + 1);
    expect([NOON, NOON + 1].map((by) => isListed(agenda, "messages", by))).toEqual([false, true]);
  });

  it("lists a text that its carrier has, which is next only when its time is over", async () => {
    const [message] = await stored(database, aMessage({ dueAt: NOON }));
    database.sqlite.prepare("UPDATE message SET state = 'sent', waits_until = ?1").run(NOON + 60_000);
    expect(message).toBeDefined();
    expect((await read()).messages).toEqual({ listed: NOON, next: NOON + 60_000 });
  });

  it("is answered by indexes, never by reading a table through", async () => {
    const asked: string[] = [];
    database.around = { before: ({ sql }) => void asked.push(...sql) };
    await read();
    expect(asked).toHaveLength(1);
    const steps = asked.flatMap((sql) => planOf(database.sqlite, sql));
    expect(steps.filter((step) => /^SCAN/.test(step) && !/_due|_resting|CONSTANT|SUBQUERY|\(subquery/.test(step))).toEqual([]);
  });
});
