/** What is due, what was left behind. Cron may skip a minute or come twice; a sweep is safe to do at any time. */

import type { Gateway } from "./core/gateway.ts";
import type { Log } from "./core/ports.ts";

export async function tick(gateway: Gateway, log: Log): Promise<void> {
  try {
    await gateway.sweep();
  } catch (error) {
    log.event("sweep.failed", { error: String(error) });
  }
}
