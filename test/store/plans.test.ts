/** Every statement that is asked often goes by an index: a table may grow for years, and no question may grow with it. */

import { describe, expect, it } from "vitest";
import { TRANSACTION_STATES } from "../../src/core/billing/charges/transaction.ts";
import { cancelSubscription } from "../../src/core/billing/subscriptions/subscribe.ts";
import { MESSAGE_STATES } from "../../src/core/messages/message.ts";
import { changedRows, markArrival } from "../../src/store/idempotency/marks.ts";
import { readBackOf } from "../../src/store/idempotency/read-back.ts";
import { recorded } from "../../src/store/idempotency/recorded.ts";
import { toArrivals } from "../../src/store/messaging/arrival.ts";
import { writeArrivals, writeOnceMore } from "../../src/store/messaging/arrivals.ts";
import { inboundStore } from "../../src/store/messaging/inbounds.ts";
import { preauthStore } from "../../src/store/messaging/preauths.ts";
import { unite } from "../../src/store/messaging/webhooks/order.ts";
import { accountStore } from "../../src/store/operator/accounts.ts";
import { serverKeyStore } from "../../src/store/operator/server-keys.ts";
import { SEALED_TABLES } from "../../src/store/sealed/moved-tables.ts";
import { openDatabase, planOf } from "../support/database.ts";
import { scans } from "../support/plans.ts";
import { DAY, MERCHANT, NUMBER, openWorld, PERSON, surroundings, type World } from "../support/ports.ts";
import { allSites, anything, idle, noting, type Prepared } from "../support/prepared.ts";
import { aMessage, formats, NOON } from "../support/rows.ts";

const CHARGE = {
  merchant: MERCHANT,
  shortNumber: NUMBER,
  serviceCode: "14002",
  invoiceText: "A song",
  amount: 1_000,
  currency: "NOK",
  recipient: PERSON,
  echo: {},
};

const TEXT = {
  sender: NUMBER,
  recipient: PERSON,
  text: "Hello",
  priority: "normal",
  deliveryMode: "at-most-once",
  validitySeconds: 3_600,
  echo: {},
} as const;

/** A person subscribes, pays, answers and stops. */
async function subscribesAndStops(world: World): Promise<void> {
  await world.aService();
  await world.gateway.acceptCharge(world.caller, { ...CHARGE, theirId: "asked", confirm: true });
  await world.writes("OK");
  const guard = { as: "dob", seconds: 60 } as const;
  await world.gateway.acceptCharge(world.caller, { ...CHARGE, theirId: "once", amount: 2_000, guard });
  await world.work();
  const once = await world.gateway.transaction(world.caller, "once");
  if (once?.state !== "billed") throw new Error("the charge that is to be reversed is not billed");
  await world.gateway.reverse(world.caller, once);
  await world.work();
  const { id } = await world.aSubscription();
  await world.work();
  await cancelSubscription(world.ports, id, "operator");
  await world.aSubscription();
  await world.pass(40 * DAY, DAY);
  await world.writes("STOP");
  await world.work();
  await world.gateway.tidy();
  await world.ports.consents.among([{ account: "acme", merchant: MERCHANT, service: "vip", recipient: PERSON }]);
  await world.ports.transactions.askedAmong([{ recipient: PERSON, shortNumber: NUMBER }]);
}

