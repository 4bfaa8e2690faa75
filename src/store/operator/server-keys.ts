/** The published halves of our signing keys in D1. */

import type { ServerKey } from "../../core/kernel/ports.ts";

const LIFE_MS = 10 * 365 * 86_400_000;

type Row = { name: string; public_key: string; created_at: number; expires_at: number };

export function serverKeyStore(db: D1Database) {
  const toKey = (row: Row): ServerKey => ({
    name: row.name,
    publicKey: row.public_key,
    createdAt: row.created_at,
    expiresAt: row.expires_at,
  });

  return {
    async byName(name: string): Promise<ServerKey | undefined> {
      const row = await db
        .prepare(
          `SELECT name, public_key, created_at, expires_at FROM server_key WHERE name = ?1
           UNION ALL SELECT name, public_key, created_at, expires_at FROM server_key_name WHERE name = ?1`,
        )
        .bind(name)
        .first<Row>();
      return row ? toKey(row) : undefined;
    },

    /**
     * Named by the day it is first seen, with a count if that day has seen more than one; or as it is wanted. A name that
     * another key has is left to it, and the day's is used.
     */
    async publish(publicKey: string, at: number, name?: string): Promise<ServerKey> {
      const day = new Date(at).toISOString().slice(0, 10);
      await db
        .prepare(
          `INSERT INTO server_key (name, public_key, created_at, expires_at)
           SELECT ?1 || iif(count(*) = 0, '', '-' || (count(*) + 1)), ?2, ?3, ?4
           FROM (SELECT name FROM server_key UNION ALL SELECT name FROM server_key_name) AS used WHERE name LIKE ?1 || '%'
           ON CONFLICT DO NOTHING`,
        )
        .bind(day, publicKey, at, at + LIFE_MS)
        .run();
      const row = await db.prepare("SELECT * FROM server_key WHERE public_key = ?1").bind(publicKey).first<Row>();
      if (!row) throw new Error("the signing key could not be published");
      if (name === undefined || name === row.name) return toKey(row);
      await db
        .prepare(
          `INSERT INTO server_key_name (name, public_key, created_at, expires_at)
           SELECT ?1, ?2, ?3, ?4 WHERE NOT EXISTS (SELECT 1 FROM server_key WHERE name = ?1)
           ON CONFLICT DO NOTHING`,
        )
        .bind(name, publicKey, at, at + LIFE_MS)
        .run();
      const named = await db
        .prepare("SELECT * FROM server_key_name WHERE name = ?1 AND public_key = ?2")
        .bind(name, publicKey)
        .first<Row>();
      return toKey(named ?? row);
    },
  };
}
