/** Parts of long texts that people wrote, until they are joined, in D1. */

import type { KeptPart, PartStore } from "../../core/inbound/parts.ts";
import { ported, type Query } from "../query.ts";
import { eachForm } from "../sealed/stored-as.ts";

export function partStore(db: D1Database): PartStore {
  return ported<PartStore>(db, { keep, waitingSince, joined });
}

const keep: Query<PartStore, "keep"> = async (db, parts) => {
  const list = JSON.stringify(parts.map(toRow));
  const [, kept] = await db.batch<Row>([
    db
      .prepare(
        `INSERT INTO inbound_part (carrier, their_id, sender, recipient, reference, number, total, text, received_at)
         SELECT value->>'carrier', value->>'their_id', ${storedAsWanted("sender")}, value->>'recipient', value->>'reference',
           value->>'number', value->>'total', ${storedAsWanted("text")}, value->>'received_at'
         FROM json_each(?1) WHERE true
         ON CONFLICT DO NOTHING`,
      )
      .bind(list),
    db
      .prepare(
        `SELECT DISTINCT part.* FROM json_each(?1) AS new CROSS JOIN inbound_part AS part
         WHERE part.carrier = new.value->>'carrier' AND part.sender IN ${eachForm("new.value->>'sender'", "new.value->'sealed'->'forms'")}
           AND part.recipient = new.value->>'recipient' AND part.reference = new.value->>'reference'
           AND part.is_joined = 0`,
      )
      .bind(list),
  ]);
  return (kept?.results ?? []).map(toPart);
};

/** Whose text it is, is known when it is joined: it is sealed where one of those who have the number wants that. */
function storedAsWanted(column: "sender" | "text"): string {
  return `iif(
    EXISTS (SELECT 1 FROM sender JOIN account ON account.id = sender.account_id
      WHERE sender.sender = value->>'recipient' AND account.settings->>'sealed'),
    coalesce(value->'sealed'->>'${column}', value->>'${column}'), value->>'${column}')`;
}

/** All parts of a text whose first came so early: the later ones are not left for themselves. */
const waitingSince: Query<PartStore, "waitingSince"> = async (db, before, limit) => {
  const { results } = await db
    .prepare(
      `SELECT DISTINCT part.* FROM (
         SELECT carrier, sender, recipient, reference FROM inbound_part
         WHERE is_joined = 0 AND received_at <= ?1 ORDER BY received_at LIMIT ?2) AS late
       CROSS JOIN inbound_part AS part
       WHERE part.carrier = late.carrier AND part.sender = late.sender AND part.recipient = late.recipient
         AND part.reference = late.reference AND part.is_joined = 0`,
    )
    .bind(before, limit)
    .all<Row>();
  return results.map(toPart);
};

const joined: Query<PartStore, "joined"> = async (db, parts) => {
  await db
    .prepare(
      `UPDATE inbound_part SET is_joined = 1, text = '' FROM json_each(?1) AS done
       WHERE inbound_part.carrier = done.value->>'carrier' AND inbound_part.their_id = done.value->>'theirId'`,
    )
    .bind(JSON.stringify(parts.map(({ carrier, theirId }) => ({ carrier, theirId }))))
    .run();
};

type Row = {
  carrier: string;
  their_id: string;
  sender: string;
  recipient: string;
  reference: string;
  number: number;
  total: number;
  text: string;
  received_at: number;
};
type NewRow = Row & Pick<KeptPart, "sealed">;

function toRow({ carrier, theirId, sender, recipient, text, part, receivedAt, sealed }: KeptPart): NewRow {
  const { reference, number, total } = part;
  return {
    ...(sealed ? { sealed } : {}),
    carrier,
    their_id: theirId,
    sender,
    recipient,
    reference,
    number,
    total,
    text,
    received_at: receivedAt,
  };
}

function toPart({ carrier, their_id, sender, recipient, reference, number, total, text, received_at }: Row): KeptPart {
  const part = { reference, number, total };
  return { carrier, theirId: their_id, sender, recipient, text, part, receivedAt: received_at };
}
