/**
 * Moves of transactions, with all they bring about. Every statement of a move asks first whether the move may be made, of
 * the row as it still is; the row itself is changed last. All of them go in one batch: they happen together or not at all.
 */

import { statesFrom } from "../../../core/billing/charges/transaction.ts";
import type { Consequences, Moved, WholeMove } from "../../../core/billing/moves.ts";
import { SUBSCRIPTION_MOVES, type Subscription } from "../../../core/billing/subscriptions/subscription.ts";
import type { MessageId, TransactionId, WebhookId } from "../../../core/kernel/ids.ts";
import type { Tally } from "../../../core/messages/tally.ts";
import type { WebhookFormat } from "../../../core/webhooks/format.ts";
import { inRounds, isOfItsCarrier, moveOnce } from "../../messaging/messages/moves.ts";
import { MESSAGE_COLUMNS, toNewRow } from "../../messaging/messages/rows.ts";
import { owe } from "../../messaging/webhooks/owed.ts";
import type { tell } from "../../messaging/webhooks/told.ts";
import { countAnswers } from "../../operator/tallies.ts";
import { append } from "../../timeline.ts";
import { SUBSCRIPTION_COLUMNS, SUBSCRIPTION_URL, toSubscriptionRow } from "../subscription-rows.ts";
import { eventsOfMoves, eventsOfSubscriptions, toldOf } from "./events.ts";
import { NEW_TRANSACTION, toTransactionRow } from "./rows.ts";

/** Which list a statement's answer belongs to. */
type Step = { statement: D1PreparedStatement; gives?: keyof Moved };

export async function moveTransactions(
  db: D1Database,
  formats: ReadonlyMap<string, WebhookFormat>,
  moves: readonly WholeMove[],
  answered: readonly Tally[] = [],
  before: readonly D1PreparedStatement[] = [],
): Promise<Moved> {
  const steps: Step[] = before.map((statement) => ({ statement }));
  const moving = inRounds(moves).flatMap((round) => stepsOf(db, formats, round));
  steps.push(...moving);
  if (answered.length > 0) steps.push({ statement: countAnswers(db, answered) });
  const answers = await db.batch<{ id: string }>(steps.map(({ statement }) => statement));
  const given = (kind: keyof Moved) =>
    steps.flatMap(({ gives }, index) => (gives === kind ? (answers[index]?.results ?? []).map(({ id }) => id) : []));
  return {
    made: new Set(given("made") as TransactionId[]),
    owed: given("owed") as WebhookId[],
    messages: given("messages") as MessageId[],
    transactions: given("transactions") as TransactionId[],
  };
}

const OF_ITS_CARRIER = isOfItsCarrier("wanted.value->>'toldBy'");

/** Whether the move may be made: from this state, by the holder of the last claim if it names one, and not by a repeated text. */
const ALLOWED = `
  txn.state IN (SELECT value FROM json_each(wanted.value->'from'))
  AND txn.attempts = coalesce(wanted.value->>'attempt', txn.attempts)
  AND ${OF_ITS_CARRIER}
  AND (wanted.value->>'inbound' IS NULL
    OR EXISTS (SELECT 1 FROM inbound WHERE inbound.id = wanted.value->>'inbound'))
  AND (wanted.value->>'state' <> 'ready' OR txn.state NOT IN ('sent', 'unknown') OR txn.kind = 'reversal')`;

/** The moves of a round, each with its row. */
const MOVES = "json_each(?1) AS wanted JOIN txn ON txn.id = wanted.value->>'id'";

/**
 * The statements of moves of several transactions. Each gets only the moves that it applies to, and only the members that it
 * uses: SQLite parses a move's JSON again in every statement.
 */
