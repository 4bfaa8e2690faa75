/**
 * The Durable Object that holds one bind to an SMSC: the socket, what was handed over on it, and parts of inbound texts. It is woken by
 * texts, by the minute, and by its own alarm; what is in memory alone (the socket) is made anew when it is gone.
 */

import { connect } from "cloudflare:sockets";
import { DurableObject } from "cloudflare:workers";
import { runningAlone } from "../../adapters/running.ts";
import { Bind } from "../../carriers/smpp/bind.ts";
import { MOST_BINDS, SmscConfig } from "../../carriers/smpp/config.ts";
import type { Wire } from "../../carriers/smpp/connection.ts";
import type { Text } from "../../carriers/smpp/outgoing.ts";
import { type HeardText, HeardTexts } from "../../carriers/smpp/texts.ts";
import type { MessageId } from "../../core/kernel/ids.ts";
import type { CarrierHealth, QueryResult, SubmitResult } from "../../core/messages/carrier.ts";
import type { SmppBindLine, SmppTrace } from "../../core/operator/smpp.ts";
import type { Env } from "../../env.ts";
import { joined } from "../../smpp/frames.ts";
import type { Receipt } from "../../smpp/receipts.ts";
import { handOvers } from "../../store/messaging/hand-overs.ts";
import { lineBook } from "../../store/messaging/line-book.ts";
import { partStore } from "../../store/messaging/parts.ts";
import { awake, carriersOf, gatewayOf, portsOf } from "../../wire.ts";
import { carrierPort } from "../carriers.ts";
import type { SmppBindObject } from "../objects.ts";
import { bindOf } from "./bind-links.ts";
import { Meter } from "./meter.ts";

/** The bind is looked after so often: a socket is lost when the object is started anew. Milliseconds. */
const LOOK_MS = 20_000;
const CONNECT_MS = 10_000;

/** The bind where the texts of all come together. Every carrier has it. */
const TEXTS_AT = 0;

export class SmppBind extends DurableObject<Env> implements SmppBindObject {
  readonly #meter = new Meter(lineBook(this.ctx.storage.sql), Date.now);
  #bind: Bind | undefined;
  #texts: HeardTexts | undefined;
  #name: { carrier: string; bind: number } | undefined;

