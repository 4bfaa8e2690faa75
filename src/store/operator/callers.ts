/** Remembers callers for a moment, so that a busy account is read once, not once a request. */

import type { Caller } from "../../core/accounts/account.ts";
import type { CallbackStore } from "../../core/accounts/callback.ts";
import type { AccountStore } from "../../core/accounts/store.ts";

/** For how long a change made elsewhere (a credential withdrawn, a sender added) may go unnoticed. */
const REMEMBERED_MS = 5_000;
const MOST = 5_000;

type Memory = Map<string, { caller: Caller; until: number }>;

/** Replaced after each change: a read that was under way may have seen the old rows, and lands in the old cache. */
let remembered: Memory = new Map();

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
    forgetCallers();
    return result;
  };
}

/** Forgets all callers, for instance after a reset of the sandbox. */
export function forgetCallers(): void {
  remembered = new Map();
}

/** The same store with a cache of callers. A change made through it is noticed at once in this isolate. */
export function rememberCallers(store: AccountStore, now: () => number): AccountStore {
  const recall = async (key: string, read: () => Promise<Caller | undefined>): Promise<Caller | undefined> => {
    const memory = remembered;
    const known = memory.get(key);
    if (known && known.until > now()) return known.caller;
    const until = now() + REMEMBERED_MS;
    const caller = await read();
    if (!caller) return undefined; // a credential that is not there yet must work the moment it is
    if (memory.size >= MOST) memory.clear();
    memory.set(key, { caller, until });
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
    limitCredential: forgetting(store.limitCredential),
    removeCredential: forgetting(store.removeCredential),
    putSender: forgetting(store.putSender),
    claimSender: forgetting(store.claimSender),
    offerSender: forgetting(store.offerSender),
    removeSender: forgetting(store.removeSender),
  };
}
