/** Which carriers may take a message, best first. Routing is data; this is the rule that reads it. */

import { GatewayError } from "../kernel/errors.ts";
import type { Page, PageOf } from "../kernel/pages.ts";
import type { Recall } from "../kernel/ports.ts";
import type { Carrier } from "./carrier.ts";
import type { Message } from "./message.ts";
import { sharedOrder } from "./weighted.ts";

/** *in-order*: the first that takes it. *weighted*: shared out by weight, each message in an order of its own. */
export const STRATEGIES = ["in-order", "weighted"] as const;
export type Strategy = (typeof STRATEGIES)[number];

export type Route = {
  id: string;
  /** An account's id, or `*`. */
  account: string;
  /** The beginning of an E.164 number without `+`, empty for all. */
  prefix: string;
  /** Only what goes by this channel; `sms` for texts. Absent: any. */
  channel?: string;
  /** Only what this sender sends, exactly as a message has it. Absent: any. */
  sender?: string;
  carriers: readonly string[];
  strategy: Strategy;
  /** One for each carrier, in order; absent: all the same. */
  weights?: readonly number[];
  /** Whether a text that a carrier could not deliver goes to the next carrier, once, if it may arrive twice. */
  reroutes?: true;
};

/** What a route looks at. */
export type Routed = Pick<Message, "account" | "recipient"> &
  Partial<Pick<Message, "id" | "sender" | "channel" | "encoding" | "reroutedFrom">>;

/** Why a carrier was not asked, or did not take what it was asked to. */
export type PassedOver = {
  carrier: string;
  why: "gone" | "off" | "no-channel" | "no-binary" | "rerouted" | "down" | "busy" | "refused";
};

/** The way of a message: whom to ask, in turn, and those of its route that cannot be asked. `reroutes` as its route says. */
export type Way = { route?: string; reroutes?: true; carriers: readonly string[]; passedOver: readonly PassedOver[] };

/** The routes, at most a few seconds old: they are read for every message. */
export interface Routes {
  ofMessages(): Promise<readonly Route[]>;
  ofCharges(): Promise<readonly Route[]>;
}

export const ROUTE_KINDS = ["message", "charge"] as const;
export type RouteKind = (typeof ROUTE_KINDS)[number];

/** A route as an operator sets it: for messages or for charges. */
export type NamedRoute = Route & { kind: RouteKind };

export interface RouteStore {
  byId(id: string): Promise<NamedRoute | undefined>;
  /** All, by id. */
  list(page: Page): Promise<PageOf<NamedRoute>>;
  /** Adds it, or replaces the one with its id. *taken*: another is for the very same; nothing is changed. */
  put(route: NamedRoute): Promise<{ outcome: "put" } | { outcome: "taken"; by: string }>;
  /** False if there is none. */
  remove(id: string): Promise<boolean>;
}

export type RoutePorts = { routes: Routes; carriers: ReadonlyMap<string, Carrier>; recall: Recall };

/**
 * Those of the messages that no carrier may take, or whose charge none may bill. They are refused: if accepted, they
 * would only wait for their validity to end.
 */
export async function uncarried<M extends Routed & Pick<Message, "charge">>(
  ports: RoutePorts,
  messages: readonly M[],
): Promise<ReadonlySet<M>> {
  if (messages.length === 0) return new Set();
  const lost = await ports.recall("uncarried", () => placesOfUncarried(ports, messages));
  return new Set(lost.flatMap((place) => messages[place] ?? []));
}

async function placesOfUncarried(
  { routes, carriers }: Pick<RoutePorts, "routes" | "carriers">,
  messages: readonly (Routed & Pick<Message, "charge">)[],
): Promise<number[]> {
  const known = await routes.ofMessages();
  const billed = messages.some(({ charge }) => charge) ? await routes.ofCharges() : [];
  const isCarried = (message: Routed & Pick<Message, "charge">) =>
    wayOf(message, known, carriers).carriers.length > 0 && (!message.charge || isBilled(message, billed, carriers));
  return messages.flatMap((message, place) => (isCarried(message) ? [] : place));
}

/**
 * @param charge without its recipient where the person is not known yet
 * @throws GatewayError no-carrier
 */
export async function checkBilled(
  { routes, carriers }: Pick<RoutePorts, "routes" | "carriers">,
  { account, recipient = "" }: { account: string; recipient?: string | undefined },
): Promise<void> {
  if (!(await canBeBilled({ routes, carriers }, { account, recipient }))) throw noBilling();
}

export async function canBeBilled(
  { routes, carriers }: Pick<RoutePorts, "routes" | "carriers">,
  { account, recipient = "" }: { account: string; recipient?: string | undefined },
): Promise<boolean> {
  return isBilled({ account, recipient }, await routes.ofCharges(), carriers);
}

