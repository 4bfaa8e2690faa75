/** The wiring of the sandbox's levers: its clock, its simulated network, and what a reset forgets. */

import {
  heardForwarding,
  holdClock,
  moveClock,
  movingClock,
  releaseClock,
  sandboxClock,
  setForwarding,
} from "../adapters/clock.ts";
import { forgetKey } from "../adapters/signer.ts";
import { CARRIER } from "../carriers/simulator/fates.ts";
import { toCharge } from "../carriers/simulator/simulator.ts";
import type { Gateway } from "../core/gateway.ts";
import { GatewayError } from "../core/kernel/errors.ts";
import type { Ports } from "../core/ports.ts";
import type { Env } from "../env.ts";
import { forgetCallers } from "../store/operator/callers.ts";
import { GIVEN_UP } from "../store/operator/senders.ts";
import { networkOf } from "../wire.ts";
import { makeDemo } from "./demo.ts";
import type { World } from "./sandbox.ts";
import { restore, save } from "./saved.ts";
import { RESET_TABLES } from "./tables.ts";
import { advance, nextDues, type TimePorts } from "./time-travel.ts";

/** When the sandbox was last tidied up as its clock was moved, as far as this isolate knows. Epoch ms by that clock. */
const tidied = { at: Number.NEGATIVE_INFINITY };

/** What a request with an Idempotency-Key does by ports of its own: what is written in it, and when it began. */
export type KeyedWorld = { ports: Ports; gateway: Gateway; begin: () => Promise<void> };

/** @param keyed absent: a request without a key */
export function worldOf(env: Env, ports: Ports, gateway: Gateway, keyed?: KeyedWorld): World {
  const network = networkOf(env);
  const now = sandboxClock.now;

  const clockTo = async (to: number) => {
    await moveClock(env.DB, to);
    await network.clockMoved();
  };
  const forgetAll = () => {
    forgetCallers();
    ports.routes.forget();
    forgetKey();
    tidied.at = Number.NEGATIVE_INFINITY;
  };
  const time: TimePorts = {
    gateway,
    network,
    foresee: async (charges) => network.foresee(charges.map(toCharge)),
    now,
    moveClock: clockTo,
    tidied,
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

    async beginAdvance() {
      await keyed?.begin();
      return keyed ? keyed.ports.clock.now() : now();
    },

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
    clearHandset: (handset) => network.clearHandset(handset),
    handsetCleared: (handset) => network.handsetCleared(handset),
    async write(handset, to, { theirId, ...written }) {
      // A carrier gives each text a number. A test may give it instead, to report the same text twice.
      const id = theirId ?? `sim-${(keyed ?? { ports }).ports.ids.uuid()}`;
      const { operator } = await network.profile(handset);
      const told = operator ? { operator } : {};
      await (keyed?.gateway ?? gateway).receive([
        { carrier: CARRIER, theirId: id, sender: handset, recipient: to, ...written, ...told },
      ]);
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

    forwarding: () => heardForwarding(),
    async forward(to, seconds) {
      const why = ports.http.whyRefused?.(to);
      if (why) throw new GatewayError("bad-request", `to: ${why}; ALLOW_PRIVATE_WEBHOOKS=on opens it`, "to");
      const given = { to, until: ports.clock.wall() + seconds * 1_000 };
      await setForwarding(env.DB, given);
      return given;
    },
    stopForwarding: () => setForwarding(env.DB, undefined),

    async reset() {
      await network.reset();
      const tables = RESET_TABLES.map((table) => env.DB.prepare(`DELETE FROM ${table}`));
      // Numbers that were claimed from the demo account stay given up, and who takes the webhooks goes on doing so.
      await env.DB.batch([
        ...tables,
        forgetAnswers(env.DB),
        env.DB.prepare(`DELETE FROM sandbox WHERE name NOT LIKE '${GIVEN_UP}%' AND name <> 'forwarding'`),
      ]);
      forgetAll();
      await moveClock(env.DB, Date.now());
      await makeDemo(env, ports);
    },

    save: async () => save(env.DB, network, now(), await numbersGivenUp(env.DB)),
    async restore(snapshot) {
      const to = Date.parse(snapshot.now);
      await restore(env.DB, network, snapshot, [
        forgetAnswers(env.DB),
        ...giveUp(env.DB, snapshot.givenUp),
        movingClock(env.DB, to),
      ]);
      forgetAll();
      await clockTo(to);
      await ports.refreshCarriers();
    },
  };
}

/** The answers to requests with an Idempotency-Key: what they tell of is gone. Those under way stay: this may be one of them. */
function forgetAnswers(db: D1Database): D1PreparedStatement {
  return db.prepare("DELETE FROM idempotency WHERE status IS NOT NULL");
}

/** The numbers that the demo account gave up, and to whom. */
async function numbersGivenUp(db: D1Database): Promise<Record<string, string>> {
  const { results } = await db
    .prepare(`SELECT name, value FROM sandbox WHERE name LIKE '${GIVEN_UP}%'`)
    .all<{ name: string; value: string }>();
  return Object.fromEntries(results.map(({ name, value }) => [name.slice(GIVEN_UP.length), value]));
}

/** Has it given up these numbers, and no others. */
function giveUp(db: D1Database, numbers: Record<string, string>): D1PreparedStatement[] {
  return [
    db.prepare(`DELETE FROM sandbox WHERE name LIKE '${GIVEN_UP}%'`),
    db
      .prepare(`INSERT INTO sandbox (name, value) SELECT '${GIVEN_UP}' || key, value FROM json_each(?1)`)
      .bind(JSON.stringify(numbers)),
  ];
}