export function stepsOf(
  db: D1Database,
  formats: ReadonlyMap<string, WebhookFormat>,
  moves: readonly WholeMove[],
): Step[] {
  /** @param asked what the statements ask for of a move, beside its guard: one row for each; none of a move that they are not about */
  const about = (
    sqls: readonly string[],
    asked: (brings: Consequences, move: WholeMove) => readonly (object | undefined)[],
    gives?: keyof Moved,
  ): Step[] => {
    const rows = moves.flatMap((move) => {
      const guard = guardOf(move);
      return asked(move.brings ?? {}, move).flatMap((one) => (one ? [{ ...guard, ...one }] : []));
    });
    if (rows.length === 0) return [];
    const list = JSON.stringify(rows);
    return sqls.map((sql) => ({ statement: db.prepare(sql).bind(list), ...(gives ? { gives } : {}) }));
  };
  /** The events that a move is, or brings about: as webhooks, then in the log. */
  const events = ({ owe, log }: ReturnType<typeof tell>, asked: Parameters<typeof about>[1]): Step[] => [
    ...about([owe], asked, "owed"),
    ...about([log], asked),
  ];
  return [
    ...about([OWE_NEWS], ({ news = [] }) => news.map((news) => ({ news })), "owed"),
    ...events(EVENTS_OF_MOVES, (_, move) => [toldOf(move)]),
    // What the first writes is counted by what the second writes, and so goes before it.
    ...about([ADD_TO_DAYS, WRITE_LEDGER], ({ ledger = [] }) => ledger.map((entry) => ({ entry }))),
    ...about([ADD_TO_REVENUE], ({ revenue }) => [revenue && { revenue }]),
    ...about([REVERSE_ORIGINALS], ({ reverses }) => [reverses && { reverses }]),
    ...about([DISPUTE], ({ disputed }) => [disputed && { disputed }]),
    ...about([GIVE_CONSENTS], ({ consent }) => [consent && { consent }]),
    ...about([BEGIN_SUBSCRIPTIONS], ({ begins }) => [begins && { begins: toSubscriptionRow(begins) }]),
    ...about([TELL_OF_BEGINNINGS], ({ begins, told }) => [begins && told && { told }], "owed"),
    ...events(EVENTS_OF_BEGINNINGS, ({ begins, told }) => [begins && told && { told }]),
    ...about([WRITE_TEXTS], ({ message }) => [message && { message: toNewRow(message) }], "messages"),
    ...about([CHANGE_SUBSCRIPTIONS], ({ subscription }) => [
      subscription && { subscription: { ...subscription, from: subscriptionStatesBefore(subscription.state) } },
    ]),
    ...about([TELL_OF_CHANGES], ({ subscription, told }) => [subscription && told && { subscription, told }], "owed"),
    ...events(EVENTS_OF_CHANGES, ({ subscription, told }) => [subscription && told && { subscription, told }]),
    ...about([CLOSE_PERIODS], ({ period }) => [period && { period }]),
    ...about(
      [GIVE_BACK_STOPPED],
      ({ reversal }) => [reversal && { reversal: toTransactionRow(reversal) }],
      "transactions",
    ),
    ...releaseMessages(db, formats, moves),
    ...about([CLOSE_WINDOWS], ({ window }) => [window && { window }]),
    ...about([MOVE], (_, move) => [learntBy(move)], "made"),
  ];
}

function guardOf(move: WholeMove) {
  const { id, to: state, at, attempt, inbound, toldBy } = move;
  return { id, state, at, attempt, inbound, toldBy, from: statesFrom(move) };
}

function learntBy(move: WholeMove) {
  const { reason, dueAt: due, expiresAt, inHandUntil, carrier, reference, operator, recipient, entry } = move;
  return { reason, due, expiresAt, inHandUntil, carrier, reference, operator, recipient, entry };
}

/** A paid message is sent, or fails, with its charge. Of its two possible moves, the allowed one is made. */
function releaseMessages(
  db: D1Database,
  formats: ReadonlyMap<string, WebhookFormat>,
  moves: readonly WholeMove[],
): Step[] {
  const released = moves.flatMap(({ brings }) => brings?.releases ?? []);
  if (released.length === 0) return [];
  const { owed, quietly, moved } = moveOnce(db, formats, released);
  return [
    ...owed.map((statement) => ({ statement, gives: "owed" as const })),
    ...quietly.map((statement) => ({ statement })),
    ...moved.map((statement) => ({ statement, gives: "messages" as const })),
  ];
}

function subscriptionStatesBefore(to: Subscription["state"]): Subscription["state"][] {
  const states = Object.keys(SUBSCRIPTION_MOVES) as Subscription["state"][];
  return states.filter((from) =>
    from === to ? from !== "cancelled" : (SUBSCRIPTION_MOVES[from] as readonly string[]).includes(to),
  );
}

/** Of what a reversal reverses, only while that is billed. */
const OWE_NEWS = owe({
  id: "wanted.value->'news'->>'id'",
  account: "txn.account_id",
  dialect: "wanted.value->'news'->>'dialect'",
  kind: "charge",
  subject: "wanted.value->'news'->>'subject'",
  url: "callback.report_url",
  event: "json_set(wanted.value->'news'->'event', '$.method', callback.method)",
  at: "wanted.value->>'at'",
  from: `${MOVES}
  JOIN callback ON callback.account_id = txn.account_id AND callback.dialect = wanted.value->'news'->>'dialect'
    AND callback.number = '' AND callback.report_url IS NOT NULL
  JOIN txn AS subject ON subject.id = wanted.value->'news'->>'subject'`,
  where: `(subject.id = txn.id OR subject.state = 'billed') AND ${ALLOWED}`,
});

