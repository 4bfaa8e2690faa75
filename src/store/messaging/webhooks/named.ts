/** Endpoints that accounts set up by name, in D1. */

import { present } from "../../../core/kernel/present.ts";
import type { NamedEndpoint, NamedEndpointStore, NamedInSight, OrderedBy } from "../../../core/webhooks/named.ts";
import { ported, type Query } from "../../query.ts";
import { pageOf } from "../../rows.ts";
import { append, entry } from "../../timeline.ts";

export function namedEndpointStore(db: D1Database): NamedEndpointStore {
  return ported<NamedEndpointStore>(db, { count, byName, list, add, change, remove, sealedOtherwise });
}

const IN_SIGHT = `
  SELECT named_endpoint.*, endpoint.failing_since, coalesce(endpoint.failures, 0) AS failures, endpoint.paused_at, endpoint.reason
  FROM named_endpoint LEFT JOIN endpoint
    ON endpoint.account_id = named_endpoint.account_id AND endpoint.endpoint = named_endpoint.name`;

const byName: Query<NamedEndpointStore, "byName"> = async (db, account, name) => {
  const row = await db
    .prepare(`${IN_SIGHT} WHERE named_endpoint.account_id = ?1 AND named_endpoint.name = ?2`)
    .bind(account, name)
    .first<InSightRow>();
  return row ? toInSight(row) : undefined;
};

const count: Query<NamedEndpointStore, "count"> = async (db, account) => {
  const found = db.prepare("SELECT count(*) AS many FROM named_endpoint WHERE account_id = ?1").bind(account);
  return (await found.first<number>("many")) ?? 0;
};

const list: Query<NamedEndpointStore, "list"> = async (db, account, page) => {
  const { results } = await db
    .prepare(
      `${IN_SIGHT} WHERE named_endpoint.account_id = ?1 AND named_endpoint.name > ?2
       ORDER BY named_endpoint.name LIMIT ?3`,
    )
    .bind(account, page.cursor ?? "", page.limit + 1)
    .all<InSightRow>();
  return pageOf(results, page.limit, toInSight, (row) => row.name);
};

const COLUMNS = [
  ...[
    "account_id",
    "name",
    "url",
    "failover_url",
    "description",
    "events",
    "services",
    "numbers",
    "tags",
    "ordered_by",
  ],
  ...[
    "schedule",
    "per_second",
    "form",
    "sealed",
    "public_key",
    "old_sealed",
    "old_public_key",
    "old_until",
    "sealed_with",
    "headers",
  ],
  ...["version", "created_at", "changed_at"],
] as const;

const add: Query<NamedEndpointStore, "add"> = async (db, endpoint) => {
  const [, added] = await db.batch([
    // One of that name may have been removed while it was called: its failures are not this one's.
    db
      .prepare(
        `DELETE FROM endpoint WHERE account_id = ?1 AND endpoint = ?2 AND NOT EXISTS (
           SELECT 1 FROM named_endpoint AS known WHERE known.account_id = ?1 AND known.name = ?2)`,
      )
      .bind(endpoint.account, endpoint.name),
    db
      .prepare(
        `INSERT INTO named_endpoint (${COLUMNS.join(", ")})
         SELECT ${COLUMNS.map((name) => `?1->>'${name}'`).join(", ")} WHERE true ON CONFLICT DO NOTHING`,
      )
      .bind(JSON.stringify(toRow(endpoint))),
    db
      .prepare("INSERT INTO event_log (account_id, is_pulled, since) VALUES (?1, 0, ?2) ON CONFLICT DO NOTHING")
      .bind(endpoint.account, endpoint.createdAt),
  ]);
  return added?.meta.changes === 1;
};

const change: Query<NamedEndpointStore, "change"> = async (db, endpoint, version) => {
  const changed = COLUMNS.filter((name) => !["account_id", "name", "created_at"].includes(name));
  const { meta } = await db
    .prepare(
      `UPDATE named_endpoint SET ${changed.map((name) => `${name} = ?1->>'${name}'`).join(", ")}
       WHERE account_id = ?2 AND name = ?3 AND version = ?4`,
    )
    .bind(JSON.stringify(toRow(endpoint)), endpoint.account, endpoint.name, version)
    .run();
  return meta.changes === 1;
};

/** Whether the account's events are still wanted. */
const IS_WANTED = `(is_pulled = 1 OR EXISTS (
  SELECT 1 FROM named_endpoint WHERE named_endpoint.account_id = event_log.account_id))`;

/** Ends logs that nobody reads. ?1 is the account. */
export const END_LOG = `DELETE FROM event_log WHERE account_id = ?1 AND NOT ${IS_WANTED}`;

