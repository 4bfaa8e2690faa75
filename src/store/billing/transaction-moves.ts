/**
 * Moves of transactions, with all they bring about. Every statement of a move asks first whether the move may be made, of
 * the row as it still is; the row itself is changed last. All of them go in one batch: they happen together or not at all.
 */

import type { Consequences, Moved } from "../../core/billing/store.ts";
import { SUBSCRIPTION_MOVES, type Subscription } from "../../core/billing/subscription.ts";
import {
  type TransactionMove,
  type TransactionState,
  transactionStatesBefore,
} from "../../core/billing/transaction.ts";
import type { MessageId, TransactionId, WebhookId } from "../../core/kernel/ids.ts";
import type { Reason } from "../../core/kernel/reasons.ts";
import type { Move } from "../../core/messages/message.ts";
import type { WebhookFormat } from "../../core/webhooks/format.ts";
import { inRounds, MESSAGE_COLUMNS, moveOnce, toNewRow } from "../messaging/messages.ts";
import { endpointOf, joinPaused, OWED_COLUMNS, unlessPaused } from "../messaging/owed.ts";
import { append, entry } from "../timeline.ts";
import { newsOfSubscription, SUBSCRIPTION_COLUMNS, SUBSCRIPTION_URL, toSubscriptionRow } from "./subscription-rows.ts";
import { NEW_TRANSACTION } from "./transaction-rows.ts";

type WholeMove = TransactionMove & { brings?: Consequences };

/** Which list a statement's answer belongs to. */
type Step = { statement: D1PreparedStatement; gives?: keyof Moved };