const WRITE_LEDGER = `
  INSERT INTO ledger (id, txn_id, account_id, book, amount, currency, at)
  SELECT wanted.value->'entry'->>'id', txn.id, wanted.value->'entry'->>'account', wanted.value->'entry'->>'book',
    wanted.value->'entry'->>'amount', wanted.value->'entry'->>'currency', wanted.value->'entry'->>'at'
  FROM ${MOVES} WHERE ${ALLOWED}
  ON CONFLICT (id) DO NOTHING`;

/** The day's sums grow by the entries that are new. */
const ADD_TO_DAYS = `
  INSERT INTO ledger_day (account_id, book, currency, day, amount)
  SELECT wanted.value->'entry'->>'account', wanted.value->'entry'->>'book', wanted.value->'entry'->>'currency',
    (wanted.value->'entry'->>'at') / 86400000, sum(wanted.value->'entry'->>'amount')
  FROM ${MOVES}
  WHERE NOT EXISTS (SELECT 1 FROM ledger WHERE ledger.id = wanted.value->'entry'->>'id') AND ${ALLOWED}
  GROUP BY 1, 2, 3, 4
  ON CONFLICT (account_id, book, currency, day) DO UPDATE SET amount = ledger_day.amount + excluded.amount`;

const ADD_TO_REVENUE = `
  INSERT INTO revenue (account_id, at, service_id, currency, amount)
  SELECT wanted.value->'revenue'->>'account', wanted.value->'revenue'->>'at', wanted.value->'revenue'->>'service',
    wanted.value->'revenue'->>'currency', sum(wanted.value->'revenue'->>'amount')
  FROM ${MOVES} WHERE ${ALLOWED}
  GROUP BY 1, 2, 3, 4
  ON CONFLICT (account_id, at, service_id, currency) DO UPDATE SET amount = revenue.amount + excluded.amount`;

const REVERSE_ORIGINALS = `
  UPDATE txn AS original
  SET state = 'reversed', changed_at = wanted.value->>'at', due_at = NULL,
      history = ${append("json(wanted.value->'reverses'->'entry')", "original.history")}
  FROM ${MOVES}
  WHERE original.id = wanted.value->'reverses'->>'id' AND original.state = 'billed' AND ${ALLOWED}`;

/**
 * A final state stays; but if a carrier still reports the charge as billed, that must be noticed. The `+` keeps SQLite to
 * the primary key: by the index on ended states each of the moves would read every failed charge there ever was.
 */
const DISPUTE = `
  UPDATE txn
  SET disputed_at = wanted.value->>'at', history = ${append("json(wanted.value->'disputed')", "txn.history")}
  FROM json_each(?1) AS wanted
  WHERE txn.id = wanted.value->>'id'
    AND +txn.state IN ('failed', 'expired', 'cancelled') AND txn.disputed_at IS NULL AND ${OF_ITS_CARRIER}`;

const GIVE_CONSENTS = `
  INSERT INTO consent (account_id, merchant_id, service_id, recipient, state, token, description, short_number,
    created_at, changed_at)
  SELECT wanted.value->'consent'->>'account', wanted.value->'consent'->>'merchant', wanted.value->'consent'->>'service',
    wanted.value->'consent'->>'recipient', 'active', wanted.value->'consent'->>'token',
    wanted.value->'consent'->>'description', txn.short_number, wanted.value->>'at', wanted.value->>'at'
  FROM ${MOVES}
  WHERE txn.is_stopped = 0 AND ${ALLOWED}
  ON CONFLICT (account_id, recipient, merchant_id, service_id) DO UPDATE
  SET state = 'active', token = iif(consent.state = 'active', consent.token, excluded.token), ended_by = NULL,
      description = coalesce(excluded.description, consent.description), short_number = excluded.short_number,
      changed_at = excluded.changed_at`;

const BEGIN_SUBSCRIPTIONS = `
  INSERT INTO subscription (${SUBSCRIPTION_COLUMNS.join(", ")})
  SELECT ${SUBSCRIPTION_COLUMNS.map((name) => `wanted.value->'begins'->>'${name}'`).join(", ")}
  FROM ${MOVES}
  WHERE txn.is_stopped = 0 AND ${ALLOWED}
  ON CONFLICT DO NOTHING`;

const NEWS_FROM = `${MOVES} JOIN subscription ON subscription.id = wanted.value->'told'->>'subscription'`;

/** Owes a webhook about a subscription. @param more its condition, in SQL */
function oweNews(more: string) {
  return owe({
    id: "wanted.value->'told'->>'id'",
    account: "subscription.account_id",
    dialect: "'stafett'",
    kind: "subscription",
    subject: "subscription.id",
    url: SUBSCRIPTION_URL,
    event: "wanted.value->'told'->'event'",
    at: "wanted.value->>'at'",
    from: NEWS_FROM,
    where: `${SUBSCRIPTION_URL} IS NOT NULL AND ${more} AND ${ALLOWED}`,
  });
}

