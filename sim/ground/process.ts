/** A process of ours: the whole Worker with a memory of its own, on a clock, a network and a chance that are not real. */

import type { Gateway } from "../../src/core/gateway.ts";
import type { Intake } from "../../src/doors/intake.ts";
import type { Job } from "../../src/doors/job.ts";
import type { SmppBind } from "../../src/doors/smpp/binds.ts";
import type { SmppSessions } from "../../src/doors/smpp/sessions.ts";
import type { Env } from "../../src/env.ts";
import type { Bundle } from "./bundle.ts";
import { Socket, SocketPair } from "./objects.ts";
import type { Random } from "./random.ts";
import { type Dial, socketOf } from "./tcp.ts";
import type { Event, Timeline } from "./timeline.ts";
import { makeWebCrypto } from "./web-crypto.ts";

/** The doors of the Worker. */
export type Doors = {
  default: {
    fetch(request: Request, env: Env, context: ExecutionContext): Promise<Response> | Response;
    queue(batch: MessageBatch<Job>, env: Env, context: ExecutionContext): Promise<void>;
    scheduled(controller: { cron: string }, env: Env): Promise<void>;
  };
  Intake: new (state: DurableObjectState, env: Env) => Intake;
  SmppSessions: new (state: DurableObjectState, env: Env) => SmppSessions;
  SmppBind: new (state: DurableObjectState, env: Env) => SmppBind;
  gatewayOf(env: Env): Gateway;
};

/** How the outside answers a call. */
export type Outside = (request: {
  method: string;
  url: string;
  headers: Headers;
  body: string;
}) => Promise<{ status: number; body: string; headers?: Record<string, string> } | { fails: string }>;

export type Surroundings = {
  timeline: Timeline;
  random: Random;
  /** Milliseconds that its clock is ahead of the others'. */
  skew: number;
  outside: Outside;
  dial: Dial;
  log: (text: string) => void;
};

export class Process {
  readonly name: string;
  readonly doors: Doors;
  isAlive = true;
  /** By the timeline. */
  readonly bornAt: number;
  #timeline: Timeline;
  #log: (text: string) => void;
  #mourners = new Set<() => void>();

  constructor(name: string, bundle: Bundle, { timeline, random, skew, outside, dial, log }: Surroundings) {
    this.name = name;
    this.#log = log;
    this.#timeline = timeline;
    this.bornAt = timeline.now;
    const connect = (address: { hostname: string; port: number }) => socketOf(this, dial(address, this));
    this.doors = run(bundle, this.#globals(random, skew, outside), connect);
  }

  /** Ends it. Whatever it waited for, it does not hear of. */
  die(): void {
    if (!this.isAlive) return;
    this.isAlive = false;
    for (const tell of this.#mourners) tell();
    this.#mourners.clear();
  }

  /** What it answers; or, if it dies before, that. */
  async orDeath<T>(answer: Promise<T> | T): Promise<T | "died"> {
    if (!this.isAlive) return "died";
    let tell = () => {};
    const death = new Promise<"died">((resolve) => {
      tell = () => resolve("died");
      this.#mourners.add(tell);
    });
    try {
      return await Promise.race([answer, death]);
    } finally {
      this.#mourners.delete(tell);
    }
  }

  /** What it waits for; never, once it is dead. */
  heard<T>(answer: Promise<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      answer.then(
        (value) => this.isAlive && resolve(value),
        (error) => this.isAlive && reject(error),
      );
    });
  }

  context(): ExecutionContext {
    return {
      waitUntil: (promise: Promise<unknown>) => void promise.catch(() => {}),
      passThroughOnException() {},
    } as never;
  }

  #globals(random: Random, skew: number, outside: Outside): Record<string, unknown> {
    const timeline = this.#timeline;
    const now = () => Math.floor(timeline.now + skew);
    const timers = new Map<number, Event>();
    let timersMade = 0;
    const setTimer = (run: (...given: unknown[]) => void, milliseconds = 0, ...given: unknown[]) => {
      const id = ++timersMade;
      const ring = () => {
        timers.delete(id);
        if (this.isAlive) run(...given);
      };
      timers.set(id, timeline.after(milliseconds, `${this.name}: timer`, ring));
      return id;
    };
    const clearTimer = (id: number) => {
      const timer = timers.get(id);
      if (timer) timer.isOff = true;
      timers.delete(id);
    };

