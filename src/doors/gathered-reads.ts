/** Queries that nearly every text of some dialects needs: those of one moment go to the database in one call. */

import type { ConsentStore, StopQuestion } from "../core/billing/subscriptions/store.ts";
import type { SuppressedPair, SuppressionStore } from "../core/messages/suppression.ts";
import { Gathering, type GatheringOptions } from "./gathering.ts";

type Kept = Pick<GatheringOptions<never, never>, "keepAlive" | "wall">;

/** How long a request waits for another that makes the call for both. Milliseconds. */
const PATIENCE = 10_000;
/** Queries in one call. */
const AT_ONCE = 500;

/** The same store; queries for a few pairs are combined with those of other requests. */
export function gatherSuppressions(store: SuppressionStore, kept: Kept): SuppressionStore {
  const gathering = gatheringOf<readonly SuppressedPair[], SuppressedPair[]>(kept, async (questions) => {
    const found = new Set((await store.among(questions.flat())).map(keyOf));
    return questions.map((pairs) => pairs.filter((pair) => found.has(keyOf(pair))));
  });
  return { ...store, among: (pairs) => (pairs.length < AT_ONCE ? gathering.add(pairs) : store.among(pairs)) };
}

/** The same store; queries for opt-outs are combined with those of other requests. */
export function gatherStops(store: ConsentStore, kept: Kept): ConsentStore {
  const gathering = gatheringOf<StopQuestion, boolean>(kept, (questions) => store.stoppedAmong(questions));
  return { ...store, hasStopped: (account, recipient, service) => gathering.add({ account, recipient, service }) };
}

function gatheringOf<Item, Result>(kept: Kept, ask: (items: readonly Item[]) => Promise<Result[]>) {
  return new Gathering<Item, Result>({
    ...kept,
    call: async (items) => (await ask(items)).map((value) => ({ status: "fulfilled", value })),
    order: { sizeOf: (item) => (Array.isArray(item) ? item.length : 1), limit: AT_ONCE },
    patience: PATIENCE,
  });
}

function keyOf({ account, number, recipient }: SuppressedPair): string {
  return JSON.stringify([account, number, recipient]);
}
