/** What a move of a charge brings about, as plain data: no database is asked, and nothing is written. */

import { describe, expect, it } from "vitest";
import { statesFrom, type Transaction, type TransactionMove } from "../../../src/core/billing/charges/transaction.ts";
import { type ConsequencePorts, consequences } from "../../../src/core/billing/consequences.ts";
import type { Context } from "../../../src/core/billing/moves.ts";
import { surroundings } from "../../support/ports.ts";
import { NOON } from "../../support/rows.ts";

const { ports: all } = surroundings();
const formats: ConsequencePorts["formats"] = new Map([
  ["telling", { charges: ["billed", "failed", "reversed"] }],
  ["quiet", {}],
]);
const ports: ConsequencePorts = { clock: { ...all.clock, now: () => NOON }, ids: all.ids, formats };

const CHARGE: Transaction = {
  id: "txn_000001aaaaaaaaaaaaaaaaaaaaa",
  account: "acme",
  dialect: "telling",
  theirId: "order-1",
  fingerprint: "f",
  kind: "charge",
  merchant: "shop",
  shortNumber: "2002",
  serviceCode: "14002",
  invoiceText: "Games",
  recipient: "+4798079008",
  amount: 4_900,
  currency: "NOK",
  age: 0,
  state: "charging",
  makesConsent: false,
  startsSubscription: false,
  registrationMinutes: 0,
  expiresAt: NOON,
  acceptedAt: NOON - 60_000,
  changedAt: NOON,
  attempts: 1,
  echo: {},
  history: [],
};
const REVERSAL: Transaction = {
  ...CHARGE,
  id: "txn_000001bbbbbbbbbbbbbbbbbbbbb",
  theirId: "-order-1",
  kind: "reversal",
  amount: -4_900,
  reverses: CHARGE.id,
};

const broughtBy = (given: Partial<Context> & { transaction: Transaction }, move: Partial<TransactionMove> = {}) =>
  consequences(ports, given, {
    id: given.transaction.id,
    to: "billed",
    at: NOON,
    attempt: 1,
    carrier: "sim",
    reference: "ref-1",
    entry: { at: NOON, event: "carrier.billed", carrier: "sim", attempt: 1, reference: "ref-1" },
    ...move,
  });

describe("a charge that is billed", () => {
  it("is two entries that sum to zero: the operator owes us what we owe the merchant", () => {
    expect(broughtBy({ transaction: CHARGE }).ledger).toEqual([
      expect.objectContaining({
        id: "led_000001aaaaaaaaaaaaaaaaaaaaa_o",
        book: "operator:sim",
        amount: 4_900,
        at: NOON,
      }),
      expect.objectContaining({ id: "led_000001aaaaaaaaaaaaaaaaaaaaa_m", book: "merchant:shop", amount: -4_900 }),
    ]);
  });

  it("is news to its account where its dialect tells of that, by the carrier's time", () => {
    const { news } = broughtBy({ transaction: CHARGE }, { happenedAt: NOON - 5_000, operator: "telenor" });
    expect(news).toEqual([
      {
        id: "whk_000001aaaaaaaaaaaaaaaaaaaaa_charge-billed",
        subject: CHARGE.id,
        dialect: "telling",
        event: {
          state: "billed",
          at: NOON - 5_000,
          transaction: expect.objectContaining({ theirId: "order-1", amount: 4_900, operator: "telenor" }),
        },
      },
    ]);
  });

  it.each([
    { why: "its dialect tells of no charges", given: { dialect: "quiet" } },
    { why: "the message that it pays for tells of it", given: { message: "msg_000001ccccccccccccccccccccc" as const } },
  ])("is no news where $why", ({ given }) => {
    expect(broughtBy({ transaction: { ...CHARGE, ...given } }).news).toBeUndefined();
  });

  it("is revenue in its quarter of an hour, if it is for a subscription or begins one", () => {
    expect(broughtBy({ transaction: CHARGE }).revenue).toBeUndefined();
    const transaction: Transaction = {
      ...CHARGE,
      service: "club",
      subscription: "sub_000001d",
      acceptedAt: NOON + 901_000,
    };
    expect(broughtBy({ transaction }).revenue).toEqual({
      account: "acme",
      service: "club",
      currency: "NOK",
      amount: 4_900,
      at: NOON + 900_000,
    });
  });

  it("is given back if its person said STOP meanwhile, where it is for a service or a consent", () => {
    expect(broughtBy({ transaction: CHARGE }).reversal).toBeUndefined();
    const { reversal } = broughtBy({ transaction: { ...CHARGE, service: "club" } });
    expect(reversal).toMatchObject({ kind: "reversal", reverses: CHARGE.id, amount: -4_900, theirId: "-order-1" });
    expect(reversal?.history).toEqual([{ at: NOON, event: "reversal.after_stop", of: CHARGE.id }]);
  });

  it("lets the message go that it pays for, or fails it if the charge is given back", () => {
    const { releases } = broughtBy({ transaction: { ...CHARGE, message: "msg_000001ccccccccccccccccccccc" } });
    expect(releases).toMatchObject([
      { to: "accepted", billed: true, paidBy: { id: CHARGE.id, attempt: 1, isStopped: false } },
      { to: "failed", reason: "ended", billed: false, paidBy: { id: CHARGE.id, isStopped: true } },
    ]);
  });

  it("is a dispute if it had come to nothing, with the carrier's reference", () => {
    const { disputed } = broughtBy({ transaction: CHARGE });
    expect(disputed).toEqual({ at: NOON, event: "carrier.disputed", carrier: "sim", reference: "ref-1" });
  });
});

