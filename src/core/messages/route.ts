/** Which carriers may take a message, best first. Routing is data; this is the rule that reads it. */

import { GatewayError } from "../kernel/errors.ts";
import type { Page, PageOf } from "../kernel/pages.ts";
import type { Carrier } from "./carrier.ts";
import type { Message } from "./message.ts";

/** `account` is an account's id or `*`; `prefix` the beginning of an E.164 number without `+`, empty for all. */
export type Route = { account: string; prefix: string; carriers: readonly string[] };

/** The routes, at most a few seconds old: they are read for every message. */
export interface Routes {
  ofMessages(): Promise<readonly Route[]>;
  ofCharges(): Promise<readonly Route[]>;
}

export const ROUTE_KINDS = ["message", "charge"] as const;
export type RouteKind = (typeof ROUTE_KINDS)[number];

/** A route as an operator sets it: under an id, for messages or for charges. */
export type NamedRoute = Route & { id: string; kind: RouteKind };

export interface RouteStore {
  byId(id: string): Promise<NamedRoute | undefined>;
  /** All, by id. */
  list(page: Page): Promise<PageOf<NamedRoute>>;
  /** Adds it, or replaces the one with its id. *taken*: another has the same account, prefix and kind; nothing is changed. */
  put(route: NamedRoute): Promise<{ outcome: "put" } | { outcome: "taken"; by: string }>;
  /** False if there is none. */
  remove(id: string): Promise<boolean>;
}

export type RoutePorts = { routes: Routes; carriers: ReadonlyMap<string, Carrier> };

/**
 * Those of the messages that no carrier may take, or whose charge none may bill. They are refused: if accepted, they
 * would only wait for their validity to end.
 */
export async function uncarried<M extends Pick<Message, "account" | "recipient" | "channel" | "charge">>(
  { routes, carriers }: RoutePorts,
  messages: readonly M[],
): Promise<ReadonlySet<M>> {
  if (messages.length === 0) return new Set();
  const known = await routes.ofMessages();
  const billed = messages.some(({ charge }) => charge) ? await routes.ofCharges() : [];
  const isCarried = (message: M) =>
    carriersTo(message, known, carriers).length > 0 && (!message.charge || isBilled(message, billed, carriers));
  return new Set(messages.filter((message) => !isCarried(message)));
}

/**
 * @param charge without its recipient where the person is not known yet
 * @throws GatewayError no-carrier
 */
export async function checkBilled(
  { routes, carriers }: RoutePorts,
  { account, recipient = "" }: { account: string; recipient?: string | undefined },
): Promise<void> {
  if (!(await canBeBilled({ routes, carriers }, { account, recipient }))) throw noBilling();
}

export async function canBeBilled(
  { routes, carriers }: RoutePorts,
  { account, recipient = "" }: { account: string; recipient?: string | undefined },
): Promise<boolean> {
  return isBilled({ account, recipient }, await routes.ofCharges(), carriers);
}

function isBilled(
  charge: { account: string; recipient: string },
  routes: readonly Route[],
  carriers: RoutePorts["carriers"],
): boolean {
  return carriersFor(charge, routes, billers(carriers)).some((name) => isBiller(carriers.get(name)));
}

export function noCarrier(): GatewayError {
  return new GatewayError("no-carrier", "there is no carrier for this message: it was not sent, and is not kept");
}

function noBilling(): GatewayError {
  return new GatewayError(
    "no-carrier",
    "there is no carrier that bills this: nothing was charged, and nothing is kept",
  );
}

/** Which carriers may take a message, of those that there are. */
export function carriersTo(
  message: Pick<Message, "account" | "recipient" | "channel">,
  routes: readonly Route[],
  carriers: ReadonlyMap<string, Carrier>,
): readonly string[] {
  const all = [...carriers.values()];
  const only = all.filter(({ answersFor }) => answersFor?.(message.recipient));
  if (only.length > 0) return only.map(({ name }) => name);
  const free = all.filter((carrier) => !carrier.answersFor && takesWithoutRoute(carrier)).map(({ name }) => name);
  const best = carriersFor(message, routes, free).filter((name) => isOn(carriers.get(name)));
  return message.channel === undefined ? best : best.filter((name) => carriers.get(name)?.hasChannels);
}

/** The carriers that may be asked to bill where no route says otherwise. */
export function billers(carriers: ReadonlyMap<string, Carrier>): string[] {
  return [...carriers.values()].filter((one) => isBiller(one) && takesWithoutRoute(one)).map(({ name }) => name);
}

function isOn(carrier: Carrier | undefined): boolean {
  return carrier !== undefined && !carrier.isOff;
}

function isBiller(carrier: Carrier | undefined): boolean {
  return carrier?.billing !== undefined && !carrier.isOff;
}

/** It may take messages that no route names it for. */
function takesWithoutRoute({ isOff, isByRouteOnly }: Carrier): boolean {
  return !isOff && !isByRouteOnly;
}

/** An account's own routes go before those for all accounts, a longer prefix before a shorter. Without a route: every carrier. */
export function carriersFor(
  message: Pick<Message, "account" | "recipient">,
  routes: readonly Route[],
  all: Iterable<string>,
): readonly string[] {
  return bestRoute(message, routes)?.carriers ?? [...all];
}

/** The route that holds for a message: the account's own before those for all accounts, then the longest prefix. */
export function bestRoute<R extends Route>(
  message: Pick<Message, "account" | "recipient">,
  routes: Iterable<R>,
): R | undefined {
  const digits = message.recipient.replace(/^\+/, "");
  let best: R | undefined;
  for (const route of routes) {
    if (route.account !== "*" && route.account !== message.account) continue;
    if (!digits.startsWith(route.prefix)) continue;
    if (!best || rank(route) > rank(best)) best = route;
  }
  return best;
}

function rank(route: Route): number {
  return (route.account === "*" ? 0 : 1000) + route.prefix.length;
}
