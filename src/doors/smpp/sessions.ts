/**
 * The Durable Object that holds all connections of one system_id: their number, their pace, the parts of long texts and what the
 * customer is told are all its affair, so none of them needs another object. Connections are hibernating WebSockets: one that is
 * open is a bind that stands, and an idle one costs nothing but a look each half minute.
 */

import { DurableObject } from "cloudflare:workers";
import { runningAlone } from "../../adapters/running.ts";
import type { Caller } from "../../core/accounts/account.ts";
import type { SmppLine, SmppTrace } from "../../core/operator/smpp.ts";
import type { SmppPorts } from "../../dialects/smpp.ts";
import type { Env } from "../../env.ts";
import { dialects } from "../../registry.ts";
import { hexOf, STATUS } from "../../smpp/fields.ts";
import { Framer } from "../../smpp/frames.ts";
import type { PduOf } from "../../smpp/pdu.ts";
import { lineBook } from "../../store/messaging/line-book.ts";
import { partStore } from "../../store/messaging/parts.ts";
import { awake, gatewayOf, portsOf } from "../../wire.ts";
import type { Delivered, SmppSessionsObject } from "../objects.ts";
import { DRAIN, HUNG_UP, WRONG_PASSWORD } from "./brought.ts";
import type { Link, Told } from "./contract.ts";
import { makeGuesses } from "./guesses.ts";
import { isOpen, joining, keeping, linkOf } from "./link.ts";
import { Meter } from "./meter.ts";
import { Pace } from "./pace.ts";
import { ASK_AFTER_MS, Session } from "./session.ts";
import { takingInGroups } from "./taking.ts";
import { watch } from "./watch.ts";

const spoken = dialects.flatMap(({ name, smpp }) => (smpp ? [{ dialect: name, speech: smpp }] : []))[0];

const LOOK_EACH_MS = 5_000;

export class SmppSessions extends DurableObject<Env> implements SmppSessionsObject {
  readonly #sessions = new Map<WebSocket, Session>();
  readonly #pace = new Pace();
  readonly #take = takingInGroups(() => gatewayOf(this.env));
  readonly #guesses = makeGuesses();
  readonly #parts = partStore(this.ctx.storage.sql);
  readonly #meter = new Meter(lineBook(this.ctx.storage.sql), Date.now);
  /** Credentials whose callers are kept. */
  readonly #noted = new Set<string>();
  #lookedAt = 0;
  #missedAt = Number.NEGATIVE_INFINITY;

  /** A bridge brings a connection, whose first PDU is a bind with this object's system_id. */
  override async fetch(request: Request): Promise<Response> {
    const { 0: theirs, 1: ours } = new WebSocketPair();
    this.ctx.acceptWebSocket(ours);
    ours.serializeAttachment(linkOf(request.headers, Date.now()));
    await this.#wakeBy(Date.now() + ASK_AFTER_MS);
    return new Response(null, { status: 101, webSocket: theirs });
  }

  override async webSocketMessage(socket: WebSocket, message: string | ArrayBuffer): Promise<void> {
    const session = this.#sessionOf(socket);
    if (typeof message === "string") {
      if (message === DRAIN) await session.unbind("the bridge is ending");
      return;
    }
    const framer = new Framer();
    const frames = framer.push(new Uint8Array(message));
    for (const frame of frames) this.#meter.saw(session.link.id, "heard", frame);
    try {
      await runningAlone(async () => {
        await Promise.all(frames.map((frame) => session.hear(frame)));
        await this.#noteName(session);
      });
    } catch (error) {
      this.#speechPorts().fault(error);
      await session.unbind("a fault of ours");
    }
    await this.#lookForLate();
    if (framer.fault || framer.waiting > 0) session.hearNonsense("the bridge sent what is no PDU", true);
  }

  override async webSocketClose(socket: WebSocket, code: number, reason: string): Promise<void> {
    this.#gone(socket, reason || "the connection was closed", code === HUNG_UP);
    socket.close();
  }

  override async webSocketError(socket: WebSocket): Promise<void> {
    this.#gone(socket, "the connection broke");
  }

