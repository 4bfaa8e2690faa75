/**
 * The one author of events: what happened at an account, in the log and as webhooks to its own endpoints, in the write that it happened
 * in. Accounts without a log cost nothing: both statements begin with it.
 */

import { LETTERS } from "../../../core/kernel/ids.ts";
import type { EventFacts, EventNews } from "../../../core/webhooks/events.ts";
import { STANDARD } from "../../../core/webhooks/standard.ts";
import { asMany, readBack } from "../../idempotency/read-back.ts";
import { endpointHealth, jsonOf } from "./owed.ts";

/** SQL for one value. */
type Sql = string;

/**
 * Events that a batch tells of, one for each row of `from` that is `where`: of what is about to be changed, or was just written. The
 * statements go before the change, so that both see the same rows.
 */
export type Telling = {
  account: Sql;
  /** One of the types; see `core/webhooks/events.ts`. */
  type: Sql;
  /** Epoch ms. */
  at: Sql;
  /** The id of what it is about without its prefix: account first, then time. */
  stem: Sql;
  recipient?: Sql;
  /** The service, and the number or sender of the account, that endpoints may ask for. */
  service?: Sql;
  number?: Sql;
  /** JSON: see `factsOf`. */
  data: Sql;
  from: Sql;
  where: Sql;
  /** What tells the order of several. */
  order: Sql;
};

/** The JSON of an event's facts: SQL for each member, undefined for one that is never there. What is NULL is left out. */
export function factsOf<Facts extends EventFacts[keyof EventFacts]>(
  members: {
    [Member in keyof Facts]-?: Sql | undefined;
  },
): Sql {
  return `json_patch('{}', ${jsonOf<Facts>(members)})`;
}

/**
 * Two statements: the first owes the webhooks and answers their ids, the second writes the log. They go one after the other, since both
 * number the events from the end of the log.
 */
export function tell(telling: Telling): { owe: Sql; log: Sql } {
  const told = toldBy(telling);
  return {
    owe: `${OWE} FROM (${told}) AS told ${TO_ENDPOINTS}
  ON CONFLICT (id) DO NOTHING
  RETURNING id`,
    log: `
  INSERT INTO event (account_id, number, type, at, stem, recipient, service_id, own_number, data)
  ${told}`,
  };
}

/** An account as ids begin with it: the digits of its number (see `accountPart`). */
export function accountPartOf(account: Sql): Sql {
  return `printf('%06d', (SELECT account.number FROM account WHERE account.id = ${account}))`;
}

/** A stem for what has no id of its own: the account, and the time as ids hold it (see `timePart`). @param at SQL, epoch ms */
export function stemAt(at: Sql, account: Sql): Sql {
  const places = Array.from({ length: 9 }, (_, place) => 40 - 5 * place);
  const letters = places.map((bits) => `substr('${LETTERS}', ((CAST(${at} AS INTEGER) >> ${bits}) & 31) + 1, 1)`);
  return `${accountPartOf(account)} || ${letters.join(" || ")}`;
}

/** The statements, each given the same parameters. The first answers the ids of webhooks. */
export function eventStatements(
  db: D1Database,
  { owe, log }: { owe: Sql; log: Sql },
  ...given: unknown[]
): [D1PreparedStatement, D1PreparedStatement] {
  return [readBack(db.prepare(owe).bind(...given), asMany(db)), db.prepare(log).bind(...given)];
}

function toldBy({ account, type, at, stem, recipient, service, number, data, from, where, order }: Telling): Sql {
  return `
  SELECT event_log.account_id AS account_id,
    coalesce((SELECT max(event.number) FROM event WHERE event.account_id = event_log.account_id), 0)
      + row_number() OVER (PARTITION BY event_log.account_id ORDER BY ${order}) AS number,
    ${type} AS type, ${at} AS at, ${stem} AS stem, ${recipient ?? "NULL"} AS recipient, ${service ?? "NULL"} AS service_id,
    ${number ?? "NULL"} AS own_number, ${data} AS data
  FROM (SELECT 1 FROM event_log LIMIT 1) AS any_log CROSS JOIN ${from}
  JOIN event_log ON event_log.account_id = ${account}
  WHERE ${where}`;
}

/** The id by which receivers know an event again: its account's number, and its own. */
export const eventId = (account: Sql, number: Sql): Sql =>
  `'evt_' || ${accountPartOf(account)} || printf('%010d', ${number})`;

const EVENT_ID = eventId("told.account_id", "told.number");

/** Webhooks about `told`, to each of the account's endpoints that asked for it. One that is switched off owes them when it is on again. */
const OWE = `
  INSERT INTO webhook (id, account_id, dialect, kind, subject, url, endpoint, event, state, is_paused, reason, due_at,
    created_at, changed_at, order_key)
  SELECT 'whk_' || told.stem || '_evt-' || told.number || '-' || named.name, told.account_id, '${STANDARD}', 'event',
    ${EVENT_ID}, named.url, named.name,
    ${jsonOf<EventNews>({
      state: "told.type",
      id: EVENT_ID,
      number: "told.number",
      at: "told.at",
      data: "json(told.data)",
    })},
    iif(endpoint.paused_at IS NULL, 'owed', 'dead'), endpoint.paused_at IS NOT NULL, endpoint.reason,
    iif(endpoint.paused_at IS NULL, told.at, NULL), told.at, told.at,
    CASE named.ordered_by WHEN 'subject' THEN told.stem WHEN 'recipient' THEN coalesce(told.recipient, told.stem) END`;

const ASKED_FOR = `
  EXISTS (SELECT 1 FROM json_each(named.events) AS pattern WHERE told.type GLOB pattern.value)
  AND (named.services IS NULL OR told.service_id IN (SELECT value FROM json_each(named.services)))
  AND (named.numbers IS NULL OR ltrim(told.own_number, '+') IN (SELECT value FROM json_each(named.numbers)))
  AND (named.tags IS NULL OR EXISTS (
    SELECT 1 FROM json_each(told.data, '$.tags') AS tag WHERE tag.value IN (SELECT value FROM json_each(named.tags))))`;

const TO_ENDPOINTS = `
  JOIN named_endpoint AS named ON named.account_id = told.account_id
  ${endpointHealth("told.account_id", "named.name")}
  WHERE ${ASKED_FOR}`;

/** The webhooks to one endpoint about events of the log. @param from has `told`, rows of `event`. @param where on `told` and `named` */
export function oweFromLog(from: Sql, where: Sql, at: Sql): Sql {
  return `${OWE.replaceAll("iif(endpoint.paused_at IS NULL, told.at, NULL), told.at, told.at", `iif(endpoint.paused_at IS NULL, ${at}, NULL), ${at}, ${at}`)}
  FROM ${from} ${TO_ENDPOINTS} AND ${where}
  ON CONFLICT (id) DO NOTHING
  RETURNING id`;
}
