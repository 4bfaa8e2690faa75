/** Remembers the routes for a moment: they are asked for with every message, and change seldom. */

import type { Route, Routes } from "../../core/messages/route.ts";

/** For how long a change made elsewhere may go unnoticed. Milliseconds. */
const MEMORY = 5_000;

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

/** What is being read is not waited for by others: on this platform one request may not wait for another's. */
function remembered(read: () => Promise<Route[]>, now: () => number) {
  let memory: Memory = { until: 0 };
  return {
    async ask(): Promise<readonly Route[]> {
      const asked = memory;
      if (asked.routes && asked.until > now()) return asked.routes;
      const until = now() + MEMORY;
      const routes = await read();
      // What was being read when the routes changed may be from before that: it is kept in a memory that nobody asks.
      Object.assign(asked, { routes, until });
      return routes;
    },
    forget() {
      memory = { until: 0 };
    },
  };
}
