/** Remembers the routes for a moment: they are asked for with every message, and change seldom. */

import type { Route, Routes } from "../../core/messages/route.ts";

/** For how long a change may go unnoticed. Milliseconds. */
const MEMORY = 5_000;

/** @param read what the database has of each kind */
export function rememberRoutes(
  read: { ofMessages: () => Promise<Route[]>; ofCharges: () => Promise<Route[]> },
  now: () => number,
): Routes {
  return { ofMessages: remembered(read.ofMessages, now), ofCharges: remembered(read.ofCharges, now) };
}

/** What is being read is not waited for by others: on this platform one request may not wait for another's. */
function remembered(read: () => Promise<Route[]>, now: () => number): () => Promise<readonly Route[]> {
  let known: { routes: readonly Route[]; until: number } | undefined;
  return async () => {
    if (known && known.until > now()) return known.routes;
    const until = now() + MEMORY;
    const routes = await read();
    known = { routes, until };
    return routes;
  };
}
