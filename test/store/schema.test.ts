/** The schema as it is told, as it is migrated to, and as the code believes it to be. */

import type { DatabaseSync } from "node:sqlite";
import { describe, expect, it } from "vitest";
import { migrations } from "../../scripts/build.ts";
import { FOUND_BY, SENDER_PURPOSES } from "../../src/core/accounts/account.ts";
import { TRANSACTION_STATES } from "../../src/core/billing/charges/transaction.ts";
import { GUARD_REASONS } from "../../src/core/billing/codes/code-guard.ts";
import { PIN_PURPOSES } from "../../src/core/billing/codes/pin.ts";
import { CONFIRMED_BY } from "../../src/core/billing/purchases/evidence.ts";
import { BUDGET_SCOPES } from "../../src/core/billing/purchases/pin-budget.ts";
import { WINDOW_STATES } from "../../src/core/billing/purchases/window.ts";
import { INTERVALS } from "../../src/core/billing/subscriptions/anchor.ts";
import { PERIOD_STATES, SUBSCRIPTION_STATES } from "../../src/core/billing/subscriptions/subscription.ts";
import { CAMPAIGN_STATES } from "../../src/core/campaigns/campaign.ts";
import { KEYWORD_MODES } from "../../src/core/inbound/keyword.ts";
import { PREAUTH_STATES } from "../../src/core/inbound/preauth.ts";
import { LANES } from "../../src/core/kernel/lane.ts";
import { CARRIER_STATES } from "../../src/core/messages/carrier-table.ts";
import { MESSAGE_STATES } from "../../src/core/messages/message.ts";
import { OUTAGE_STATES } from "../../src/core/messages/outage.ts";
import { ROUTE_KINDS, STRATEGIES } from "../../src/core/messages/route.ts";
import { SUPPRESSION_SOURCES } from "../../src/core/messages/suppression.ts";
import { CARRIER_ANSWERS } from "../../src/core/messages/tally.ts";
import { APPROVAL_STATES } from "../../src/core/operator/approvals.ts";
import { ROLES } from "../../src/core/operator/tokens.ts";
import { ORDERED_BY } from "../../src/core/webhooks/named.ts";
import { WEBHOOK_KINDS, WEBHOOK_STATES } from "../../src/core/webhooks/webhook.ts";
import { RESET_TABLES } from "../../src/sandbox/tables.ts";
import { PRIORITY } from "../../src/store/messaging/messages/rows.ts";
import { openDatabase } from "../support/database.ts";

/** What a database holds, each thing by its name, without the comments and the layout of who wrote it down. */
function contents(sqlite: DatabaseSync): Record<string, string> {
  const rows = sqlite.prepare("SELECT type, name, sql FROM sqlite_master WHERE sql IS NOT NULL").all();
  return Object.fromEntries(rows.map(({ type, name, sql }) => [`${type} ${name}`, normal(String(sql))]));
}

function normal(sql: string): string {
  return sql
    .replace(/--.*$/gm, "")
    .replace(/\s+/g, " ")
    .replace(/ ?([(),]) ?/g, "$1")
    .replaceAll('"', "")
    .trim();
}

/** The values that a CHECK list allows a column. */
function allowed(table: string, column: string): string[] {
  const sql = contents(openDatabase().sqlite)[`table ${table}`] ?? "";
  const list = new RegExp(`CHECK\\(${column} IN\\(([^)]*)\\)`).exec(sql)?.[1];
  if (list === undefined) throw new Error(`${table}.${column} has no CHECK list`);
  return list.split(",").map((value) => value.trim().replace(/^'|'$/g, ""));
}

