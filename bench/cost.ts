/**
 * What a message costs on Cloudflare: the domain's own verbs over a real D1 that counts, from accept to the webhook's
 * answer. Prices: developers.cloudflare.com, Workers Paid, beyond what the plan includes.
 */

import { createHash } from "node:crypto";
import { convertV4MiniflareOptions, Log, LogLevel, Miniflare, type V4MiniflareOptions } from "miniflare";
import { migrations } from "../scripts/build.ts";
import { makeCodes } from "../src/adapters/codes.ts";
import { makeDigests } from "../src/adapters/digests.ts";
import { keysOf } from "../src/adapters/keys.ts";
import { passkeyCheck } from "../src/adapters/passkeys.ts";
import { makeSealer } from "../src/adapters/sealer.ts";
import { makeSeals } from "../src/adapters/seals.ts";
import { standardSigner } from "../src/adapters/standard-webhooks.ts";
import type { Caller } from "../src/core/accounts/account.ts";
import { emptyDirectory } from "../src/core/directory.ts";
import { makeGateway } from "../src/core/gateway.ts";
import { Group } from "../src/core/kernel/group.ts";
import { type MessageId, makeIds, type WebhookId } from "../src/core/kernel/ids.ts";
import type { Once } from "../src/core/kernel/ports.ts";
import { noTraces } from "../src/core/kernel/traces.ts";
import type { NewMessage } from "../src/core/messages/accept.ts";
import type { Message } from "../src/core/messages/message.ts";
import type { Ports } from "../src/core/ports.ts";
import { webhooks } from "../src/dialects/target365/webhooks.ts";
import { type Arrival, toArrivals } from "../src/store/messaging/arrival.ts";
import { type Written, writeArrivals } from "../src/store/messaging/arrivals.ts";
import { accountStore } from "../src/store/operator/accounts.ts";
import { callbackStore } from "../src/store/operator/callbacks.ts";
import { countStore } from "../src/store/operator/counts.ts";
import { exchangeStore } from "../src/store/operator/exchanges.ts";
import { sealingIntake } from "../src/store/sealed/intake.ts";
import { storesOf } from "../src/store/stores.ts";
import { noSmpp } from "../test/support/smpp-port.ts";

/** Dollars. A queue message is written, read and deleted: three operations. */
const PRICES = { millionRowsWritten: 1, millionRowsRead: 0.001, millionQueueOperations: 0.4 };
const OPERATIONS = 3;
const IDS_PER_JOB = 100;

export type Step = { step: string; calls: number; statements: number; rowsWritten: number; rowsRead: number };
/** `steps` are for the whole group; the rest is for one message, and `dollarsPerMillion` for a million of them. */
export type Cost = {
  group: number;
  steps: Step[];
  rowsWritten: number;
  rowsRead: number;
  queueOperations: number;
  dollarsPerMillion: number;
};

/** Sends so many messages as one group all the way, and counts. */
export async function costOf(group: number, { signed = false } = {}): Promise<Cost> {
  const miniflare = new Miniflare(
    convertV4MiniflareOptions({
      modules: true,
      script: "export default {}",
      d1Databases: ["DB"],
      log: new Log(LogLevel.NONE),
    } as unknown as V4MiniflareOptions),
  );
  try {
    const plain = await miniflare.getD1Database("DB");
    await plain.batch(
      migrations().flatMap(({ statements }) => statements.map((statement) => plain.prepare(statement))),
    );
    const counter = new Counter();
    const world = await openWorld(counting(plain, counter));
    const steps: Step[] = [];
    const step = async (name: string, run: () => Promise<unknown>) => {
      counter.reset();
      await run();
      steps.push({ step: name, ...counter.counted });
    };

    await step("accept", () => Promise.all(Array.from({ length: group }, (_, n) => world.accept(n, signed))));
    await step("submit", () => world.gateway.submit(world.rungFor.submit));
    await step("settle", () => world.gateway.settle(world.receipts()));
    await step("deliver", () => world.gateway.deliver(world.rungFor.deliver));
    world.moveOn();
    await step("forget", () => world.gateway.tidy());

    const sum = (field: "rowsWritten" | "rowsRead") => steps.reduce((total, one) => total + one[field], 0) / group;
    const [rowsWritten, rowsRead] = [sum("rowsWritten"), sum("rowsRead")];
    const queueOperations = (OPERATIONS * 2 * Math.ceil(group / IDS_PER_JOB)) / group;
    const dollarsPerMillion =
      rowsWritten * PRICES.millionRowsWritten +
      rowsRead * PRICES.millionRowsRead +
      queueOperations * PRICES.millionQueueOperations;
    return { group, steps, rowsWritten, rowsRead, queueOperations, dollarsPerMillion };
  } finally {
    await miniflare.dispose();
  }
}

class Counter {
  counted = { calls: 0, statements: 0, rowsWritten: 0, rowsRead: 0 };
  reset() {
    this.counted = { calls: 0, statements: 0, rowsWritten: 0, rowsRead: 0 };
  }
  add(results: readonly D1Result<unknown>[]) {
    this.counted.calls += 1;
    for (const { meta } of results) {
      this.counted.statements += 1;
      this.counted.rowsWritten += meta.rows_written;
      this.counted.rowsRead += meta.rows_read;
    }
  }
}

