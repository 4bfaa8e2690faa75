/** Charges in D1. A row is there before a carrier hears of it; whatever a move brings about is written with it, or not at all. */

import type {
  ClaimTimes,
  Context,
  LedgerEntry,
  TransactionFilter,
  TransactionStore,
} from "../../core/billing/store.ts";
import type { Transaction, TransactionState } from "../../core/billing/transaction.ts";
import { type TransactionId, tailOf, timePart } from "../../core/kernel/ids.ts";
import type { Page, PageOf } from "../../core/kernel/pages.ts";
import type { Message } from "../../core/messages/message.ts";
import type { Route } from "../../core/messages/route.ts";
import type { WebhookFormat } from "../../core/webhooks/format.ts";
import { MESSAGE_COLUMNS, toNewRow } from "../messaging/messages.ts";
import { LIKE_CHARGE } from "../repeats.ts";
import { fields, pageOf } from "../rows.ts";
import { append, entry } from "../timeline.ts";
import { type ServiceRow, toService } from "./services.ts";
import { type SubscriptionRow, toSubscription } from "./subscription-rows.ts";
import { moveTransactions } from "./transaction-moves.ts";
import { NEW_TRANSACTION, type TransactionRow, toTransaction, toTransactionRow } from "./transaction-rows.ts";
import { toWindowRow, WINDOW_COLUMNS } from "./windows.ts";

