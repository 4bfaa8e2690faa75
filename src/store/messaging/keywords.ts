/** Keywords in D1. */

import type { Keyword, KeywordAt, KeywordStore } from "../../core/inbound/keyword.ts";
import { sameness } from "../../core/inbound/keyword.ts";
import { readBack } from "../idempotency/read-back.ts";
import { ported, type Query } from "../query.ts";
import { bringKeywords, FIRST_ID } from "./keyword-imports.ts";

export function keywordStore(db: D1Database): KeywordStore {
  return ported<KeywordStore>(db, {
    add,
    bring: bringKeywords,
    change,
    remove,
    byId,
    list,
    inUseAt,
  });
}

const add: Query<KeywordStore, "add"> = async (db, keyword) => {
  const insert = db
    .prepare(
      `INSERT INTO keyword (id, account_id, dialect, short_number, mode, text, sameness, aliases, forward_url,
           is_enabled, pre_auth, tags, properties, echo, created_at, changed_at)
         SELECT CAST(value AS TEXT), ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?14
         FROM counter WHERE name = 'keyword'
         ON CONFLICT DO NOTHING
         RETURNING *`,
    )
    .bind(keyword.account, keyword.dialect, ...said(keyword), keyword.createdAt);
  const again = () =>
    db
      .prepare(
        `SELECT * FROM keyword
         WHERE account_id = ?1 AND short_number = ?2 AND mode = ?3 AND sameness = ?4 AND created_at = ?5`,
      )
      .bind(keyword.account, keyword.shortNumber, keyword.mode, sameness(keyword), keyword.createdAt);
  const [, added] = await db.batch<KeywordRow>([
    db.prepare(
      `INSERT INTO counter (name, value) VALUES ('keyword', ${FIRST_ID})
       ON CONFLICT (name) DO UPDATE SET value = value + 1`,
    ),
    readBack(insert, again),
  ]);
  const [row] = added?.results ?? [];
  return row && toKeyword(row);
};

const change: Query<KeywordStore, "change"> = async (db, keyword) => {
  const { meta } = await db
    .prepare(
      `UPDATE OR IGNORE keyword
       SET short_number = ?3, mode = ?4, text = ?5, sameness = ?6, aliases = ?7, forward_url = ?8, is_enabled = ?9,
           pre_auth = ?10, tags = ?11, properties = ?12, echo = ?13, changed_at = ?14
       WHERE id = ?1 AND account_id = ?2`,
    )
    .bind(keyword.id, keyword.account, ...said(keyword), keyword.changedAt)
    .run();
  if (meta.changes > 0) return "changed";
  const there = await db
    .prepare("SELECT 1 FROM keyword WHERE id = ?1 AND account_id = ?2")
    .bind(keyword.id, keyword.account)
    .first();
  return there ? "taken" : "not-there";
};

const remove: Query<KeywordStore, "remove"> = async (db, account, id) => {
  const { meta } = await db.prepare("DELETE FROM keyword WHERE id = ?1 AND account_id = ?2").bind(id, account).run();
  return meta.changes > 0;
};

const byId: Query<KeywordStore, "byId"> = async (db, account, id) => {
  const row = await db
    .prepare("SELECT * FROM keyword WHERE id = ?1 AND account_id = ?2")
    .bind(id, account)
    .first<KeywordRow>();
  return row ? toKeyword(row) : undefined;
};

const list: Query<KeywordStore, "list"> = async (db, account) => {
  const { results } = await db
    .prepare("SELECT * FROM keyword WHERE account_id = ?1 ORDER BY created_at, id")
    .bind(account)
    .all<KeywordRow>();
  return results.map(toKeyword);
};

const inUseAt: Query<KeywordStore, "inUseAt"> = async (db, shortNumbers) => {
  const { results } = await db
    .prepare(
      `SELECT keyword.*, account.number AS account_number
       FROM json_each(?1) AS wanted CROSS JOIN keyword ON keyword.short_number = wanted.value
       JOIN account ON account.id = keyword.account_id AND account.state = 'open'
       JOIN sender ON sender.account_id = keyword.account_id AND sender.sender = keyword.short_number
       WHERE keyword.is_enabled
       ORDER BY keyword.created_at, keyword.id`,
    )
    .bind(JSON.stringify(shortNumbers))
    .all<KeywordRow & { account_number: number }>();
  return results.map((row): KeywordAt => ({ ...toKeyword(row), accountNumber: row.account_number }));
};

/** What a customer says of a keyword, in the order in which both statements have it. */
function said(keyword: Omit<Keyword, "id" | "createdAt">) {
  return [
    keyword.shortNumber,
    keyword.mode,
    keyword.text,
    sameness(keyword),
    JSON.stringify(keyword.aliases),
    keyword.forwardUrl,
    keyword.isEnabled ? 1 : 0,
    keyword.preAuth ? JSON.stringify(keyword.preAuth) : null,
    JSON.stringify(keyword.tags),
    JSON.stringify(keyword.properties),
    JSON.stringify(keyword.echo),
  ] as const;
}

type KeywordRow = {
  id: Keyword["id"];
  account_id: string;
  dialect: string;
  short_number: string;
  mode: Keyword["mode"];
  text: string;
  aliases: string;
  forward_url: string;
  is_enabled: 0 | 1;
  pre_auth: string | null;
  tags: string;
  properties: string;
  echo: string;
  created_at: number;
  changed_at: number;
};

function toKeyword(row: KeywordRow): Keyword {
  return {
    id: row.id,
    account: row.account_id,
    dialect: row.dialect,
    shortNumber: row.short_number,
    mode: row.mode,
    text: row.text,
    aliases: JSON.parse(row.aliases),
    forwardUrl: row.forward_url,
    isEnabled: row.is_enabled === 1,
    ...(row.pre_auth === null ? {} : { preAuth: JSON.parse(row.pre_auth) }),
    tags: JSON.parse(row.tags),
    properties: JSON.parse(row.properties),
    echo: JSON.parse(row.echo),
    createdAt: row.created_at,
    changedAt: row.changed_at,
  };
}