export async function moveTransactions(
  db: D1Database,
  formats: ReadonlyMap<string, WebhookFormat>,
  moves: readonly WholeMove[],
): Promise<Moved> {
  const steps = inRounds(moves).flatMap((round) => stepsOf(db, formats, round));
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

/** Whether the move may be made: from this state, by who speaks for the last claim or for nobody's, and by a text that is news. */
const ALLOWED = `
  txn.state IN (SELECT value FROM json_each(wanted.value->'from'))
  AND txn.attempts = coalesce(wanted.value->>'attempt', txn.attempts)
  AND (wanted.value->>'inbound' IS NULL
    OR EXISTS (SELECT 1 FROM inbound WHERE inbound.id = wanted.value->>'inbound'))
  AND (wanted.value->>'state' <> 'ready' OR txn.state NOT IN ('sent', 'unknown') OR txn.kind = 'reversal')`;

/** The moves of a round, each with its row. */
const MOVES = "json_each(?1) AS wanted JOIN txn ON txn.id = wanted.value->>'id'";

/**
 * The statements of moves of as many transactions. Each gets the moves that it is about, and of those what it asks for: SQLite
 * reads a move's JSON anew in every statement.
 */
export function stepsOf(
  db: D1Database,
  formats: ReadonlyMap<string, WebhookFormat>,
  moves: readonly WholeMove[],
): Step[] {
  const guarded = moves.map((move) => ({ ...move, brings: move.brings ?? {}, guard: guardOf(move) }));
  type Guarded = (typeof guarded)[number];
  /** @param members what a statement asks for of a move, beside its guard; undefined of one that it is not about */
  const about = (
    sqls: readonly string[],
    members: (move: Guarded) => object | undefined,
    gives?: keyof Moved,
  ): Step[] => {
    const list = guarded.flatMap((move) => {
      const asked = members(move);
      return asked ? [{ ...move.guard, ...asked }] : [];
    });
    if (list.length === 0) return [];
    const json = JSON.stringify(list);
    return sqls.map((sql) => ({ statement: db.prepare(sql).bind(json), ...(gives ? { gives } : {}) }));
  };
  /** @param members what is asked for of what a move brings; undefined where it brings no such thing */
  const bringing = (sql: string, members: (brings: Consequences) => object | undefined, gives?: keyof Moved) =>
    about([sql], ({ brings }) => members(brings), gives);

  const reversedDialects = tellers(formats, "reversed");
  const news = ({ to, at, happenedAt = at, reason, recipient, operator }: Guarded) => {
    return { dialects: tellers(formats, to), reversedDialects, happenedAt, reason, recipient, operator };
  };
  const billed = ({ to, carrier, reference }: Guarded) => (to === "billed" ? { carrier, reference } : undefined);
  const begins = ({ begins }: Consequences) => begins && { begins: toSubscriptionRow(begins) };
  const subscription = ({ subscription }: Consequences) =>
    subscription && { subscription: { ...subscription, from: subscriptionStatesBefore(subscription.state) } };
  return [
    ...about([OWE_REPORTS], news, "owed"),
    // What the first writes is counted by what the second writes, and so goes before it.
    ...about([ADD_TO_DAYS, WRITE_LEDGER, ADD_TO_REVENUE], billed),
    ...about([OWE_REVERSED], (move) => (move.to === "billed" ? news(move) : undefined), "owed"),
    ...about([REVERSE_ORIGINALS, DISPUTE], billed),
    ...bringing(GIVE_CONSENTS, ({ consent }) => consent && { consent }),
    ...bringing(BEGIN_SUBSCRIPTIONS, begins),
    ...bringing(TELL_OF_BEGINNINGS, ({ begins }) => begins && { begins: { id: begins.id } }, "owed"),
    ...bringing(WRITE_TEXTS, ({ message }) => message && { message: toNewRow(message) }, "messages"),
    ...bringing(CHANGE_SUBSCRIPTIONS, subscription),
    ...bringing(TELL_OF_CHANGES, subscription, "owed"),
    ...bringing(CLOSE_PERIODS, ({ period }) => period && { period }),
    ...about([GIVE_BACK_STOPPED], givesBack, "transactions"),
    ...releaseMessages(db, formats, moves),
    ...about([CLOSE_WINDOWS], closesWindow),
    ...about([MOVE], moved, "made"),
  ];
}

function guardOf(move: WholeMove) {
  const { id, to: state, at, attempt, inbound } = move;
  return { id, state, at, attempt, inbound, from: statesFrom(move) };
}

function moved({ reason, dueAt: due, inHandUntil, carrier, reference, operator, recipient, entry }: WholeMove) {
  return { reason, due, inHandUntil, carrier, reference, operator, recipient, entry };
}

function givesBack({ recipient, brings: { reversal } = {} }: WholeMove) {
  return reversal && { recipient, reversal };
}

function closesWindow({ to, brings = {} }: WholeMove) {
  const window = brings.window ?? (["expired", "failed", "cancelled"].includes(to) ? "expired" : undefined);
  return window && { window };
}

/** The dialects whose customers are told of a charge in this state. */
function tellers(formats: ReadonlyMap<string, WebhookFormat>, state: TransactionState): string[] {
  return [...formats].filter(([, { charges }]) => charges?.includes(state)).map(([dialect]) => dialect);
}

/** Ready again is what only a carrier's own word makes of a charge that was claimed; a person's makes it of one that waits. */
function statesFrom({ to, from, attempt }: WholeMove): readonly TransactionState[] {
  if (to === "ready") return attempt === undefined ? ["waiting"] : (from ?? ["charging"]);
  const allowed = transactionStatesBefore(to);
  return from ? allowed.filter((state) => from.includes(state)) : allowed;
}

function subscriptionStatesBefore(to: Subscription["state"]): Subscription["state"][] {
  const states = Object.keys(SUBSCRIPTION_MOVES) as Subscription["state"][];
  return states.filter((from) =>
    from === to ? from !== "cancelled" : (SUBSCRIPTION_MOVES[from] as readonly string[]).includes(to),
  );
}

/** What is told of a charge. @param txn whose row; @param state, why, at, dialects: SQL */
function report(txn: string, state: string, why: string, dialects: string, from: string): string {
  return `
  INSERT INTO webhook (${OWED_COLUMNS})
  SELECT 'whk_' || substr(${txn}.id, 5) || '_charge-' || (${state}), ${txn}.account_id, ${txn}.dialect, 'charge',
    ${txn}.id, callback.report_url, ${endpointOf("callback.report_url")},
    json_object('state', ${state}, 'reason', ${why}, 'at', wanted.value->>'happenedAt',
      'method', callback.method, 'transaction', json_object('id', ${txn}.id, 'account', ${txn}.account_id,
        'theirId', ${txn}.their_id, 'kind', ${txn}.kind, 'merchant', ${txn}.merchant_id, 'service', ${txn}.service_id,
        'shortNumber', ${txn}.short_number, 'recipient', coalesce(${txn}.recipient, wanted.value->>'recipient'),
        'amount', ${txn}.amount, 'currency', ${txn}.currency,
        'operator', coalesce(wanted.value->>'operator', ${txn}.operator))),
    ${unlessPaused("wanted.value->>'at'")}, wanted.value->>'at', wanted.value->>'at'
  FROM ${from}
  JOIN callback ON callback.account_id = ${txn}.account_id AND callback.dialect = ${txn}.dialect
    AND callback.number = '' AND callback.report_url IS NOT NULL
  ${joinPaused(`${txn}.account_id`, "callback.report_url")}
  WHERE ${txn}.message_id IS NULL AND ${txn}.dialect IN (SELECT value FROM json_each(${dialects})) AND ${ALLOWED}
  ON CONFLICT (id) DO NOTHING
  RETURNING id`;
}

const OWE_REPORTS = report(
  "txn",
  "wanted.value->>'state'",
  "wanted.value->>'reason'",
  "wanted.value->'dialects'",
  MOVES,
);

/** A reversal that is billed is news of what it reverses, too. */
const OWE_REVERSED = report(
  "original",
  "'reversed'",
  "NULL",
  "wanted.value->'reversedDialects'",
  `${MOVES} JOIN txn AS original ON original.id = txn.reverses AND original.state = 'billed'
    AND wanted.value->>'state' = 'billed'`,
);

/** Two rows that sum to zero: the operator owes us what we owe the merchant. */
const ENTRIES = `
  SELECT 'led_' || substr(txn.id, 5) || '_' || side.value AS id, txn.id AS txn_id, txn.account_id,
    iif(side.value = 'o', 'operator:' || coalesce(wanted.value->>'carrier', txn.carrier, ''), 'merchant:' || txn.merchant_id)
      AS book,
    iif(side.value = 'o', txn.amount, -txn.amount) AS amount, txn.currency, wanted.value->>'at' AS at
  FROM ${MOVES} CROSS JOIN json_each('["o", "m"]') AS side
  WHERE wanted.value->>'state' = 'billed' AND ${ALLOWED}`;

const WRITE_LEDGER = `
  INSERT INTO ledger (id, txn_id, account_id, book, amount, currency, at) ${ENTRIES}
  ON CONFLICT (id) DO NOTHING`;

/** The day's sums grow by the entries that are new. */
const ADD_TO_DAYS = `
  INSERT INTO ledger_day (account_id, book, currency, day, amount)
  SELECT account_id, book, currency, at / 86400000, sum(amount) FROM (${ENTRIES}) AS entry
  WHERE NOT EXISTS (SELECT 1 FROM ledger WHERE ledger.id = entry.id)
  GROUP BY 1, 2, 3, 4
  ON CONFLICT (account_id, book, currency, day) DO UPDATE SET amount = ledger_day.amount + excluded.amount`;

/** What is billed for a subscription, or begins one, and what is given back of either. */
const ADD_TO_REVENUE = `
  INSERT INTO revenue (account_id, at, service_id, currency, amount)
  SELECT txn.account_id, txn.accepted_at / 900000 * 900000, coalesce(txn.service_id, ''), txn.currency, sum(txn.amount)
  FROM ${MOVES} LEFT JOIN txn AS original ON original.id = txn.reverses
  WHERE wanted.value->>'state' = 'billed' AND (coalesce(original.subscription_id, txn.subscription_id) IS NOT NULL
      OR coalesce(original.terms, txn.terms)->>'autoRebill' = 1) AND ${ALLOWED}
  GROUP BY 1, 2, 3, 4
  ON CONFLICT (account_id, at, service_id, currency) DO UPDATE SET amount = revenue.amount + excluded.amount`;

const DISPUTED = entry("carrier.disputed", {
  at: "wanted.value->>'at'",
  carrier: "wanted.value->>'carrier'",
  reference: "wanted.value->>'reference'",
});

/**
 * What is final stays so; but money that a carrier says it took all the same must not go unnoticed. The `+` keeps SQLite to
 * the primary key: by the index on ended states each of the moves would read every failed charge there ever was.
 */
const DISPUTE = `
  UPDATE txn
  SET disputed_at = wanted.value->>'at',
      history = ${append(DISPUTED, "txn.history")}
  FROM json_each(?1) AS wanted
  WHERE txn.id = wanted.value->>'id' AND wanted.value->>'state' = 'billed'
    AND +txn.state IN ('failed', 'expired', 'cancelled') AND txn.disputed_at IS NULL`;

const REVERSE_ORIGINALS = `
  UPDATE txn AS original
  SET state = 'reversed', changed_at = wanted.value->>'at', due_at = NULL,
      history = ${append(entry("reversed", { at: "wanted.value->>'at'", by: "txn.id" }), "original.history")}
  FROM ${MOVES}
  WHERE original.id = txn.reverses AND original.state = 'billed' AND wanted.value->>'state' = 'billed' AND ${ALLOWED}`;

const GIVE_CONSENTS = `
  INSERT INTO consent (account_id, merchant_id, service_id, recipient, state, token, description, short_number,
    created_at, changed_at)
  SELECT wanted.value->'consent'->>'account', wanted.value->'consent'->>'merchant', wanted.value->'consent'->>'service',
    wanted.value->'consent'->>'recipient', 'active', wanted.value->'consent'->>'token',
    wanted.value->'consent'->>'description', txn.short_number, wanted.value->>'at', wanted.value->>'at'
  FROM ${MOVES}
  WHERE wanted.value->>'consent' IS NOT NULL AND txn.is_stopped = 0 AND ${ALLOWED}
  ON CONFLICT (account_id, recipient, merchant_id, service_id) DO UPDATE
  SET state = 'active', token = iif(consent.state = 'active', consent.token, excluded.token), ended_by = NULL,
      description = coalesce(excluded.description, consent.description), short_number = excluded.short_number,
      changed_at = excluded.changed_at`;

const BEGIN_SUBSCRIPTIONS = `
  INSERT INTO subscription (${SUBSCRIPTION_COLUMNS.join(", ")})
  SELECT ${SUBSCRIPTION_COLUMNS.map((name) => `wanted.value->'begins'->>'${name}'`).join(", ")}
  FROM ${MOVES}
  WHERE wanted.value->>'begins' IS NOT NULL AND txn.is_stopped = 0 AND ${ALLOWED}
  ON CONFLICT DO NOTHING`;

/** The period that the charge was for, and not the one that is next: what begins a subscription is for its first. */
const PERIOD = "coalesce(txn.period, 0)";

function tell(event: string, subscription: string, more: string): string {
  return `
  INSERT INTO webhook (${OWED_COLUMNS})
  SELECT 'whk_' || substr(subscription.id, 5) || '_sub-' || ${event} || '-' || txn.their_id, subscription.account_id,
    'stafett', 'subscription', subscription.id, ${SUBSCRIPTION_URL}, ${endpointOf(SUBSCRIPTION_URL)},
    ${newsOfSubscription(event, "wanted.value->>'at'", "txn.their_id", PERIOD)},
    ${unlessPaused("wanted.value->>'at'")}, wanted.value->>'at', wanted.value->>'at'
  FROM ${MOVES} JOIN subscription ON subscription.id = ${subscription}
  ${joinPaused("subscription.account_id", SUBSCRIPTION_URL)}
  WHERE ${SUBSCRIPTION_URL} IS NOT NULL AND ${more} AND ${ALLOWED}
  ON CONFLICT (id) DO NOTHING
  RETURNING id`;
}

const TELL_OF_BEGINNINGS = tell("'started'", "wanted.value->'begins'->>'id'", "txn.is_stopped = 0");

/** Told only if the change was made: the row is then as it was to become. */
const TELL_OF_CHANGES = tell(
  "(wanted.value->'subscription'->>'event')",
  "wanted.value->'subscription'->>'id'",
  `subscription.state = wanted.value->'subscription'->>'state' AND subscription.changed_at = wanted.value->>'at'
   AND subscription.declines = wanted.value->'subscription'->>'declines'
   AND subscription.ended_by IS wanted.value->'subscription'->>'endedBy'`,
);

/** Texts to the person; about a subscription, only while it is not cancelled. */
const WRITE_TEXTS = `
  INSERT INTO message (${MESSAGE_COLUMNS.join(", ")})
  SELECT ${MESSAGE_COLUMNS.map((name) => `wanted.value->'message'->>'${name}'`).join(", ")}
  FROM ${MOVES} LEFT JOIN subscription ON subscription.id = txn.subscription_id
  WHERE wanted.value->>'message' IS NOT NULL AND txn.is_stopped = 0
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

/** What differs from the charge that is given back; all else is the same. */
const DIFFERENT: Partial<Record<(typeof NEW_TRANSACTION)[number], string>> = {
  id: "wanted.value->'reversal'->>'id'",
  their_id: "'-' || txn.their_id",
  fingerprint: "'reversal of ' || txn.id",
  kind: "'reversal'",
  recipient: "coalesce(txn.recipient, wanted.value->>'recipient')",
  amount: "-txn.amount",
  state: "'ready'",
  reason: "NULL",
  waits_for: "NULL",
  consent: "NULL",
  consent_description: "NULL",
  makes_consent: "0",
  starts_subscription: "0",
  terms: "NULL",
  message_id: "NULL",
  subscription_id: "NULL",
  period: "NULL",
  reverses: "txn.id",
  registration_minutes: "0",
  expires_at: "wanted.value->'reversal'->>'expiresAt'",
  accepted_at: "wanted.value->>'at'",
  changed_at: "wanted.value->>'at'",
  due_at: "wanted.value->>'at'",
  attempts: "0",
  history: `json_array(${entry("reversal.after_stop", { at: "wanted.value->>'at'", of: "txn.id" })})`,
};

const GIVE_BACK_STOPPED = `
  INSERT INTO txn (${NEW_TRANSACTION.join(", ")})
  SELECT ${NEW_TRANSACTION.map((name) => DIFFERENT[name] ?? `txn.${name}`).join(", ")}
  FROM ${MOVES}
  WHERE wanted.value->>'reversal' IS NOT NULL AND txn.is_stopped = 1 AND ${ALLOWED}
  ON CONFLICT DO NOTHING
  RETURNING id`;

/** A person who did not come, or came and could not pay: the page has nothing more to offer. */
const CLOSE_WINDOWS = `
  UPDATE win SET state = wanted.value->>'window', changed_at = wanted.value->>'at'
  FROM ${MOVES}
  WHERE win.account_id = txn.account_id AND win.their_id = txn.their_id AND win.state = 'open'
    AND wanted.value->>'window' IS NOT NULL AND ${ALLOWED}`;

const MOVE = `
  UPDATE txn
  SET state = wanted.value->>'state', reason = wanted.value->>'reason', due_at = wanted.value->>'due',
      in_hand_until = wanted.value->>'inHandUntil', changed_at = wanted.value->>'at',
      carrier = coalesce(wanted.value->>'carrier', carrier),
      reference = coalesce(wanted.value->>'reference', reference),
      operator = coalesce(wanted.value->>'operator', operator),
      recipient = coalesce(wanted.value->>'recipient', recipient),
      expires_at = iif(wanted.value->>'state' = 'ready' AND txn.state = 'waiting',
        (wanted.value->>'at') + ${2 * 3_600_000}, expires_at),
      history = ${append("json(wanted.value->'entry')", "txn.history")}
  FROM json_each(?1) AS wanted
  WHERE txn.id = wanted.value->>'id' AND ${ALLOWED}
  RETURNING txn.id`;

/** A paid message goes once its charge is billed, and fails with it; also if the charge is given back, as it was ended. */
function releaseMessages(
  db: D1Database,
  formats: ReadonlyMap<string, WebhookFormat>,
  moves: readonly WholeMove[],
): Step[] {
  const paid = moves.filter(
    ({ to, brings }) => brings?.pays && ["billed", "failed", "expired", "cancelled"].includes(to),
  );
  if (paid.length === 0) return [];
  const [owe, move] = moveOnce(
    db,
    formats,
    paid.flatMap((paying) => {
      const { id, to, at, attempt, reason, brings } = paying;
      // Released by the very move that the charge makes, or not at all.
      const paidBy = { id, from: statesFrom(paying), ...(attempt === undefined ? {} : { attempt }) };
      const base = { id: brings?.pays as MessageId, at };
      const failed = (why: Reason, more = {}): Move => ({
        ...base,
        to: "failed",
        reason: why,
        billed: false,
        paidBy: { ...paidBy, ...more },
        entry: { at, event: "not_paid", transaction: id, reason: why },
      });
      if (to !== "billed") return [failed(reason ?? "other")];
      const paid = { at, event: "paid", transaction: id } as const;
      return [
        { ...base, to: "accepted", dueAt: at, billed: true, paidBy: { ...paidBy, isStopped: false }, entry: paid },
        failed("ended", { isStopped: true }),
      ];
    }),
  );
  return [
    { statement: owe, gives: "owed" },
    { statement: move, gives: "messages" },
  ];
}