  async submit(config: SmscConfig, bind: number, texts: readonly Text[], until: number): Promise<SubmitResult[]> {
    await awake(this.env);
    return (await this.#configured(config, bind)).submit(texts, until);
  }

  async query(carrier: string, bind: number, ids: readonly MessageId[]): Promise<QueryResult[]> {
    return this.#of(carrier, bind).query(ids, carrier);
  }

  async health(config: SmscConfig, bind: number): Promise<CarrierHealth> {
    await awake(this.env);
    const own = await this.#configured(config, bind);
    await own.connect();
    return own.health();
  }

  /** How it stands, and what went wrong on it lately. */
  async look(carrier: string, bind: number): Promise<SmppBindLine> {
    const own = this.#of(carrier, bind);
    const { state, ...why } = own.health();
    const connections = own.sight().map((one) => ({ ...one, requests: this.#meter.requestsOf(one.id) }));
    const { troubles, tracedUntil } = this.#meter;
    return { state: state === "up" ? "up" : "down", ...why, connections, troubles, tracedUntil };
  }

  /** Keeps PDUs until then, epoch ms of real time; 0: no more. */
  async trace(until: number): Promise<void> {
    this.#meter.trace(until);
  }

  async traced(): Promise<SmppTrace> {
    return this.#meter.traced();
  }

  /** Another bind of this carrier got a receipt: whether its message is known here. */
  async hearFor(carrier: string, bind: number, key: string, receipt: Receipt): Promise<boolean> {
    await awake(this.env);
    return this.#of(carrier, bind).hearFor(key, receipt);
  }

  /** A bind of this carrier was told a text, or a part of one. When it resolves, that is taken or kept. */
  async hearText(carrier: string, text: HeardText): Promise<void> {
    await awake(this.env);
    await this.#watch(carrier, TEXTS_AT);
    await this.#textsOf(carrier).hear(text);
  }

  /** The minute has passed: a bind that nobody used since a start is made. */
  async keepUp(config: SmscConfig, bind: number): Promise<void> {
    const { log } = await awake(this.env);
    // An SMSC that does not answer must not hold the minute up.
    const kept = runningAlone(async () => this.#tick(config.carrier, await this.#configured(config, bind)));
    const fault = (error: unknown) => log.event("smpp.failed", { carrier: config.carrier, error: String(error) });
    this.ctx.waitUntil(kept.catch(fault));
  }

  /** Sees whether it is to be bound still, and as it is. */
  override async alarm(): Promise<void> {
    const { log } = await awake(this.env);
    const name = this.#name ?? (await this.ctx.storage.get<{ carrier: string; bind: number }>("name"));
    if (!name) return;
    const isTraced = this.#meter.forgetTraced();
    const own = this.#of(name.carrier, name.bind);
    const carrier = carriersOf(this.env).get(name.carrier);
    const config = SmscConfig.safeParse(carrier?.binds?.config).data;
    const isWanted = config !== undefined && !carrier?.isRetired && name.bind < config.binds;
    try {
      await own.configure(isWanted ? config : undefined);
      await runningAlone(() => this.#tick(name.carrier, own));
    } catch (error) {
      log.event("smpp.failed", { carrier: name.carrier, error: String(error) });
    }
    // Of one that is over, too, what was traced is forgotten when its time is, and parts that it kept are passed on.
    const isOpen = isWanted || isTraced || this.#textsOf(name.carrier).areWaiting;
    if (isOpen) await this.ctx.storage.setAlarm(Date.now() + LOOK_MS);
  }

  async #tick(carrier: string, own: Bind): Promise<void> {
    await Promise.all([own.tick(), this.#textsOf(carrier).tick()]);
  }

  async #configured(config: SmscConfig, bind: number): Promise<Bind> {
    const own = this.#of(config.carrier, bind);
    await own.configure(config);
    await this.#watch(config.carrier, bind);
    return own;
  }

  /** Sees to it that the alarm rings: what is kept here is passed on by it. */
  async #watch(carrier: string, bind: number): Promise<void> {
    if ((await this.ctx.storage.getAlarm()) !== null) return;
    await this.ctx.storage.put("name", { carrier, bind });
    await this.ctx.storage.setAlarm(Date.now() + LOOK_MS);
  }

  #of(carrier: string, bind: number): Bind {
    this.#name = { carrier, bind };
    this.#bind ??= this.#make(carrier, bind);
    return this.#bind;
  }

  #textsOf(carrier: string): HeardTexts {
    const { clock, ids } = portsOf(this.env);
    this.#texts ??= new HeardTexts({
      parts: partStore(this.ctx.storage.sql),
      port: carrierPort(gatewayOf(this.env), carrier),
      now: clock.now,
      newId: () => ids.uuid(),
    });
    return this.#texts;
  }

  #make(carrier: string, bind: number): Bind {
    const { clock, ids, log } = portsOf(this.env);
    const { sql } = this.ctx.storage;
    const siblings = Array.from({ length: MOST_BINDS }, (_, other) => other).filter((other) => other !== bind);
    return new Bind({
      book: handOvers(sql),
      port: carrierPort(gatewayOf(this.env), carrier),
      wall: Date.now,
      now: clock.now,
      newId: () => ids.uuid(),
      random: Math.random,
      after(milliseconds, run) {
        const timer = setTimeout(run, milliseconds);
        return () => clearTimeout(timer);
      },
      elsewhere: async (key, receipt) => {
        const asked = siblings.map((other) => bindOf(this.env, carrier, other).hearFor(carrier, other, key, receipt));
        return (await Promise.all(asked)).includes(true);
      },
      hearText: (text) =>
        bind === TEXTS_AT
          ? this.#textsOf(carrier).hear(text)
          : bindOf(this.env, carrier, TEXTS_AT).hearText(carrier, text),
      open: openSocket,
      saw: (connection, way, frame) => this.#meter.saw(connection, way, frame),
      log: (name, fields) => {
        if (name === "smpp.down") this.#meter.note("ended", String(fields.why ?? ""));
        log.event(name, { carrier, bind, ...fields });
      },
    });
  }
}

/** Each minute: every bind of every carrier is made that is not there, so that receipts and texts come in without one going out. */
export async function keepBound(env: Env): Promise<void> {
  const wanted = [...carriersOf(env).values()].flatMap(({ binds, isRetired }) => {
    const config = SmscConfig.safeParse(binds?.config).data;
    return config && !isRetired ? Array.from({ length: config.binds }, (_, bind) => ({ config, bind })) : [];
  });
  await Promise.allSettled(wanted.map(({ config, bind }) => bindOf(env, config.carrier, bind).keepUp(config, bind)));
}

/** A TCP connection, whose writes go out together while one is under way. @throws Error */
async function openSocket(
  { host, port, tls }: SmscConfig,
  hear: (octets: Uint8Array) => void,
  ended: (why: string) => void,
): Promise<Wire> {
  const socket = connect({ hostname: host, port }, { secureTransport: tls ? "on" : "off", allowHalfOpen: false });
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`no connection within ${CONNECT_MS / 1000} s`)), CONNECT_MS);
  });
  try {
    await Promise.race([socket.opened, late]);
  } catch (error) {
    void socket.close().catch(() => {});
    throw error;
  } finally {
    clearTimeout(timer);
  }
  void readAll(socket.readable, hear).then(
    () => ended("the SMSC closed the connection"),
    (error) => ended(`the connection broke: ${error}`),
  );
  return { send: writing(socket.writable, ended), close: () => void socket.close().catch(() => {}) };
}

async function readAll(readable: ReadableStream<Uint8Array>, hear: (octets: Uint8Array) => void): Promise<void> {
  for await (const octets of readable) hear(octets);
}

function writing(writable: WritableStream<Uint8Array>, ended: (why: string) => void): (octets: Uint8Array) => void {
  const writer = writable.getWriter();
  let waiting: Uint8Array[] = [];
  let isWriting = false;
  const flush = async () => {
    isWriting = true;
    try {
      while (waiting.length > 0) await writer.write(joined(waiting.splice(0)));
    } catch (error) {
      waiting = [];
      ended(`the connection broke: ${error}`);
    }
    isWriting = false;
  };
  return (octets) => {
    waiting.push(octets);
    if (!isWriting) void flush();
  };
}
