/**
 * Writing arrivals: a whole group of new messages, the nonces of the requests they came in, and the webhooks owed for
 * those that were refused, as one transaction.
 */

import type { MessageId } from "../../core/kernel/ids.ts";
import { markArrival } from "../idempotency/marks.ts";
import { LIKE_CHARGE, LIKE_PAID_MESSAGE, LIKE_SEALED_TEXT, LIKE_TEXT } from "../repeats.ts";
import { fields, places } from "../rows.ts";
import { type Arrival, CONDITIONS } from "./arrival.ts";
import { MESSAGE_COLUMNS, RARE_COLUMNS } from "./messages/rows.ts";
import { aboutMessage, messageFacts } from "./webhooks/message-events.ts";
import { insertWebhooks } from "./webhooks/owed.ts";
import { eventStatements, tell } from "./webhooks/told.ts";

export type Written = { outcome: "stored"; added: MessageId[] } | { outcome: "replayed" };

/**
 * Writes a group. A group that the database refuses is tried again one by one, so a bad row never fails its neighbours.
 * When the connection is lost, nobody knows whether the commit happened: it is read back, and what is not there is
 * written once more.
 */
export async function writeArrivals(
  db: D1Database,
  arrivals: readonly Arrival[],
): Promise<PromiseSettledResult<Written>[]> {
  try {
    return toResults(arrivals, await insert(db, arrivals));
  } catch (error) {
    if (isLostConnection(error)) return await writeOnceMore(db, arrivals);
    if (arrivals.length === 1) return [{ status: "rejected", reason: error }];
    const alone: PromiseSettledResult<Written>[] = [];
    for (const arrival of arrivals) alone.push(...(await writeArrivals(db, [arrival])));
    return alone;
  }
}

/** What of a group is in the database: its messages, and its claims on nonces. */
type Present = { ids: Set<string>; claims: Set<string> };

async function insert(db: D1Database, arrivals: readonly Arrival[]): Promise<Present> {
  const rows = joined(arrivals.map((arrival) => arrival.rows));
  const claims = claimsOf(arrivals);
  const owed = arrivals.flatMap((arrival) => arrival.owed || []);
  const failed = arrivals.flatMap((arrival) => arrival.failed ?? []);
  const isKeyed = arrivals.some(({ keyed }) => keyed);
  const added = insertMessages(db, rows, claims, {
    isGuarded: arrivals.some(({ isGuarded }) => isGuarded),
    hasUnless: arrivals.some(({ hasUnless }) => hasUnless),
    minds: arrivals.some(({ minds }) => minds),
    hasSealed: arrivals.some(({ hasSealed }) => hasSealed),
    hasNoRareColumns: arrivals.every(({ hasNoRareColumns }) => hasNoRareColumns),
    isKeyed,
  });
  if (claims === "[]" && owed.length === 0 && failed.length === 0 && !isKeyed) {
    const { results } = await added.all<{ id: string }>();
    return { ids: new Set(results.map((row) => row.id)), claims: new Set() };
  }
  const insertNonces = db
    .prepare(
      `INSERT INTO nonce (credential_id, nonce, claim, until)
       SELECT ${fields(["credential", "nonce", "claim", "until"])} FROM json_each(?1) WHERE true
       ON CONFLICT DO NOTHING
       RETURNING claim`,
    )
    .bind(claims);
  const [owned, stored] = await db.batch<{ id: string; claim: string }>([
    insertNonces,
    added,
    ...(owed.length > 0 ? [insertWebhooks(db, joined(owed), "of-stored-messages")] : []),
    ...(failed.length > 0 ? eventStatements(db, TELL_OF_FAILED, JSON.stringify(failed)) : []),
    ...(isKeyed ? markArrivals(db, arrivals) : []),
  ]);
  return {
    ids: new Set((stored?.results ?? []).map((row) => row.id)),
    claims: new Set((owned?.results ?? []).map((row) => row.claim)),
  };
}

