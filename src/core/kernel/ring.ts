/** Writes jobs for rows, each for the time at which it is due: one job for those due in the same second, overdue ones at once. */
export async function ringFor<Id>(
  ring: (ids: readonly Id[], delaySeconds?: number) => Promise<void>,
  rows: readonly { id: Id; dueAt?: number }[],
  now: number,
): Promise<void> {
  const bySeconds = Map.groupBy(rows, ({ dueAt = now }) => Math.max(0, Math.ceil((dueAt - now) / 1000)));
  for (const [seconds, due] of bySeconds) {
    await ring(
      due.map(({ id }) => id),
      seconds,
    );
  }
}
