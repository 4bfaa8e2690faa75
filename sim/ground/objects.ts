/**
 * Durable Objects that hold connections. What one has stored outlives its memory; its sockets do too where it only sleeps, and not
 * where it is reset.
 */

import { DatabaseSync } from "node:sqlite";
import type { Faults } from "../faults.ts";
import type { Host } from "./cloud.ts";
import type { End, Line } from "./line.ts";
import type { Process } from "./process.ts";
import type { Random } from "./random.ts";
import type { Timeline } from "./timeline.ts";

export type ObjectClass = "SmppSessions" | "SmppBind";

type Given = {
  timeline: Timeline;
  random: Random;
  faults: Faults;
  /** A process for it: one of its own, or that of whoever is there. */
  host(name: string): Host | undefined;
  kill(process: Process): void;
  /** It may die within this time. Milliseconds. */
  mayDie(process: Process, within: number): void;
};

/** What an object is, as the platform calls it. */
type Living = {
  alarm?(): Promise<void>;
  fetch?(request: Request): Promise<{ webSocket?: Socket }>;
  webSocketMessage?(socket: Socket, message: string | ArrayBuffer): Promise<void>;
  webSocketClose?(socket: Socket, code: number, reason: string): Promise<void>;
};

const RESET = "Durable Object reset because its code was updated.";
/** An alarm that failed comes again, so often. Cloudflare, "Alarms". */
const ALARM_TRIES = 6;

class Thing {
  readonly cls: ObjectClass;
  readonly name: string;
  readonly sqlite = new DatabaseSync(":memory:");
  readonly values = new Map<string, unknown>();
  readonly sockets = new Set<Socket>();
  alarmAt: number | null = null;
  live: { host: Host; object: Living } | undefined;
  /** Calls of it that are under way. */
  busy = 0;

  constructor(cls: ObjectClass, name: string) {
    this.cls = cls;
    this.name = name;
  }
}

export class Objects {
  readonly #given: Given;
  readonly #things = new Map<string, Thing>();
  #submits = 0;

  constructor(given: Given) {
    this.#given = given;
  }

  /** How a process calls objects of a class. */
  namespace(cls: ObjectClass, caller: Process): never {
    const stub = (name: string) =>
      new Proxy(
        {},
        {
          get: (_, method) =>
            method === "then"
              ? undefined
              : (...given: unknown[]) => caller.heard(this.#ask(this.#thing(cls, name), caller, String(method), given)),
        },
      );
    return { idFromName: (name: string) => name, get: (name: string) => stub(name) } as never;
  }

  /** A connection is brought to an object; the end at which it hears. Nothing where it is refused. */
  async bring(cls: ObjectClass, name: string, headers: Record<string, string>, line: Line): Promise<void> {
    const thing = this.#thing(cls, name);
    const live = this.#wake(thing);
    const request = new Request("https://bridge.example/smpp", { headers });
    const answer = live?.object.fetch ? await live.host.process.orDeath(live.object.fetch(request)) : "died";
    const socket = answer === "died" ? undefined : answer.webSocket?.peer;
    if (!socket) return line.cut("nobody took it");
    socket.open(line);
    const end: End = {
      hear: (octets) => void this.#heard(thing, socket, octets),
      ended: (why) => void this.#closed(thing, socket, why),
    };
    line.attach("far", end);
  }

  /** A word beside the PDUs, to all connections of an object. */
  say(cls: ObjectClass, name: string, word: string): void {
    const thing = this.#thing(cls, name);
    for (const socket of [...thing.sockets]) void this.#heard(thing, socket, word);
  }

  /** Alarms that are due. They come with the minute: an object that looks each few seconds would fill a run with nothing else. */
  tick(): void {
    const { timeline, random } = this.#given;
    for (const thing of this.#things.values()) {
      if (thing.alarmAt === null || thing.alarmAt > timeline.now) continue;
      thing.alarmAt = null;
      timeline.after(random.wait(50), `the alarm of ${thing.name}`, () => void this.#alarm(thing, ALARM_TRIES));
    }
  }

  /** A process is no more, and with it what its objects had in memory, and their connections. */
  died(process: Process): void {
    for (const thing of this.#things.values()) {
      if (thing.live?.host.process !== process) continue;
      thing.live = undefined;
      thing.busy = 0;
      for (const socket of [...thing.sockets]) {
        thing.sockets.delete(socket);
        socket.line?.cut("the object was reset");
      }
    }
  }

  /** Each has other settings from now on: what it was doing is cut off. */
  reset(): void {
    for (const { live } of [...this.#things.values()]) {
      live?.host.process.die();
      if (live) this.died(live.host.process);
    }
  }

  async #alarm(thing: Thing, tries: number): Promise<void> {
    const live = this.#wake(thing);
    const done = await this.#run(thing, async () => live?.object.alarm?.()).catch(() => "failed");
    if ((done === "failed" || done === "died") && tries > 1 && thing.alarmAt === null) {
      this.#given.timeline.after(2_000, `the alarm of ${thing.name} again`, () => void this.#alarm(thing, tries - 1));
    }
  }

  /** Whether a text is on its way to a carrier. */
  get isSubmitting(): boolean {
    return this.#submits > 0;
  }

  async #ask(thing: Thing, caller: Process, method: string, given: readonly unknown[]): Promise<unknown> {
    if (method !== "submit") return this.#askNow(thing, caller, method, given);
    this.#submits += 1;
    try {
      return await this.#askNow(thing, caller, method, given);
    } finally {
      this.#submits -= 1;
    }
  }

