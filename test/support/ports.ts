/**
 * The domain's whole surroundings in memory: the real stores on real SQL, a clock that the test moves, bells that are
 * written down, and a carrier with books of its own. Nothing happens by itself.
 */

import { createHash } from "node:crypto";
import { onTestFinished, TestRunner } from "vitest";
import { makeDigests } from "../../src/adapters/digests.ts";
import { keysOf } from "../../src/adapters/keys.ts";
import { passkeyCheck } from "../../src/adapters/passkeys.ts";
import { makeSealer } from "../../src/adapters/sealer.ts";
import { makeSeals } from "../../src/adapters/seals.ts";
import { standardSigner } from "../../src/adapters/standard-webhooks.ts";
import type { Caller } from "../../src/core/accounts/account.ts";
import { RateBook } from "../../src/core/accounts/limits.ts";
import type { Transaction } from "../../src/core/billing/charges/transaction.ts";
import type { Service } from "../../src/core/billing/service.ts";
import type { Interval } from "../../src/core/billing/subscriptions/anchor.ts";
import type { Subscription } from "../../src/core/billing/subscriptions/subscription.ts";
import { emptyDirectory } from "../../src/core/directory.ts";
import { makeGateway } from "../../src/core/gateway.ts";
import { type MessageId, makeIds, type TransactionId } from "../../src/core/kernel/ids.ts";
import type { Log, Seals } from "../../src/core/kernel/ports.ts";
import { noTraces } from "../../src/core/kernel/traces.ts";
import { OURS } from "../../src/core/messages/own.ts";
import { Pacer } from "../../src/core/messages/pace.ts";
import type { Count } from "../../src/core/operator/counts.ts";
import type { Ports } from "../../src/core/ports.ts";
import { transactionStore } from "../../src/store/billing/transactions/store.ts";
import { toArrivals, toTogether } from "../../src/store/messaging/arrival.ts";
import { writeArrivals, writeTogether } from "../../src/store/messaging/arrivals.ts";
import { messageStore } from "../../src/store/messaging/messages/store.ts";
import { accountStore } from "../../src/store/operator/accounts.ts";
import { callbackStore } from "../../src/store/operator/callbacks.ts";
import { countStore } from "../../src/store/operator/counts.ts";
import { exchangeStore } from "../../src/store/operator/exchanges.ts";
import { sealingIntake } from "../../src/store/sealed/intake.ts";
import { storesOf } from "../../src/store/stores.ts";
import { type Bank, openBank } from "./bank.ts";
import { lendDatabase, openDatabase, type TestDatabase } from "./database.ts";
import { fill, formats, NOON } from "./rows.ts";
import { noSmpp } from "./smpp-port.ts";

export type Rung = {
  submit?: readonly string[];
  charge?: readonly string[];
  deliver?: readonly string[];
  release?: readonly string[];
  delay: number;
};

export type Surroundings = {
  database: TestDatabase;
  ports: Ports & { carriers: Map<string, Ports["carriers"] extends ReadonlyMap<string, infer C> ? C : never> };
  /** The same world for somebody else, whose calls of the database nothing happens around. */
  quiet: Ports;
  time: { now: number };
  /** Who rang for what, in order. */
  rung: Rung[];
  bank: Bank;
  /** What was logged. */
  events: { name: string; fields: Record<string, unknown> }[];
  /** What was counted. */
  counted: Count[];
  /** How often somebody slept. Sleeping moves the clock, and lets others go on. */
  slept: { times: number };
};

