/** Moves of messages, with the webhooks that they owe: a webhook is owed exactly if the move is made. */

import type { MessageId, WebhookId } from "../../../core/kernel/ids.ts";
import type { MessageState, Move } from "../../../core/messages/message.ts";
import { isFinal, REROUTED_FROM, statesBefore } from "../../../core/messages/message.ts";
import type { Tally } from "../../../core/messages/tally.ts";
import type { WebhookFormat } from "../../../core/webhooks/format.ts";
import { webhookId } from "../../../core/webhooks/webhook.ts";
import { countAnswers } from "../../operator/tallies.ts";
import { append } from "../../timeline.ts";
import { releaseStatements } from "../info-first.ts";
import { owe } from "../webhooks/owed.ts";

/**
 * Makes moves. A list may hold several for one message, a receipt and its contradiction say: each is made by statements
 * of its own, so that the second finds the state the first has left.
 */
export async function move(
  db: D1Database,
  formats: ReadonlyMap<string, WebhookFormat>,
  moves: readonly Move[],
  answered: readonly Tally[] = [],
): Promise<{ made: ReadonlySet<Move>; owed: WebhookId[]; released: MessageId[] }> {
  const rounds = inRounds(moves);
  const steps = rounds.flatMap((round) => {
    const [owe, moved] = moveOnce(db, formats, round);
    const ends = round.some(({ to }) => isFinal(to));
    const [release, ...more] = ends ? releaseStatements(db, wantedOf(formats, round), ALLOWED) : [];
    return [
      { gives: "owed", statement: owe },
      ...(release ? [{ gives: "released", statement: release }] : []),
      ...more.map((statement) => ({ gives: "nothing", statement })),
      ...(round.some(isOptOut) ? [{ gives: "nothing", statement: suppress(db, wantedOf(formats, round)) }] : []),
      { gives: "made", statement: moved },
    ];
  });
  if (answered.length > 0) steps.push({ gives: "nothing", statement: countAnswers(db, answered) });
  const answers = await db.batch<{ id: string }>(steps.map(({ statement }) => statement));
  const given = (kind: string) =>
    answers.flatMap(({ results }, index) => (steps[index]?.gives === kind ? [results.map(({ id }) => id)] : []));
  const made = given("made").flatMap((ids, index) => {
    const moved = new Set(ids);
    return rounds[index]?.filter((move) => moved.has(move.id)) ?? [];
  });
  return {
    made: new Set(made),
    owed: given("owed").flat() as WebhookId[],
    released: given("released").flat() as MessageId[],
  };
}

/** Whether a carrier says that the person wants no more texts from this sender: some heed STOP themselves, and refuse. */
function isOptOut({ reason, carrier }: Move): boolean {
  return reason === "opted-out" && carrier !== undefined && carrier !== "";
}

/** Such a person is written to no more, by any carrier. Only a long number can be answered, and so be allowed again. */
function suppress(db: D1Database, wanted: string): D1PreparedStatement {
  return db
    .prepare(
      `INSERT INTO suppression (account_id, number, recipient, word, created_at)
       SELECT message.account_id, '+' || ltrim(message.sender, '+'), message.recipient,
         'carrier ' || (wanted.value->>'carrier'), wanted.value->>'at'
       FROM json_each(?1) AS wanted JOIN message ON message.id = wanted.value->>'id'
       WHERE wanted.value->>'reason' = 'opted-out' AND wanted.value->>'carrier' <> ''
         AND ltrim(message.sender, '+') NOT GLOB '*[^0-9]*' AND length(ltrim(message.sender, '+')) BETWEEN 8 AND 15
         AND ${ALLOWED}
       ON CONFLICT DO NOTHING`,
    )
    .bind(wanted);
}

/** The first move of each thing, then the second of each that has one, and so on. */
export function inRounds<M extends { id: string }>(moves: readonly M[]): M[][] {
  const rounds: M[][] = [];
  const seen = new Map<string, number>();
  for (const move of moves) {
    const round = seen.get(move.id) ?? 0;
    seen.set(move.id, round + 1);
    rounds[round] ??= [];
    rounds[round].push(move);
  }
  return rounds;
}

/**
 * One move a message. Each element of the list brings the states it may start from, and which dialects' customers are
 * to hear of it. The webhooks are written first, while the message is still in its old state: both statements see the
 * same rows, so a webhook is owed exactly if the move is made.
 */
export function moveOnce(
  db: D1Database,
  formats: ReadonlyMap<string, WebhookFormat>,
  moves: readonly Move[],
): [D1PreparedStatement, D1PreparedStatement] {
  const wanted = wantedOf(formats, moves);
  return [db.prepare(OWE_REPORTS).bind(wanted), db.prepare(MOVE).bind(wanted)];
}

