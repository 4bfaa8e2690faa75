/** The simulated operator: whom it bills, what it refuses, and that it can be believed as a witness. */

import { DatabaseSync } from "node:sqlite";
import fc from "fast-check";
import { beforeEach, describe, expect, it } from "vitest";
import type { Charge } from "../../src/carriers/simulator/books.ts";
import type { Faults } from "../../src/carriers/simulator/fates.ts";
import { Operator } from "../../src/carriers/simulator/operator.ts";
import { type NetworkLink, simulator } from "../../src/carriers/simulator/simulator.ts";
import type { Sql } from "../../src/carriers/simulator/storage.ts";
import type { Profile } from "../../src/carriers/simulator/subscribers.ts";
import type { ChargeReceipt } from "../../src/core/billing/charges/carrier.ts";
import type { Transaction } from "../../src/core/billing/charges/transaction.ts";
import type { TransactionId } from "../../src/core/kernel/ids.ts";
import { newNumber, useGateway } from "../support/gateway.ts";

const NOON = Date.UTC(2026, 10, 22, 12);
const MINUTE = 60_000;
const KARI = "+4798079008";

let charged = 0;

/** A charge of 49 kroner on Kari's phone bill. */
function aCharge(given: Partial<Charge> = {}): Charge {
  return {
    id: `txn_${++charged}`,
    recipient: KARI,
    merchant: "mer_shop",
    shortNumber: "2002",
    invoiceText: "Thank you",
    amount: 4_900,
    currency: "NOK",
    age: 0,
    registrationMinutes: 0,
    ...given,
  };
}

/** An operator whose clock, handsets and faults are the test's. */
function openOperator(profile?: Partial<Profile>) {
  const sqlite = new DatabaseSync(":memory:");
  const sql: Sql = {
    exec<T>(text: string, ...bound: (string | number | null)[]) {
      const rows = sqlite.prepare(text).all(...bound) as T[];
      return { toArray: () => rows };
    },
  };
  const texts: { to: string; from: string; text: string }[] = [];
  const operator = new Operator(sql, (to, from, text) => texts.push({ to, from, text }));
  const world = {
    operator,
    texts,
    now: NOON,
    faults: {} as Faults,
    /** Receipts in the order in which they came. */
    told: [] as ChargeReceipt[],
    put: (given: Partial<Profile>, msisdn = KARI) => operator.putSubscriber(msisdn, given, world.now),
    charge(given: Partial<Charge> = {}) {
      const { result, early = [], hang } = operator.charge(aCharge(given), world.faults, world.now);
      world.told.push(...early);
      return { ...result, ...(hang ? { hang } : {}) };
    },
    /** Charges, and answers the operator's reference. */
    billed(given: Partial<Charge> = {}): string {
      const result = world.charge(given);
      if (result.outcome !== "billed") throw new Error(`it was not billed: ${JSON.stringify(result)}`);
      return result.reference;
    },
    reverse(original: string, amount = -4_900, id: TransactionId = `txn_${++charged}`) {
      const { result, early = [] } = operator.reverse({ id, amount, original }, world.faults, world.now);
      world.told.push(...early);
      return result;
    },
    query: (id: TransactionId) => operator.query(id, world.now),
    ledger: () => operator.books.ledger.entries({ limit: 1_000 }),
    balance: () => operator.books.subscribers.of(KARI).prepaidBalance,
    info: (msisdn = KARI) => operator.books.subscriber(msisdn, world.now),
    /** Lets time pass, and what is due by then be told. */
    async at(time: number) {
      world.now = time;
      operator.expire(time);
      await operator.receipts.send(time, async (receipts) => void world.told.push(...receipts));
      return world.told;
    },
  };
  if (profile) world.put(profile);
  return world;
}