const EVENTS_OF_MOVES = eventsOfMoves(MOVES, ALLOWED);

const HAS_BEGUN = "txn.is_stopped = 0";
const TELL_OF_BEGINNINGS = oweNews(HAS_BEGUN);
const EVENTS_OF_BEGINNINGS = eventsOfSubscriptions(NEWS_FROM, ALLOWED, HAS_BEGUN);

/** Owed only if the change was made: then the row has its new values. */
const HAS_CHANGED = `subscription.state = wanted.value->'subscription'->>'state' AND subscription.changed_at = wanted.value->>'at'
   AND subscription.declines = wanted.value->'subscription'->>'declines'
   AND subscription.ended_by IS wanted.value->'subscription'->>'endedBy'`;
const TELL_OF_CHANGES = oweNews(HAS_CHANGED);
const EVENTS_OF_CHANGES = eventsOfSubscriptions(NEWS_FROM, ALLOWED, HAS_CHANGED);

/** Texts to the person; about a subscription, only while it is not cancelled. */
const WRITE_TEXTS = `
  INSERT INTO message (${MESSAGE_COLUMNS.join(", ")})
  SELECT ${MESSAGE_COLUMNS.map((name) => `wanted.value->'message'->>'${name}'`).join(", ")}
  FROM ${MOVES} LEFT JOIN subscription ON subscription.id = txn.subscription_id
  WHERE txn.is_stopped = 0
    AND (subscription.id IS NULL OR subscription.state <> 'cancelled') AND ${ALLOWED}
  ON CONFLICT DO NOTHING
  RETURNING id`;

const CHANGE_SUBSCRIPTIONS = `
  UPDATE subscription
  SET state = wanted.value->'subscription'->>'state', period = wanted.value->'subscription'->>'period',
      declines = wanted.value->'subscription'->>'declines', due_at = wanted.value->'subscription'->>'dueAt',
      resting_due_at = NULL,
      reason = wanted.value->'subscription'->>'reason', ended_by = wanted.value->'subscription'->>'endedBy',
      never_begun = coalesce(wanted.value->'subscription'->>'neverBegun', 0), changed_at = wanted.value->>'at',
      history = ${append("json(wanted.value->'subscription'->'entry')", "subscription.history")}
  FROM ${MOVES}
  WHERE subscription.id = wanted.value->'subscription'->>'id' AND subscription.period = txn.period
    AND subscription.state IN (SELECT value FROM json_each(wanted.value->'subscription'->'from')) AND ${ALLOWED}`;

const CLOSE_PERIODS = `
  UPDATE period SET state = wanted.value->'period'->>'state', changed_at = wanted.value->>'at'
  FROM ${MOVES}
  WHERE period.subscription_id = wanted.value->'period'->>'subscription' AND period.period = wanted.value->'period'->>'period'
    AND period.txn_id = txn.id AND ${ALLOWED}`;

const GIVE_BACK_STOPPED = `
  INSERT INTO txn (${NEW_TRANSACTION.join(", ")})
  SELECT ${NEW_TRANSACTION.map((name) => `wanted.value->'reversal'->>'${name}'`).join(", ")}
  FROM ${MOVES}
  WHERE txn.is_stopped = 1 AND ${ALLOWED}
  ON CONFLICT DO NOTHING
  RETURNING id`;

/** A person who did not come, or came and could not pay: the page has nothing more to offer. */
const CLOSE_WINDOWS = `
  UPDATE win SET state = wanted.value->>'window', changed_at = wanted.value->>'at'
  FROM ${MOVES}
  WHERE win.account_id = txn.account_id AND win.their_id = txn.their_id AND win.state = 'open' AND ${ALLOWED}`;

const MOVE = `
  UPDATE txn
  SET state = wanted.value->>'state', reason = wanted.value->>'reason', due_at = wanted.value->>'due',
      in_hand_until = wanted.value->>'inHandUntil', changed_at = wanted.value->>'at',
      carrier = nullif(coalesce(wanted.value->>'carrier', carrier), ''),
      reference = coalesce(wanted.value->>'reference', reference),
      operator = coalesce(wanted.value->>'operator', operator),
      recipient = coalesce(wanted.value->>'recipient', recipient),
      expires_at = coalesce(wanted.value->>'expiresAt', expires_at),
      one_time_password = iif(wanted.value->>'state' = 'ready', one_time_password, NULL),
      history = ${append("json(wanted.value->'entry')", "txn.history")}
  FROM json_each(?1) AS wanted
  WHERE txn.id = wanted.value->>'id' AND ${ALLOWED}
  RETURNING txn.id`;
