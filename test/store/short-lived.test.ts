/** Rows that no other row needs: of each kind what is old is forgotten, all kinds in one call, and nothing that is kept. */

import { describe, expect, it } from "vitest";
import { shortLivedStore } from "../../src/store/short-lived.ts";
import { openDatabase } from "../support/database.ts";
import { forgetBefore } from "../support/rows.ts";

const AT = 1_000;
const DAY = "2026-11-30";

/** For each kind: its table, a row of it by what its age is judged by, how old one must be, and what else keeps or moves it. */
const kinds = {
  sessions: { table: "session", row: (expires_at: number) => ({ expires_at }), old: AT, kept: AT + 1 },
  decided: {
    table: "approval",
    row: (expires_at: number) => ({ expires_at, state: "approved" }),
    old: AT - 1,
    kept: AT,
  },
  pins: { table: "pin", row: (created_at: number) => ({ created_at, purpose: "otp" }), old: AT - 1, kept: AT },
  pinBudgets: { table: "pin_budget", row: (hour: number) => ({ hour, scope: "account" }), old: AT - 1, kept: AT },
  joinedParts: {
    ...{ table: "inbound_part", row: (received_at: number) => ({ received_at, is_joined: 1 }) },
    ...{ old: AT - 1, kept: AT },
  },
  allowances: { table: "allowance", row: (day: string) => ({ day }), old: "2026-11-29", kept: DAY },
  codes: { table: "code_count", row: (at: number) => ({ at }), old: AT - 1, kept: AT },
  carrierAnswers: {
    table: "carrier_answer",
    row: (minute: number) => ({ minute, answer: "taken" }),
    old: AT - 1,
    kept: AT,
  },
} as const;

function here() {
  const database = openDatabase();
  const { sqlite } = database;
  let rows = 0;
  return {
    database,
    /** Adds a row; what the table wants besides is filled in. */
    add(table: string, given: Record<string, string | number>) {
      const columns = sqlite.prepare(`SELECT name, type, "notnull" AS needed FROM pragma_table_info('${table}')`).all();
      const wanted = columns.filter(({ name, needed }) => needed === 1 || String(name) in given);
      const values = wanted.map(({ name, type }) => given[String(name)] ?? (type === "INTEGER" ? 0 : `x${rows}`));
      rows++;
      const names = wanted.map(({ name }) => `"${name}"`);
      sqlite.prepare(`INSERT INTO ${table} (${names}) VALUES (${names.map(() => "?")})`).run(...values);
    },
    all: (table: string, column: string) =>
      sqlite
        .prepare(`SELECT "${column}" AS value FROM ${table} ORDER BY 1`)
        .all()
        .map(({ value }) => value),
  };
}

describe("what no other row needs", () => {
  it.each(Object.entries(kinds))("is forgotten when it is old, and not before: %s", async (kind, one) => {
    const { database, add, all } = here();
    const row = one.row as (at: number | string) => Record<string, string | number>;
    const [column = ""] = Object.keys(row(one.old));
    for (const at of [one.old, one.kept]) add(one.table, row(at));
    await forgetBefore(database, {});
    expect(all(one.table, column)).toEqual([one.old, one.kept]);
    await forgetBefore(database, { [kind]: kind === "allowances" ? DAY : AT });
    expect(all(one.table, column)).toEqual([one.kept]);
  });

  it("is of codes their texts and areas, too, but for an area that is still blocked", async () => {
    const { database, add, all } = here();
    for (const at of [AT - 1, AT]) add("code_text", { at });
    for (const changed_at of [AT - 1, AT]) add("code_area", { changed_at, reason: "budget" });
    add("code_area", { changed_at: AT - 2, reason: "budget", blocked_until: AT + 5 });
    await forgetBefore(database, { codes: AT });
    expect(all("code_text", "at")).toEqual([AT]);
    expect(all("code_area", "changed_at")).toEqual([AT - 2, AT]);
  });

  it("stays where something still waits for it: a part for the others, a request for an operator until its time is over", async () => {
    const { database, add, all } = here();
    add("inbound_part", { received_at: AT - 1, is_joined: 0 });
    for (const expires_at of [AT, AT + 1]) add("approval", { expires_at, state: "waiting" });
    await forgetBefore(database, { joinedParts: AT, approvals: AT });
    expect(all("inbound_part", "received_at")).toEqual([AT - 1]);
    expect(all("approval", "state")).toEqual(["expired", "waiting"]);
  });

  it("is forgotten in one call of the database", async () => {
    const { database } = here();
    let calls = 0;
    database.around.before = () => void calls++;
    const at = { sessions: AT, approvals: AT, decided: AT, pins: AT, pinBudgets: AT, joinedParts: AT };
    await shortLivedStore(database.d1).forget({ ...at, allowances: DAY, codes: AT, carrierAnswers: AT });
    expect(calls).toBe(1);
  });
});
