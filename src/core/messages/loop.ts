/** The guard against loops: a program that sends one person the same text over and over is stopped. */

import type { Clock } from "../kernel/clock.ts";
import type { Jobs, Log } from "../kernel/ports.ts";
import { announce } from "../webhooks/announce.ts";
import type { Message, Move } from "./message.ts";
import { NOBODY } from "./route.ts";
import type { MessageStore } from "./store.ts";

/** So many identical messages (account, sender, recipient, text) may be sent within so many milliseconds. */
export type LoopGuard = { most: number; within: number };

type LoopPorts = {
  clock: Clock;
  messages: MessageStore;
  jobs: Jobs;
  log: Log;
  loopGuards: ReadonlyMap<string, LoopGuard>;
};

/**
 * Ends those of the claimed messages that are over the limit, and returns the others. Paid messages are never stopped.
 * Stopped messages count too: a loop that continues stays stopped.
 */
export async function stopLoops(ports: LoopPorts, claimed: readonly Message[]): Promise<readonly Message[]> {
  const stopped = new Set<string>();
  for (const [dialect, guard] of ports.loopGuards) {
    const guarded = claimed.filter((message) => message.dialect === dialect && message.billed !== true);
    if (guarded.length === 0) continue;
    for (const id of await ports.messages.beyond(guard, guarded)) stopped.add(id);
  }
  if (stopped.size === 0) return claimed;
  const now = ports.clock.now();
  await announce(
    ports,
    claimed.filter(({ id }) => stopped.has(id)).map((message) => toMove(message, now)),
  );
  return claimed.filter(({ id }) => !stopped.has(id));
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
