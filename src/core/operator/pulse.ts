/** Whether anything has happened: cheap enough to be asked again and again. */

import type { Clock } from "../kernel/clock.ts";

export type Newest = {
  message?: string;
  transaction?: string;
  inbound?: string;
  webhook?: string;
  subscription?: string;
};

export interface PulseStore {
  /** The newest id of each kind, and that up to now where there are later ones; of one account or of all. */
  newest(now: number, account?: string): Promise<Newest>;
  /** When each of these things changed last (epoch ms), by id; of those that there are. */
  changes(ids: readonly string[]): Promise<Record<string, number>>;
}

/** More things than this are not watched at once. */
export const MOST_WATCHED = 100;

/**
 * Whether anything has happened: two answers that differ mean that it has. `changes` (epoch ms by id) are those of the
 * first `MOST_WATCHED` things; `newest` is of one account or of all.
 */
export async function pulse(
  ports: { pulse: PulseStore; clock: Clock },
  watched: readonly string[],
  account?: string,
): Promise<{ newest: Newest; changes: Record<string, number> }> {
  const [newest, changes] = await Promise.all([
    ports.pulse.newest(ports.clock.now(), account),
    ports.pulse.changes(watched.slice(0, MOST_WATCHED)),
  ]);
  return { newest, changes };
}
