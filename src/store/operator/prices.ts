/** The table of carriers' prices in D1. */

import { inChunks } from "../../core/kernel/chunks.ts";
import type { ListedPrice, PriceStore } from "../../core/messages/price.ts";
import { ported, type Query } from "../query.ts";
import { pageOf } from "../rows.ts";

export function priceStore(db: D1Database): PriceStore {
  return ported<PriceStore>(db, { put, list, to });
}

/** So many go in one parameter, which must stay below two megabytes. */
const WRITTEN_AT_ONCE = 10_000;

const put: Query<PriceStore, "put"> = async (db, carrier, prices) => {
  const insert = db.prepare(
    `INSERT INTO price (carrier, prefix, nanos, currency)
     SELECT ?1, value->>'prefix', value->>'nanos', value->>'currency' FROM json_each(?2)`,
  );
  await db.batch([
    db.prepare("DELETE FROM price WHERE carrier = ?1").bind(carrier),
    ...inChunks(prices, WRITTEN_AT_ONCE).map((some) => insert.bind(carrier, JSON.stringify(some))),
  ]);
};

const list: Query<PriceStore, "list"> = async (db, carrier, { limit, cursor }) => {
  const { results } = await db
    .prepare(
      `SELECT prefix, nanos, currency FROM price
       WHERE carrier = ?1 AND (?2 IS NULL OR prefix > ?2) ORDER BY prefix LIMIT ?3`,
    )
    .bind(carrier, cursor === undefined ? null : cursor.slice(1), limit + 1)
    .all<ListedPrice>();
  // The prefix of all numbers is empty, which no cursor may be.
  return pageOf(
    results,
    limit,
    (row) => row,
    ({ prefix }) => `+${prefix}`,
  );
};

/** A number has 15 digits at most, so its prefixes are few: each carrier is asked for those. */
const to: Query<PriceStore, "to"> = async (db, recipient) => {
  const digits = recipient.replace(/^\+/, "").slice(0, 15);
  const prefixes = Array.from({ length: digits.length + 1 }, (_, length) => digits.slice(0, length));
  const { results } = await db
    .prepare(
      `SELECT price.carrier, price.prefix, price.nanos, price.currency
       FROM json_each(?1) AS wanted JOIN price ON price.prefix = wanted.value
       ORDER BY length(price.prefix)`,
    )
    .bind(JSON.stringify(prefixes))
    .all<ListedPrice & { carrier: string }>();
  return new Map(results.map(({ carrier, ...price }) => [carrier, price]));
};
