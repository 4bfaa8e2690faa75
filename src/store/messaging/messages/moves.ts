/** Moves of messages, with the webhooks that they owe: a webhook is owed exactly if the move is made. */

import type { MessageId, WebhookId } from "../../../core/kernel/ids.ts";
import type { NumberForms, Seals } from "../../../core/kernel/ports.ts";
import type { MessageState, Move } from "../../../core/messages/message.ts";
import { isFinal, MESSAGE_STATES, REROUTED_FROM, statesBefore } from "../../../core/messages/message.ts";
import { isPseudonym } from "../../../core/messages/pseudonym.ts";
import type { Tally } from "../../../core/messages/tally.ts";
import type { WebhookFormat } from "../../../core/webhooks/format.ts";
import { webhookId } from "../../../core/webhooks/webhook.ts";
import { countAnswers } from "../../operator/tallies.ts";
import { eachForm, storedAs } from "../../sealed/stored-as.ts";
import { append } from "../../timeline.ts";
import { releaseStatements, tellOfDropped } from "../info-first.ts";
import { aboutMessage, messageFacts, TOLD_STATES } from "../webhooks/message-events.ts";
import { isNoted, tellOfOptOuts } from "../webhooks/opt-out-events.ts";
import { owe } from "../webhooks/owed.ts";
import { eventStatements, tell } from "../webhooks/told.ts";
import { blankCodes } from "./rows.ts";

/**
 * Makes moves. A list may hold several for one message, a receipt and its contradiction say: each is made by statements
 * of its own, so that the second finds the state the first has left.
 * @param seals absent: nothing is sealed, nor was
 * @param readable the same database, which leaves out rows that cannot be opened
 */
export async function move(
  db: D1Database,
  formats: ReadonlyMap<string, WebhookFormat>,
  moves: readonly Move[],
  answered: readonly Tally[] = [],
  seals?: Seals,
  readable = db,
): Promise<{ made: ReadonlySet<Move>; owed: WebhookId[]; released: MessageId[] }> {
  const rounds = inRounds(moves);
  const people = await peopleOf(readable, moves.filter(isOptOut), seals);
  const steps = rounds.flatMap((round, nth): Step[] => {
    const wanted = wantedOf(formats, round, people);
    const { owed, quietly, moved } = moveOnce(db, formats, round, wanted);
    const ends = round.some(({ to }) => isFinal(to));
    const [release, ...more] = ends ? releaseStatements(db, wanted, ALLOWED) : [];
    const fails = round.some(({ to }) => to === "failed" || to === "expired");
    const [oweDropped, logDropped] = fails ? eventStatements(db, TELL_OF_DROPPED, wanted) : [];
    return [
      ...owed.map((statement) => ({ gives: "owed" as const, statement })),
      ...quietly.map((statement) => ({ gives: "nothing" as const, statement })),
      ...(oweDropped ? [{ gives: "owed" as const, statement: oweDropped }] : []),
      ...(logDropped ? [{ gives: "nothing" as const, statement: logDropped }] : []),
      ...(release ? [{ gives: "released" as const, statement: release }] : []),
      ...more.map((statement) => ({ gives: "nothing" as const, statement })),
      ...(round.some(isOptOut) ? suppress(db, wanted) : []),
      ...moved.map((statement) => ({ gives: "made" as const, round: nth, statement })),
    ];
  });
  if (answered.length > 0) steps.push({ gives: "nothing", statement: countAnswers(db, answered) });
  const answers = await db.batch<{ id: string }>(steps.map(({ statement }) => statement));
  const given = (kind: Step["gives"], round?: number) =>
    answers.flatMap(({ results }, index) => {
      const step = steps[index];
      return step?.gives === kind && step.round === round ? results.map(({ id }) => id) : [];
    });
  const made = rounds.flatMap((round, nth) => {
    const moved = new Set(given("made", nth));
    return round.filter((move) => moved.has(move.id));
  });
  return {
    made: new Set(made),
    owed: given("owed") as WebhookId[],
    released: given("released") as MessageId[],
  };
}

/** A statement of several, and what the ids are that it answers; `round`: of the moves that it makes. */
type Step = { gives: "owed" | "released" | "made" | "nothing"; round?: number; statement: D1PreparedStatement };

/** Whether a carrier says that the person wants no more texts from this sender: some heed STOP themselves, and refuse. */
function isOptOut({ reason, carrier }: Move): boolean {
  return reason === "opted-out" && carrier !== undefined && carrier !== "";
}

