/** Which carriers may take a message, best first. Routing is data; this is the rule that reads it. */

import type { Carrier } from "./carrier.ts";
import type { Message } from "./message.ts";

/** `account` is an account's id or `*`; `prefix` the beginning of an E.164 number without `+`, empty for all. */
export type Route = { account: string; prefix: string; carriers: readonly string[] };

/** Which carriers may take a message, of those that there are. */
export function carriersTo(
  message: Pick<Message, "account" | "recipient" | "channel">,
  routes: readonly Route[],
  carriers: ReadonlyMap<string, Carrier>,
): readonly string[] {
  const all = [...carriers.values()];
  const only = all.filter(({ answersFor }) => answersFor?.(message.recipient));
  if (only.length > 0) return only.map(({ name }) => name);
  const free = all.filter(({ answersFor }) => !answersFor).map(({ name }) => name);
  const best = carriersFor(message, routes, free);
  return message.channel === undefined ? best : best.filter((name) => carriers.get(name)?.hasChannels);
}

/** An account's own routes go before everybody's, and a longer prefix before a shorter. Without any route, every carrier may. */
export function carriersFor(
  message: Pick<Message, "account" | "recipient">,
  routes: readonly Route[],
  all: Iterable<string>,
): readonly string[] {
  const digits = message.recipient.replace(/^\+/, "");
  let best: Route | undefined;
  for (const route of routes) {
    if (route.account !== "*" && route.account !== message.account) continue;
    if (!digits.startsWith(route.prefix)) continue;
    if (!best || rank(route) > rank(best)) best = route;
  }
  return best?.carriers ?? [...all];
}

function rank(route: Route): number {
  return (route.account === "*" ? 0 : 1000) + route.prefix.length;
}
