/** The binds to SMSCs as others ask them, each in the object that holds it. */

import type { OpenCarrier } from "../../carriers/carrier.ts";
import type { BindLink } from "../../carriers/smpp/smpp.ts";
import type { SmppPort } from "../../core/operator/smpp.ts";
import type { Env } from "../../env.ts";
import type { SmppBindObject } from "../objects.ts";

/** The carriers in use, by name, as they are just now. */
export type CarriersNow = () => ReadonlyMap<string, OpenCarrier>;

/** One bind of a carrier, as the object that holds it. */
export function bindOf(env: Env, carrier: string, bind: number): DurableObjectStub<SmppBindObject> {
  return env.SMPP_BINDS.get(env.SMPP_BINDS.idFromName(`${carrier} ${bind}`));
}

/** The binds as a carrier sees them. */
export function bindLink(env: Env): BindLink {
  return {
    submit: async (config, bind, texts, until) => bindOf(env, config.carrier, bind).submit(config, bind, texts, until),
    query: async (carrier, bind, ids) => bindOf(env, carrier, bind).query(carrier, bind, ids),
    health: async (config, bind) => bindOf(env, config.carrier, bind).health(config, bind),
  };
}

/** The binds as an operator sees them. */
export function bindsInSight(env: Env, carriers: CarriersNow): Pick<SmppPort, "binds" | "bind"> {
  return {
    binds: () =>
      [...carriers().values()].flatMap(({ name, binds, isRetired }) =>
        binds && !isRetired ? [{ carrier: name, count: binds.count }] : [],
      ),
    bind: (carrier, bind) => ({
      look: async () => bindOf(env, carrier, bind).look(carrier, bind),
      trace: async (until) => bindOf(env, carrier, bind).trace(until),
      traced: async () => bindOf(env, carrier, bind).traced(),
    }),
  };
}
