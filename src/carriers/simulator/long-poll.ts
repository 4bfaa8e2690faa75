/** Answers that are held until there is something to answer, or their time is over. */

export class LongPoll {
  readonly #waiting = new Set<() => void>();

  /** Lets every held answer look again. */
  wake(): void {
    for (const wake of this.#waiting) wake();
  }

  /** Looks until it finds something, for so long at most. */
  async until<Found>(seconds: number, look: () => Found[]): Promise<Found[]> {
    const end = Date.now() + seconds * 1000;
    for (;;) {
      const found = look();
      const left = end - Date.now();
      if (found.length > 0 || left <= 0) return found;
      await this.#woken(left);
    }
  }

  #woken(withinMs: number): Promise<void> {
    return new Promise((resolve) => {
      const wake = () => {
        clearTimeout(timer);
        this.#waiting.delete(wake);
        resolve();
      };
      const timer = setTimeout(wake, withinMs);
      this.#waiting.add(wake);
    });
  }
}