export function transactionStore(db: D1Database, formats: ReadonlyMap<string, WebhookFormat>): TransactionStore {
  return {
    async add(items) {
      const list = JSON.stringify(
        items.map(({ transaction, window, message, unlessLikeSince }) => ({
          ...toTransactionRow(transaction),
          like_since: unlessLikeSince ?? null,
          window: window ? toWindowRow(window) : null,
          message: message ? toNewRow(message) : null,
        })),
      );
      const statements = [
        insertTransactions(db, list),
        ...(items.some(({ window }) => window) ? [insertWindows(db, list)] : []),
        ...(items.some(({ message }) => message) ? [insertTexts(db, list)] : []),
      ];
      const [added] = await db.batch<{ id: TransactionId }>(statements);
      return new Set((added?.results ?? []).map((row) => row.id));
    },

    hold: (items) => hold(db, items),

    async byId(id) {
      const row = await db.prepare("SELECT * FROM txn WHERE id = ?1").bind(id).first<TransactionRow>();
      return row ? toTransaction(row) : undefined;
    },

    async byIds(ids) {
      const { results } = await db
        .prepare("SELECT * FROM txn WHERE id IN (SELECT value FROM json_each(?1))")
        .bind(JSON.stringify(ids))
        .all<TransactionRow>();
      return results.map(toTransaction);
    },

    async byTheirId(account, theirId) {
      const row = await db
        .prepare("SELECT * FROM txn WHERE account_id = ?1 AND their_id = ?2")
        .bind(account, theirId)
        .first<TransactionRow>();
      return row ? toTransaction(row) : undefined;
    },

    async isSpent(account, theirId) {
      const row = await db
        .prepare("SELECT 1 FROM spent_id WHERE account_id = ?1 AND their_id = ?2")
        .bind(account, theirId)
        .first();
      return row !== null;
    },

    contexts: (ids) => contexts(db, "txn.id IN (SELECT value FROM json_each(?1))", JSON.stringify(ids)),

    list: (filter, page) => list(db, filter, page),

    async askedAmong(people) {
      if (people.length === 0) return [];
      const { results } = await db
        .prepare(
          `SELECT DISTINCT txn.recipient, txn.short_number AS shortNumber
           FROM json_each(?1) AS person CROSS JOIN txn
           WHERE txn.recipient = person.value->>'recipient' AND txn.short_number = person.value->>'shortNumber'
             AND txn.state = 'waiting' AND txn.waits_for = 'ok'`,
        )
        .bind(JSON.stringify(people))
        .all<{ recipient: string; shortNumber: string }>();
      return results;
    },

    async stoppedInHand(recipients) {
      const { results } = await db
        .prepare(
          `SELECT id FROM txn
           WHERE recipient IN (SELECT value FROM json_each(?1)) AND is_stopped = 1 AND state IN ('ready', 'charging')`,
        )
        .bind(JSON.stringify(recipients))
        .all<{ id: TransactionId }>();
      return results.map(({ id }) => id);
    },

    async waitingForOk(recipient, shortNumber) {
      const row = await db
        .prepare(
          `SELECT * FROM txn
           WHERE recipient = ?1 AND short_number = ?2 AND state = 'waiting' AND waits_for = 'ok'
           ORDER BY accepted_at, id LIMIT 1`,
        )
        .bind(recipient, shortNumber)
        .first<TransactionRow>();
      return row ? toTransaction(row) : undefined;
    },

    claim: (ids, when) => claim(db, ids, when),

    async counted(ids, now) {
      const { results } = await db
        .prepare(
          `SELECT txn.id, max(?2, txn.due_at) AS at, account.settings->>'timeZone' AS zone
           FROM json_each(?1) AS wanted CROSS JOIN txn JOIN account ON account.id = txn.account_id
           WHERE txn.id = wanted.value AND txn.due_at IS NOT NULL AND account.settings->'caps' IS NOT NULL
             AND (account.settings->>'timeZone' IS NOT NULL OR txn.due_at > ?2)`,
        )
        .bind(JSON.stringify(ids), now)
        .all<{ id: TransactionId; at: number; zone: string | null }>();
      return results.map(({ id, at, zone }) => ({ id, at, ...(zone === null ? {} : { timeZone: zone }) }));
    },

    move: (moves) => moveTransactions(db, formats, moves),

    async postpone(rows) {
      await db
        .prepare(
          `UPDATE txn SET due_at = later.value->>'dueAt' FROM json_each(?1) AS later
           WHERE txn.id = later.value->>'id' AND txn.state = later.value->>'state'`,
        )
        .bind(JSON.stringify(rows))
        .run();
    },

    async due(by, limit, after) {
      const { results } = await db
        .prepare(
          `SELECT id, state, due_at, expires_at, attempts, in_hand_until, is_stopped FROM txn
           WHERE due_at IS NOT NULL AND due_at <= ?1 AND (due_at, id) > (?3, ?4)
           ORDER BY due_at, id LIMIT ?2`,
        )
        .bind(by, limit, after?.dueAt ?? 0, after?.id ?? "")
        .all<
          Pick<TransactionRow, "id" | "state" | "due_at" | "expires_at" | "attempts"> & {
            in_hand_until: number | null;
            is_stopped: 0 | 1;
          }
        >();
      return results.map(({ id, state, due_at, expires_at, attempts, in_hand_until, is_stopped }) => ({
        id,
        state,
        ...(due_at === null ? {} : { dueAt: due_at }),
        expiresAt: expires_at,
        attempts,
        isStopped: is_stopped === 1,
        ...(in_hand_until === null ? {} : { inHandUntil: in_hand_until }),
      }));
    },

    async nextDue() {
      const next = await db
        .prepare("SELECT min(due_at) AS due FROM txn WHERE due_at IS NOT NULL")
        .first<number | null>("due");
      return next ?? undefined;
    },

    async routes() {
      const { results } = await db
        .prepare("SELECT account_id, prefix, carriers FROM route WHERE kind = 'charge'")
        .all<{ account_id: string; prefix: string; carriers: string }>();
      return results.map((row): Route => {
        return { account: row.account_id, prefix: row.prefix, carriers: JSON.parse(row.carriers) };
      });
    },

    async ledger(filter, page) {
      if (filter.transaction) return { items: await entriesOf(db, filter.transaction) };
      const [at = Number.MAX_SAFE_INTEGER, tail = "~"] = page.cursor?.split(" ") ?? [];
      const { results } = await db
        .prepare(
          `SELECT ledger.* FROM account CROSS JOIN ledger
           WHERE (?2 IS NULL OR account.id = ?2) AND ledger.id IN (
             SELECT own.id FROM ledger AS own
             WHERE own.account_id = account.id AND own.at >= ?3 AND own.at < ?4
               AND (own.at, own.id) < (?5, 'led_' || printf('%06d', account.number) || ?6)
             ORDER BY own.at DESC, own.id DESC LIMIT ?1)
           ORDER BY ledger.at DESC, substr(ledger.id, 11) DESC LIMIT ?1`,
        )
        .bind(
          page.limit + 1,
          filter.account ?? null,
          filter.since ?? 0,
          filter.until ?? Number.MAX_SAFE_INTEGER,
          Number(at),
          tail,
        )
        .all<LedgerRow>();
      return pageOf(results, page.limit, toEntry, (row) => `${row.at} ${tailOf(row.id)}`);
    },

    async balance(account) {
      const { results } = await db
        .prepare(
          `SELECT own.book, own.currency, sum(own.amount) AS amount FROM account CROSS JOIN ledger_day AS own
           WHERE (?1 IS NULL OR account.id = ?1) AND own.account_id = account.id
           GROUP BY own.book, own.currency ORDER BY own.book, own.currency`,
        )
        .bind(account ?? null)
        .all<{ book: string; currency: string; amount: number }>();
      return results;
    },

    async figures() {
      const [pending, due, disputed] = await db.batch<Record<string, number | string | null>>([
        db.prepare("SELECT state, count(*) AS n FROM txn WHERE due_at IS NOT NULL GROUP BY state"),
        db.prepare(
          "SELECT min(due_at) AS due FROM txn WHERE due_at IS NOT NULL AND state IN ('ready', 'charging', 'unknown')",
        ),
        db.prepare("SELECT count(*) AS n FROM txn WHERE disputed_at IS NOT NULL"),
      ]);
      const oldest = due?.results[0]?.due;
      return {
        pending: Object.fromEntries((pending?.results ?? []).map((row) => [String(row.state), Number(row.n)])),
        disputed: Number(disputed?.results[0]?.n ?? 0),
        ...(oldest ? { oldestDue: Number(oldest) } : {}),
      };
    },
  };
}