const remove: Query<NamedEndpointStore, "remove"> = async (db, account, name, at, reason) => {
  const [removed] = await db.batch([
    db.prepare("DELETE FROM named_endpoint WHERE account_id = ?1 AND name = ?2").bind(account, name),
    db.prepare("DELETE FROM endpoint WHERE account_id = ?1 AND endpoint = ?2").bind(account, name),
    db
      .prepare(
        `UPDATE webhook
         SET state = 'dead', is_paused = 0, reason = ?4, due_at = NULL, changed_at = ?3,
             history = ${append(entry("webhook.given_up", { at: "?3", why: "?4" }))}
         WHERE account_id = ?1 AND endpoint = ?2 AND kind = 'event' AND due_at IS NOT NULL AND state = 'owed'`,
      )
      .bind(account, name, at, reason),
    // What waited for it to be switched on waits no more: another of that name is not meant.
    db
      .prepare(
        `UPDATE webhook SET is_paused = 0, reason = ?3
         WHERE state = 'dead' AND account_id = ?1 AND endpoint = ?2 AND kind = 'event' AND is_paused = 1`,
      )
      .bind(account, name, reason),
    db.prepare(END_LOG).bind(account),
  ]);
  return removed?.meta.changes === 1;
};

const sealedOtherwise: Query<NamedEndpointStore, "sealedOtherwise"> = async (db, key, limit, after) => {
  const some = (which: "<" | ">") => `
    SELECT * FROM (
      SELECT * FROM named_endpoint
      WHERE sealed_with ${which} ?1 AND (sealed_with, account_id, name) > (?3, ?4, ?5)
      ORDER BY sealed_with, account_id, name LIMIT ?2)`;
  const { results } = await db
    .prepare(`${some("<")} UNION ALL ${some(">")} LIMIT ?2`)
    .bind(key, limit, after?.sealedWith ?? "", after?.account ?? "", after?.name ?? "")
    .all<NamedRow>();
  return results.map(toNamed);
};

type NamedRow = {
  account_id: string;
  name: string;
  url: string;
  failover_url: string | null;
  description: string;
  events: string;
  services: string | null;
  numbers: string | null;
  tags: string | null;
  ordered_by: OrderedBy;
  schedule: string;
  per_second: number | null;
  form: string;
  sealed: string;
  public_key: string;
  old_sealed: string | null;
  old_public_key: string | null;
  old_until: number | null;
  sealed_with: string;
  headers: string;
  version: number;
  created_at: number;
  changed_at: number;
};

type InSightRow = NamedRow & {
  failing_since: number | null;
  failures: number;
  paused_at: number | null;
  reason: string | null;
};

function toRow(endpoint: NamedEndpoint): NamedRow {
  return {
    account_id: endpoint.account,
    name: endpoint.name,
    url: endpoint.url,
    failover_url: endpoint.failoverUrl ?? null,
    description: endpoint.description,
    events: JSON.stringify(endpoint.events),
    services: endpoint.services ? JSON.stringify(endpoint.services) : null,
    numbers: endpoint.numbers ? JSON.stringify(endpoint.numbers) : null,
    tags: endpoint.tags ? JSON.stringify(endpoint.tags) : null,
    ordered_by: endpoint.orderedBy,
    schedule: JSON.stringify(endpoint.schedule),
    per_second: endpoint.perSecond ?? null,
    form: endpoint.form,
    sealed: endpoint.sealed,
    public_key: endpoint.publicKey,
    old_sealed: endpoint.oldSealed ?? null,
    old_public_key: endpoint.oldPublicKey ?? null,
    old_until: endpoint.oldUntil ?? null,
    sealed_with: endpoint.sealedWith,
    headers: JSON.stringify(endpoint.headers),
    version: endpoint.version,
    created_at: endpoint.createdAt,
    changed_at: endpoint.changedAt,
  };
}

function toNamed(row: NamedRow): NamedEndpoint {
  return {
    account: row.account_id,
    name: row.name,
    url: row.url,
    description: row.description,
    events: JSON.parse(row.events),
    orderedBy: row.ordered_by,
    schedule: JSON.parse(row.schedule),
    form: row.form,
    sealed: row.sealed,
    publicKey: row.public_key,
    sealedWith: row.sealed_with,
    headers: JSON.parse(row.headers),
    version: row.version,
    createdAt: row.created_at,
    changedAt: row.changed_at,
    ...present({ failoverUrl: row.failover_url, oldSealed: row.old_sealed, oldPublicKey: row.old_public_key }),
    ...present({ oldUntil: row.old_until, perSecond: row.per_second }),
    ...(row.services === null ? {} : { services: JSON.parse(row.services) as string[] }),
    ...(row.tags === null ? {} : { tags: JSON.parse(row.tags) as string[] }),
    ...(row.numbers === null ? {} : { numbers: JSON.parse(row.numbers) as string[] }),
  };
}

function toInSight(row: InSightRow): NamedInSight {
  return {
    ...toNamed(row),
    failures: row.failures,
    ...present({ failingSince: row.failing_since, disabledAt: row.paused_at, reason: row.reason }),
  };
}
