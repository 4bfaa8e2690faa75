/** One person's rows in D1: handed out, or with a pseudonym in the person's place. */

import type { Seals } from "../../core/kernel/ports.ts";
import { isSealedNumber } from "../../core/messages/sealed.ts";
import { type Asked, type Counts, type Erasure, needleOf, type PeopleStore } from "../../core/operator/people.ts";
import type { EventFacts, EventType } from "../../core/webhooks/events.ts";
import type { WebhookNews } from "../../core/webhooks/webhook.ts";
import { readBack } from "../idempotency/read-back.ts";
import { ported, type Query } from "../query.ts";
import { openAttempts } from "../sealed/attempts.ts";
import { recipientOwner } from "../sealed/campaigns.ts";
import { openPart, type PartRow } from "../sealed/inbounds.ts";
import { openEvent, openNews } from "../sealed/webhooks.ts";
import { entry } from "../timeline.ts";
import { forgetInCharges, inCharges } from "./charged.ts";
import { PERSONAL, type Treatment } from "./columns.ts";

/** @param seals absent: nothing is sealed, nor was */
export function peopleStore(db: D1Database, seals?: Seals): PeopleStore {
  const formsOf = async (msisdn: string) => (seals ? (await seals.numberForms(msisdn)).all : [msisdn]);
  return ported<PeopleStore>(db, {
    erase: async (_, asked, made) => erase(db, asked, await formsOf(asked.msisdn), made),
    async export(_, asked, limit) {
      const rows = await exportRows(db, asked, await formsOf(asked.msisdn), limit);
      return seals ? await openExported(rows, seals) : rows;
    },
    erasures,
    inCharges,
    forgetInCharges,
  });
}

type Table = keyof typeof PERSONAL;

/** In each statement: ?1 is a list of the number and what it is stored as where it is sealed, ?2 the account or NULL, ?3 the digits by which a text holds the number. */
const IS_THEIRS = "IN (SELECT value FROM json_each(?1))";
const OF_ACCOUNT = "(?2 IS NULL OR account_id = ?2)";
const ACCOUNTS = "account_id IN (SELECT id FROM account WHERE ?2 IS NULL OR id = ?2)";
/** A number as people write it: with spaces, dashes, dots and brackets, also as an address has them. */
const BETWEEN_DIGITS = ["%20", "%28", "%29", " ", "+", "-", ".", "(", ")"];
const HOLDS = (column: string) =>
  `instr(${BETWEEN_DIGITS.reduce((text, one) => `replace(${text}, '${one}', '')`, column)}, ?3) > 0`;
const OF_EXCHANGE = `(${["path", "request", "answer"].map(HOLDS).join(" OR ")}) AND ${OF_ACCOUNT}`;

/** A purchase that ended before it was confirmed has its person in its window alone. @param name of the table in the statement */
function ofPerson(table: "message" | "txn" | "subscription", name: string): string {
  if (table !== "txn") return `${name}.recipient ${IS_THEIRS}`;
  const begun = `SELECT win.txn_id FROM win WHERE win.recipient ${IS_THEIRS}`;
  return `(${name}.recipient ${IS_THEIRS} OR (${name}.recipient IS NULL AND ${name}.id IN (${begun})))`;
}

/** Webhooks about the rows of these tables. Their ids begin with what follows the prefix of their subject's; a text that came in has
 * no account's number in its own, so there it stands before. */
const ABOUT_ROWS = (["message", "txn", "subscription", "inbound"] as const)
  .map((table) => {
    const isInbound = table === "inbound";
    const begins = `'whk_' || ${isInbound ? "printf('%06d', account.number) || " : ""}substr(subject.id, 5) || '_'`;
    return `
      SELECT webhook.id, webhook.state FROM ${table} AS subject JOIN account ON account.id = subject.account_id
      JOIN webhook ON webhook.id >= ${begins} AND webhook.id < ${begins} || '~'
      WHERE ${isInbound ? `subject.sender ${IS_THEIRS}` : ofPerson(table, "subject")} AND (?2 IS NULL OR account.id = ?2)`;
  })
  .join(" UNION ALL ");

/** With those about their events: an opt-out has no row with an id. */
const ABOUT = `${ABOUT_ROWS} UNION ALL
      SELECT webhook.id, webhook.state FROM event
      JOIN webhook ON webhook.id >= 'whk_' || event.stem || '_evt-' AND webhook.id < 'whk_' || event.stem || '_evt-~'
      WHERE event.recipient ${IS_THEIRS} AND (?2 IS NULL OR event.account_id = ?2)`;

