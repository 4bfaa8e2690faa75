/**
 * Group commit: items that arrive while one write is under way gather, and the next write takes all of them.
 * Under load the groups grow by themselves; without load no item waits.
 */
export class Group<Item, Result> {
  readonly #write: (items: readonly Item[]) => Promise<readonly PromiseSettledResult<Result>[]>;
  readonly #size: (item: Item) => number;
  readonly #limit: number;
  #waiting: { item: Item; resolve: (result: Result) => void; reject: (reason: unknown) => void }[] = [];
  #busy = false;

  /**
   * @param write writes a group; answers for each item, in order, whether it worked
   * @param options.size what an item weighs, and `limit` what a group may weigh; an item alone may weigh more
   */
  constructor(
    write: (items: readonly Item[]) => Promise<readonly PromiseSettledResult<Result>[]>,
    options: { size: (item: Item) => number; limit: number } = { size: () => 1, limit: 1_000 },
  ) {
    this.#write = write;
    this.#size = options.size;
    this.#limit = options.limit;
  }

  /** Resolves when the group this item went with is written; rejects if that failed. */
  add(item: Item): Promise<Result> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ item, resolve, reject });
      if (!this.#busy) void this.#run();
    });
  }

  async #run(): Promise<void> {
    this.#busy = true;
    // One turn of the event loop, so that what arrived together goes together.
    await new Promise<void>((next) => setTimeout(next, 0));
    while (this.#waiting.length > 0) {
      const gathered = this.#take();
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

  #take() {
    let weight = 0;
    const end = this.#waiting.findIndex(({ item }, index) => {
      weight += this.#size(item);
      return index > 0 && weight > this.#limit;
    });
    return this.#waiting.splice(0, end === -1 ? this.#waiting.length : end);
  }
}
