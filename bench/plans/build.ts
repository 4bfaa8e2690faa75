/**
 * A database as it is after years: made of schema.sql, in the order of its keys, with the indexes and triggers made last.
 * Without ANALYZE: D1 never runs it, so no plan may hang on what it would tell.
 */

import { DatabaseSync } from "node:sqlite";
import { timePart } from "../../src/core/kernel/ids.ts";
import { schema } from "../../test/support/database.ts";
import { fillTotals } from "../../test/support/totals.ts";

export const DAY = 86_400_000;
/** The moment at which the questions are asked, and how much of the past is there. Epoch ms, days. */
export const NOW = Date.UTC(2026, 10, 22, 12);
export const DAYS = 150;

/** How many rows of each kind there are. */
export type Size = { subscriptions: number; transactions: number; messages: number };
export const FULL: Size = { subscriptions: 1_000_000, transactions: 5_000_000, messages: 5_000_000 };

/** Whose it is: an account's number, its share of all rows, and whether it is closed. */
export const ACCOUNTS = [
  { number: 1, id: "acme", share: 0.5, state: "open" },
  { number: 2, id: "bolt", share: 0.3, state: "open" },
  { number: 3, id: "shut", share: 0.15, state: "closed" },
  { number: 4, id: "tiny", share: 0.05, state: "open" },
] as const;
const SERVICES = 5;

/** Makes the database. @param log told of each step */
export function build(file: string, size: Size, log: (line: string) => void): void {
  const sqlite = new DatabaseSync(file);
  sqlite.exec(
    "PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; PRAGMA cache_size = -400000; PRAGMA page_size = 4096",
  );
  sqlite.exec(schema());
  const later = sqlite
    .prepare("SELECT type, name, sql FROM sqlite_master WHERE type IN ('index', 'trigger') AND sql IS NOT NULL")
    .all();
  for (const { type, name } of later) sqlite.exec(`DROP ${type} ${name}`);
  sqlite.function("tail", { deterministic: true }, (at, n) => timePart(Number(at)) + String(n).padStart(10, "0"));
  const step = (name: string, run: () => void) => {
    const from = performance.now();
    run();
    log(`${name}: ${((performance.now() - from) / 1000).toFixed(1)} s`);
  };
  sqlite.exec("BEGIN");
  fillAccounts(sqlite);
  for (const { number, id, share } of ACCOUNTS) {
    const of = (count: number) => Math.max(20, Math.round(count * share));
    const given = { number, account: id, subscriptions: of(size.subscriptions) };
    step(`${id}: subscriptions`, () => fill(sqlite, SUBSCRIPTIONS, { ...given, count: of(size.subscriptions) }));
    step(`${id}: periods`, () => fill(sqlite, PERIODS, { ...given, count: of(size.transactions) }));
    step(`${id}: transactions`, () => fill(sqlite, TRANSACTIONS, { ...given, count: of(size.transactions) }));
    step(`${id}: messages`, () => fill(sqlite, MESSAGES, { ...given, count: of(size.messages) }));
    step(`${id}: webhooks`, () => fill(sqlite, WEBHOOKS, { ...given, count: of(size.messages / 5) }));
  }
  step("texts that came in", () =>
    fill(sqlite, INBOUNDS, { number: 0, account: "acme", subscriptions: 1, count: Math.round(size.messages / 20) }),
  );
  step("ledger", () => sqlite.exec(LEDGER));
  for (const { name, sql } of later.filter(({ type }) => type === "index"))
    step(String(name), () => sqlite.exec(String(sql)));
  step("totals", () => fillTotals(sqlite));
  for (const { sql } of later.filter(({ type }) => type === "trigger")) sqlite.exec(String(sql));
  sqlite.exec("COMMIT");
  sqlite.close();
}

type Given = { number: number; account: string; subscriptions: number; count: number };

