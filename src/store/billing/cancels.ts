/**
 * Ending subscriptions, in SQL: the statements go into one batch with whatever ended them. Charges for them are marked:
 * from then on no carrier is asked for one, and one that a carrier already has is given back if it is billed.
 */

import type { SubscriptionStore } from "../../core/billing/subscriptions/store.ts";
import type { EndedBy } from "../../core/billing/subscriptions/subscription.ts";
import type { SubscriptionId, TransactionId, WebhookId } from "../../core/kernel/ids.ts";
import type { Message } from "../../core/messages/message.ts";
import type { SubscriptionFacts } from "../../core/webhooks/events.ts";
import { MESSAGE_COLUMNS, toNewRow } from "../messaging/messages/rows.ts";
import { aboutMessage, messageFacts } from "../messaging/webhooks/message-events.ts";
import { CANCELLED_ID, owe } from "../messaging/webhooks/owed.ts";
import { factsOf, tell } from "../messaging/webhooks/told.ts";
import type { Query } from "../query.ts";
import { append, entry } from "../timeline.ts";
import { ABOUT_SUBSCRIPTION, CANCELLED_NEWS, SUBSCRIPTION_URL } from "./subscription-rows.ts";

/** One subscription by its id, or all of a person at an account for these services. */
export type Ending = {
  id?: SubscriptionId;
  account?: string;
  recipient?: string;
  services?: readonly { service: string; consent: string; merchant: string }[];
  /** Or whatever the person agreed to at this number, under these ids or any. */
  number?: string;
  only?: readonly string[];
  by: EndedBy;
  at: number;
  /** Only if this inbound text is there: one that was reported before ends nothing again. */
  inbound?: string;
  /** The text to the person for each service that was ended. */
  texts?: readonly { service: string; message: Message }[];
};

/** The places of the statements that answer the ids of webhooks about events, cancelled subscriptions, owed webhooks, texts, and open charges. */
export const TOLD = 0;
export const CANCELLED = 2;
export const OWED = 3;
export const TEXTS = 4;
export const STOPPED = 5;

export function endingStatements(db: D1Database, endings: readonly Ending[]): D1PreparedStatement[] {
  const list = JSON.stringify(
    endings.map(({ texts = [], ...ending }) => ({
      ...ending,
      texts: texts.map(({ service, message }) => ({ service, message: toNewRow(message) })),
    })),
  );
  return [
    EVENTS.owe,
    EVENTS.log,
    CANCEL,
    TELL,
    SEND_TEXTS,
    MARK,
    WITHDRAWN.owe,
    WITHDRAWN.log,
    WITHDRAW_TEXTS,
    OUTDATE_TEXTS,
    CLOSE_PERIODS,
    END_CONSENTS,
    END_AT_NUMBER,
    REMEMBER_STOPS,
  ].map((sql) => db.prepare(sql).bind(list));
}

const IS_THERE = `
  (wanted.value->>'inbound' IS NULL
   OR EXISTS (SELECT 1 FROM inbound WHERE inbound.id = wanted.value->>'inbound'))`;

/** Whether an ending at a number is of this id of a consent. */
const IS_NAMED = (consent: string) => `
  (wanted.value->>'only' IS NULL OR ${consent} IN (SELECT value FROM json_each(wanted.value->'only')))`;

/** Also the subscriptions on the same consent as a named service: a consent ends as a whole. */
const IS_MEANT = `
  (subscription.id = wanted.value->>'id' OR (
    subscription.recipient = wanted.value->>'recipient' AND subscription.account_id = wanted.value->>'account'
    AND (subscription.service_id IN (SELECT value->>'service' FROM json_each(wanted.value->'services'))
      OR (SELECT coalesce(service.terms->>'consent', service.id) FROM service
          WHERE service.account_id = subscription.account_id AND service.id = subscription.service_id)
        IN (SELECT value->>'consent' FROM json_each(wanted.value->'services')))))
  AND ${IS_THERE}`;

/** What these endings ended just now, and not something before them. */
const WAS_ENDED = `
  subscription.state = 'cancelled' AND subscription.changed_at = wanted.value->>'at'
  AND subscription.ended_by = wanted.value->>'by' AND ${IS_MEANT}`;

/** The members of the entry about the end: by whom and when. */
const ENDED = { at: "wanted.value->>'at'", by: "wanted.value->>'by'" };

/** Before it is made: one that two of these endings end is told of once. */
const EVENTS = tell({
  ...ABOUT_SUBSCRIPTION,
  type: "'subscription.cancelled'",
  at: "wanted.value->>'at'",
  data: factsOf<SubscriptionFacts>({
    id: "subscription.id",
    service: "subscription.service_id",
    merchant: "subscription.merchant_id",
    recipient: "subscription.recipient",
    price: "subscription.price",
    currency: "subscription.currency",
    interval: "subscription.interval",
    period: "subscription.period",
    state: "'cancelled'",
    reason: "subscription.reason",
    endedBy: "wanted.value->>'by'",
    neverBegun: "json(iif(subscription.never_begun, 'true', 'null'))",
    dueAt: undefined,
    transaction: undefined,
    at: "wanted.value->>'at'",
  }),
  from: "json_each(?1) AS wanted CROSS JOIN subscription",
  where: `subscription.state <> 'cancelled' AND ${IS_MEANT} GROUP BY subscription.id`,
  order: "wanted.key, subscription.id",
});

