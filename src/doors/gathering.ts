/**
 * Gathers the items that the requests of one isolate add: while one call is under way, new items wait; then all of them go
 * with the next. A call of the platform belongs to the request that makes it, so requests take turns at leading: one of each
 * group makes the call for the whole group.
 *
 * A request may be cancelled before its turn, because its client gave up. So each is kept alive until its answer is there;
 * and if a leader is cancelled all the same, the requests that waited for it are added again without it.
 */

import { ofItems } from "../core/kernel/group.ts";
import { type Order, Turns } from "../core/kernel/turns.ts";

export type GatheringOptions<Item, Result> = {
  /**
   * @param again some of them may have been in a call before, whose leader was cancelled or is slow
   * @returns for each item, in order, whether it worked
   */
  call: (items: readonly Item[], again: boolean) => Promise<readonly PromiseSettledResult<Result>[]>;
  order: Order<Item>;
  /** Keeps the request that is under way alive, until this is settled. */
  keepAlive: (promise: Promise<unknown>) => void;
  /** How long a leader is waited for. Milliseconds. */
  patience: number;
  /** Real time, epoch ms. */
  wall: () => number;
};

/** The end of a request's wait: it leads this group, or its item has a result. */
type Turn<Item, Result> = { lead: readonly Waiting<Item, Result>[] } | PromiseSettledResult<Result>;

type Waiting<Item, Result> = {
  item: Item;
  /** It was in a group whose leader never answered. */
  again: boolean;
  /** Its turn or result; absent while it waits. */
  turn?: Turn<Item, Result>;
  wake: () => void;
};

export class Gathering<Item, Result> {
  readonly #options: GatheringOptions<Item, Result>;
  readonly #waiting: Turns<Waiting<Item, Result>>;
  /** The group that is being called for, and since when. */
  #underWay: { group: readonly Waiting<Item, Result>[]; since: number } | undefined;

  constructor(options: GatheringOptions<Item, Result>) {
    this.#options = options;
    this.#waiting = new Turns(ofItems(options.order));
  }

  /** Resolves when the call that this item went with is answered; rejects if that failed. */
  add(item: Item): Promise<Result> {
    const result = this.#add(item);
    this.#options.keepAlive(result.catch(() => {}));
    return result;
  }

  async #add(item: Item): Promise<Result> {
    const waiting: Waiting<Item, Result> = { item, again: false, wake() {} };
    this.#waiting.add(waiting);
    if (!this.#underWay) {
      this.#underWay = { group: [], since: this.#options.wall() };
      // One turn of the event loop, so that what arrived together goes together.
      await new Promise<void>((next) => setTimeout(next, 0));
      if (this.#underWay?.group.length === 0) this.#passOn();
    } else {
      this.#goOnWithoutLeader(waiting);
    }
    const turn = await this.#turnOf(waiting);
    return outcomeOf("lead" in turn ? await this.#lead(waiting, turn.lead) : turn);
  }

  /**
   * Waits for its turn, and watches the leader for a timeout meanwhile. Each request needs a timer of its own: the platform
   * cancels a request, as one that hangs, that waits for nothing but another request.
   */
  async #turnOf(waiting: Waiting<Item, Result>): Promise<Turn<Item, Result>> {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const look = () => {
      timer = setTimeout(look, this.#options.patience);
      this.#goOnWithoutLeader(waiting);
    };
    while (!waiting.turn) {
      timer ??= setTimeout(look, this.#options.patience);
      await new Promise<void>((wake) => {
        waiting.wake = wake;
      });
    }
    clearTimeout(timer);
    return waiting.turn;
  }

  /** Takes the next group, and has its first lead. @param leader the request that is to lead; absent: the first that waits */
  #passOn(leader?: Waiting<Item, Result>): void {
    const group = leader && this.#waiting.remove(leader) ? [leader] : [];
    do {
      group.push(...this.#waiting.take().filter(({ turn }) => !turn));
      // A slow leader may have answered for all of them meanwhile, but not for those behind them.
    } while (group.length === 0 && this.#waiting.length > 0);
    const [first] = group;
    this.#underWay = first && { group, since: this.#options.wall() };
    if (first) tell(first, { lead: group });
  }

  /** Makes the call of a group, gives the others their results, and passes on the lead; returns its own result. */
  async #lead(
    waiting: Waiting<Item, Result>,
    group: readonly Waiting<Item, Result>[],
  ): Promise<PromiseSettledResult<Result>> {
    let results: readonly PromiseSettledResult<Result>[];
    try {
      results = await this.#options.call(
        group.map(({ item }) => item),
        group.some(({ again }) => again),
      );
    } catch (reason) {
      results = group.map(() => ({ status: "rejected", reason }));
    }
    for (const [index, one] of group.entries()) tell(one, results[index] ?? UNANSWERED);
    // If it was slow, another request leads by now.
    if (this.#underWay?.group === group) this.#passOn();
    return results[group.indexOf(waiting)] ?? UNANSWERED;
  }

  /**
   * If the leader has not answered for too long, its group waits again, and the request that noticed leads: the others may
   * have been cancelled as well.
   */
  #goOnWithoutLeader(noticing: Waiting<Item, Result>): void {
    if (!this.#underWay || this.#underWay.since + this.#options.patience > this.#options.wall()) return;
    for (const one of this.#underWay.group) {
      if (one.turn) continue;
      one.again = true;
      this.#waiting.add(one);
    }
    this.#passOn(noticing);
  }
}

/** The first value stays. */
function tell<Item, Result>(waiting: Waiting<Item, Result>, turn: Turn<Item, Result>): void {
  waiting.turn ??= turn;
  waiting.wake();
}

const UNANSWERED = {
  status: "rejected",
  reason: new Error("the call was made without an answer for this item"),
} as const;

function outcomeOf<Result>(result: PromiseSettledResult<Result>): Result {
  if (result.status === "fulfilled") return result.value;
  throw result.reason;
}
