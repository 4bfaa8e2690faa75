/** Delivering what waits for its next try, when its receiver is there again. */

import type { Clock } from "../kernel/clock.ts";
import type { AccountId } from "../kernel/ids.ts";
import type { Jobs } from "../kernel/ports.ts";
import type { WebhookStore } from "./store.ts";

/** So many are made due by one statement. */
const AT_ONCE = 500;
/** No more than this are made due at once; the others wait for their own time. */
const MOST = 10_000;

/** Makes webhooks due that wait at an endpoint, and queues jobs for them, oldest news first. Returns how many. */
export async function wake(
  ports: { clock: Clock; webhooks: WebhookStore; jobs: Jobs },
  account: AccountId,
  endpoint: string,
): Promise<number> {
  const now = ports.clock.now();
  let count = 0;
  for (let some = AT_ONCE; some === AT_ONCE && count < MOST; ) {
    const ids = await ports.webhooks.wake(account, endpoint, now, AT_ONCE);
    if (ids.length > 0) await ports.jobs.deliver(ids);
    some = ids.length;
    count += some;
  }
  return count;
}
