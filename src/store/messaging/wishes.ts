/**
 * STOP, START and HELP, in SQL: heeded with the texts they came in, and only where those are new. In before out; of several in one list
 * the last counts, so an out that an in comes after is passed over. ?1 is the list of texts.
 */

import type { NewInbound } from "../../core/inbound/inbound.ts";
import { eachForm, storedAs } from "../sealed/stored-as.ts";
import { MESSAGE_COLUMNS, toNewRow } from "./messages/rows.ts";
import { isNoted, tellOfLifting, tellOfOptOuts } from "./webhooks/opt-out-events.ts";
import { accountPartOf, eventStatements } from "./webhooks/told.ts";

type Wish = NonNullable<NewInbound["opts"]>;

/** What travels of a wish: its answer as a row. */
export function toWished(opts: NewInbound["opts"]) {
  if (!opts?.answer) return opts;
  return { ...opts, answer: { ...opts.answer, message: toNewRow(opts.answer.message) } };
}

/** A statement, and whether it answers the ids of webhooks, of messages, or nothing. */
export type WishStatement = { gives: "owed" | "messages" | "nothing"; statement: D1PreparedStatement };

/** The statements for these wishes. Answers before what they depend on is changed: a person is answered once. */
export function wishStatements(db: D1Database, wishes: readonly Wish[], list: string): WishStatement[] {
  const has = (is: Wish["is"]) => wishes.some((wish) => wish.is === is);
  // Of a number whose holders sell services, nobody's texts end.
  const covered = wishes.some(({ is, covers = [] }) => is === "out" && covers.length > 0);
  const one = (sql: string, gives: WishStatement["gives"] = "nothing") => ({
    gives,
    statement: db.prepare(sql).bind(list),
  });
  const told = (sql: { owe: string; log: string }): WishStatement[] => {
    const [owe, log] = eventStatements(db, sql, list);
    return [
      { gives: "owed", statement: owe },
      { gives: "nothing", statement: log },
    ];
  };
  return [
    ...(wishes.some(({ answer }) => answer) ? [one(ANSWER, "messages")] : []),
    ...(has("in") ? [...told(TELL_OF_OPT_IN), one(OPT_IN)] : []),
    ...(covered ? [...told(TELL_OF_OPT_OUT), one(OPT_OUT)] : []),
  ];
}

const NEW = "json_each(?1) AS new JOIN inbound ON inbound.id = new.value->>'id'";
const ASKS = (is: Wish["is"]) => `new.value->'opts'->>'is' = '${is}'`;

/** Who wrote it: their number, and each form in which it may be stored. */
const WRITER = "new.value->>'sender'";
const FORMS = eachForm(WRITER, "new.value->'sealed'->'forms'");

/** The texts that opt in, with whom they may be known as. */
const OPTING_IN = `${NEW}
    JOIN json_each(json_insert(coalesce(new.value->'opts'->'formerly', '[]'), '$[#]', ${WRITER})) AS person`;

/** What they lift: what is noted of their number, with whichever account; and what covers it at the accounts that have it. */
const LIFTED = `
  SELECT inbound.id AS text, known.account_id, known.number, known.recipient
  FROM ${OPTING_IN}
  JOIN suppression AS known ON known.number = inbound.recipient AND known.recipient = person.value
  WHERE ${ASKS("in")}
  UNION
  SELECT inbound.id, known.account_id, known.number, known.recipient
  FROM ${OPTING_IN} CROSS JOIN json_each(new.value->'opts'->'covers') AS cover
  JOIN suppression AS known ON known.account_id = cover.value->>'account' AND known.number = cover.value->>'number'
    AND known.recipient = person.value
  WHERE ${ASKS("in")}`;

const OPT_IN = `
  DELETE FROM suppression WHERE (account_id, number, recipient) IN (
    SELECT account_id, number, recipient FROM (${LIFTED}))`;

const TELL_OF_OPT_IN = tellOfLifting({
  at: "inbound.received_at",
  stem: `${accountPartOf("suppression.account_id")} || substr(inbound.id, 5)`,
  by: "'person'",
  from: `(${LIFTED}) AS lifted JOIN inbound ON inbound.id = lifted.text
    JOIN suppression ON suppression.account_id = lifted.account_id AND suppression.number = lifted.number
      AND suppression.recipient = lifted.recipient`,
  where: "true",
});

