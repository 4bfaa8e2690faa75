/**
 * The platform around our processes: the database, the queues, the objects, the cron, and the ways in and out. Each of
 * them does what it promises, and no more: all that may go wrong with it does, by chance.
 */

import type { DatabaseSync } from "node:sqlite";
import { type Rate, RateBook } from "../../src/core/accounts/limits.ts";
import { Pacer } from "../../src/core/messages/pace.ts";
import type { Intake } from "../../src/doors/intake.ts";
import type { Env } from "../../src/env.ts";
import type { Faults } from "../faults.ts";
import type { Bundle } from "./bundle.ts";
import { databaseOf } from "./database.ts";
import { Line } from "./line.ts";
import { Objects } from "./objects.ts";
import { type Outside, Process } from "./process.ts";
import { type QueueName, Queues, type Sent } from "./queues.ts";
import type { Random } from "./random.ts";
import type { Dial } from "./tcp.ts";
import type { Timeline } from "./timeline.ts";

/** *edge*: several processes, and an object elsewhere. *laptop*: one process with all of it, whose queues die with it. */
export type Shape = "edge" | "laptop";

/** *isFatal*: where processes die at all, the one that takes it dies soon after, as a rule before it has answered. */
export type Call = { method: string; url: string; headers?: Record<string, string>; body?: string; isFatal?: true };
export type Answer = { status: number; headers: Headers; body: string };

/** The carrier's side of the wire: does what it is asked at once, and says how its answer travels. */
export type Network = (method: string, given: readonly unknown[]) => { answer: unknown } | { fails: string } | "hangs";

type CloudGiven = {
  bundle: Bundle;
  sqlite: DatabaseSync;
  timeline: Timeline;
  random: Random;
  faults: Faults;
  shape: Shape;
  settings: Record<string, string>;
  network: Network;
  outside: Outside;
  dial: Dial;
  log: (text: string) => void;
};

const SECOND = 1_000;
const MINUTE = 60_000;
/** How long a client waits for an answer. */
const CLIENT_PATIENCE = 30 * SECOND;
/** Processes at the edge; whoever comes is served by any. */
const WORKERS = 2;
/** A process that has just started lives for so long, and a run kills no more: one in which nothing gets done shows nothing. */
const YOUTH = 5 * SECOND;
const MOST_DEATHS = 40;
/** Within so long after a request that is fatal a process dies. Milliseconds: about as long as a request of many writes takes. */
const FATAL = 150;
/** How long a carrier may take for each way: it is waited for somewhat longer than for both. */
const SLOWEST = 4 * SECOND;
const RESET = "Durable Object reset because its code was updated.";

/** A process, and the platform as it has it. */
export type Host = { process: Process; env: Env };

export class Cloud {
  readonly #given: CloudGiven;
  readonly #random: Random;
  #workers: Host[] = [];
  readonly #pacer = new Pacer();
  readonly #rates = new RateBook();
  #intake: { host: Host; object: Intake } | undefined;
  readonly #queues: Queues;
  #made = 0;
  #deaths = 0;
  #lines = 0;
  #askingCarriers = 0;
  #settings: Record<string, string>;
  readonly #objects: Objects;

