/** Whose delivery is next on a connection: so many wait for their answers at once, and others a while for one of these to come. */

/** So many deliveries of a connection may wait for their answers. */
export const DELIVERY_WINDOW = 10;
/** So long a delivery waits for its turn. Milliseconds. */
const WITHIN_MS = 3_000;

export class DeliveryTurns {
  readonly #after: (milliseconds: number, run: () => void) => () => void;
  readonly #queue: ((isMine: boolean) => void)[] = [];
  #taken = 0;
  #isClosed = false;

  constructor(after: (milliseconds: number, run: () => void) => () => void) {
    this.#after = after;
  }

  /** Deliveries whose turn has not come. */
  get waiting(): number {
    return this.#queue.length;
  }

  /** True at once where there is room; else whether a turn came. Who has one gives it back. */
  take(): true | Promise<boolean> {
    if (this.#isClosed) return Promise.resolve(false);
    if (this.#taken < DELIVERY_WINDOW) {
      this.#taken += 1;
      return true;
    }
    return new Promise((resolve) => {
      const hear = (isMine: boolean) => {
        callOff();
        resolve(isMine);
      };
      const callOff = this.#after(WITHIN_MS, () => {
        this.#queue.splice(this.#queue.indexOf(hear), 1);
        resolve(false);
      });
      this.#queue.push(hear);
    });
  }

  /** Whoever waits longest has the turn from now on. */
  giveBack(): void {
    const next = this.#queue.shift();
    if (next) next(true);
    else this.#taken -= 1;
  }

  /** Nobody's turn comes any more. */
  close(): void {
    this.#isClosed = true;
    for (const hear of this.#queue.splice(0)) hear(false);
  }
}
