/** The look after a customer's connections, and after parts whose others did not come: each half minute, while there is either. */

import { ASK_AFTER_MS, type Session } from "./session.ts";

export type WatchPorts = {
  /** The connections that there are. */
  sessions(): readonly Pick<Session, "tick">[];
  /** Passes on texts whose parts are late; answers when there is something to do again, epoch ms. */
  passOnLate(): Promise<number | undefined>;
  /** Comes here again at a moment (epoch ms), or not. */
  again(at: number | undefined): Promise<void>;
  /** Real time, epoch ms. */
  wall(): number;
  fault(error: unknown): void;
};

export async function watch({ sessions, passOnLate, again, wall, fault }: WatchPorts): Promise<void> {
  // Before anything can fail: the platform gives an alarm up that fails a few times.
  await again(wall() + ASK_AFTER_MS);
  const done = await Promise.allSettled(sessions().map((session) => session.tick()));
  for (const one of done) if (one.status === "rejected") fault(one.reason);
  try {
    const late = await passOnLate();
    // Parts are late by the clock of messages, which a sandbox moves: they are looked after as often as connections are.
    if (sessions().length === 0 && late === undefined) await again(undefined);
  } catch (error) {
    fault(error); // the next look finds them
  }
}