/** Inserts as many rows as are wanted; `n` counts them, `at` is their time, in order. */
function fill(sqlite: DatabaseSync, insert: string, { number, account, subscriptions, count }: Given): void {
  sqlite
    .prepare(
      `${insert.replace(
        "FROM made",
        `FROM (
         WITH RECURSIVE counted (n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM counted WHERE n + 1 < :count)
         SELECT n, CAST(:from + n * :every AS INTEGER) AS at FROM counted) AS made`,
      )}
       WHERE :number IS NOT NULL AND :account IS NOT NULL AND :subscriptions IS NOT NULL`,
    )
    .run({
      number: String(number).padStart(6, "0"),
      account,
      subscriptions,
      count,
      from: NOW - DAYS * DAY,
      every: (DAYS * DAY) / count,
    });
}

function fillAccounts(sqlite: DatabaseSync): void {
  const account = sqlite.prepare(
    "INSERT INTO account (id, number, name, state, settings, created_at, changed_at) VALUES (?, ?, ?, ?, '{}', 0, 0)",
  );
  const merchant = sqlite.prepare(
    "INSERT INTO merchant (account_id, id, name, created_at, changed_at) VALUES (?, 'shop', 'The shop', 0, 0)",
  );
  const service = sqlite.prepare(
    `INSERT INTO service (account_id, id, merchant_id, short_number, keyword, terms, created_at, changed_at)
     VALUES (?, ?, 'shop', '2002', ?, ?, 0, 0)`,
  );
  const terms = { serviceCode: "03003", invoiceText: "Games", price: 4_900, currency: "NOK", autoRebill: true };
  for (const { id, number, state } of ACCOUNTS) {
    account.run(id, number, id, state);
    merchant.run(id);
    for (let n = 0; n < SERVICES; n++) {
      service.run(id, `service-${n}`, `WORD${n}`, JSON.stringify({ ...terms, interval: "monthly", recurring: true }));
    }
  }
}

const PERSON = "'+479' || printf('%07d', (made.n * 7919) % 5000000)";
const HISTORY = `'[{"at":1795348800000,"what":"accepted"},{"at":1795348801000,"what":"claimed","attempt":1},{"at":1795348802000,"what":"taken by the carrier"},{"at":1795348803000,"what":"settled"}]'`;

/** 68 of 100 are active and due within a month, two in dunning, the others were ended by their persons. */
const SUBSCRIPTIONS = `
  INSERT INTO subscription (id, account_id, dialect, service_id, merchant_id, recipient, state, ended_by, reason, price,
    currency, interval, time_zone, auto_rebill, anchor, period, due_at, txn_id, created_at, changed_at, history)
  SELECT 'sub_' || :number || tail(at, n), :account, 'telling', 'service-' || (n % ${SERVICES}), 'shop', ${PERSON},
    CASE WHEN n % 100 < 68 THEN 'active' WHEN n % 100 < 70 THEN 'dunning' ELSE 'cancelled' END,
    iif(n % 100 < 70, NULL, iif(n % 3 = 0, 'dunning', 'person')), iif(n % 100 >= 70 AND n % 3 = 0, 'insufficient-funds', NULL),
    4900, 'NOK', 'monthly', 'Europe/Oslo', 1, at, 5,
    iif(n % 100 < 70, iif(:account = 'shut', ${NOW - 15 * DAY}, ${NOW}) + (n * 104729) % ${30 * DAY}, NULL),
    'txn_' || :number || tail(at, n), at, at + iif(n % 100 < 70, 0, (n * 31) % (${NOW} - at + 1)), ${HISTORY}
  FROM made`;

const PERIODS = `
  INSERT INTO period (subscription_id, period, state, attempt, txn_id, changed_at)
  SELECT 'sub_' || :number || tail(CAST(${NOW - DAYS * DAY} + (n / 5) * (${DAYS * DAY} / CAST(:subscriptions AS REAL)) AS INTEGER), n / 5),
    n % 5, 'billed', 1, 'txn_' || :number || tail(at, n), at
  FROM made`;

