/** Who may send next: no more at once than the window, nobody during a pause, in the order they came. */

export type TurnPorts = { wall(): number; after(milliseconds: number, run: () => void): () => void };

type Waiting = { grant(may: boolean): void };

/** So many answers without an error widen a window by one that was made smaller. */
const GROWS_AFTER = 50;

export class Turns {
  readonly #ports: TurnPorts;
  readonly #waiting: Waiting[] = [];
  #most = 1;
  #window = 1;
  #underWay = 0;
  #good = 0;
  #pausedUntil = 0;
  #isOpen = false;

  constructor(ports: TurnPorts) {
    this.#ports = ports;
  }

  /** Submits that wait for their answers. */
  get underWay(): number {
    return this.#underWay;
  }

  get window(): number {
    return this.#window;
  }

  /** From now on there is somebody to send to. */
  open(window: number): void {
    this.#most = window;
    this.#window = window;
    this.#good = 0;
    this.#isOpen = true;
    this.#pump();
  }

  /** There is not: who waits goes on waiting, until its time is over. */
  close(): void {
    this.#isOpen = false;
  }

  /** Waits for a turn; false where none comes until then (epoch ms). Who has one gives it back. */
  take(until: number): Promise<boolean> {
    const left = until - this.#ports.wall();
    if (left <= 0) return Promise.resolve(false);
    if (this.#waiting.length === 0 && this.#isFree) {
      this.#underWay += 1;
      return Promise.resolve(true);
    }
    return new Promise((resolve) => {
      const waiting = {
        grant: (may: boolean) => {
          callOff();
          resolve(may);
        },
      };
      const callOff = this.#ports.after(left, () => {
        this.#waiting.splice(this.#waiting.indexOf(waiting), 1);
        resolve(false);
      });
      this.#waiting.push(waiting);
      this.#pump();
    });
  }

  giveBack(): void {
    this.#underWay -= 1;
    this.#pump();
  }

  /** Nothing is sent for so long. Milliseconds. */
  pause(milliseconds: number): void {
    this.#pausedUntil = Math.max(this.#pausedUntil, this.#ports.wall() + milliseconds);
    this.#ports.after(milliseconds, () => this.#pump());
  }

  shrink(): void {
    this.#window = Math.max(1, Math.floor(this.#window / 2));
    this.#good = 0;
  }

  /** An answer without an error. */
  good(): void {
    if (this.#window >= this.#most) return;
    this.#good += 1;
    if (this.#good < GROWS_AFTER) return;
    this.#good = 0;
    this.#window += 1;
  }

  get #isFree(): boolean {
    return this.#isOpen && this.#underWay < this.#window && this.#ports.wall() >= this.#pausedUntil;
  }

  #pump(): void {
    while (this.#isFree) {
      const next = this.#waiting.shift();
      if (!next) return;
      this.#underWay += 1;
      next.grant(true);
    }
  }
}
