/** Requests that may be made once: each spends a nonce. */

import { GatewayError } from "../kernel/errors.ts";
import type { Ids } from "../kernel/ids.ts";
import type { Once } from "../kernel/ports.ts";
import type { AccountStore } from "./store.ts";

/**
 * Runs a request that may be made once. Its nonce is spent before, and given back if the request failed through a fault
 * of ours, so that an honest client may send the very same bytes again.
 * @throws GatewayError replayed
 */
export async function runOnce<T>(
  ports: { accounts: Pick<AccountStore, "spend" | "unspend">; ids: Ids },
  once: Once,
  run: () => Promise<T>,
  failed: (result: T) => boolean,
): Promise<T> {
  const claim = ports.ids.uuid();
  const isFirst = await ports.accounts.spend(once, claim).catch(async (error) => {
    // The write may have been made, and only its answer lost.
    await ports.accounts.unspend(once, claim).catch(() => {});
    throw error;
  });
  if (!isFirst) {
    throw new GatewayError("replayed", "this request was made before: its nonce is used; sign each request anew");
  }
  const result = await run();
  if (failed(result)) await ports.accounts.unspend(once, claim);
  return result;
}