/** 2.5 of 100 failed; a few are open. None was given back. */
const TRANSACTIONS = `
  INSERT INTO txn (id, account_id, dialect, their_id, fingerprint, kind, merchant_id, service_id, short_number, service_code,
    invoice_text, recipient, amount, currency, state, reason, subscription_id, period, charged_at, expires_at, accepted_at,
    changed_at, due_at, attempts, carrier, reference, operator, history)
  SELECT 'txn_' || :number || tail(at, n), :account, 'telling', 'their-' || n, 'f', 'charge', 'shop',
    'service-' || (n % ${SERVICES}), '2002', '03003', 'Games', ${PERSON}, 4900, 'NOK',
    CASE WHEN n % 40 = 0 THEN 'failed' WHEN n % 100003 = 1 THEN 'unknown' ELSE 'billed' END,
    iif(n % 40 = 0, 'insufficient-funds', NULL),
    'sub_' || :number || tail(CAST(${NOW - DAYS * DAY} + (n % :subscriptions) * (${DAYS * DAY} / CAST(:subscriptions AS REAL)) AS INTEGER), n % :subscriptions),
    n / :subscriptions, at, at + 7200000, at, at + 2000, iif(n % 100003 = 1, ${NOW + DAY}, NULL), 1, 'bank', 'ref-' || n, 'Telenor',
    ${HISTORY}
  FROM made`;

const LEDGER = `
  INSERT INTO ledger (id, txn_id, account_id, book, amount, currency, at)
  SELECT 'led_' || substr(txn.id, 5) || '_' || side.value, txn.id, txn.account_id,
    iif(side.value = 'o', 'operator:bank', 'merchant:' || txn.merchant_id),
    iif(side.value = 'o', txn.amount, -txn.amount), txn.currency, txn.changed_at
  FROM txn CROSS JOIN json_each('["m", "o"]') AS side WHERE txn.state = 'billed'`;

/** 97 of 100 arrived; a few are on their way. */
const MESSAGES = `
  INSERT INTO message (id, account_id, dialect, their_id, sender, recipient, text, encoding, parts, state, reason, priority,
    delivery_mode, send_at, expires_at, accepted_at, changed_at, due_at, attempts, carrier, reference, operator, history)
  SELECT 'msg_' || :number || tail(at, n), :account, 'telling', 'their-' || n, '2002', ${PERSON},
    'Hello, this is a text of a usual length, with something to say.', 'gsm7', 1,
    CASE WHEN n % 33 = 0 THEN 'failed' WHEN n % 10007 = 1 THEN 'sent' ELSE 'delivered' END,
    iif(n % 33 = 0, 'absent', NULL), 1, 'at-most-once', at, at + 7200000, at, at + 3000,
    iif(n % 10007 = 1, ${NOW + DAY}, NULL), 1, 'bank', 'ref-' || n, 'Telenor', ${HISTORY}
  FROM made`;

const WEBHOOKS = `
  INSERT INTO webhook (id, account_id, dialect, kind, subject, url, endpoint, event, state, attempts, due_at, created_at,
    changed_at, history)
  SELECT 'whk_' || :number || tail(at, n) || '_delivered', :account, 'telling', 'report', 'msg_' || :number || tail(at, n),
    'https://shop.example/r', 'https://shop.example/r', '{"state":"delivered","at":1}',
    iif(n % 200 = 0, 'dead', 'answered'), 1, NULL, at, at, '[]'
  FROM made`;

const INBOUNDS = `
  INSERT INTO inbound (id, number, carrier, their_id, account_id, sender, recipient, text, received_at)
  SELECT 'inb_' || tail(at, n), 100000001 + n, 'bank', 'in-' || n, 'acme', ${PERSON}, '2002', 'Hello', at
  FROM made`;