/**
 * Writes new rows, given as a JSON array. An id that was used is left as it is. Who is asked for an "OK" while another one
 * is waited for at the same number could not tell which they answer: the second fails.
 */
function insertTransactions(db: D1Database, list: string): D1PreparedStatement {
  const asked = `
    waits_for = 'ok' AND state = 'waiting' AND EXISTS (
      SELECT 1 FROM txn AS other
      WHERE other.recipient = new.recipient AND other.short_number = new.short_number
        AND other.state = 'waiting' AND other.waits_for = 'ok')`;
  const columns = NEW_TRANSACTION.map((column) => {
    if (column === "state") return `iif(${asked}, 'failed', state)`;
    if (column === "reason") return `iif(${asked}, 'in-transaction', reason)`;
    if (column === "due_at") return `iif(${asked}, NULL, due_at)`;
    return column;
  });
  return db
    .prepare(
      `INSERT INTO txn (${NEW_TRANSACTION.join(", ")})
       SELECT ${columns.join(", ")} FROM (SELECT ${fields([...NEW_TRANSACTION, "like_since"])} FROM json_each(?1)) AS new
       WHERE (like_since IS NULL OR NOT EXISTS (${LIKE_CHARGE}))
         AND ${UNLESS_SPENT("new.account_id", "new.their_id")}
       ON CONFLICT DO NOTHING
       RETURNING id`,
    )
    .bind(list);
}

/** An id is used once, for ever, though what it was used for is forgotten. @param account, theirId: SQL */
const UNLESS_SPENT = (account: string, theirId: string) => `
  NOT EXISTS (SELECT 1 FROM spent_id WHERE spent_id.account_id = ${account} AND spent_id.their_id = ${theirId})`;

function insertWindows(db: D1Database, list: string): D1PreparedStatement {
  return db
    .prepare(
      `INSERT INTO win (${WINDOW_COLUMNS.join(", ")})
       SELECT ${WINDOW_COLUMNS.map((name) => `value->'window'->>'${name}'`).join(", ")} FROM json_each(?1)
       WHERE value->>'window' IS NOT NULL AND EXISTS (SELECT 1 FROM txn WHERE txn.id = value->>'id')
       ON CONFLICT DO NOTHING`,
    )
    .bind(list);
}

/** The questions that new transactions put to their persons; not for those that failed as they came in. */
function insertTexts(db: D1Database, list: string): D1PreparedStatement {
  return db
    .prepare(
      `INSERT INTO message (${MESSAGE_COLUMNS.join(", ")})
       SELECT ${MESSAGE_COLUMNS.map((name) => `value->'message'->>'${name}'`).join(", ")} FROM json_each(?1)
       WHERE value->>'message' IS NOT NULL
         AND EXISTS (SELECT 1 FROM txn WHERE txn.id = value->>'id' AND txn.state <> 'failed')
       ON CONFLICT DO NOTHING`,
    )
    .bind(list);
}

