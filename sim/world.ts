/** One run: a world made from a plan, driven to its end, and judged after each event. */

import type { DatabaseSync } from "node:sqlite";
import { openDatabase } from "../test/support/database.ts";
import { clients } from "./clients/clients.ts";
import { strex } from "./clients/strex.ts";
import { EXCHANGES, type ExchangeName } from "./exchanges.ts";
import { Faults } from "./faults.ts";
import type { Bundle } from "./ground/bundle.ts";
import { type Answer, type Call, Cloud } from "./ground/cloud.ts";
import { makeRandom, type Random } from "./ground/random.ts";
import { Timeline } from "./ground/timeline.ts";
import { Network, SIMULATOR, type Submission, UNDELIVERED } from "./network.ts";
import { type Judges, judgesOf } from "./oracle/judges.ts";
import { Oracle, type PromiseName, type Row } from "./oracle/oracle.ts";
import { openedRow } from "./oracle/sealed.ts";
import type { Plan, Role } from "./plan.ts";
import { makeReceivers } from "./receivers.ts";
import { RELAY, RELAY_HOST, Relay } from "./relay.ts";
import { BASE, type Customer, openAccounts, openSessions, SETTINGS, setUpRelay, setUpSmsc } from "./setup.ts";
import { Smsc } from "./smpp/smsc.ts";

const MINUTE = 60_000;
const DAY = 86_400_000;
/** What is still open after so long without any fault will never be done. Virtual milliseconds. */
const LONGEST_REST = 60 * DAY;
/** A carrier that is well again is tried within minutes. */
const TRIES = 6;
/** So many lost answers, and a few more, open the breaker of each process. */
const LOST = 12;
/** More than a carrier with a pace takes in the seconds that are looked at. */
const BURST = 8;
/** While something is to happen within this, the cron comes each minute. */
const BUSY = MINUTE;
/**
 * No run needs so many events: one that goes on and on is told of. But a customer's server that is down for a week is called
 * as often as its dialect says, and each such attempt may have rounds of the cron of its own: for it there are more.
 */
const MOST_EVENTS = 1_500_000;
const EVENTS_FOR_A_FAILURE = 200;

/** What a client, or a person, can do and see. */
export type Stage = {
  timeline: Timeline;
  random: Random;
  network: Network;
  accounts: readonly Customer[];
  oracle: Oracle;
  judges: Judges;
  faults: Faults;
  /** The carrier that is bound to, if there is one. */
  smsc: Smsc | undefined;
  /** Connects a customer's program to its sessions; and ends the bridge that brought its connections. */
  bind: Cloud["bind"];
  drain: Cloud["drain"];
  /** Which keys the operator exchanges; and how other settings are deployed. */
  exchanges: readonly ExchangeName[];
  deploy(settings: Record<string, string>): void;
  /** Gives a customer a service under the id of another's, as there are from before names belonged to one account. */
  inherit(customer: Customer, from: Customer, service: string): void;
  /** How much each does. */
  deeds: number;
  call(call: Call, patience?: number): Promise<Answer | undefined>;
  /** The same until it is answered at all: an honest client asks again, with the very same bytes. */
  callUntilAnswered(call: Call): Promise<Answer>;
  /** Whether nobody begins anything new. */
  isOver(): boolean;
};

export type Outcome = {
  plan: Plan;
  events: number;
  /** The same for two runs that went the same way. */
  fingerprint: number;
  /** Virtual milliseconds. */
  lasted: number;
  faults: Record<string, number>;
  breach?: { promise: PromiseName; what: string; step: number; at: number; story: readonly string[] };
};

/** @param options `log` hears what the gateway logs, `story` each event */
export async function run(
  plan: Plan,
  bundle: Bundle,
  options: { log?: (text: string) => void; story?: (text: string) => void } = {},
): Promise<Outcome> {
  return new World(plan, bundle, options).run();
}

