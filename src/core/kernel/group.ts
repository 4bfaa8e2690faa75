import { type Order, Turns } from "./turns.ts";

/**
 * Group commit: items that arrive while one write is under way gather, and the next write takes all of them, in the order
 * that it is given. Under load the groups grow by themselves; without load no item waits.
 */
export class Group<Item, Result> {
  readonly #write: (items: readonly Item[]) => Promise<readonly PromiseSettledResult<Result>[]>;
  readonly #waiting: Turns<Waiting<Item, Result>>;
  readonly #gather: () => Promise<void>;
  #busy = false;

  /**
   * @param write writes a group; answers for each item, in order, whether it worked
   * @param order what an item weighs, what a group may weigh, and who goes first
   * @param gather what each group waits for, so that more may join it; absent: the first waits for one turn of the event loop
   */
  constructor(
    write: (items: readonly Item[]) => Promise<readonly PromiseSettledResult<Result>[]>,
    order: Order<Item> = { sizeOf: () => 1, limit: 1_000 },
    gather?: () => Promise<void>,
  ) {
    this.#write = write;
    this.#waiting = new Turns(ofItems(order));
    this.#gather = gather ?? nothing;
  }

  /** Resolves when the group this item went with is written; rejects if that failed. */
  add(item: Item): Promise<Result> {
    return new Promise((resolve, reject) => {
      this.#waiting.add({ item, resolve, reject });
      if (!this.#busy) void this.#run();
    });
  }

  async #run(): Promise<void> {
    this.#busy = true;
    // One turn of the event loop, so that what arrived together goes together.
    await new Promise<void>((next) => setTimeout(next, 0));
    while (this.#waiting.length > 0) {
      await this.#gather();
      const gathered = this.#waiting.take();
      try {
        const results = await this.#write(gathered.map(({ item }) => item));
        gathered.forEach(({ resolve, reject }, index) => {
          const result = results[index];
          if (result?.status === "fulfilled") resolve(result.value);
          else reject(result?.reason ?? new Error("the group was written without an answer for this item"));
        });
      } catch (error) {
        for (const { reject } of gathered) reject(error);
      }
    }
    this.#busy = false;
  }
}

const nothing = async () => {};

type Waiting<Item, Result> = { item: Item; resolve: (result: Result) => void; reject: (reason: unknown) => void };

/** The same order, of what items are wrapped in. */
export function ofItems<Item, Wrapped extends { item: Item }>(order: Order<Item>): Order<Wrapped> {
  const { laneOf, ownerOf, sizeOf } = order;
  return {
    ...order,
    sizeOf: ({ item }) => sizeOf(item),
    ...(laneOf ? { laneOf: ({ item }) => laneOf(item) } : {}),
    ...(ownerOf ? { ownerOf: ({ item }) => ownerOf(item) } : {}),
  } as Order<Wrapped>;
}
