/** The world behind the sandbox's levers: its clock, its network, and how both are made anew. */

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

/** How long, in real time, others are waited for before the clock is moved past their claims. Milliseconds. */
const PATIENCE = 30_000;
const LOOK_AGAIN = 10;

export function worldOf(env: Env, ports: Ports, gateway: Gateway): World {
  const network = networkOf(env);
  const now = sandboxClock.now;

  /**
   * Does what is due by now, and waits for what somebody else has in hand. Looks in the order in which things go on
   * (messages, receipts, webhooks), so that nothing slips past from one to the next.
   */
  const settleAll = async (until: number) => {
    for (;;) {
      const messages = (await gateway.runDue()) || (await gateway.isInHand());
      await network.tick();
      const receipts = ((await network.nextDue()) ?? Number.POSITIVE_INFINITY) <= now();
      const webhooks = (await gateway.runDue()) || (await gateway.isInHand());
      if (!messages && !receipts && !webhooks) return;
      if (Date.now() > until) return;
      await new Promise((resolve) => setTimeout(resolve, LOOK_AGAIN));
    }
  };

  /** When a subscription is next due, and when anything else is. Epoch ms. */
  const nextDues = async () => {
    const [renewal, ...others] = await Promise.all([
      ports.subscriptions.nextDue(),
      ...[ports.messages, ports.webhooks, ports.transactions, ports.preauths].map((store) => store.nextDue()),
      network.nextDue(),
    ]);
    const times = others.filter((at) => at !== undefined);
    return {
      ...(renewal === undefined ? {} : { renewal }),
      ...(times.length > 0 ? { other: Math.min(...times) } : {}),
    };
  };

  /** Bills subscriptions that are due before anything else is, many in one round; the texts and their receipts with them. */
  const billAhead = async (until: number) => {
    for (;;) {
      const reached = await gateway.renewAhead(until, async (charges) => network.foresee(charges.map(toCharge)));
      if (reached === undefined) return;
      await network.tick(reached);
      const { other = until } = await nextDues();
      if (other < until) return;
      await world.moveClock(Math.max(now(), reached));
      await gateway.tidy();
    }
  };

  const world: World = {
    now,
    ahead: () => now() - ports.clock.wall(),

    async nextDue() {
      const { renewal, other } = await nextDues();
      const due = [renewal, other].filter((at) => at !== undefined);
      return { ...(due.length > 0 ? { due: Math.min(...due) } : {}), ...(renewal === undefined ? {} : { renewal }) };
    },

    async moveClock(to) {
      await moveClock(env.DB, to);
      await network.clockMoved();
    },

    async advance(to) {
      const until = Date.now() + PATIENCE;
      holdClock();
      try {
        for (;;) {
          await settleAll(until);
          await gateway.tidy();
          if (now() >= to) return;
          const { renewal = to, other = to } = await nextDues();
          // What is due but cannot be done (whoever has it in hand is gone) must not hold the clock up.
          await world.moveClock(Math.max(now() + 1, Math.min(to, renewal, other)));
          if (renewal < other) await billAhead(Math.min(to, other));
        }
      } finally {
        await releaseClock(env.DB);
      }
    },

    inbox: (msisdn, wanted) => network.inbox(msisdn, wanted),
    handsets: (wanted) => network.handsets(wanted),
    async write(handset, to, { theirId, ...written }) {
      // A carrier numbers what it hears; whoever writes may give the number, to write the same text twice.
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
      // What was claimed from the demo account stays given up.
      await env.DB.batch([...tables, env.DB.prepare(`DELETE FROM sandbox WHERE name NOT LIKE '${GIVEN_UP}%'`)]);
      forgetCallers();
      ports.routes.forget();
      forgetKey();
      await moveClock(env.DB, Date.now());
      await makeDemo(env, ports);
    },
  };
  return world;
}
