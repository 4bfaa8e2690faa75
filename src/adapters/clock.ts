/**
 * The clock. In the sandbox it can be moved; the distance to real time is kept in the database and known here. So is where
 * webhooks are forwarded to, which is read with it.
 */

import type { Clock } from "../core/kernel/clock.ts";

/** Where webhooks go instead, and until when in real time (epoch ms): whoever set it may be gone. */
export type Forwarding = { to: string; until: number };

/** Milliseconds the sandbox is ahead of real time, as this isolate last heard. */
let ahead = 0;
/** The sandbox's time (epoch ms) while it stands still, and until when in real time it does. */
let held: { at: number; until: number } | undefined;
let heard = Number.NEGATIVE_INFINITY;
let forwarding: Forwarding | undefined;
/** How many writes of it were begun here, and until when the last of them may be under way: what is read before it is over may be old. */
let writes = 0;
let writtenBy = Number.NEGATIVE_INFINITY;

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
  if (Date.now() < writtenBy || Date.now() - before < BELIEF) return;
  if (before !== Number.NEGATIVE_INFINITY) heard = Date.now();
  const known = writes;
  const { results } = await db
    .prepare("SELECT name, value FROM sandbox WHERE name IN ('ahead', 'forwarding')")
    .all<{ name: string; value: string }>();
  const told = new Map(results.map(({ name, value }) => [name, value]));
  if (writes !== known) return; // the clock was moved meanwhile, and what was told is old
  held = undefined;
  ahead = Number(told.get("ahead") ?? 0);
  forwarding = JSON.parse(told.get("forwarding") ?? "null") ?? undefined;
  heard = Date.now();
}

/** Where webhooks are forwarded to, as this isolate last heard. */
export function heardForwarding(): Forwarding | undefined {
  return forwarding && forwarding.until > Date.now() ? forwarding : undefined;
}

/** Has webhooks forwarded, or no longer. */
export async function setForwarding(db: D1Database, given: Forwarding | undefined): Promise<void> {
  const write = given
    ? db
        .prepare(
          "INSERT INTO sandbox (name, value) VALUES ('forwarding', ?1) ON CONFLICT (name) DO UPDATE SET value = ?1",
        )
        .bind(JSON.stringify(given))
    : db.prepare("DELETE FROM sandbox WHERE name = 'forwarding'");
  await writing(write);
  forwarding = given;
}

/** How long a write is waited for before a read, in case the request that made it is gone. Milliseconds. */
const LONGEST_WRITE = 30_000;

async function writing(write: D1PreparedStatement): Promise<void> {
  const own = ++writes;
  writtenBy = Date.now() + LONGEST_WRITE;
  try {
    await write.run();
  } finally {
    heard = Date.now();
    if (writes === own) writtenBy = Number.NEGATIVE_INFINITY;
  }
}

/** Moves the sandbox's time to this moment (epoch ms). */
export async function moveClock(db: D1Database, to: number): Promise<void> {
  ahead = to - Date.now();
  if (held) held = { at: to, until: Date.now() + LONGEST_HOLD };
  await writing(movingClock(db, to));
}

/** The write of a move to this moment (epoch ms), for whoever makes it with others; `moveClock` after it is what this isolate hears by. */
export function movingClock(db: D1Database, to: number): D1PreparedStatement {
  return db
    .prepare("INSERT INTO sandbox (name, value) VALUES ('ahead', ?1) ON CONFLICT (name) DO UPDATE SET value = ?1")
    .bind(String(to - Date.now()));
}
