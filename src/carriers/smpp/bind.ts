/**
 * A bind to an SMSC, kept up: a transceiver, or a transmitter and a receiver. It binds again when a connection ends, later each time
 * it fails, and hands texts over while it stands.
 */

import type { MessageId } from "../../core/kernel/ids.ts";
import type { CarrierHealth, QueryResult, SubmitResult } from "../../core/messages/carrier.ts";
import type { SmppConnection } from "../../core/operator/smpp.ts";
import { hexOf, STATUS } from "../../smpp/fields.ts";
import type { Receipt } from "../../smpp/receipts.ts";
import type { SmscConfig } from "./config.ts";
import { type BindAs, Connection, type ConnectionPorts, type Wire } from "./connection.ts";
import { Incoming, type IncomingPorts } from "./incoming.ts";
import { type Leg, Outgoing, type Text } from "./outgoing.ts";
import { BAD_CREDENTIALS } from "./status.ts";

export type BindPorts = Omit<IncomingPorts, "config"> & {
  after(milliseconds: number, run: () => void): () => void;
  newId(): string;
  /** Each whole PDU, as it is heard or sent on a connection of this name. */
  saw?(connection: string, way: "heard" | "sent", frame: Uint8Array): void;
  /** From 0 to 1. */
  random(): number;
  /** Opens a stream of octets. @throws Error */
  open(config: SmscConfig, hear: (octets: Uint8Array) => void, ended: (why: string) => void): Promise<Wire>;
};

const FIRST_WAIT = 1_000;
const LONGEST_WAIT = 60_000;
/** A bind that stood for so long begins anew with short waits. */
const STOOD_MS = 60_000;
/** Wrong credentials may also mean that the bind before is not over yet; an operator is to look. */
const WRONG_WAIT = 300_000;
/** The SMSC thinks that we are bound still: our old connection has to fall silent there first. */
const BOUND_WAIT = 30_000;
/** What was handed over is known for so long: validity is two days at most, and a receipt may be late. */
const KEPT_MS = 4 * 86_400_000;

const ROLES = { transceiver: ["transceiver"], pair: ["transmitter", "receiver"] } as const satisfies Record<
  string,
  readonly BindAs[]
>;

export class Bind {
  readonly #ports: BindPorts;
  readonly #outgoing: Outgoing;
  readonly #incoming: Incoming;
  #config: SmscConfig | undefined;
  #connections: Connection<Leg>[] = [];
  #isTrying = false;
  #failures = 0;
  #nextTry = 0;
  #boundAt = 0;
  #why = "it has not been tried yet";
  #downSince: number;

