/** Remembers the routes for a moment: they are asked for with every message, and change seldom. */

import type { Route, Routes } from "../../core/messages/route.ts";

/** For how long a change made elsewhere may go unnoticed. */
const REMEMBERED_MS = 5_000;

/** @param read what the database has of each kind */
export function rememberRoutes(
  read: { ofMessages: () => Promise<Route[]>; ofCharges: () => Promise<Route[]> },
  now: () => number,
): Routes & { forget(): void } {
  const [messages, charges] = [remembered(read.ofMessages, now), remembered(read.ofCharges, now)];
  return {
    ofMessages: messages.ask,
    ofCharges: charges.ask,
    forget() {
      messages.forget();
      charges.forget();
    },
  };
}

type Memory = { routes?: readonly Route[]; until: number };

/** A read belongs to its own request: on this platform one request must not wait for another's. */
function remembered(read: () => Promise<Route[]>, now: () => number) {
  let memory: Memory = { until: 0 };
  return {
    async ask(): Promise<readonly Route[]> {
      const asked = memory;
      if (asked.routes && asked.until > now()) return asked.routes;
      const until = now() + REMEMBERED_MS;
      const routes = await read();
      // A read that was under way when the routes changed may have seen the old ones: it lands in a cache that is no longer used.
      Object.assign(asked, { routes, until });
      return routes;
    },
    forget() {
      memory = { until: 0 };
    },
  };
}
