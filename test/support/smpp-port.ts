/** Where nobody binds: neither sessions nor binds. */

import type { SmppPort } from "../../src/core/operator/smpp.ts";

const nobody = {
  trace: async () => {},
  traced: async () => ({ until: 0, pdus: [] }),
};
const silent = { connections: [], troubles: [], tracedUntil: 0 };

export const noSmpp: SmppPort = {
  credential: undefined,
  sessions: () => ({ ...nobody, look: async () => silent }),
  binds: () => [],
  bind: () => ({ ...nobody, look: async () => ({ ...silent, state: "down" as const }) }),
};
