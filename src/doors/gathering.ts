/**
 * Gathers what the requests of one isolate want to hand on: while one call is under way, what arrives waits; then all of it
 * goes with the next. A call of the platform belongs to the request that makes it, so requests take turns at leading: one
 * of each group makes the call for all of it.
 *
 * A request may be gone before its turn, because its client gave up. So each is kept alive until its answer is there; and
 * where a leader has vanished all the same, those who waited for it in vain go again.
 */

import { ofItems } from "../core/kernel/group.ts";
import { type Order, Turns } from "../core/kernel/turns.ts";

export type GatheringOptions<Item, Result> = {
  /**
   * @param again some of them may have been handed on before: who called then has vanished, or is slow
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

/** What a request that waits is told: that it leads this group, what came of its item, or that nobody told it in time. */
type Turn<Item, Result> = { lead: Waiting<Item, Result>[] } | PromiseSettledResult<Result> | "in vain";

type Waiting<Item, Result> = {
  item: Item;
  /** It was in a group of which nothing was heard. */
  again: boolean;
  tell: (turn: Turn<Item, Result>) => void;
};

export class Gathering<Item, Result> {
  readonly #options: GatheringOptions<Item, Result>;
  readonly #waiting: Turns<Waiting<Item, Result>>;
  #leader: { waiting: Waiting<Item, Result>; since: number } | undefined;

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
    const waiting: Waiting<Item, Result> = { item, again: false, tell: () => {} };
    let told = this.#turnOf(waiting);
    if (!this.#leader) {
      this.#leader = { waiting, since: this.#options.wall() };
      // One turn of the event loop, so that what arrived together goes together.
      await new Promise<void>((next) => setTimeout(next, 0));
      this.#passOn();
    }
    for (;;) {
      const timer = setTimeout(() => waiting.tell("in vain"), this.#options.patience);
      const turn = await told;
      clearTimeout(timer);
      if (turn === "in vain") told = this.#waitAgain(waiting);
      else if ("lead" in turn) return outcomeOf(await this.#lead(waiting, turn.lead));
      else return outcomeOf(turn);
    }
  }

  #turnOf(waiting: Waiting<Item, Result>): Promise<Turn<Item, Result>> {
    const { promise, resolve } = Promise.withResolvers<Turn<Item, Result>>();
    waiting.tell = resolve;
    this.#waiting.add(waiting);
    return promise;
  }

  /** Takes the next group, and has its first lead. */
  #passOn(): void {
    const group = this.#waiting.take();
    const [first] = group;
    this.#leader = first && { waiting: first, since: this.#options.wall() };
    first?.tell({ lead: group });
  }

  /** Calls for a group, tells the others what came of it, and passes on the lead; answers what came of its own. */
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
    // If it was slow, somebody else may lead by now.
    if (this.#leader?.waiting === waiting) this.#passOn();
    for (const [index, one] of group.entries()) one.tell(results[index] ?? UNANSWERED);
    return results[group.indexOf(waiting)] ?? UNANSWERED;
  }

  /** Waits for another turn; and leads, where whoever leads has not been heard of. */
  #waitAgain(waiting: Waiting<Item, Result>): Promise<Turn<Item, Result>> {
    if (!this.#waiting.remove(waiting)) waiting.again = true;
    const told = this.#turnOf(waiting);
    const { patience, wall } = this.#options;
    if (!this.#leader || this.#leader.since + patience <= wall()) this.#passOn();
    return told;
  }
}

const UNANSWERED = {
  status: "rejected",
  reason: new Error("the call was made without an answer for this item"),
} as const;

function outcomeOf<Result>(result: PromiseSettledResult<Result>): Result {
  if (result.status === "fulfilled") return result.value;
  throw result.reason;
}