/**
 * Of those that failed as they came in, and were just stored: of a repeat, which has another id, nothing is told. The sweep finds the
 * webhooks that it owes.
 */
const TELL_OF_FAILED = tell({
  ...aboutMessage(),
  type: "'message.failed'",
  at: "message.accepted_at",
  data: messageFacts("message.accepted_at", "'failed'", "message.reason"),
  from: "json_each(?1) AS new CROSS JOIN message ON message.id = new.value",
  where: "message.state = 'failed'",
  order: "new.key",
});

/** A column that is not written is NULL, and is not looked up in each row's JSON. */
const USUAL_COLUMNS = MESSAGE_COLUMNS.filter((name) => !RARE_COLUMNS.some((rare) => rare === name));

function insertMessages(
  db: D1Database,
  rows: string,
  claims: string,
  {
    isGuarded,
    hasUnless,
    minds,
    hasSealed,
    hasNoRareColumns,
    isKeyed,
  }: Pick<Arrival, "isGuarded" | "hasUnless" | "minds" | "hasSealed" | "hasNoRareColumns"> & { isKeyed?: boolean } = {},
): D1PreparedStatement {
  const columns = (hasNoRareColumns ? USUAL_COLUMNS : MESSAGE_COLUMNS).join(", ");
  const plain = `SELECT ${places([...MESSAGE_COLUMNS, ...CONDITIONS])} FROM arrived`;
  const arrived = minds ? withTurns(plain) : plain;
  return db
    .prepare(
      // Materialized, or json_each would write out each row's JSON again for each of its columns: half of the whole cost.
      `WITH arrived AS MATERIALIZED (SELECT value FROM json_each(?1))
       INSERT INTO message (${columns})
       SELECT ${columns}
       FROM (${isGuarded ? withGuard(arrived) : arrived}) AS new
       WHERE (claim IS NULL OR claim IN (${OWN_CLAIMS}))
         ${isGuarded ? `AND ${UNLESS_REPEATED}` : ""} ${hasUnless ? `AND ${UNLESS_LEFT_ALONE}` : ""}
         ${minds ? `AND ${unlessAlike(hasSealed ? LIKE_SEALED_TEXT : LIKE_TEXT)}` : ""}
         ${isKeyed ? `AND ${WHILE_CLAIMED}` : ""}
       ON CONFLICT DO NOTHING
       RETURNING id`,
    )
    .bind(rows, claims);
}

/** Of a request with an Idempotency-Key, only while it has its claim. */
const WHILE_CLAIMED = `(key_id IS NULL OR EXISTS (
  SELECT 1 FROM idempotency WHERE idempotency.id = key_id AND idempotency.claim = key_claim AND status IS NULL))`;

/** The same rows with what the repeat guard compares; `nth` counts those of this group that are alike. */
const withGuard = (arrived: string) => `
  SELECT *, charge->'guard'->>'as' AS guard, charge->>'service' AS service_id, charge->>'amount' AS amount,
    charge->>'currency' AS currency, accepted_at - (charge->'guard'->>'seconds') * 1000 AS like_since,
    row_number() OVER (
      PARTITION BY account_id, recipient, charge->'guard'->>'as', charge->>'service', charge->>'amount', charge->>'currency'
      ORDER BY id) AS nth
  FROM (${arrived})`;

/** The same rows; `turn` counts those of this group that say the same to the same person, and mind. */
const withTurns = (arrived: string) => `
  SELECT *, row_number() OVER (
    PARTITION BY alike_from IS NULL, account_id, sender, recipient, coalesce(seal, text) ORDER BY id) AS turn
  FROM (${arrived})`;

const unlessAlike = (like: string) => `(alike_from IS NULL OR (turn = 1 AND NOT EXISTS (${like})))`;

/** The recipient's number, and what may stand for it. */
const KNOWN_AS = "SELECT new.recipient UNION ALL SELECT value FROM json_each(new.formerly)";