  #gone(socket: WebSocket, why: string, isHungUp = false): void {
    const session = this.#sessionOf(socket);
    session.closed(why, isHungUp);
    this.#sessions.delete(socket);
  }

  /** How the connections stand, and what went wrong on them lately. */
  async look(): Promise<SmppLine> {
    const sessions = this.ctx.getWebSockets().map((socket) => this.#sessionOf(socket));
    const connections = sessions.map(({ link, sight }) => ({ ...sight, requests: this.#meter.requestsOf(link.id) }));
    return { connections, troubles: this.#meter.troubles, tracedUntil: this.#meter.tracedUntil };
  }

  /** Keeps PDUs until then, epoch ms of real time; 0: no more. */
  async trace(until: number): Promise<void> {
    this.#meter.trace(until);
    if (until > 0) await this.#wakeBy(Date.now() + ASK_AFTER_MS);
  }

  async traced(): Promise<SmppTrace> {
    return this.#meter.traced();
  }

  /** Looks after silent connections, and after parts whose others did not come. */
  override async alarm(): Promise<void> {
    const { storage } = this.ctx;
    const round = {
      sessions: () => this.ctx.getWebSockets().map((socket) => this.#sessionOf(socket)),
      passOnLate: async () => {
        const late = await this.#passOnLate();
        return this.#meter.forgetTraced() ? (late ?? 0) : late;
      },
      again: (at) => (at === undefined ? storage.deleteAlarm() : storage.setAlarm(at)),
      wall: Date.now,
      fault: this.#speechPorts().fault,
    } satisfies Parameters<typeof watch>[0];
    await runningAlone(() => watch(round));
  }

  /**
   * Tells the customer what a webhook of his says. Its PDUs go in their order, each when the one before was acknowledged, and all on
   * one connection: the parts of a text are of no use to two programs.
   */
  deliver(systemId: string, body: string): Promise<Delivered> {
    return runningAlone(() => this.#deliver(systemId, body));
  }

  async #deliver(systemId: string, body: string): Promise<Delivered> {
    const { log } = await awake(this.env);
    const caller =
      spoken && (await gatewayOf(this.env).callerByKeyName(spoken.dialect, spoken.speech.credential, systemId));
    const news = spoken?.speech.toPdus(body, caller?.account.settings ?? {});
    if (!caller || !news) return { status: 404, why: "there is no such session" };
    if (news.account !== caller.account.number) return { status: 403, why: "the session is another account's" };
    if (news.pdus.length === 0) return { status: 200, why: "nothing of it was asked for" };
    const session = this.#freest(caller.credential.id);
    if (!session) {
      this.#missedAt = Date.now();
      return { status: 503, why: "no receiver or transceiver is bound" };
    }
    for (const pdu of news.pdus) {
      const told = await tell(session, pdu);
      if (told.status !== 200) {
        if (!session.takesNews) this.#missedAt = Date.now();
        log.event("smpp.not_delivered", { systemId, why: told.why });
        return told;
      }
    }
    return { status: 200, why: "acknowledged" };
  }

  /** Of the connections that may be told things, the one with the fewest deliveries that wait for their answers. */
  #freest(credential: string): Session | undefined {
    const sessions = this.ctx.getWebSockets().map((socket) => this.#sessionOf(socket));
    const able = sessions.filter((session) => session.takesNewsOf(credential));
    return able.sort((a, b) => a.outstanding - b.outstanding)[0];
  }

  /** Parts may wait when nobody is connected any more: then the alarm must know whose they are. */
  async #noteName({ link: { bound, systemId }, caller }: Session): Promise<void> {
    if (!bound || !caller || this.#noted.has(bound.credential)) return;
    await this.ctx.storage.put("systemId", systemId);
    // As it was at its last bind: its credential may be withdrawn before the parts that it sent are passed on.
    await this.ctx.storage.put(callerKey(bound.credential), caller);
    this.#noted.add(bound.credential);
  }

  /** Beside the alarm, with what is heard, but not each time. */
  async #lookForLate(): Promise<void> {
    const now = portsOf(this.env).clock.now();
    if (now - this.#lookedAt < LOOK_EACH_MS) return;
    this.#lookedAt = now;
    // The customer has his answers: what goes wrong here is no reason to end his connection.
    await this.#passOnLate().catch(this.#speechPorts().fault);
  }

  async #passOnLate(): Promise<number | undefined> {
    const systemId = await this.ctx.storage.get<string>("systemId");
    if (!spoken || systemId === undefined) return undefined;
    await awake(this.env);
    const gateway = gatewayOf(this.env);
    const { dialect, speech } = spoken;
    const now = await gateway.callerByKeyName(dialect, speech.credential, systemId);
    const callerOf = async (credential: string | undefined) =>
      credential === undefined || credential === now?.credential.id
        ? now
        : this.ctx.storage.get<Caller>(callerKey(credential));
    return speech.passOnLate(callerOf, this.#speechPorts());
  }

  async #wakeBy(at: number): Promise<void> {
    const before = await this.ctx.storage.getAlarm();
    if (before === null || before > at) await this.ctx.storage.setAlarm(at);
  }

  #sessionOf(socket: WebSocket): Session {
    const known = this.#sessions.get(socket);
    if (known) return known;
    const link: Link = socket.deserializeAttachment();
    const session = new Session(link, this.#sessionPorts(socket));
    this.#sessions.set(socket, session);
    return session;
  }

  #speechPorts(): SmppPorts {
    const { clock, ids, log } = portsOf(this.env);
    return {
      gateway: gatewayOf(this.env),
      parts: this.#parts,
      accept: this.#take,
      now: clock.now,
      wall: Date.now,
      newId: () => ids.uuid().replaceAll("-", ""),
      fault: (error) =>
        log.event("smpp.failed", { error: error instanceof Error ? (error.stack ?? error.message) : String(error) }),
    };
  }

  #sending(socket: WebSocket): (octets: Uint8Array) => void {
    const send = joining(socket);
    const { id }: Link = socket.deserializeAttachment();
    return (octets) => {
      this.#meter.saw(id, "sent", octets);
      send(octets);
    };
  }

  #sessionPorts(socket: WebSocket): ConstructorParameters<typeof Session>[1] {
    if (!spoken) throw new Error("no dialect is spoken over SMPP");
    const { log } = portsOf(this.env);
    const isOtherBind = (other: WebSocket) =>
      other !== socket && isOpen(other) && this.#sessionOf(other).link.bound !== undefined;
    return {
      ...this.#speechPorts(),
      ...spoken,
      awake: () => awake(this.env),
      keep: keeping(socket),
      send: this.#sending(socket),
      // After what was sent in this turn, a last answer for instance.
      close: (why, isGuess) => queueMicrotask(() => socket.close(isGuess ? WRONG_PASSWORD : 1000, why.slice(0, 100))),
      after(milliseconds, run) {
        const timer = setTimeout(run, milliseconds);
        return () => clearTimeout(timer);
      },
      boundOthers: () => this.ctx.getWebSockets().filter(isOtherBind).length,
      missedAt: () => this.#missedAt,
      pace: this.#pace,
      guesses: this.#guesses,
      log: (name, fields) => {
        const why = String(fields.why ?? "");
        if (name === "smpp.bind_refused") this.#meter.note("refused", why);
        if (name === "smpp.closed") this.#meter.note("ended", why);
        log.event(name, fields);
      },
    };
  }
}

function callerKey(credential: string): string {
  return `caller ${credential}`;
}

async function tell(session: Session, pdu: PduOf<"deliver_sm" | "data_sm">): Promise<Delivered> {
  if (!session.takesNews) return { status: 503, why: "the connection ended before all was told" };
  return toDelivered(await session.tell(pdu));
}

function toDelivered(told: Told): Delivered {
  if (told.outcome === "silent") return { status: 504, why: "no answer within 10 s" };
  if (told.outcome === "full") return { status: 503, why: "too many deliveries wait for their answers" };
  if (told.outcome === "gone") return { status: 503, why: "the connection ended before the answer" };
  if (told.status === STATUS.ok) return { status: 200, why: "acknowledged" };
  const why = `answered with command_status ${hexOf(told.status)}`;
  return { status: TEMPORARY.includes(told.status) ? 503 : 502, why };
}

/** What a program says that is only busy. Standard 3.4, clause 5.1.3. */
const TEMPORARY: readonly number[] = [STATUS.systemError, STATUS.queueFull, STATUS.throttled, STATUS.temporaryAppError];
