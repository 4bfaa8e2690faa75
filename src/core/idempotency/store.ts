/** Where requests that carry a key are claimed, and their answers kept. */

/**
 * A request that carries a key. `id` stands for the scope, the address and the key; `digests` for the body, by each key that digests
 * are made with, the one that makes new ones first.
 */
export type KeyedRequest = { id: string; scope: string; digests: readonly string[] };

/** What a request had read when it wrote something (JSON, mostly sealed), and what it changed; in order. */
export type RecordEntry =
  | { wrote: string; read: string }
  | { changed: number }
  | { began: "outside" | "work" }
  | { arrival: string; added: readonly string[]; read?: string };

/**
 * A request that may be carried out, by whoever has its claim. All its ids come of the seed. Where it wrote something before, in
 * an attempt that died, and had an effect (`steps`), `record` tells what, and the times (epoch ms) are those of that attempt.
 */
export type Begun = {
  id: string;
  claim: string;
  digest: string;
  seed: string;
  at: number;
  wall: number;
  steps: number;
  record: readonly RecordEntry[];
};

export type Claimed =
  | { outcome: "begun"; begun: Begun }
  | { outcome: "answered"; status: number; answer: string }
  | { outcome: "in-progress" }
  | { outcome: "other-request" };

export interface KeyStore {
  /**
   * Claims a request, unless it is answered or under way. One that had no effect begins anew; but not where it was refused after this
   * attempt had arrived: its client may have been told so.
   * @param fresh.claim unique to this attempt @param fresh.at, fresh.wall epoch ms
   * @param fresh.arrivedAt when the request came in, epoch ms of real time
   */
  claim(
    request: KeyedRequest,
    fresh: { claim: string; seed: string; at: number; wall: number; arrivedAt: number },
  ): Promise<Claimed>;
  /** Writes down that something is begun. @throws where another attempt has the claim */
  begin(begun: Begun, what: "outside" | "work"): Promise<void>;
  /** Keeps the answer from a time on (epoch ms); false where another attempt has the claim. */
  complete(begun: Begun, given: { status: number; answer: string; at: number }): Promise<boolean>;
  /**
   * Gives the claim up: a request without effect is forgotten, another may be taken up at once.
   * @param refusedAt epoch ms of real time, where its client is told that it is not carried out: so long that stays known
   */
  release(begun: Begun, refusedAt?: number): Promise<void>;
  /**
   * Forgets answers whose time is over, at most so many; none that is under way.
   * @param now.at, now.wall epoch ms
   */
  forget(now: { at: number; wall: number }, limit: number): Promise<number>;
}
