/** For comparison: an intake that commits and rings for each request alone. Takes the place of `src/doors/intake.ts` in a bundle. */

import { DurableObject, waitUntil } from "cloudflare:workers";
import type { Arrived, Intake as IntakePort } from "../src/core/messages/intake.ts";
import { jobsOf } from "../src/doors/queue.ts";
import type { Env } from "../src/env.ts";
import { toArrivals } from "../src/store/messaging/arrival.ts";
import { writeArrivals } from "../src/store/messaging/arrivals.ts";

/** Bound, but never asked. */
export class Intake extends DurableObject {}

export function intakeOf(env: Env, { now }: { now: () => number }): IntakePort {
  return {
    async add(_account, messages, { once, owed, unless }): Promise<Arrived> {
      const arrivals = toArrivals(messages, once, owed, unless);
      const [result] = await writeArrivals(env.DB, arrivals);
      if (arrivals.length !== 1 || result?.status !== "fulfilled") throw new Error("only single messages are compared");
      if (result.value.outcome === "replayed") return result.value;
      const added = new Set(result.value.added);
      const [message] = messages;
      if (message && added.has(message.id)) {
        waitUntil(jobsOf(env, { event() {} }).submit([message.id], Math.max(0, ((message.dueAt ?? 0) - now()) / 1000)));
      }
      return { outcome: "stored", added };
    },
  };
}
