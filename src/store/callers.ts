/** Remembers callers for a moment, so that a busy account is read once, not once a request. */

import type { Caller } from "../core/accounts/account.ts";
import type { CallbackStore } from "../core/accounts/callback.ts";
import type { AccountStore } from "../core/accounts/store.ts";

/** For how long a change made elsewhere (a credential withdrawn, a sender added) may go unnoticed. Milliseconds. */
const MEMORY = 5_000;
const MOST = 5_000;

const remembered = new Map<string, { caller: Caller; until: number }>();

/** Changes made through it are noticed at once, in this isolate. */
export function rememberCallbacks(store: CallbackStore): CallbackStore {
  return {
    ...store,
    put: forgetting(store.put),
    putAddress: forgetting(store.putAddress),
    removeNumber: forgetting(store.removeNumber),
  };
}

function forgetting<A extends unknown[], R>(change: (...given: A) => Promise<R>) {
  return async (...given: A): Promise<R> => {
    const result = await change(...given);
    remembered.clear();
    return result;
  };
}

/** Forgets everybody, for instance because the world was reset. */
export function forgetCallers(): void {
  remembered.clear();
}

/** The same store; who calls is remembered. Changes made through it are noticed at once, in this isolate. */
export function rememberCallers(store: AccountStore, now: () => number): AccountStore {
  const recall = async (key: string, read: () => Promise<Caller | undefined>): Promise<Caller | undefined> => {
    const known = remembered.get(key);
    if (known && known.until > now()) return known.caller;
    const caller = await read();
    if (!caller) return undefined; // a credential that is not there yet must work the moment it is
    if (remembered.size >= MOST) remembered.clear();
    remembered.set(key, { caller, until: now() + MEMORY });
    return caller;
  };
  return {
    ...store,
    bySecret: (dialect, kind, hash) =>
      recall(`secret ${dialect} ${kind} ${hash}`, () => store.bySecret(dialect, kind, hash)),
    byKeyName: (dialect, kind, name) =>
      recall(`name ${dialect} ${kind} ${name}`, () => store.byKeyName(dialect, kind, name)),
    change: forgetting(store.change),
    addCredential: forgetting(store.addCredential),
    removeCredential: forgetting(store.removeCredential),
    putSender: forgetting(store.putSender),
    removeSender: forgetting(store.removeSender),
  };
}