const CANCEL = `
  UPDATE subscription
  SET state = 'cancelled', ended_by = wanted.value->>'by', due_at = NULL, resting_due_at = NULL, changed_at = wanted.value->>'at',
      history = ${append(entry("cancelled", ENDED), "subscription.history")}
  FROM json_each(?1) AS wanted
  WHERE subscription.state <> 'cancelled' AND ${IS_MEANT}
  RETURNING subscription.id AS id`;

const TELL = owe({
  id: CANCELLED_ID,
  account: "subscription.account_id",
  dialect: "'stafett'",
  kind: "subscription",
  subject: "subscription.id",
  url: SUBSCRIPTION_URL,
  event: CANCELLED_NEWS,
  at: "wanted.value->>'at'",
  from: "json_each(?1) AS wanted CROSS JOIN subscription",
  where: `${SUBSCRIPTION_URL} IS NOT NULL AND ${WAS_ENDED}`,
});

/** One for each service, though the same person wrote twice at once. */
const SEND_TEXTS = `
  INSERT INTO message (${MESSAGE_COLUMNS.join(", ")})
  SELECT ${MESSAGE_COLUMNS.map((name) => `text.value->'message'->>'${name}'`).join(", ")}
  FROM json_each(?1) AS wanted CROSS JOIN json_each(wanted.value->'texts') AS text
  WHERE EXISTS (
    SELECT 1 FROM subscription WHERE subscription.service_id = text.value->>'service' AND ${WAS_ENDED})
    AND NOT EXISTS (
      SELECT 1 FROM json_each(?1) AS before
      WHERE before.key < wanted.key AND before.value->>'recipient' = wanted.value->>'recipient'
        AND before.value->>'account' = wanted.value->>'account'
        AND EXISTS (SELECT 1 FROM inbound WHERE inbound.id = before.value->>'inbound')
        AND EXISTS (SELECT 1 FROM json_each(before.value->'texts') AS same
          WHERE same.value->>'service' = text.value->>'service'))
  ON CONFLICT DO NOTHING
  RETURNING id`;

/** The open charges that the ending is about: of an ended subscription, or of the person for such a service or consent. */
const MARK = `
  UPDATE txn SET is_stopped = 1
  WHERE txn.kind = 'charge' AND txn.state IN ('ready', 'charging', 'sent', 'unknown') AND txn.id IN (
    SELECT its.id FROM json_each(?1) AS wanted
    CROSS JOIN subscription CROSS JOIN txn AS its ON its.subscription_id = subscription.id
    WHERE ${WAS_ENDED}
    UNION ALL
    SELECT theirs.id FROM json_each(?1) AS wanted
    CROSS JOIN txn AS theirs ON theirs.recipient = wanted.value->>'recipient'
    WHERE theirs.account_id = wanted.value->>'account'
      AND (theirs.service_id IN (SELECT value->>'service' FROM json_each(wanted.value->'services'))
        OR theirs.consent IN (SELECT value->>'consent' FROM json_each(wanted.value->'services')))
      AND ${IS_THERE}
    UNION ALL
    SELECT agreed.id FROM json_each(?1) AS wanted
    CROSS JOIN txn AS agreed ON agreed.recipient = wanted.value->>'recipient'
    WHERE agreed.short_number = wanted.value->>'number' AND agreed.consent IS NOT NULL
      AND ${IS_NAMED("agreed.consent")} AND ${IS_THERE})
  RETURNING txn.id AS id`;

/** What we wrote about a subscription. */
const OUR_TEXTS = `
  message.account_id = subscription.account_id AND message.dialect = 'stafett'
  AND message.their_id >= subscription.id || '-' AND message.their_id < subscription.id || '.'`;

const WITHDRAWN = tell({
  ...aboutMessage(),
  type: "'message.failed'",
  at: "wanted.value->>'at'",
  data: messageFacts("wanted.value->>'at'", "'failed'", "'ended'"),
  from: "json_each(?1) AS wanted CROSS JOIN subscription CROSS JOIN message",
  where: `${OUR_TEXTS} AND message.state = 'accepted' AND ${WAS_ENDED} GROUP BY message.id`,
  order: "wanted.key, message.id",
});

/** Cancels unsent texts about the ended subscriptions: after STOP, only the confirmation is sent. */
const WITHDRAW_TEXTS = `
  UPDATE message
  SET state = 'failed', reason = 'ended', due_at = NULL, changed_at = wanted.value->>'at',
      history = ${append(entry("withdrawn", ENDED), "message.history")}
  FROM json_each(?1) AS wanted, subscription
  WHERE ${OUR_TEXTS} AND message.state = 'accepted' AND ${WAS_ENDED}`;

