/** The Durable Object that keeps a pace: one for each carrier, and for each endpoint with a rate, so that all places share one count. */

import { DurableObject } from "cloudflare:workers";
import { realClock } from "../adapters/clock.ts";
import { type Pace, Pacer, type Wish } from "../core/messages/pace.ts";
import type { Env } from "../env.ts";
import type { PaceObject } from "./objects.ts";

/** It is in memory alone: one that is started anew knows nothing of the last second. */
export class CarrierPace extends DurableObject<Env> implements PaceObject {
  readonly #pacer = new Pacer();

  take(perSecond: number, wishes: readonly Wish[]): number[] {
    return this.#pacer.take(perSecond, wishes, realClock.wall());
  }
}

export function paceOf(env: Env): Pace {
  return {
    async take(carrier, perSecond, wishes) {
      return env.CARRIER_PACE.get(env.CARRIER_PACE.idFromName(carrier)).take(perSecond, wishes);
    },
  };
}
