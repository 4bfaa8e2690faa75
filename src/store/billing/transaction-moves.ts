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

export function stepsOf(
  db: D1Database,
  formats: ReadonlyMap<string, WebhookFormat>,
  moves: readonly WholeMove[],
): Step[] {
  const list = JSON.stringify(moves.map((move) => toJson(move, formats)));
  const run = (sql: string, gives?: keyof Moved): Step => {
    return { statement: db.prepare(sql).bind(list), ...(gives ? { gives } : {}) };
  };
  const any = (has: (brings: Consequences) => unknown) => moves.some(({ brings }) => brings && has(brings));
  const isBilled = moves.some(({ to }) => to === "billed");
  return [
    run(OWE_REPORTS, "owed"),
    ...(isBilled
      ? [
          run(ADD_TO_DAYS), // what the next statement writes, and so before it
          run(WRITE_LEDGER),
          run(ADD_TO_REVENUE),
          run(OWE_REVERSED, "owed"),
          run(REVERSE_ORIGINALS),
          run(DISPUTE),
        ]
      : []),
    ...(any(({ consent }) => consent) ? [run(GIVE_CONSENTS)] : []),
    ...(any(({ begins }) => begins) ? [run(BEGIN_SUBSCRIPTIONS), run(TELL_OF_BEGINNINGS, "owed")] : []),
    ...(any(({ message }) => message) ? [run(WRITE_TEXTS, "messages")] : []),
    ...(any(({ subscription }) => subscription) ? [run(CHANGE_SUBSCRIPTIONS), run(TELL_OF_CHANGES, "owed")] : []),
    ...(any(({ period }) => period) ? [run(CLOSE_PERIODS)] : []),
    ...(any(({ reversal }) => reversal) ? [run(GIVE_BACK_STOPPED, "transactions")] : []),
    ...releaseMessages(db, formats, moves),
    run(CLOSE_WINDOWS),
    run(MOVE, "made"),
  ];
}

function toJson({ brings = {}, ...move }: WholeMove, formats: ReadonlyMap<string, WebhookFormat>) {
  return {
    id: move.id,
    state: move.to,
    from: statesFrom(move),
    at: move.at,
    inbound: move.inbound ?? null,
    happenedAt: move.happenedAt ?? move.at,
    attempt: move.attempt ?? null,
    reason: move.reason ?? null,
    due: move.dueAt ?? null,
    inHandUntil: move.inHandUntil ?? null,
    carrier: move.carrier ?? null,
    reference: move.reference ?? null,
    operator: move.operator ?? null,
    recipient: move.recipient ?? null,
    entry: move.entry,
    dialects: tellers(formats, move.to),
    reversedDialects: tellers(formats, "reversed"),
    consent: brings.consent ?? null,
    begins: brings.begins ? toSubscriptionRow(brings.begins) : null,
    subscription: brings.subscription
      ? { ...brings.subscription, from: subscriptionStatesBefore(brings.subscription.state) }
      : null,
    period: brings.period ?? null,
    message: brings.message ? toNewRow(brings.message) : null,
    window: brings.window ?? (["expired", "failed", "cancelled"].includes(move.to) ? "expired" : null),
    reversal: brings.reversal ?? null,
  };
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
