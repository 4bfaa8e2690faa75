/** The carriers in use, as an operator sees them. */

import type { Carrier, CarrierHealth } from "../messages/carrier.ts";

/** `isForFakes`: it is asked for numbers that nobody has, and no route may name it. */
export type CarrierInSight = {
  name: string;
  kind: string;
  bills: boolean;
  isForFakes: boolean;
  health?: CarrierHealth;
};

/** All, in the order in which they are asked where no route says otherwise; each is asked whether it can be reached. */
export function listCarriers({ carriers }: { carriers: ReadonlyMap<string, Carrier> }): Promise<CarrierInSight[]> {
  return Promise.all(
    [...carriers.values()].map(async (carrier) => {
      const health = await carrier.health?.();
      return {
        name: carrier.name,
        kind: carrier.kind,
        bills: carrier.billing !== undefined,
        isForFakes: carrier.answersFor !== undefined,
        ...(health ? { health } : {}),
      };
    }),
  );
}
