import type { Lane } from "./lane.ts";

/**
 * Writes jobs for rows, each for the time at which it is due: one job for those of one lane that are due in the same second,
 * overdue ones at once.
 * @param now epoch ms
 */
export async function ringFor<Id>(
  ring: (ids: readonly Id[], delaySeconds?: number, lane?: Lane) => Promise<void>,
  rows: readonly { id: Id; dueAt?: number; lane?: Lane }[],
  now: number,
): Promise<void> {
  const secondsOf = (dueAt = now) => Math.max(0, Math.ceil((dueAt - now) / 1000));
  const rings = Map.groupBy(rows, ({ dueAt, lane = "" }) => `${secondsOf(dueAt)} ${lane}`);
  for (const due of rings.values()) {
    const { dueAt, lane } = due[0] as { dueAt?: number; lane?: Lane };
    const ids = due.map(({ id }) => id);
    await (lane ? ring(ids, secondsOf(dueAt), lane) : ring(ids, secondsOf(dueAt)));
  }
}
