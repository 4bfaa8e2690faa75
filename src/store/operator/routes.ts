/** The table of routes in D1, as an operator sees and changes it. */

import type { NamedRoute, RouteKind, RouteStore } from "../../core/messages/route.ts";
import { ported, type Query } from "../query.ts";
import { pageOf } from "../rows.ts";

export function routeStore(db: D1Database): RouteStore {
  return ported<RouteStore>(db, {
    byId,
    list,
    put,
    remove,
  });
}

const byId: Query<RouteStore, "byId"> = async (db, id) => {
  const row = await db.prepare("SELECT * FROM route WHERE id = ?1").bind(id).first<RouteRow>();
  return row ? toRoute(row) : undefined;
};

const list: Query<RouteStore, "list"> = async (db, page) => {
  const { results } = await db
    .prepare("SELECT * FROM route WHERE id > ?1 ORDER BY id LIMIT ?2")
    .bind(page.cursor ?? "", page.limit + 1)
    .all<RouteRow>();
  return pageOf(results, page.limit, toRoute, (row) => row.id);
};

const put: Query<RouteStore, "put"> = async (db, { id, account, prefix, kind, carriers }) => {
  const { meta } = await db
    .prepare(
      `INSERT INTO route (id, account_id, prefix, kind, carriers)
       SELECT ?1, ?2, ?3, ?4, ?5
       WHERE NOT EXISTS (
         SELECT 1 FROM route WHERE account_id = ?2 AND prefix = ?3 AND kind = ?4 AND id <> ?1)
       ON CONFLICT (id) DO UPDATE SET
         account_id = excluded.account_id, prefix = excluded.prefix, kind = excluded.kind, carriers = excluded.carriers`,
    )
    .bind(id, account, prefix, kind, JSON.stringify(carriers))
    .run();
  if (meta.changes > 0) return { outcome: "put" };
  const by = await db
    .prepare("SELECT id FROM route WHERE account_id = ?1 AND prefix = ?2 AND kind = ?3")
    .bind(account, prefix, kind)
    .first<string>("id");
  return { outcome: "taken", by: by ?? id };
};

const remove: Query<RouteStore, "remove"> = async (db, id) => {
  const { meta } = await db.prepare("DELETE FROM route WHERE id = ?1").bind(id).run();
  return meta.changes > 0;
};

type RouteRow = { id: string; account_id: string; prefix: string; kind: RouteKind; carriers: string };

function toRoute(row: RouteRow): NamedRoute {
  return {
    id: row.id,
    account: row.account_id,
    prefix: row.prefix,
    kind: row.kind,
    carriers: JSON.parse(row.carriers),
  };
}
