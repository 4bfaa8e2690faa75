/** The world behind the sandbox's levers: its clock, its network, and how both are made anew. */

import { moveClock, sandboxClock } from "../adapters/clock.ts";
import { forgetKey } from "../adapters/signer.ts";
import { CARRIER } from "../carriers/simulator/fates.ts";
import type { Gateway } from "../core/gateway.ts";
import type { Ports } from "../core/ports.ts";
import type { Env } from "../env.ts";
import { forgetCallers } from "../store/operator/callers.ts";
import { networkOf } from "../wire.ts";
import { makeDemo } from "./demo.ts";
import type { World } from "./sandbox.ts";

/** In the order that references allow. */
const TABLES = [
  "webhook",
  "message",
  "preauth",
  "inbound",
  "keyword",
  "counter",
  "ledger",
  "ledger_day",
  "revenue",
  "txn",
  "win",
  "pin",
  "period",
  "subscription",
  "subscription_count",
  "renewal",
  "consent",
  "callback",
  "service",
  "merchant",
  "nonce",
  "endpoint",
  "exchange",
  "route",
  "suppression",
  "sender",
  "credential",
  "account",
  "server_key",
  "sandbox",
];

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

  const nextDue = async () => {
    const times = [await gateway.nextDue(), (await network.nextDue()) ?? undefined].filter((at) => at !== undefined);
    return times.length > 0 ? Math.min(...times) : undefined;
  };

  const world: World = {
    now,
    ahead: () => now() - ports.clock.wall(),

    async nextDue() {
      const [due, renewal] = await Promise.all([nextDue(), ports.subscriptions.nextDue()]);
      return { ...(due === undefined ? {} : { due }), ...(renewal === undefined ? {} : { renewal }) };
    },

    async moveClock(to) {
      await moveClock(env.DB, to);
      await network.clockMoved();
    },

    async advance(to) {
      const until = Date.now() + PATIENCE;
      for (;;) {
        await settleAll(until);
        await gateway.tidy();
        if (now() >= to) return;
        const next = (await nextDue()) ?? to;
        // What is due but cannot be done (whoever has it in hand is gone) must not hold the clock up.
        await world.moveClock(Math.max(now() + 1, Math.min(to, next)));
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
      await env.DB.batch(TABLES.map((table) => env.DB.prepare(`DELETE FROM ${table}`)));
      forgetCallers();
      forgetKey();
      await moveClock(env.DB, Date.now());
      await makeDemo(env, ports);
    },
  };
  return world;
}
