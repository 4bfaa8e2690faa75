/** Moving the sandbox's clock so that everything that falls due on the way happens, in its order and at its time. */

import type { Foresee } from "../core/billing/subscriptions/ahead.ts";
import type { Gateway } from "../core/gateway.ts";
import type { Ports } from "../core/ports.ts";

export type TimePorts = {
  gateway: Pick<Gateway, "isInHand" | "lookAfter" | "nextDue" | "renewAhead" | "runDue" | "tidy">;
  stores: Pick<Ports, "campaigns" | "messages" | "preauths" | "subscriptions" | "transactions" | "webhooks">;
  /** The simulated network: sends its receipts, and says when the next one is due (epoch ms). */
  network: { tick(horizon?: number): Promise<void>; nextDue(): Promise<number | undefined> };
  foresee: Foresee;
  /** Epoch ms by the sandbox's clock. */
  now: () => number;
  moveClock: (to: number) => Promise<void>;
  /** When rows were last forgotten, epoch ms by the sandbox's clock: kept from one move of the clock to the next. */
  tidied: { at: number };
};

/** How long, in real time, other processes are waited for before the clock is moved past their claims. */
const LONGEST_WAIT_MS = 30_000;
/** How long it rests between two looks at what others have in hand: twice as long each time. */
const SHORTEST_PAUSE_MS = 10;
const LONGEST_PAUSE_MS = 160;
/** Endpoints and carriers are looked after no more often than this by the sandbox's clock, nor is anything forgotten. */
const TIDIED_EVERY_MS = 3_600_000;
/** What is too old is forgotten after so many steps, and at the end: a step makes no more rows than are forgotten at once. */
const STEPS_BETWEEN_FORGETTING = 4;

/** When a subscription is next due, and when anything else is. Epoch ms; absent: never. */
export async function nextDues({ stores, network }: Pick<TimePorts, "network" | "stores">) {
  const { subscriptions, messages, campaigns, webhooks, transactions, preauths } = stores;
  const [renewal, ...others] = await Promise.all([
    subscriptions.nextDue(),
    ...[messages, campaigns, webhooks, transactions, preauths].map((store) => store.nextDue()),
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
  const tidy = tidier(ports);
  for (;;) {
    await settleAll(ports, until);
    if (now() >= to) {
      await tidy.atTheEnd();
      return;
    }
    await tidy.step();
    const { renewal = to, other = to } = await nextDues(ports);
    // A row that is due and cannot be done, because the process that claimed it is gone, must not stop the clock.
    await ports.moveClock(Math.max(now() + 1, Math.min(to, renewal, other)));
    if (renewal < other) await billAhead(ports, Math.min(to, other), tidy);
  }
}

/** Tidies up between two steps, or at the end, if it is time. */
type Tidier = { step(): Promise<void>; atTheEnd(): Promise<void> };

function tidier({ gateway, now, tidied }: TimePorts): Tidier {
  let lookedAfterAt = now();
  let steps = 0;
  // It was later where the clock was set back.
  const isDue = () => now() < tidied.at || now() - tidied.at >= TIDIED_EVERY_MS;
  const forget = async () => {
    await gateway.tidy();
    [steps, tidied.at, lookedAfterAt] = [0, now(), now()];
  };
  return {
    async atTheEnd() {
      if (isDue()) await forget();
    },
    async step() {
      steps++;
      if (steps >= STEPS_BETWEEN_FORGETTING && isDue()) {
        await forget();
      } else if (now() - lookedAfterAt >= TIDIED_EVERY_MS) {
        await gateway.lookAfter();
        lookedAfterAt = now();
      }
    },
  };
}

/**
 * Sends the receipts that are due by now, does what is due then, and waits for what other processes have claimed; until nothing is
 * left. When the time is over, what was begun here still gets its receipts and webhooks.
 * @param until epoch ms of real time
 */
async function settleAll(ports: TimePorts, until: number): Promise<void> {
  const { gateway, network } = ports;
  let pause = SHORTEST_PAUSE_MS;
  for (let isLate = false; ; isLate = Date.now() > until) {
    await network.tick();
    const found = await gateway.runDue();
    if (isLate || !(await isLeft(ports, found))) return;
    if (found) {
      pause = SHORTEST_PAUSE_MS;
    } else {
      await new Promise((resolve) => setTimeout(resolve, pause));
      pause = Math.min(2 * pause, LONGEST_PAUSE_MS);
    }
  }
}

/**
 * Whether there is more to do at this moment. To look when something is next due takes less than to look for all that may be.
 * @param found whether something was done just now: else what is due cannot be done, and is not waited for
 */
async function isLeft({ gateway, network, now }: TimePorts, found: boolean): Promise<boolean> {
  const isDue = (at = Number.POSITIVE_INFINITY) => at <= now();
  if (isDue(await network.nextDue())) return true;
  return (found && isDue(await gateway.nextDue())) || gateway.isInHand();
}

/** Bills subscriptions that are due before anything else is, many in one round; the texts and their receipts with them. */
async function billAhead(ports: TimePorts, until: number, tidy: Tidier): Promise<void> {
  for (;;) {
    const reached = await ports.gateway.renewAhead(until, ports.foresee);
    if (reached === undefined) return;
    await ports.network.tick(reached);
    const { other = until } = await nextDues(ports);
    if (other < until) return;
    await ports.moveClock(Math.max(ports.now(), reached));
    await tidy.step();
  }
}