/** What is missed when functions are called with anything: what they ask because of what they found, or were not given. */
async function asksTheRest(world: World): Promise<void> {
  const { ports, caller, gateway, time, database } = world;
  const page = { limit: 10 };
  await gateway.accept(caller, TEXT);
  await gateway.edit(caller, await gateway.accept(caller, { ...TEXT, sendAt: time.now + DAY }), TEXT);
  await world.writes("Hello");
  const nothing = { releases: [], heeds: [], skips: [], quiet: {}, validity: 0, pacedAt: 0 };
  await ports.campaigns.release({ campaign: "cmp_1", claim: "nobody's", now: time.now, ...nothing });
  await ports.accounts.putSender("acme", { sender: "+12065550100", kind: "long-number", country: "US" });
  await world.writes("STOP", { from: "+14255550123", to: "+12065550100" });
  await gateway.records(caller, { from: 0, to: time.now + 1 }, { limit: 10, offset: 0 });
  const once = { credential: "crd_1", nonce: "nonce", until: time.now };
  const arrivals = toArrivals([aMessage()], once);
  await writeArrivals(database.d1, arrivals);
  await writeOnceMore(database.d1, arrivals);
  const minds = () => ({ optedOutOf: [], alikeSince: time.now - 1 });
  await writeArrivals(database.d1, toArrivals([aMessage()], undefined, [], minds));
  await ports.messages.alike([{ message: aMessage(), since: time.now - 1 }]);
  await ports.intake.add("acme", [aMessage()], { atomic: true, unless: minds });
  const told = { carrier: "bank", reference: "r", outcome: "failed", reason: "opted-out", at: time.now } as const;
  await gateway.settle([{ ...told, message: aMessage().id }]);
  await ports.subscriptions.list({}, page);
  await ports.campaigns.list({ account: "acme" }, page);
  await ports.campaigns.list({}, page);
  await ports.transactions.ledger({}, page);
  await ports.webhooks.list({}, page);
  const slow = { account: "acme", endpoint: "https://shop.example/slow", failed: 9, received: false, at: 1 };
  await ports.webhooks.attempted([], [slow]);
  await ports.webhooks.givenUp({ byDialect: {}, otherwise: 1 }, time.now);
  await ports.search.byAnyId("msg_1", 10);
  for (const product of ["messageUrl", "mmsReportUrl"] as const) {
    await ports.callbacks.putAddress({ account: "acme", dialect: "telling", product, url: undefined, form: "json" });
  }
  const { window } = await gateway.openWindow(caller, { service: "games" });
  await world.pass(DAY, DAY);
  await ports.windows.forgetUnconfirmed({ otherwise: time.now + 1, own: [] }, 10);
  if (await ports.windows.byTheirId("acme", window.theirId)) throw new Error("the window that ended is not forgotten");
  const agreed = { merchant: "shop", service: "news", recipient: "+4798079008", token: "T", since: 1 };
  await ports.consents.bring("acme", [{ ...agreed, shortNumber: "2002" }], "each");
  const keyword = {
    id: "7",
    account: "acme",
    dialect: "telling",
    shortNumber: "2002",
    mode: "exact",
    text: "A",
  } as const;
  const said = { aliases: [], forwardUrl: "https://shop.example", isEnabled: true, tags: [], properties: {}, echo: {} };
  await ports.keywords.bring([{ ...keyword, ...said, createdAt: 1, changedAt: 1, isDated: true }], "each");
  const keys = serverKeyStore(database.d1);
  await keys.byName("2026-11-22");
  await keys.publish("a key", time.now, "a name of its own");
  const claimed = { id: "a request", claim: "nobody's", digest: "", seed: "", at: time.now, wall: time.now };
  await ports.keys.release({ ...claimed, steps: 0, record: [] });
  await movesToAnotherKey(world);
  const yielding = accountStore(database.d1, "acme");
  const number = { sender: "2002", kind: "short-number", country: "NO" } as const;
  await yielding.offerSender("acme", number);
  for (const claimant of ["bolt", "acme"]) {
    await yielding.add({ id: claimant, name: claimant, settings: {}, at: time.now });
    await yielding.claimSender(claimant, number, { isShared: true, at: time.now });
  }
}

/** All that is plain is sealed, table by table. */
async function movesToAnotherKey({ database, ports, writes }: World): Promise<void> {
  await ports.events.keep("acme", true, NOON);
  await writes("Hello");
  const part = { reference: "r", number: 1, total: 2 };
  await ports.parts.keep([
    { carrier: "bank", theirId: "p", sender: PERSON, recipient: NUMBER, text: "A", part, receivedAt: 1 },
  ]);
  database.sqlite.exec(`UPDATE account SET settings = '{"sealed":true}'`);
  for (let next = (await ports.sealedRows.move(undefined, 100)).next; next !== undefined; )
    next = (await ports.sealedRows.move(next, 100)).next;
  for (const { write, dropDuplicates = [] } of SEALED_TABLES)
    for (const sql of [...dropDuplicates, write]) database.d1.prepare(sql);
  unite(database.d1, []);
}

