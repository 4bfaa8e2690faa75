/** Calls as customers' programs make them: whoever gets no answer asks again, with the same bytes. */

import { setTimeout as wait } from "node:timers/promises";
import type { Book } from "./book.ts";

export type Answer = { status: number; text: string; location: string | null };
export type Call = { method: string; path: string; headers?: Record<string, string>; body?: string };

/** Longer than anything may take that is answered at all. Milliseconds. */
const ANSWERED_WITHIN = 60_000;
/** Until an unanswered call is made again. Milliseconds. */
const AGAIN_AFTER = 100;

/** What all callers share: where the gateway is, what they note, and whether to go on. */
export type World = {
  url: string;
  book: Book;
  /** Nobody begins anything new. */
  isOver: boolean;
  /** The gateway is gone for good: nobody waits for it. */
  isGone: boolean;
  /** How often the gateway was killed so far. */
  deaths: number;
};

/** One try. Undefined where nobody answered; a fault of the gateway's own counts as no answer, and is counted. */
export async function tryOnce(world: World, { method, path, headers, body }: Call): Promise<Answer | undefined> {
  const { deaths, book } = world;
  try {
    const answer = await fetch(world.url + path, {
      method,
      redirect: "manual",
      signal: AbortSignal.timeout(ANSWERED_WITHIN),
      ...(headers ? { headers } : {}),
      ...(body === undefined ? {} : { body }),
    });
    const text = await answer.text();
    if (answer.status < 500) return { status: answer.status, text, location: answer.headers.get("location") };
    const fault = `${answer.status} to ${method} ${path.replace(/[?].*|[^/]*\d[^/]*$/, "…")}`;
    book.faults.set(fault, (book.faults.get(fault) ?? 0) + 1);
  } catch (error) {
    // Killed before it could answer: that is what this is about. But one that lives and never answers must be told of.
    if (world.deaths === deaths && (error as Error).name === "TimeoutError") {
      book.refusals.push(`${method} ${path} was never answered`);
    }
    book.unanswered++;
  }
  return undefined;
}

/** Asks until there is an answer; also tells how often it took. */
export async function ask(world: World, call: Call): Promise<Answer & { tries: number }> {
  for (let tries = 1; ; tries++) {
    const answer = await tryOnce(world, call);
    if (answer) return { ...answer, tries };
    if (world.isGone) throw new Error("the gateway is gone");
    await wait(AGAIN_AFTER);
  }
}

/** Notes an answer that an honest request should not get. */
export function refused(world: World, what: string, { status, text }: Answer): void {
  world.book.refusals.push(`${what} was answered ${status}: ${text.slice(0, 300)}`);
}
