/** What the operator does about webhooks: which rows it may move, and which it must have moved once it was told so. */

import { GRACE } from "./book.ts";
import type { Row } from "./oracle.ts";

export type Deed =
  | { does: "replay"; id: string }
  | {
      does: "replay-all";
      since: number;
      until?: number;
      account?: string;
      kind?: string;
      endpoint?: string;
      state?: ReplayState;
    }
  | { does: "pause"; account: string; endpoint: string; reason: string }
  | { does: "resume"; account: string; endpoint: string };

/** Which of those that are over are owed anew: the dead, unless something else is said. */
type ReplayState = "dead" | "answered" | "all";

type Done = { deed: Deed; askedAt: number; toldAt?: number };

export class Deeds {
  readonly #done: Done[] = [];

  asks(deed: Deed, now: number): void {
    this.#done.push({ deed, askedAt: now });
  }

  /** The operator was told that it was done; answers when it had asked. */
  told(deed: Deed, now: number): number {
    const done = this.#done.find((one) => one.deed === deed) as Done;
    done.toldAt = now;
    return done.askedAt;
  }

  /** Whether the operator has asked that this row be owed anew, and that may be happening now. */
  mayReplay(row: Row, now: number): boolean {
    return this.#done.some(({ deed, toldAt = now }) => now <= toldAt + GRACE && wantsReplay(deed, row));
  }

  /** Whether the operator has ever asked to pause this endpoint with these words. */
  hasPaused(row: Row): boolean {
    return this.#done.some(
      ({ deed }) => deed.does === "pause" && isAt(deed, row) && row.is_paused === 1 && row.reason === deed.reason,
    );
  }

  /** Whether the operator may have resumed this endpoint since a time. */
  mayHaveResumed(row: Row, since: number): boolean {
    return this.#done.some(
      ({ deed, toldAt = Number.POSITIVE_INFINITY }) =>
        deed.does === "resume" && isAt(deed, row) && toldAt + GRACE >= since,
    );
  }

  /** Whether the endpoint is paused for certain: nobody may knock there. */
  isPaused(row: Row): boolean {
    const last = this.#done.findLast(
      ({ deed }) => (deed.does === "pause" || deed.does === "resume") && isAt(deed, row),
    );
    if (last?.deed.does !== "pause" || last.toldAt === undefined) return false;
    // One that was asked for before, and not yet done, may have come after it.
    const from = last.askedAt - GRACE;
    return !this.#done.some(
      ({ deed, toldAt = Number.POSITIVE_INFINITY }) => deed.does === "resume" && isAt(deed, row) && toldAt >= from,
    );
  }
}

/** Whether it asks that a row like this be owed anew. */
export function wantsReplay(deed: Deed, row: Row): boolean {
  switch (deed.does) {
    case "replay":
      return deed.id === row.id;
    case "replay-all": {
      const { since, until = Number.POSITIVE_INFINITY, account, kind, endpoint, state = "dead" } = deed;
      const at = Number(row.created_at);
      const isIn = at >= since && at < until;
      const isOf = (wanted: string | undefined, is: unknown) => wanted === undefined || wanted === is;
      return (
        (state === "all" ? row.state === "dead" || row.state === "answered" : row.state === state) &&
        isIn &&
        isOf(account, row.account_id) &&
        isOf(kind, row.kind) &&
        isOf(endpoint, row.endpoint)
      );
    }
    case "pause":
      return false;
    case "resume":
      return isAt(deed, row) && row.state === "dead" && row.is_paused === 1;
  }
}

export function isAt({ account, endpoint }: { account: string; endpoint: string }, row: Row): boolean {
  return row.account_id === account && row.endpoint === endpoint;
}
