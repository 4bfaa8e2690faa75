/** The events of an account, fetched instead of sent. */

import type { Clock } from "../kernel/clock.ts";
import { GatewayError } from "../kernel/errors.ts";
import type { AccountId } from "../kernel/ids.ts";
import { isPattern, type ToldEvent, toTold } from "../webhooks/events.ts";
import type { EventStore } from "../webhooks/named.ts";
import { type AccountPorts, findAccount } from "./accounts.ts";

type EventPorts = AccountPorts & { clock: Clock; events: EventStore };

/** `cursor` is where to go on. `missed`: events after the cursor that was given were forgotten before they were fetched. */
export type EventsTold = { items: ToldEvent[]; cursor: string; missed: boolean };

/** Which events. `waitSeconds`: how long to wait for the first. */
export type EventsWanted = { after: number; patterns: readonly string[]; limit: number; waitSeconds: number };

/** How often the log is looked at while a request waits. Milliseconds. */
const LOOKED_EVERY = 1_000;
/** How often one request looks: of millions of events that are not asked for, the next request sees the rest. */
const LOOKS = 50;

/**
 * The events of an account after a number, oldest first.
 * @throws GatewayError not-found where there is no such account; bad-request where a pattern is wrong; too-late where its events are not
 * written down
 */
export async function listEvents(
  ports: EventPorts,
  accountId: AccountId,
  { after, patterns, limit, waitSeconds }: EventsWanted,
): Promise<EventsTold> {
  const { id: account } = await findAccount(ports, accountId);
  const unknown = patterns.find((pattern) => !isPattern(pattern));
  if (unknown !== undefined) {
    const why = `types: ${unknown} is no type of event; use a type, a group like message.*, or *`;
    throw new GatewayError("bad-request", why, "types");
  }
  if (!(await ports.events.isKept(account))) {
    const how = `set up an endpoint, or call PUT /admin/v1/accounts/${account}/events with {"isKept": true}`;
    throw new GatewayError("too-late", `the events of account ${account} are not kept: ${how}`);
  }
  const until = ports.clock.wall() + waitSeconds * 1000;
  let last = after;
  for (let looks = 1; ; looks++) {
    const page = await ports.events.page(account, { after: last, patterns, limit });
    const isOver = looks === LOOKS || (page.last === last && ports.clock.wall() >= until);
    const isDone = page.items.length > 0 || isOver;
    if (isDone) {
      return {
        items: page.items.map(({ type: state, account: _, ...event }) => toTold({ ...event, state })),
        cursor: String(page.last),
        missed: page.first > after + 1,
      };
    }
    if (page.last === last) await ports.clock.sleep(Math.min(LOOKED_EVERY, Math.max(0, until - ports.clock.wall())));
    last = page.last;
  }
}

/**
 * Begins to write an account's events down, so that they can be fetched, or stops. With an endpoint they are written down anyway.
 * @throws GatewayError not-found
 */
export async function keepEvents(ports: EventPorts, accountId: AccountId, isKept: boolean): Promise<boolean> {
  const { id: account } = await findAccount(ports, accountId);
  await ports.events.keep(account, isKept, ports.clock.now());
  return ports.events.isKept(account);
}