describe("a charge", () => {
  const refused = (reason: string) => ({ outcome: "refused", reason });
  const cases: { name: string; profile?: Partial<Profile>; charge?: Partial<Charge>; result: object }[] = [
    { name: "is billed to a number that nobody set up", result: { outcome: "billed", operator: "no.telia", at: NOON } },
    { name: "is billed abroad, too", charge: { recipient: "+46701234567" }, result: { outcome: "billed" } },
    { name: "names the operator that was set", profile: { operator: "no.other" }, result: { operator: "no.other" } },
    { name: "is not billed to nobody", charge: { recipient: "" }, result: refused("bad-number") },
    { name: "is not billed if it is of nothing", charge: { amount: 0 }, result: refused("bad-amount") },
    { name: "is not billed if it gives", charge: { amount: -100 }, result: refused("bad-amount") },
    { name: "is not billed in parts of an øre", charge: { amount: 0.5 }, result: refused("bad-amount") },

    { name: "on +4700000001 is billed", charge: { recipient: "+4700000001" }, result: { outcome: "billed" } },
    { name: "on +4700000099 is billed", charge: { recipient: "+4700000099" }, result: { outcome: "billed" } },
    { name: "on +4700000010 fails", charge: { recipient: "+4700000010" }, result: refused("undelivered") },
    { name: "on +4700000020 is barred", charge: { recipient: "+4700000020" }, result: refused("subscriber-barred") },

    { name: "is refused to who is barred", profile: { barred: true }, result: refused("subscriber-barred") },
    { name: "is refused to who is not registered", profile: { registered: false }, result: refused("not-registered") },
    {
      name: "is refused to who is barred, registered or not",
      profile: { barred: true, registered: false },
      result: refused("subscriber-barred"),
    },
    { name: "is billed to who is registered in part", profile: { standing: "partial" }, result: { outcome: "billed" } },

    { name: "is billed to who is old enough", charge: { age: 41 }, result: { outcome: "billed" } },
    { name: "is refused to who is too young", charge: { age: 42 }, result: refused("too-young") },
    {
      name: "is refused where nobody knows the age",
      profile: { birthDate: null },
      charge: { age: 1 },
      result: refused("age-unknown"),
    },
    { name: "does not ask for an age if it need not", profile: { birthDate: null }, result: { outcome: "billed" } },

    { name: "is paid with the last øre", profile: { prepaidBalance: 4_900 }, result: { outcome: "billed" } },
    {
      name: "is refused to who has too little",
      profile: { prepaidBalance: 4_899 },
      result: refused("insufficient-funds"),
    },
    { name: "may be as much as the month allows", profile: { monthlyLimit: 4_900 }, result: { outcome: "billed" } },
    { name: "may not exceed the month", profile: { monthlyLimit: 4_899 }, result: refused("limit-exceeded") },
    { name: "may not exceed the year", profile: { yearlyLimit: 4_899 }, result: refused("limit-exceeded") },
    {
      name: "has a limit of its own, where nothing else has",
      profile: { monthlyLimit: null, yearlyLimit: null },
      charge: { amount: 500_001 },
      result: refused("limit-exceeded"),
    },
    {
      name: "is refused for its age before its price",
      profile: { birthDate: "2020-01-01", prepaidBalance: 0 },
      charge: { age: 18 },
      result: refused("too-young"),
    },
  ];
  it.each(cases)("$name", ({ profile, charge, result }) => {
    const world = openOperator(profile);
    const answer = world.charge({ id: "txn_it", ...charge });
    expect(answer).toMatchObject(result);
    expect(world.ledger()).toHaveLength(answer.outcome === "billed" ? 1 : 0);
    expect(world.query("txn_it")).toMatchObject({
      outcome: "settled",
      receipt: { transaction: "txn_it", outcome: answer.outcome === "billed" ? "billed" : "failed" },
    });
  });

  it("stands in the ledger as it was asked for", () => {
    const world = openOperator();
    const reference = world.billed({ id: "txn_it" });
    expect(world.ledger()).toEqual([
      {
        id: "chg_1",
        reference,
        transaction: "txn_it",
        msisdn: KARI,
        merchant: "mer_shop",
        shortNumber: "2002",
        invoiceText: "Thank you",
        amount: 4_900,
        currency: "NOK",
        kind: "charge",
        billedAt: NOON,
      },
    ]);
  });

  it("is billed as often as it is asked for, so that a double is seen", () => {
    const world = openOperator();
    const once = world.billed({ id: "txn_it" });
    expect(world.billed({ id: "txn_it" })).not.toBe(once);
    expect(world.ledger().map(({ transaction }) => transaction)).toEqual(["txn_it", "txn_it"]);
  });

  it("was billed if it ever was, whatever came of it another time", () => {
    const world = openOperator({ prepaidBalance: 4_900 });
    world.billed({ id: "txn_it" });
    expect(world.charge({ id: "txn_it" })).toMatchObject({ outcome: "refused", reason: "insufficient-funds" });
    expect(world.query("txn_it")).toMatchObject({ outcome: "settled", receipt: { outcome: "billed" } });
  });

  it("that never came was never seen", () => {
    expect(openOperator().query("txn_nobody")).toEqual({ outcome: "never-seen" });
  });

  it.each([
    { born: "2008-11-23", time: "2026-11-22T22:59:59Z", result: { reason: "too-young" } },
    { born: "2008-11-23", time: "2026-11-22T23:00:00Z", result: { outcome: "billed" } },
    { born: "2008-07-01", time: "2026-06-30T21:59:59Z", result: { reason: "too-young" } },
    { born: "2008-07-01", time: "2026-06-30T22:00:00Z", result: { outcome: "billed" } },
    { born: "2008-02-29", time: "2026-02-28T12:00:00Z", result: { reason: "too-young" } },
    { born: "2008-02-29", time: "2026-03-01T12:00:00Z", result: { outcome: "billed" } },
  ])("for 18-year-olds counts who was born on $born, at $time, by the day in Norway", ({ born, time, result }) => {
    const world = openOperator({ birthDate: born });
    world.now = Date.parse(time);
    expect(world.charge({ age: 18 })).toMatchObject(result);
  });

  it.each([
    { limit: "monthlyLimit", old: "2026-10-31T22:59:59Z", fresh: "2026-10-31T23:00:00Z" },
    { limit: "monthlyLimit", old: "2026-06-30T21:59:59Z", fresh: "2026-06-30T22:00:00Z" },
    { limit: "monthlyLimit", old: "2026-03-31T21:59:59Z", fresh: "2026-03-31T22:00:00Z" },
    { limit: "yearlyLimit", old: "2026-12-31T22:59:59Z", fresh: "2026-12-31T23:00:00Z" },
  ])("counts to $limit until midnight in Norway, which is $fresh", ({ limit, old, fresh }) => {
    const world = openOperator({ [limit]: 4_900 });
    world.now = Date.parse(old) - 3_600_000;
    world.billed();
    world.now = Date.parse(old);
    expect(world.charge()).toMatchObject({ reason: "limit-exceeded" });
    world.now = Date.parse(fresh);
    expect(world.charge()).toMatchObject({ outcome: "billed" });
  });
});

