/** Taking people out of charges that are settled, once their account's time of keeping is over. */

import { type TransactionId, timePart } from "../../core/kernel/ids.ts";
import type { PeopleStore } from "../../core/operator/people.ts";
import type { Query } from "../query.ts";
import { entry } from "../timeline.ts";
import { PERSONAL, type Treatment } from "./columns.ts";

const SETTLED = "('billed', 'reversed', 'failed', 'expired', 'cancelled')";

/** Ids begin with the account's number and then the time: those of one account lie together, in order. */
export const inCharges: Query<PeopleStore, "inCharges"> = async (db, { account, before, limit }) => {
  const { results } = await db
    .prepare(
      `SELECT txn.id, txn.recipient FROM account CROSS JOIN txn
       WHERE account.id = ?1
         AND txn.id > coalesce((SELECT txn_id FROM forgotten WHERE account_id = ?1), printf('txn_%06d', account.number))
         AND txn.id < printf('txn_%06d', account.number) || ?2
         AND substr(txn.recipient, 1, 1) = '+' AND txn.state IN ${SETTLED}
       ORDER BY txn.id LIMIT ?3`,
    )
    .bind(account, timePart(before), limit)
    .all<{ id: TransactionId; recipient: string }>();
  return results;
};

/** ?1 is a list of charges, each with what stands for its person; ?2 the time. */
const CHANGED: Partial<Record<Treatment, (column: string) => string>> = {
  person: (column) => `iif(${column} IS NULL, NULL, one.value->>'pseudonym')`,
  text: () => "''",
  null: () => "NULL",
  object: () => "'{}'",
  history: () => `json_array(json(${entry("person.erased", { at: "CAST(?2 AS INTEGER)" })}))`,
  // Made unlike any other id, so that an id that the customer made of the number can be made again.
  id: (column) =>
    `replace(${column}, one.value->>'needle', one.value->>'pseudonym' || '.' || substr(one.value->>'id', -10))`,
};

function setsOf(columns: Readonly<Record<string, Treatment>>): string {
  return Object.entries(columns)
    .flatMap(([column, treatment]) => {
      const value = CHANGED[treatment]?.(column);
      return value === undefined ? [] : [`${column} = ${value}`];
    })
    .join(", ");
}

const FORGET = [
  `UPDATE win SET ${setsOf(PERSONAL.win.columns)} FROM json_each(?1) AS one JOIN evidence ON evidence.txn_id = one.value->>'id'
   WHERE win.id = evidence.window_id AND ?2 > 0`,
  `UPDATE evidence SET ${setsOf(PERSONAL.evidence.columns)} FROM json_each(?1) AS one WHERE evidence.txn_id = one.value->>'id' AND ?2 > 0`,
  `UPDATE txn SET ${setsOf(PERSONAL.txn.columns)} FROM json_each(?1) AS one WHERE txn.id = one.value->>'id' AND txn.state IN ${SETTLED}`,
];

/** Up to the last of them, if all before it are settled; else up to the first that is not: it is looked at again. */
const REMEMBER = `
  INSERT INTO forgotten (account_id, txn_id)
  SELECT ?1, coalesce(
    (SELECT substr(txn.id, 1, length(txn.id) - 1) FROM txn
     WHERE txn.id > coalesce((SELECT txn_id FROM forgotten WHERE account_id = ?1), ?2) AND txn.id < ?3
       AND substr(txn.recipient, 1, 1) = '+' ORDER BY txn.id LIMIT 1), ?3)
  WHERE true
  ON CONFLICT (account_id) DO UPDATE SET txn_id = max(txn_id, excluded.txn_id)`;

export const forgetInCharges: Query<PeopleStore, "forgetInCharges"> = async (db, account, charges, at) => {
  const [first, last] = [charges[0], charges.at(-1)];
  if (!first || !last) return;
  const list = JSON.stringify(charges);
  await db.batch([
    ...FORGET.map((sql) => db.prepare(sql).bind(list, at)),
    db.prepare(REMEMBER).bind(account, first.id.slice(0, "txn_".length + 6), last.id),
  ]);
};