describe("a charge that comes to nothing", () => {
  it.each(["failed", "expired", "cancelled"] as const)(
    "as %s leaves nothing in the books, and closes its window",
    (to) => {
      const { ledger, revenue, window } = broughtBy({ transaction: CHARGE }, { to, reason: "insufficient-funds" });
      expect({ ledger, revenue, window }).toEqual({ ledger: undefined, revenue: undefined, window: "expired" });
    },
  );

  it("fails the message that it pays for, for its own reason", () => {
    const transaction: Transaction = { ...CHARGE, message: "msg_000001ccccccccccccccccccccc" };
    const { releases } = broughtBy({ transaction }, { to: "failed", reason: "insufficient-funds" });
    expect(releases).toMatchObject([{ to: "failed", reason: "insufficient-funds", billed: false }]);
  });
});

describe("a reversal that is billed", () => {
  const reversed = () => broughtBy({ transaction: REVERSAL, original: { ...CHARGE, state: "billed" } });

  it("takes back in the books what the charge put there", () => {
    const [operator, merchant] = reversed().ledger ?? [];
    expect([operator?.amount, merchant?.amount]).toEqual([-4_900, 4_900]);
  });

  it("reverses its original, and is news of both", () => {
    const { reverses, news } = reversed();
    expect(reverses).toEqual({ id: CHARGE.id, entry: { at: NOON, event: "reversed", by: REVERSAL.id } });
    expect(news?.map(({ subject, event: { state } }) => [subject, state])).toEqual([
      [REVERSAL.id, "billed"],
      [CHARGE.id, "reversed"],
    ]);
  });

  it("is no revenue where the charge was none, and the less of it where it was", () => {
    expect(reversed().revenue).toBeUndefined();
    const original: Transaction = { ...CHARGE, state: "billed", subscription: "sub_000001d" };
    expect(broughtBy({ transaction: REVERSAL, original }).revenue).toMatchObject({ amount: -4_900 });
  });

  it("is never given back itself, and begins nothing", () => {
    expect(reversed()).not.toHaveProperty("reversal");
    expect(reversed()).not.toHaveProperty("begins");
  });
});

describe("a move", () => {
  it("to ready may be made by a carrier's word from what was claimed, by a person's only from what waits", () => {
    const base = { id: CHARGE.id, at: NOON, entry: { at: NOON, event: "person.confirmed" } } as const;
    expect(statesFrom({ ...base, to: "ready" })).toEqual(["waiting"]);
    expect(statesFrom({ ...base, to: "ready", attempt: 1 })).toEqual(["charging"]);
    expect(statesFrom({ ...base, to: "ready", attempt: 1, from: ["unknown", "sent"] })).toEqual(["unknown", "sent"]);
  });

  it("to billed is never made from what has ended", () => {
    const base = { id: CHARGE.id, at: NOON, entry: { at: NOON, event: "person.confirmed" } } as const;
    expect(statesFrom({ ...base, to: "billed" })).toEqual(["ready", "charging", "sent", "unknown"]);
  });
});