/** Calls every function of every store, with arguments that could be anything. Nothing is looked for, or changed. */
async function callAll(prepared: Prepared): Promise<void> {
  const d1 = noting(idle(), prepared);
  const { ports } = surroundings({ d1 });
  const given = Array.from({ length: 5 }, anything);
  // As they are beneath what seals: that cannot seal anything.
  const beneath = { inbounds: inboundStore(d1, formats), preauths: preauthStore(d1) };
  for (const [name, port] of [...Object.entries(ports), ...Object.entries(beneath)]) {
    if (["clock", "ids", "intake", "jobs", "http", "log", "signer", "codes"].includes(name)) continue;
    for (const run of Object.values(port ?? {})) {
      // What one cannot go on with, it has been asked for properly: below, it is missed if it has not.
      if (typeof run === "function") await Promise.resolve(run(...given)).catch(() => {});
      // All statements of this binding are one: what reads back the last write, if its answer is lost.
      readBackOf(d1.prepare(""))?.(1);
    }
  }
  const begun = { id: "1", claim: "1", digest: "1", seed: "1", at: 1, wall: 1, steps: 0, record: [] };
  recorded(d1, begun, ports.sealer).db.prepare("SELECT 1");
  changedRows(d1, begun);
  markArrival(d1, begun, "1", []);
}

