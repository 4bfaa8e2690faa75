/** Databases that live: what was written before charging was there is all there after it, and means the same. */

import type { DatabaseSync } from "node:sqlite";
import { describe, expect, it } from "vitest";
import { migrations } from "../../scripts/build.ts";
import { inboundStore } from "../../src/store/messaging/inbounds.ts";
import { messageStore } from "../../src/store/messaging/messages/store.ts";
import { webhookStore } from "../../src/store/messaging/webhooks/store.ts";
import { accountStore } from "../../src/store/operator/accounts.ts";
import { openDatabase } from "../support/database.ts";
import { formats } from "../support/rows.ts";

type Row = Record<string, unknown>;

const steps = migrations();
const run = (sqlite: DatabaseSync, { statements }: { statements: string[] }) => {
  for (const statement of statements) sqlite.exec(statement);
};
const rowsOf = (sqlite: DatabaseSync, table: string) =>
  sqlite
    .prepare(`SELECT * FROM ${table}`)
    .all()
    .map((row) => ({ ...row })) as Row[];

/** A database as it was before charging, with something of everything in it. */
function before() {
  const database = openDatabase({ sql: (steps[0]?.statements ?? []).join(";\n") });
  const { sqlite } = database;
  sqlite.exec(`
    INSERT INTO account (id, number, name, settings, created_at, changed_at)
    VALUES ('acme', 1, 'Acme', '{"webhookRetries":"15h"}', 1, 2), ('bolt', 2, 'Bolt', '{}', 1, 2);
    INSERT INTO sender (account_id, sender, kind, country) VALUES ('acme', '2002', 'short-number', 'NO');
    INSERT INTO route (account_id, prefix, carriers) VALUES ('*', '', '["a","b"]'), ('acme', '47', '["b"]');
    INSERT INTO nonce (credential_id, nonce, claim, until) VALUES ('crd_1', 'n', 'c', 3);
  `);
  const states = [
    "scheduled",
    "accepted",
    "submitting",
    "unknown",
    "sent",
    "delivered",
    "failed",
    "expired",
    "cancelled",
  ];
  states.forEach((state, n) => {
    sqlite
      .prepare(
        `INSERT INTO message (id, account_id, dialect, their_id, sender, recipient, text, encoding, parts, state, reason,
           priority, delivery_mode, send_at, expires_at, accepted_at, changed_at, due_at, attempts, report_url, echo,
           carrier, reference, operator, history)
         VALUES (?, 'acme', 'telling', ?, 'Shop', '+4798079008', 'Hello æøå €', 'gsm7', 1, ?, ?, 1, 'at-most-once',
           10, 20, 5, 6, ?, ?, 'https://shop.example/r?x=1', '{"tags":["a"]}', 'net', 'ref', 'Telenor',
           '[{"at":5,"what":"accepted"}]')`,
      )
      .run(`msg_00000100000000${n}`, `their-${n}`, state, n > 5 ? "other" : null, n < 5 ? 100 + n : null, n);
  });
  ["owed", "delivering", "answered", "dead"].forEach((state, n) => {
    sqlite
      .prepare(
        `INSERT INTO webhook (id, account_id, dialect, kind, message_id, url, endpoint, event, state, reason, attempts,
           due_at, created_at, changed_at, history)
         VALUES (?, 'acme', 'telling', 'report', ?, 'https://shop.example/r?x=1', 'https://shop.example/r',
           '{"state":"delivered","at":7}', ?, ?, ?, ?, 7, 8, '[{"at":8,"what":"attempted"}]')`,
      )
      .run(
        `whk_00000100000000${n}_delivered`,
        `msg_00000100000000${n}`,
        state,
        n === 3 ? "gone" : null,
        n,
        n < 2 ? 9 : null,
      );
  });
  // Written in another order than they came in.
  for (const n of [2, 1, 3]) {
    sqlite
      .prepare(
        `INSERT INTO inbound (id, carrier, their_id, account_id, sender, recipient, text, received_at)
         VALUES (?, 'net', ?, ?, '+4798079008', '2002', ?, ?)`,
      )
      .run(`inb_00000000${n}`, `t-${n}`, n === 3 ? null : "acme", `text ${n}`, n);
  }
  return database;
}

