import { LANES, type Lane } from "./lane.ts";

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
  const urgentFirst = [...rings.values()].sort(([a], [b]) => placeOf(a?.lane) - placeOf(b?.lane));
  for (const due of urgentFirst) {
    const { dueAt, lane } = due[0] as { dueAt?: number; lane?: Lane };
    const ids = due.map(({ id }) => id);
    await (lane ? ring(ids, secondsOf(dueAt), lane) : ring(ids, secondsOf(dueAt)));
  }
}

function placeOf(lane: Lane = "normal"): number {
  return LANES.indexOf(lane);
}
