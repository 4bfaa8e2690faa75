/** Owing webhooks anew that are over. */

import type { WebhookId } from "../../../core/kernel/ids.ts";
import { timePart } from "../../../core/kernel/ids.ts";
import type { WebhookFilter, WebhookStore } from "../../../core/webhooks/store.ts";
import { asMany, readBack } from "../../idempotency/read-back.ts";
import type { Query } from "../../query.ts";
import { append, entry } from "../../timeline.ts";

export const replayOne: Query<WebhookStore, "replayOne"> = async (db, id, at) => {
  const { meta } = await db
    .prepare(
      `UPDATE webhook
       SET state = 'owed', is_paused = 0, reason = NULL, due_at = ?2, attempts = 0, changed_at = ?2,
           history = ${append(entry("webhook.replayed", { at: "?2" }))}
       WHERE id = ?1 AND state IN ('dead', 'answered')`,
    )
    .bind(id, at)
    .run();
  return meta.changes > 0;
};

export const replay: Query<WebhookStore, "replay"> = async (db, filter, state, at) => {
  const dead = state === "answered" ? [] : await replayDead(db, filter, at);
  return state === "dead" ? dead : [...dead, ...(await replayAnswered(db, filter, at))];
};

/** Owed webhooks in D1, the attempts made, and the health of the endpoints they go to. */
type Which = Omit<WebhookFilter, "state">;

/** What owing it anew writes down, and which are meant. Parameters 1 to 6 are those of `whichOf`. */
const OWE_ANEW = `UPDATE webhook
  SET state = 'owed', is_paused = 0, reason = NULL, due_at = ?1, attempts = 0, changed_at = ?1,
      history = ${append(entry("webhook.replayed", { at: "?1" }))}`;

const IS_MEANT = `(?2 IS NULL OR account_id = ?2) AND (?3 IS NULL OR endpoint = ?3)
  AND (?4 IS NULL OR created_at >= ?4) AND (?5 IS NULL OR created_at < ?5) AND (?6 IS NULL OR kind = ?6)`;

function whichOf({ account, endpoint, since, until, kind }: Which, at: number) {
  return [at, account ?? null, endpoint ?? null, since ?? null, until ?? null, kind ?? null] as const;
}

async function replayDead(db: D1Database, which: Which, at: number): Promise<WebhookId[]> {
  const write = db.prepare(`${OWE_ANEW} WHERE state = 'dead' AND ${IS_MEANT} RETURNING id`).bind(...whichOf(which, at));
  const { results } = await readBack(write, asMany(db)).all<{ id: WebhookId }>();
  return results.map(({ id }) => id);
}

/** So many webhooks are looked at by one statement: there may be millions that were answered. */
const LOOKED_AT = 5_000;

/**
 * They are gone through in the order of their ids, a page at a time, so none is owed anew twice by one call. An id tells
 * when the thing began that it tells of, and no index tells when it was written down: only the end of the range is known.
 */
async function replayAnswered(db: D1Database, which: Which, at: number): Promise<WebhookId[]> {
  const pageFrom = (last: string, end: string, account: string) => {
    const number = `(SELECT printf('%06d', account.number) FROM account WHERE account.id = ${account})`;
    return `SELECT id FROM webhook
      WHERE id > ${last} AND id >= 'whk_' || coalesce(${number}, '') AND id < 'whk_' || coalesce(${number} || ${end}, '~')
      ORDER BY id LIMIT ${LOOKED_AT}`;
  };
  const end = which.until === undefined ? "~" : timePart(which.until);
  const oweAnew = (from: string) =>
    db
      .prepare(
        `${OWE_ANEW}
         WHERE id IN (${pageFrom("?7", "?8", "?2")}) AND state = 'answered' AND changed_at < ?1 AND ${IS_MEANT}
         RETURNING id`,
      )
      .bind(...whichOf(which, at), from, end);
  const replayed: WebhookId[] = [];
  let last: string | null = "";
  while (last !== null) {
    const [owed, looked]: D1Result<{ id: WebhookId | null }>[] = await db.batch<{ id: WebhookId | null }>([
      readBack(oweAnew(last), asMany(db)),
      db.prepare(`SELECT max(id) AS id FROM (${pageFrom("?1", "?2", "?3")})`).bind(last, end, which.account ?? null),
    ]);
    replayed.push(...(owed?.results ?? []).flatMap(({ id }) => id ?? []));
    last = looked?.results[0]?.id ?? null;
  }
  return replayed;
}