  constructor(given: CloudGiven) {
    this.#given = given;
    this.#settings = given.settings;
    this.#random = given.random.fork("cloud");
    this.#objects = new Objects({
      ...given,
      random: given.random.fork("objects"),
      host: (name) => (given.shape === "edge" ? this.#start(name) : this.#workers[0]),
      kill: (process) => this.#kill(process),
      mayDie: (process, within) => this.#mayDie(process, within),
    });
    this.#queues = new Queues({ ...given, random: this.#random, worker: () => this.#worker() });
    for (let n = 0; n < (given.shape === "edge" ? WORKERS : 1); n++) this.#workers.push(this.#start());
  }

  /** A request from outside; undefined if the connection broke, or nobody answered in time. */
  async call(call: Call, patience = CLIENT_PATIENCE): Promise<Answer | undefined> {
    const { timeline, faults } = this.#given;
    const what = `${call.method} ${new URL(call.url).pathname}`;
    const lasts = faults.hits("client-impatient") ? this.#random.wait(300) : patience;
    return new Promise((resolve) => {
      const limit = timeline.after(lasts, `${what}: the client gives up`, () => resolve(undefined));
      void this.#answer(call, what).then((answer) => {
        if (answer === "never") return;
        limit.isOff = true;
        resolve(answer);
      });
    });
  }

  async #answer(call: Call, what: string): Promise<Answer | undefined | "never"> {
    const { timeline, faults } = this.#given;
    await timeline.wait(this.#random.wait(20), `${what} arrives`);
    if (faults.hits("request-lost")) return "never";
    const host = this.#worker();
    if (!host) return undefined;
    const { process, env } = host;
    const { method, url, headers, body, isFatal } = call;
    if (isFatal && faults.has("crash"))
      timeline.after(this.#random.next() * FATAL, `${process.name} crashes`, () => this.#kill(process));
    const request = new Request(url, {
      method,
      ...(headers ? { headers } : {}),
      ...(body === undefined ? {} : { body }),
      redirect: "manual",
    });
    const done = async () => {
      const response = await process.doors.default.fetch(request, env, process.context());
      return { status: response.status, headers: response.headers, body: await response.text() };
    };
    // A body may break off after its head was sent: then the client has no answer either.
    const answer = await process.orDeath(done().catch(() => "broke off" as const));
    if (answer === "died" || answer === "broke off") return undefined;
    timeline.note(`${what} is answered ${answer.status}`);
    if (faults.hits("answer-lost")) return "never";
    await timeline.wait(this.#random.wait(20), `${what}: the answer arrives`);
    return answer;
  }

  /** Somebody from the carrier's side speaks to the gateway; false if nobody knows whether it was heard. */
  async tell(
    what: string,
    run: (gateway: ReturnType<Process["doors"]["gatewayOf"]>) => Promise<unknown>,
  ): Promise<boolean> {
    const { timeline } = this.#given;
    await timeline.wait(this.#random.wait(20), what);
    const host = this.#worker();
    if (!host) return false;
    const { process, env } = host;
    const done = await process.orDeath(
      run(process.doors.gatewayOf(env)).then(
        () => true,
        () => false,
      ),
    );
    await timeline.wait(this.#random.wait(20), `${what}: ${done}`);
    return done === true;
  }

  /** A customer's program connects, and says whose it is: a bridge brings it to where that customer's sessions are. */
  async bind(systemId: string, headers: Record<string, string>): Promise<Line> {
    const { timeline, faults } = this.#given;
    const line = new Line({ timeline, faults, random: this.#random.fork(`line ${++this.#lines}`), what: systemId });
    await timeline.wait(this.#random.wait(10), `${systemId} connects`);
    await this.#objects.bring("SmppSessions", systemId, headers, line);
    return line;
  }

  /** The bridge of this customer's connections is about to end. */
  drain(systemId: string): void {
    this.#objects.say("SmppSessions", systemId, "drain");
  }

  /** A minute has passed. */
  tick(cron = "* * * * *"): void {
    const { faults, timeline } = this.#given;
    this.#objects.tick();
    if (cron !== "@reboot" && faults.hits("cron-skipped")) return;
    const times = cron !== "@reboot" && faults.hits("cron-doubled") ? 2 : 1;
    for (let n = 0; n < times; n++) {
      const late = faults.hits("cron-late") ? this.#random.wait(2 * MINUTE) : this.#random.wait(50);
      timeline.after(late, "cron", () => {
        const host = this.#worker();
        // One that fails is made up for by the next.
        if (host) void host.process.orDeath(host.process.doors.default.scheduled({ cron }, host.env).catch(() => {}));
      });
    }
  }

  /** Whether a call is on its way to a carrier. */
  get isAskingCarriers(): boolean {
    return this.#askingCarriers > 0 || this.#objects.isSubmitting;
  }

  /** How many jobs wait in the queues. */
  get waitingJobs(): number {
    return this.#queues.length;
  }

  /** One of the processes dies by chance, if there is one, and another takes its place. */
  #kill(process: Process): void {
    if (process.isAlive && ++this.#deaths <= MOST_DEATHS) this.#replace(process);
  }

  /** A process ends, with all that it had in memory, and another takes its place. */
  #replace(process: Process): void {
    const { timeline, shape } = this.#given;
    timeline.note(`${process.name} dies`);
    process.die();
    this.#objects.died(process);
    if (this.#intake?.host.process === process) this.#intake = undefined;
    const index = this.#workers.findIndex((one) => one.process === process);
    if (index < 0) return;
    if (shape === "edge") {
      this.#workers[index] = this.#start();
      return;
    }
    this.#workers = [];
    // Its queues die with it.
    this.#queues.forget();
    timeline.after(this.#random.wait(2 * SECOND), "the laptop starts again", () => {
      const host = this.#start();
      this.#workers = [host];
      this.tick("@reboot");
      for (let n = 1; n <= 20; n++) {
        timeline.after(n * 2 * SECOND, "an early round", () => host.process.isAlive && this.tick());
      }
    });
  }

  /**
   * The operator deploys other settings. At the edge each process is replaced at a moment of its own, and the one before ends
   * what it has begun; objects are reset. A laptop starts again.
   */
  deploy(settings: Record<string, string>): void {
    const { timeline, shape } = this.#given;
    this.#settings = { ...this.#settings, ...settings };
    timeline.note("the operator deploys other settings");
    if (shape === "laptop") {
      for (const { process } of this.#workers) this.#replace(process);
      return;
    }
    this.#workers.forEach((_, index) => {
      timeline.after(this.#random.wait(2 * SECOND), "a process with other settings", () => {
        this.#workers[index] = this.#start();
      });
    });
    timeline.after(this.#random.wait(2 * SECOND), "objects have other settings", () => {
      const object = this.#intake?.host.process;
      this.#intake = undefined;
      object?.die();
      this.#objects.reset();
    });
  }

  #worker(): Host | undefined {
    return this.#workers.length > 0 ? this.#random.pick(this.#workers) : undefined;
  }

  #start(name = "worker"): Host {
    const { bundle, timeline, random, faults, outside, dial, log } = this.#given;
    const number = ++this.#made;
    const process: Process = new Process(`${name} ${number}`, bundle, {
      timeline,
      random: random.fork(`${name} ${number}`),
      skew: faults.has("clock-skew") ? this.#random.int(-400, 400) : 0,
      outside: (request) => {
        this.#mayDie(process, SLOWEST);
        return outside(request);
      },
      dial,
      log,
    });
    return { process, env: this.#envOf(process, this.#settings) };
  }

  /** It may die within this time, whatever it waits for just now. Milliseconds. */
  #mayDie(process: Process, within: number): void {
    const { timeline, faults } = this.#given;
    if (timeline.now > process.bornAt + YOUTH && faults.hits("crash"))
      timeline.after(this.#random.next() * within, `${process.name} crashes`, () => this.#kill(process));
  }

  #envOf(process: Process, settings: Record<string, string>): Env {
    const queue = (name: QueueName) =>
      ({ sendBatch: (jobs: Sent[]) => process.heard(this.#queues.send(name, jobs)) }) as never;
    return {
      ...settings,
      DB: this.#databaseOf(process),
      URGENT_JOBS: queue("URGENT_JOBS"),
      MESSAGE_JOBS: queue("MESSAGE_JOBS"),
      BULK_JOBS: queue("BULK_JOBS"),
      CHARGE_JOBS: queue("CHARGE_JOBS"),
      WEBHOOK_JOBS: queue("WEBHOOK_JOBS"),
      INTAKE: objects((method, given) => process.heard(this.#askIntake(process, method, given))),
      ACCOUNT_RATES: objects((_, given) => process.heard(this.#askRates(given))),
      CARRIER_PACE: objects((_, given) => process.heard(this.#askPace(given))),
      SIMULATOR: objects((method, given) => process.heard(this.#askNetwork(process, method, given))),
      SMPP: this.#objects.namespace("SmppSessions", process),
      SMPP_BINDS: this.#objects.namespace("SmppBind", process),
      ASSETS: undefined as never,
    };
  }

  #databaseOf(process: Process): D1Database {
    const { shape } = this.#given;
    return databaseOf(process, {
      ...this.#given,
      random: this.#random,
      // Elsewhere what is on its way arrives, whoever sent it.
      diesWithProcess: shape === "laptop",
      underWay: (takes) => this.#mayDie(process, 2 * takes),
    });
  }

  /** What accounts ask for in a second is counted in one place, whoever asks. */
  async #askRates(given: readonly unknown[]): Promise<number | undefined> {
    const [rates] = given as [readonly Rate[]];
    await this.#given.timeline.wait(this.#random.next() * 5, "what an account asks for is counted");
    return this.#rates.take(rates, this.#given.timeline.now);
  }

  /** A carrier's pace is kept in one place, whoever asks. */
  async #askPace(given: readonly unknown[]): Promise<number[]> {
    const [perSecond, wishes] = given as Parameters<Pacer["take"]>;
    await this.#given.timeline.wait(this.#random.next() * 5, "the pace of a carrier is asked for");
    return this.#pacer.take(perSecond, wishes, this.#given.timeline.now);
  }

  async #askIntake(caller: Process, method: string, given: readonly unknown[]): Promise<unknown> {
    const { timeline, faults, shape } = this.#given;
    const copied = structuredClone(given);
    await timeline.wait(this.#random.wait(2), `${caller.name} asks the intake`);
    this.#intake ??= this.#openIntake(caller);
    const { host, object } = this.#intake;
    if (shape === "edge" && faults.hits("intake-reset")) {
      timeline.after(this.#random.wait(8), "the intake is reset", () => this.#kill(host.process));
    }
    const answer = (object as unknown as Record<string, (...args: unknown[]) => Promise<unknown>>)[method]?.(...copied);
    const heard = await host.process.orDeath(Promise.resolve(answer).then(structuredClone));
    await timeline.wait(this.#random.wait(2), `${caller.name} hears of the intake`);
    if (heard === "died") throw new Error(RESET);
    return heard;
  }

  #openIntake(caller: Process): { host: Host; object: Intake } {
    const host =
      this.#given.shape === "edge"
        ? this.#start("intake")
        : (this.#workers.find((one) => one.process === caller) as Host);
    return { host, object: new host.process.doors.Intake(host.process.context() as never, host.env) };
  }

  async #askNetwork(process: Process, method: string, given: readonly unknown[]): Promise<unknown> {
    const { timeline, network, faults } = this.#given;
    const copied = structuredClone(given);
    this.#askingCarriers++;
    const way = () => this.#random.wait(30) + (faults.hits("carrier-slow") ? this.#random.int(0, SLOWEST) : 0);
    this.#mayDie(process, SLOWEST);
    await timeline.wait(way(), `the carrier is asked: ${method} ${namesOf(copied[0])}`);
    this.#askingCarriers--;
    const told = network(method, copied);
    if (told === "hangs") return new Promise(() => {});
    await timeline.wait(way(), `the carrier answers: ${method}`);
    if ("fails" in told) throw new Error(told.fails);
    return structuredClone(told.answer);
  }
}

/** A namespace of which there is one object, and whatever is asked of it is asked like this. */
function objects(ask: (method: string, given: readonly unknown[]) => Promise<unknown>): never {
  const stub = new Proxy(
    {},
    {
      get:
        (_, method) =>
        (...given: unknown[]) =>
          ask(String(method), given),
    },
  );
  return { idFromName: (name: string) => name, get: () => stub } as never;
}

/** Of what a carrier is asked, the ids. */
function namesOf(asked: unknown): string {
  if (!Array.isArray(asked)) return String(asked);
  return asked.map((one) => (typeof one === "string" ? one : (one as { id?: string }).id)).join(" ");
}
