/** The table `route`: a row as a route, and the routes of one kind. */

import { present } from "../core/kernel/present.ts";
import type { NamedRoute, RouteKind, Strategy } from "../core/messages/route.ts";
import { rowsOf } from "./rows.ts";

export type RouteRow = {
  id: string;
  account_id: string;
  prefix: string;
  kind: RouteKind;
  carriers: string;
  channel: string;
  sender: string;
  strategy: Strategy;
  weights: string | null;
  is_rerouting: 0 | 1;
};

export function toRoute(row: RouteRow): NamedRoute {
  return {
    id: row.id,
    account: row.account_id,
    prefix: row.prefix,
    kind: row.kind,
    carriers: JSON.parse(row.carriers),
    strategy: row.strategy,
    ...present({
      channel: row.channel === "" ? null : row.channel,
      sender: row.sender === "" ? null : row.sender,
      weights: row.weights === null ? null : (JSON.parse(row.weights) as number[]),
      reroutes: row.is_rerouting === 1 ? (true as const) : null,
    }),
  };
}

/** All routes of a kind. */
export async function routesOf(db: D1Database, kind: RouteKind): Promise<NamedRoute[]> {
  return routesIn(await selectRoutes(db, kind).all());
}

/** The same in two steps, where they are one of several questions. */
export function selectRoutes(db: D1Database, kind: RouteKind): D1PreparedStatement {
  return db.prepare("SELECT * FROM route WHERE kind = ?1").bind(kind);
}

export function routesIn(result: D1Result | undefined): NamedRoute[] {
  return rowsOf<RouteRow>(result).map(toRoute);
}
