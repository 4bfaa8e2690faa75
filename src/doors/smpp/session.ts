/**
 * One connection of a customer who speaks SMPP 3.4: who may say what when (clause 2.2), what waits for an answer, and when silence
 * is too long. It is given PDUs and a way to send them; where the octets come from, it does not know.
 */

import type { Caller } from "../../core/accounts/account.ts";
import { OverLimit } from "../../core/accounts/limits.ts";
import type { SmppConnection } from "../../core/operator/smpp.ts";
import type { SmppRequest } from "../../dialects/smpp.ts";
import { type Command, STATUS } from "../../smpp/fields.ts";
import { decode, encode, isResponse, type Pdu, type PduOf, pdu, respond, toTlvs } from "../../smpp/pdu.ts";
import { BINDS, judge, mayComeFrom, tooMany } from "./bind.ts";
import type { Link, Mode, SessionPorts, Told } from "./contract.ts";
import { DELIVERY_WINDOW, DeliveryTurns } from "./delivery-turns.ts";
import { Ending } from "./ending.ts";
import { wakeWaiting } from "./waiting.ts";

/** How long a delivery waits for its answer; a webhook waits as long. Milliseconds. */
const ANSWER_MS = 10_000;
/** After so much silence we ask; after so much more nobody is there. */
export const ASK_AFTER_MS = 30_000;
export const GONE_AFTER_MS = 60_000;
/** Whoever is connected has to bind within this. */
const BIND_WITHIN_MS = 10_000;
/** So long is waited, at the end of a connection, for requests that are under way. */
const LEAVE_WITHIN_MS = 5_000;
/** So many deliveries in a row without an answer end the connection. */
const MOST_UNANSWERED = 2;
/** Withdrawn, or restricted so that it may not be used from here. */
const WITHDRAWN = "its credential was withdrawn";
const LAST_SEQUENCE = 0x7fffffff;
const VERSION = 0x34;
const OURS = "Stafett";

const SUBMITS: readonly Command[] = ["submit_sm", "data_sm"];
const REQUESTS: readonly Command[] = [...SUBMITS, "query_sm", "cancel_sm", "replace_sm"];

export class Session {
  readonly link: Link;
  readonly #ports: SessionPorts;
  readonly #waiting = new Map<number, (told: Told) => void>();
  readonly #turns: DeliveryTurns;
  readonly #ending = new Ending();
  #underWay = 0;
  #isBinding = false;
  #isLeaving = false;
  #isClosed = false;
  #whenIdle: (() => void)[] = [];
  #looking: Promise<Caller | undefined> | undefined;
  /** Whoever bound, as it was then. */
  caller: Caller | undefined;

  constructor(link: Link, ports: SessionPorts) {
    this.link = link;
    this.#ports = ports;
    this.#turns = new DeliveryTurns(ports.after);
  }

  /** Whether it may be told things. */
  get takesNews(): boolean {
    return !this.#isClosed && this.link.bound !== undefined && this.link.bound.as !== "transmitter";
  }

  /** The same, for the customer that this credential is of. */
  takesNewsOf(credential: string): boolean {
    return this.takesNews && this.link.bound?.credential === credential;
  }

  /** Deliveries that wait for their answers, or for their turns. */
  get outstanding(): number {
    return this.#waiting.size + this.#turns.waiting;
  }

