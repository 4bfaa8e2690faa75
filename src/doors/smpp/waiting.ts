/** What waits for a customer who binds. */

import type { Caller } from "../../core/accounts/account.ts";
import { sessionUrl } from "../../core/webhooks/session.ts";
import type { SessionPorts } from "./contract.ts";

/** What came of a delivery that found no connection is written down within this: only then can it be made due. */
const WRITTEN_WITHIN_MS = 5_000;

/**
 * Makes due what waits to be told at a system_id. What found no connection a moment ago is still under way, and would wait for its
 * own time: it is made due a little later.
 */
export async function wakeWaiting(
  ports: Pick<SessionPorts, "gateway" | "missedAt" | "after" | "wall" | "fault">,
  caller: Caller,
  systemId: string,
): Promise<void> {
  // What cannot be made due is told at its own time.
  const wake = () => ports.gateway.wake(caller, sessionUrl(systemId)).then(() => {}, ports.fault);
  await wake();
  if (ports.wall() - ports.missedAt() < WRITTEN_WITHIN_MS) ports.after(WRITTEN_WITHIN_MS, wake);
}
