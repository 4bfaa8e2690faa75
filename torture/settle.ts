/** Waiting until nothing is under way any more: first as time goes by, then by the clock, for what waits for its hour. */

import { setTimeout as wait } from "node:timers/promises";
import type { Operator } from "./outside.ts";

export type Settled = {
  /** Until every message was with its carrier, and every charge decided or known to be open there. Milliseconds. */
  inHand: number;
  /** Until nothing at all was owed, with the clock moved to each next retry. Milliseconds. */
  everything: number;
  /** How far the clock was moved for that. Seconds. */
  moved: number;
  /** What was still open when patience ended; nothing, as it should be. */
  left: string[];
};

/** What somebody has in hand, or is about to: time must not be moved past it. */
const IN_HAND = [
  ...["scheduled", "accepted", "held", "submitting"].map((state) => `messages?state=${state}`),
  ...["ready", "charging"].map((state) => `transactions?state=${state}`),
  "webhooks?state=delivering",
];
/** What waits for somebody: a carrier's word, a customer's server. */
const OPEN = [
  ...["unknown", "sent"].map((state) => `messages?state=${state}`),
  ...["unknown", "sent"].map((state) => `transactions?state=${state}`),
  "webhooks?state=owed",
];
/** Leases and answers that do not come take this long at most, several times over. Milliseconds. */
const PATIENCE = 300_000;
/** What falls due within this time of the next is done together with it. Milliseconds. */
const TOGETHER = 120_000;

/** @param since `Date.now()` when the load ended */
export async function settle(operator: Operator, since: number): Promise<Settled> {
  const latest = Date.now() + PATIENCE;
  let inHandLeft = await whenEmpty(operator, IN_HAND, latest);
  const inHand = Date.now() - since;
  let moved = 0;
  let open = await left(operator, OPEN);
  while (inHandLeft.length === 0 && open.length > 0 && Date.now() < latest) {
    const { now, nextDue } = await operator<{ now: string; nextDue?: string }>("GET", "/sandbox/v1/clock");
    const until = nextDue ? Date.parse(nextDue) - Date.parse(now) : 0;
    if (until > 0) {
      moved += (until + TOGETHER) / 1000;
      const to = new Date(Date.parse(now) + until + TOGETHER);
      await operator("PUT", "/sandbox/v1/clock", { now: to.toISOString() });
    }
    await operator("POST", "/sandbox/v1/clock/advance", { seconds: 0 });
    inHandLeft = await whenEmpty(operator, IN_HAND, latest);
    open = await left(operator, OPEN);
  }
  return { inHand, everything: Date.now() - since, moved, left: [...inHandLeft, ...open] };
}

/** Waits until all of these lists are empty; answers those that are not when patience ends. */
async function whenEmpty(operator: Operator, lists: readonly string[], latest: number): Promise<string[]> {
  for (;;) {
    const there = await left(operator, lists);
    if (there.length === 0 || Date.now() > latest) return there;
    await wait(250);
  }
}

/** Which of these lists have something in them, and how much. */
async function left(operator: Operator, lists: readonly string[]): Promise<string[]> {
  const found: string[] = [];
  for (const list of lists) {
    const { items } = await operator<{ items: unknown[] }>("GET", `/admin/v1/${list}&limit=500`);
    if (items.length > 0) found.push(`${items.length === 500 ? "500 or more" : items.length} ${list}`);
  }
  return found;
}