/** A person opts out of a sender, of a group of them, or of all that an account sends; or ends a consent by STOP. */
const UNLESS_LEFT_ALONE = `
  (optedOutOf IS NULL OR NOT EXISTS (
    SELECT 1 FROM suppression
    WHERE suppression.account_id = new.account_id AND suppression.recipient IN (${KNOWN_AS})
      AND instr(new.optedOutOf, ',' || suppression.number || ',') > 0))
  AND (stopped IS NULL OR NOT EXISTS (
    SELECT 1 FROM consent
    WHERE consent.account_id = new.account_id AND consent.recipient IN (${KNOWN_AS})
      AND (new.stopped = '' OR consent.service_id = new.stopped)
      AND consent.state = 'ended' AND consent.ended_by = 'person'
      AND NOT EXISTS (
        SELECT 1 FROM consent AS again
        WHERE again.account_id = consent.account_id AND again.recipient IN (${KNOWN_AS})
          AND again.merchant_id = consent.merchant_id AND again.service_id = consent.service_id
          AND again.state = 'active')))`;

const UNLESS_REPEATED = `(
  guard IS NULL OR (nth = 1 AND NOT EXISTS (${LIKE_CHARGE}) AND NOT EXISTS (${LIKE_PAID_MESSAGE})))`;

/** Marks the requests with a key, in the write that stores what came in them. */
function markArrivals(db: D1Database, arrivals: readonly Arrival[]): D1PreparedStatement[] {
  return arrivals.flatMap(({ claim, due, keyed }) => {
    if (!keyed) return [];
    return markArrival(
      db,
      keyed,
      claim,
      due.map(({ id }) => id),
    );
  });
}

/** The insides of JSON arrays as one array. */
function joined(insides: readonly string[]): string {
  return `[${insides.join(",")}]`;
}

/**
 * Writes the arrivals of one request, all or none: a statement for each, and one transaction around them. Nobody else's
 * may be among them. They have no nonce, and owe no webhooks.
 * @param again they were sent before, and nobody knows what became of them
 * @throws whatever the database threw, if nothing was stored
 */
export async function writeTogether(db: D1Database, arrivals: readonly Arrival[], again = false): Promise<Written[]> {
  const isKeyed = arrivals.some(({ keyed }) => keyed);
  const minds = arrivals.some(({ mindful }) => mindful);
  const statements = () => [
    ...arrivals.map(({ rows }) => insertMessages(db, joined([rows]), "[]", { isKeyed })),
    ...(minds ? [takeBackAlike(db, arrivals)] : []),
    ...markArrivals(db, arrivals),
  ];
  if (!again) {
    try {
      const results = await db.batch<{ id: string }>(statements());
      const isTakenBack = minds && (results[arrivals.length]?.results.length ?? 0) > 0;
      const written = isTakenBack ? [] : results.slice(0, arrivals.length);
      return stored(arrivals, new Set(written.flatMap((result) => result.results.map(({ id }) => id))));
    } catch (error) {
      if (!isLostConnection(error)) throw error;
    }
  }
  const before = await readBack(db, arrivals);
  if (before.ids.size > 0) return stored(arrivals, before.ids);
  // As above: what counts is what is there after the second commit, not its answer.
  let failure: unknown;
  await db.batch(statements()).catch((error) => {
    failure = error;
  });
  const after = await readBack(db, arrivals);
  if (after.ids.size === 0 && failure !== undefined) throw failure;
  return stored(arrivals, after.ids);
}

