/** Requests that carry an Idempotency-Key, in D1: claimed, completed, given up, forgotten. */

import { ANSWERS_KEPT_MS, CLAIM_MS, inProgress, REFUSED_KEPT_MS } from "../../core/idempotency/key.ts";
import type { Begun, Claimed, KeyStore, RecordEntry } from "../../core/idempotency/store.ts";
import { ported, type Query } from "../query.ts";
import { isClaimLost, step } from "./marks.ts";

export function keyStore(db: D1Database): KeyStore {
  return ported<KeyStore>(db, { claim, begin, complete, release, forget });
}

type Row = {
  id: string;
  digest: string;
  claim: string;
  seed: string;
  begun_at: number;
  begun_wall: number;
  steps: number;
  record: string;
  status: number | null;
  answer: string | null;
  refused_at: number | null;
};

/** Its time is over, and it is not under way: the sandbox's clock may pass its time while it is. */
const IS_OVER = "(idempotency.until <= excluded.begun_at AND idempotency.claimed_until <= excluded.begun_wall)";
/** An attempt without a step has had no effect, and never will: each write of it needs its claim. */
const IS_FRESH = `(${IS_OVER} OR idempotency.steps = 0)`;

const CLAIM = `
  INSERT INTO idempotency (id, scope, digest, claim, claimed_until, seed, begun_at, begun_wall, until)
  VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)
  ON CONFLICT (id) DO UPDATE SET
    digest = iif(${IS_FRESH}, excluded.digest, idempotency.digest), claim = excluded.claim, claimed_until = excluded.claimed_until,
    seed = iif(${IS_FRESH}, excluded.seed, idempotency.seed),
    begun_at = iif(${IS_FRESH}, excluded.begun_at, idempotency.begun_at),
    begun_wall = iif(${IS_FRESH}, excluded.begun_wall, idempotency.begun_wall),
    until = iif(${IS_FRESH}, excluded.until, idempotency.until),
    steps = iif(${IS_OVER}, 0, idempotency.steps), record = iif(${IS_FRESH}, '[]', idempotency.record),
    status = NULL, answer = NULL, refused_at = NULL
  WHERE ${IS_OVER}
    OR idempotency.refused_at <= ?11
    OR (idempotency.status IS NULL AND idempotency.refused_at IS NULL AND idempotency.digest IN (SELECT value FROM json_each(?10))
      AND (idempotency.claimed_until <= excluded.begun_wall OR idempotency.claim = excluded.claim))`;

const claim: Query<KeyStore, "claim"> = async (db, { id, scope, digests }, { claim, seed, at, wall, arrivedAt }) => {
  const given = [
    id,
    scope,
    digests[0] ?? "",
    claim,
    wall + CLAIM_MS,
    seed,
    at,
    wall,
    at + ANSWERS_KEPT_MS,
    JSON.stringify(digests),
    arrivedAt,
  ];
  const ask = () =>
    db.batch<Row>([db.prepare(CLAIM).bind(...given), db.prepare("SELECT * FROM idempotency WHERE id = ?1").bind(id)]);
  // Where the first answer was lost, the same claim is made again.
  const [, found] = await ask().catch(ask);
  const row = found?.results[0];
  if (!row) return { outcome: "in-progress" };
  return row.claim === claim && row.status === null ? { outcome: "begun", begun: toBegun(row) } : seen(row, digests);
};

function seen(row: Row, digests: readonly string[]): Claimed {
  if (row.refused_at !== null) return { outcome: "in-progress" };
  if (!digests.includes(row.digest)) return { outcome: "other-request" };
  if (row.status === null) return { outcome: "in-progress" };
  return { outcome: "answered", status: row.status, answer: row.answer ?? "" };
}

function toBegun({ id, claim, digest, seed, begun_at: at, begun_wall: wall, steps, record }: Row): Begun {
  return { id, claim, digest, seed, at, wall, steps, record: JSON.parse(record) as RecordEntry[] };
}

const begin: Query<KeyStore, "begin"> = async (db, begun, what) => {
  try {
    await db.batch(step(db, begun, { began: what }));
  } catch (error) {
    throw isClaimLost(error) ? inProgress() : error;
  }
};

const complete: Query<KeyStore, "complete"> = async (db, { id, claim }, { status, answer, at }) => {
  const { meta } = await db
    .prepare(
      `UPDATE idempotency SET status = ?3, answer = ?4, record = '[]', claimed_until = 0, until = max(until, ?5)
       WHERE id = ?1 AND claim = ?2 AND (status IS NULL OR answer = ?4)`,
    )
    .bind(id, claim, status, answer, at + ANSWERS_KEPT_MS)
    .run();
  return meta.changes > 0;
};

const release: Query<KeyStore, "release"> = async (db, { id, claim, at }, refusedAt) => {
  const isWithoutEffect = "id = ?1 AND claim = ?2 AND status IS NULL AND steps = 0";
  const refuse = `UPDATE idempotency SET refused_at = ?3, until = ?4 WHERE ${isWithoutEffect}`;
  await db.batch([
    refusedAt === undefined
      ? db.prepare(`DELETE FROM idempotency WHERE ${isWithoutEffect}`).bind(id, claim)
      : db.prepare(refuse).bind(id, claim, refusedAt, at + REFUSED_KEPT_MS),
    db.prepare("UPDATE idempotency SET claimed_until = 0 WHERE id = ?1 AND claim = ?2").bind(id, claim),
  ]);
};

const forget: Query<KeyStore, "forget"> = async (db, { at, wall }, limit) => {
  const { meta } = await db
    .prepare(
      `DELETE FROM idempotency WHERE id IN (
         SELECT id FROM idempotency INDEXED BY idempotency_until WHERE until <= ?1 AND claimed_until <= ?2
         ORDER BY until LIMIT ?3)`,
    )
    .bind(at, wall, limit)
    .run();
  return meta.changes;
};