/** A paid message whose id was used for another charge is not held for it: it fails, and nobody is charged. */
async function hold(
  db: D1Database,
  items: readonly { message: Message; transaction: Transaction; text?: Message }[],
): Promise<TransactionId[]> {
  const list = JSON.stringify(
    items.map(({ message, transaction, text }) => ({
      ...toTransactionRow(transaction),
      held: message.id,
      attempt: message.attempts,
      at: transaction.acceptedAt,
      message: text ? toNewRow(text) : null,
    })),
  );
  const [, held] = await db.batch<{ id: TransactionId }>([
    db
      .prepare(
        `INSERT INTO txn (${NEW_TRANSACTION.join(", ")})
         SELECT ${fields(NEW_TRANSACTION)} FROM json_each(?1) AS new
         WHERE EXISTS (SELECT 1 FROM message WHERE message.id = new.value->>'held'
           AND message.state = 'submitting' AND message.attempts = new.value->>'attempt')
           AND ${UNLESS_SPENT("new.value->>'account_id'", "new.value->>'their_id'")}
         ON CONFLICT DO NOTHING`,
      )
      .bind(list),
    db
      .prepare(
        `UPDATE message
         SET state = 'held', due_at = NULL, changed_at = new.value->>'at',
             history = ${append(entry("held", { at: "new.value->>'at'", transaction: "txn.id" }), "message.history")}
         FROM json_each(?1) AS new JOIN txn ON txn.message_id = new.value->>'held' AND txn.id = new.value->>'id'
         WHERE message.id = new.value->>'held' AND message.state = 'submitting'
           AND message.attempts = new.value->>'attempt'
         RETURNING (SELECT txn.id FROM txn WHERE txn.account_id = message.account_id AND txn.message_id = message.id) AS id`,
      )
      .bind(list),
    ...(items.some(({ text }) => text) ? [insertTexts(db, list)] : []),
  ]);
  return (held?.results ?? []).flatMap((row) => row.id ?? []);
}

/**
 * At most one charge of a person and account is claimed at a time, so that what each has spent is known when the next is
 * looked at; in one transaction, so that no two claims count without each other. Who was busy before need not be who is
 * asked now: until somebody answers, no carrier is known to have it.
 */
async function claim(
  db: D1Database,
  ids: readonly TransactionId[],
  { now, lease, inHandUntil, day, month, dueBy = now, own = [] }: ClaimTimes,
): ReturnType<TransactionStore["claim"]> {
  const list = JSON.stringify(ids);
  const calendars = JSON.stringify(own.map((one) => ({ ...one, from: timePart(one.month - LONGEST_WAIT) })));
  const ofOwn = (what: string, otherwise: string) =>
    `coalesce((SELECT value->>'${what}' FROM json_each(?7) WHERE value->>'id' = txn.id), ${otherwise})`;
  const spent = (since: string) => `
    (SELECT coalesce(sum(before.amount), 0) FROM txn AS before
     WHERE before.recipient = txn.recipient AND before.id >= substr(txn.id, 1, 10) || ${ofOwn("from", "?6")}
       AND before.account_id = txn.account_id AND before.id <> txn.id AND before.currency = txn.currency
       AND before.kind = 'charge' AND before.state IN ('charging', 'sent', 'unknown', 'billed')
       AND before.charged_at >= ${since})`;
  const [ours, claimed] = await db.batch<
    ContextRow & { settings: string; has_stopped: 0 | 1; today: number; this_month: number }
  >([
    db
      .prepare(
        `UPDATE txn
         SET state = 'charging', due_at = max(?2, due_at) + ?3, attempts = attempts + 1, changed_at = max(?2, due_at),
             charged_at = max(?2, due_at), in_hand_until = ?4, carrier = NULL,
             history = ${append(entry("claimed", { at: "max(?2, due_at)", attempt: "attempts + 1" }))}
         WHERE id IN (
           SELECT min(due.id) FROM json_each(?1) AS wanted JOIN txn AS due ON due.id = wanted.value
           WHERE due.state = 'ready' AND due.is_stopped = 0 AND due.due_at <= ?5 AND due.expires_at > max(?2, due.due_at)
           GROUP BY due.account_id, due.recipient)
         RETURNING id`,
      )
      .bind(list, now, lease - now, inHandUntil, dueBy),
    db
      .prepare(
        `SELECT txn.*, account.settings AS settings, ${CONTEXT},
           txn.makes_consent = 0 AND EXISTS (
             SELECT 1 FROM consent
             WHERE consent.account_id = txn.account_id AND consent.recipient = txn.recipient
               AND consent.merchant_id = txn.merchant_id AND consent.service_id = txn.consent
               AND consent.ended_by = 'person' AND consent.changed_at >= txn.accepted_at - ${CLOCKS_APART}) AS has_stopped,
           iif(account.settings->'caps' IS NULL, 0, ${spent(ofOwn("day", "?4"))}) AS today,
           iif(account.settings->'caps' IS NULL, 0, ${spent(ofOwn("month", "?5"))}) AS this_month
         FROM txn JOIN account ON account.id = txn.account_id
         WHERE txn.id IN (SELECT value FROM json_each(?1)) AND txn.state = 'charging'
           AND txn.charged_at >= ?2 AND txn.due_at = txn.charged_at + ?3`,
      )
      .bind(list, now, lease - now, day, month, timePart(month - LONGEST_WAIT), calendars),
  ]);
  // Another claim of the same moment looks just like this one: only what the update returned is ours.
  const won = new Set((ours?.results ?? []).map(({ id }) => id));
  const rows = (claimed?.results ?? []).filter(({ id }) => won.has(id));
  const toContext = await contextsOf(db, rows);
  return rows.map((row) => ({
    ...toContext(row),
    settings: JSON.parse(row.settings),
    hasStopped: row.has_stopped === 1,
    spentToday: row.today,
    spentThisMonth: row.this_month,
  }));
}

