/** The wiring of the sandbox's levers: its clock, its simulated network, and what a reset forgets. */

import { holdClock, moveClock, releaseClock, sandboxClock } from "../adapters/clock.ts";
import { forgetKey } from "../adapters/signer.ts";
import { CARRIER } from "../carriers/simulator/fates.ts";
import { toCharge } from "../carriers/simulator/simulator.ts";
import type { Gateway } from "../core/gateway.ts";
import type { Ports } from "../core/ports.ts";
import type { Env } from "../env.ts";
import { forgetCallers } from "../store/operator/callers.ts";
import { GIVEN_UP } from "../store/operator/senders.ts";
import { networkOf } from "../wire.ts";
import { makeDemo } from "./demo.ts";
import type { World } from "./sandbox.ts";
import { RESET_TABLES } from "./tables.ts";
import { advance, nextDues, type TimePorts } from "./time-travel.ts";

export function worldOf(env: Env, ports: Ports, gateway: Gateway): World {
  const network = networkOf(env);
  const now = sandboxClock.now;

  const clockTo = async (to: number) => {
    await moveClock(env.DB, to);
    await network.clockMoved();
  };
  const time: TimePorts = {
    gateway,
    stores: ports,
    network,
    foresee: async (charges) => network.foresee(charges.map(toCharge)),
    now,
    moveClock: clockTo,
  };

  return {
    now,
    ahead: () => now() - ports.clock.wall(),

    async nextDue() {
      const { renewal, other } = await nextDues(time);
      const due = [renewal, other].filter((at) => at !== undefined);
      return { ...(due.length > 0 ? { due: Math.min(...due) } : {}), ...(renewal === undefined ? {} : { renewal }) };
    },

    moveClock: clockTo,

    async advance(to) {
      holdClock();
      try {
        await advance(time, to);
      } finally {
        await releaseClock(env.DB);
      }
    },

    inbox: (msisdn, wanted) => network.inbox(msisdn, wanted),
    handsets: (wanted) => network.handsets(wanted),
    async write(handset, to, { theirId, ...written }) {
      // A carrier gives each text a number. A test may give it instead, to report the same text twice.
      const id = theirId ?? `sim-${ports.ids.uuid()}`;
      const { operator } = await network.profile(handset);
      const told = operator ? { operator } : {};
      await gateway.receive([{ carrier: CARRIER, theirId: id, sender: handset, recipient: to, ...written, ...told }]);
      return id;
    },

    subscriber: (msisdn) => network.profile(msisdn),
    subscribers: () => network.profiles(),
    putSubscriber: (msisdn, given) => network.putProfile(msisdn, given),
    removeSubscriber: (msisdn) => network.removeProfile(msisdn),
    charges: (wanted) => network.charges(wanted),

    faults: async () => ({ ...(await network.faults()) }),
    setFaults: (faults) =>
      network.setFaults(Object.fromEntries(Object.entries(faults).filter(([, v]) => v !== undefined))),

    async reset() {
      await network.reset();
      const tables = RESET_TABLES.map((table) => env.DB.prepare(`DELETE FROM ${table}`));
      // Numbers that were claimed from the demo account stay given up.
      await env.DB.batch([...tables, env.DB.prepare(`DELETE FROM sandbox WHERE name NOT LIKE '${GIVEN_UP}%'`)]);
      forgetCallers();
      ports.routes.forget();
      forgetKey();
      await moveClock(env.DB, Date.now());
      await makeDemo(env, ports);
    },
  };
}
