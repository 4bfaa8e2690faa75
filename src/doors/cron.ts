/** The cron's sweep for rows that are due or left behind. Cron may skip a minute or run twice; a sweep is safe at any time. */

import type { Log } from "../core/kernel/ports.ts";

/** Makes a round. A failure is logged, and the next round makes up for it. */
export async function tick(log: Log, round: () => Promise<unknown>): Promise<void> {
  try {
    await round();
  } catch (error) {
    log.event("cron.failed", { error: error instanceof Error ? (error.stack ?? error.message) : String(error) });
  }
}