describe("a reversal", () => {
  it("stands in the ledger beside what it gives back", () => {
    const world = openOperator();
    const original = world.billed({ id: "txn_it" });
    world.now += MINUTE;
    expect(world.reverse(original, -4_900, "txn_back")).toMatchObject({ outcome: "billed", operator: "no.telia" });
    const [charge, reversal] = world.ledger();
    expect(reversal).toEqual({
      ...charge,
      id: "chg_2",
      reference: expect.any(String),
      transaction: "txn_back",
      amount: -4_900,
      kind: "reversal",
      reverses: original,
      billedAt: world.now,
    });
    expect(world.query("txn_back")).toMatchObject({ outcome: "settled", receipt: { outcome: "billed" } });
    expect(world.query("txn_it")).toMatchObject({ outcome: "settled", receipt: { outcome: "billed" } });
  });

  it("gives back to the balance", () => {
    const world = openOperator({ prepaidBalance: 10_000 });
    const original = world.billed();
    expect(world.balance()).toBe(5_100);
    world.reverse(original);
    expect(world.balance()).toBe(10_000);
  });

  it("gives back to the limits of the month of its charge, not of its own", () => {
    const world = openOperator({ monthlyLimit: 10_000 });
    const original = world.billed();
    expect(world.info().leftThisMonth).toBe(5_100);
    world.now = Date.UTC(2026, 11, 2);
    world.billed();
    world.reverse(original);
    expect(world.info()).toMatchObject({ leftThisMonth: 5_100, leftThisYear: 4_000_000 - 4_900 });
  });

  it("gives nothing to a balance that it was not paid from", () => {
    const world = openOperator();
    const original = world.billed();
    world.put({ prepaidBalance: 100 });
    expect(world.reverse(original)).toMatchObject({ outcome: "billed" });
    expect(world.balance()).toBe(100);
  });

  const cases = [
    { name: "of what was never billed is refused", of: () => "unknown", reason: "rejected" },
    {
      name: "of what is reversed already is refused",
      of(world: ReturnType<typeof openOperator>) {
        const original = world.billed();
        world.reverse(original);
        return original;
      },
      reason: "rejected",
    },
    {
      name: "of a reversal is refused",
      of(world: ReturnType<typeof openOperator>) {
        world.reverse(world.billed());
        return world.ledger()[1]?.reference ?? "";
      },
      reason: "rejected",
    },
    {
      name: "of a part is refused",
      of: (world: ReturnType<typeof openOperator>) => world.billed({ amount: 5_000 }),
      reason: "bad-amount",
    },
  ];
  it.each(cases)("$name", ({ of, reason }) => {
    const world = openOperator();
    const original = of(world);
    const before = world.ledger();
    expect(world.reverse(original, -4_900, "txn_back")).toMatchObject({ outcome: "refused", reason });
    expect(world.ledger()).toEqual(before);
    expect(world.query("txn_back")).toMatchObject({ outcome: "settled", receipt: { outcome: "failed", reason } });
  });
});

