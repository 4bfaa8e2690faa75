/** Asking carriers about messages whose answer was lost, or whose receipt did not come. */

import type { Clock } from "../kernel/clock.ts";
import type { MessageId } from "../kernel/ids.ts";
import type { Jobs, Log } from "../kernel/ports.ts";
import type { Carrier, QueryResult } from "./carrier.ts";
import type { Message, Move } from "./message.ts";
import type { Routes } from "./route.ts";
import { announceWords, toMove } from "./settle.ts";
import type { MessageStore } from "./store.ts";

/** How long to wait before asking about a lost answer: a request under way must have ended by then. Milliseconds. */
export const ASK_AFTER = 15_000;
/** How long after a message's validity a receipt is waited for, and its carrier asked. Milliseconds. */
export const RECEIPT_GRACE = 3_600_000;

type AskPorts = {
  clock: Clock;
  messages: MessageStore;
  carriers: ReadonlyMap<string, Carrier>;
  routes: Routes;
  jobs: Jobs;
  log: Log;
};

/**
 * Asks, moves the messages by the answers, and returns those that may be sent again. A message that no carrier has ever
 * seen is sent again; where no carrier can tell, it is sent again only if it may arrive twice.
 */
export async function ask(ports: AskPorts, ids: readonly MessageId[]): Promise<Pick<Message, "id" | "lane">[]> {
  const now = ports.clock.now();
  const messages = (await ports.messages.byIds(ids)).filter(({ state }) => state === "unknown" || state === "sent");
  const words = await queryAll(ports.carriers, messages);
  const moves = messages.flatMap((message) => moveAfter(message, words.get(message.id), now) ?? []);
  await announceWords(ports, moves);

  const moved = new Set(moves.map((move) => move.id));
  const unmoved = messages.filter((message) => !moved.has(message.id)).map((message) => message.id);
  if (unmoved.length > 0) await ports.messages.postpone(unmoved, "unknown", now + 4 * ASK_AFTER);
  const again = new Set(moves.filter((move) => move.to === "accepted").map((move) => move.id));
  return messages.filter(({ id }) => again.has(id)).map(({ id, lane }) => ({ id, lane }));
}

type Word = { carrier: string; answer: QueryResult };

const CANNOT_TELL: QueryResult = { outcome: "cannot-tell" };

/**
 * Each message is asked about at the carrier it went to; one left in the middle of a submit, at every carrier there is,
 * since its routes may have changed. *never-seen* is believed only if all of them say so.
 */
async function queryAll(
  carriers: ReadonlyMap<string, Carrier>,
  messages: readonly Message[],
): Promise<Map<MessageId, Word>> {
  const questions = messages.flatMap((message) =>
    (message.carrier ? [message.carrier] : [...carriers.keys()])
      // It has had its word: it could not deliver the message, so that another has it now.
      .filter((carrier) => carrier !== message.reroutedFrom)
      .map((carrier) => ({ carrier, message })),
  );
  const words = new Map<MessageId, Word>();
  for (const [carrier, group] of Map.groupBy(questions, (question) => question.carrier)) {
    const asked = group.map(({ message }) => message);
    const answers = await carriers
      .get(carrier)
      ?.query(asked)
      .catch(() => undefined);
    group.forEach(({ message }, index) => {
      const answer = answers?.[index] ?? CANNOT_TELL;
      const before = words.get(message.id)?.answer.outcome ?? "never-seen";
      if (before === "never-seen" || answer.outcome === "taken" || answer.outcome === "settled") {
        words.set(message.id, { carrier, answer });
      }
    });
  }
  return words;
}

function moveAfter(message: Message, word: Word | undefined, now: number): Move | undefined {
  const { carrier, answer } = word ?? { carrier: message.carrier ?? "", answer: CANNOT_TELL };
  const base = { id: message.id, at: now, attempt: message.attempts, carrier };
  const entry = { at: now, event: "carrier.asked", carrier, answer: answer.outcome } as const;
  const isOver = message.state === "sent" || message.expiresAt + RECEIPT_GRACE <= now;
  const mayDouble = message.deliveryMode === "at-least-once";

  if (answer.outcome === "settled") return toMove(answer.receipt, now);
  if (isOver) return { ...base, to: "expired", reason: "no-receipt", entry };
  if (answer.outcome === "taken") {
    return { ...base, to: "sent", reference: answer.reference, dueAt: message.expiresAt + RECEIPT_GRACE, entry };
  }
  if (answer.outcome === "never-seen" || mayDouble) return { ...base, to: "accepted", dueAt: now, entry };
  return undefined;
}
