/** The next item of a list of the sandbox's that grows: each is given out once, and waited for. */

import { setTimeout as wait } from "node:timers/promises";
import type { Ask } from "../ask.ts";
import type { Charge, Text } from "./types.ts";

type Item = { id: string };

type Looked<T> = {
  seconds: number;
  /** What is said where it does not come. */
  what: string;
  fits(item: T): boolean;
  /** An item in a line. */
  show(item: T): string;
};

/** A request waits no longer than this, so that one whose answer is lost does not hang. Seconds. */
const LONGEST_WAIT = 20;

/** How long is waited where nothing else is said. Seconds. */
const WAIT = 10;

/** What is waited for: absent, anything. */
type Wanted<T> = { [name in keyof T]?: T[name] | undefined } & { seconds?: number | undefined };

/** The texts on handsets. */
export function textsOf(ask: Ask) {
  const texts = nextOf<Text>(ask, (number) => `handsets/${encodeURIComponent(number)}/messages?`);
  return {
    ...texts,
    next: (number: string, { match, seconds = WAIT }: Wanted<{ match: string | RegExp }> = {}) =>
      texts.next(number, {
        seconds,
        what: `No text${match === undefined ? "" : ` with ${match} in it`} came to ${number}`,
        fits: ({ text }) =>
          match === undefined || (typeof match === "string" ? text.includes(match) : text.search(match) >= 0),
        show: ({ from, text }) => `${from}: ${text}`,
      }),
  };
}

/** What people's operators billed. */
export function chargesOf(ask: Ask) {
  const charges = nextOf<Charge>(ask, (number) => `operator/charges?msisdn=${encodeURIComponent(number)}&`);
  return {
    ...charges,
    next: (number: string, { kind, seconds = WAIT }: Wanted<Pick<Charge, "kind">> = {}) =>
      charges.next(number, {
        seconds,
        what: `No ${kind ?? "charge"} came to ${number}`,
        fits: (charge) => kind === undefined || charge.kind === kind,
        show: (one) => `${one.kind} ${one.amount / 100} ${one.currency}: ${one.invoiceText}`,
      }),
  };
}

/** @param listOf the list's address for a number, up to its further parameters */
function nextOf<T extends Item>(ask: Ask, listOf: (number: string) => string) {
  /** By all that is in them: ids begin anew after a reset, whoever made it. */
  const given = new Set<string>();
  const isGiven = (item: T) => given.has(JSON.stringify(item));

  async function after(number: string, since: string | undefined, seconds: number): Promise<T[]> {
    const query = new URLSearchParams({ limit: "1000", wait: String(seconds), ...(since ? { since } : {}) });
    return (await ask<{ items: T[] }>("GET", `/sandbox/v1/${listOf(number)}${query}`)).items;
  }

  async function all(number: string): Promise<T[]> {
    const items: T[] = [];
    for (;;) {
      const more = await after(number, items.at(-1)?.id, 0);
      if (more.length === 0) return items;
      items.push(...more);
    }
  }

  return {
    all,
    forget: () => given.clear(),

    /** @throws Error that says what came in its place, and which requests were refused meanwhile */
    async next(number: string, { seconds, what, fits, show }: Looked<T>): Promise<T> {
      const latest = performance.now() + seconds * 1_000;
      const items = await all(number);
      for (;;) {
        const found = items.find((item) => fits(item) && !isGiven(item));
        if (found) {
          given.add(JSON.stringify(found));
          return found;
        }
        const left = (latest - performance.now()) / 1_000;
        if (left <= 0) break;
        const more = await after(number, items.at(-1)?.id, Math.min(left, LONGEST_WAIT));
        items.push(...more);
        if (more.length === 0) await wait(20); // whatever a clock rounds, it is not asked without a pause
      }
      const came = items.map((item) => `\n  ${show(item)}${isGiven(item) ? " (given out before)" : ""}`);
      const rest = came.length > 0 ? ` What came:${came.join("")}` : " Nothing came.";
      throw new Error(`${what} within ${seconds} seconds.${rest}${await refusals(ask)}`);
    },
  };
}

type Exchange = { method: string; path: string; status: number; answer: string };

/** The last requests that were refused: mostly they say why nothing came. */
async function refusals(ask: Ask): Promise<string> {
  const { items } = await ask<{ items: Exchange[] }>("GET", "/admin/v1/exchanges?refused=true&limit=3");
  if (items.length === 0) return "";
  const lines = items.map(
    ({ method, path, status, answer }) => `\n  ${method} ${path}: ${status} ${answer.slice(0, 300)}`,
  );
  return `\nRequests that were refused last:${lines.join("")}`;
}
