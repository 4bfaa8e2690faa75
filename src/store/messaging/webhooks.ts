/** Owed webhooks in D1, the attempts made, and the health of the endpoints they go to. */

import { inChunks } from "../../core/kernel/chunks.ts";
import { tailOf, timePart, type WebhookId } from "../../core/kernel/ids.ts";
import type { Page, PageOf } from "../../core/kernel/pages.ts";
import type {
  Attempted,
  ClaimedWebhook,
  Endpoint,
  EndpointHealth,
  Patience,
  ReportStyle,
  WebhookFilter,
  WebhookStore,
} from "../../core/webhooks/store.ts";
import { type Webhook, type WebhookNews, webhookPrefix } from "../../core/webhooks/webhook.ts";
import { pageOf, present } from "../rows.ts";
import { append, entry } from "../timeline.ts";
import { type MessageRow, toMessage } from "./messages.ts";
import { insertWebhooks } from "./owed.ts";

export function webhookStore(db: D1Database): WebhookStore {
  return {
    async byId(id) {
      const row = await db.prepare("SELECT * FROM webhook WHERE id = ?1").bind(id).first<WebhookRow>();
      return row ? toWebhook(row) : undefined;
    },

    async ofSubject(id) {
      const prefix = webhookPrefix(id);
      const { results } = await db
        .prepare("SELECT * FROM webhook WHERE id >= ?1 AND id < ?2 ORDER BY created_at")
        .bind(prefix, `${prefix}~`)
        .all<WebhookRow>();
      return results.map(toWebhook);
    },

    list: (filter, page) => list(db, filter, page),

    async add(webhooks) {
      for (const some of inChunks(webhooks, 200)) await insertWebhooks(db, JSON.stringify(some)).run();
    },

    claim: (ids, now, lease) => claim(db, ids, now, lease),

    async giveBack(ids, lease, at) {
      await db
        .prepare(
          `UPDATE webhook SET state = 'owed', due_at = ?3, changed_at = ?3
           WHERE id IN (SELECT value FROM json_each(?1)) AND state = 'delivering' AND due_at = ?2`,
        )
        .bind(JSON.stringify(ids), lease, at)
        .run();
    },

    attempted: (results, health) => attempted(db, results, health),

    async due(by, limit, after) {
      const { results } = await db
        .prepare(
          `SELECT id, endpoint, due_at, state FROM webhook
           WHERE due_at IS NOT NULL AND due_at <= ?1 AND (due_at, id) > (?3, ?4)
           ORDER BY due_at, id LIMIT ?2`,
        )
        .bind(by, limit, after?.dueAt ?? 0, after?.id ?? "")
        .all<Pick<WebhookRow, "id" | "endpoint" | "due_at" | "state">>();
      return results.map((row) => ({
        id: row.id,
        endpoint: row.endpoint,
        state: row.state,
        ...(row.due_at === null ? {} : { dueAt: row.due_at }),
      }));
    },

    async nextDue() {
      const next = await db
        .prepare("SELECT min(due_at) AS due FROM webhook WHERE due_at IS NOT NULL")
        .first<number | null>("due");
      return next ?? undefined;
    },

    async forget(before, limit) {
      const { meta } = await db
        .prepare(
          `DELETE FROM webhook WHERE id IN (
             SELECT old.id FROM account CROSS JOIN webhook AS old
             WHERE old.id >= 'whk_' || printf('%06d', account.number)
               AND old.id < 'whk_' || printf('%06d', account.number) || ?1
               AND old.due_at IS NULL AND old.changed_at < ?3
             LIMIT ?2)`,
        )
        .bind(timePart(before), limit, before)
        .run();
      return meta.changes;
    },

    async release(by, at) {
      const { meta } = await db
        .prepare(
          `UPDATE webhook
           SET state = 'owed', due_at = min(due_at, ?2), changed_at = ?2,
               history = ${append(entry("claim.lost", { at: "?2" }))}
           WHERE due_at IS NOT NULL AND due_at <= ?1 AND state = 'delivering'`,
        )
        .bind(by, at)
        .run();
      return meta.changes;
    },

    async replayOne(id, at) {
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
    },

    async replay(filter, state, at) {
      const dead = state === "answered" ? [] : await replayDead(db, filter, at);
      return state === "dead" ? dead : [...dead, ...(await replayAnswered(db, filter, at))];
    },

    async endpoints(page) {
      const [account = "", endpoint = ""] = page.cursor?.split(" ") ?? [];
      const { results } = await db
        .prepare(
          `SELECT * FROM endpoint
           WHERE (account_id, endpoint) > (?1, ?2) AND (?3 IS NULL OR account_id = ?3)
           ORDER BY account_id, endpoint LIMIT ?4`,
        )
        .bind(account, endpoint, page.account ?? null, page.limit + 1)
        .all<EndpointRow>();
      return pageOf(results, page.limit, toEndpoint, (row) => `${row.account_id} ${row.endpoint}`);
    },

    givenUp: (patience, now) => givenUp(db, patience, now),

    async pause(endpoints, at) {
      const [paused] = await db.batch([
        db
          .prepare(
            `INSERT INTO endpoint (account_id, endpoint, paused_at, reason)
             SELECT value->>'account', value->>'endpoint', ?2, value->>'reason' FROM json_each(?1) WHERE true
             ON CONFLICT (account_id, endpoint) DO UPDATE
             SET paused_at = excluded.paused_at, reason = excluded.reason WHERE endpoint.paused_at IS NULL`,
          )
          .bind(JSON.stringify(endpoints), at),
        // Whatever is owed where nobody knocks any more; so what is owed is gone through once, however many are paused.
        db
          .prepare(
            `UPDATE webhook
             SET state = 'dead', is_paused = 1, reason = ${WHY_PAUSED}, due_at = NULL, changed_at = ?1,
                 history = ${append(entry("endpoint.paused", { at: "?1", why: WHY_PAUSED }))}
             WHERE due_at IS NOT NULL AND state = 'owed' AND ${WHY_PAUSED} IS NOT NULL`,
          )
          .bind(at),
      ]);
      return paused?.meta.changes ?? 0;
    },

    async resume(account, endpoint, at) {
      const [, replayed] = await db.batch<{ id: WebhookId }>([
        db
          .prepare(
            `UPDATE endpoint SET paused_at = NULL, reason = NULL, failing_since = NULL, failures = 0
             WHERE account_id = ?1 AND endpoint = ?2`,
          )
          .bind(account, endpoint),
        db
          .prepare(
            `UPDATE webhook
             SET state = 'owed', is_paused = 0, reason = NULL, due_at = ?3, attempts = 0, changed_at = ?3,
                 history = ${append(entry("endpoint.resumed", { at: "?3" }))}
             WHERE state = 'dead' AND account_id = ?1 AND endpoint = ?2 AND is_paused = 1
             RETURNING id`,
          )
          .bind(account, endpoint, at),
      ]);
      return (replayed?.results ?? []).map((row) => row.id);
    },

    async figures() {
      const [owed, dead] = await db.batch<{ n: number; oldest: number | null }>([
        db.prepare("SELECT count(*) AS n, min(due_at) AS oldest FROM webhook WHERE due_at IS NOT NULL"),
        db.prepare("SELECT count(*) AS n FROM webhook WHERE state = 'dead'"),
      ]);
      const oldest = owed?.results[0]?.oldest;
      return {
        owed: owed?.results[0]?.n ?? 0,
        dead: dead?.results[0]?.n ?? 0,
        ...(oldest ? { oldestDue: oldest } : {}),
      };
    },
  };
}

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
  const { results } = await db
    .prepare(`${OWE_ANEW} WHERE state = 'dead' AND ${IS_MEANT} RETURNING id`)
    .bind(...whichOf(which, at))
    .all<{ id: WebhookId }>();
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
  const replayed: WebhookId[] = [];
  let last: string | null = "";
  while (last !== null) {
    const [owed, looked]: D1Result<{ id: WebhookId | null }>[] = await db.batch<{ id: WebhookId | null }>([
      db
        .prepare(
          `${OWE_ANEW}
           WHERE id IN (${pageFrom("?7", "?8", "?2")}) AND state = 'answered' AND changed_at < ?1 AND ${IS_MEANT}
           RETURNING id`,
        )
        .bind(...whichOf(which, at), last, end),
      db.prepare(`SELECT max(id) AS id FROM (${pageFrom("?1", "?2", "?3")})`).bind(last, end, which.account ?? null),
    ]);
    replayed.push(...(owed?.results ?? []).flatMap(({ id }) => id ?? []));
    last = looked?.results[0]?.id ?? null;
  }
  return replayed;
}

