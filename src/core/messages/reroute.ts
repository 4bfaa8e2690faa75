/** Rerouting: a text that its carrier could not deliver goes to the next carrier, where the route says so. */

import type { MessageId } from "../kernel/ids.ts";
import type { Lane } from "../kernel/lane.ts";
import type { Reason } from "../kernel/reasons.ts";
import type { Carrier } from "./carrier.ts";
import type { Message, Move } from "./message.ts";
import { type Route, type Routes, wayOf } from "./route.ts";
import type { MessageStore } from "./store.ts";

/** With less of its validity left, another carrier would not be in time. Milliseconds. */
const ENOUGH_TIME = 10_000;

/** Why a text may fail at one carrier and arrive by another. Where the person or the text is the reason, no carrier can help. */
const OF_THE_CARRIER: ReadonlySet<Reason | undefined> = new Set<Reason | undefined>([
  undefined,
  "undelivered",
  "rejected",
  "bad-sender",
  "no-carrier",
  "carrier-offline",
  "carrier-error",
  "other",
]);

type ReroutePorts = {
  messages: Pick<MessageStore, "byIds">;
  routes: Routes;
  carriers: ReadonlyMap<string, Carrier>;
};

/** The moves to be made, and the lanes of the messages that are to be sent again. */
export type Rerouted = { moves: readonly Move[]; lanes: ReadonlyMap<MessageId, Lane> };

/**
 * The same moves; but one by which a carrier's word ends a message as failed becomes a move to *accepted*, if the route by which
 * that message went reroutes, the message may arrive twice and was not rerouted before, and another carrier can be asked: who
 * that is, the routes of now say. The store makes such a move only if all that about the message still holds.
 * @param now epoch ms
 */
export async function rerouted(ports: ReroutePorts, moves: readonly Move[], now: number): Promise<Rerouted> {
  const lanes = new Map<MessageId, Lane>();
  const failed = new Set(
    moves.filter(({ to, toldBy, reason }) => to === "failed" && toldBy && OF_THE_CARRIER.has(reason)),
  );
  if (failed.size === 0) return { moves, lanes };
  const ids = [...failed].map(({ id }) => id);
  const messages = new Map((await ports.messages.byIds(ids)).map((one) => [one.id, one]));
  const routes = await ports.routes.ofMessages();
  const goingOn = moves.map((move) => {
    const message = failed.has(move) ? messages.get(move.id) : undefined;
    if (!message || !mayGoOn(ports, message, move, routes, now)) return move;
    lanes.set(message.id, message.lane);
    return toOther(move, now);
  });
  return { moves: goingOn, lanes };
}

function mayGoOn(
  { carriers }: ReroutePorts,
  message: Message,
  { toldBy = "" }: Move,
  routes: readonly Route[],
  now: number,
): boolean {
  if (!message.reroutes || message.deliveryMode !== "at-least-once" || message.reroutedFrom !== undefined) return false;
  // Where its carrier is not known it may be in another one's hands just now.
  if (message.expiresAt < now + ENOUGH_TIME || message.carrier !== toldBy) return false;
  return wayOf({ ...message, reroutedFrom: toldBy }, routes, carriers).carriers.length > 0;
}

/** The reason of the first carrier stays in the timeline, not on the message. */
function toOther({ id, toldBy = "", reason, entry }: Move, now: number): Move {
  const told = entry.event === "carrier.receipt" ? entry : undefined;
  return {
    id,
    to: "accepted",
    at: now,
    dueAt: now,
    toldBy,
    reroutes: true,
    entry: {
      at: now,
      event: "carrier.rerouted",
      carrier: toldBy,
      outcome: told?.outcome ?? "failed",
      ...(told?.happenedAt === undefined ? {} : { happenedAt: told.happenedAt }),
      ...(reason ? { reason } : {}),
    },
  };
}
