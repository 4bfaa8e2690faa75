/** Moving the sandbox's clock so that everything that falls due on the way happens, in its order and at its time. */

import { type Agenda, DUE_KINDS, nextOf } from "../core/agenda.ts";
import type { Foresee } from "../core/billing/subscriptions/ahead.ts";
import type { Gateway } from "../core/gateway.ts";
import { present } from "../core/kernel/present.ts";

export type TimePorts = {
  gateway: Pick<Gateway, "agenda" | "isBusy" | "lookAfter" | "renewAhead" | "runDue" | "tidy">;
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

const OTHERS = DUE_KINDS.filter((kind) => kind !== "subscriptions");

/** When a subscription is next due, and when anything else is. Epoch ms; absent: never. */
type NextDues = { renewal?: number; other?: number };

export async function nextDues({ gateway, network }: Pick<TimePorts, "gateway" | "network">) {
  const [agenda, atNetwork] = await Promise.all([gateway.agenda(), network.nextDue()]);
  return duesOf(agenda, atNetwork);
}

function duesOf(agenda: Agenda, atNetwork: number | undefined): NextDues {
  const times = [nextOf(agenda, OTHERS), atNetwork].filter((at) => at !== undefined);
  return present({
    renewal: agenda.subscriptions.next,
    other: times.length > 0 ? Math.min(...times) : undefined,
  });
}

/** Moves the clock to a time (epoch ms), from each moment at which something is due to the next. */
export async function advance(ports: TimePorts, to: number): Promise<void> {
  const { now } = ports;
  const until = Date.now() + LONGEST_WAIT_MS;
  const tidy = tidier(ports);
  for (;;) {
    const { renewal = to, other = to } = await settleAll(ports, until);
    if (now() >= to) {
      await tidy.atTheEnd();
      return;
    }
    await tidy.step();
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
 * Does what is due by now, sends the receipts that are, and waits for what other processes have claimed; until nothing is left. When the
 * time is over, what was begun here still gets its receipts and webhooks.
 * @param until epoch ms of real time
 * @returns what is due next
 */
async function settleAll(ports: TimePorts, until: number): Promise<NextDues> {
  const { gateway, network, now } = ports;
  let pause = SHORTEST_PAUSE_MS;
  const rest = async () => {
    await new Promise((resolve) => setTimeout(resolve, pause));
    pause = Math.min(2 * pause, LONGEST_PAUSE_MS);
  };
  const isDue = (at = Number.POSITIVE_INFINITY) => at <= now();
  for (let hasTicked = false, isLate = false; !isLate; isLate = Date.now() > until) {
    const agenda = await gateway.agenda();
    const isAnyDue = isDue(nextOf(agenda));
    if (isAnyDue && (await gateway.runDue(agenda))) {
      pause = SHORTEST_PAUSE_MS;
      continue;
    }
    // Others are waited for, and no receipt is sent before: it could overtake the answer to its text, which one of them may be writing down.
    if (agenda.isInHand) {
      await rest();
      continue;
    }
    // What was due, and could not be done here, stays as it is, or another process has taken it just now.
    const since = isAnyDue ? await gateway.agenda() : agenda;
    if (isAnyDue && !isSame(since, agenda)) continue;
    const atNetwork = await network.nextDue();
    if (isDue(atNetwork)) {
      if (hasTicked) await rest();
      await network.tick();
      hasTicked = true;
      continue;
    }
    hasTicked = false;
    if (!gateway.isBusy(since)) return duesOf(since, atNetwork);
    // The network may have reported a receipt after the agenda was read: what follows from it is only in a newer agenda.
    const after = await gateway.agenda();
    if (!after.isInHand && (isAnyDue ? isSame(after, since) : !isDue(nextOf(after)))) return duesOf(after, atNetwork);
  }
  await network.tick();
  await gateway.runDue(await gateway.agenda());
  return nextDues(ports);
}

function isSame(one: Agenda, other: Agenda): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
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