/** Which rows are the person's. Those of `preauth` are found by their texts: its own index has the open ones alone. */
const WHERE = {
  webhook: `id IN (SELECT id FROM (${ABOUT}))`,
  preauth: `recipient ${IS_THEIRS} AND ${OF_ACCOUNT} AND inbound_id IN (SELECT id FROM inbound WHERE sender ${IS_THEIRS})`,
  message: `recipient ${IS_THEIRS} AND ${OF_ACCOUNT}`,
  campaign_recipient: `recipient ${IS_THEIRS} AND campaign_id IN (SELECT id FROM campaign WHERE ?2 IS NULL OR account_id = ?2)`,
  inbound: `sender ${IS_THEIRS} AND ${OF_ACCOUNT}`,
  txn: `${ofPerson("txn", "txn")} AND ${OF_ACCOUNT}`,
  evidence: `window_id IN (SELECT id FROM win WHERE recipient ${IS_THEIRS} AND ${OF_ACCOUNT})`,
  win: `recipient ${IS_THEIRS} AND ${OF_ACCOUNT}`,
  subscription: `recipient ${IS_THEIRS} AND ${OF_ACCOUNT}`,
  consent: `${ACCOUNTS} AND recipient ${IS_THEIRS}`,
  suppression: `${ACCOUNTS} AND recipient ${IS_THEIRS}`,
  event: `recipient ${IS_THEIRS} AND ${OF_ACCOUNT}`,
  spent_id: `${ACCOUNTS} AND instr(their_id, ?3) > 0`,
  pin: `recipient ${IS_THEIRS} AND ${OF_ACCOUNT}`,
  exchange: OF_EXCHANGE,
  inbound_part: `sender ${IS_THEIRS} AND ?2 IS NULL`,
} as const satisfies Record<Table, string>;

const TABLES = Object.keys(WHERE) as readonly Table[];

/** What is not over, by the name that an operator knows it by. */
const UNDER_WAY = {
  messages: `SELECT 1 FROM message WHERE ${WHERE.message} AND state NOT IN ('delivered', 'failed', 'expired', 'cancelled')`,
  charges: `SELECT 1 FROM txn WHERE ${WHERE.txn} AND state NOT IN ('billed', 'reversed', 'failed', 'expired', 'cancelled')`,
  windows: `SELECT 1 FROM win WHERE ${WHERE.win} AND state = 'open'`,
  questions: `SELECT 1 FROM preauth WHERE recipient ${IS_THEIRS} AND due_at IS NOT NULL AND ${OF_ACCOUNT}`,
  subscriptions: `SELECT 1 FROM subscription WHERE ${WHERE.subscription} AND state <> 'cancelled'`,
  webhooks: `SELECT 1 FROM (${ABOUT}) WHERE state IN ('owed', 'delivering')`,
} as const;

const NOTHING_UNDER_WAY = Object.values(UNDER_WAY)
  .map((rows) => `NOT EXISTS (${rows})`)
  .join(" AND ");

/**
 * Whether this erasure is made. Its own row says so: it is written first, if nothing is under way, and every statement after it
 * looks for that row. So either all of it happens or nothing does, whatever comes in meanwhile.
 */
const IS_MADE = "EXISTS (SELECT 1 FROM erasure WHERE erasure.id = ?4)";

async function erase(
  db: D1Database,
  asked: Asked,
  forms: readonly string[],
  { pseudonym, erasure }: Parameters<PeopleStore["erase"]>[1],
): ReturnType<PeopleStore["erase"]> {
  const given = [JSON.stringify(forms), asked.account ?? null, needleOf(asked.msisdn)] as const;
  const counts = TABLES.map((table) => `'${table}', (SELECT count(*) FROM ${table} WHERE ${WHERE[table]})`);
  const insert = db
    .prepare(
      `INSERT INTO erasure (id, at, account_id, actor, "rows")
         SELECT ?4, ?5, ?2, ?6, json_object(${counts.join(", ")}) WHERE ?3 <> '' AND ${NOTHING_UNDER_WAY}
         RETURNING "rows"`,
    )
    .bind(...given, erasure.id, erasure.at, erasure.actor);
  const again = () => db.prepare('SELECT "rows" FROM erasure WHERE id = ?1').bind(erasure.id);
  const [made] = await db.batch<{ rows: string }>([
    readBack(insert, again),
    ...TABLES.map((table) => db.prepare(statementFor(table)).bind(...given, erasure.id, pseudonym, erasure.at)),
  ]);
  const rows = made?.results[0]?.rows;
  if (rows !== undefined) return { rows: notNone(JSON.parse(rows)) };
  const left = Object.entries(UNDER_WAY).map(([name, sql]) => `'${name}', (SELECT count(*) FROM (${sql}))`);
  const found = await db
    .prepare(`SELECT json_object(${left.join(", ")}) AS counts WHERE ?3 <> ''`)
    .bind(...given)
    .first<{ counts: string }>();
  return { underWay: notNone(JSON.parse(found?.counts ?? "{}")) };
}

/** ?4 is the erasure, ?5 the pseudonym, ?6 the time. */
function statementFor(table: Table): string {
  const { rows, columns } = PERSONAL[table];
  const binds = "?2 IS ?2 AND ?3 <> '' AND ?5 <> '' AND ?6 > 0";
  const where = `${WHERE[table]} AND ${IS_MADE} AND ${binds}`;
  if (rows === "deleted") return `DELETE FROM ${table} WHERE ${where}`;
  const sets = Object.entries<Treatment>(columns).flatMap(([column, treatment]) => {
    const value = CHANGED[treatment]?.(column);
    return value === undefined ? [] : [`${column} = ${value}`];
  });
  // A consent that goes on would be found by nobody; one that was ended by the person holds on, under the pseudonym.
  const ended = table === "consent" ? ["state = 'ended'", "ended_by = coalesce(ended_by, 'merchant')"] : [];
  // Of a person who was erased before there may be such a row under the same pseudonym: the newer one counts.
  const orReplace = table === "consent" || table === "suppression" ? "OR REPLACE" : "";
  return `UPDATE ${orReplace} ${table} SET ${[...sets, ...ended].join(", ")} WHERE ${where}`;
}

