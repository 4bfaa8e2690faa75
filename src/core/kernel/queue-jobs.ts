import { LANES, type Lane } from "./lane.ts";

/**
 * Queues jobs for rows, each for the time at which it is due: one job for those of one lane that are due in the same second,
 * overdue ones at once.
 * @param queue one of `Jobs`: the queue of one kind of job
 * @param now epoch ms
 */
export async function queueJobs<Id>(
  queue: (ids: readonly Id[], delaySeconds?: number, lane?: Lane) => Promise<void>,
  rows: readonly { id: Id; dueAt?: number; lane?: Lane }[],
  now: number,
): Promise<void> {
  const secondsOf = (dueAt = now) => Math.max(0, Math.ceil((dueAt - now) / 1000));
  const jobs = Map.groupBy(rows, ({ dueAt, lane = "" }) => `${secondsOf(dueAt)} ${lane}`);
  const urgentFirst = [...jobs.values()].sort(([a], [b]) => placeOf(a?.lane) - placeOf(b?.lane));
  for (const due of urgentFirst) {
    const { dueAt, lane } = due[0] as { dueAt?: number; lane?: Lane };
    const ids = due.map(({ id }) => id);
    await (lane ? queue(ids, secondsOf(dueAt), lane) : queue(ids, secondsOf(dueAt)));
  }
}

function placeOf(lane: Lane = "normal"): number {
  return LANES.indexOf(lane);
}