  /** How it stands, for an operator. */
  get sight(): Omit<SmppConnection, "requests"> {
    const { id, address, isSecure, openedAt, heardAt, bound } = this.link;
    const { settings = {} } = this.caller?.account ?? {};
    return {
      id,
      address,
      isSecure,
      openedAt,
      heardAt,
      ...(bound ? { as: bound.as, boundAt: bound.at } : {}),
      window: { used: this.#underWay, most: this.#ports.speech.limits(settings).window },
      deliveries: { used: this.#waiting.size, most: DELIVERY_WINDOW },
    };
  }

  /** One PDU of the customer's, as the framer cut it. Resolves when it is answered. */
  async hear(frame: Uint8Array): Promise<void> {
    if (this.#isClosed) return;
    this.#change({ heardAt: this.#ports.wall() });
    const decoded = decode(frame);
    if (decoded.outcome === "unknown") {
      // A response is never answered: two programs that did would go on for ever.
      if (!decoded.isResponse)
        this.#send(pdu("generic_nack", { status: STATUS.commandId, sequence: decoded.sequence }));
      return;
    }
    if (decoded.outcome === "unreadable") return this.#send(respond(decoded, decoded.status));
    if (isResponse(decoded.pdu)) return this.#hearAnswer(decoded.pdu);
    await this.#hearRequest(decoded.pdu);
  }

  /** What cannot be cut into PDUs any more: says so, as the standard wants, and ends. Clause 4.3. */
  hearNonsense(why: string, isAnswered: boolean): void {
    if (isAnswered) this.#send(pdu("generic_nack", { status: STATUS.commandLength }));
    this.#end(why);
  }

  /**
   * Tells the customer something, and answers what his program made of it.
   * @throws RangeError where it cannot be written as a PDU
   */
  async tell(news: PduOf<"deliver_sm" | "data_sm">): Promise<Told> {
    const turn = this.#turns.take();
    if (turn !== true && !(await turn)) return { outcome: this.#isClosed ? "gone" : "full" };
    try {
      return this.#isClosed ? { outcome: "gone" } : await this.#tell(news);
    } finally {
      this.#turns.giveBack();
    }
  }

  async #tell(news: PduOf<"deliver_sm" | "data_sm">): Promise<Told> {
    const sequence = this.#nextSequence();
    const octets = encode({ ...news, sequence });
    return new Promise((resolve) => {
      const settle = (told: Told) => {
        callOff();
        this.#waiting.delete(sequence);
        resolve(told);
      };
      const callOff = this.#ports.after(ANSWER_MS, () => {
        settle({ outcome: "silent" });
        this.#change({ unanswered: this.link.unanswered + 1 });
        if (this.link.unanswered >= MOST_UNANSWERED) this.#end("deliveries were not answered");
      });
      this.#waiting.set(sequence, settle);
      if (!this.#isClosed) this.#ports.send(octets);
    });
  }

  /** Asks whether anybody is there after a silence, and ends a connection where nobody is; also one whose credential is gone. */
  async tick(): Promise<void> {
    const now = this.#ports.wall();
    const { bound, openedAt, heardAt, askedAt } = this.link;
    if (!bound) {
      if (now - openedAt >= BIND_WITHIN_MS) this.#end("it did not bind in time");
      return;
    }
    if (!(await this.#caller().catch(() => "unknown"))) return this.unbind(WITHDRAWN);
    if (now - heardAt < ASK_AFTER_MS) return;
    if (askedAt !== undefined && askedAt > heardAt && now - heardAt >= GONE_AFTER_MS)
      return this.#end("it fell silent");
    this.#change({ askedAt: now });
    this.#send(pdu("enquire_link", { sequence: this.#nextSequence() }));
  }

  /** Takes leave of the customer's program, which comes back when it likes. What is under way is answered before. */
  async unbind(why: string): Promise<void> {
    await this.#idle();
    if (this.link.bound) this.#send(pdu("unbind", { sequence: this.#nextSequence() }));
    this.#end(why);
  }

  /** The connection is gone. @param isHungUp its program closed it in order */
  closed(why: string, isHungUp = false): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#ending.end(isHungUp ? this.#ports.wall() : undefined);
    this.#turns.close();
    for (const settle of [...this.#waiting.values()]) settle({ outcome: "gone" });
    this.#ports.log("smpp.closed", { link: this.link.id, systemId: this.link.systemId, why });
  }

  async #hearRequest(request: Pdu): Promise<void> {
    const { command } = request;
    const mode = BINDS[command];
    // The types of the three binds differ by their names alone.
    if (mode) return this.#bind(request as PduOf<"bind_transceiver">, mode);
    if (command === "enquire_link") return this.#send(respond(request, STATUS.ok));
    if (command === "outbind") return this.#end("it sent an outbind, which an SMSC does");
    if (!this.link.bound) return this.#send(respond(request, STATUS.bindState));
    if (command === "unbind") {
      this.#ending.unbound();
      await this.#idle();
      this.#send(respond(request, STATUS.ok));
      return this.#end("it unbound");
    }
    if (!REQUESTS.includes(command)) return this.#send(respond(request, STATUS.commandId));
    if (this.link.bound.as === "receiver") return this.#send(respond(request, STATUS.bindState));
    await this.#serve(request as SmppRequest);
  }

  /** Answers a request of the dialect's, if the customer has not too many under way. */
  async #serve(request: SmppRequest): Promise<void> {
    // It may come again in the next connection.
    if (this.#isLeaving) return this.#send(respond(request, STATUS.systemError));
    const { speech, pace, wall, fault, log } = this.#ports;
    const at = wall();
    const heard = { link: this.link.id, at, isGivenUp: () => this.#ending.givesUp(at) };
    this.#underWay += 1;
    try {
      const caller = await this.#ready();
      if (!caller) {
        this.#send(respond(request, STATUS.bindState));
        void this.unbind(WITHDRAWN);
        return;
      }
      const { window, perSecond } = speech.limits(caller.account.settings);
      const isPaced = SUBMITS.includes(request.command);
      if (this.#underWay > window || (isPaced && !pace.take(perSecond, wall())) || (await this.#isTooFast(caller))) {
        return this.#send(respond(request, STATUS.throttled));
      }
      const answer = await speech.answer(request, caller, this.#ports, heard);
      if (this.#isClosed) log("smpp.unanswered", { link: heard.link, command: request.command, status: answer.status });
      this.#send(answer);
    } catch (error) {
      fault(error);
      this.#send(respond(request, STATUS.systemError));
    } finally {
      this.#underWay -= 1;
      if (this.#underWay === 0) for (const go of this.#whenIdle.splice(0)) go();
    }
  }

  /** Whose requests these are. Those that came together are looked up together: a window full of submits costs one read. */
  #ready(): Promise<Caller | undefined> {
    if (!this.#looking) {
      this.#looking = this.#ports.awake().then(() => this.#caller());
      queueMicrotask(() => {
        this.#looking = undefined;
      });
    }
    return this.#looking;
  }

  /** Whether the customer, or this credential, has made as many requests in a second as it may. */
  async #isTooFast(caller: Caller): Promise<boolean> {
    try {
      await this.#ports.gateway.takeRequest(caller);
      return false;
    } catch (error) {
      if (error instanceof OverLimit) return true;
      throw error;
    }
  }

  /** Takes no more requests. Resolves when those that are under way are answered, or have had their time. */
  #idle(): Promise<void> {
    this.#isLeaving = true;
    if (this.#underWay === 0) return Promise.resolve();
    return new Promise((resolve) => {
      const callOff = this.#ports.after(LEAVE_WITHIN_MS, resolve);
      this.#whenIdle.push(() => {
        callOff();
        resolve();
      });
    });
  }

  async #bind(request: PduOf<"bind_transceiver">, mode: Mode): Promise<void> {
    // Only a second bind on this connection is answered so: Kannel takes this status for success.
    if (this.link.bound || this.#isBinding) return this.#send(respond(request, STATUS.alreadyBound));
    this.#isBinding = true;
    const { log, wall } = this.#ports;
    const { systemId } = this.link;
    const judged = await judge(request, this.link, () => this.#caller(), this.#ports).catch((error) => {
      this.#ports.fault(error);
      return { status: STATUS.bindFailed, why: "it could not be looked up" };
    });
    this.#isBinding = false;
    // In the same turn as this one becomes bound: of two that come at once, both would count the others alone.
    const outcome = "caller" in judged ? (tooMany(judged.caller, this.#ports) ?? judged) : judged;
    if ("status" in outcome) {
      const { status, why } = outcome;
      log("smpp.bind_refused", { link: this.link.id, systemId, address: this.link.address, why });
      this.#send(respond(request, status));
      return this.#end(why, status === STATUS.password);
    }
    this.caller = outcome.caller;
    const { account, credential } = outcome.caller;
    this.#change({ bound: { as: mode, account: account.id, credential: credential.id, at: wall() } });
    log("smpp.bound", { link: this.link.id, systemId, account: account.id, as: mode, address: this.link.address });
    // Before version 3.4 there were no optional parameters.
    const { body } = request;
    const tlvs = body.interfaceVersion >= VERSION ? toTlvs({ interfaceVersion: VERSION }) : [];
    this.#send(respond(request, STATUS.ok, { body: { systemId: OURS }, tlvs }));
    if (mode !== "transmitter") await wakeWaiting(this.#ports, outcome.caller, systemId);
  }

  /**
   * Whose connection this is; nobody's where the system_id has got another credential since the bind, which may be another
   * account's, or where the credential may no longer be used from here.
   */
  async #caller(): Promise<Caller | undefined> {
    const { gateway, dialect, speech } = this.#ports;
    const caller = await gateway.callerByKeyName(dialect, speech.credential, this.link.systemId);
    const { bound, address } = this.link;
    if (!bound || !caller) return caller;
    return bound.credential === caller.credential.id && mayComeFrom(caller, address) ? caller : undefined;
  }

  #hearAnswer(answer: Pdu): void {
    if (answer.command === "enquire_link_resp" || answer.command === "unbind_resp") return;
    const settle = this.#waiting.get(answer.sequence);
    if (!settle) {
      this.#ports.log("smpp.stray_response", { link: this.link.id, command: answer.command, status: answer.status });
      return;
    }
    if (this.link.unanswered > 0) this.#change({ unanswered: 0 });
    settle({ outcome: "answered", status: answer.status });
  }

  /** From 1 on, and skipping those that still wait for an answer. Clause 5.1.4. */
  #nextSequence(): number {
    let next = this.link.sequence;
    do next = next >= LAST_SEQUENCE ? 1 : next + 1;
    while (this.#waiting.has(next));
    this.#change({ sequence: next });
    return next;
  }

  #change(to: Partial<Link>): void {
    Object.assign(this.link, to);
    this.#ports.keep(this.link);
  }

  #send(one: Pdu): void {
    if (!this.#isClosed) this.#ports.send(encode(one));
  }

  #end(why: string, isGuess = false): void {
    if (this.#isClosed) return;
    this.closed(why);
    this.#ports.close(why, isGuess);
  }
}
