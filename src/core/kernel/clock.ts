/** Time. In the sandbox `now` can be moved ahead; `wall` is always the real time, which signatures live by. */
export interface Clock {
  /** Epoch milliseconds by which messages are due. */
  now(): number;
  /** Epoch ms of real time. */
  wall(): number;
  /** Waits, in real time. Milliseconds. */
  sleep(milliseconds: number): Promise<void>;
  /**
   * Epoch ms. Only while a sandbox moves its clock: rows that are due by this time are handled before `now` reaches it, each as of
   * the moment at which it is due.
   */
  readonly horizon?: number;
}

/** Until when things may be taken up: until now, or until the horizon. Epoch ms. */
export function dueBy(clock: Clock): number {
  return Math.max(clock.now(), clock.horizon ?? 0);
}

/** The moment as of which something is dealt with that is due at `at`: now, or its own where that is ahead. Epoch ms. */
export function momentOf(clock: Clock, at: number | undefined): number {
  const now = clock.now();
  return clock.horizon === undefined ? now : Math.max(now, at ?? 0);
}

/** The clock as it is at that moment (epoch ms), and stays. */
export function stoppedAt(clock: Clock, at: number): Clock {
  return { ...clock, now: () => at };
}