/** What becomes of a column, as SQL; absent: nothing. */
const CHANGED: Partial<Record<Treatment, (column: string) => string>> = {
  person: (column) => `iif(${column} IS NULL, NULL, ?5)`,
  text: () => "''",
  secret: () => "''",
  null: () => "NULL",
  seal: () => "NULL",
  object: () => "'{}'",
  history: () => `json_array(json(${entry("person.erased", { at: "CAST(?6 AS INTEGER)" })}))`,
  address: () => "NULL",
  // Made unlike the id of an earlier erasure: the customer may have made the same one of the number anew.
  id: (column) => `replace(${column}, ?3, ?5 || '.' || substr(?4, -12))`,
};

function notNone(counts: Counts): Counts {
  return Object.fromEntries(Object.entries(counts).filter(([, count]) => count > 0));
}

const NOT_HANDED_OUT = new Set<Treatment>(["secret", "address", "digest"]);

async function exportRows(
  db: D1Database,
  { msisdn, account }: Asked,
  forms: readonly string[],
  limit: number,
): ReturnType<PeopleStore["export"]> {
  const answers = await db.batch<Record<string, unknown>>(
    TABLES.map((table) => {
      const columns = Object.entries<Treatment>(PERSONAL[table].columns).flatMap(([column, treatment]) =>
        NOT_HANDED_OUT.has(treatment) ? [] : column,
      );
      return db
        .prepare(
          `SELECT ${columns.join(", ")} FROM ${table} WHERE ${WHERE[table]} AND ?3 <> '' AND ?2 IS ?2
           ORDER BY 1 DESC LIMIT ?4`,
        )
        .bind(JSON.stringify(forms), account ?? null, needleOf(msisdn), limit);
    }),
  );
  return Object.fromEntries(
    TABLES.flatMap((table, index) => {
      const rows = answers[index]?.results ?? [];
      return rows.length === 0 ? [] : [[table, rows.map(readable)] as const];
    }),
  );
}

/** Numbers that stand in rows of another table as they were sealed, and in what an event tells. */
async function openExported(rows: Exported, seals: Seals): Promise<Exported> {
  const open = async (row: Record<string, unknown>, table: string) => {
    const { recipient, campaignId, text, kind, subject } = row;
    const isOwnText = table === "campaign_recipient" && isSealedNumber(String(recipient)) && typeof text === "string";
    if (table === "webhook") {
      const { event } = await openNews({ kind, subject, event: row.event } as WebhookNews, seals);
      const history = Array.isArray(row.history) ? await openAttempts(row.history, String(row.id), seals) : undefined;
      return { ...row, event, ...(history ? { history } : {}) };
    }
    if (table === "inbound_part") return openPart(row as typeof row & PartRow, seals);
    const event = await openEvent({ data: (row.data ?? {}) as EventFacts[EventType] }, seals);
    return {
      ...row,
      ...(typeof recipient === "string" ? { recipient: await seals.openNumber(recipient) } : {}),
      ...(isOwnText ? { text: await seals.openText(text, recipientOwner(String(campaignId), String(recipient))) } : {}),
      ...(row.data ? event : {}),
    };
  };
  const tables = Object.entries(rows).map(
    async ([table, all]) => [table, await Promise.all(all.map((row) => open(row, table)))] as const,
  );
  return Object.fromEntries(await Promise.all(tables));
}

type Exported = Awaited<ReturnType<PeopleStore["export"]>>;

/** A row for people: names in camelCase, times in ISO 8601, JSON as it is, and nothing that is not there. */
function readable(row: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(row).flatMap(([column, value]) => {
      // It is there so that the row is opened.
      if (value === null || column === "seal") return [];
      const name = column.replace(/_(\w)/g, (_, letter: string) => letter.toUpperCase());
      if (typeof value === "number" && /(^|_)at$/.test(column)) return [[name, new Date(value).toISOString()]];
      return [[name, typeof value === "string" && /^[[{]/.test(value) ? parsed(value) : value]];
    }),
  );
}

/** A text that a person wrote may begin like JSON. */
function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

const erasures: Query<PeopleStore, "erasures"> = async (db, limit) => {
  const { results } = await db
    .prepare("SELECT * FROM erasure ORDER BY at DESC, id LIMIT ?1")
    .bind(limit)
    .all<{ id: string; at: number; account_id: string | null; actor: string; rows: string }>();
  return results.map(({ account_id, rows, ...one }): Erasure => {
    return { ...one, ...(account_id === null ? {} : { account: account_id }), rows: notNone(JSON.parse(rows)) };
  });
};
