/** Suppressions (opt-outs) in D1. The text that opts a person out is stored with its effect: see inbounds.ts. */

import { inChunks } from "../../core/kernel/chunks.ts";
import { present } from "../../core/kernel/present.ts";
import type { AskedPair, Suppression, SuppressionFilter, SuppressionStore } from "../../core/messages/suppression.ts";
import { ported, type Query } from "../query.ts";
import { pageOf } from "../rows.ts";
import { eachForm, storedAs } from "../sealed/stored-as.ts";
import { isNoted, tellOfLifting, tellOfOptOuts } from "./webhooks/opt-out-events.ts";
import { eventStatements, stemAt } from "./webhooks/told.ts";

export function suppressionStore(db: D1Database): SuppressionStore {
  return ported<SuppressionStore>(db, {
    among,
    list,
    ofPerson,
    add,
    lift,
    liftAll,
  });
}

async function among<Pair extends AskedPair>(db: D1Database, pairs: readonly Pair[]): Promise<Pair[]> {
  const found: Pair[] = [];
  for (const some of inChunks(pairs, 5_000)) {
    const { results } = await db
      .prepare(
        `SELECT asked.key AS place FROM json_each(?1) AS asked
         WHERE EXISTS (
           SELECT 1 FROM suppression
           WHERE suppression.account_id = asked.value->>'account'
             AND suppression.number IN (SELECT value FROM json_each(asked.value, '$.numbers'))
             AND suppression.recipient IN (
               SELECT asked.value->>'recipient'
               UNION ALL SELECT one.value FROM json_each(asked.value, '$.formerly') AS one))`,
      )
      .bind(JSON.stringify(some.map(toAsked)))
      .all<{ place: number }>();
    found.push(...results.flatMap(({ place }) => some[place] ?? []));
  }
  return found;
}

function toAsked({ account, numbers, recipient, formerly }: AskedPair) {
  return { account, numbers, recipient, formerly };
}

const list: Query<SuppressionStore, "list"> = async (db, account, filter, page) => {
  // A name may have spaces; what a person is known as has none.
  const [, number = "", recipient = ""] = /^(.*) (\S*)$/.exec(page.cursor ?? "") ?? [];
  const { results } = await db
    .prepare(
      `SELECT * FROM suppression WHERE account_id = ?1 AND (number, recipient) > (?2, ?3) ${narrowing(filter)}
       ORDER BY number, recipient LIMIT ?4`,
    )
    .bind(
      account,
      number,
      recipient,
      page.limit + 1,
      filter.number ?? null,
      filter.recipient ?? null,
      JSON.stringify(filter.forms ?? []),
    )
    .all<SuppressionRow>();
  return pageOf(results, page.limit, toSuppression, (row) => `${row.number} ${row.recipient}`);
};

/** Those of one person, or of a few, are read off an index of their own; ?5 to ?7 are bound in any case. */
function narrowing({ number, recipient }: SuppressionFilter): string {
  const ofNumber = number === undefined ? "AND ?5 IS NULL" : "AND number = ?5";
  if (recipient === undefined) return `${ofNumber} AND ?6 IS NULL AND ?7 IS NOT NULL`;
  return `${ofNumber} AND ((recipient >= ?6 AND recipient < ?6 || ':') OR recipient IN (SELECT value FROM json_each(?7)))`;
}

const ofPerson: Query<SuppressionStore, "ofPerson"> = async (db, account, people) => {
  const { results } = await db
    .prepare(
      `SELECT * FROM suppression
       WHERE account_id = ?1 AND recipient IN (SELECT value FROM json_each(?2)) ORDER BY number`,
    )
    .bind(account, JSON.stringify(people))
    .all<SuppressionRow>();
  return results.map(toSuppression);
};

/** All of them or none: one transaction, of statements whose parameter stays well below the 2,000,000 bytes it may have. */
const add: Query<SuppressionStore, "add"> = async (db, suppressions) => {
  const insert = (list: string) => [
    ...eventStatements(db, TELL_OF_ADDED, list),
    db
      .prepare(
        `INSERT INTO suppression (account_id, number, recipient, word, created_at, source, proof)
     SELECT value->>'account', value->>'number', ${ADDED.recipient}, value->>'word', value->>'createdAt', value->>'source', value->>'proof'
     FROM json_each(?1) AS new WHERE NOT ${isNoted(ADDED)}
     ON CONFLICT DO NOTHING`,
      )
      .bind(list),
  ];
  const written = await db.batch(inChunks(suppressions, ADDED_AT_ONCE).flatMap((some) => insert(JSON.stringify(some))));
  // Each chunk is told of, by two statements, and written by the third.
  return written.reduce((sum, { meta }, place) => sum + (place % 3 === 2 ? meta.changes : 0), 0);
};

const ADDED = {
  account: "new.value->>'account'",
  number: "new.value->>'number'",
  recipient: storedAs("new.value->>'account'", { plain: "new.value->>'recipient'", sealed: "new.value->>'sealed'" }),
  forms: eachForm("new.value->>'recipient'", "new.value->'forms'"),
};

const TELL_OF_ADDED = tellOfOptOuts({
  ...ADDED,
  at: "new.value->>'createdAt'",
  stem: stemAt("new.value->>'createdAt'", ADDED.account),
  word: "new.value->>'word'",
  source: "new.value->>'source'",
  proof: "new.value->>'proof'",
  from: "json_each(?1) AS new",
  where: "true",
});

/** ?1 is the account, ?2 the number or NULL for all, ?3 the person, ?4 the time. */
const TELL_OF_LIFTED = tellOfLifting({
  at: "?4",
  stem: stemAt("?4", "?1"),
  by: "'operator'",
  from: "suppression",
  where: `suppression.account_id = ?1 AND (?2 IS NULL OR suppression.number = ?2)
    AND suppression.recipient IN (SELECT value FROM json_each(?3))`,
});

/** Each has about four hundred bytes, and a reason of up to 200 characters, of which each may take six. */
const ADDED_AT_ONCE = 1_000;

const lift: Query<SuppressionStore, "lift"> = async (db, { account, number, recipient, formerly = [] }, at) => {
  return (await liftThem(db, account, number, [recipient, ...formerly], at)) > 0;
};

const liftAll: Query<SuppressionStore, "liftAll"> = async (db, account, people, at) => {
  return liftThem(db, account, null, people, at);
};

async function liftThem(
  db: D1Database,
  account: string,
  number: string | null,
  people: readonly string[],
  at: number,
): Promise<number> {
  const list = JSON.stringify(people);
  const [, , lifted] = await db.batch([
    ...eventStatements(db, TELL_OF_LIFTED, account, number, list, at),
    db
      .prepare(
        `DELETE FROM suppression
         WHERE account_id = ?1 AND (?2 IS NULL OR number = ?2) AND recipient IN (SELECT value FROM json_each(?3))`,
      )
      .bind(account, number, list),
  ]);
  return lifted?.meta.changes ?? 0;
}

type SuppressionRow = {
  account_id: string;
  number: string;
  recipient: string;
  word: string;
  created_at: number;
  source: Suppression["source"];
  proof: string | null;
};

function toSuppression(row: SuppressionRow): Suppression {
  return {
    account: row.account_id,
    number: row.number,
    recipient: row.recipient,
    word: row.word,
    source: row.source,
    ...present({ proof: row.proof }),
    createdAt: row.created_at,
  };
}
