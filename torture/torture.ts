/** Rounds of load and death: the real process, killed at random moments, started again, and judged from outside. */

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { freePort } from "../scripts/free-port.ts";
import { runtimesOn } from "../scripts/state-owner.ts";
import { Book } from "./book.ts";
import type { World } from "./calls.ts";
import { check, type Verdict } from "./check.ts";
import { BRIDGE_TOKEN, BridgeProcess, Esme } from "./esme.ts";
import { beginLoad, type Load, setUp } from "./load.ts";
import { ADMIN_TOKEN, operatorAt } from "./outside.ts";
import { type GatewayProcess, startGateway } from "./process.ts";
import { type Random, seeded } from "./random.ts";
import { openReceiver, type Receiver } from "./receiver.ts";
import { type Settled, settle } from "./settle.ts";
import { Smsc } from "./smsc.ts";

export type Options = {
  rounds: number;
  seed: string;
  /** How many call at once. */
  callers?: number;
  /** The longest load of a round. Milliseconds. */
  longest?: number;
  /** Whether the state folder is left where it is. It is in any case where a promise was broken. */
  keep?: boolean;
  /** Told of each round when it is over. */
  onRound?: (round: Round) => void;
  onState?: (state: string) => void;
};

/**
 * What is killed: everything; the process that was started, whose runtime lives on; only the runtime; everything, in the middle of a
 * start; the bridge that customers bind to; the SMSC that texts go to.
 */
const DEATHS = [
  "all",
  "the process alone",
  "the runtime alone",
  "all, while starting",
  "the bridge",
  "the SMSC",
] as const;
export type Death = (typeof DEATHS)[number];

export type Round = {
  round: number;
  death: Death;
  /** How long there was load before. Milliseconds. */
  load: number;
  /** How many things were acknowledged in this round. */
  accepted: number;
  /** Of the simulated network, while there was load. */
  faults: Record<string, unknown>;
  /** From the start command (of the runtime alone: from its death) until `/health` was well and a text was accepted. Milliseconds. */
  recovery: number;
};

export type Outcome = Verdict & {
  seed: string;
  rounds: Round[];
  acknowledged: number;
  settled: Settled;
  /** How often the process ended by itself, and its supervisor started it again. */
  endedItself: number;
  /** Answers of the 500s, by what was asked. */
  faults: Record<string, number>;
  receiver: Receiver["counts"];
  seconds: number;
  stateDir?: string;
};

export async function torture(options: Options): Promise<Outcome> {
  const { rounds, seed, callers = 24, longest = 2_500, onRound = () => {}, onState = () => {} } = options;
  const begun = Date.now();
  const random = seeded(seed);
  const stateDir = mkdtempSync(join(tmpdir(), "stafett-torture-"));
  const receiver = await openReceiver(random.stream("receiver"));
  const supervisor = new Supervisor(stateDir, await freePort());
  const book = new Book();
  const smppPort = await freePort();
  const bridge = new BridgeProcess(smppPort, supervisor.url);
  const esme = new Esme(smppPort, book);
  const smsc = new Smsc(await freePort(), random.stream("smsc"));
  const world: World = { url: supervisor.url, book, isOver: false, isGone: false, deaths: 0 };
  const end = async () => {
    world.isGone = true;
    esme.stop();
    bridge.stop();
    smsc.stop();
    await supervisor.kill();
    await receiver.stop();
  };
  const interrupted = () => void end().then(() => process.exit(130));
  process.once("SIGINT", interrupted);
  let verdict: Verdict | undefined;
  try {
    onState("starting");
    await supervisor.start();
    const operator = operatorAt(supervisor.url);
    await smsc.start();
    bridge.start();
    void esme.keep();
    await setUp(operator, supervisor.url, receiver.url, smsc.port);
    receiver.beIll();
    const load = beginLoad(world, receiver.url, callers, random, esme);
    const told: Round[] = [];
    for (let round = 1; round <= rounds; round++) {
      const choices = random.stream(`round ${round}`);
      const faults = faultsOf(choices);
      await operator("PUT", "/sandbox/v1/faults/simulator", faults);
      const death = deathOf(round, random);
      const time = choices.between(200, longest);
      const before = book.acknowledged;
      await wait(time);
      const recovery = await dieAndRecover(death, { supervisor, bridge, smsc }, world, load, choices);
      const one: Round = { round, death, load: time, accepted: book.acknowledged - before, faults, recovery };
      told.push(one);
      onRound(one);
    }

    onState("no more deaths, no more faults: settling");
    await operator("DELETE", "/sandbox/v1/faults/simulator");
    receiver.beWell();
    world.isOver = true;
    const over = Date.now();
    await load.done;
    const settled = await settle(operator, over);
    onState("looking at what there is");
    const found = await check(supervisor.url, operator, book, receiver.told, smsc.sent);
    found.breaches.push(...settled.left.map((what) => `not settled: ${what}`));
    verdict = found;
    return {
      ...found,
      seed,
      rounds: told,
      acknowledged: book.acknowledged,
      settled,
      endedItself: supervisor.endedItself,
      faults: Object.fromEntries(book.faults),
      receiver: receiver.counts,
      seconds: (Date.now() - begun) / 1000,
      ...(options.keep || found.breaches.length > 0 ? { stateDir } : {}),
    };
  } catch (error) {
    // What could not be judged is kept as well: somebody will want to look at it.
    throw new Error(`the torture could not be ended; the state is in ${stateDir}`, { cause: error });
  } finally {
    process.removeListener("SIGINT", interrupted);
    await end();
    if (verdict && verdict.breaches.length === 0 && !options.keep) rmSync(stateDir, { recursive: true, force: true });
  }
}