  constructor(ports: BindPorts) {
    this.#ports = ports;
    this.#downSince = ports.wall();
    this.#incoming = new Incoming({ ...ports, config: () => this.#configured() });
    this.#outgoing = new Outgoing({
      ...ports,
      config: () => this.#configured(),
      transmitter: () => this.#connections.find(({ as }) => as !== "receiver"),
      answered: (keys) =>
        void this.#incoming.settleEarly(keys).catch((error) => this.#failed("settling a receipt", error)),
      rebind: (why) => this.#endAll(why),
    });
  }

  get isBound(): boolean {
    const { bindType } = this.#config ?? { bindType: "transceiver" };
    return this.#connections.length === ROLES[bindType].length && this.#connections.every((one) => one.isBound);
  }

  /** How it is to be bound from now on; undefined: not at all. A change ends the connections that there are. */
  async configure(config: SmscConfig | undefined): Promise<void> {
    if (JSON.stringify(config) === JSON.stringify(this.#config)) return;
    const before = this.#connections;
    this.#connections = [];
    this.#outgoing.close();
    this.#config = config;
    this.#failures = 0;
    this.#nextTry = 0;
    await Promise.all(before.map((one) => one.unbind("its settings have changed")));
  }

  /** Binds where it is not bound and its time has come; looks after the connections that there are. */
  async tick(): Promise<void> {
    const config = this.#config;
    if (!config) return;
    await Promise.all(this.#connections.map((one) => one.tick(config.enquireSeconds)));
    await this.#keepUp();
    await this.#incoming.tick();
    this.#ports.book.forget(this.#ports.wall() - KEPT_MS);
  }

  /** Binds, if it is not bound and its time has come. */
  connect(): Promise<void> {
    return this.#keepUp();
  }

  /** Hands over texts. @param until none is sent later; epoch ms of real time */
  async submit(texts: readonly Text[], until: number): Promise<SubmitResult[]> {
    await this.#keepUp();
    if (!this.isBound) return texts.map(({ id }) => this.#outgoing.whileDown(id));
    return this.#outgoing.submit(texts, until);
  }

  query(messages: readonly MessageId[], carrier: string): QueryResult[] {
    return messages.map((message) => this.#outgoing.query(message, carrier));
  }

  hearFor(key: string, receipt: Receipt): Promise<boolean> {
    return this.#incoming.hearFor(key, receipt);
  }

  health(): CarrierHealth {
    return this.isBound ? { state: "up" } : { state: "down", reason: this.#why, since: this.#downSince };
  }

  /** How its connections stand, for an operator. */
  sight(): Omit<SmppConnection, "requests">[] {
    const { window } = this.#outgoing;
    const { tls: isSecure = false } = this.#config ?? {};
    return this.#connections.map(({ sight }) => ({ ...sight, isSecure, window }));
  }

  #configured(): SmscConfig {
    if (!this.#config) throw new Error("this bind has no settings");
    return this.#config;
  }

  async #keepUp(): Promise<void> {
    const config = this.#config;
    if (!config || this.isBound || this.#isTrying || this.#ports.wall() < this.#nextTry) return;
    this.#isTrying = true;
    try {
      // What is left of a pair whose other half ended.
      this.#endAll("the other connection of the pair ended");
      for (const as of ROLES[config.bindType]) {
        const refused = await this.#connect(config, as);
        if (refused) return this.#fail(refused.why, refused.wait);
        if (config !== this.#config) return;
      }
      this.#boundAt = this.#ports.wall();
      this.#outgoing.open(config.window);
      this.#ports.log("smpp.bound", { as: config.bindType });
    } finally {
      this.#isTrying = false;
    }
  }

  /** Why it is not bound, and how long it is left alone for that; undefined where it is. */
  async #connect(config: SmscConfig, as: BindAs): Promise<{ why: string; wait?: number } | undefined> {
    let connection: Connection<Leg> | undefined;
    try {
      const wire = await this.#ports.open(
        config,
        (octets) => connection?.hear(octets),
        (why) => connection?.end(why),
      );
      connection = new Connection(as, wire, this.#connectionPorts(), (why) => this.#lost(connection, why));
    } catch (error) {
      return {
        why: `${config.host}:${config.port} cannot be reached: ${error instanceof Error ? error.message : error}`,
      };
    }
    const status = await connection.bind(config);
    if (status === STATUS.ok) {
      this.#connections.push(connection);
      return undefined;
    }
    connection.end("the bind was refused");
    if (status === undefined) return { why: "the SMSC did not answer the bind" };
    const why = `the SMSC answered the bind with command_status ${hexOf(status)}`;
    const wait = BAD_CREDENTIALS.includes(status)
      ? WRONG_WAIT
      : status === STATUS.alreadyBound
        ? BOUND_WAIT
        : undefined;
    return { why, ...(wait === undefined ? {} : { wait }) };
  }

  #connectionPorts(): ConnectionPorts<Leg> {
    const { wall, after, log, newId, saw } = this.#ports;
    const id = newId();
    return {
      id,
      wall,
      after,
      log,
      saw: (way, frame) => saw?.(id, way, frame),
      told: async (news) => {
        try {
          return await this.#incoming.hear(news, id);
        } catch (error) {
          this.#failed("taking in what the SMSC told", error);
          throw error;
        }
      },
      answered: (answers) => this.#outgoing.heard(answers),
      late: (leg, answer) => this.#outgoing.late(leg, answer),
    };
  }

  #lost(connection: Connection<Leg> | undefined, why: string): void {
    if (!connection || !this.#connections.includes(connection)) return;
    this.#connections = this.#connections.filter((one) => one !== connection);
    this.#outgoing.close();
    if (this.#ports.wall() - this.#boundAt >= STOOD_MS) this.#failures = 0;
    this.#fail(why);
  }

  /** Tries again later: twice as long after each failure, not at the same moment as all others. */
  #fail(why: string, wait?: number): void {
    const backoff = Math.min(LONGEST_WAIT, FIRST_WAIT * 2 ** this.#failures) * (0.8 + 0.4 * this.#ports.random());
    const milliseconds = Math.round(wait ?? backoff);
    this.#failures += 1;
    this.#why = why;
    this.#downSince = this.#ports.wall();
    this.#nextTry = this.#downSince + milliseconds;
    this.#ports.log("smpp.down", { why, again: milliseconds / 1000 });
    this.#ports.after(milliseconds, () => void this.#keepUp().catch((error) => this.#failed("binding", error)));
  }

  #endAll(why: string): void {
    const before = this.#connections;
    this.#connections = [];
    this.#outgoing.close();
    for (const one of before) one.end(why);
  }

  #failed(what: string, error: unknown): void {
    this.#ports.log("smpp.failed", {
      what,
      error: error instanceof Error ? (error.stack ?? error.message) : String(error),
    });
  }
}
