/**
 * A carrier's pace: in no second more than its agreement allows, over all places that run the gateway. What does not fit is
 * told when to come again, so that it comes about when there is room.
 */

import { type Carrier, LOST, PACE_LIMIT, type SubmitResult } from "./carrier.ts";
import type { Message } from "./message.ts";

/** What asks to be handed over. `isAgain`: it was told to come again before. */
export type Wish = { account: string; parts: number; isUrgent?: boolean; isAgain?: boolean };

export interface Pace {
  /**
   * Asks for room for messages of one carrier, or for calls of one endpoint, whose name begins with `endpoint` and a space.
   * @param perSecond parts of texts
   * @returns for each, in order: 0 if it may go now, else after how many milliseconds it is to ask again
   */
  take(carrier: string, perSecond: number, wishes: readonly Wish[]): Promise<number[]>;
}

const SECOND = 1_000;
/** Of the room in each second, so much is kept for what is urgent and for accounts that have nothing waiting. */
const KEPT_FREE = 0.2;
/** So many times as much is called back as there is room for, so that none is left. */
const CALLED = 1.1;
/** Who finds no room though it came when it was told to waits at least so long. Milliseconds. */
const SOON = 1_000;
/** How long room is saved for a long text, which comes again soon, and how long none is saved after it. Milliseconds. */
const SAVED_FOR = 2_500;
const SAVED_AGAIN = 1_000;

/** The room of one carrier. It remembers one second, and how much of each account waits. */
export class Pacer {
  #latest = 0;
  /** What was given room in the last second, or is counted in one to come. */
  #given: { at: number; parts: number }[] = [];
  /**
   * When what waits in each line will be through, epoch ms. An account has a line for what is urgent and one for the rest; what
   * came in vain when it was told to stands in a line of its own, so that never more come at once than could go.
   */
  readonly #urgent = new Map<string, number>();
  readonly #others = new Map<string, number>();
  /** Room that is saved for a text of many parts: short ones would take what is left each time. */
  #saved = { parts: 0, until: 0 };

  /** @param now epoch ms */
  take(perSecond: number, wishes: readonly Wish[], now: number): number[] {
    this.#follow(now);
    this.#given = this.#given.filter(({ at }) => at > now - SECOND);
    for (const lines of [this.#urgent, this.#others]) {
      for (const [line, end] of lines) if (end <= now) lines.delete(line);
    }
    return wishes.map((wish) => this.#ask(wish, perSecond, now));
  }

  /** When the clock is set back, all that is known goes back with it: nothing waits for the time of before. */
  #follow(now: number): void {
    const back = Math.max(0, this.#latest - now);
    this.#latest = now;
    if (back === 0) return;
    for (const given of this.#given) given.at -= back;
    for (const lines of [this.#urgent, this.#others]) for (const [line, end] of lines) lines.set(line, end - back);
    this.#saved.until -= back;
  }

  #ask(wish: Wish, perSecond: number, now: number): number {
    const lines = wish.isUrgent ? this.#urgent : this.#others;
    const isFirst = !wish.isAgain && !lines.has(wish.account) && !lines.has(again(wish));
    const shared = perSecond - Math.floor(perSecond * KEPT_FREE);
    const room = isFirst || wish.isUrgent ? perSecond : shared;
    if ((isFirst || wish.isAgain) && this.#fits(wish, { room, perSecond }, now)) {
      this.#give(wish.parts, perSecond, now);
      return 0;
    }
    if (wish.isAgain && this.#save(wish, now)) return SOON;
    const wait = toWait(lines, wish, (wish.isUrgent ? perSecond : shared) * CALLED, now);
    return wish.isAgain ? Math.max(SOON, wait) : wait;
  }

  /** One that has more parts than a second has room for goes when nothing else did. */
  #fits({ parts, isAgain }: Wish, { room, perSecond }: { room: number; perSecond: number }, now: number): boolean {
    const used = this.#given.reduce((sum, given) => sum + (given.at > now - SECOND ? given.parts : 0), 0);
    const saved = this.#saved.until > now ? this.#saved.parts : 0;
    if (saved === 0) return used === 0 || used + parts <= room;
    if (!isAgain || parts < saved) return used + parts + Math.min(saved, perSecond) <= room;
    const fits = used === 0 || used + parts <= perSecond;
    if (fits) this.#saved.parts = 0;
    return fits;
  }

  /** Saves room for a text of several parts that came in vain; false where room is saved already, or was a moment ago. */
  #save({ parts }: Wish, now: number): boolean {
    if (parts === 1 || now < this.#saved.until + SAVED_AGAIN) return false;
    this.#saved = { parts, until: now + SAVED_FOR };
    return true;
  }

  #give(parts: number, perSecond: number, now: number): void {
    for (let left = parts, at = now; left > 0; left -= perSecond, at += SECOND) {
      const same = this.#given.find((given) => given.at === at);
      if (same) same.parts += Math.min(left, perSecond);
      else this.#given.push({ at, parts: Math.min(left, perSecond) });
    }
  }
}

/** Puts one at the end of its line. The lines share what may be called in a second. @returns after how many milliseconds it is called */
function toWait(lines: Map<string, number>, wish: Wish, perSecond: number, now: number): number {
  const line = wish.isAgain ? again(wish) : wish.account;
  const end = lines.get(line) ?? now;
  lines.set(line, end);
  const sharing = wish.isAgain ? Math.ceil(lines.size / 2) : lines.size;
  const until = end + (wish.parts * SECOND * sharing) / perSecond;
  lines.set(line, until);
  return Math.ceil(until - now);
}

/** The line of an account's texts that came in vain. No account has a space in its id. */
function again({ account }: Wish): string {
  return `${account} again`;
}

/**
 * The same carrier, handed at most `perSecond` parts of texts in a second. What has to wait is not tried elsewhere.
 * @param given.wall epoch ms of real time
 */
export function withPace<C extends Pick<Carrier, "name" | "submit">>(
  carrier: C,
  { perSecond, pace, wall }: { perSecond: number; pace: Pace; wall: () => number },
): C {
  return {
    ...carrier,
    async submit(messages) {
      const latest = wall() + PACE_LIMIT;
      const told = await pace.take(carrier.name, perSecond, messages.map(toWish)).catch(() => undefined);
      const waits = told !== undefined && wall() <= latest ? told : messages.map(() => SOON);
      const going = messages.filter((_, index) => waits[index] === 0);
      const results = going.length > 0 ? await carrier.submit(going) : [];
      const answers = results.values();
      return messages.map((_, index): SubmitResult => {
        const wait = waits[index] ?? SOON;
        if (wait > 0) return { outcome: "busy", retryAfterSeconds: wait / SECOND, isUntried: true };
        return answers.next().value ?? LOST;
      });
    },
  };
}

/** A message that was claimed before came back from somewhere: from here, most likely. */
function toWish({ account, parts, lane, attempts }: Message): Wish {
  return { account, parts, isUrgent: lane === "urgent", isAgain: attempts > 1 };
}
