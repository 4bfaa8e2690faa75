/** Wrong credentials cost time: each one a little more, until they stop coming. */

/** Milliseconds for the first failure of a minute from an address, and more for each that follows, up to the most. */
const COST = { much: { step: 20, most: 2_000 }, "a little": { step: 1, most: 100 } } as const;
const REMEMBERED_MS = 60_000;

const failures = new Map<string, { count: number; until: number }>();

/** How many failures there were from an address of late, and how long this one was held back. */
export type Slowed = { failures: number; milliseconds: number };

/** Waits as long as the last failure from this address did, so that the time of an answer does not give away a right secret. */
export async function holdUp(address: string, cost: keyof typeof COST): Promise<void> {
  const known = failures.get(address);
  if (!known || known.until <= Date.now()) return;
  await wait(waitFor(known.count, cost));
}

/** Waits, after a failure from this address: a token that an operator chose costs much, a customer's long key a little. */
export async function slowDown(address: string, cost: keyof typeof COST): Promise<Slowed> {
  const now = Date.now();
  const known = failures.get(address);
  const count = known && known.until > now ? known.count + 1 : 1;
  if (failures.size > 10_000) failures.clear();
  failures.set(address, { count, until: now + REMEMBERED_MS });
  const milliseconds = waitFor(count, cost);
  await wait(milliseconds);
  return { failures: count, milliseconds };
}

function waitFor(count: number, cost: keyof typeof COST): number {
  return Math.min(COST[cost].most, COST[cost].step * count);
}

function wait(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}