describe("the schema", () => {
  it("is what all migrations together make", () => {
    const migrated = openDatabase({
      sql: migrations()
        .flatMap(({ statements }) => statements)
        .join(";\n"),
    });
    expect(contents(migrated.sqlite)).toEqual(contents(openDatabase().sqlite));
  });

  it("would be seen to differ by a column, a check or an index", () => {
    const told = contents(openDatabase({ sql: "CREATE TABLE a (id TEXT CHECK (id IN ('x'))); -- so\n" }).sqlite);
    expect(told).toEqual(contents(openDatabase({ sql: "CREATE TABLE a (\n  id TEXT CHECK(id IN ('x'))\n)" }).sqlite));
    for (const other of [
      "CREATE TABLE a (id TEXT CHECK (id IN ('x')), b TEXT)",
      "CREATE TABLE a (id TEXT CHECK (id IN ('x', 'y')))",
      "CREATE TABLE a (id TEXT CHECK (id IN ('x'))); CREATE INDEX b ON a (id)",
    ]) {
      expect(contents(openDatabase({ sql: other }).sqlite)).not.toEqual(told);
    }
  });

  const lists = [
    ["message", "state", MESSAGE_STATES],
    ["message", "encoding", ["gsm7", "ucs2"]],
    ["campaign", "state", CAMPAIGN_STATES],
    ["campaign_recipient", "encoding", ["gsm7", "ucs2"]],
    ["campaign_recipient", "state", ["waiting", "released", "skipped"]],
    ["message", "priority", Object.values(PRIORITY).map(String)],
    ["message", "lane", LANES.map((_, place) => String(place))],
    ["message", "delivery_mode", ["at-most-once", "at-least-once"]],
    ["message", "billed", ["0", "1"]],
    ["callback", "method", ["POST", "GET"]],
    ["txn", "kind", ["charge", "reversal"]],
    ["txn", "state", TRANSACTION_STATES],
    ["txn", "waits_for", ["window", "ok"]],
    ["win", "state", WINDOW_STATES],
    ["pin", "purpose", PIN_PURPOSES],
    ["consent", "state", ["active", "ended"]],
    ["suppression", "source", SUPPRESSION_SOURCES],
    ["keyword", "mode", KEYWORD_MODES],
    ["preauth", "state", PREAUTH_STATES],
    ["consent", "ended_by", ["person", "merchant"]],
    ["subscription", "state", SUBSCRIPTION_STATES],
    ["subscription", "ended_by", ["person", "merchant", "operator", "dunning"]],
    ["subscription", "interval", INTERVALS],
    ["period", "state", PERIOD_STATES],
    ["webhook", "state", WEBHOOK_STATES],
    ["webhook", "kind", WEBHOOK_KINDS],
    ["named_endpoint", "ordered_by", ORDERED_BY],
    ["credential", "found_by", FOUND_BY],
    ["sender", "kind", ["short-number", "long-number", "alphanumeric"]],
    ["sender", "purpose", SENDER_PURPOSES],
    ["route", "kind", ROUTE_KINDS],
    ["route", "strategy", STRATEGIES],
    ["carrier", "state", CARRIER_STATES],
    ["outage", "state", OUTAGE_STATES],
    ["token", "role", ROLES],
    ["approval", "state", APPROVAL_STATES],
    ["carrier_answer", "answer", CARRIER_ANSWERS],
    ["account", "state", ["open", "closed"]],
    ["message", "is_code", ["0", "1", "2"]],
    ["evidence", "by", CONFIRMED_BY],
    ["evidence", "is_as_sent", ["0", "1"]],
    ["pin_budget", "scope", BUDGET_SCOPES],
    ["code_area", "reason", GUARD_REASONS],
  ] as const;
  it.each(lists)("allows %s.%s what the code knows", (table, column, known) => {
    expect(allowed(table, column).sort()).toEqual([...known].sort());
  });

  it("has no CHECK list that is not compared with the code", () => {
    const compared = lists.map(([table, column]) => `${table}.${column}`);
    const there = Object.entries(contents(openDatabase().sqlite)).flatMap(([name, sql]) =>
      [...sql.matchAll(/CHECK\((\w+) IN\(/g)].map(([, column]) => `${name.replace("table ", "")}.${column}`),
    );
    expect(there.filter((list) => !compared.includes(list as never))).toEqual([]);
  });

  it("keeps each text key WITHOUT ROWID, as every index entry is a written row", () => {
    const tables = Object.entries(contents(openDatabase().sqlite)).filter(([name]) => name.startsWith("table "));
    expect(tables.filter(([, sql]) => !sql.endsWith("WITHOUT ROWID"))).toEqual([]);
  });
});

describe("a reset of the sandbox", () => {
  it("empties every table but the one that holds its clock", () => {
    const { sqlite } = openDatabase();
    const tables = sqlite
      .prepare("SELECT name FROM sqlite_master WHERE type = 'table'")
      .all()
      .map(({ name }) => name);
    expect([...RESET_TABLES, "sandbox", "session", "idempotency"].toSorted()).toEqual(tables.toSorted());
  });
});
