/** The codes that prove who has a phone, and how many may be sent in an hour, in D1. */

import type { Pin } from "../../core/billing/codes/pin.ts";
import type { PinStore } from "../../core/billing/codes/store.ts";
import { BUDGET_SCOPES, type BudgetScope } from "../../core/billing/purchases/pin-budget.ts";
import type { TransactionId } from "../../core/kernel/ids.ts";
import { readBack } from "../idempotency/read-back.ts";
import { MESSAGE_COLUMNS, toNewRow } from "../messaging/messages/rows.ts";
import { ported, type Query } from "../query.ts";
import { fields } from "../rows.ts";

export function pinStore(db: D1Database): PinStore {
  return ported<PinStore>(db, {
    add,
    reserve,
    markSent,
    markConfirmed,
    withdraw,
    spentBudgets: (_, budgets) => spentBudgets(db, JSON.stringify(budgets)),
    countRefused,
    figures,
    newest,
    try: tryCode,
  });
}

const add: Query<PinStore, "add"> = async (
  db,
  pin,
  message,
  limits,
  { known, budgets = [], triesAreOf = "window" } = {},
) => {
  const counted = JSON.stringify(budgets);
  const insert = db
    .prepare(
      `INSERT INTO pin (account_id, purpose, their_id, merchant_id, recipient, hash, tries_left, expires_at,
           created_at, message_id, echo)
         SELECT ?1, ?2, ?3, ?4, ?5, ?6, ${TRIES}, ?8, ?9, ?10, ?11
         WHERE NOT EXISTS (${TOO_MANY("?12")})
           AND NOT EXISTS (
             SELECT 1 FROM pin WHERE pin.account_id = ?1 AND pin.purpose = ?2 AND pin.their_id = ?3
               AND pin.created_at > ?13)
           AND NOT EXISTS (SELECT 1 FROM message WHERE account_id = ?1 AND dialect = ?14 AND their_id = ?15)
           AND (?2 <> 'window' OR (${TRIES} > 0 AND ${SENT} < ?7 AND ${WRONG} < ?16))
           AND NOT EXISTS (SELECT 1 FROM json_each(?18) AS budget WHERE ${IS_SPENT})
         ON CONFLICT DO NOTHING
         RETURNING their_id`,
    )
    .bind(
      pin.account,
      pin.purpose,
      pin.theirId,
      pin.merchant,
      pin.recipient,
      pin.hash,
      pin.triesLeft,
      pin.expiresAt,
      pin.createdAt,
      pin.message,
      JSON.stringify(pin.echo),
      JSON.stringify(limits),
      known?.createdAt ?? -1,
      message.dialect,
      message.theirId,
      WRONG_IN_A_DAY,
      triesAreOf === "number" ? 1 : 0,
      counted,
    );
  const [added] = await db.batch<{ their_id: string }>([
    readBack(insert, () => db.prepare("SELECT ?1 AS their_id").bind(pin.theirId)),
    db
      .prepare(
        `INSERT INTO message (${MESSAGE_COLUMNS.join(", ")}, is_code)
         SELECT ${fields(MESSAGE_COLUMNS)}, iif(?3 = 'pincode', 2, 1) FROM json_each(?1)
         WHERE EXISTS (SELECT 1 FROM pin WHERE pin.account_id = ?2 AND pin.purpose = ?3 AND pin.their_id = ?4
           AND pin.message_id = value->>'id')
         ON CONFLICT DO NOTHING`,
      )
      .bind(JSON.stringify([toNewRow(message)]), pin.account, pin.purpose, pin.theirId),
    ...(budgets.length > 0 ? countPin(db, counted, pin.account, pin.theirId, message.id) : []),
  ]);
  if ((added?.results.length ?? 0) > 0) return "added";
  const last = await latest(db, pin.account, pin.purpose, pin.theirId);
  if (last && last.created_at > (known?.createdAt ?? -1)) return "exists";
  const used = await db
    .prepare("SELECT 1 FROM message WHERE account_id = ?1 AND dialect = ?2 AND their_id = ?3")
    .bind(message.account, message.dialect, message.theirId)
    .first();
  if (used) return "exists";
  const [spent] = await spentBudgets(db, counted);
  return spent ? { spent } : "too-many";
};

const reserve: Query<PinStore, "reserve"> = async (db, pin, limits) => {
  const insert = db
    .prepare(
      `INSERT INTO pin (account_id, purpose, their_id, merchant_id, recipient, hash, tries_left, expires_at, created_at,
         message_id, echo, carrier, txn_id, is_sent)
       SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, '', ?10, ?11, ?12, 0
       WHERE NOT EXISTS (${TOO_MANY("?13")})
         AND NOT EXISTS (SELECT 1 FROM pin WHERE pin.account_id = ?1 AND pin.purpose = ?2 AND pin.their_id = ?3)
       ON CONFLICT DO NOTHING
       RETURNING their_id`,
    )
    .bind(
      ...[pin.account, pin.purpose, pin.theirId, pin.merchant, pin.recipient, pin.hash, pin.triesLeft],
      ...[pin.expiresAt, pin.createdAt, JSON.stringify(pin.echo)],
      ...[pin.madeBy?.carrier ?? null, pin.madeBy?.transaction ?? null, JSON.stringify(limits)],
    );
  const again = () => db.prepare("SELECT ?1 AS their_id").bind(pin.theirId);
  const { results } = await readBack(insert, again).all();
  if (results.length > 0) return "added";
  return (await latest(db, pin.account, pin.purpose, pin.theirId)) ? "exists" : "too-many";
};

