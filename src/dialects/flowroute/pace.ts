/** How fast an account may send, as one isolate sees it: no more than so many messages within any second. */

import type { AccountId } from "../../core/kernel/ids.ts";

/** Milliseconds. */
const SECOND = 1_000;
/** Accounts that are remembered; more, and all begin anew. */
const MOST_ACCOUNTS = 5_000;

/** When the last messages were taken, as many as may be taken in a second; `next` is the oldest, which gives way. */
type Ring = { times: number[]; next: number };

export class Pace {
  #rings = new Map<AccountId, Ring>();

  /** Whether one more may be taken now (epoch ms); if so it is counted. */
  takes(account: AccountId, perSecond: number, now: number): boolean {
    const ring = this.#ringOf(account, perSecond);
    if (now - (ring.times[ring.next] as number) < SECOND) return false;
    ring.times[ring.next] = now;
    ring.next = (ring.next + 1) % perSecond;
    return true;
  }

  #ringOf(account: AccountId, perSecond: number): Ring {
    const known = this.#rings.get(account);
    if (known?.times.length === perSecond) return known;
    if (this.#rings.size >= MOST_ACCOUNTS) this.#rings.clear();
    const ring = { times: new Array<number>(perSecond).fill(Number.NEGATIVE_INFINITY), next: 0 };
    this.#rings.set(account, ring);
    return ring;
  }
}