describe("money", () => {
  const step = fc.record({
    reverses: fc.boolean(),
    which: fc.nat(20),
    amount: fc.integer({ min: 1, max: 3_000 }),
    faults: fc.record(
      { loseAnswer: fc.boolean(), loseReceipt: fc.boolean(), refuse: fc.constant("other" as const) },
      { requiredKeys: [] },
    ),
  });

  it("is neither made nor lost, however charges, reversals and faults follow one another", () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 30 }), fc.integer({ min: 0, max: 20_000 }), (steps, start) => {
        const world = openOperator({ prepaidBalance: start });
        for (const { reverses, which, amount, faults } of steps) {
          world.faults = faults;
          const entry = world.ledger()[which];
          if (reverses && entry) world.reverse(entry.reference, -entry.amount);
          else world.charge({ amount });
          const billed = world.ledger().reduce((sum, entry) => sum + entry.amount, 0);
          expect(world.balance()).toBe(start - billed);
          expect(billed).toBeGreaterThanOrEqual(0);
          expect(world.balance()).toBeGreaterThanOrEqual(0);
        }
      }),
      { numRuns: 60 },
    );
  });
});

describe("a charge to who is not registered", () => {
  const wait = { id: "txn_it", registrationMinutes: 5 } as const;

  it("waits, and asks the person to register", () => {
    const world = openOperator({ registered: false });
    expect(world.charge(wait)).toEqual({ outcome: "taken", reference: expect.any(String), operator: "no.telia" });
    expect(world.texts).toEqual([
      { to: KARI, from: "2002", text: "Register to pay with your phone bill: https://register.invalid/4798079008" },
    ]);
    expect(world.ledger()).toEqual([]);
    expect(world.query("txn_it")).toMatchObject({ outcome: "taken" });
    expect(world.operator.nextDue()).toBe(NOON + 5 * MINUTE);
  });

  it("is billed when the person registers, and a receipt tells", async () => {
    const world = openOperator({ registered: false });
    const { reference } = world.charge(wait) as { reference: string };
    world.now += MINUTE;
    world.put({ registered: true });
    expect(world.ledger()).toMatchObject([{ reference, transaction: "txn_it", billedAt: world.now }]);
    expect(await world.at(world.now)).toEqual([
      {
        transaction: "txn_it",
        carrier: "simulator",
        reference,
        outcome: "billed",
        operator: "no.telia",
        at: world.now,
      },
    ]);
    expect(world.query("txn_it")).toEqual({ outcome: "settled", receipt: world.told[0] });
    expect(await world.at(NOON + 10 * MINUTE)).toHaveLength(1);
    expect(world.operator.nextDue()).toBeUndefined();
  });

  it("is looked at again when the person registers", async () => {
    const world = openOperator({ registered: false });
    world.charge({ ...wait, age: 18 });
    world.put({ registered: true, birthDate: "2020-01-01" });
    expect(await world.at(NOON)).toMatchObject([{ outcome: "failed", reason: "too-young" }]);
    expect(world.ledger()).toEqual([]);
  });

  it("goes on waiting when something else is said of the person", () => {
    const world = openOperator({ registered: false });
    world.charge(wait);
    world.put({ registered: false, birthDate: "1990-01-01" });
    expect(world.query("txn_it")).toMatchObject({ outcome: "taken" });
    expect(world.operator.receipts.nextDue()).toBeUndefined();
  });

  it("is billed when the number is as nobody set it up", () => {
    const world = openOperator({ registered: false });
    world.charge(wait);
    world.operator.removeSubscriber(KARI, world.now);
    expect(world.ledger()).toHaveLength(1);
  });

  it("fails when the time is over, and a receipt tells", async () => {
    const world = openOperator({ registered: false });
    world.charge(wait);
    expect(await world.at(NOON + 5 * MINUTE - 1)).toEqual([]);
    expect(await world.at(NOON + 5 * MINUTE)).toMatchObject([
      { transaction: "txn_it", outcome: "failed", reason: "not-registered", at: NOON + 5 * MINUTE },
    ]);
    expect(world.query("txn_it")).toMatchObject({ outcome: "settled", receipt: { reason: "not-registered" } });
  });

  it("is not billed to who registers too late, though nobody looked at the clock before", async () => {
    const world = openOperator({ registered: false });
    world.charge(wait);
    world.now += 6 * MINUTE;
    world.put({ registered: true });
    expect(world.ledger()).toEqual([]);
    expect(await world.at(world.now)).toMatchObject([{ outcome: "failed", reason: "not-registered" }]);
  });

  it("waits in line: what is left of the balance pays the first", async () => {
    const world = openOperator({ registered: false });
    world.charge({ ...wait, id: "txn_first" });
    world.charge({ ...wait, id: "txn_second" });
    world.put({ registered: true, prepaidBalance: 5_000 });
    expect(await world.at(NOON)).toMatchObject([
      { transaction: "txn_first", outcome: "billed" },
      { transaction: "txn_second", outcome: "failed", reason: "insufficient-funds" },
    ]);
    expect(world.balance()).toBe(100);
  });

  it("is told of by the faults of when it was asked", async () => {
    const world = openOperator({ registered: false });
    world.faults = { receiptDelaySeconds: 60, duplicateReceipts: 1 };
    world.charge(wait);
    world.faults = {};
    world.put({ registered: true });
    expect(world.query("txn_it")).toMatchObject({ outcome: "taken" });
    expect(await world.at(NOON + MINUTE)).toMatchObject([{ outcome: "billed" }, { outcome: "billed" }]);
  });
});