function isBilled(
  charge: { account: string; recipient: string },
  routes: readonly Route[],
  carriers: RoutePorts["carriers"],
): boolean {
  return isBiller(carriers.get(billerOf(charge, routes, carriers) ?? ""));
}

/** The one carrier that a charge may go to: the first of its route that bills at all. No other is asked, even while it is off. */
export function billerOf(
  charge: { account: string; recipient: string },
  routes: readonly Route[],
  carriers: RoutePorts["carriers"],
): string | undefined {
  return carriersFor(charge, routes, billers(carriers)).find((name) => carriers.get(name)?.billing !== undefined);
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

/** The way of a message, by the routes and carriers that there are. */
export function wayOf(message: Routed, routes: readonly Route[], carriers: ReadonlyMap<string, Carrier>): Way {
  const all = [...carriers.values()];
  const only = all.filter(({ answersFor }) => answersFor?.(message.recipient));
  if (only.length > 0) {
    const names = only.map(({ name }) => name);
    return { carriers: names.filter((name) => name !== message.reroutedFrom), passedOver: [] };
  }
  const route = bestRoute(message, routes);
  const free = all.filter((carrier) => !carrier.answersFor && takesWithoutRoute(carrier)).map(({ name }) => name);
  const passedOver: PassedOver[] = [];
  const names = (route ? inTurn(route, message.id) : free).filter((name) => {
    const why = whyNot(message, name, carriers.get(name));
    if (why) passedOver.push({ carrier: name, why });
    return !why;
  });
  return {
    carriers: names,
    passedOver,
    ...(route ? { route: route.id } : {}),
    ...(route?.reroutes ? { reroutes: true } : {}),
  };
}

/** Why a carrier cannot be asked to take a message; undefined if it can. */
function whyNot(message: Routed, name: string, carrier: Carrier | undefined): PassedOver["why"] | undefined {
  if (!carrier) return "gone";
  if (carrier.isOff) return "off";
  if (message.channel !== undefined && !carrier.hasChannels) return "no-channel";
  if (message.encoding === "binary" && !carrier.hasBinary) return "no-binary";
  return name === message.reroutedFrom ? "rerouted" : undefined;
}

/** A route's carriers in the order in which they are asked; for no message in particular, that of the greatest share first. */
function inTurn({ carriers, strategy, weights }: Route, message: string | undefined): readonly string[] {
  if (strategy !== "weighted") return carriers;
  if (message !== undefined) return sharedOrder(carriers, weights, message);
  const weightOf = (name: string) => weights?.[carriers.indexOf(name)] ?? 1;
  return carriers.toSorted((a, b) => weightOf(b) - weightOf(a));
}

/** The carriers that may be asked to bill where no route says otherwise. */
export function billers(carriers: ReadonlyMap<string, Carrier>): string[] {
  return [...carriers.values()].filter((one) => isBiller(one) && takesWithoutRoute(one)).map(({ name }) => name);
}

function isBiller(carrier: Carrier | undefined): boolean {
  return carrier?.billing !== undefined && !carrier.isOff;
}

/** It may take messages that no route names it for. */
function takesWithoutRoute({ isOff, isByRouteOnly }: Carrier): boolean {
  return !isOff && !isByRouteOnly;
}

/** The carriers of the route that holds, as it names them. Without a route: all. */
export function carriersFor(message: Routed, routes: readonly Route[], all: Iterable<string>): readonly string[] {
  return bestRoute(message, routes)?.carriers ?? [...all];
}

/**
 * The route that holds for a message: the account's own before those for all accounts, then those for its sender, then
 * those for its channel, then the longest prefix.
 */
export function bestRoute<R extends Route>(message: Routed, routes: Iterable<R>): R | undefined {
  const digits = message.recipient.replace(/^\+/, "");
  let best: R | undefined;
  for (const route of routes) {
    if (route.account !== EVERYBODY && route.account !== message.account) continue;
    if (route.sender !== undefined && route.sender !== message.sender) continue;
    if (route.channel !== undefined && route.channel !== (message.channel ?? SMS)) continue;
    if (!digits.startsWith(route.prefix)) continue;
    if (!best || rank(route) > rank(best)) best = route;
  }
  return best;
}

/** In place of a carrier's name, where none is going to be asked. */
export const NOBODY = "";
/** The account of a route that is for all accounts. */
export const EVERYBODY = "*";
/** The channel of a message that names none. */
export const SMS = "sms";

/** A prefix has 15 digits at most. */
function rank({ account, sender, channel, prefix }: Route): number {
  return (
    (account === EVERYBODY ? 0 : 400) +
    (sender === undefined ? 0 : 200) +
    (channel === undefined ? 0 : 100) +
    prefix.length
  );
}
