/** The Durable Object that counts what an account asks for in a second: one for each account, so that all places share one count. */

import { DurableObject } from "cloudflare:workers";
import { realClock } from "../adapters/clock.ts";
import { type Rate, RateBook, type Rates } from "../core/accounts/limits.ts";
import type { Env } from "../env.ts";
import type { RatesObject } from "./objects.ts";

/** It is in memory alone: one that is started anew knows nothing of the last second. */
export class AccountRates extends DurableObject<Env> implements RatesObject {
  readonly #book = new RateBook();

  take(rates: readonly Rate[]): number | undefined {
    return this.#book.take(rates, realClock.wall());
  }
}

export function ratesOf(env: Env): Rates {
  return {
    async take(account, rates) {
      return env.ACCOUNT_RATES.get(env.ACCOUNT_RATES.idFromName(account)).take(rates);
    },
  };
}