describe("a text that asks the person to register", () => {
  it("says what it is given, and ends with where to register", () => {
    const world = openOperator();
    world.operator.sendRegistration(KARI, "2002", "Register at the Shop:", NOON);
    expect(world.texts).toEqual([
      { to: KARI, from: "2002", text: "Register at the Shop: https://register.invalid/4798079008" },
    ]);
  });
});

describe("what is told of a subscriber", () => {
  const cases: { name: string; profile: Partial<Profile>; info: object }[] = [
    {
      name: "is what holds for everybody, if nobody set them up",
      profile: {},
      info: {
        standing: "full",
        operator: "no.telia",
        isPrepaid: false,
        perTransaction: 500_000,
        leftThisMonth: 495_100,
        leftThisYear: 3_995_100,
      },
    },
    { name: "is that they are registered in part", profile: { standing: "partial" }, info: { standing: "partial" } },
    { name: "is that there is no limit", profile: { monthlyLimit: null }, info: { leftThisMonth: -1 } },
    {
      name: "is what is left of a balance",
      profile: { prepaidBalance: 5_000 },
      info: { isPrepaid: true, leftThisMonth: 100, leftThisYear: 100 },
    },
  ];
  it.each(cases)("$name", ({ profile, info }) => {
    const world = openOperator(profile);
    world.billed();
    expect(world.info()).toMatchObject(info);
  });

  it.each([
    { profile: { barred: true }, standing: "barred" },
    { profile: { registered: false }, standing: "unregistered" },
    { profile: { registered: false, standing: "partial" }, standing: "unregistered" },
    { profile: { barred: true, registered: false }, standing: "barred" },
  ] as const)("is that they are $standing", ({ profile, standing }) => {
    expect(openOperator(profile).info().standing).toBe(standing);
  });

  it("is never less than nothing left", () => {
    const world = openOperator();
    world.billed();
    world.put({ monthlyLimit: 100 });
    expect(world.info().leftThisMonth).toBe(0);
  });
});

describe("on a bad day", () => {
  const billed = { outcome: "billed" };
  const failed = { outcome: "failed", reason: "rejected" };
  const cases: {
    name: string;
    faults: Faults;
    answer: object;
    inLedger?: number;
    early?: object[];
    told?: object[];
  }[] = [
    { name: "nothing happens if there is no fault", faults: {}, answer: billed },
    { name: "a charge is refused", faults: { refuse: "other" }, answer: { reason: "other" }, inLedger: 0 },
    {
      name: "a charge is to be tried again",
      faults: { busySeconds: 7 },
      answer: { outcome: "busy", retryAfterSeconds: 7 },
      inLedger: 0,
    },
    { name: "a charge is billed, and its answer lost", faults: { loseAnswer: true }, answer: { outcome: "unknown" } },
    { name: "a charge is billed, and no answer comes", faults: { hang: true }, answer: { hang: true } },
    {
      name: "a receipt comes late",
      faults: { receiptDelaySeconds: 60 },
      answer: { outcome: "taken" },
      told: [billed],
    },
    { name: "no receipt comes", faults: { loseReceipt: true }, answer: { outcome: "taken" } },
    {
      name: "a receipt comes again and again",
      faults: { duplicateReceipts: 2 },
      answer: { outcome: "taken" },
      told: [billed, billed, billed],
    },
    {
      name: "a receipt overtakes the answer",
      faults: { earlyReceipt: true, receiptDelaySeconds: 60 },
      answer: { outcome: "taken" },
      early: [billed],
    },
    {
      name: "a receipt is contradicted",
      faults: { contradict: true },
      answer: { outcome: "taken" },
      told: [billed, failed],
    },
    {
      name: "the answer is lost, and the receipt comes late",
      faults: { loseAnswer: true, receiptDelaySeconds: 60 },
      answer: { outcome: "unknown" },
      told: [billed],
    },
  ];

  it.each(cases)("$name", async ({ faults, answer, inLedger = 1, early = [], told = [] }) => {
    const world = openOperator();
    world.faults = faults;
    expect(world.charge({ id: "txn_it" })).toMatchObject(answer);
    expect(world.told).toMatchObject(early);
    expect(world.ledger()).toHaveLength(inLedger);
    const isTold = world.query("txn_it").outcome === "settled";
    expect(isTold).toBe(inLedger === 1 && (faults.earlyReceipt === true || !faults.receiptDelaySeconds));
    expect(await world.at(NOON + MINUTE)).toMatchObject([...early, ...told]);
    expect(world.told).toHaveLength(early.length + told.length);
    if (inLedger === 0) expect(world.query("txn_it")).toEqual({ outcome: "never-seen" });
    else {
      const [{ reference, billedAt } = {}] = world.ledger();
      const receipt = { outcome: "billed", reference, at: billedAt };
      expect(world.query("txn_it")).toMatchObject({ outcome: "settled", receipt });
    }
  });

  it.each(cases)(
    "the same holds of a reversal: $name",
    async ({ faults, answer, inLedger = 1, early = [], told = [] }) => {
      const world = openOperator();
      const original = world.billed();
      world.faults = faults;
      const { hang: _, ...said } = answer as { hang?: boolean };
      expect(world.reverse(original, -4_900, "txn_back")).toMatchObject(said);
      expect(world.ledger()).toHaveLength(1 + inLedger);
      expect(await world.at(NOON + MINUTE)).toMatchObject([...early, ...told]);
      expect(world.query("txn_back").outcome).toBe(inLedger === 0 ? "never-seen" : "settled");
    },
  );

  it("a refusal is as it is, but its answer may be lost", () => {
    const world = openOperator({ barred: true });
    world.faults = { loseAnswer: true, loseReceipt: true };
    expect(world.charge({ id: "txn_it" })).toMatchObject({ outcome: "unknown" });
    expect(world.query("txn_it")).toMatchObject({ outcome: "settled", receipt: { reason: "subscriber-barred" } });
  });
});