/**
 * How far the clock of who heard STOP may be behind that of who took the charge. Who takes a charge after STOP refuses it:
 * one that was taken so soon after it had looked before. Milliseconds.
 */
const CLOCKS_APART = 60_000;

/** What was charged this month was accepted this month, or waited for its person before that. Milliseconds. */
const LONGEST_WAIT = 32 * 86_400_000;

/** The service and the subscription of a transaction, as JSON beside it. */
const CONTEXT = `
  (SELECT json_object('account_id', account_id, 'id', id, 'merchant_id', merchant_id, 'short_number', short_number,
     'keyword', keyword, 'terms', terms, 'created_at', created_at, 'changed_at', changed_at)
   FROM service WHERE service.account_id = txn.account_id AND service.id = txn.service_id) AS service,
  (SELECT json_object('id', id, 'account_id', account_id, 'dialect', dialect, 'service_id', service_id,
     'merchant_id', merchant_id, 'recipient', recipient, 'state', state, 'reason', reason, 'ended_by', ended_by,
     'price', price, 'currency', currency, 'interval', interval, 'time_zone', time_zone, 'auto_rebill', auto_rebill,
     'anchor', anchor, 'period', period, 'declines', declines, 'due_at', due_at, 'txn_id', txn_id,
     'created_at', created_at, 'changed_at', changed_at, 'history', '[]')
   FROM subscription WHERE subscription.id = txn.subscription_id) AS subscription`;

type ContextRow = TransactionRow & { service: string | null; subscription: string | null };

async function contexts(db: D1Database, where: string, bound: string) {
  const { results } = await db
    .prepare(`SELECT txn.*, ${CONTEXT} FROM txn WHERE ${where}`)
    .bind(bound)
    .all<ContextRow>();
  return results.map(await contextsOf(db, results));
}

/** Reads what reversals among them reverse, which few are; answers how a row becomes a context. */
async function contextsOf(db: D1Database, rows: readonly ContextRow[]): Promise<(row: ContextRow) => Context> {
  const reversed = rows.flatMap(({ reverses }) => reverses ?? []);
  const { results } =
    reversed.length === 0
      ? { results: [] }
      : await db
          .prepare("SELECT * FROM txn WHERE id IN (SELECT value FROM json_each(?1))")
          .bind(JSON.stringify(reversed))
          .all<TransactionRow>();
  const originals = new Map(results.map((row) => [row.id, toTransaction(row)]));
  return (row) => {
    const service: ServiceRow | undefined = row.service === null ? undefined : JSON.parse(row.service);
    const subscription: SubscriptionRow | undefined =
      row.subscription === null ? undefined : JSON.parse(row.subscription);
    const original = row.reverses === null ? undefined : originals.get(row.reverses as TransactionId);
    return {
      transaction: toTransaction(row),
      ...(service ? { service: toService(service) } : {}),
      ...(subscription ? { subscription: toSubscription(subscription) } : {}),
      ...(original ? { original } : {}),
    };
  };
}