const markSent: Query<PinStore, "markSent"> = async (db, pin, expiresAt) => {
  await db
    .prepare(`UPDATE pin SET is_sent = 1, expires_at = ?5 WHERE ${THIS_PIN} AND is_sent = 0`)
    .bind(pin.account, pin.purpose, pin.theirId, pin.createdAt, expiresAt)
    .run();
};

const markConfirmed: Query<PinStore, "markConfirmed"> = async (db, pin) => {
  const { meta } = await db
    .prepare(
      `UPDATE pin SET echo = json_set(echo, '$.isConfirmed', json('true'))
       WHERE ${THIS_PIN} AND echo->>'isConfirmed' IS NULL`,
    )
    .bind(pin.account, pin.purpose, pin.theirId, pin.createdAt)
    .run();
  return meta.changes > 0;
};

const withdraw: Query<PinStore, "withdraw"> = async (db, pin) => {
  await db
    .prepare(`DELETE FROM pin WHERE ${THIS_PIN} AND is_sent = 0`)
    .bind(pin.account, pin.purpose, pin.theirId, pin.createdAt)
    .run();
};

const countRefused: Query<PinStore, "countRefused"> = async (db, scope) => {
  await db.prepare(COUNT).bind(`${REFUSED}${scope}`).run();
};

const figures: Query<PinStore, "figures"> = async (db) => {
  const { results } = await db
    .prepare(`SELECT name, value FROM counter WHERE name = '${SENT_EVER}' OR name LIKE '${REFUSED}%'`)
    .all<{ name: string; value: number }>();
  const counts = new Map(results.map(({ name, value }) => [name, value]));
  const refused = BUDGET_SCOPES.map((scope) => [scope, counts.get(`${REFUSED}${scope}`) ?? 0]);
  return { sent: counts.get(SENT_EVER) ?? 0, refused: Object.fromEntries(refused) };
};

const newest: Query<PinStore, "newest"> = async (db, account, purpose, theirId) => {
  const row = await latest(db, account, purpose, theirId);
  return row ? toPin(row) : undefined;
};

const tryCode: Query<PinStore, "try"> = async (
  db,
  account,
  purpose,
  theirId,
  hashes,
  now,
  { once } = { once: false },
) => {
  const write = db
    .prepare(
      `UPDATE pin SET tries_left = iif(${IS_RIGHT}, iif(?6, 0, tries_left), tries_left - 1)
       WHERE account_id = ?1 AND purpose = ?2 AND their_id = ?3 AND tries_left > 0 AND expires_at > ?5
         AND created_at = (SELECT max(created_at) FROM pin AS last
           WHERE last.account_id = ?1 AND last.purpose = ?2 AND last.their_id = ?3)
       RETURNING ${IS_RIGHT} AS is_right`,
    )
    .bind(account, purpose, theirId, JSON.stringify(hashes), now, once ? 1 : 0);
  const again = () =>
    db
      .prepare(
        `SELECT ${IS_RIGHT} AS is_right FROM pin
         WHERE account_id = ?1 AND purpose = ?2 AND their_id = ?3 AND created_at <= ?5
         ORDER BY created_at DESC LIMIT 1`,
      )
      .bind(account, purpose, theirId, JSON.stringify(hashes), now);
  const tried = await readBack(write, again).first<{ is_right: number }>();
  if (tried) return tried.is_right === 1 ? "right" : "wrong";
  const row = await latest(db, account, purpose, theirId);
  if (!row) return "none";
  return row.tries_left <= 0 ? "spent" : "expired";
};

/** The limits, of those in the list, that the codes which the person was sent have reached. */
const TOO_MANY = (limits: string) => `
  SELECT 1 FROM json_each(${limits}) AS bound
  WHERE (SELECT count(*) FROM pin
         WHERE pin.recipient = ?5 AND pin.created_at > bound.value->>'since' AND pin.purpose = ?2
           AND (?2 = 'window' OR pin.account_id = ?1))
    >= bound.value->>'most'`;

const THIS_PIN = "account_id = ?1 AND purpose = ?2 AND their_id = ?3 AND created_at = ?4";

const IS_RIGHT = "hash IN (SELECT value FROM json_each(?4))";

