/** Finding a thing by an id: one of ours, or one that a customer or a carrier gave. */

export const FOUND_KINDS = ["message", "transaction", "subscription", "webhook", "inbound"] as const;

/** The kind of a thing, our id of it, and the person it went to, or who wrote it. */
export type Found = { kind: (typeof FOUND_KINDS)[number]; id: string; person?: string };

export interface SearchStore {
  /** Everything with this id, ours or a customer's, over all accounts and dialects; at most `limit`. */
  byAnyId(id: string, limit: number): Promise<Found[]>;
}

/** A search that finds more than this was not for one thing. */
export const MOST_FOUND = 20;

/** The things that have this id, whole: ours, a customer's or a carrier's; of all accounts, at most `MOST_FOUND`. */
export function search(ports: { search: SearchStore }, id: string): Promise<Found[]> {
  return ports.search.byAnyId(id, MOST_FOUND);
}