describe("a database from before charging", () => {
  const tables = ["account", "sender", "route", "nonce", "message", "webhook", "inbound"];
  const old = before();
  const were = Object.fromEntries(tables.map((table) => [table, rowsOf(old.sqlite, table)]));
  for (const step of steps.slice(1)) run(old.sqlite, step);
  const are = Object.fromEntries(tables.map((table) => [table, rowsOf(old.sqlite, table)]));

  it("has something to lose", () => {
    for (const table of tables) expect([table, were[table]?.length]).not.toEqual([table, 0]);
  });

  it.each(tables)("keeps every %s, whole", (table) => {
    const renamed = (row: Row) => {
      const { message_id, ...rest } = row;
      const kept = table === "webhook" ? { ...rest, subject: message_id } : row;
      return "history" in kept
        ? { ...kept, history: String(kept.history).replace(/"what":("\w+")/, '"event":$1') }
        : kept;
    };
    const byKey = (a: Row, b: Row) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1);
    const kept = (are[table] ?? []).map((row, index) => {
      const known = Object.keys(renamed((were[table] as Row[])[index % (were[table]?.length ?? 1)] as Row));
      return Object.fromEntries(known.map((column) => [column, row[column]]));
    });
    const sorted = (rows: Row[]) => rows.map((row) => Object.fromEntries(Object.entries(row).sort())).sort(byKey);
    expect(sorted(kept)).toEqual(sorted((were[table] as Row[]).map(renamed)));
  });

  it("numbers the texts that came in, in their order, and goes on from there", async () => {
    const numbers = (are.inbound as Row[]).map(({ id, number }) => [id, number]).sort();
    expect(numbers).toEqual([
      ["inb_000000001", 100_000_001],
      ["inb_000000002", 100_000_002],
      ["inb_000000003", 100_000_003],
    ]);
    const inbounds = inboundStore(old.d1, formats);
    const { added } = await inbounds.add([
      {
        id: "inb_000000004",
        carrier: "net",
        theirId: "t-4",
        sender: "+4798079008",
        recipient: "2002",
        text: "text 4",
        isStop: false,
        receivedAt: 4,
        endings: [],
      },
    ]);
    expect(added[0]?.number).toBe(100_000_004);
  });

  it("is read as it was by the stores of today", async () => {
    const messages = messageStore(old.d1, formats);
    const message = await messages.byTheirId("acme", "telling", "their-5");
    expect(message).toMatchObject({ state: "delivered", text: "Hello æøå €", echo: { tags: ["a"] } });
    expect(message?.charge).toBeUndefined();
    expect(message?.billed).toBeUndefined();
    expect(await messages.routes()).toHaveLength(2);
    expect((await messages.due(1_000, 10)).map(({ state }) => state)).toEqual([
      "scheduled",
      "accepted",
      "submitting",
      "unknown",
      "sent",
    ]);
    const webhooks = webhookStore(old.d1);
    expect(await webhooks.ofSubject("msg_000001000000000")).toMatchObject([{ state: "owed", kind: "report" }]);
    expect((await webhooks.list({ state: "dead" }, { limit: 10 })).items).toMatchObject([{ reason: "gone" }]);
  });
});

