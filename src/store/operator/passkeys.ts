/** Passkeys of owners in D1. */

import { present } from "../../core/kernel/present.ts";
import type { Passkey, PasskeyStore } from "../../core/operator/passkeys.ts";
import type { TokenId } from "../../core/operator/tokens.ts";
import { ported, type Query } from "../query.ts";

type Row = {
  token_id: TokenId;
  id: string;
  name: string;
  public_key: string;
  counter: number;
  transports: string;
  created_at: number;
  used_at: number | null;
};

export function passkeyStore(db: D1Database): PasskeyStore {
  return ported<PasskeyStore>(db, { add, ofToken, used, remove });
}

const add: Query<PasskeyStore, "add"> = async (db, passkey, most) => {
  const { tokenId, id, name, publicKey, counter, transports, createdAt } = passkey;
  const added = db
    .prepare(
      `INSERT INTO passkey (token_id, id, name, public_key, counter, transports, created_at)
       SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7 FROM token
       WHERE token.id = ?1 AND (SELECT count(*) FROM passkey WHERE token_id = ?1) < ?8
       ON CONFLICT DO NOTHING`,
    )
    .bind(tokenId, id, name, publicKey, counter, JSON.stringify(transports), createdAt, most);
  // Sessions that were begun without one are over for good, also when the last passkey is withdrawn.
  const ended = db
    .prepare(
      `DELETE FROM session WHERE token_id = ?1 AND passkey_id IS NULL
         AND EXISTS (SELECT 1 FROM passkey WHERE token_id = ?1)`,
    )
    .bind(tokenId);
  const [written] = await db.batch([added, ended]);
  return (written?.meta.changes ?? 0) > 0;
};

const ofToken: Query<PasskeyStore, "ofToken"> = async (db, tokenId) => {
  const { results } = await db
    .prepare("SELECT * FROM passkey WHERE token_id = ?1 ORDER BY created_at, id")
    .bind(tokenId)
    .all<Row>();
  return results.map(toPasskey);
};

/** WebAuthn Level 3, 7.2: where either is not zero, it must have grown. */
const used: Query<PasskeyStore, "used"> = async (db, { tokenId, id, counter }, at) => {
  const { meta } = await db
    .prepare(
      `UPDATE passkey SET counter = ?3, used_at = ?4
       WHERE token_id = ?1 AND id = ?2 AND (counter < ?3 OR (counter = 0 AND ?3 = 0))`,
    )
    .bind(tokenId, id, counter, at)
    .run();
  return meta.changes > 0;
};

const remove: Query<PasskeyStore, "remove"> = async (db, { tokenId, id }) => {
  const { meta } = await db.prepare("DELETE FROM passkey WHERE token_id = ?1 AND id = ?2").bind(tokenId, id).run();
  return meta.changes > 0;
};

function toPasskey(row: Row): Passkey {
  return {
    tokenId: row.token_id,
    id: row.id,
    name: row.name,
    publicKey: row.public_key,
    counter: row.counter,
    // As they were written.
    transports: JSON.parse(row.transports) as string[],
    createdAt: row.created_at,
    ...present({ usedAt: row.used_at }),
  };
}