/** Each once in as many rounds as there are, in an order of their own every time. */
function deathOf(round: number, random: Random): Death {
  const turn = Math.floor((round - 1) / DEATHS.length);
  const order = random.stream(`deaths ${turn}`);
  const dealt = DEATHS.map((death) => ({ death, at: order.next() })).sort((one, other) => one.at - other.at);
  return dealt[(round - 1) % DEATHS.length]?.death ?? "all";
}

/** Starts the gateway, always on the same folder and port, and starts it again if it ends. */
class Supervisor {
  readonly url: string;
  endedItself = 0;
  #stateDir: string;
  #port: number;
  #running: GatewayProcess | undefined;

  constructor(stateDir: string, port: number) {
    this.#stateDir = stateDir;
    this.#port = port;
    this.url = `http://127.0.0.1:${port}`;
  }

  /** @param isAwaited whether it is waited for until it listens */
  async start(isAwaited = true): Promise<void> {
    const settings = { ADMIN_TOKEN, SMPP_BRIDGE_TOKEN: BRIDGE_TOKEN };
    this.#running = startGateway(this.#stateDir, this.#port, settings);
    if (isAwaited) await this.#running.listening;
  }

  get running(): GatewayProcess {
    if (!this.#running) throw new Error("nothing was started yet");
    return this.#running;
  }

  /** Starts it again if it ended by itself, as it may when its runtime is taken away. */
  async mend(): Promise<void> {
    if (!this.running.hasEnded()) return;
    this.endedItself++;
    await this.start(false);
  }

  runtimes(): number[] {
    return runtimesOn(this.#stateDir);
  }

  async kill(): Promise<void> {
    await this.#running?.kill();
  }
}

/** Kills, starts again at once, and answers how long it took until all was well. */
async function dieAndRecover(
  death: Death,
  { supervisor, bridge, smsc }: { supervisor: Supervisor; bridge: BridgeProcess; smsc: Smsc },
  world: World,
  load: Load,
  random: Random,
): Promise<number> {
  world.deaths++;
  let orphans: number[] = [];
  switch (death) {
    case "all, while starting":
      await supervisor.running.kill();
      await supervisor.start(false);
      await wait(random.between(50, 2_000));
      world.deaths++;
      await supervisor.running.kill();
      break;
    case "all":
      await supervisor.running.kill();
      break;
    case "the process alone":
      // Its runtime goes on answering for a while, with nobody to look after it.
      await supervisor.running.killAlone();
      await wait(random.between(0, 1_000));
      world.deaths++;
      orphans = supervisor.runtimes();
      break;
    case "the bridge":
      bridge.kill();
      break;
    case "the SMSC":
      await smsc.die(random.between(100, 1_500));
      break;
    case "the runtime alone":
      if (supervisor.running.killRuntime() === 0) throw new Error("there was no runtime to kill");
      break;
  }
  const begun = performance.now();
  if (!LIVING.includes(death)) await supervisor.start(false);
  // While the one that was left behind still answers, nothing has recovered.
  while (supervisor.runtimes().some((pid) => orphans.includes(pid))) await wait(5);
  await untilWell(supervisor, load);
  return performance.now() - begun;
}

/** After these there is still a process of the gateway's, which starts its runtime again itself. */
const LIVING: readonly Death[] = ["the runtime alone", "the bridge", "the SMSC"];

/** How long a recovery may take before this is called a breach. Milliseconds. */
const RECOVERS_WITHIN = 120_000;

async function untilWell(supervisor: Supervisor, load: Load): Promise<void> {
  const latest = Date.now() + RECOVERS_WITHIN;
  while (!((await isHealthy(supervisor.url)) && (await load.probe()))) {
    if (Date.now() > latest)
      throw new Error(`it did not recover, and said: … ${supervisor.running.said().slice(-3_000)}`);
    await supervisor.mend();
    await wait(20);
  }
}

async function isHealthy(url: string): Promise<boolean> {
  const answer = await fetch(`${url}/health`, { signal: AbortSignal.timeout(10_000) }).catch(() => undefined);
  return answer?.status === 200;
}

/** What the simulated network does wrong in a round. */
function faultsOf(random: Random): Record<string, unknown> {
  const faults = random.weighted({
    none: 4,
    hang: 6,
    loseAnswer: 2,
    loseReceipt: 1,
    duplicateReceipts: 1,
    earlyReceipt: 1,
    contradict: 1,
    busySeconds: 1,
    receiptDelaySeconds: 1,
  });
  const only = random.one([{}, { only: "messages" }, { only: "charges" }]);
  switch (faults) {
    case "none":
      return {};
    case "hang":
      // What is taken, and not answered, is in hand when the end comes: nobody knows of it but the carrier. Where its
      // receipt comes late as well, longer than any claim holds, only asking the carrier tells.
      return { hang: true, share: 0.03, ...only, ...random.one([{}, { receiptDelaySeconds: 40 }]) };
    case "loseAnswer":
      return { loseAnswer: true, share: 0.1, ...only };
    case "loseReceipt":
      return { loseReceipt: true, share: 0.05, ...only };
    case "duplicateReceipts":
      return { duplicateReceipts: random.between(1, 3), ...only };
    case "earlyReceipt":
      return { earlyReceipt: true, share: 0.5, ...only };
    case "contradict":
      return { contradict: true, share: 0.5, ...only };
    case "busySeconds":
      return { busySeconds: random.between(1, 4), share: 0.2, ...only };
    case "receiptDelaySeconds":
      return { receiptDelaySeconds: random.between(1, 10), share: 0.5, ...only };
  }
}
