/** The database that an account's rows are in. */

import { realClock } from "../adapters/clock.ts";
import { breathing } from "../store/breathing.ts";

/** `ONE_THREAD`: the database has no thread of its own, so whoever asks it much lets others have their turn. */
type Bound = { DB: D1Database; ONE_THREAD?: "on" };

const breathingDatabases = new WeakMap<Bound, D1Database>();

/** There is one; a second needs the stores in `portsOf` to be chosen by account as well. */
export function databaseOf(env: Bound, _account?: string): D1Database {
  if (env.ONE_THREAD !== "on") return env.DB;
  let database = breathingDatabases.get(env);
  if (!database) {
    database = breathing(env.DB, () => realClock.sleep(0));
    breathingDatabases.set(env, database);
  }
  return database;
}