/** The binding as the stores use it; what each statement cost is added up. */
function counting(db: D1Database, counter: Counter): D1Database {
  type Counted = D1PreparedStatement & { plain: D1PreparedStatement };
  const wrap = (plain: D1PreparedStatement): Counted => {
    const all = async () => {
      const result = await plain.all();
      counter.add([result]);
      return result;
    };
    return {
      plain,
      bind: (...values: unknown[]) => wrap(plain.bind(...values)),
      all,
      run: all,
      async first(column?: string) {
        const [row] = (await all()).results as Record<string, unknown>[];
        return row === undefined ? null : column === undefined ? row : row[column];
      },
    } as unknown as Counted;
  };
  return {
    prepare: (sql: string) => wrap(db.prepare(sql)),
    async batch(statements: Counted[]) {
      const results = await db.batch(statements.map(({ plain }) => plain));
      counter.add(results);
      return results;
    },
  } as unknown as D1Database;
}

/** A gateway whose carrier takes everything, and whose customer hears everything. */
async function openWorld(db: D1Database) {
  let ahead = 0;
  const now = () => Date.now() + ahead;
  const clock = { now, wall: now, sleep: async () => {} };
  const rungFor = { submit: [] as MessageId[], deliver: [] as WebhookId[] };
  const taken: Message[] = [];
  const formats = new Map([["target365", webhooks]]);
  const retention = 90 * 86_400_000;
  // As in the Durable Object: what comes together is written together, and rung for together.
  const intake = new Group<Arrival, Written>((arrivals) => writeArrivals(db, arrivals));
  const seals = makeSeals(keysOf({ signing: ["bench"], root: ["signing"], own: {} }).data);
  const ports: Ports = {
    clock,
    ids: makeIds(clock, (bytes) => crypto.getRandomValues(bytes)),
    intake: sealingIntake(
      {
        async add(_account, messages, { once, owed, unless }) {
          const written = await intake.add(toArrivals(messages, once, owed, unless)[0] as Arrival);
          if (written.outcome === "replayed") return written;
          rungFor.submit.push(...written.added);
          return { outcome: "stored", added: new Set(written.added) };
        },
      },
      seals,
    ),
    jobs: {
      submit: async (ids) => void rungFor.submit.push(...ids),
      charge: async () => {},
      release: async () => {},
      deliver: async (ids) => void rungFor.deliver.push(...ids),
    },
    http: { send: async () => ({ outcome: "answered", status: 200, body: "", milliseconds: 1 }) },
    log: { event() {} },
    signer: { sign: async () => ({ keyName: "k", signature: "s" }), published: async () => undefined },
    ...storesOf(db, { formats, demo: undefined, wall: now, seals, log: { event() {} } }),
    // As they are, for nothing is to be remembered here.
    accounts: accountStore(db),
    callbacks: callbackStore(db),
    exchanges: exchangeStore(db),
    smpp: noSmpp,
    standard: standardSigner,
    pace: { take: async (_, __, wishes) => wishes.map(() => 0) },
    passkeyCheck,
    traces: noTraces,
    // As in a gateway that has been asked a moment ago.
    routes: { ofMessages: async () => [], ofCharges: async () => [], forget: () => {} },
    rates: { take: async () => 0 },
    counts: { count: () => {} },
    countStore: countStore(db),
    beginOutside: async () => {},
    recall: (_, make) => make(),
    fourEyes: undefined,
    alert: undefined,
    carrierForms: new Map(),
    refreshCarriers: async () => {},
    sealer: makeSealer([]),
    newDoorKey: () => "door-key",
    codes: makeCodes({
      digests: makeDigests(keysOf({ signing: ["bench"], root: ["signing"], own: {} }).digests),
      isSandbox: false,
    }),
    carriers: new Map([
      [
        "carrier",
        {
          name: "carrier",
          kind: "bench",
          async submit(messages) {
            taken.push(...messages);
            return messages.map(({ id }) => ({ outcome: "taken", reference: id.slice(-11) }));
          },
          query: async (messages) => messages.map(() => ({ outcome: "cannot-tell" })),
        },
      ],
    ]),
    formats,
    directory: emptyDirectory,
    publicUrl: "",
    isSandbox: false,
    previews: new Map(),
    windowFormats: new Map(),
    credentialForms: new Map(),
    demoSettings: {},
    retention,
    isReserved: () => false,
    renewalsAtOnce: 1_000,
    auditRetention: 365 * 86_400_000,
    hash: async (text) => createHash("sha256").update(text).digest("hex"),
  };

  await ports.accounts.add({ id: "acme", name: "Acme", settings: {}, at: now() });
  await ports.accounts.putSender("acme", { sender: "Shop", kind: "alphanumeric", country: "NO" });
  const secretHash = "0".repeat(64);
  await ports.accounts.addCredential({
    id: "crd_1",
    account: "acme",
    dialect: "target365",
    kind: "api-key",
    foundBy: "secret",
    name: "bench",
    secretHash,
    createdAt: now(),
    changedAt: now(),
  });
  const caller = (await ports.accounts.bySecret("target365", "api-key", secretHash)) as Caller;
  const gateway = makeGateway(ports);

  return {
    gateway,
    rungFor,
    accept(n: number, signed: boolean) {
      const wanted: NewMessage = {
        theirId: `bench-${n}`,
        sender: "Shop",
        recipient: "+4798079008",
        text: "Your parcel is at the shop by the station until Friday. Bring this code: 4711.",
        priority: "normal",
        deliveryMode: "at-most-once",
        validitySeconds: 7_200,
        reportUrl: "https://shop.example/reports",
        echo: {},
      };
      const once: Once = { credential: "crd_1", nonce: `nonce-${n}`, until: now() + 600_000 };
      return gateway.accept(caller, wanted, signed ? { once } : {});
    },
    receipts: () =>
      taken.map(({ id }) => ({
        message: id,
        carrier: "carrier",
        reference: id.slice(-11),
        outcome: "delivered" as const,
        at: now(),
      })),
    /** To a day when all of this is old. */
    moveOn() {
      ahead = retention + 86_400_000;
    },
  };
}
