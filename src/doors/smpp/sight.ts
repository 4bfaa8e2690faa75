/** Sessions and binds as an operator sees them: each is asked of the object that holds it. */

import type { SmppPort } from "../../core/operator/smpp.ts";
import type { Env } from "../../env.ts";
import { dialects } from "../../registry.ts";
import { bindsInSight, type CarriersNow } from "./bind-links.ts";

export function smppInSight(env: Env, carriers: CarriersNow): SmppPort {
  const stubOf = (systemId: string) => env.SMPP.get(env.SMPP.idFromName(systemId));
  return {
    credential: dialects.flatMap(({ name, smpp }) => (smpp ? [{ dialect: name, kind: smpp.credential }] : []))[0],
    sessions: (systemId) => ({
      look: async () => stubOf(systemId).look(),
      trace: async (until) => stubOf(systemId).trace(until),
      traced: async () => stubOf(systemId).traced(),
    }),
    ...bindsInSight(env, carriers),
  };
}