/** @param given.d1 another database than the one in memory, for what the domain asks */
export function surroundings(
  given: { carriers?: readonly string[]; d1?: D1Database; database?: TestDatabase; seals?: Seals } = {},
): Surroundings {
  const { carriers = ["bank"], database = openDatabase(), seals = testSeals("1") } = given;
  const time = { now: NOON };
  const slept = { times: 0 };
  const rung: Rung[] = [];
  const events: Surroundings["events"] = [];
  const log: Log = { event: (name, fields) => void events.push({ name, fields }) };
  const counted: Count[] = [];
  const book = new RateBook();
  const pacers = new Map<string, Pacer>();
  const pacerOf = (name: string) => {
    const pacer = pacers.get(name) ?? new Pacer();
    pacers.set(name, pacer);
    return pacer;
  };
  const bank = openBank(() => time.now);
  const clock: Ports["clock"] = {
    now: () => time.now,
    wall: () => time.now,
    sleep: async (milliseconds) => {
      slept.times++;
      time.now += milliseconds;
      await aTurn();
    },
  };
  const ids = makeIds(clock, fill);
  let codes = 1_000;
  const portsOn = (db: D1Database): Surroundings["ports"] => ({
    clock,
    ids,
    intake: sealingIntake(
      {
        async add(_account, messages, { once, owed, unless, atomic }) {
          const added = new Set<MessageId>();
          if (atomic) {
            for (const written of await writeTogether(db, toTogether(messages, undefined, unless))) {
              if (written.outcome === "stored") for (const id of written.added) added.add(id);
            }
            return { outcome: "stored", added };
          }
          for (const written of await writeArrivals(db, toArrivals(messages, once, owed, unless))) {
            if (written.status === "rejected") throw written.reason;
            if (written.value.outcome === "replayed") return written.value;
            for (const id of written.value.added) added.add(id);
          }
          return { outcome: "stored", added };
        },
      },
      seals,
    ),
    jobs: {
      submit: async (submit, delay = 0) => void rung.push({ submit, delay }),
      charge: async (charge, delay = 0) => void rung.push({ charge, delay }),
      deliver: async (deliver, delay = 0) => void rung.push({ deliver, delay }),
      release: async (release, delay = 0) => void rung.push({ release, delay }),
    },
    http: { send: async () => ({ outcome: "answered", status: 200, body: "", milliseconds: 1 }) },
    log,
    signer: { sign: async () => ({ keyName: "key", signature: "signature" }), published: async () => undefined },
    ...storesOf(db, { formats, demo: undefined, wall: () => time.now, seals, log }),
    // As they are, for nothing is to be remembered here.
    accounts: accountStore(db),
    callbacks: callbackStore(db),
    exchanges: exchangeStore(db),
    smpp: noSmpp,
    standard: standardSigner,
    pace: { take: async (name, perSecond, wishes) => pacerOf(name).take(perSecond, wishes, time.now) },
    passkeyCheck,
    traces: noTraces,
    codes: {
      otp: () => String(100_000 + ++codes),
      pin: () => String(++codes),
      pincode: (length) => String(++codes).padStart(length, "0").slice(-length),
      ...makeDigests(testKeys("1")),
      sealedAs: async (number) => (await seals.numberForms(number)).all.filter((form) => form !== number),
    },
    rates: { take: async (_, rates) => book.take(rates, time.now) },
    counts: { count: (name, labels = {}, count = 1) => void counted.push({ name, labels, count }) },
    countStore: countStore(db),
    beginOutside: async () => {},
    recall: (_, make) => make(),
    fourEyes: undefined,
    alert: undefined,
    carrierForms: new Map(),
    refreshCarriers: async () => {},
    sealer: makeSealer([]),
    newDoorKey: () => "door-key",
    routes: {
      forget: () => {},
      ofMessages: () => messageStore(db, formats).routes(),
      ofCharges: () => transactionStore(db, formats).routes(),
    },
    directory: emptyDirectory,
    publicUrl: "https://sms.example",
    isSandbox: true,
    isReserved: (name) => name === "admin",
    carriers: new Map(carriers.includes("bank") ? [["bank", bank.carrier]] : []),
    formats,
    previews: new Map(),
    windowFormats: new Map([[OURS, { returnUrl: ({ redirectUrl }, outcome) => `${redirectUrl}?${outcome}` }]]),
    credentialForms: new Map(),
    demoSettings: {},
    retention: 90 * DAY,
    renewalsAtOnce: 1_000,
    auditRetention: 365 * 86_400_000,
    hash: async (text) => createHash("sha256").update(text).digest("hex"),
  });
  const ports = portsOn(given.d1 ?? database.d1);
  const quiet = { ...portsOn(database.quiet), carriers: ports.carriers };
  return { database, ports, quiet, time, rung, bank, events, counted, slept };
}

/** Keys by which digests are made in tests: of those named, the first makes, all read. */
export function testKeys(...names: [string, ...string[]]) {
  const root = names.map((name) => ({ name, bytes: new Uint8Array(Buffer.from(name.padEnd(32))) }));
  return keysOf({ signing: [], root, own: {} }).digests;
}

/** What seals in tests: of the keys named, the first seals, all open. */
export function testSeals(...names: [string, ...string[]]): Seals {
  const root = names.map((name) => ({ name, bytes: new Uint8Array(Buffer.from(name.padEnd(32))) }));
  return makeSeals(keysOf({ signing: [], root, own: {} }).data);
}

