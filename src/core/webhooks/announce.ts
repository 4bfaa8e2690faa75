/** Making moves, and queueing jobs for the webhooks that they owe. */

import { inChunks } from "../kernel/chunks.ts";
import type { Jobs, Log } from "../kernel/ports.ts";
import type { Move } from "../messages/message.ts";
import type { MessageStore } from "../messages/store.ts";
import type { Tally } from "../messages/tally.ts";

/** So many are made by one transaction: each owes as many webhooks as its account has endpoints. */
const MOVED_AT_ONCE = 200;

/**
 * Makes the moves that are allowed, some at a time. The store writes the webhooks now owed in the same transaction; here we only queue
 * jobs for them, so a crash between the two costs a sweep, not a webhook. Answers those that were made.
 */
export async function announce(
  ports: { messages: MessageStore; jobs: Jobs; log: Log },
  moves: readonly Move[],
  answers: readonly Tally[] = [],
): Promise<ReadonlySet<Move>> {
  const made = new Set<Move>();
  for (const [nth, some] of inChunks(moves, MOVED_AT_ONCE).entries()) {
    for (const move of await announceSome(ports, some, nth === 0 ? answers : [])) made.add(move);
  }
  return made;
}

async function announceSome(
  ports: Parameters<typeof announce>[0],
  moves: readonly Move[],
  answers: readonly Tally[],
): Promise<ReadonlySet<Move>> {
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