/** Why a webhook's endpoint is paused; null where it is not. */
const WHY_PAUSED = `(
  SELECT endpoint.reason FROM endpoint
  WHERE endpoint.account_id = webhook.account_id AND endpoint.endpoint = webhook.endpoint
    AND endpoint.paused_at IS NOT NULL)`;

async function givenUp(db: D1Database, { byDialect, otherwise }: Patience, now: number): Promise<Endpoint[]> {
  const shortest = now - Math.min(otherwise, ...Object.values(byDialect));
  // Most of the time there is none, and what is owed need not be gone through.
  const failing = await db
    .prepare("SELECT 1 FROM endpoint WHERE failing_since < ?1 AND failures >= 5 AND paused_at IS NULL LIMIT 1")
    .bind(shortest)
    .first();
  if (!failing) return [];
  const { results } = await db
    .prepare(
      // CROSS, so that what is owed is gone through once, and not once for each endpoint.
      `SELECT endpoint.* FROM webhook CROSS JOIN endpoint
         ON endpoint.account_id = webhook.account_id AND endpoint.endpoint = webhook.endpoint
       WHERE webhook.due_at IS NOT NULL AND webhook.attempts > 0
         AND endpoint.failing_since < ?1 AND endpoint.failures >= 5 AND endpoint.paused_at IS NULL
       GROUP BY endpoint.account_id, endpoint.endpoint
       HAVING endpoint.failing_since
         < ?2 - max(coalesce((SELECT value FROM json_each(?3) WHERE key = webhook.dialect), ?4))`,
    )
    .bind(shortest, now, JSON.stringify(byDialect), otherwise)
    .all<EndpointRow>();
  return results.map(toEndpoint);
}

