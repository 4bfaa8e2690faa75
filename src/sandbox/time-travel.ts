/** Moving the sandbox's clock so that everything that falls due on the way happens, in its order and at its time. */

import type { Foresee } from "../core/billing/subscriptions/ahead.ts";
import type { Gateway } from "../core/gateway.ts";
import type { Ports } from "../core/ports.ts";

export type TimePorts = {
  gateway: Pick<Gateway, "isInHand" | "renewAhead" | "runDue" | "tidy">;
  stores: Pick<Ports, "messages" | "preauths" | "subscriptions" | "transactions" | "webhooks">;
  /** The simulated network: sends its receipts, and says when the next one is due (epoch ms). */
  network: { tick(horizon?: number): Promise<void>; nextDue(): Promise<number | undefined> };
  foresee: Foresee;
  /** Epoch ms by the sandbox's clock. */
  now: () => number;
  moveClock: (to: number) => Promise<void>;
};

/** How long, in real time, other processes are waited for before the clock is moved past their claims. */
const LONGEST_WAIT_MS = 30_000;
const PAUSE_MS = 10;
/** What is too old is looked for no more often than this, by the sandbox's clock, and at the end. */
const TIDIED_EVERY_MS = 3_600_000;

/** When a subscription is next due, and when anything else is. Epoch ms; absent: never. */
export async function nextDues({ stores, network }: Pick<TimePorts, "network" | "stores">) {
  const { subscriptions, messages, webhooks, transactions, preauths } = stores;
  const [renewal, ...others] = await Promise.all([
    subscriptions.nextDue(),
    ...[messages, webhooks, transactions, preauths].map((store) => store.nextDue()),
    network.nextDue(),
  ]);
  const times = others.filter((at) => at !== undefined);
  return {
    ...(renewal === undefined ? {} : { renewal }),
    ...(times.length > 0 ? { other: Math.min(...times) } : {}),
  };
}

/** Moves the clock to a time (epoch ms), from each moment at which something is due to the next. */
export async function advance(ports: TimePorts, to: number): Promise<void> {
  const { now } = ports;
  const until = Date.now() + LONGEST_WAIT_MS;
  for (let tidiedAt = now(); ; ) {
    await settleAll(ports, until);
    const isThere = now() >= to;
    if (isThere || now() - tidiedAt >= TIDIED_EVERY_MS) {
      await ports.gateway.tidy();
      tidiedAt = now();
    }
    if (isThere) return;
    const { renewal = to, other = to } = await nextDues(ports);
    // A row that is due and cannot be done, because the process that claimed it is gone, must not stop the clock.
    await ports.moveClock(Math.max(now() + 1, Math.min(to, renewal, other)));
    if (renewal < other) await billAhead(ports, Math.min(to, other));
  }
}

/**
 * Sends the receipts that are due by now, does what is due then, and waits for what other processes have claimed; until nothing is
 * left. When the time is over, what was begun here still gets its receipts and webhooks.
 * @param until epoch ms of real time
 */
async function settleAll({ gateway, network, now }: TimePorts, until: number): Promise<void> {
  for (let isLate = false; ; isLate = Date.now() > until) {
    await network.tick();
    const found = await gateway.runDue();
    const isLeft =
      found || (await gateway.isInHand()) || ((await network.nextDue()) ?? Number.POSITIVE_INFINITY) <= now();
    if (!isLeft || isLate) return;
    if (!found) await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
  }
}

/** Bills subscriptions that are due before anything else is, many in one round; the texts and their receipts with them. */
async function billAhead(ports: TimePorts, until: number): Promise<void> {
  for (;;) {
    const reached = await ports.gateway.renewAhead(until, ports.foresee);
    if (reached === undefined) return;
    await ports.network.tick(reached);
    const { other = until } = await nextDues(ports);
    if (other < until) return;
    await ports.moveClock(Math.max(ports.now(), reached));
    await ports.gateway.tidy();
  }
}