/** Lets everybody who can go on do so. */
export function aTurn(): Promise<void> {
  return new Promise((next) => setImmediate(next));
}

/** What a person saw on a page, where a test is about something else. */
export const SEEN = {
  language: "nb",
  page: "0".repeat(64),
  isAsSent: true,
  shown: "Games\n49,00 kr",
  address: "192.0.2.7",
  browser: "A browser",
};

export const HOUR = 3_600_000;
export const DAY = 24 * HOUR;
export const NUMBER = "2002";
export const MERCHANT = "shop";
export const PERSON = "+4798079008";

export type World = Surroundings & {
  gateway: ReturnType<typeof makeGateway>;
  caller: Caller;
  /** A transaction as it is now. */
  transaction(id: TransactionId): Promise<Transaction>;
  transactions(): Promise<Transaction[]>;
  /** A charge that is ready, and that nobody was rung for. */
  aCharge(given?: Partial<Transaction>): Promise<Transaction>;
  aService(given?: Partial<Service>): Promise<Service>;
  /** A subscription whose next charge is due now. */
  aSubscription(given?: Partial<Subscription>): Promise<Subscription>;
  subscription(id: Subscription["id"]): Promise<Subscription>;
  /** The person writes. */
  writes(text: string, given?: { theirId?: string; from?: string; to?: string }): Promise<void>;
  /** Does all that is due, until nothing is. */
  work(): Promise<void>;
  /** Lets time pass, in steps, doing what falls due. */
  pass(milliseconds: number, step?: number): Promise<void>;
  /** Gives its database to the next world. A test that opens many need not make one for each; whoever opens one may keep it. */
  close(): void;
};

let written = 0;

/** The surroundings, with account 1 "acme": short number 2002, merchant "shop", and addresses to be called at. */
export async function openWorld(): Promise<World> {
  const database = lendDatabase();
  // Where no test is running yet, the world is for a whole file.
  if (TestRunner.getCurrentTest()) onTestFinished(() => database.giveBack());
  const here = surroundings({ database });
  const { quiet, time } = here;
  await quiet.accounts.add({ id: "acme", name: "Acme", settings: {}, at: NOON });
  await quiet.accounts.putSender("acme", { sender: NUMBER, kind: "short-number", country: "NO" });
  await quiet.services.putMerchant({
    account: "acme",
    id: MERCHANT,
    name: "The shop",
    shortNumberIds: [],
    createdAt: NOON,
    changedAt: NOON,
  });
  await quiet.callbacks.put({
    account: "acme",
    dialect: "telling",
    messageUrl: "https://shop.example/inbound",
    reportUrl: "https://shop.example/charges",
    subscriptionUrl: "https://shop.example/subscriptions",
    method: "POST",
    forms: {},
  });
  const secretHash = "a".repeat(64);
  await quiet.accounts.addCredential({
    id: "crd_1",
    account: "acme",
    dialect: "telling",
    kind: "api-key",
    foundBy: "secret",
    name: "key",
    secretHash,
    createdAt: NOON,
    changedAt: NOON,
  });
  const caller = (await quiet.accounts.bySecret("telling", "api-key", secretHash)) as Caller;
  const gateway = makeGateway(here.ports);

  const world: World = {
    ...here,
    gateway,
    caller,
    async transaction(id) {
      const found = await quiet.transactions.byId(id);
      if (!found) throw new Error(`there is no transaction ${id}`);
      return found;
    },
    async transactions() {
      const rows = here.database.sqlite.prepare("SELECT id FROM txn ORDER BY id").all() as { id: TransactionId }[];
      return Promise.all(rows.map(({ id }) => world.transaction(id)));
    },
    async aCharge(given = {}) {
      const transaction = aTransaction(here, given);
      await quiet.transactions.add([{ transaction }]);
      return transaction;
    },
    async aService(given = {}) {
      const stored = await quiet.services.putService(service(given));
      if (typeof stored === "string") throw new Error(`the service cannot be put like this: ${stored}`);
      return stored;
    },
    async aSubscription(given = {}) {
      const subscription = aSubscription(here, given);
      await quiet.subscriptions.add(subscription, "of a purchase");
      return subscription;
    },
    async subscription(id) {
      const found = await quiet.subscriptions.byId(id);
      if (!found) throw new Error(`there is no subscription ${id}`);
      return found;
    },
    async writes(text, { theirId = `in-${++written}`, from = PERSON, to = NUMBER } = {}) {
      await gateway.receive([{ carrier: "bank", theirId, sender: from, recipient: to, text }]);
    },
    async work() {
      for (let rounds = 0; await gateway.runDue(); rounds++) {
        if (rounds > 100) throw new Error("there is always something due");
      }
    },
    async pass(milliseconds, step = HOUR) {
      for (const until = time.now + milliseconds; time.now < until; ) {
        time.now = Math.min(until, time.now + step);
        await world.work();
      }
    },
    close: () => database.giveBack(),
  };
  return world;
}

