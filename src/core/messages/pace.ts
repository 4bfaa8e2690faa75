/**
 * A carrier's pace: in no second more than its agreement allows, over all places that run the gateway. What does not fit is
 * told when to come again, so that it comes about when there is room.
 */

import type { Carrier, SubmitResult } from "./carrier.ts";
import type { Message } from "./message.ts";

/** What asks to be handed over. `isAgain`: it was told to come again before. */
export type Wish = { account: string; parts: number; isUrgent?: boolean; isAgain?: boolean };

export interface Pace {
  /**
   * Asks for room for messages of one carrier.
   * @param perSecond parts of texts
   * @returns for each, in order: 0 if it may go now, else after how many milliseconds it is to ask again
   */
  take(carrier: string, perSecond: number, wishes: readonly Wish[]): Promise<number[]>;
}

const SECOND = 1_000;
/** Of the room in each second, so much is kept for what is urgent and for accounts that have nothing waiting. */
const KEPT_FREE = 0.2;
/** Who finds no room though it came when it was told to. Milliseconds. */
const SOON = 1_000;

/** The room of one carrier. It remembers one second, and how much of each account waits. */
export class Pacer {
  /** What was given room in the last second, or is counted in one to come. */
  #given: { at: number; parts: number }[] = [];
  /** When what waits of an account will be through, epoch ms. */
  readonly #lines = new Map<string, number>();

  /** @param now epoch ms */
  take(perSecond: number, wishes: readonly Wish[], now: number): number[] {
    this.#given = this.#given.filter(({ at }) => at > now - SECOND);
    for (const [account, end] of this.#lines) if (end <= now) this.#lines.delete(account);
    return wishes.map((wish) => this.#ask(wish, perSecond, now));
  }

  #ask(wish: Wish, perSecond: number, now: number): number {
    const hasLine = this.#lines.has(wish.account);
    const isFirst = wish.isUrgent || (!wish.isAgain && !hasLine);
    const free = isFirst ? perSecond : perSecond - Math.floor(perSecond * KEPT_FREE);
    if ((isFirst || wish.isAgain) && this.#fits(wish.parts, free, now)) {
      this.#give(wish.parts, perSecond, now);
      return 0;
    }
    return wish.isAgain || wish.isUrgent ? SOON : this.#wait(wish, perSecond, now);
  }

  /** One that has more parts than a second has room for goes when nothing else did. */
  #fits(parts: number, free: number, now: number): boolean {
    const used = this.#given.reduce((sum, given) => sum + (given.at > now - SECOND ? given.parts : 0), 0);
    return used === 0 || used + parts <= free;
  }

  #give(parts: number, perSecond: number, now: number): void {
    for (let left = parts, at = now; left > 0; left -= perSecond, at += SECOND) {
      const same = this.#given.find((given) => given.at === at);
      if (same) same.parts += Math.min(left, perSecond);
      else this.#given.push({ at, parts: Math.min(left, perSecond) });
    }
  }

  /** At the end of its account's line. The accounts that wait share the room; a few too many are called, so that none is left. */
  #wait({ account, parts }: Wish, perSecond: number, now: number): number {
    const end = this.#lines.get(account) ?? now;
    if (!this.#lines.has(account)) this.#lines.set(account, now);
    const until = end + (parts * SECOND * this.#lines.size) / perSecond;
    this.#lines.set(account, until);
    return Math.ceil(until - now);
  }
}

/** The same carrier, handed at most `perSecond` parts of texts in a second. What has to wait is not tried elsewhere. */
export function withPace<C extends Pick<Carrier, "name" | "submit">>(
  carrier: C,
  { perSecond, pace }: { perSecond: number; pace: Pace },
): C {
  return {
    ...carrier,
    async submit(messages) {
      const waits = await pace
        .take(carrier.name, perSecond, messages.map(toWish))
        .catch(() => messages.map(() => SOON));
      const going = messages.filter((_, index) => waits[index] === 0);
      const results = going.length > 0 ? await carrier.submit(going) : [];
      const answers = results.values();
      return messages.map((_, index): SubmitResult => {
        const wait = waits[index] ?? SOON;
        if (wait > 0) return { outcome: "busy", retryAfterSeconds: wait / SECOND, isUntried: true };
        return answers.next().value ?? { outcome: "unknown", detail: "the carrier gave no answer for this message" };
      });
    },
  };
}

/** A message that was claimed before came back from somewhere: from here, most likely. */
function toWish({ account, parts, lane, attempts }: Message): Wish {
  return { account, parts, isUrgent: lane === "urgent", isAgain: attempts > 1 };
}