class World {
  readonly #plan: Plan;
  readonly #random: Random;
  readonly #timeline: Timeline;
  readonly #faults: Faults;
  readonly #sqlite: DatabaseSync;
  readonly #oracle: Oracle;
  readonly #judges: Judges;
  readonly #network: Network;
  readonly #relay: Relay;
  readonly #cloud: Cloud;
  readonly #smsc: Smsc | undefined;

  constructor(plan: Plan, bundle: Bundle, { log = () => {}, story }: Parameters<typeof run>[2] & object) {
    const random = makeRandom(`run ${plan.seed} ${plan.luck}`);
    const timeline = new Timeline(plan.startsAt, random.fork("timeline"), story);
    const faults = new Faults(plan.faults, random.fork("faults"));
    const { sqlite } = openDatabase();
    const oracle = new Oracle(sqlite);
    const judges = judgesOf(oracle, timeline, faults, plan.kept * DAY);
    const given = { timeline, random, faults };
    this.#plan = plan;
    this.#random = random;
    this.#timeline = timeline;
    this.#faults = faults;
    this.#sqlite = sqlite;
    this.#oracle = oracle;
    this.#judges = judges;
    this.#network = new Network({ ...given, witness: oracle }, { gossip: (id) => void this.#relay.gossip(id) });
    this.#relay = new Relay({
      ...given,
      witness: oracle,
      beside: this.#network,
      call: (call) => this.#cloud.call(call),
      knocked: (knock) => judges.carriers.knocked(knock),
      asked: (what, ids) => judges.carriers.asked(what, ids),
      isElsewhere: (id) => this.#isElsewhere(id),
    });
    this.#smsc =
      plan.smsc &&
      new Smsc({
        ...given,
        manner: plan.smsc,
        witness: oracle,
        beside: this.#network,
        judge: judges.smscs,
        find: (recipient, text, isWhole) => this.#messageOf(recipient, text, isWhole),
      });
    const receivers = makeReceivers({
      ...given,
      received: (call) => oracle.received(call),
      knocked: (knock) => {
        judges.webhooks.knocked(knock);
        judges.events.knocked(knock);
      },
    });
    this.#cloud = new Cloud({
      ...given,
      bundle,
      sqlite,
      shape: plan.shape,
      settings: {
        ...SETTINGS,
        RETENTION_DAYS: String(plan.kept),
        ...Object.assign({}, ...plan.keys.map((name) => EXCHANGES[name].from)),
      },
      network: this.#network.ask,
      outside: (request) =>
        new URL(request.url).host === RELAY_HOST ? this.#relay.answer(request) : receivers(request),
      dial: this.#smsc?.dial ?? (() => Promise.reject(new Error("there is nobody to bind to"))),
      log,
    });
    this.#network.connect(this.#cloud);
  }

  /** Whether the simulator has this text or charge, as the gateway knows, and it is not settled. */
  #isElsewhere(id: string): boolean {
    const isText = id.startsWith("msg_");
    const states = isText ? "'sent', 'unknown'" : "'charging', 'sent', 'unknown'";
    const sql = `SELECT 1 FROM ${isText ? "message" : "txn"} WHERE id = ? AND carrier = ? AND state IN (${states})`;
    return this.#sqlite.prepare(sql).get(id, SIMULATOR) !== undefined;
  }

  /** The message to that number with this text, or of which it is a part: whoever gets texts over SMPP is not told their ids. */
  #messageOf(recipient: string, text: string, isWhole: boolean): Submission | undefined {
    const rows = this.#sqlite
      .prepare(
        `SELECT id, sender, recipient, text, parts, seal FROM message WHERE recipient = ?1 OR seal IS NOT NULL
         ORDER BY state = 'submitting' DESC, id DESC`,
      )
      .all(recipient) as Row[];
    const has = (said: string) => (isWhole ? said === text : said.includes(text));
    const row = rows
      .map((stored) => openedRow(stored, this.#oracle.dataKeys))
      .find((one) => one.recipient === recipient && has(String(one.text)));
    return row as unknown as Submission | undefined;
  }

  /** As there are from before names belonged to one account: under the ids of another's, and told by what they are called. */
  #inherit({ id }: { id: string }, from: { id: string }, service?: string): void {
    const terms = service === undefined ? "terms" : "replace(terms, from_account || ' ', to_account || ' ')";
    this.#sqlite
      .prepare(
        `INSERT INTO service (account_id, id, merchant_id, short_number, keyword, terms, created_at, changed_at)
         SELECT to_account, id, merchant_id, short_number, NULL, ${terms}, created_at, changed_at
         FROM service CROSS JOIN (SELECT ?1 AS to_account, ?2 AS from_account)
         WHERE account_id = from_account AND (?3 IS NULL OR id = ?3)`,
      )
      .run(id, from.id, service ?? null);
  }

  /** Opens the accounts, lets everybody act, waits until all has come to rest, and tells how it went. */
  async run(): Promise<Outcome> {
    this.#faults.isCalm = true;
    const accounts = await this.#settled(
      openAccounts(
        (call) => this.#callUntilAnswered(call),
        (id, from) => this.#inherit({ id }, { id: from }),
        this.#plan.sealed,
      ),
    );
    const relayed = this.#plan.hasRelay
      ? await this.#settled(
          setUpRelay((call) => this.#callUntilAnswered(call), this.#random.fork("routes"), this.#plan),
        )
      : undefined;
    this.#relay.doors = relayed;
    this.#judges.carriers.knows(this.#plan);
    const ask = (call: Call) => this.#callUntilAnswered(call);
    if (this.#plan.smsc) await this.#settled(setUpSmsc(ask, this.#random.fork("smsc routes"), this.#plan.smsc));
    if (this.#plan.actors.some((name) => name.startsWith("esme")))
      await this.#settled(openSessions(ask, this.#random.fork("sessions"), accounts));
    this.#judges.tenants.meet(accounts);
    this.#faults.isCalm = false;
    this.#timeline.after(MINUTE - (this.#timeline.now % MINUTE), "a minute has passed", () => this.#minute());
    await this.#settled(Promise.all(this.#plan.actors.map((name) => this.#act(name, accounts))));
    this.#faults.isCalm = true;
    this.#judges.carriers.isCalm();
    if (relayed?.isFirst) await this.#settled(this.#useAgain(accounts));
    if (relayed?.isFirst && this.#plan.reroutes) await this.#settled(this.#undelivered(accounts[0] as Customer));
    if (relayed?.isFirst && this.#plan.perSecond) await this.#settled(this.#burst(accounts[0] as Customer));
    await this.#rest();
    if (!this.#oracle.breach) this.#oracle.atRest();
    this.#sqlite.close();
    return this.#outcome();
  }

  #act(name: string, accounts: readonly Customer[]): Promise<void> {
    const role = name.slice(0, name.lastIndexOf("-")) as Role;
    const stage: Stage = {
      timeline: this.#timeline,
      random: this.#random.fork(name),
      network: this.#network,
      accounts,
      oracle: this.#oracle,
      judges: this.#judges,
      faults: this.#faults,
      smsc: this.#smsc,
      bind: (systemId, headers) => this.#cloud.bind(systemId, headers),
      drain: (systemId) => this.#cloud.drain(systemId),
      exchanges: this.#plan.keys,
      deploy: (settings) => this.#cloud.deploy(settings),
      inherit: (customer, from, service) => this.#inherit(customer, from, service),
      deeds: this.#plan.deeds,
      call: (call, patience) => this.#call(call, patience),
      callUntilAnswered: (call) => this.#callUntilAnswered(call),
      isOver: () => this.#timeline.step >= this.#plan.until,
    };
    return clients[role](stage, name);
  }

  /** In the end the first carrier is down once more, for a few texts and charges. When it is well again, texts go there again, soon. */
  async #useAgain(accounts: readonly Customer[]): Promise<void> {
    const post = (theirId: string) => this.#post(accounts[0] as Customer, theirId);
    this.#relay.isDown = true;
    for (let n = 1; n <= LOST; n++) {
      await post(`lost-${n}`);
      await this.#timeline.wait(5_000, "a text is on its way to a carrier that is down");
    }
    for (const account of accounts) await this.#chargeMeanwhile(account);
    this.#relay.isDown = false;
    for (let tries = 1; tries <= TRIES; tries++) {
      const theirId = `again-${tries}`;
      await post(theirId);
      await this.#timeline.wait(2 * MINUTE, "a text is on its way");
      this.#oracle.look();
      const row = this.#oracle.rows("message").find(({ their_id }) => their_id === theirId);
      if (row && this.#judges.carriers.has(RELAY, String(row.id))) return;
    }
    this.#judges.carriers.cameBack(false, TRIES);
  }

  /** A charge that waits until the carrier that is to bill it is well again. */
  async #chargeMeanwhile(customer: Customer): Promise<void> {
    const { charges } = this.#judges;
    const wanted = {
      account: customer.id,
      theirId: "while-it-is-down",
      recipient: charges.newPerson(),
      amount: 990,
      invoiceText: `Order ${customer.id} while it is down`,
    };
    charges.wanted(wanted);
    const { status, body } = await this.#callUntilAnswered(strex(customer).charge(wanted));
    charges.told(wanted, status === 201, `${status} ${body}`);
    await this.#timeline.wait(5_000, "a charge waits for its carrier");
  }

  /** Texts that may arrive twice, and that the first carrier delivers to nobody: for each reason that there is. */
  async #undelivered(customer: Customer): Promise<void> {
    for (const reason of UNDELIVERED) {
      this.#relay.network.fails = reason;
      await this.#post(customer, `for-${reason}`, { deliveryMode: "AtLeastOnce" });
      await this.#timeline.wait(2 * MINUTE, "a text is on its way that is not delivered");
    }
    this.#relay.network.fails = undefined;
  }

  /** Many texts at one moment, for a carrier that takes few in a second. */
  async #burst(customer: Customer): Promise<void> {
    await Promise.all(Array.from({ length: BURST }, (_, n) => this.#post(customer, `burst-${n}`)));
  }

  async #post({ apiKey, shortNumber }: Customer, theirId: string, more: object = {}): Promise<void> {
    const text = { sender: shortNumber, recipient: "+4798070000", content: `Text ${theirId}`, ...more };
    const body = JSON.stringify({ transactionId: theirId, ...text });
    const headers = { "x-apikey": apiKey, "content-type": "application/json" };
    await this.#callUntilAnswered({ method: "POST", url: `${BASE}/api/out-messages`, headers, body });
  }

  async #call(call: Call, patience?: number): Promise<Answer | undefined> {
    const answer = await this.#cloud.call(call, patience);
    if (answer) this.#oracle.answered(call, answer);
    return answer;
  }

  async #callUntilAnswered(call: Call): Promise<Answer> {
    for (let tries = 1; ; tries++) {
      const answer = await this.#call(call);
      if (answer && answer.status < 500) return answer;
      await this.#timeline.wait(this.#random.wait(Math.min(tries, 20) * 1_000), `${call.method} ${call.url} again`);
    }
  }

  /** The cron, each minute; where nothing is to happen for a while, not before that. */
  #minute(): void {
    const { now, nextAt = Number.POSITIVE_INFINITY } = this.#timeline;
    const due = this.#sqlite.prepare(DUE).get()?.at as number | null;
    const next = Math.min(nextAt, due ?? Number.POSITIVE_INFINITY);
    const wait = MINUTE - (now % MINUTE);
    this.#cloud.tick();
    const idle = next === Number.POSITIVE_INFINITY ? 0 : next - now - BUSY;
    this.#timeline.after(wait + Math.max(0, Math.floor(idle / MINUTE) * MINUTE), "a minute has passed", () =>
      this.#minute(),
    );
  }

  /** Lets things happen until this is done, or a promise is broken. */
  async #until(done: () => boolean): Promise<void> {
    while (!done() && !this.#oracle.breach) {
      if (!(await this.#timeline.next())) throw new Error("nothing will happen any more, and not all is done");
      this.#oracle.look();
      const isIdle = this.#network.isIdle && this.#relay.isIdle;
      if (!this.#faults.isCalm && this.#faults.hits("clock-jump") && isIdle)
        this.#timeline.leap(this.#random.wait(DAY / 2));
      const most = MOST_EVENTS + EVENTS_FOR_A_FAILURE * this.#judges.webhooks.failures;
      if (this.#timeline.step > most) this.#oracle.report("P1", `after ${most} events there is no end of it`);
    }
  }

  /**
   * Lets things happen until this is done, or a promise is broken: then what it would have come to does not matter.
   * @throws whatever it throws
   */
  async #settled<Result>(work: Promise<Result>): Promise<Result> {
    let ended: { result: Result } | { error: unknown } | undefined;
    work.then(
      (result) => {
        ended = { result };
      },
      (error) => {
        ended = { error };
      },
    );
    await this.#until(() => ended !== undefined);
    if (ended && "error" in ended && !this.#oracle.breach) throw ended.error;
    return (ended && "result" in ended ? ended.result : undefined) as Result;
  }

  /** Without any fault, until nothing is open any more. */
  async #rest(): Promise<void> {
    const restBy = this.#timeline.now + LONGEST_REST;
    const open = this.#sqlite.prepare(OPEN);
    await this.#until(() => {
      const left = open.all(this.#timeline.now);
      if (left.length === 0 && this.#cloud.waitingJobs === 0 && !this.#isOwing) return true;
      if (this.#timeline.now > restBy)
        this.#oracle.report("P1", `it never comes to rest: ${JSON.stringify(left.slice(0, 3))}`);
      return false;
    });
  }

  get #isOwing(): boolean {
    return this.#network.isOwing || this.#relay.network.isOwing || this.#judges.sessions.isWaiting;
  }

  #outcome(): Outcome {
    const { now: at, step, story, fingerprint } = this.#timeline;
    const { breach } = this.#oracle;
    return {
      plan: this.#plan,
      events: step,
      fingerprint,
      lasted: at - this.#plan.startsAt,
      faults: this.#faults.counts,
      ...(breach ? { breach: { promise: breach.promise, what: breach.message, step, at, story } } : {}),
    };
  }
}

