/** Finding a thing by an id: one of ours, or one that a customer or a carrier gave. */

export const FOUND_KINDS = ["message", "transaction", "subscription", "webhook", "inbound"] as const;

/** The kind of a thing, our id of it, and the person it went to, or who wrote it. */
export type Found = { kind: (typeof FOUND_KINDS)[number]; id: string; person?: string };

export interface SearchStore {
  /** The things that have this id, whoever gave it; over all accounts and dialects, at most so many. */
  byAnyId(id: string, limit: number): Promise<Found[]>;
}