/** What a carrier may have just now is not sent again: if it turns out that none has it, its time is over. */
const OUTDATE_TEXTS = `
  UPDATE message SET expires_at = min(message.expires_at, wanted.value->>'at')
  FROM json_each(?1) AS wanted, subscription
  WHERE ${OUR_TEXTS} AND message.state IN ('submitting', 'unknown') AND ${WAS_ENDED}`;

const CLOSE_PERIODS = `
  UPDATE period SET state = 'cancelled', changed_at = wanted.value->>'at'
  FROM json_each(?1) AS wanted, subscription
  WHERE subscription.id = period.subscription_id AND ${WAS_ENDED}
    AND period.state = 'declined'`;

const END_CONSENTS = `
  UPDATE consent
  SET state = 'ended', ended_by = iif(wanted.value->>'by' = 'person', 'person', 'merchant'), changed_at = wanted.value->>'at'
  FROM json_each(?1) AS wanted
  WHERE consent.state = 'active' AND consent.recipient = wanted.value->>'recipient'
    AND consent.account_id = wanted.value->>'account'
    AND consent.service_id IN (SELECT value->>'consent' FROM json_each(wanted.value->'services')) AND ${IS_THERE}`;

const END_AT_NUMBER = `
  UPDATE consent SET state = 'ended', ended_by = 'person', changed_at = wanted.value->>'at'
  FROM json_each(?1) AS wanted
  WHERE consent.short_number IS NOT NULL AND consent.short_number = wanted.value->>'number'
    AND consent.recipient = wanted.value->>'recipient' AND consent.state = 'active'
    AND ${IS_NAMED("consent.service_id")} AND ${IS_THERE}`;

/** A person who never agreed to anything may say STOP all the same, and be left in peace. */
const REMEMBER_STOPS = `
  INSERT INTO consent (account_id, merchant_id, service_id, recipient, state, token, ended_by, created_at, changed_at)
  SELECT wanted.value->>'account', service.value->>'merchant', service.value->>'consent', wanted.value->>'recipient',
    'ended', '', 'person', wanted.value->>'at', wanted.value->>'at'
  FROM json_each(?1) AS wanted CROSS JOIN json_each(wanted.value->'services') AS service
  WHERE wanted.value->>'by' = 'person' AND ${IS_THERE}
  ON CONFLICT (account_id, recipient, merchant_id, service_id) DO UPDATE
  SET ended_by = 'person', changed_at = excluded.changed_at WHERE consent.state = 'ended'`;

/** The consents go with them, if they end now, and if no other subscription to the same service stands on one. */
const END_THEIR_CONSENTS = `
  UPDATE consent SET state = 'ended', ended_by = iif(?2 = 'person', 'person', 'merchant'), changed_at = ?3
  WHERE state = 'active' AND (account_id, recipient, merchant_id, service_id) IN (
    SELECT gone.account_id, gone.recipient, gone.merchant_id, coalesce(service.terms->>'consent', gone.service_id)
    FROM json_each(?1) AS wanted CROSS JOIN subscription AS gone ON gone.id = wanted.value
    LEFT JOIN service ON service.account_id = gone.account_id AND service.id = gone.service_id
    WHERE gone.state = 'cancelled' AND gone.changed_at = ?3
      AND NOT EXISTS (SELECT 1 FROM subscription AS other
        WHERE other.account_id = gone.account_id AND other.recipient = gone.recipient
          AND other.service_id = gone.service_id AND other.state <> 'cancelled'))`;

export const cancel: Query<SubscriptionStore, "cancel"> = async (db, ids, by, at) => {
  const endings = ids.map((id) => ({ id, by, at }));
  const answers = await db.batch<{ id: string }>([
    ...endingStatements(db, endings),
    db.prepare(END_THEIR_CONSENTS).bind(JSON.stringify(ids), by, at),
  ]);
  return {
    cancelled: (answers[CANCELLED]?.results ?? []).map((one) => one.id as SubscriptionId),
    stopped: (answers[STOPPED]?.results ?? []).map((one) => one.id as TransactionId),
    owed: [TOLD, OWED].flatMap((place) => (answers[place]?.results ?? []).map((one) => one.id as WebhookId)),
  };
};

export const openOf: Query<SubscriptionStore, "openOf"> = async (db, account, service, limit) => {
  const { results } = await db
    .prepare(
      `SELECT id, recipient FROM subscription INDEXED BY subscription_open
       WHERE account_id = ?1 AND (?2 IS NULL OR service_id = ?2) AND state <> 'cancelled' LIMIT ?3`,
    )
    .bind(account, service ?? null, limit)
    .all<{ id: SubscriptionId; recipient: string }>();
  return results;
};
