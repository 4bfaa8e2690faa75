/** Every statement that is asked often goes by an index: a table may grow for years, and no question may grow with it. */

import { describe, expect, it } from "vitest";
import { TRANSACTION_STATES } from "../../src/core/billing/transaction.ts";
import { MESSAGE_STATES } from "../../src/core/messages/message.ts";
import { planOf } from "../support/database.ts";
import { DAY, MERCHANT, NUMBER, openWorld, PERSON } from "../support/ports.ts";

/** Tables that grow with what is sold, sent and said. */
const GROWING = "message|webhook|txn|ledger|win|pin|period|subscription|consent|inbound|preauth|suppression";

/** Steps that read a whole table, or an index of which a great part is read, or that build an index first. */
function scans(plan: readonly string[]): string[] {
  return plan.filter((step) => {
    if (step.includes("VIRTUAL TABLE")) return false; // a list that was handed over
    if (/AUTOMATIC/.test(step) || /_ended \(state=\?\)/.test(step)) return true;
    const [, table = "", index = ""] = /^SCAN (\S+)(?: USING (?:COVERING )?INDEX (\S+))?/.exec(step) ?? [];
    return (
      new RegExp(`^(${GROWING}|own|few|said|before|its|theirs|agreed|due)$`).test(table) &&
      !/_(due|dead|asked)$/.test(index)
    );
  });
}

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

describe("what is asked", () => {
  it("when people subscribe, pay, answer and stop goes by an index", async () => {
    const asked = new Set<string>();
    const world = await openWorld();
    world.database.around.before = ({ sql }) => {
      for (const one of sql) asked.add(one);
    };
    await world.aService();
    await world.gateway.acceptCharge(world.caller, { ...CHARGE, theirId: "asked", confirm: true });
    await world.writes("OK");
    await world.gateway.acceptCharge(world.caller, {
      ...CHARGE,
      theirId: "once",
      amount: 2_000,
      guard: { as: "dob", seconds: 60 },
    });
    await world.work();
    const { id } = await world.aSubscription();
    await world.work();
    await world.gateway.cancelSubscription(id, "operator");
    await world.aSubscription();
    await world.pass(40 * DAY, DAY);
    await world.writes("STOP");
    await world.work();
    await world.gateway.tidy();
    await world.ports.consents.among([{ account: "acme", merchant: MERCHANT, service: "vip", recipient: PERSON }]);
    await world.ports.transactions.askedAmong([{ recipient: PERSON, shortNumber: NUMBER }]);

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
    const [toOne] = [...asked].filter((sql) => /own\.recipient = \?7/.test(sql));
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
    await world.ports.suppressions.among([{ account: "acme", number, recipient }]);
    await world.ports.suppressions.list("acme", { limit: 10, cursor: `${number} ${recipient}` });
    await world.ports.suppressions.lift({ account: "acme", number, recipient });

    const ours = [...asked].filter((sql) => sql.includes("suppression"));
    expect(ours).toHaveLength(5);
    expect(ours.flatMap((sql) => scans(planOf(world.database.sqlite, sql)).map((step) => `${step}: ${sql}`))).toEqual(
      [],
    );
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
    expect(whole.filter((step) => !/^SCAN (account|known|span|sent|ranked|json_each|\(subquery)/.test(step))).toEqual(
      [],
    );
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