const OPTING_OUT = `${NEW} CROSS JOIN json_each(new.value->'opts'->'covers') AS cover`;
const COMES_LATER = (is: Wish["is"]) => `EXISTS (
    SELECT 1 FROM json_each(?1) AS later JOIN inbound AS after ON after.id = later.value->>'id'
    WHERE later.key > new.key AND later.value->'opts'->>'is' = '${is}'
      AND later.value->>'sender' = ${WRITER} AND later.value->>'recipient' = inbound.recipient)`;
const OPTS_OUT = `${ASKS("out")} AND NOT ${COMES_LATER("in")}`;

/** The opt-out, with the person as the account wants them stored whose it is. */
const OPTED_OUT = {
  account: "cover.value->>'account'",
  number: "cover.value->>'number'",
  recipient: storedAs("cover.value->>'account'", { plain: WRITER, sealed: "new.value->'sealed'->>'sender'" }),
  forms: FORMS,
};

const OPT_OUT = `
  INSERT INTO suppression (account_id, number, recipient, word, created_at, proof)
  SELECT ${OPTED_OUT.account}, ${OPTED_OUT.number}, ${OPTED_OUT.recipient}, new.value->'opts'->>'word', inbound.received_at,
    inbound.id
  FROM ${OPTING_OUT}
  WHERE ${OPTS_OUT} AND NOT ${isNoted(OPTED_OUT)}
  ON CONFLICT DO NOTHING`;

const TELL_OF_OPT_OUT = tellOfOptOuts({
  ...OPTED_OUT,
  at: "inbound.received_at",
  stem: `${accountPartOf(OPTED_OUT.account)} || substr(inbound.id, 5)`,
  word: "new.value->'opts'->>'word'",
  source: "'person'",
  proof: "inbound.id",
  from: OPTING_OUT,
  where: OPTS_OUT,
});

const KNOWN_AS = `SELECT ${WRITER} UNION ALL SELECT value FROM json_each(new.value->'opts'->'formerly')`;

/** Whether the wish changes something, and is the first of its kind in the list: STOP, written again, is answered no more. */
const IS_NEWS = `
  CASE new.value->'opts'->>'is'
    WHEN 'help' THEN true
    WHEN 'in' THEN (EXISTS (
        SELECT 1 FROM suppression AS known WHERE known.number = inbound.recipient AND known.recipient IN (${KNOWN_AS}))
      OR EXISTS (
        SELECT 1 FROM json_each(new.value->'opts'->'covers') AS cover
        CROSS JOIN suppression AS known ON known.account_id = cover.value->>'account'
          AND known.number = cover.value->>'number' AND known.recipient IN (${KNOWN_AS})))
      AND NOT ${COMES_LATER("out")}
    ELSE NOT EXISTS (
      SELECT 1 FROM suppression
      WHERE suppression.account_id = new.value->'opts'->'answer'->'message'->>'account_id'
        AND suppression.number = new.value->'opts'->'answer'->>'covers' AND suppression.recipient IN ${FORMS})
      AND ${OPTS_OUT}
  END
  AND NOT EXISTS (
    SELECT 1 FROM json_each(?1) AS before JOIN inbound AS earlier ON earlier.id = before.value->>'id'
    WHERE before.key < new.key AND before.value->'opts'->>'is' = new.value->'opts'->>'is'
      AND before.value->>'sender' = ${WRITER} AND before.value->>'recipient' = inbound.recipient)`;

const ANSWER = `
  INSERT INTO message (${MESSAGE_COLUMNS.join(", ")})
  SELECT ${MESSAGE_COLUMNS.map((name) => `new.value->'opts'->'answer'->'message'->>'${name}'`).join(", ")}
  FROM ${NEW}
  WHERE new.value->'opts'->'answer' IS NOT NULL AND ${IS_NEWS}
  ON CONFLICT DO NOTHING
  RETURNING id`;
