/** The clock. In the sandbox it can be moved; the distance to real time is kept in the database and known here. */

import type { Clock } from "../core/kernel/clock.ts";

/** Milliseconds the sandbox is ahead of real time, as this isolate last heard. */
let ahead = 0;
/** The sandbox's time (epoch ms) while it stands still, and until when in real time it does. */
let held: { at: number; until: number } | undefined;
let heard = Number.NEGATIVE_INFINITY;

/** How long an isolate may use the offset that it has read. Milliseconds. */
const BELIEF = 1_000;

const sleep = (milliseconds: number) => new Promise<void>((resolve) => setTimeout(resolve, milliseconds));

export const realClock: Clock = { now: () => Date.now(), wall: () => Date.now(), sleep };

export const sandboxClock: Clock = {
  now: () => (held ? held.at + Math.max(0, Date.now() - held.until) : Date.now() + ahead),
  wall: () => Date.now(),
  sleep,
};

/** How long the clock stands still before it runs on by itself, in case the request that holds it is gone. Milliseconds. */
const LONGEST_HOLD = 5_000;

/**
 * Stops the sandbox's clock in this isolate, for a few seconds of real time or until it is released: everything that is done in
 * that time happens at one moment. Call it again to hold the clock longer.
 */
export function holdClock(): void {
  held = { at: sandboxClock.now(), until: Date.now() + LONGEST_HOLD };
}

/** The clock goes on from where it stood. */
export async function releaseClock(db: D1Database): Promise<void> {
  const now = sandboxClock.now();
  held = undefined;
  await moveClock(db, now);
}

/** Reads how far the sandbox is ahead, if the last read is too old. The first read is waited for; later ones run beside the request. */
export async function hearClock(db: D1Database): Promise<void> {
  const before = heard;
  if (held && Date.now() < held.until) return;
  if (Date.now() - before < BELIEF) return;
  const asked = before === Number.NEGATIVE_INFINITY ? before : Date.now();
  heard = asked;
  const told = Number((await db.prepare("SELECT value FROM sandbox WHERE name = 'ahead'").first<string>("value")) ?? 0);
  if (heard !== asked) return; // the clock was moved meanwhile, and what was told is old
  held = undefined;
  ahead = told;
  heard = Date.now();
}

/** Moves the sandbox's time to this moment (epoch ms). */
export async function moveClock(db: D1Database, to: number): Promise<void> {
  ahead = to - Date.now();
  heard = Date.now();
  if (held) held = { at: to, until: Date.now() + LONGEST_HOLD };
  await db
    .prepare("INSERT INTO sandbox (name, value) VALUES ('ahead', ?1) ON CONFLICT (name) DO UPDATE SET value = ?1")
    .bind(String(ahead))
    .run();
}