/** Whom messages are to: each form in which their number may be stored. Of a person who was erased there is none. */
async function peopleOf(
  db: D1Database,
  moves: readonly Move[],
  seals?: Seals,
): Promise<ReadonlyMap<string, NumberForms>> {
  if (moves.length === 0 || !seals) return new Map();
  const { results } = await db
    .prepare("SELECT id, recipient, seal FROM message WHERE id IN (SELECT value FROM json_each(?1))")
    .bind(JSON.stringify(moves.map(({ id }) => id)))
    .all<{ id: MessageId; recipient: string }>();
  const known = results.filter(({ recipient }) => !isPseudonym(recipient));
  const each = known.map(async ({ id, recipient }) => [id, await seals.numberForms(recipient)] as const);
  return new Map(await Promise.all(each));
}

/** Such a person is written to no more from that sender, by any carrier. What cannot be answered is allowed again by the account alone. */
function suppress(db: D1Database, wanted: string): Step[] {
  const [owe, log] = eventStatements(db, TELL_OF_OPT_OUTS, wanted);
  return [
    { gives: "owed", statement: owe },
    { gives: "nothing", statement: log },
    { gives: "nothing", statement: db.prepare(SUPPRESS).bind(wanted) },
  ];
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

/** The statements of a round of moves. `owed` answer the ids of webhooks, `moved` of the messages that it moved. */
export type MoveStatements = {
  owed: D1PreparedStatement[];
  quietly: D1PreparedStatement[];
  moved: D1PreparedStatement[];
};

/**
 * One move a message. Each element of the list brings the states it may start from, and which dialects' customers are
 * to hear of it. The webhooks are written first, while the message is still in its old state: all statements see the
 * same rows, so a webhook is owed exactly if the move is made. So it is with the account's events.
 */
export function moveOnce(
  db: D1Database,
  formats: ReadonlyMap<string, WebhookFormat>,
  moves: readonly Move[],
  wanted = wantedOf(formats, moves),
): MoveStatements {
  const isTold = moves.some(({ to }) => (TOLD_STATES as readonly string[]).includes(to));
  const [owe, log] = isTold ? eventStatements(db, TELL, wanted) : [];
  return {
    owed: [db.prepare(OWE_REPORTS).bind(wanted), ...(owe ? [owe] : [])],
    quietly: log ? [log] : [],
    moved: [
      ...(moves.some(isWaiting) ? [db.prepare(MOVE_AND_WAIT).bind(wanted)] : []),
      ...(moves.every(isWaiting) ? [] : [db.prepare(MOVE).bind(wanted)]),
    ],
  };
}

/** A carrier has it, and will soon say what became of it: it keeps its place in the index of what is due. */
function isWaiting({ to, dueAt }: Move): boolean {
  return to === "sent" && dueAt !== undefined;
}

/** The moves as their statements have them. States and dialects are lists between commas, so that one is found by its text. */
function wantedOf(
  formats: ReadonlyMap<string, WebhookFormat>,
  moves: readonly Move[],
  people: ReadonlyMap<string, NumberForms> = new Map(),
): string {
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
      waits: isWaiting(move),
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
      person: people.get(move.id),
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
 * Whether a wanted move may be made: from this state, and by who speaks for the last claim or for nobody's. Of carriers only the one
 * that was asked is believed; one that was claimed by an older version names none. What comes of a charge is made only where
 * the charge makes its own move. A carrier from which a message was rerouted has had its word.
 */
const ALLOWED = `
  instr(wanted.value->>'from', ',' || message.state || ',') > 0
  AND message.attempts = coalesce(wanted.value->>'attempt', message.attempts)
  AND (wanted.value->>'overBy' IS NULL OR message.expires_at <= wanted.value->>'overBy')
  AND (wanted.value->>'toldBy' IS NULL OR message.carrier = wanted.value->>'toldBy'
    OR (message.carrier IS NULL AND message.state IN ('submitting', 'unknown')))
  AND (message.rerouted_from IS NULL
    OR message.rerouted_from IS NOT coalesce(wanted.value->>'toldBy', wanted.value->>'carrier'))
  AND (wanted.value->>'reroutes' IS NULL
    OR (message.delivery_mode = 'at-least-once' AND message.reroutes = 1 AND message.rerouted_from IS NULL
      AND message.carrier = wanted.value->>'toldBy'))
  AND (wanted.value->>'paidBy' IS NULL OR EXISTS (
    SELECT 1 FROM txn
    WHERE txn.id = wanted.value->'paidBy'->>'id'
      AND txn.state IN (SELECT value FROM json_each(wanted.value->'paidBy'->'from'))
      AND txn.attempts = coalesce(wanted.value->'paidBy'->>'attempt', txn.attempts)
      AND ${isOfItsCarrier("wanted.value->'paidBy'->>'toldBy'")}
      AND txn.is_stopped = coalesce(wanted.value->'paidBy'->>'isStopped', txn.is_stopped)))`;

const FINAL = MESSAGE_STATES.filter(isFinal);

/**
 * Materialized, so that each element is written out once, and not again for each of its members. A column that a statement sets is
 * written to its index even where it is the same: so there are two statements.
 */
const moveThose = (which: string, due: string) => `
  WITH wanted AS MATERIALIZED (SELECT value FROM json_each(?1))
  UPDATE message
  SET state = wanted.value->>'state', reason = wanted.value->>'reason', ${due},
      changed_at = wanted.value->>'at',
      carrier = iif(wanted.value->>'reroutes', NULL, coalesce(wanted.value->>'carrier', carrier)),
      rerouted_from = iif(wanted.value->>'reroutes', wanted.value->>'toldBy', rerouted_from),
      reference = iif(wanted.value->>'reroutes', NULL, coalesce(wanted.value->>'reference', reference)),
      operator = coalesce(wanted.value->>'operator', operator),
      billed = coalesce(wanted.value->>'billed', billed),
      ${blankCodes(`wanted.value->>'state' IN ('${FINAL.join("', '")}')`)},
      expires_at = iif(wanted.value->>'billed', max(expires_at, (wanted.value->>'at') + expires_at - send_at), expires_at),
      history = ${append("wanted.value->'entry'")}
  FROM wanted
  WHERE message.id = wanted.value->>'id' AND ${which} AND ${ALLOWED}
  RETURNING message.id`;

const MOVE = moveThose("NOT wanted.value->>'waits'", "due_at = wanted.value->>'due', waits_until = NULL");
const MOVE_AND_WAIT = moveThose("wanted.value->>'waits'", "waits_until = wanted.value->>'due'");

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

const TELL = tell({
  ...aboutMessage(),
  type: "'message.' || (wanted.value->>'state')",
  at: "wanted.value->>'at'",
  data: messageFacts(
    "wanted.value->'event'->>'at'",
    "wanted.value->>'state'",
    "wanted.value->>'reason'",
    "nullif(coalesce(wanted.value->>'carrier', message.carrier), '')",
  ),
  from: "json_each(?1) AS wanted CROSS JOIN message ON message.id = wanted.value->>'id'",
  where: `wanted.value->>'state' IN ('${TOLD_STATES.join("', '")}') AND ${ALLOWED}`,
  order: "wanted.key",
});

const TELL_OF_DROPPED = tellOfDropped(ALLOWED);

const OPT_OUTS = `json_each(?1) AS wanted CROSS JOIN message ON message.id = wanted.value->>'id'`;
const IS_LONG_NUMBER = `(ltrim(message.sender, '+') NOT GLOB '*[^0-9]*'
  AND length(ltrim(message.sender, '+')) BETWEEN 8 AND 15)`;
const IS_OPT_OUT = `wanted.value->>'reason' = 'opted-out' AND wanted.value->>'carrier' <> ''
  AND (${IS_LONG_NUMBER} OR (message.channel IS NULL AND length(message.sender) BETWEEN 1 AND 11
    AND message.sender NOT GLOB '*[,@*]*'))
  AND ${ALLOWED}`;
const ITS_NUMBER = `iif(${IS_LONG_NUMBER}, '+' || ltrim(message.sender, '+'), message.sender)`;
const ITS_WORD = "'carrier ' || (wanted.value->>'carrier')";

/** Its person as the account wants them stored. One who was erased meanwhile, or whose number does not open, stays as the message has them. */
const ITS_PERSON = `iif(message.recipient IN (SELECT form.value FROM json_each(wanted.value->'person'->'all') AS form),
  ${storedAs("message.account_id", { plain: "wanted.value->'person'->>'plain'", sealed: "wanted.value->'person'->>'sealed'" })},
  message.recipient)`;

const OPTED_OUT = {
  account: "message.account_id",
  number: ITS_NUMBER,
  recipient: ITS_PERSON,
  forms: eachForm("message.recipient", "wanted.value->'person'->'all'"),
};

const SUPPRESS = `
  INSERT INTO suppression (account_id, number, recipient, word, created_at, source, proof)
  SELECT message.account_id, ${ITS_NUMBER}, ${ITS_PERSON}, ${ITS_WORD}, wanted.value->>'at', 'carrier', message.id
  FROM ${OPT_OUTS} WHERE ${IS_OPT_OUT} AND NOT ${isNoted(OPTED_OUT)}
  ON CONFLICT DO NOTHING`;

const TELL_OF_OPT_OUTS = tellOfOptOuts({
  ...OPTED_OUT,
  at: "wanted.value->>'at'",
  stem: "substr(message.id, 5)",
  word: ITS_WORD,
  source: "'carrier'",
  proof: "message.id",
  from: OPT_OUTS,
  where: IS_OPT_OUT,
});
