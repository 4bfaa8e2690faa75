/** How far something long has come, on one line of a terminal that is written over. */

import { setTimeout as wait } from "node:timers/promises";

/** How often it is looked at. Milliseconds. */
const EVERY_MS = 1_000;

/** Clears the line, and goes to its beginning. */
const CLEAR = "\r\x1b[K";

/**
 * Waits for work, and meanwhile shows how far it is.
 * @param look what to show now; where it throws, nothing is shown this time
 * @param terminal absent: standard error, where a person looks at it
 * @returns what the work comes to
 */
export async function showing<T>(
  work: Promise<T>,
  look: () => Promise<string>,
  terminal: { write(text: string): unknown } | undefined = process.stderr.isTTY ? process.stderr : undefined,
  pause: () => Promise<unknown> = () => wait(EVERY_MS, undefined, { ref: false }),
): Promise<T> {
  if (!terminal) return work;
  let isOver = false;
  const over = work.finally(() => {
    isOver = true;
  });
  over.catch(() => {}); // Told to whoever waits for it, below.
  for (;;) {
    await Promise.race([pause(), over.catch(() => {})]);
    if (isOver) break;
    const line = await look().catch(() => undefined);
    if (line !== undefined && !isOver) terminal.write(`${CLEAR}${line}`);
  }
  terminal.write(CLEAR);
  return over;
}

/** How much of a stretch of time has passed: `2026-12-24T12:00:00.000Z  41 %`. @param now ISO */
export function passed(from: number, now: string, to: number): string {
  const share = to > from ? (Date.parse(now) - from) / (to - from) : 1;
  return `${now}  ${Math.floor(100 * Math.min(1, Math.max(0, share)))} %`;
}