/** States of which there are few, as in messages.ts: what waits is soon over, and most charges are billed. */
const PENDING: readonly TransactionState[] = ["waiting", "ready", "charging", "sent", "unknown"];
const ENDED: readonly TransactionState[] = ["reversed", "failed", "expired", "cancelled"];

/** One page, newest first; how it stays fast is told in messages.ts. */
async function list(db: D1Database, filter: TransactionFilter, page: Page): Promise<PageOf<Transaction>> {
  const { state } = filter;
  const from =
    filter.theirId !== undefined
      ? "FROM account CROSS JOIN txn WHERE txn.account_id = account.id AND txn.their_id = ?9"
      : filter.subscription !== undefined
        ? "FROM txn WHERE txn.subscription_id = ?8"
        : filter.recipient !== undefined
          ? "FROM txn WHERE txn.recipient = ?7"
          : state && ENDED.includes(state)
            ? `FROM txn WHERE txn.state = ?3 AND txn.state IN (${ENDED.map((one) => `'${one}'`).join(", ")})`
            : state && PENDING.includes(state)
              ? "FROM txn WHERE txn.due_at IS NOT NULL"
              : NEWEST_OF_EACH;
  const { results } = await db
    .prepare(
      `SELECT txn.* ${from}
         AND (?2 IS NULL OR txn.account_id = ?2) AND (?3 IS NULL OR txn.state = ?3)
         AND (?6 IS NULL OR txn.dialect = ?6) AND (?7 IS NULL OR txn.recipient = ?7)
         AND (?8 IS NULL OR txn.subscription_id = ?8) AND (?9 IS NULL OR txn.their_id = ?9)
         AND substr(txn.id, 11) >= ?4 AND substr(txn.id, 11) < ?5
       ORDER BY substr(txn.id, 11) DESC LIMIT ?1`,
    )
    .bind(
      page.limit + 1,
      filter.account ?? null,
      state ?? null,
      filter.since === undefined ? "" : timePart(filter.since),
      page.cursor ?? (filter.until === undefined ? "~" : timePart(filter.until)),
      filter.dialect ?? null,
      filter.recipient ?? null,
      filter.subscription ?? null,
      filter.theirId ?? null,
    )
    .all<TransactionRow>();
  return pageOf(results, page.limit, toTransaction, (row) => tailOf(row.id));
}

const NEWEST_OF_EACH = `
  FROM account CROSS JOIN txn
  WHERE (?2 IS NULL OR account.id = ?2) AND txn.id IN (
    SELECT own.id FROM txn AS own
    WHERE own.id >= 'txn_' || printf('%06d', account.number) || ?4
      AND own.id < 'txn_' || printf('%06d', account.number) || ?5
      AND (?3 IS NULL OR own.state = ?3) AND (?6 IS NULL OR own.dialect = ?6)
    ORDER BY own.id DESC LIMIT ?1)`;

/** The entries of one transaction lie together: their ids begin with its own. */
async function entriesOf(db: D1Database, id: TransactionId): Promise<LedgerEntry[]> {
  const prefix = `led_${id.slice("txn_".length)}_`;
  const { results } = await db
    .prepare("SELECT * FROM ledger WHERE id >= ?1 AND id < ?2 ORDER BY id DESC")
    .bind(prefix, `${prefix}~`)
    .all<LedgerRow>();
  return results.map(toEntry);
}

type LedgerRow = {
  id: string;
  txn_id: TransactionId;
  account_id: string;
  book: string;
  amount: number;
  currency: string;
  at: number;
};

function toEntry(row: LedgerRow): LedgerEntry {
  const { id, txn_id, account_id, book, amount, currency, at } = row;
  return { id, transaction: txn_id, account: account_id, book, amount, currency, at };
}
