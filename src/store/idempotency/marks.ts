/** The mark that a request with an Idempotency-Key leaves in each write that it makes: no claim, no write. */

import type { Begun, RecordEntry } from "../../core/idempotency/store.ts";

/**
 * Says that this request writes. The next statement fails the whole batch where another attempt has the claim.
 * @param isAside it writes about the request, and not what the request is for: it may all be done again
 */
export function step(
  db: D1Database,
  { id, claim }: Pick<Begun, "id" | "claim">,
  entry: RecordEntry,
  isAside = false,
): D1PreparedStatement[] {
  return [
    db
      .prepare(
        `UPDATE idempotency SET steps = steps + ?4, record = json_insert(record, '$[#]', json(?3))
         WHERE id = ?1 AND claim = ?2 AND status IS NULL`,
      )
      .bind(id, claim, JSON.stringify(entry), isAside ? 0 : 1),
    db
      .prepare(
        `INSERT INTO idempotency (id) SELECT NULL
         WHERE NOT EXISTS (SELECT 1 FROM idempotency WHERE id = ?1 AND claim = ?2 AND status IS NULL)`,
      )
      .bind(id, claim),
  ];
}

/** Writes down how many rows the statement before has changed. */
export function changedRows(db: D1Database, { id }: Pick<Begun, "id">): D1PreparedStatement {
  return db
    .prepare(
      "UPDATE idempotency SET record = json_insert(record, '$[#]', json_object('changed', changes())) WHERE id = ?1",
    )
    .bind(id);
}

/** Whether a batch failed for want of the claim. */
export function isClaimLost(error: unknown): boolean {
  return /NOT NULL constraint failed: idempotency\.id/i.test(String(error));
}

/** Says that this request has brought messages in, which of these are there now, and what it had read until then. */
export function markArrival(
  db: D1Database,
  { id, claim, read }: Pick<Begun, "id" | "claim"> & { read?: string },
  arrival: string,
  messages: readonly string[],
): D1PreparedStatement {
  return db
    .prepare(
      `UPDATE idempotency SET steps = steps + 1, record = json_insert(record, '$[#]', json_patch(json_object('arrival', ?3, 'added',
         (SELECT json_group_array(message.id) FROM message WHERE message.id IN (SELECT value FROM json_each(?4)))),
         json_object('read', ?5)))
       WHERE id = ?1 AND claim = ?2 AND status IS NULL`,
    )
    .bind(id, claim, arrival, JSON.stringify(messages), read ?? null);
}
