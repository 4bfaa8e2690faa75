/** A line on every page while the sandbox's clock is moved or faults are set: without it, the gateway would look broken. */

import { ask } from "../api.ts";
import type { C } from "../console-env.ts";
import { saidOf } from "./faults.ts";

/** A clock that is off by less has not been moved by anybody. Seconds. */
const A_MINUTE = 60;

export async function oddities(c: C) {
  // What is refreshed has no such line.
  if (!c.get("hasSandbox") || c.req.header("x-requested-with") === "live") return undefined;
  const { aheadSeconds, faults } = await ask(c, "GET /sandbox/v1/oddities").catch(() => ({
    aheadSeconds: 0,
    faults: {},
  }));
  const bad = saidOf(faults);
  const said = [
    Math.abs(aheadSeconds) >= A_MINUTE && `the clock is ${distance(aheadSeconds)}`,
    bad && `faults are set: ${bad}`,
  ].filter((one) => typeof one === "string");
  if (said.length === 0) return undefined;
  return (
    <p class="odd">
      Sandbox: {said.join("; ")}. <a href="/console/controls">Change</a>
    </p>
  );
}

/** "2 days ahead of real time" */
export function distance(aheadSeconds: number): string {
  const seconds = Math.abs(aheadSeconds);
  const [unit, length] = UNITS.find(([, one]) => seconds >= one * 2) ?? (["second", 1] as const);
  const count = Math.round(seconds / length);
  return `${count} ${count === 1 ? unit : `${unit}s`} ${aheadSeconds < 0 ? "behind" : "ahead of"} real time`;
}

const UNITS = [
  ["day", 86_400],
  ["hour", 3_600],
  ["minute", 60],
] as const;