describe("the simulator's billing", () => {
  /** A wire that remembers what went over it. */
  function openWire(answers: Partial<NetworkLink> = {}) {
    const sent: unknown[] = [];
    const wire = new Proxy({} as NetworkLink, {
      get:
        (_, verb: keyof NetworkLink) =>
        async (...given: never[]) => {
          sent.push([verb, ...given]);
          return (answers[verb] as ((...given: never[]) => unknown) | undefined)?.(...given) ?? [];
        },
    });
    const billing = simulator(wire).billing;
    if (!billing) throw new Error("the simulator does not bill");
    return { billing, sent };
  }
  const asked = aCharge();
  const transaction = {
    ...asked,
    account: "acme",
    theirId: "their-1",
    echo: { secret: "ours" },
    state: "charging",
  } as unknown as Transaction;

  it("tells the operator what it needs, and nothing more", async () => {
    const { billing, sent } = openWire();
    await billing.charge([transaction]);
    await billing.reverse([{ ...transaction, amount: -4_900, original: "ref-1" }]);
    await billing.query([transaction]);
    await billing.sendRegistration({
      id: "r-1",
      merchant: "shop",
      msisdn: KARI,
      shortNumber: "2002",
      text: "Register",
    });
    expect(sent).toEqual([
      ["charge", [asked], expect.any(Number)],
      ["reverse", [{ id: asked.id, amount: -4_900, original: "ref-1" }], expect.any(Number)],
      ["queryCharges", [asked.id]],
      ["sendRegistration", KARI, "2002", "Register"],
    ]);
  });

  it("answers as the operator does", async () => {
    const world = openOperator();
    const { billing } = openWire({
      charge: async (charges) => charges.map((charge) => world.operator.charge(charge, {}, NOON).result),
      subscriber: async (msisdn) => world.info(msisdn),
    });
    expect(await billing.charge([transaction])).toMatchObject([{ outcome: "billed" }]);
    expect(await billing.subscriber(KARI)).toMatchObject({ leftThisMonth: 495_100 });
  });
});

