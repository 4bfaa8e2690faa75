/** The lists with one carrier more, as `src/registry.ts` would have them. */

import type { CarrierInUse, CarrierKind } from "../../../src/carriers/carrier.ts";
import type { Env } from "../../../src/env.ts";
import * as real from "../../../src/registry.ts";
import { tincan } from "./tincan.ts";

export * from "../../../src/registry.ts";

export function carrierKinds(given: Parameters<typeof real.carrierKinds>[0]): readonly CarrierKind[] {
  return [...real.carrierKinds(given), tincan];
}

/** @param env with the address of the test's other can */
export function carriersInUse(env: Env & { CAN?: string; KNOCK?: string }): readonly CarrierInUse[] {
  const { CAN: baseUrl, KNOCK: knock } = env;
  return [...real.carriersInUse(env), { name: "attic", kind: "tincan", settings: { baseUrl }, secrets: { knock } }];
}