let charged = 0;

/** A charge of 49.00 that is ready. */
export function aTransaction(
  { ports, time }: { ports: { ids: Pick<Surroundings["ports"]["ids"], "transaction"> }; time: { now: number } },
  given: Partial<Transaction> = {},
): Transaction {
  const now = time.now;
  return {
    id: ports.ids.transaction(1),
    account: "acme",
    dialect: "telling",
    theirId: `charge-${++charged}`,
    fingerprint: "",
    kind: "charge",
    merchant: MERCHANT,
    shortNumber: NUMBER,
    serviceCode: "14002",
    invoiceText: "Games",
    recipient: PERSON,
    amount: 4_900,
    currency: "NOK",
    age: 0,
    state: "ready",
    makesConsent: false,
    startsSubscription: false,
    registrationMinutes: 0,
    expiresAt: now + 2 * HOUR,
    acceptedAt: now,
    changedAt: now,
    dueAt: now,
    attempts: 0,
    echo: {},
    history: [],
    ...given,
  };
}

/** A service that bills 49.00 each month. */
function service(given: Partial<Service>): Service {
  return {
    account: "acme",
    id: "games",
    merchant: MERCHANT,
    shortNumber: NUMBER,
    serviceCode: "03003",
    invoiceText: "Games",
    price: 4_900,
    currency: "NOK",
    keyword: "GAMES",
    redirectUrl: "https://shop.example/done",
    recurring: true,
    interval: "monthly",
    autoRebill: true,
    age: 0,
    timeZone: "Europe/Oslo",
    stopStyle: "raw",
    repeatGuardSeconds: 0,
    echo: {},
    createdAt: NOON,
    changedAt: NOON,
    ...given,
  };
}

function aSubscription({ ports, time }: Surroundings, given: Partial<Subscription>): Subscription {
  const now = time.now;
  return {
    id: `sub_${ports.ids.transaction(1).slice(4)}`,
    account: "acme",
    dialect: "telling",
    service: "games",
    merchant: MERCHANT,
    recipient: PERSON,
    state: "active",
    price: 4_900,
    currency: "NOK",
    interval: "monthly" satisfies Interval,
    timeZone: "Europe/Oslo",
    autoRebill: true,
    anchor: now,
    period: 0,
    declines: 0,
    dueAt: now,
    createdAt: now,
    changedAt: now,
    history: [],
    ...given,
  };
}

/** A process dies: whatever it was about to do, or to hear of, it does not. */
export class Death extends Error {}

/**
 * Runs something in a process that dies at its `n`th call of the database: before the call is made, or when it was made
 * but the process has not heard of it. Whoever is left over may call the database again afterwards.
 * @returns whether it came to that
 */
export async function dying(
  database: TestDatabase,
  at: { call: number; when: "before" | "after" },
  run: () => Promise<unknown>,
): Promise<boolean> {
  let calls = 0;
  let isDead = false;
  database.around = {
    before: () => {
      calls++;
      if (calls === at.call && at.when === "before") isDead = true;
      if (isDead) throw new Death();
    },
    after: () => {
      if (calls === at.call && at.when === "after") isDead = true;
      if (isDead) throw new Death();
    },
  };
  try {
    await run();
  } catch (error) {
    if (!isDead) throw error;
  } finally {
    database.around = {};
  }
  return isDead;
}

/** Each way in which a run of at most so many calls of the database can be cut short. */
export const DEATHS = (most: number) =>
  Array.from({ length: most }, (_, n) => n + 1).flatMap((call) =>
    (["before", "after"] as const).map((when) => ({ call, when })),
  );

/** A promise that somebody else keeps. */
export function aPromise(): { promise: Promise<void>; keep: () => void } {
  let keep = () => {};
  const promise = new Promise<void>((resolve) => {
    keep = resolve;
  });
  return { promise, keep };
}