/** Whom the text was to that it tells of: the event does not say. */
const RECIPIENT = "(SELECT recipient FROM message WHERE message.id = webhook.subject) AS recipient";

/** One page, newest first; how it stays fast is told in messages.ts. Those that are owed are few, and those that are dead. */
async function list(db: D1Database, filter: WebhookFilter, page: Page): Promise<PageOf<Webhook>> {
  const isDue = filter.state === "owed" || filter.state === "delivering";
  const { results } = await db
    .prepare(
      filter.state === "dead" || isDue
        ? `SELECT webhook.*, ${RECIPIENT} FROM webhook INDEXED BY ${isDue ? "webhook_due" : "webhook_newest_dead"}
           WHERE ${isDue ? "due_at IS NOT NULL" : "state = 'dead'"} AND (?2 IS NULL OR account_id = ?2) AND (?4 IS NULL OR endpoint = ?4)
             AND substr(id, 11) >= ?5 AND substr(id, 11) < ?6 AND state = ?3 AND (?7 IS NULL OR kind = ?7)
           ORDER BY substr(id, 11) DESC LIMIT ?1`
        : `SELECT webhook.*, ${RECIPIENT} FROM account CROSS JOIN webhook
           WHERE (?2 IS NULL OR account.id = ?2) AND webhook.id IN (
             SELECT own.id FROM webhook AS own
             WHERE own.id >= 'whk_' || printf('%06d', account.number) || ?5
               AND own.id < 'whk_' || printf('%06d', account.number) || ?6
               AND (?3 IS NULL OR own.state = ?3) AND (?4 IS NULL OR own.endpoint = ?4)
               AND (?7 IS NULL OR own.kind = ?7)
             ORDER BY own.id DESC LIMIT ?1)
           ORDER BY substr(webhook.id, 11) DESC LIMIT ?1`,
    )
    .bind(
      page.limit + 1,
      filter.account ?? null,
      filter.state ?? null,
      filter.endpoint ?? null,
      filter.since === undefined ? "" : timePart(filter.since),
      page.cursor ?? (filter.until === undefined ? "~" : timePart(filter.until)),
      filter.kind ?? null,
    )
    .all<WebhookRow>();
  return pageOf(results, page.limit, toWebhook, (row) => tailOf(row.id));
}

async function claim(db: D1Database, ids: readonly WebhookId[], now: number, lease: number): Promise<ClaimedWebhook[]> {
  const list = JSON.stringify(ids);
  const [, claimed, messages] = await db.batch([
    db
      .prepare(
        `UPDATE webhook
         SET state = 'dead', is_paused = 1, reason = endpoint.reason, due_at = NULL, changed_at = ?2,
             history = ${append(entry("endpoint.paused", { at: "?2", why: "endpoint.reason" }))}
         FROM endpoint
         WHERE webhook.id IN (SELECT value FROM json_each(?1)) AND webhook.state = 'owed' AND webhook.due_at <= ?2
           AND endpoint.account_id = webhook.account_id AND endpoint.endpoint = webhook.endpoint
           AND endpoint.paused_at IS NOT NULL`,
      )
      .bind(list, now),
    db
      .prepare(
        `UPDATE webhook SET state = 'delivering', due_at = ?3, changed_at = ?2
         WHERE id IN (SELECT value FROM json_each(?1)) AND state = 'owed' AND due_at <= ?2
         RETURNING *,
           (SELECT settings FROM account WHERE account.id = webhook.account_id) AS settings,
           (SELECT json_object('method', callback.method, 'template', callback.template) FROM callback
            WHERE webhook.kind = 'report' AND callback.account_id = webhook.account_id
              AND callback.dialect = webhook.dialect AND callback.number = '') AS style,
           (SELECT failing_since FROM endpoint
            WHERE endpoint.account_id = webhook.account_id AND endpoint.endpoint = webhook.endpoint) AS failing_since`,
      )
      .bind(list, now, lease),
    db
      .prepare(
        // CROSS, so that the list is gone through once and not once for each row that is due.
        `SELECT message.* FROM json_each(?1) AS wanted
         CROSS JOIN webhook ON webhook.id = wanted.value JOIN message ON message.id = webhook.subject
         WHERE webhook.state = 'delivering' AND webhook.due_at = ?2`,
      )
      .bind(list, lease),
  ]);
  const byId = new Map(((messages?.results ?? []) as MessageRow[]).map((row) => [row.id as string, toMessage(row)]));
  return ((claimed?.results ?? []) as ClaimedRow[]).map((row) => {
    const message = byId.get(row.subject);
    return {
      webhook: toWebhook(row),
      settings: row.settings ? JSON.parse(row.settings) : {},
      ...(row.style ? { style: present(JSON.parse(row.style)) as ReportStyle } : {}),
      isFailing: row.failing_since !== null,
      ...(message ? { message } : {}),
    };
  });
}

