/** The guard against loops: a program that sends one person the same text over and over is stopped. */

import type { LoopGuard } from "../accounts/rules.ts";
import type { Clock } from "../kernel/clock.ts";
import type { Jobs, Log } from "../kernel/ports.ts";
import type { Counts } from "../operator/counts.ts";
import { announce } from "../webhooks/announce.ts";
import type { Claimed } from "./claimed.ts";
import type { Message, Move } from "./message.ts";
import { NOBODY } from "./route.ts";
import type { MessageStore } from "./store.ts";

/**
 * What holds for an account that has not set its own: what one of the dialects promises (docs/operating.md, Guards), and more than a
 * program that works sends. The definition of "identical" is ours.
 */
export const LOOP_GUARD: LoopGuard = { most: 100, seconds: 3_600 };

/** The longest time that a guard may look back. */
export const LONGEST_LOOP_SECONDS = 3_600;

type LoopPorts = { clock: Clock; messages: MessageStore; jobs: Jobs; log: Log; counts: Counts };

/**
 * Ends those of the claimed messages that are over their account's limit, and returns the others. Messages that are paid for are never
 * stopped. Stopped messages count too: a loop that continues stays stopped.
 */
export async function stopLoops(ports: LoopPorts, claimed: readonly Claimed[]): Promise<readonly Message[]> {
  const stopped = claimed.filter(({ isInLoop, billed }) => isInLoop && billed !== true);
  if (stopped.length === 0) return claimed;
  const now = ports.clock.now();
  const moves = stopped.map((message) => ({ ...toMove(message, now), account: message.account }));
  const made = await announce(ports, moves);
  for (const move of moves) if (made.has(move)) ports.counts.count("loop_stopped", { account: move.account });
  const gone = new Set(stopped);
  return claimed.filter((message) => !gone.has(message));
}

function toMove(message: Message, now: number): Move {
  return {
    id: message.id,
    to: "failed",
    at: now,
    attempt: message.attempts,
    carrier: NOBODY,
    reason: "stopped",
    ...(message.charge ? { billed: false } : {}),
    entry: { at: now, event: "loop.stopped" },
  };
}
