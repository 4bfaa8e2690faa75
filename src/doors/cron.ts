/** What is due, what was left behind. Cron may skip a minute or come twice; a round is safe to make at any time. */

import type { Log } from "../core/kernel/ports.ts";

/** Makes a round. One that fails is told of, and made up for by the next. */
export async function tick(log: Log, round: () => Promise<unknown>): Promise<void> {
  try {
    await round();
  } catch (error) {
    log.event("cron.failed", { error: error instanceof Error ? (error.stack ?? error.message) : String(error) });
  }
}