describe("a subscriber in the sandbox", () => {
  const gateway = useGateway();
  let number: string;
  beforeEach(() => {
    number = newNumber();
  });
  const path = (msisdn: string) => `/sandbox/v1/subscribers/${encodeURIComponent(msisdn)}`;
  const put = (json: unknown) => gateway.operator("PUT", path(number), json);
  const DEFAULTS = {
    registered: true,
    barred: false,
    birthDate: "1985-01-01",
    operator: "no.telenor",
    monthlyLimit: 500_000,
    yearlyLimit: 4_000_000,
  };

  it("is like everybody, if nobody set them up", async () => {
    expect(await gateway.operator("GET", path(number))).toEqual({ msisdn: number, ...DEFAULTS });
    const { items } = await gateway.operator<{ items: { msisdn: string }[] }>("GET", "/sandbox/v1/subscribers");
    expect(items.map(({ msisdn }) => msisdn)).not.toContain(number);
  });

  it("is set up whole: what is not said is as it is by default", async () => {
    const first = { registered: false, barred: true, firstName: "Kari", zipCode: "0150", gender: "female" };
    expect(await put(first)).toEqual({ msisdn: number, ...DEFAULTS, ...first });
    const second = { standing: "partial", lastName: "Nordmann", deceasedDate: null, monthlyLimit: null };
    expect(await put(second)).toEqual({ msisdn: number, ...DEFAULTS, ...second });
    expect(await gateway.operator("GET", path(number))).toEqual({ msisdn: number, ...DEFAULTS, ...second });
    const { items } = await gateway.operator<{ items: object[] }>("GET", "/sandbox/v1/subscribers");
    expect(items).toContainEqual({ msisdn: number, ...DEFAULTS, ...second });
  });

  it("is taken back as it was told", async () => {
    const told = await put({ prepaidBalance: 5_000, city: "Oslo" });
    expect(await put(told)).toEqual(told);
  });

  it("is forgotten", async () => {
    await put({ barred: true });
    await gateway.operator("DELETE", path(number));
    await gateway.operator("DELETE", path(number));
    expect(await gateway.operator("GET", path(number))).toMatchObject({ barred: false });
  });

  const { monthlyLimit: _, yearlyLimit: __, ...PREPAID } = DEFAULTS;
  it.each([
    { said: { prepaidBalance: 5_000 }, known: { ...PREPAID, prepaidBalance: 5_000 } },
    { said: { balance: 0 }, known: { ...PREPAID, prepaidBalance: 0 } },
    { said: { prepaid: { balance: 5_000 } }, known: { ...PREPAID, prepaidBalance: 5_000 } },
    { said: { postpaid: {} }, known: DEFAULTS },
    { said: { postpaid: { monthlyLimit: 100 } }, known: { ...DEFAULTS, monthlyLimit: 100 } },
    { said: { postpaid: { yearlyLimit: null } }, known: { ...DEFAULTS, yearlyLimit: null } },
    { said: { age: null }, known: { ...DEFAULTS, birthDate: null } },
  ])("may be said to be $said", async ({ said, known }) => {
    expect(await put(said)).toEqual({ msisdn: number, ...known });
  });

  it("of an age has their birthday today", async () => {
    await gateway.operator("PUT", "/sandbox/v1/clock", { now: "2026-11-22T23:30:00Z" });
    expect(await put({ age: 18 })).toMatchObject({ birthDate: "2008-11-23" });
  });

  it.each([
    { said: { favouriteColour: "blue" }, field: "favouriteColour" },
    {
      said: { prepaid: { balance: 1, limit: 2 } },
      detail: "prepaid.limit: is not a member that is known here; known: balance",
    },
    { said: { registered: "yes" }, detail: "registered: must be true or false" },
    { said: { birthDate: "1985-02-30" }, detail: "birthDate: must be a date like 1985-01-01" },
    { said: { prepaidBalance: 9.5 }, detail: "prepaidBalance: must be in whole øre" },
    { said: { prepaidBalance: -1 }, field: "prepaidBalance" },
    { said: { age: -1 }, field: "age" },
    { said: { standing: "full" }, field: "standing" },
    { said: { age: 18, birthDate: "1985-01-01" }, detail: "birthDate: is given more than once" },
    { said: { balance: 1, prepaid: { balance: 1 } }, detail: "prepaidBalance: is given more than once" },
    { said: { balance: 1, monthlyLimit: null }, field: "prepaidBalance" },
    { said: { balance: 1, postpaid: {} }, field: "prepaidBalance" },
    { said: { msisdn: "+4700000000" }, detail: "msisdn: is another than in the address" },
  ])("is not said to be $said", async ({ said, ...told }) => {
    expect(await gateway.refusal("PUT", path(number), said)).toMatchObject({ status: 400, ...told });
    expect(await gateway.operator("GET", path(number))).toEqual({ msisdn: number, ...DEFAULTS });
  });

  it.each(["GET", "PUT", "DELETE"])("has a number: %s refuses another", async (method) => {
    const body = method === "PUT" ? {} : undefined;
    expect(await gateway.refusal(method, path("nobody"), body)).toMatchObject({ status: 400, field: "msisdn" });
  });

  it("is only the operator's to see", async () => {
    for (const address of [path(number), "/sandbox/v1/subscribers", "/sandbox/v1/operator/charges"]) {
      expect((await gateway.fetch(address)).status).toBe(401);
    }
  });
});

