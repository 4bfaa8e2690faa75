/** One timer for the earliest of many times: a timer for each text would cost more than to send it. */

type TimerPorts = {
  /** Epoch ms. */
  wall(): number;
  /** Runs something after so many milliseconds; answers what calls that off. */
  after(milliseconds: number, run: () => void): () => void;
};

export class Earliest {
  readonly #ports: TimerPorts;
  readonly #seeTo: () => number;
  #at = Number.POSITIVE_INFINITY;
  #callOff: (() => void) | undefined;

  /** @param seeTo sees to all whose time has come; answers the next time (epoch ms), infinity where there is none */
  constructor(ports: TimerPorts, seeTo: () => number) {
    this.#ports = ports;
    this.#seeTo = seeTo;
  }

  /** It is seen to what is due by then, or before. @param at epoch ms; infinity asks for nothing */
  by(at: number): void {
    if (at >= this.#at) return;
    this.off();
    this.#at = at;
    this.#callOff = this.#ports.after(Math.max(1, at - this.#ports.wall()), () => {
      this.off();
      this.by(this.#seeTo());
    });
  }

  off(): void {
    this.#at = Number.POSITIVE_INFINITY;
    this.#callOff?.();
    this.#callOff = undefined;
  }
}

/** The earliest of these times; infinity where there are none. */
export function earliestOf(all: Iterable<{ until: number }>): number {
  let earliest = Number.POSITIVE_INFINITY;
  for (const { until } of all) earliest = Math.min(earliest, until);
  return earliest;
}
