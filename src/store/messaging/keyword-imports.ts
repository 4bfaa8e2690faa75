/** Keywords from elsewhere, with their ids, into D1. What stands in the way of one is found in the write itself. */

import { type Keyword, type KeywordFault, type KeywordStore, sameness } from "../../core/inbound/keyword.ts";
import type { Judged } from "../../core/kernel/imports.ts";
import type { Query } from "../query.ts";

const COLUMNS = [
  ...[
    "id",
    "account_id",
    "dialect",
    "short_number",
    "mode",
    "text",
    "sameness",
    "aliases",
    "forward_url",
    "is_enabled",
  ],
  ...["pre_auth", "tags", "properties", "echo", "created_at", "changed_at"],
] as const;

/** What makes two keywords the same but for their id, number, mode and text; when it was made counts if that was said. */
const SAME = `
  known.account_id = new.value->>'account_id' AND known.dialect = new.value->>'dialect'
  AND known.text = new.value->>'text' AND known.aliases = new.value->>'aliases'
  AND known.forward_url = new.value->>'forward_url' AND known.is_enabled = new.value->>'is_enabled'
  AND known.pre_auth IS new.value->>'pre_auth' AND known.tags = new.value->>'tags'
  AND known.properties = new.value->>'properties'
  AND (new.value->>'is_dated' = 0 OR known.created_at = new.value->>'created_at')`;

/** Each of ?1, with what stands in its way. */
const JUDGED = `
  judged AS MATERIALIZED (
    SELECT new.key AS place, new.value AS value,
      CASE
        WHEN EXISTS (
          SELECT 1 FROM keyword AS known WHERE known.id = new.value->>'id' AND NOT (
            known.short_number = new.value->>'short_number' AND known.mode = new.value->>'mode'
            AND known.sameness = new.value->>'sameness' AND ${SAME})) THEN 'id'
        WHEN EXISTS (
          SELECT 1 FROM keyword AS known
          WHERE known.short_number = new.value->>'short_number' AND known.mode = new.value->>'mode'
            AND known.sameness = new.value->>'sameness' AND known.id <> new.value->>'id') THEN 'text'
      END AS fault
    FROM json_each(?1) AS new)`;

const IS_TAKEN = `(?2 = 'each' OR (?2 = 'all-or-none' AND NOT EXISTS (SELECT 1 FROM judged WHERE fault IS NOT NULL)))`;

const BRING = `
  WITH ${JUDGED}
  INSERT INTO keyword (${COLUMNS.join(", ")})
  SELECT ${COLUMNS.map((column) => `value->>'${column}'`).join(", ")} FROM judged
  WHERE fault IS NULL AND ${IS_TAKEN}
  ON CONFLICT DO NOTHING`;

/** Ids have eight digits from the beginning, so that none is taken for an id that a merchant chose for a consent. */
export const FIRST_ID = 10_000_001;

/** Ids that are counted go on after the highest that was brought: none is given twice. */
const COUNT_ON = `
  INSERT INTO counter (name, value)
  SELECT 'keyword', max(${FIRST_ID} - 1, max(CAST(value->>'id' AS INTEGER))) FROM json_each(?1)
  WHERE ?2 <> 'none' HAVING count(*) > 0
  ON CONFLICT (name) DO UPDATE SET value = max(counter.value, excluded.value)`;

const FAULTS = `WITH ${JUDGED} SELECT place, fault FROM judged WHERE fault IS NOT NULL ORDER BY place`;

export const bringKeywords: Query<KeywordStore, "bring"> = async (db, keywords, which) => {
  if (keywords.length === 0) return [];
  const list = JSON.stringify(keywords.map(toRow));
  const [, , faults] = await db.batch<Judged<KeywordFault>>([
    db.prepare(BRING).bind(list, which),
    db.prepare(COUNT_ON).bind(list, which),
    db.prepare(FAULTS).bind(list),
  ]);
  return faults?.results ?? [];
};

function toRow(keyword: Keyword & { isDated: boolean }) {
  return {
    id: keyword.id,
    account_id: keyword.account,
    dialect: keyword.dialect,
    short_number: keyword.shortNumber,
    mode: keyword.mode,
    text: keyword.text,
    sameness: sameness(keyword),
    aliases: JSON.stringify(keyword.aliases),
    forward_url: keyword.forwardUrl,
    is_enabled: keyword.isEnabled ? 1 : 0,
    pre_auth: keyword.preAuth ? JSON.stringify(keyword.preAuth) : null,
    tags: JSON.stringify(keyword.tags),
    properties: JSON.stringify(keyword.properties),
    echo: JSON.stringify(keyword.echo),
    created_at: keyword.createdAt,
    changed_at: keyword.changedAt,
    is_dated: keyword.isDated ? 1 : 0,
  };
}
