/** Events of the log for an endpoint that was set up, or asked for them, after they had happened. */

import type { AccountId } from "../kernel/ids.ts";
import type { EventStore } from "../webhooks/named.ts";
import { findNamedEndpoint, type NamedPorts } from "./named-endpoints.ts";

/** So many events are gone through by one statement, and by one call. */
const CAUGHT_UP_AT_ONCE = 500;
const CAUGHT_UP = 20_000;

/**
 * Owes an endpoint events of the log that it asks for and was never told of: from before it was set up, or before it asked for them.
 * @param span by number; `until` absent: to the newest
 * @returns how many are owed; and where to go on, if there are more events than one call goes through
 * @throws GatewayError not-found
 */
export async function catchUpNamedEndpoint(
  ports: NamedPorts & { events: EventStore },
  account: AccountId,
  name: string,
  { after, until }: { after: number; until?: number | undefined },
): Promise<{ owed: number; next?: number }> {
  await findNamedEndpoint(ports, account, name);
  const { first, last } = await ports.events.ends(account);
  const begin = Math.max(after, first - 1);
  const end = Math.min(until ?? last, last);
  const now = ports.clock.now();
  let owed = 0;
  let from = begin;
  for (; from < Math.min(end, begin + CAUGHT_UP); from += CAUGHT_UP_AT_ONCE) {
    const span = { after: from, until: Math.min(from + CAUGHT_UP_AT_ONCE, end) };
    const ids = await ports.events.catchUp({ account, name }, span, now);
    if (ids.length > 0) await ports.jobs.deliver(ids);
    owed += ids.length;
  }
  return { owed, ...(from < end ? { next: from } : {}) };
}