describe("what is asked", () => {
  it("of the stores, whatever it is, goes by an index", async () => {
    const prepared: Prepared = new Map();
    await callAll(prepared);
    const world = await openWorld();
    noting(world.database.d1, prepared);
    await subscribesAndStops(world);
    await asksTheRest(world);

    const missed = allSites().filter((site) => !prepared.has(site));
    expect(missed, "statements that nothing here makes the stores prepare").toEqual([]);
    const { sqlite } = world.database;
    const guilty = [...prepared].flatMap(([site, all]) =>
      // A column or table may be named by what could be anything: then the same place was also asked properly.
      [...all]
        .filter((sql) => !/\bundefined\b/.test(sql))
        .flatMap((sql) => scans(planOf(sqlite, sql)).map((step) => `${site}: ${step}`)),
    );
    expect(guilty).toEqual([]);
    expect([...prepared.values()].filter((all) => [...all].every((sql) => /\bundefined\b/.test(sql)))).toEqual([]);
  });

  it("would be seen if it read all of a table, all that ended, or built an index for itself", () => {
    const { sqlite } = openDatabase();
    const seen = (sql: string) => scans(planOf(sqlite, sql)).length;
    expect(seen("SELECT * FROM subscription WHERE service_id = ?1")).toBe(1);
    const ended = "state IN ('reversed', 'failed', 'expired', 'cancelled')";
    const dispute = "UPDATE txn SET reason = '' FROM json_each(?1) AS wanted WHERE txn.id = wanted.value AND";
    expect(seen(`${dispute} txn.${ended}`)).toBe(1);
    expect(seen(`${dispute} +txn.${ended}`)).toBe(0);
    const each = "SELECT sum(own.amount) FROM account CROSS JOIN txn AS own WHERE own.id > account.name AND";
    expect(seen(`${each} own.merchant_id = account.id`)).toBe(1);
    expect(seen(`${each} +own.merchant_id = account.id`)).toBe(0);
    expect(seen("SELECT * FROM txn WHERE id = ?1")).toBe(0);
  });

  it("when people subscribe, pay, answer and stop goes by an index", async () => {
    const asked = new Set<string>();
    const world = await openWorld();
    world.database.around.before = ({ sql }) => {
      for (const one of sql) asked.add(one);
    };
    await subscribesAndStops(world);

    // What this proves is only as good as what was asked.
    for (const part of ["UPDATE txn SET is_stopped", "INSERT INTO period", "INSERT INTO ledger", "UPDATE consent"]) {
      expect([...asked].filter((sql) => sql.includes(part))).not.toEqual([]);
    }
    const guilty = [...asked].flatMap((sql) =>
      scans(planOf(world.database.sqlite, sql)).map((step) => `${step}: ${sql}`),
    );
    expect(guilty).toEqual([]);
  });

  it("when somebody looks for a message, a charge or a request goes by an index, whatever is known of it", async () => {
    const asked = new Set<string>();
    const world = await openWorld();
    world.database.around.before = ({ sql }) => {
      for (const one of sql) asked.add(one);
    };
    const { messages, transactions, search, exchanges } = world.ports;
    const page = { limit: 50, cursor: "~" };
    const known = [{}, { account: "acme" }, { dialect: "telling" }, { recipient: PERSON }, { theirId: "order-1" }];
    for (const filter of known) {
      await messages.list(filter, page);
      await transactions.list(filter, page);
    }
    for (const state of MESSAGE_STATES) await messages.list({ state }, page);
    for (const state of TRANSACTION_STATES) await transactions.list({ state }, page);
    await transactions.list({ subscription: "sub_1" }, page);
    await transactions.ledger({ transaction: "txn_1" }, page);
    await transactions.balance();
    for (const id of ["msg_1", "txn_1", "sub_1", "whk_1", "inb_1", "order-1"]) await search.byAnyId(id, 20);
    await exchanges.byId("req_1");
    await exchanges.list({ account: "acme" }, page);

    const guilty = [...asked].flatMap((sql) =>
      scans(planOf(world.database.sqlite, sql)).map((step) => `${step}: ${sql}`),
    );
    expect(guilty).toEqual([]);
    // A person who got many is not sorted through: each account's are read in their order.
    const [toOne] = [...asked].filter((sql) => /own\.recipient = form\.value/.test(sql));
    const steps = planOf(world.database.sqlite, toOne ?? "").join("\n");
    expect(steps).toMatch(
      /own USING COVERING INDEX message_recipient \(recipient=\? AND id>\? AND id<\?\)|own USING INDEX message_recipient \(recipient=\? AND id>\? AND id<\?\)/,
    );
    expect(steps.match(/TEMP B-TREE/g)).toHaveLength(1); // for the page that is shown
    // Those that did not simply arrive are few, and found without going through the others.
    const rare = [...asked].filter((sql) => /state = \?3 AND \w+\.state IN/.test(sql));
    expect(rare).toHaveLength(2);
    for (const sql of rare)
      expect(planOf(world.database.sqlite, sql).join()).toMatch(/USING INDEX (message|txn)_ended/);
  });

  it("when people opt out, and for each text after that, goes by an index", async () => {
    const asked = new Set<string>();
    const world = await openWorld();
    world.database.around.before = ({ sql }) => {
      for (const one of sql) asked.add(one);
    };
    const [number, recipient] = ["+12065550100", "+14255550123"];
    await world.quiet.accounts.putSender("acme", { sender: number, kind: "long-number", country: "US" });
    await world.writes("START", { from: recipient, to: number });
    await world.writes("STOP", { from: recipient, to: number });
    await world.ports.suppressions.among([{ account: "acme", numbers: [number, "*"], recipient }]);
    await world.ports.suppressions.list("acme", {}, { limit: 10, cursor: `${number} ${recipient}` });
    await world.ports.suppressions.lift({ account: "acme", number, recipient }, world.ports.clock.now());

    const ours = [...asked].filter((sql) => sql.includes("suppression"));
    expect(ours).toHaveLength(12);
    expect(ours.flatMap((sql) => scans(planOf(world.database.sqlite, sql)).map((step) => `${step}: ${sql}`))).toEqual(
      [],
    );
  });

  it("of its account's opt-outs as a text is claimed goes by ranges of people, each in the index", async () => {
    const asked = new Set<string>();
    const world = await openWorld();
    world.database.around.before = ({ sql }) => {
      for (const one of sql) asked.add(one);
    };
    await world.gateway.accept(world.caller, TEXT);
    await world.work();

    const [claim = "", ...others] = [...asked].filter((sql) => sql.includes("AS has_erased"));
    expect(others).toEqual([]);
    const steps = planOf(world.database.sqlite, claim).filter((step) => / suppression /.test(step));
    const ranges = steps.map((step) => /suppression_person (\(.*\))$/.exec(step)?.[1] ?? step);
    expect(ranges.sort()).toEqual([
      "(account_id=? AND recipient<?)",
      "(account_id=? AND recipient=?)",
      "(account_id=? AND recipient>? AND recipient<?)",
      "(account_id=? AND recipient>? AND recipient<?)",
      "(account_id=? AND recipient>?)",
      "(account_id=?)", // whether there are any
    ]);
  });

  it("twice a second by each open page goes by the ends of ranges, also when the clock was put back", async () => {
    const asked: string[] = [];
    const world = await openWorld();
    await world.gateway.acceptCharge(world.caller, { ...CHARGE, theirId: "ahead", confirm: true });
    world.database.around.before = ({ sql }) => void asked.push(...sql);
    await world.ports.pulse.newest(world.time.now - DAY);
    expect(asked).toHaveLength(2);
    for (const sql of asked) {
      const plan = planOf(world.database.sqlite, sql);
      expect(scans(plan)).toEqual([]);
      expect(plan.filter((step) => step.startsWith("SEARCH"))).toHaveLength(5);
    }
  });

  it("of traffic, sales and renewals goes by ranges of time", async () => {
    const asked = new Set<string>();
    const world = await openWorld();
    const { statistics, subscriptions } = world.ports;
    world.database.around.before = ({ sql }) => {
      for (const one of sql) asked.add(one);
    };
    const span = { since: world.time.now - DAY, until: world.time.now };
    await statistics.messages({ ...span, step: DAY });
    await statistics.charges({ ...span, step: DAY });
    await statistics.webhooks({ ...span, step: DAY });
    await statistics.subscriptions([span], {});
    await statistics.renewals(span, {});
    await subscriptions.list({ service: "games" }, { limit: 10 });
    await subscriptions.list({ dueAfter: 1, dueBefore: 2, service: "games" }, { limit: 10 });

    expect(asked.size).toBe(10);
    const guilty = [...asked].flatMap((sql) =>
      scans(planOf(world.database.sqlite, sql)).map((step) => `${step}: ${sql}`),
    );
    expect(guilty).toEqual([]);
    const whole = [...asked].flatMap((sql) => planOf(world.database.sqlite, sql)).filter((step) => /^SCAN/.test(step));
    expect(
      whole.filter(
        (step) => !/^SCAN (account|known|span|sent|ranked|json_each|subscription_count|\(subquery)/.test(step),
      ),
    ).toEqual([]);
  });

  it("when an account lists what it sent and what it was written goes by an index", async () => {
    const asked = new Set<string>();
    const world = await openWorld();
    world.database.around.before = ({ sql }) => {
      for (const one of sql) asked.add(one);
    };
    await world.gateway.accept(world.caller, {
      sender: NUMBER,
      recipient: PERSON,
      text: "Hello",
      priority: "normal",
      deliveryMode: "at-most-once",
      validitySeconds: 3_600,
      echo: {},
    });
    await world.writes("Hello", { to: NUMBER });
    const time = { from: world.time.now - DAY, to: world.time.now + DAY };
    expect(await world.gateway.records(world.caller, time, { limit: 10, offset: 0 })).toHaveLength(2);

    expect([...asked].filter((sql) => sql.includes("FROM inbound") && sql.includes("FROM message"))).toHaveLength(1);
    const guilty = [...asked].flatMap((sql) =>
      scans(planOf(world.database.sqlite, sql)).map((step) => `${step}: ${sql}`),
    );
    expect(guilty).toEqual([]);
  });
});