describe("the operator's ledger in the sandbox", () => {
  const gateway = useGateway();
  const charges = (query: Record<string, string> = {}) =>
    gateway.operator("GET", `/sandbox/v1/operator/charges?${new URLSearchParams(query)}`);

  it("is empty where nothing was billed, however long one waits", async () => {
    expect(await charges()).toEqual({ items: [] });
    expect(await charges({ msisdn: KARI, wait: "0.2", since: "chg_3", limit: "10" })).toEqual({ items: [] });
  });

  /** Asks the operator for a charge past the gateway, as another of its customers would. */
  async function bill(given: Partial<Charge>) {
    const network = await gateway.runtime.miniflare.getDurableObjectNamespace("SIMULATOR");
    const stub = network.get(network.idFromName("network")) as unknown as NetworkLink;
    const [result] = await stub.charge([aCharge(given)], Date.now() + 10_000);
    return result;
  }

  it("bills nothing that is asked for so late that nobody waits for the answer", async () => {
    const network = await gateway.runtime.miniflare.getDurableObjectNamespace("SIMULATOR");
    const stub = network.get(network.idFromName("network")) as unknown as NetworkLink;
    const msisdn = newNumber();
    await expect(stub.charge([aCharge({ recipient: msisdn })], Date.now() - 1)).rejects.toThrow();
    expect(await charges({ msisdn })).toEqual({ items: [] });
  });

  it("holds its answer until something is billed, and shows what came after a charge or a time", async () => {
    const [number, other] = [newNumber(), newNumber()];
    const waiting = charges({ msisdn: number, wait: "20" });
    await bill({ recipient: other });
    expect(await bill({ recipient: number, amount: 100 })).toMatchObject({ outcome: "billed" });
    const { items } = (await waiting) as { items: [{ id: string; billedAt: string }] };
    expect(items).toMatchObject([{ id: expect.stringMatching(/^chg_\d+$/), msisdn: number, amount: 100 }]);
    expect(items[0].billedAt).toMatch(/Z$/);

    await gateway.advance(60);
    const since = new Date(await gateway.now()).toISOString();
    await bill({ recipient: number, amount: 200 });
    for (const after of [since, items[0].id]) {
      expect(await charges({ msisdn: number, since: after })).toMatchObject({ items: [{ amount: 200 }] });
    }
    expect(await charges({ msisdn: number, limit: "1" })).toMatchObject({ items: [{ amount: 100 }] });
  });

  it("shows the last of many, oldest first, without waiting for more", async () => {
    const number = newNumber();
    expect(await charges({ msisdn: number, last: "2", wait: "20" })).toEqual({ items: [] });
    for (const amount of [100, 200, 300]) await bill({ recipient: number, amount });
    await bill({ recipient: newNumber(), amount: 400 });
    expect(await charges({ msisdn: number, last: "2" })).toMatchObject({ items: [{ amount: 200 }, { amount: 300 }] });
    expect(await charges({ last: "1" })).toMatchObject({ items: [{ amount: 400 }] });
  });

  it("goes with a balance that the subscriber can be seen to spend", async () => {
    const number = newNumber();
    const path = `/sandbox/v1/subscribers/${encodeURIComponent(number)}`;
    await gateway.operator("PUT", path, { balance: 10_000 });
    await bill({ recipient: number, amount: 9_900 });
    expect(await gateway.operator("GET", path)).toMatchObject({ prepaidBalance: 100 });
    expect(await bill({ recipient: number, amount: 9_900 })).toMatchObject({ reason: "insufficient-funds" });
  });

  it("has the person asked to register on their handset", async () => {
    const number = newNumber();
    await gateway.operator("PUT", `/sandbox/v1/subscribers/${encodeURIComponent(number)}`, { registered: false });
    const waiting = gateway.handset(number, { wait: 20, match: "register.invalid" });
    expect(await bill({ recipient: number, registrationMinutes: 60 })).toMatchObject({ outcome: "taken" });
    expect(await waiting).toMatchObject([{ from: "2002", parts: 1, encoding: "gsm7" }]);
  });

  it("is empty in a fresh world, where nobody is set up", async () => {
    await gateway.operator("POST", "/sandbox/v1/reset");
    expect(await charges()).toEqual({ items: [] });
    expect(await gateway.operator("GET", "/sandbox/v1/subscribers")).toEqual({ items: [] });
  });

  it.each([
    { query: { msisdn: "nobody" }, field: "msisdn" },
    { query: { wait: "61" }, field: "wait" },
    { query: { last: "0" }, field: "last" },
    { query: { since: "hst_1" }, field: "since" },
    { query: { limit: "0" }, field: "limit" },
  ])("refuses $query", async ({ query, field }) => {
    const path = `/sandbox/v1/operator/charges?${new URLSearchParams(query as Record<string, string>)}`;
    expect(await gateway.refusal("GET", path)).toMatchObject({ status: 400, field });
  });

  it("has faults of its own", async () => {
    await gateway.faults({ refuse: "other", only: "charges", times: 1 });
    const account = await gateway.account();
    const recipient = newNumber();
    await gateway.send(account, { recipient });
    await gateway.advance(0);
    expect(await gateway.handset(recipient)).toHaveLength(1);
    expect(await gateway.operator("GET", "/sandbox/v1/faults/simulator")).toMatchObject({ only: "charges" });
    expect(await gateway.refusal("PUT", "/sandbox/v1/faults/simulator", { only: "calls" })).toMatchObject({
      status: 400,
      field: "only",
    });
  });
});