/** Tries are of what a code is for: a new code does not bring new tries, however it races with a wrong one. */
const TRIES = `
  coalesce((SELECT last.tries_left FROM pin AS last
    WHERE ?2 = 'window' AND last.account_id = ?1 AND last.purpose = ?2 AND last.their_id = ?3
      AND (?17 = 0 OR last.recipient = ?5)
    ORDER BY last.created_at DESC LIMIT 1), ?7)`;

/** How many codes were sent for it; as many as there are tries is enough. */
const SENT = `
  (SELECT count(*) FROM pin AS sent WHERE sent.account_id = ?1 AND sent.purpose = ?2 AND sent.their_id = ?3
     AND (?17 = 0 OR sent.recipient = ?5))`;

/** Whether an hourly budget is used up. `budget` is a row of json_each. */
const IS_SPENT = `
  coalesce((SELECT sum(pin_budget.sent) FROM pin_budget
    WHERE pin_budget.hour = budget.value->>'hour' AND pin_budget.scope = budget.value->>'scope'
      AND pin_budget.subject IN (
        SELECT budget.value->>'subject' UNION ALL SELECT formerly.value FROM json_each(budget.value, '$.formerly') AS formerly)
  ), 0) >= budget.value->>'most'`;

/** What we count for ever: PINs that purchase pages sent, and those that they did not, by the budget that was spent. */
const SENT_EVER = "purchase-pins-sent";
const REFUSED = "purchase-pins-refused-";
const COUNT = `
  INSERT INTO counter (name, value) VALUES (?1, 1) ON CONFLICT (name) DO UPDATE SET value = value + 1`;

/** Counts a PIN against its budgets, if it was written before this in the same batch. */
function countPin(
  db: D1Database,
  budgets: string,
  account: string,
  theirId: string,
  message: string,
): D1PreparedStatement[] {
  const isWritten = (account: string, theirId: string, message: string) => `
    EXISTS (SELECT 1 FROM pin WHERE pin.account_id = ${account} AND pin.purpose = 'window' AND pin.their_id = ${theirId}
      AND pin.message_id = ${message})`;
  return [
    db
      .prepare(
        `INSERT INTO pin_budget (hour, scope, subject, sent)
         SELECT value->>'hour', value->>'scope', value->>'subject', 1 FROM json_each(?1)
         WHERE ${isWritten("?2", "?3", "?4")}
         ON CONFLICT (hour, scope, subject) DO UPDATE SET sent = sent + 1`,
      )
      .bind(budgets, account, theirId, message),
    db
      .prepare(
        `INSERT INTO counter (name, value) SELECT '${SENT_EVER}', 1 WHERE ${isWritten("?1", "?2", "?3")}
         ON CONFLICT (name) DO UPDATE SET value = value + 1`,
      )
      .bind(account, theirId, message),
  ];
}

async function spentBudgets(db: D1Database, budgets: string): Promise<BudgetScope[]> {
  const { results } = await db
    .prepare(`SELECT budget.value->>'scope' AS scope FROM json_each(?1) AS budget WHERE ${IS_SPENT}`)
    .bind(budgets)
    .all<{ scope: BudgetScope }>();
  return results.map(({ scope }) => scope);
}

/** How often a person's codes were guessed wrong in a day, over all windows: after that, no new ones are sent to guess at. */
const WRONG_IN_A_DAY = 6;
const WRONG = `
  (SELECT coalesce(sum(?7 - one.left), 0) FROM (
    SELECT min(guessed.tries_left) AS left FROM pin AS guessed
    WHERE guessed.recipient = ?5 AND guessed.created_at > ?9 - 86400000 AND guessed.purpose = 'window'
    GROUP BY guessed.account_id, guessed.their_id) AS one)`;

function latest(db: D1Database, account: string, purpose: string, theirId: string): Promise<PinRow | null> {
  return db
    .prepare(
      "SELECT * FROM pin WHERE account_id = ?1 AND purpose = ?2 AND their_id = ?3 ORDER BY created_at DESC LIMIT 1",
    )
    .bind(account, purpose, theirId)
    .first<PinRow>();
}

type PinRow = {
  account_id: string;
  purpose: Pin["purpose"];
  their_id: string;
  merchant_id: string;
  recipient: string;
  hash: string;
  tries_left: number;
  expires_at: number;
  created_at: number;
  message_id: Pin["message"];
  echo: string;
  carrier: string | null;
  txn_id: TransactionId | null;
  is_sent: 0 | 1;
};

function toPin(row: PinRow): Pin {
  return {
    account: row.account_id,
    purpose: row.purpose,
    theirId: row.their_id,
    merchant: row.merchant_id,
    recipient: row.recipient,
    hash: row.hash,
    triesLeft: row.tries_left,
    expiresAt: row.expires_at,
    createdAt: row.created_at,
    message: row.message_id,
    echo: JSON.parse(row.echo),
    ...(row.carrier !== null && row.txn_id !== null
      ? { madeBy: { carrier: row.carrier, transaction: row.txn_id, isSent: row.is_sent === 1 } }
      : {}),
  };
}