type ClaimedRow = WebhookRow & { settings: string | null; style: string | null; failing_since: number | null };

async function attempted(
  db: D1Database,
  results: readonly Attempted[],
  health: readonly EndpointHealth[],
): Promise<void> {
  const statements = [
    db
      .prepare(
        `UPDATE webhook
         SET state = tried.value->>'to', reason = tried.value->>'reason', due_at = tried.value->>'dueAt',
             attempts = attempts + 1, changed_at = tried.value->>'at',
             history = ${append("json(tried.value->'entry')")}
         FROM json_each(?1) AS tried
         WHERE webhook.id = tried.value->>'id' AND webhook.state = 'delivering'
           AND webhook.attempts = tried.value->>'before'`,
      )
      .bind(JSON.stringify(results)),
  ];
  const failed = health.filter((one) => one.failed > 0 && !one.received);
  const received = health.filter((one) => one.received);
  if (failed.length > 0) {
    statements.push(
      db
        .prepare(
          `INSERT INTO endpoint (account_id, endpoint, failing_since, failures)
           SELECT value->>'account', value->>'endpoint', value->>'at', value->>'failed' FROM json_each(?1) WHERE true
           ON CONFLICT (account_id, endpoint) DO UPDATE
           SET failing_since = coalesce(failing_since, excluded.failing_since), failures = failures + excluded.failures`,
        )
        .bind(JSON.stringify(failed)),
    );
  }
  if (received.length > 0) {
    statements.push(
      db
        .prepare(
          `UPDATE endpoint SET failing_since = NULL, failures = 0
           FROM json_each(?1) AS well
           WHERE endpoint.account_id = well.value->>'account' AND endpoint.endpoint = well.value->>'endpoint'
             AND failing_since IS NOT NULL`,
        )
        .bind(JSON.stringify(received)),
    );
  }
  await db.batch(statements);
}

type WebhookRow = {
  id: WebhookId;
  account_id: string;
  dialect: string;
  kind: Webhook["kind"];
  subject: Webhook["subject"];
  url: string;
  endpoint: string;
  event: string;
  state: Webhook["state"];
  reason: string | null;
  is_paused: 0 | 1;
  attempts: number;
  due_at: number | null;
  created_at: number;
  changed_at: number;
  history: string;
  recipient?: string | null;
};

function toWebhook(row: WebhookRow): Webhook {
  return {
    ...toNews(row),
    id: row.id,
    account: row.account_id,
    dialect: row.dialect,
    url: row.url,
    endpoint: row.endpoint,
    state: row.state,
    attempts: row.attempts,
    createdAt: row.created_at,
    changedAt: row.changed_at,
    history: JSON.parse(row.history),
    ...(row.is_paused ? { isPaused: true as const } : {}),
    ...present({ reason: row.reason, dueAt: row.due_at, recipient: row.recipient }),
  };
}

/** The one place where a row is taken for what its kind says: whoever owed it wrote an event of that kind. */
function toNews({ kind, subject, event }: WebhookRow): WebhookNews {
  return { kind, subject, event: JSON.parse(event) } as WebhookNews;
}

type EndpointRow = {
  account_id: string;
  endpoint: string;
  failing_since: number | null;
  failures: number;
  paused_at: number | null;
  reason: string | null;
};

function toEndpoint(row: EndpointRow): Endpoint {
  return {
    account: row.account_id,
    endpoint: row.endpoint,
    failures: row.failures,
    ...present({ failingSince: row.failing_since, pausedAt: row.paused_at, reason: row.reason }),
  };
}
