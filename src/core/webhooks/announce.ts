/** Making moves, and queueing jobs for the webhooks that they owe. */

import type { Jobs, Log } from "../kernel/ports.ts";
import type { Move } from "../messages/message.ts";
import type { MessageStore } from "../messages/store.ts";
import type { Tally } from "../messages/tally.ts";

/**
 * Makes the moves that are allowed. The store writes the webhooks now owed in the same transaction; here we only queue
 * jobs for them, so a crash between the two costs a sweep, not a webhook. Answers those that were made.
 */
export async function announce(
  ports: { messages: MessageStore; jobs: Jobs; log: Log },
  moves: readonly Move[],
  answers: readonly Tally[] = [],
): Promise<ReadonlySet<Move>> {
  if (moves.length === 0) return new Set();
  const { made, owed, released } = await ports.messages.move(moves, answers);
  for (const move of moves) {
    ports.log.event(made.has(move) ? `message.${move.to}` : "message.move_rejected", {
      id: move.id,
      ...(made.has(move) ? {} : { to: move.to }),
      ...(move.carrier ? { carrier: move.carrier } : {}),
      ...(move.reference ? { reference: move.reference } : {}),
      ...(move.reason ? { reason: move.reason } : {}),
    });
  }
  if (owed.length > 0) await ports.jobs.deliver(owed);
  if (released.length > 0) await ports.jobs.submit(released);
  return made;
}
