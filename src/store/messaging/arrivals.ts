/**
 * Writing arrivals: a whole group of new messages, the nonces of the requests they came in, and the webhooks owed for
 * those that were refused, as one transaction.
 */

import { GatewayError } from "../../core/kernel/errors.ts";
import type { AccountId, MessageId } from "../../core/kernel/ids.ts";
import { LANES, type Lane } from "../../core/kernel/lane.ts";
import type { Once } from "../../core/kernel/ports.ts";
import type { Message } from "../../core/messages/message.ts";
import type { Webhook } from "../../core/webhooks/webhook.ts";
import { LIKE_CHARGE, LIKE_PAID_MESSAGE } from "../repeats.ts";
import { fields } from "../rows.ts";
import { MESSAGE_COLUMNS, toNewRow } from "./messages/rows.ts";
import { insertWebhooks } from "./webhooks/owed.ts";

/**
 * One request's messages, ready to be written. `rows` is the inside of a JSON array, so that a group is put together by
 * joining texts. The claim is unique to this arrival: it tells our own nonce from the one of a replayed request.
 */
export type Arrival = {
  claim: string;
  account: AccountId;
  lane: Lane;
  rows: string;
  /** The webhooks owed for messages that failed as they came in; also the inside of a JSON array. */
  owed: string;
  due: readonly { id: MessageId; at: number | null }[];
  once?: Once;
  /** Whether a message is among them that is left out if it repeats another. */
  isGuarded?: boolean;
};

export type Written = { outcome: "stored"; added: MessageId[] } | { outcome: "replayed" };

/** A statement's parameter may have 2,000,000 bytes; a group stays well below, in UTF-16 units of at most 3 bytes. */
const GROUP_LIMIT = 600_000;
/** Rows in a group, and in an arrival: a group is written within a few hundredths of a second, so that what is urgent waits no longer. */
const ROWS_AT_ONCE = 250;
const MOST_IN_AN_ARRIVAL = 200;
/** What is written all or none travels in one call, of at most 32 MiB, at up to two bytes for a unit. */
export const MOST_TOGETHER = 15_000_000;
/** What a webhook that is owed for a row adds. */
const OWED_WEIGHT = 900;

/** What it takes of a group, which may have 1 in all. */
export function weightOf({ due, rows, owed }: Arrival): number {
  return Math.max(due.length / ROWS_AT_ONCE, (rows.length + owed.length) / GROUP_LIMIT);
}

/** One request's messages: one arrival, or several where one would be too large; a nonce goes with the first. */
export function toArrivals(
  messages: readonly Message[],
  once: Once | undefined,
  owed: readonly Webhook[] = [],
): Arrival[] {
  return [...arrivalsOf(messages, once, owed)];
}

/** The same, made one after the other as they are asked for. */
export function arrivalsOf(
  messages: readonly Message[],
  once: Once | undefined,
  owed: readonly Webhook[] = [],
): Iterable<Arrival> {
  return inArrivals(messages, once, owed, Number.POSITIVE_INFINITY);
}

/**
 * The same, of messages that are to be stored all or none.
 * @throws GatewayError too-large
 */
export function toTogether(messages: readonly Message[]): Arrival[] {
  return [...inArrivals(messages, undefined, [], MOST_TOGETHER)];
}

function* inArrivals(
  messages: readonly Message[],
  once: Once | undefined,
  owed: readonly Webhook[],
  most: number,
): Generator<Arrival> {
  const owedFor = Map.groupBy(owed, (webhook) => webhook.subject);
  const close = (chunk: readonly Row[], isFirst: boolean) => {
    const webhooks = chunk.flatMap(({ message }) => owedFor.get(message.id) ?? []);
    return toArrival(chunk, webhooks, isFirst ? once : undefined);
  };
  let chunk: Row[] = [];
  let size = 0;
  let whole = 0;
  let isFirst = true;
  for (const message of byLane(messages)) {
    const row = { message, json: JSON.stringify(toNewRow(message)) };
    const weight = row.json.length + (owedFor.has(message.id) ? OWED_WEIGHT : 0);
    whole += weight;
    if (whole > most) {
      throw new GatewayError("too-large", "this is too much to be taken all or none; send it in several requests");
    }
    const isOtherLane = chunk.length > 0 && chunk[0]?.message.lane !== message.lane;
    if (isOtherLane || chunk.length === MOST_IN_AN_ARRIVAL || (chunk.length > 0 && size + weight > GROUP_LIMIT)) {
      yield close(chunk, isFirst);
      isFirst = false;
      chunk = [];
      size = 0;
    }
    chunk.push(row);
    size += weight;
  }
  if (chunk.length > 0) yield close(chunk, isFirst);
}