/** The moves as their statements have them. States and dialects are lists between commas, so that one is found by its text. */
function wantedOf(formats: ReadonlyMap<string, WebhookFormat>, moves: readonly Move[]): string {
  const told = new Map<MessageState, { from: string; dialects: string }>();
  const listsOf = (to: MessageState) => {
    const known = told.get(to);
    if (known) return known;
    const dialects = [...formats].filter(([, format]) => format.reports.includes(to)).map(([dialect]) => dialect);
    const lists = { from: listed(statesBefore(to)), dialects: listed(dialects) };
    told.set(to, lists);
    return lists;
  };
  return JSON.stringify(
    moves.map((move) => ({
      id: move.id,
      state: move.to,
      reason: move.reason ?? null,
      at: move.at,
      attempt: move.attempt ?? null,
      overBy: move.overBy ?? null,
      toldBy: move.toldBy ?? null,
      due: move.dueAt ?? null,
      carrier: move.carrier ?? null,
      reference: move.reference ?? null,
      operator: move.operator ?? null,
      entry: move.entry,
      from: move.paidBy ? listed(["held"]) : move.reroutes ? listed(REROUTED_FROM) : listsOf(move.to).from,
      reroutes: move.reroutes ?? null,
      billed: move.billed === undefined ? null : Number(move.billed),
      paidBy: move.paidBy ?? null,
      webhook: webhookId(move.id, move.to),
      dialects: listsOf(move.to).dialects,
      event: { state: move.to, ...(move.reason ? { reason: move.reason } : {}), at: move.happenedAt ?? move.at },
    })),
  );
}

function listed(names: readonly string[]): string {
  return `,${names.join(",")},`;
}

/**
 * Whether a charge's move is the word of the carrier that was asked, if it is a carrier's at all. One that was claimed by an older
 * version names no carrier: then any may have it.
 * @param toldBy SQL: whose word it is, or NULL
 */
export const isOfItsCarrier = (toldBy: string) =>
  `(${toldBy} IS NULL OR txn.carrier = ${toldBy} OR (txn.carrier IS NULL AND txn.state IN ('charging', 'unknown')))`;

/**
 * Whether a wanted move may be made: from this state, and by who speaks for the last claim or for nobody's. What comes of
 * a charge is made only where the charge makes its own move. A carrier from which a message was rerouted has had its word.
 */
const ALLOWED = `
  instr(wanted.value->>'from', ',' || message.state || ',') > 0
  AND message.attempts = coalesce(wanted.value->>'attempt', message.attempts)
  AND (wanted.value->>'overBy' IS NULL OR message.expires_at <= wanted.value->>'overBy')
  AND (wanted.value->>'toldBy' IS NULL OR coalesce(message.carrier, wanted.value->>'toldBy') = wanted.value->>'toldBy')
  AND (message.rerouted_from IS NULL
    OR message.rerouted_from IS NOT coalesce(wanted.value->>'toldBy', wanted.value->>'carrier'))
  AND (wanted.value->>'reroutes' IS NULL
    OR (message.delivery_mode = 'at-least-once' AND message.rerouted_from IS NULL
      AND message.carrier = wanted.value->>'toldBy'))
  AND (wanted.value->>'paidBy' IS NULL OR EXISTS (
    SELECT 1 FROM txn
    WHERE txn.id = wanted.value->'paidBy'->>'id'
      AND txn.state IN (SELECT value FROM json_each(wanted.value->'paidBy'->'from'))
      AND txn.attempts = coalesce(wanted.value->'paidBy'->>'attempt', txn.attempts)
      AND ${isOfItsCarrier("wanted.value->'paidBy'->>'toldBy'")}
      AND txn.is_stopped = coalesce(wanted.value->'paidBy'->>'isStopped', txn.is_stopped)))`;

// Materialized, so that each element is written out once, and not again for each of its members.
const MOVE = `
  WITH wanted AS MATERIALIZED (SELECT value FROM json_each(?1))
  UPDATE message
  SET state = wanted.value->>'state', reason = wanted.value->>'reason', due_at = wanted.value->>'due',
      changed_at = wanted.value->>'at',
      carrier = iif(wanted.value->>'reroutes', NULL, coalesce(wanted.value->>'carrier', carrier)),
      rerouted_from = iif(wanted.value->>'reroutes', wanted.value->>'toldBy', rerouted_from),
      reference = iif(wanted.value->>'reroutes', NULL, coalesce(wanted.value->>'reference', reference)),
      operator = coalesce(wanted.value->>'operator', operator),
      billed = coalesce(wanted.value->>'billed', billed),
      expires_at = iif(wanted.value->>'billed', max(expires_at, (wanted.value->>'at') + expires_at - send_at), expires_at),
      history = ${append("wanted.value->'entry'")}
  FROM wanted
  WHERE message.id = wanted.value->>'id' AND ${ALLOWED}
  RETURNING message.id`;

const OWE_REPORTS = owe({
  with: "wanted AS MATERIALIZED (SELECT value FROM json_each(?1))",
  id: "wanted.value->>'webhook'",
  account: "message.account_id",
  dialect: "message.dialect",
  kind: "report",
  subject: "message.id",
  url: "message.report_url",
  event: "wanted.value->'event'",
  at: "wanted.value->>'at'",
  from: "wanted JOIN message ON message.id = wanted.value->>'id'",
  where: `message.report_url IS NOT NULL
    AND instr(wanted.value->>'dialects', ',' || message.dialect || ',') > 0 AND ${ALLOWED}`,
});
