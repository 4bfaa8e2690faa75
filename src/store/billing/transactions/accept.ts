/** New transactions, written with the window that they wait in and the text that asks their person. */

import type { TransactionStore } from "../../../core/billing/charges/store.ts";
import type { Transaction } from "../../../core/billing/charges/transaction.ts";
import type { TransactionId } from "../../../core/kernel/ids.ts";
import type { Message } from "../../../core/messages/message.ts";
import { readBack } from "../../idempotency/read-back.ts";
import { MESSAGE_COLUMNS, toNewRow } from "../../messaging/messages/rows.ts";
import { eventStatements } from "../../messaging/webhooks/told.ts";
import type { Query } from "../../query.ts";
import { LIKE_CHARGE } from "../../repeats.ts";
import { fields } from "../../rows.ts";
import { append, entry } from "../../timeline.ts";
import { toWindowRow, WINDOW_COLUMNS } from "../windows.ts";
import { TELL_OF_FAILED } from "./events.ts";
import { NEW_TRANSACTION, toTransactionRow } from "./rows.ts";

export const add: Query<TransactionStore, "add"> = async (db, items) => {
  const list = JSON.stringify(
    items.map(({ transaction, window, message, unlessLikeSince }) => ({
      ...toTransactionRow(transaction),
      like_since: unlessLikeSince ?? null,
      window: window ? toWindowRow(window) : null,
      message: message ? toNewRow(message) : null,
    })),
  );
  const mayFail = items.filter(({ transaction: { state, waitsFor } }) => state === "failed" || waitsFor === "ok");
  const ids = JSON.stringify(mayFail.map(({ transaction }) => transaction.id));
  const statements = [
    readBack(insertTransactions(db, list), () =>
      db.prepare("SELECT id FROM txn WHERE id IN (SELECT value->>'id' FROM json_each(?1))").bind(list),
    ),
    ...(items.some(({ window }) => window) ? [insertWindows(db, list)] : []),
    ...(items.some(({ message }) => message) ? [insertTexts(db, list)] : []),
    ...(mayFail.length > 0 ? eventStatements(db, TELL_OF_FAILED, ids) : []),
  ];
  const [added] = await db.batch<{ id: TransactionId }>(statements);
  return new Set((added?.results ?? []).map((row) => row.id));
};

/** Charges in D1. A row is there before a carrier hears of it; whatever a move brings about is written with it, or not at all. */
/**
 * Stores new rows, given as a JSON array. A row whose id is used is left as it is. A person with two open "OK" questions at one
 * number could not say which they answer, so the second transaction fails.
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

/** An id stays used for ever, even when its purchase has been deleted. @param account, theirId: SQL */
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

/** A paid message whose id belongs to another charge is not held for that: it fails, and no charge is made. */
export async function hold(
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
         SET state = 'held', carrier = NULL, due_at = NULL, changed_at = new.value->>'at',
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