    class VirtualDate extends Date {
      constructor(...given: unknown[]) {
        super(...((given.length === 0 ? [now()] : given) as [number]));
      }
      static override now(): number {
        return now();
      }
    }
    const chance = random.fork("Math");
    const math = Object.create(Math, { random: { value: () => chance.next() } });

    return {
      Date: VirtualDate,
      Math: math,
      setTimeout: setTimer,
      clearTimeout: clearTimer,
      crypto: makeWebCrypto(random.fork("crypto")),
      console: { log: this.#log, error: this.#log, warn: this.#log },
      performance: { now },
      Response: Answering,
      WebSocket: Socket,
      WebSocketPair: SocketPair,
      AbortSignal: { timeout: (milliseconds: number) => ({ milliseconds }) },
      fetch: (url: string, given: RequestInit & { signal?: { milliseconds: number } }) =>
        this.heard(this.#fetch(outside, url, given)),
    };
  }

  async #fetch(
    outside: Outside,
    url: string,
    { method = "GET", headers, body, signal }: RequestInit & { signal?: { milliseconds: number } },
  ): Promise<Response> {
    const answer = await new Promise<Awaited<ReturnType<Outside>> | "late">((resolve) => {
      const limit =
        signal && this.#timeline.after(signal.milliseconds, `${this.name}: ${url} is late`, () => resolve("late"));
      void outside({ method, url, headers: new Headers(headers as HeadersInit), body: String(body ?? "") }).then(
        (it) => {
          if (limit) limit.isOff = true;
          resolve(it);
        },
      );
    });
    if (answer === "late") throw new DOMException("The operation was aborted due to timeout", "TimeoutError");
    if ("fails" in answer) throw new TypeError(answer.fails);
    const { status, headers: told = {} } = answer;
    return new Response(answer.body === "" ? null : answer.body, { status, headers: told });
  }
}

/** Responses as Workers know them: one of them takes a WebSocket. */
const Answering = new Proxy(Response, {
  construct(made, [body, init]: [BodyInit | null, (ResponseInit & { webSocket?: Socket }) | undefined]) {
    return init?.status === 101 ? { status: 101, webSocket: init.webSocket } : new made(body, init);
  },
});

const compiled = new WeakMap<Bundle, { names: readonly string[]; run: (...given: unknown[]) => void }>();

/** Runs the script anew: nothing that an earlier run of it remembers is known to this one. */
function run(bundle: Bundle, globals: Record<string, unknown>, connect: (address: never) => unknown): Doors {
  const module = { exports: {} };
  const require = (name: string) => {
    // Here many processes are one, and no line of their log is looked at by its request: following each promise would cost half the time.
    if (name === "node:async_hooks") return { AsyncLocalStorage: NoStorage };
    if (name === "cloudflare:workers") return { DurableObject, waitUntil: () => {} };
    if (name === "cloudflare:sockets") return { connect };
    const found = bundle.packages.get(name);
    if (!found) throw new Error(`the bundle has no package ${name}`);
    return found;
  };
  const given: Record<string, unknown> = { ...globals, module, exports: module.exports, require };
  let script = compiled.get(bundle);
  if (!script) {
    const names = Object.keys(given);
    script = { names, run: new Function(...names, bundle.script) as (...given: unknown[]) => void };
    compiled.set(bundle, script);
  }
  script.run(...script.names.map((name) => given[name]));
  return module.exports as Doors;
}

class NoStorage {
  run(_: unknown, work: () => unknown): unknown {
    return work();
  }
  getStore(): undefined {}
}

/** What an object of ours is made from. */
class DurableObject {
  protected ctx: unknown;
  protected env: unknown;
  constructor(state: unknown, env: unknown) {
    this.ctx = state;
    this.env = env;
  }
}