describe("a timeline from before its entries were codes", () => {
  const at = steps.findIndex(({ name }) => name.endsWith("history_codes.sql"));
  const cases: { table: "message" | "txn" | "subscription" | "webhook"; was: object; is: object }[] = [
    {
      table: "message",
      was: { at: 1, what: "taken by the carrier", carrier: "net", attempt: 1, reference: "r" },
      is: { at: 1, carrier: "net", attempt: 1, reference: "r", event: "carrier.took" },
    },
    { table: "message", was: { at: 1, what: "refused", why: "no" }, is: { at: 1, why: "no", event: "refused" } },
    {
      table: "message",
      was: { at: 1, what: "withdrawn: ended by operator" },
      is: { at: 1, event: "withdrawn", by: "operator" },
    },
    {
      table: "txn",
      was: { at: 1, what: "refused", reason: "too-young" },
      is: { at: 1, reason: "too-young", event: "carrier.refused" },
    },
    {
      table: "subscription",
      was: { at: 1, what: "declined, to be tried again", period: 2, again: 9 },
      is: { at: 1, period: 2, again: 9, event: "period.declined", outcome: "retry" },
    },
    {
      table: "webhook",
      was: { at: 1, what: "attempt", attempt: 1, sent: { method: "GET", url: "https://x.example/" } },
      is: { at: 1, attempt: 1, sent: { method: "GET", url: "https://x.example/" }, event: "webhook.attempted" },
    },
    { table: "webhook", was: { at: 1, event: "claim.lost" }, is: { at: 1, event: "claim.lost" } },
  ];
  it.each(cases)("says the same of a $table: $was.what", ({ table, was, is }) => {
    const { sqlite } = openDatabase({
      sql: steps
        .slice(0, at)
        .flatMap(({ statements }) => statements)
        .join(";\n"),
    });
    sqlite.exec("PRAGMA ignore_check_constraints = ON");
    const first = { at: 0, what: "accepted" };
    insertAnything(sqlite, table, JSON.stringify([first, was]));
    run(sqlite, steps[at] as (typeof steps)[number]);
    expect(JSON.parse(String(rowsOf(sqlite, table)[0]?.history))).toEqual([{ at: 0, event: "accepted" }, is]);
  });
});

/** A row of which only its timeline matters. */
function insertAnything(sqlite: DatabaseSync, table: string, history: string) {
  const columns = sqlite.prepare(`SELECT name, type FROM pragma_table_info('${table}')`).all() as Row[];
  const values = columns.map(({ name, type }) => (name === "history" ? history : type === "INTEGER" ? 1 : "x"));
  const names = columns.map(({ name }) => name).join(", ");
  sqlite
    .prepare(`INSERT INTO ${table} (${names}) VALUES (${columns.map(() => "?").join(", ")})`)
    .run(...(values as string[]));
}

describe("a database from before dialects named their kinds of credential", () => {
  const at = steps.findIndex(({ name }) => name.endsWith("credentials_routes.sql"));
  const kinds = ["api-key", "public-key", "campaign", "product-token", "access-key"];
  const { sqlite, d1 } = openDatabase({
    sql: steps
      .slice(0, at)
      .flatMap(({ statements }) => statements)
      .join(";\n"),
  });
  sqlite.exec(`
    INSERT INTO account (id, number, name, created_at, changed_at) VALUES ('acme', 1, 'Acme', 1, 2);
    INSERT INTO route (account_id, prefix, kind, carriers)
    VALUES ('*', '', 'message', '["a","b"]'), ('*', '', 'charge', '["c"]'), ('acme', '47', 'message', '["b"]')`);
  for (const kind of kinds) {
    sqlite
      .prepare(
        `INSERT INTO credential (id, account_id, dialect, kind, name, secret_hash, created_at, changed_at)
         VALUES (?1, 'acme', 'telling', ?1, 'of ' || ?1, 'hash of ' || ?1, 1, 2)`,
      )
      .run(kind);
  }
  for (const step of steps.slice(at)) run(sqlite, step);
  const accounts = accountStore(d1);

  it.each(kinds)("finds %s as it did", async (kind) => {
    const isSecret = kind === "api-key" || kind === "product-token";
    const bySecret = await accounts.bySecret("telling", kind, `hash of ${kind}`);
    const byName = await accounts.byKeyName("telling", kind, `of ${kind}`);
    expect([bySecret?.credential.id, byName?.credential.id]).toEqual(isSecret ? [kind, undefined] : [undefined, kind]);
  });

  it("keeps each route, under a name of its own", async () => {
    const routes = rowsOf(sqlite, "route");
    expect(new Set(routes.map(({ id }) => id)).size).toBe(3);
    expect(await messageStore(d1, formats).routes()).toHaveLength(2);
  });
});

describe("a new database", () => {
  it("gives its first inbound text the first number", async () => {
    const database = openDatabase({ sql: steps.flatMap(({ statements }) => statements).join(";\n") });
    expect(rowsOf(database.sqlite, "counter")).toEqual([{ name: "inbound", value: 100_000_000 }]);
  });
});