/** Each arrival is of one lane: one urgent text among ten thousand makes only itself urgent. */
function byLane(messages: readonly Message[]): readonly Message[] {
  const lane = messages[0]?.lane;
  if (messages.every((message) => message.lane === lane)) return messages;
  return messages.toSorted((a, b) => LANES.indexOf(a.lane) - LANES.indexOf(b.lane));
}

/** A new row, as JSON. */
type Row = { message: Message; json: string };

function toArrival(chunk: readonly Row[], owed: readonly Webhook[], once: Once | undefined): Arrival {
  const { id: claim, account, lane } = (chunk[0] as Row).message;
  const claimed = once ? `,"claim":${JSON.stringify(claim)}}` : "}";
  return {
    claim,
    account,
    lane,
    rows: chunk.map(({ json }) => json.slice(0, -1) + claimed).join(","),
    owed: JSON.stringify(owed).slice(1, -1),
    due: chunk.map(({ message: { id, dueAt } }) => ({ id, at: dueAt ?? null })),
    ...(once ? { once } : {}),
    ...(chunk.some(({ message }) => message.charge?.guard) ? { isGuarded: true } : {}),
  };
}

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
  const added = insertMessages(
    db,
    rows,
    claims,
    arrivals.some(({ isGuarded }) => isGuarded),
  );
  if (claims === "[]" && owed.length === 0) {
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
  ]);
  return {
    ids: new Set((stored?.results ?? []).map((row) => row.id)),
    claims: new Set((owned?.results ?? []).map((row) => row.claim)),
  };
}

function insertMessages(db: D1Database, rows: string, claims: string, isGuarded = false): D1PreparedStatement {
  return db
    .prepare(
      // Materialized, or json_each would write out each row's JSON again for each of its columns: half of the whole cost.
      `WITH arrived AS MATERIALIZED (SELECT value FROM json_each(?1))
       INSERT INTO message (${MESSAGE_COLUMNS.join(", ")})
       SELECT ${MESSAGE_COLUMNS.join(", ")}
       FROM (${isGuarded ? WITH_GUARD : `SELECT ${fields([...MESSAGE_COLUMNS, "claim"])} FROM arrived`}) AS new
       WHERE (claim IS NULL OR claim IN (${OWN_CLAIMS}))${isGuarded ? ` AND ${UNLESS_REPEATED}` : ""}
       ON CONFLICT DO NOTHING
       RETURNING id`,
    )
    .bind(rows, claims);
}

/** The same rows with what the repeat guard compares; `nth` counts those of this group that are alike. */
const WITH_GUARD = `
  SELECT *, charge->'guard'->>'as' AS guard, charge->>'service' AS service_id, charge->>'amount' AS amount,
    charge->>'currency' AS currency, accepted_at - (charge->'guard'->>'seconds') * 1000 AS like_since,
    row_number() OVER (
      PARTITION BY account_id, recipient, charge->'guard'->>'as', charge->>'service', charge->>'amount', charge->>'currency'
      ORDER BY id) AS nth
  FROM (SELECT ${fields([...MESSAGE_COLUMNS, "claim"])} FROM arrived)`;

const UNLESS_REPEATED = `(
  guard IS NULL OR (nth = 1 AND NOT EXISTS (${LIKE_CHARGE}) AND NOT EXISTS (${LIKE_PAID_MESSAGE})))`;

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
  const statements = () => arrivals.map(({ rows }) => insertMessages(db, joined([rows]), "[]"));
  if (!again) {
    try {
      const results = await db.batch<{ id: string }>(statements());
      return stored(arrivals, new Set(results.flatMap((result) => result.results.map(({ id }) => id))));
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