/** Subscriptions that somebody is to bill: those of a service that rests wait for it. */
const REBILLED = `
  subscription JOIN service ON service.account_id = subscription.account_id AND service.id = subscription.service_id
    AND service.terms->>'autoRebill' = 1 AND coalesce(subscription.due_at, subscription.resting_due_at) IS NOT NULL`;

/** Of one that rests, as the service did: when it was due. */
const DUE_AT = "coalesce(subscription.due_at, subscription.resting_due_at)";

/** When something is next to be done. */
const DUE = `SELECT min(at) AS at FROM (
  SELECT min(coalesce(waits_until, due_at)) AS at FROM message WHERE due_at IS NOT NULL
  UNION ALL SELECT min(due_at) FROM txn WHERE due_at IS NOT NULL
  UNION ALL SELECT min(coalesce(waits_until, due_at)) FROM webhook WHERE due_at IS NOT NULL
  UNION ALL SELECT min(due_at) FROM preauth WHERE due_at IS NOT NULL
  UNION ALL SELECT min(due_at) FROM campaign WHERE due_at IS NOT NULL
  UNION ALL SELECT min(${DUE_AT}) FROM ${REBILLED})`;

/** What is not settled yet. Subscriptions go on for ever, but for what they are due by now (?1). */
const OPEN = `SELECT id, state, due_at FROM message WHERE due_at IS NOT NULL
  UNION ALL SELECT id, state, due_at FROM txn WHERE due_at IS NOT NULL
  UNION ALL SELECT id, state, due_at FROM campaign WHERE due_at IS NOT NULL
  UNION ALL SELECT id, state, due_at FROM webhook WHERE state IN ('owed', 'delivering')
  UNION ALL SELECT subscription.id, state, ${DUE_AT} FROM ${REBILLED} WHERE ${DUE_AT} <= ?1
  LIMIT 3`;
