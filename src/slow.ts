/** Wrong credentials cost time: each one a little more, until they stop coming. */

const MOST = 2_000;
const STEP = 20;
const MEMORY = 60_000;

const failures = new Map<string, { count: number; until: number }>();

/** Waits, if this was a failure: 20 ms for the first of a minute from this address, 40 for the second, up to 2 s. */
export async function slowDown(address: string, failed: boolean): Promise<void> {
  if (!failed) return;
  const now = Date.now();
  const known = failures.get(address);
  const count = known && known.until > now ? known.count + 1 : 1;
  if (failures.size > 10_000) failures.clear();
  failures.set(address, { count, until: now + MEMORY });
  await new Promise((resolve) => setTimeout(resolve, Math.min(MOST, STEP * count)));
}
