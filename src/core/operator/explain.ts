/** Which way a text would go now, and why not another: nothing is sent. */

import type { AccountStore } from "../accounts/store.ts";
import { GatewayError } from "../kernel/errors.ts";
import type { AccountId } from "../kernel/ids.ts";
import { pagesOf } from "../kernel/pages.ts";
import type { Carrier } from "../messages/carrier.ts";
import { toMsisdn } from "../messages/msisdn.ts";
import type { Price, PriceStore } from "../messages/price.ts";
import { bestRoute, type NamedRoute, type PassedOver, type RouteStore, wayOf } from "../messages/route.ts";
import { type Encoding, measure } from "../messages/text.ts";
import { type AccountPorts, findAccount } from "./accounts.ts";
import { ofParts } from "./prices.ts";

export type ExplainPorts = AccountPorts & {
  accounts: AccountStore;
  carriers: ReadonlyMap<string, Carrier>;
  refreshCarriers(): Promise<void>;
  routeTable: RouteStore;
  prices: PriceStore;
};

export type Explained = {
  /** The route that holds; absent where none is for such a text. */
  route?: NamedRoute;
  /** In the order in which they are asked; after them those that are passed over. */
  carriers: { name: string; usable: boolean; why: string; price?: Price }[];
  /** Of the text, where one was given. */
  encoding?: Encoding;
  parts?: number;
  /** What the first carrier takes that would be asked, where that is known. */
  price?: Price;
};

/** Of the text: whose it is, where it goes, and what else routes look at. */
export type ExplainWanted = { account: AccountId; recipient: string; text?: string; sender?: string; channel?: string };

/** @throws GatewayError bad-number; not-found where there is no such account */
export async function explainRoute(
  ports: ExplainPorts,
  { account, recipient, text, ...looks }: ExplainWanted,
): Promise<Explained> {
  await findAccount(ports, account, "account");
  const to = toMsisdn(recipient);
  if (!to) {
    throw new GatewayError("bad-number", `recipient: ${recipient} is no number in the form +4791000000`, "recipient");
  }
  await ports.refreshCarriers();
  const [routes, prices] = await Promise.all([allRoutes(ports.routeTable), ports.prices.to(to)]);
  const message = { account, recipient: to, ...looks };
  const { carriers: asked, passedOver } = wayOf(message, routes, ports.carriers);
  const route = bestRoute(message, routes);
  const { encoding, parts } = text === undefined ? {} : measure(text);
  const judgedAll = await Promise.all(
    [...new Set([...asked, ...(route?.carriers ?? []), ...ports.carriers.keys()])].map((name) =>
      judged(name, ports.carriers.get(name), {
        isAsked: asked.includes(name),
        route,
        recipient: to,
        whyNot: passedOver.find(({ carrier }) => carrier === name)?.why,
      }),
    ),
  );
  const carriers = judgedAll.map((carrier): Explained["carriers"][number] => {
    const price = prices.get(carrier.name);
    return price ? { ...carrier, price: ofParts(price, parts) } : carrier;
  });
  const price = carriers.find(({ usable }) => usable)?.price;
  return {
    carriers,
    ...(price ? { price } : {}),
    ...(route ? { route } : {}),
    ...(parts === undefined ? {} : { parts }),
    ...(encoding ? { encoding } : {}),
  };
}

type Case = {
  isAsked: boolean;
  route: NamedRoute | undefined;
  recipient: string;
  whyNot: PassedOver["why"] | undefined;
};

async function judged(name: string, carrier: Carrier | undefined, { isAsked, route, recipient, whyNot }: Case) {
  const passedOver = (why: string) => ({ name, usable: false, why });
  if (!carrier) return passedOver("there is no such carrier any more");
  if (isAsked) {
    const health = await carrier.health?.();
    // One that is being tried is asked for that one text alone.
    if (health && health.state !== "up") return passedOver(`it is down: ${health.reason}`);
    if (carrier.answersFor) return { name, usable: true, why: "it answers for this number, whatever the routes say" };
    return {
      name,
      usable: true,
      why: route ? whyNamed(route, name) : "no route is for this, and it takes everything",
    };
  }
  if (carrier.isRetired) return passedOver("it is retired");
  if (carrier.isOff) return passedOver("it is switched off");
  if (whyNot === "no-channel") return passedOver("it carries SMS only");
  if (whyNot === "no-binary") return passedOver("it carries texts only");
  if (carrier.answersFor) return passedOver("it takes only numbers that nobody has");
  if (route && !route.carriers.includes(name)) return passedOver(`route ${route.id} does not name it`);
  if (!route && carrier.isByRouteOnly) return passedOver("in the sandbox it is asked only where a route names it");
  return passedOver(`another carrier answers for ${recipient}`);
}

/** Each message has an order of its own where a route shares them out: what is told is each carrier's share. */
function whyNamed({ id, strategy, carriers, weights }: NamedRoute, name: string): string {
  if (strategy === "in-order") return `route ${id} names it`;
  const weightOf = (index: number) => weights?.[index] ?? 1;
  const sum = carriers.reduce((total, _, index) => total + weightOf(index), 0);
  return `route ${id} asks it first for ${Math.round((100 * weightOf(carriers.indexOf(name))) / sum)} % of what it is for`;
}

async function allRoutes(table: RouteStore): Promise<NamedRoute[]> {
  const routes: NamedRoute[] = [];
  for await (const some of pagesOf(500, (page) => table.list(page))) {
    routes.push(...some.filter(({ kind }) => kind === "message"));
  }
  return routes;
}
