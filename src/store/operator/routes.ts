/** The table of routes in D1, as an operator sees and changes it. */

import type { RouteStore } from "../../core/messages/route.ts";
import { ported, type Query } from "../query.ts";
import { type RouteRow, toRoute } from "../routes.ts";
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

const put: Query<RouteStore, "put"> = async (db, route) => {
  const { id, account, prefix, kind, sender = "", channel = "" } = route;
  const { meta } = await db
    .prepare(
      `INSERT INTO route (id, account_id, prefix, kind, sender, channel, carriers, strategy, weights, is_rerouting)
       SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10
       WHERE NOT EXISTS (
         SELECT 1 FROM route
         WHERE account_id = ?2 AND prefix = ?3 AND kind = ?4 AND sender = ?5 AND channel = ?6 AND id <> ?1)
       ON CONFLICT (id) DO UPDATE SET
         account_id = excluded.account_id, prefix = excluded.prefix, kind = excluded.kind, sender = excluded.sender,
         channel = excluded.channel, carriers = excluded.carriers, strategy = excluded.strategy,
         weights = excluded.weights, is_rerouting = excluded.is_rerouting`,
    )
    .bind(
      ...[id, account, prefix, kind, sender, channel, JSON.stringify(route.carriers), route.strategy],
      ...[route.weights ? JSON.stringify(route.weights) : null, Number(route.reroutes ?? false)],
    )
    .run();
  if (meta.changes > 0) return { outcome: "put" };
  const by = await db
    .prepare(
      `SELECT id FROM route WHERE account_id = ?1 AND prefix = ?2 AND kind = ?3 AND sender = ?4 AND channel = ?5`,
    )
    .bind(account, prefix, kind, sender, channel)
    .first<string>("id");
  return { outcome: "taken", by: by ?? id };
};

const remove: Query<RouteStore, "remove"> = async (db, id) => {
  const { meta } = await db.prepare("DELETE FROM route WHERE id = ?1").bind(id).run();
  return meta.changes > 0;
};
