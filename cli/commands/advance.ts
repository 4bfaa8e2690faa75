/** `stafett advance`: moves the sandbox's clock. */

import { type Command, Trouble } from "../command.ts";
import { passed, showing } from "../progress.ts";
import { operatorOf, TARGET_OPTIONS } from "../target.ts";

const SECONDS = { w: 604_800, d: 86_400, h: 3_600, m: 60, s: 1 } as const;

export const advance: Command = {
  name: "advance",
  summary: "Move the sandbox's clock; what falls due on the way happens",
  takes: "TIME",
  words: [1, 1],
  options: TARGET_OPTIONS,
  examples: ["advance 2d", "advance 1h30m", "advance 2027-01-01T00:00:00Z"],

  async run(given) {
    const [time = ""] = given.words;
    const ask = operatorOf(given);
    const wanted = toAdvance(time);
    const clock = async () => (await ask<{ now: string }>("GET", "/sandbox/v1/clock")).now;
    const from = Date.parse(await clock());
    const to = "to" in wanted ? Date.parse(wanted.to) : from + wanted.seconds * 1_000;
    const { now } = await showing(ask<{ now: string }>("POST", "/sandbox/v1/clock/advance", wanted), async () =>
      passed(from, await clock(), to),
    );
    const { nextDue, nextRenewal } = await ask<{ nextDue?: string; nextRenewal?: string }>("GET", "/sandbox/v1/clock");
    console.log(`It is ${now}. ${nextDue ? `Next due: ${nextDue}.` : "Nothing is due."}`);
    if (nextRenewal) console.log(`A subscription is charged next at ${nextRenewal}.`);
  },
};

/**
 * A length of time, like 1h30m, or a moment.
 * @throws Trouble if it is neither
 */
export function toAdvance(text: string): { seconds: number } | { to: string } {
  const parts = [...text.matchAll(/(\d+)([wdhms])/g)];
  if (parts.length > 0 && parts.map(([part]) => part).join("") === text) {
    return { seconds: parts.reduce((sum, [, n, unit]) => sum + Number(n) * SECONDS[unit as keyof typeof SECONDS], 0) };
  }
  const at = /^\d{4}-\d\d-\d\d/.test(text) ? Date.parse(text) : Number.NaN;
  if (Number.isNaN(at)) {
    throw new Trouble(
      `The time must be a length like 2d, 1h30m or 90s, or a moment like 2027-01-01T00:00:00Z, not ${text}`,
    );
  }
  return { to: new Date(at).toISOString() };
}
