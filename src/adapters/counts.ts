/** Counts what happens, and writes it a little later, together: a flood of it is a row or two, not a flood of writes. */

import type { Count, Counted, CountStore, Counts, Labels } from "../core/operator/counts.ts";

/** So long what was counted waits for company. Milliseconds. */
const TOGETHER = 1_000;
/** So long a write may be under way. Milliseconds. */
const LONGEST = 10_000;
/** So many sets of labels are kept in memory. What goes beyond is counted by its name alone, with `other` for each label. */
const MOST = 500;
const OTHER = "other";

/**
 * @param given.keepAlive keeps whatever is under way alive, until this is settled
 * @param given.failed hears why counts could not be written; they are written with the next
 */
export function makeCounts(
  store: CountStore,
  given: {
    sleep: (milliseconds: number) => Promise<void>;
    keepAlive: (promise: Promise<unknown>) => void;
    failed: (error: unknown) => void;
    now: () => number;
  },
): Counts {
  let waiting = new Map<string, Count>();
  let writesSince: number | undefined;

  const write = async () => {
    await given.sleep(TOGETHER);
    const counts = [...waiting.values()];
    waiting = new Map();
    writesSince = undefined;
    try {
      await store.add(counts);
    } catch (error) {
      given.failed(error);
      for (const { name, labels, count } of counts) note(name, labels, count);
    }
  };
  const note = (name: Counted, labels: Labels, count: number) => {
    const known = waiting.get(keyOf(name, labels));
    const kept = known || waiting.size < MOST ? labels : withoutValues(labels);
    const one = known ?? waiting.get(keyOf(name, kept));
    if (one) one.count += count;
    else waiting.set(keyOf(name, kept), { name, labels: kept, count });
  };

  return {
    count(name, labels = {}, times = 1) {
      note(name, labels, times);
      // The request that is to write may have been cancelled: then another one does.
      if (writesSince !== undefined && given.now() - writesSince < LONGEST) return;
      writesSince = given.now();
      given.keepAlive(write());
    },
  };
}

function keyOf(name: Counted, labels: Labels): string {
  return `${name} ${JSON.stringify(labels)}`;
}

function withoutValues(labels: Labels): Labels {
  return Object.fromEntries(Object.keys(labels).map((label) => [label, OTHER]));
}