  async #askNow(thing: Thing, caller: Process, method: string, given: readonly unknown[]): Promise<unknown> {
    const { timeline, random, faults, kill } = this.#given;
    const copied = structuredClone(given);
    await timeline.wait(random.wait(2), `${caller.name} asks ${thing.name}: ${method}`);
    const live = this.#wake(thing);
    if (!live) throw new Error(RESET);
    const { process } = live.host;
    if (faults.hits("object-reset")) timeline.after(random.wait(50), `${thing.name} is reset`, () => kill(process));
    const heard = await this.#run(thing, async () =>
      structuredClone(await (live.object as Record<string, (...args: unknown[]) => unknown>)[method]?.(...copied)),
    );
    await timeline.wait(random.wait(2), `${caller.name} hears of ${thing.name}`);
    if (heard === "died") throw new Error(RESET);
    return heard;
  }

  async #heard(thing: Thing, socket: Socket, message: string | Uint8Array): Promise<void> {
    const { faults } = this.#given;
    // It sleeps when it has nothing to do: its sockets stay.
    if (thing.busy === 0 && thing.live && faults.hits("object-sleeps")) thing.live = this.#made(thing, thing.live.host);
    const live = this.#wake(thing);
    if (!live || !thing.sockets.has(socket)) return;
    this.#given.mayDie(live.host.process, 50);
    const given = typeof message === "string" ? message : (message.slice().buffer as ArrayBuffer);
    await this.#run(thing, async () => live.object.webSocketMessage?.(socket, given)).catch(() => {});
  }

  async #closed(thing: Thing, socket: Socket, why: string): Promise<void> {
    if (!thing.sockets.has(socket)) return;
    socket.readyState = 3;
    const live = this.#wake(thing);
    if (live) await this.#run(thing, async () => live.object.webSocketClose?.(socket, 1006, why)).catch(() => {});
    thing.sockets.delete(socket);
  }

  async #run<T>(thing: Thing, work: () => Promise<T>): Promise<T | "died"> {
    const { live } = thing;
    if (!live) return "died";
    thing.busy += 1;
    try {
      return await live.host.process.orDeath(work());
    } finally {
      if (thing.live === live) thing.busy -= 1;
    }
  }

  #thing(cls: ObjectClass, name: string): Thing {
    const key = `${cls} ${name}`;
    const thing = this.#things.get(key) ?? new Thing(cls, name);
    this.#things.set(key, thing);
    return thing;
  }

  #wake(thing: Thing): { host: Host; object: Living } | undefined {
    if (thing.live) return thing.live;
    const host = this.#given.host(`${thing.cls} ${thing.name}`);
    if (host) thing.live = this.#made(thing, host);
    return thing.live;
  }

  #made(thing: Thing, host: Host): { host: Host; object: Living } {
    const Class = host.process.doors[thing.cls] as unknown as new (context: unknown, env: unknown) => Living;
    return { host, object: new Class(contextOf(thing), host.env) };
  }
}

/** The state of an object as its code has it: SQL and values that are there as soon as they are written. */
function contextOf(thing: Thing): unknown {
  return {
    waitUntil: (promise: Promise<unknown>) => void promise.catch(() => {}),
    acceptWebSocket: (socket: Socket) => void thing.sockets.add(socket),
    getWebSockets: () => [...thing.sockets],
    storage: {
      sql: { exec: (query: string, ...given: never[]) => rowsOf(thing.sqlite, query, given) },
      get: async (key: string) => structuredClone(thing.values.get(key)),
      put: async (key: string, value: unknown) => void thing.values.set(key, structuredClone(value)),
      getAlarm: async () => thing.alarmAt,
      setAlarm: async (at: number) => {
        thing.alarmAt = at;
      },
      deleteAlarm: async () => {
        thing.alarmAt = null;
      },
    },
  };
}

function rowsOf(sqlite: DatabaseSync, query: string, given: never[]) {
  const rows = sqlite.prepare(query).all(...given);
  return {
    toArray: () => rows,
    one() {
      if (rows.length !== 1) throw new Error(`${query} answers ${rows.length} rows`);
      return rows[0];
    },
  };
}

/** A WebSocket that may outlive the memory of whoever accepted it. */
export class Socket {
  static readonly READY_STATE_OPEN = 1;
  readyState = 1;
  peer: Socket | undefined;
  line: Line | undefined;
  #kept: unknown;
  #waiting: Uint8Array[] = [];

  open(line: Line): void {
    this.line = line;
    for (const octets of this.#waiting.splice(0)) line.send("far", octets);
  }

  send(octets: Uint8Array): void {
    if (this.readyState !== 1) throw new Error("the WebSocket is closed");
    if (this.line) this.line.send("far", octets);
    else this.#waiting.push(octets.slice());
  }

  close(_code?: number, reason = ""): void {
    if (this.readyState !== 1) return;
    this.readyState = 3;
    this.line?.close("far", reason);
  }

  serializeAttachment(value: unknown): void {
    this.#kept = structuredClone(value);
  }

  deserializeAttachment(): unknown {
    return structuredClone(this.#kept);
  }
}

/** The pair that is made for a request: what one says, the other hears. */
export class SocketPair {
  readonly 0 = new Socket();
  readonly 1 = new Socket();
  constructor() {
    this[0].peer = this[1];
    this[1].peer = this[0];
  }
}