/** All or none: where one of them is alike another text by then, all that were just written are taken back, in the same transaction. */
function takeBackAlike(db: D1Database, arrivals: readonly Arrival[]): D1PreparedStatement {
  const ids = arrivals.flatMap(({ due }) => due.map(({ id }) => id));
  const mindful = arrivals.flatMap((arrival) => arrival.mindful ?? []);
  return db
    .prepare(
      `DELETE FROM message WHERE id IN (SELECT value FROM json_each(?1)) AND EXISTS (
         SELECT 1 FROM (
           SELECT written.*, asked.value->>1 AS alike_from, asked.value->2 AS formerly, asked.value->>3 AS said,
             asked.value->4 AS marks
           FROM json_each(?2) AS asked CROSS JOIN message AS written
           WHERE written.id = asked.value->>0) AS new
         WHERE EXISTS (${mindful.some(([, , , , marks]) => marks) ? LIKE_SEALED_TEXT : LIKE_TEXT}))
       RETURNING id`,
    )
    .bind(JSON.stringify(ids), JSON.stringify(mindful));
}

/** Of the claims in ?2, those whose nonce is really theirs and not an earlier request's. */
const OWN_CLAIMS = `
  SELECT nonce.claim FROM json_each(?2) AS given
  JOIN nonce ON nonce.credential_id = given.value->>'credential' AND nonce.nonce = given.value->>'nonce'
  WHERE nonce.claim = given.value->>'claim'`;

function claimsOf(arrivals: readonly Arrival[]): string {
  return JSON.stringify(arrivals.flatMap(({ claim, once }) => (once ? [{ claim, ...once }] : [])));
}

/** Writes arrivals that may be there already, all or in part: reads back first, and adds what is missing. */
export async function writeOnceMore(
  db: D1Database,
  arrivals: readonly Arrival[],
): Promise<PromiseSettledResult<Written>[]> {
  try {
    const before = await readBack(db, arrivals);
    const missing = arrivals.filter((arrival) => !isThere(arrival, before));
    if (missing.length === 0) return toResults(arrivals, before);
    // The first commit may still come through in between: what counts is what is there after the second, not its answer.
    let failure: unknown;
    await insert(db, missing).catch((error) => {
      failure = error;
    });
    const after = await readBack(db, arrivals);
    const results = toResults(arrivals, after);
    return failure === undefined
      ? results
      : results.map((result, index) =>
          isThere(arrivals[index] as Arrival, after) ? result : { status: "rejected", reason: failure },
        );
  } catch (error) {
    return arrivals.map(() => ({ status: "rejected", reason: error }));
  }
}

async function readBack(db: D1Database, arrivals: readonly Arrival[]): Promise<Present> {
  const ids = JSON.stringify(arrivals.flatMap((arrival) => arrival.due.map(({ id }) => id)));
  const [messages, claims] = await db.batch<{ id: string; claim: string }>([
    db.prepare("SELECT id FROM message WHERE id IN (SELECT value FROM json_each(?1))").bind(ids),
    db.prepare(`SELECT ?1 AS ids, claim FROM (${OWN_CLAIMS})`).bind(ids, claimsOf(arrivals)),
  ]);
  return {
    ids: new Set((messages?.results ?? []).map((row) => row.id)),
    claims: new Set((claims?.results ?? []).map((row) => row.claim)),
  };
}

function isThere(arrival: Arrival, present: Present): boolean {
  return arrival.once ? present.claims.has(arrival.claim) : arrival.due.some(({ id }) => present.ids.has(id));
}

function stored(arrivals: readonly Arrival[], ids: ReadonlySet<string>): Written[] {
  return arrivals.map(({ due }) => ({
    outcome: "stored",
    added: due.map(({ id }) => id).filter((id) => ids.has(id)),
  }));
}

function toResults(arrivals: readonly Arrival[], present: Present): PromiseSettledResult<Written>[] {
  return arrivals.map(({ claim, due, once }) => ({
    status: "fulfilled",
    value:
      once && !present.claims.has(claim)
        ? { outcome: "replayed" }
        : { outcome: "stored", added: due.map(({ id }) => id).filter((id) => present.ids.has(id)) },
  }));
}

/** D1 names what it lost; everything else it says is about the statement, and saying it again will not help. */
function isLostConnection(error: unknown): boolean {
  return /network connection lost|storage caused object to be reset|code was updated|timed? ?out|internal error|overloaded/i.test(
    String(error),
  );
}
