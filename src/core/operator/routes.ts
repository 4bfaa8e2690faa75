/** Routes: which carriers take whose messages and charges, best first. Put, listed and removed by the operator. */

import type { AccountStore } from "../accounts/store.ts";
import { GatewayError } from "../kernel/errors.ts";
import type { Page, PageOf } from "../kernel/pages.ts";
import type { Log } from "../kernel/ports.ts";
import type { Carrier } from "../messages/carrier.ts";
import { EVERYBODY, type NamedRoute, type RouteStore } from "../messages/route.ts";

type RoutePorts = {
  accounts: AccountStore;
  carriers: ReadonlyMap<string, Carrier>;
  routeTable: RouteStore;
  routes: { forget(): void };
  /** A carrier may have been set up a moment ago, elsewhere. */
  refreshCarriers(): Promise<void>;
  log: Log;
};

/**
 * Adds a route, or replaces the one of this id. It holds for every message or charge that is accepted or submitted from now on.
 * A route without carriers refuses them.
 * @throws GatewayError bad-request where there is no such account or carrier, a carrier does not bill what is to be
 * charged, or the weights do not fit; already-exists where another route is for the same
 */
export async function putRoute(ports: RoutePorts, route: NamedRoute): Promise<NamedRoute> {
  const { account, kind, prefix, carriers, strategy } = route;
  if (account !== EVERYBODY && !(await ports.accounts.byId(account))) {
    throw new GatewayError("bad-request", `account: there is no account ${account}; "*" is everybody`, "account");
  }
  await ports.refreshCarriers();
  checkCarriers(ports.carriers, route);
  checkForCharges(route);
  checkWeights(route);
  const put = await ports.routeTable.put(route);
  if (put.outcome === "taken") {
    const whose = account === EVERYBODY ? "everybody" : account;
    throw new GatewayError(
      "already-exists",
      `route ${put.by} is for the ${kind}s of ${whose}${looksOf(route)} to ${prefix === "" ? "all numbers" : `+${prefix}`} already`,
      "prefix",
    );
  }
  ports.routes.forget();
  ports.log.event("route.put", { route: route.id, account, kind, prefix, carriers, strategy });
  return route;
}

function looksOf({ sender, channel }: NamedRoute): string {
  return `${sender === undefined ? "" : ` from ${sender}`}${channel === undefined ? "" : ` by ${channel}`}`;
}

/**
 * A charge is asked for at one carrier and never at another, so that nobody is charged twice.
 * @throws GatewayError bad-request
 */
function checkForCharges({ kind, sender, channel, strategy, reroutes }: NamedRoute): void {
  if (kind !== "charge") return;
  const wrong = { sender, channel, reroutes, strategy: strategy === "in-order" ? undefined : strategy };
  const [field] = Object.entries(wrong).find(([, value]) => value !== undefined) ?? [];
  if (field === undefined) return;
  const why = "is for routes of messages: charges go to the first carrier that bills, and to no other";
  throw new GatewayError("bad-request", `${field}: ${why}`, field);
}

/** @throws GatewayError bad-request */
function checkWeights({ strategy, weights, carriers }: NamedRoute): void {
  if (!weights) return;
  const refused = (why: string) => new GatewayError("bad-request", `weights: ${why}`, "weights");
  if (strategy !== "weighted") throw refused('are for a route whose strategy is "weighted"');
  if (weights.length !== carriers.length) {
    throw refused(`there are ${weights.length} for ${carriers.length} carriers: give one for each, in their order`);
  }
  if (!weights.some((weight) => weight > 0)) throw refused("one of them must be more than 0");
}

/** @throws GatewayError bad-request */
function checkCarriers(known: RoutePorts["carriers"], { kind, carriers }: NamedRoute): void {
  // A carrier for some numbers alone is asked for those whatever the routes say.
  const free = [...known.values()].filter(({ answersFor, isRetired }) => !answersFor && !isRetired);
  const usable = kind === "charge" ? free.filter(({ billing }) => billing) : free;
  const names = usable.map(({ name }) => name);
  for (const [index, name] of carriers.entries()) {
    const field = `carriers.${index}`;
    if (carriers.indexOf(name) < index) {
      throw new GatewayError("bad-request", `${field}: ${name} is in the list twice`, field);
    }
    if (names.includes(name)) continue;
    const what = kind === "charge" ? "carrier that bills" : "carrier";
    const there = names.length > 0 ? `there is ${names.join(", ")}` : "there is none";
    throw new GatewayError("bad-request", `${field}: there is no ${what} ${name}; ${there}`, field);
  }
}

/** @throws GatewayError not-found */
export async function findRoute({ routeTable }: Pick<RoutePorts, "routeTable">, id: string): Promise<NamedRoute> {
  const route = await routeTable.byId(id);
  if (!route) throw noRoute(id);
  return route;
}

/** All routes, by id. */
export function listRoutes({ routeTable }: Pick<RoutePorts, "routeTable">, page: Page): Promise<PageOf<NamedRoute>> {
  return routeTable.list(page);
}

/**
 * Removes a route: from now on the next best route holds, or any carrier if there is none.
 * @throws GatewayError not-found
 */
export async function removeRoute(
  { routeTable, routes, log }: Pick<RoutePorts, "routeTable" | "routes" | "log">,
  id: string,
): Promise<void> {
  if (!(await routeTable.remove(id))) throw noRoute(id);
  routes.forget();
  log.event("route.removed", { route: id });
}

function noRoute(id: string): GatewayError {
  return new GatewayError("not-found", `there is no route ${id}`);
}
