/** Charging: a carrier is asked once, whoever races, dies, or hears too late; and what is not known is never guessed. */

import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { acceptCharge } from "../../../../src/core/billing/charges/accept.ts";
import type { ChargeQueryResult, ChargeReceipt } from "../../../../src/core/billing/charges/carrier.ts";
import { CHARGE_LEASE_MS, charge } from "../../../../src/core/billing/charges/charge.ts";
import { settleCharges } from "../../../../src/core/billing/charges/settle.ts";
import type { Transaction, TransactionState } from "../../../../src/core/billing/charges/transaction.ts";
import type { TransactionId } from "../../../../src/core/kernel/ids.ts";
import { ASK_AFTER } from "../../../../src/core/messages/ask.ts";
import { trafficOf } from "../../../../src/core/messages/tally.ts";
import { type Bank, type Fate, openBank } from "../../../support/bank.ts";
import {
  aPromise,
  aTransaction,
  aTurn,
  DAY,
  DEATHS,
  dying,
  HOUR,
  openWorld,
  type World,
} from "../../../support/ports.ts";

let world: World;
let bank: Bank;
beforeEach(async () => {
  world = await openWorld();
  bank = world.bank;
});
afterEach(() => world.close());

const stateOf = async ({ id }: { id: TransactionId }) => (await world.transaction(id)).state;
/** Somebody takes them in hand. */
const claim = (...ids: TransactionId[]) => {
  const { now } = world.time;
  const lease = now + CHARGE_LEASE_MS;
  return world.ports.transactions.claim(ids, { now, lease, inHandUntil: lease, day: 0, month: 0 });
};
const idsOf = (many: readonly Transaction[]) => many.map(({ id }) => id);
const times = <T>(count: number, make: (n: number) => T) => Array.from({ length: count }, (_, n) => make(n));
const caps = (of: { transaction?: number; day?: number; month?: number }) =>
  world.ports.accounts.change("acme", { settings: { caps: of } }, world.time.now);

describe("a carrier is asked to bill once", () => {
  it("however many charge the same transactions at once", async () => {
    const charges = await Promise.all(times(5, (n) => world.aCharge({ recipient: `+479807900${n}` })));
    bank.before = aTurn; // and answers when all the others have gone on
    bank.after = aTurn;
    await Promise.all(times(50, () => charge(world.ports, idsOf(charges))));
    expect([...bank.asked].sort()).toEqual(idsOf(charges).sort());
    for (const one of charges) expect(await stateOf(one)).toBe("billed");
  });

  it("though each of the many was rung for alone, and by the sweep too", async () => {
    const charges = await Promise.all(times(10, () => world.aCharge()));
    bank.before = aTurn;
    await Promise.all([
      ...charges.map(({ id }) => charge(world.ports, [id])),
      charge(world.ports, idsOf(charges)),
      world.gateway.runDue(),
    ]);
    await world.work();
    expect([...bank.asked].sort()).toEqual(idsOf(charges).sort());
    expect(bank.bills).toHaveLength(10);
  });

  it("when two claim in the same millisecond, until the same time", async () => {
    const charges = await Promise.all(times(20, (n) => world.aCharge({ recipient: `+47980790${10 + n}` })));
    const claims = await Promise.all(times(10, () => claim(...idsOf(charges))));
    const won = claims.flat().map(({ transaction }) => transaction.id);
    expect([...won].sort()).toEqual(idsOf(charges).sort());
  });

  it("whichever write its process dies at", async () => {
    for (const at of DEATHS(12)) {
      world.close();
      world = await openWorld();
      const { id } = await world.aCharge();
      const died = await dying(world.database, at, () => charge(world.ports, [id]));
      await world.pass(DAY);
      expect(world.bank.timesAsked(id)).toBeLessThanOrEqual(1);
      // It is billed with us exactly if it is with the carrier.
      expect(await stateOf({ id })).toBe(world.bank.bills.length === 1 ? "billed" : "failed");
      if (!died) return;
    }
    throw new Error("it takes more calls than the test counts on");
  });
});

describe("how carriers answer charges", () => {
  it("is counted with how they answer texts, and what they were not asked is not", async () => {
    const fates: Fate[] = [{ is: "billed" }, { is: "refused", reason: "insufficient-funds" }, { is: "lost" }];
    const charges = await Promise.all(times(3, (n) => world.aCharge({ recipient: `+479807902${n}` })));
    bank.fate = ({ id }) => fates[idsOf(charges).indexOf(id)] ?? { is: "billed" };
    await charge(world.ports, idsOf(charges));
    const known = trafficOf(await world.ports.tallies.since(0));
    expect(known).toMatchObject({ asked: 3, taken: 1, refused: 1, lost: 1, median: 50 });
    expect(known.reasons).toEqual([{ answer: "refused", reason: "insufficient-funds", count: 1 }]);

    const gone = await world.aCharge({ recipient: "+4798079030" });
    await charge({ ...world.ports, carriers: new Map() }, [gone.id]);
    expect(trafficOf(await world.ports.tallies.since(0)).asked).toBe(3);
  });
});

describe("an answer that is lost", () => {
  it.each([{ is: "lost" }, { is: "dropped" }] as const)(
    "(%j) is never charged again, however long it is not known",
    async (fate) => {
      bank.fate = () => fate;
      bank.tells = () => ({ outcome: "cannot-tell" });
      const one = await world.aCharge();
      await world.work();
      expect(await stateOf(one)).toBe("unknown");
      bank.fate = () => ({ is: "billed" });
      await world.pass(365 * DAY, DAY);
      expect(bank.asked).toEqual([one.id]);
      expect(await stateOf(one)).toBe("unknown");
    },
  );

  it("because the carrier threw, or answered for too few, is as lost as any", async () => {
    const charges = await Promise.all(times(2, (n) => world.aCharge({ recipient: `+479807900${n}` })));
    const answer = bank.carrier.billing?.charge;
    if (!bank.carrier.billing || !answer) throw new Error("the bank bills");
    bank.carrier.billing.charge = async (all) => (await answer(all)).slice(0, 1);
    await charge(world.ports, idsOf(charges));
    expect(await Promise.all(charges.map(stateOf))).toEqual(["billed", "unknown"]);
    const third = await world.aCharge();
    bank.carrier.billing.charge = () => Promise.reject(new Error("reset by peer"));
    await charge(world.ports, [third.id]);
    expect(await stateOf(third)).toBe("unknown");
  });

  const reference = "r";
  const words: [string, ChargeQueryResult | "settled", TransactionState, number][] = [
    ["is billed when the carrier says that it billed it", "settled", "billed", 1],
    ["has failed when the carrier promises that it never saw it", { outcome: "never-seen" }, "failed", 0],
    ["is sent when the carrier has it", { outcome: "taken", reference }, "sent", 0],
    ["stays unknown while the carrier cannot tell", { outcome: "cannot-tell" }, "unknown", 0],
  ];
  it.each(words)("%s", async (_, word, state, bills) => {
    bank.fate = () => (word === "settled" ? { is: "lost" } : { is: "dropped" });
    if (word !== "settled") bank.tells = () => word;
    const one = await world.aCharge();
    await world.work();
    world.time.now += ASK_AFTER - 1;
    await world.work();
    expect(await stateOf(one)).toBe("unknown");
    world.time.now += 1;
    await world.work();
    expect(await stateOf(one)).toBe(state);
    expect(bank.bills).toHaveLength(bills);
    expect(bank.timesAsked(one.id)).toBe(1);
  });

  it("is asked for where it went last, though an earlier try went to another carrier", async () => {
    const other = openBank(() => world.time.now, "other");
    world.ports.carriers.set("other", other.carrier);
    bank.fate = () => ({ is: "busy" });
    const { id } = await world.aCharge();
    await charge(world.ports, [id]);
    // The route is changed, the other carrier bills it, and the process dies before it hears so.
    world.ports.carriers.delete("bank");
    world.ports.carriers.set("bank", bank.carrier);
    world.time.now += 1_000;
    const death = { call: 3, when: "before" } as const; // what the claim goes by, the claim; then the write
    expect(await dying(world.database, death, () => charge(world.ports, [id]))).toBe(true);
    expect(other.bills).toHaveLength(1);
    bank.tells = () => ({ outcome: "settled", receipt: bank.receipt(id, "failed", "rejected") });
    await world.pass(HOUR, 60_000);
    expect(await world.transaction(id)).toMatchObject({ state: "billed", carrier: "other" });
  });

  it("waits while one of the carriers that may have it gives no answer", async () => {
    const other = openBank(() => world.time.now, "other");
    other.tells = () => ({ outcome: "cannot-tell" });
    world.ports.carriers.set("other", other.carrier);
    const { id } = await world.aCharge();
    await claim(id);
    await world.pass(HOUR, 60_000);
    expect(await stateOf({ id })).toBe("unknown");
  });
});

describe("a receipt", () => {
  const settle = (...receipts: ChargeReceipt[]) => settleCharges(world.ports, receipts);
  const sent = async () => {
    bank.fate = () => ({ is: "taken" });
    const one = await world.aCharge();
    await charge(world.ports, [one.id]);
    expect(await stateOf(one)).toBe("sent");
    return one;
  };

  it("settles what the carrier has taken, however late", async () => {
    const one = await sent();
    await world.pass(100 * DAY, DAY);
    expect(await stateOf(one)).toBe("sent");
    await settle(bank.end(one.id));
    expect(await world.transaction(one.id)).toMatchObject({ state: "billed", carrier: "bank" });
  });

  it("that does not come is asked for", async () => {
    const one = await sent();
    bank.end(one.id);
    await world.pass(HOUR, 60_000);
    expect(await stateOf(one)).toBe("billed");
  });

  it("settles what nobody knew of", async () => {
    bank.fate = () => ({ is: "lost" });
    const one = await world.aCharge();
    await charge(world.ports, [one.id]);
    await settle(bank.receipt(one.id, "billed"));
    expect(await stateOf(one)).toBe("billed");
  });

  it.each(["charging", "sent", "unknown", "ready", "failed"] as const)(
    "of a carrier that was not asked changes nothing, of a charge that is %s",
    async (state) => {
      const gate = aPromise();
      if (state === "charging") bank.after = () => gate.promise;
      if (state === "unknown") bank.fate = () => ({ is: "dropped" });
      if (state === "ready") bank.fate = () => ({ is: "busy", seconds: 60 });
      if (state === "failed") bank.fate = () => ({ is: "refused", reason: "insufficient-funds" });
      if (state === "sent" || state === "charging") bank.fate = () => ({ is: "taken" });
      const one = await world.aCharge();
      const charging = charge(world.ports, [one.id]);
      if (state === "charging") while (!bank.asked.length) await aTurn();
      else await charging;
      for (const outcome of ["billed", "failed", "expired"] as const) {
        await settle({ ...bank.receipt(one.id, outcome), carrier: "another" });
        const row = await world.transaction(one.id);
        expect([row.state, row.disputedAt]).toEqual([state, undefined]);
      }
      gate.keep();
      await charging;
    },
  );

  it("of a carrier changes nothing where none was asked", async () => {
    const one = await world.aCharge();
    await settle(bank.receipt(one.id, "billed"));
    expect(await stateOf(one)).toBe("ready");
  });

  it("that comes before the answer is not undone by it", async () => {
    const gate = aPromise();
    bank.fate = () => ({ is: "taken" });
    bank.after = () => gate.promise;
    const one = await world.aCharge();
    const charging = charge(world.ports, [one.id]);
    while (!bank.asked.length) await aTurn();
    await settle(bank.end(one.id));
    gate.keep();
    await charging;
    expect(await stateOf(one)).toBe("billed");
  });

  it("that comes twice, or ten times at once, tells the customer once and bills once", async () => {
    const one = await sent();
    const receipt = bank.end(one.id);
    await settle(receipt, receipt);
    await Promise.all(times(10, () => settle(receipt)));
    expect((await world.ports.webhooks.ofSubject(one.id)).map(({ event }) => event.state)).toEqual(["billed"]);
    expect((await world.ports.transactions.ledger({}, { limit: 10 })).items).toHaveLength(2);
  });

  const contradictions = [
    ["billed", "failed"],
    ["failed", "billed"],
    ["billed", "expired"],
    ["expired", "billed"],
  ] as const;
  it.each(contradictions)("that says %s is not undone by one that says %s", async (first, second) => {
    for (const together of [true, false]) {
      const one = await sent();
      const [word, other] = [bank.receipt(one.id, first), bank.receipt(one.id, second, "rejected")];
      if (together) await settle(word, other);
      else for (const receipt of [word, other]) await settle(receipt);
      expect(await stateOf(one)).toBe(first);
      expect((await world.ports.webhooks.ofSubject(one.id)).map(({ event }) => event.state)).toEqual([first]);
    }
  });

  it("of a charge that nobody has heard of changes nothing", async () => {
    await settle(bank.receipt("txn_000001none", "billed"));
    expect(await world.transactions()).toEqual([]);
  });
});

describe("a carrier that is busy", () => {
  it("is asked again, and bills once", async () => {
    bank.fate = (_, asked) => (asked < 4 ? { is: "busy" } : { is: "billed" });
    const one = await world.aCharge();
    await world.pass(60_000, 1_000);
    expect(await stateOf(one)).toBe("billed");
    expect(bank.bills).toEqual([expect.objectContaining({ transaction: one.id, amount: 4_900 })]);
    expect(bank.timesAsked(one.id)).toBe(4);
  });

  it("is left in peace for as long as it asks for", async () => {
    bank.fate = () => ({ is: "busy", seconds: 90 });
    const one = await world.aCharge();
    await world.work();
    world.time.now += 89_999;
    await charge(world.ports, [one.id]);
    expect(bank.timesAsked(one.id)).toBe(1);
    world.time.now += 1;
    await charge(world.ports, [one.id]);
    expect(bank.timesAsked(one.id)).toBe(2);
  });

  it("until the validity is over is asked no more, and nobody pays", async () => {
    bank.fate = () => ({ is: "busy" });
    const one = await world.aCharge();
    await world.pass(3 * HOUR, 60_000);
    expect(await world.transaction(one.id)).toMatchObject({ state: "expired", reason: "validity-over" });
    const { length } = bank.asked;
    await world.pass(DAY);
    expect(bank.asked).toHaveLength(length);
  });

  it("is who no carrier at all is", async () => {
    world.ports.carriers.clear();
    const one = await world.aCharge();
    await charge(world.ports, [one.id]);
    expect(await stateOf(one)).toBe("ready");
  });
});

describe("a validity that is over", () => {
  const inHand: Fate[] = [{ is: "taken" }, { is: "lost" }, { is: "dropped" }];
  it.each(inHand)("touches nothing that a carrier may have (%j)", async (fate) => {
    bank.fate = () => fate;
    bank.tells = () => (fate.is === "taken" ? { outcome: "taken", reference: "r" } : { outcome: "cannot-tell" });
    const one = await world.aCharge({ expiresAt: world.time.now + 1_000 });
    await world.work();
    await world.pass(2 * DAY);
    expect(await stateOf(one)).toBe(fate.is === "taken" ? "sent" : "unknown");
  });

  it("means that no carrier is asked", async () => {
    const one = await world.aCharge({ expiresAt: world.time.now });
    await charge(world.ports, [one.id]);
    expect(bank.asked).toEqual([]);
  });
});

describe("a claim that has run out", () => {
  it("is asked about, and not charged again", async () => {
    const one = await world.aCharge();
    await claim(one.id);
    world.time.now += CHARGE_LEASE_MS - 1;
    await world.work();
    expect(await stateOf(one)).toBe("charging");
    world.time.now += 1;
    await world.work();
    expect(await world.transaction(one.id)).toMatchObject({ state: "failed", reason: "carrier-offline" });
    expect(bank.asked).toEqual([]);
  });

  it("before anybody was asked means that nobody is", async () => {
    const one = await world.aCharge();
    const { claim } = world.ports.transactions;
    world.ports.transactions.claim = async (...given) => {
      const claimed = await claim(...given);
      world.time.now += CHARGE_LEASE_MS;
      return claimed;
    };
    await charge(world.ports, [one.id]);
    expect(bank.asked).toEqual([]);
  });

  const late: [Fate, TransactionState][] = [
    [{ is: "billed" }, "billed"],
    [{ is: "taken" }, "sent"],
    [{ is: "refused", reason: "rejected" }, "failed"],
    [{ is: "busy" }, "unknown"],
    [{ is: "dropped" }, "unknown"],
  ];
  it.each(late)("hears the late answer %j, and it is %s", async (fate, state) => {
    const gate = aPromise();
    bank.fate = () => fate;
    bank.after = () => gate.promise;
    bank.tells = () => ({ outcome: "cannot-tell" });
    const one = await world.aCharge();
    const charging = charge(world.ports, [one.id]);
    while (!bank.asked.length) await aTurn();
    world.time.now += CHARGE_LEASE_MS;
    await world.work();
    expect(await stateOf(one)).toBe("unknown");
    gate.keep();
    await charging;
    expect(await stateOf(one)).toBe(state);
    await world.pass(DAY);
    expect(bank.timesAsked(one.id)).toBe(1);
  });

  it("has no say in what another's has become of", async () => {
    const one = await world.aCharge();
    const first = await claim(one.id);
    expect(first).toHaveLength(1);
    const entry = { at: world.time.now, event: "carrier.busy", attempt: 1, again: world.time.now } as const;
    const busy = { id: one.id, to: "ready", attempt: 1, at: world.time.now, dueAt: world.time.now, entry } as const;
    await world.ports.transactions.move([busy]);
    const second = await claim(one.id);
    expect(second[0]?.transaction.attempts).toBe(2);
    // The first speaks again, in any way it might.
    for (const to of ["ready", "failed", "billed", "sent", "unknown", "expired"] as const) {
      const { made } = await world.ports.transactions.move([{ ...busy, to }]);
      expect([to, made.size]).toEqual([to, 0]);
    }
    expect(await stateOf(one)).toBe("charging");
  });
});

describe("what the person confirms", () => {
  const inHand = ["charging", "sent", "unknown", "billed", "failed", "ready"] as const;
  it.each(inHand)("is never made ready again by it when it is %s", async (state) => {
    const one = aTransaction(world, { state: "waiting", waitsFor: "ok", dueAt: world.time.now + HOUR });
    await world.ports.transactions.add([{ transaction: one }]);
    world.database.sqlite.prepare("UPDATE txn SET state = ?, attempts = 1").run(state);
    const entry = { at: world.time.now, event: "person.confirmed" } as const;
    const move = { id: one.id, to: "ready", at: world.time.now, dueAt: world.time.now, entry } as const;
    for (const from of [undefined, ["waiting"], ["charging"], ["waiting", "charging", "unknown", "sent"]] as const) {
      const { made } = await world.ports.transactions.move([{ ...move, ...(from ? { from } : {}) }]);
      expect(made.size).toBe(0);
    }
    expect(await stateOf(one)).toBe(state);
  });

  it("twice at once is charged once", async () => {
    await world.aService({ keyword: "GAMES" });
    const one = await world.gateway.acceptCharge(world.caller, {
      theirId: "ask",
      merchant: "shop",
      shortNumber: "2002",
      serviceCode: "14002",
      invoiceText: "Games",
      amount: 4_900,
      currency: "NOK",
      recipient: "+4798079008",
      confirm: true,
      echo: {},
    });
    bank.before = aTurn;
    await Promise.all(times(5, () => world.writes("ok!")));
    await world.work();
    expect(bank.bills).toHaveLength(1);
    expect(await stateOf(one)).toBe("billed");
  });
});

describe("a charge without an id", () => {
  it("is a repeat of one before it, however long it took to be looked at", async () => {
    await world.aService({ keyword: "GAMES" });
    const wanted = {
      merchant: "shop",
      shortNumber: "2002",
      serviceCode: "14002",
      invoiceText: "Games",
      amount: 4_900,
      currency: "NOK",
      recipient: "+4798079008",
      consent: "games",
      guard: { as: "dob", seconds: 3_600 },
      echo: {},
    } as const;
    await world.gateway.acceptCharge(world.caller, { ...wanted, theirId: "one" });
    const { consents } = world.ports;
    const slow = {
      ...consents,
      byId: async (...given: Parameters<typeof consents.byId>) => {
        world.time.now += 2 * HOUR;
        return consents.byId(...given);
      },
    };
    const again = acceptCharge({ ...world.ports, consents: slow }, world.caller, { ...wanted, theirId: "two" });
    await expect(again).rejects.toMatchObject({ refusal: "repeated" });
  });
});

describe("the most that one person may be charged", () => {
  const many = (count: number, given: Partial<Transaction> = {}) =>
    Promise.all(times(count, () => world.aCharge(given)));
  const billed = () => bank.bills.reduce((sum, { amount }) => sum + amount, 0);

  const race = async (charges: readonly Transaction[]) => {
    bank.before = aTurn;
    await Promise.all(charges.map(({ id }) => charge(world.ports, [id])));
  };

  it("at once holds to the øre", async () => {
    await caps({ transaction: 4_900 });
    const [over, within] = [await world.aCharge({ amount: 4_901 }), await world.aCharge({ amount: 4_900 })];
    await charge(world.ports, [over.id, within.id]);
    expect(await world.transaction(over.id)).toMatchObject({ state: "failed", reason: "limit-exceeded" });
    expect(await stateOf(within)).toBe("billed");
    expect(bank.asked).toEqual([within.id]);
  });

  it.each(["day", "month"] as const)("in a %s holds however many race", async (cap) => {
    await caps({ [cap]: 10 * 4_900 + 4_899 });
    const charges = await many(50);
    await race(charges);
    await Promise.all(times(5, () => charge(world.ports, idsOf(charges))));
    expect(billed()).toBe(10 * 4_900);
    const states = await Promise.all(charges.map(stateOf));
    expect(states.filter((state) => state === "failed")).toHaveLength(40);
  });

  it("holds for those that are charged together too", async () => {
    await caps({ day: 3 * 4_900 });
    await charge(world.ports, idsOf(await many(50)));
    expect(billed()).toBe(3 * 4_900);
  });

  it("counts what may have been billed, though nobody knows", async () => {
    await caps({ day: 4_900 });
    bank.fate = () => ({ is: "dropped" });
    await charge(world.ports, idsOf(await many(2)));
    expect(bank.asked).toHaveLength(1);
  });

  it("does not count what was declined, given back, or another's", async () => {
    await caps({ day: 4_900 });
    bank.fate = (_, asked) =>
      asked === 1 && bank.asked.length === 1 ? { is: "refused", reason: "other" } : { is: "billed" };
    const [declined, next] = await many(2);
    if (!declined || !next) throw new Error("none made");
    await charge(world.ports, [declined.id]);
    await charge(world.ports, [next.id]);
    expect(await stateOf(next)).toBe("billed");
    await world.gateway.reverse(world.caller, await world.transaction(next.id));
    await world.work();
    const [again, another] = [await world.aCharge(), await world.aCharge({ recipient: "+4798079009" })];
    await charge(world.ports, [again.id, another.id]);
    expect([await stateOf(again), await stateOf(another)]).toEqual(["billed", "billed"]);
  });

  it("begins anew at midnight, and on the first of the month, where the phone bills are", async () => {
    await caps({ day: 4_900, month: 2 * 4_900 });
    const chargedAt = async (time: number) => {
      world.time.now = time;
      const one = await world.aCharge();
      await charge(world.ports, [one.id]);
      return stateOf(one);
    };
    const oslo = (day: number, hour: number, minute: number) => Date.UTC(2026, 10, day, hour - 1, minute);
    expect(await chargedAt(oslo(28, 23, 58))).toBe("billed");
    expect(await chargedAt(oslo(28, 23, 59))).toBe("failed");
    expect(await chargedAt(oslo(29, 0, 0))).toBe("billed");
    expect(await chargedAt(oslo(30, 23, 59))).toBe("failed");
    expect(await chargedAt(oslo(31, 0, 0))).toBe("billed");
  });

  it("begins anew at the midnight of the account's own time zone, for each account its own", async () => {
    await caps({ day: 4_900, month: 2 * 4_900 });
    await world.ports.accounts.change("acme", { settings: { timeZone: "America/New_York" } }, world.time.now);
    const chargedAt = async (time: number) => {
      world.time.now = time;
      const one = await world.aCharge();
      await charge(world.ports, [one.id]);
      return stateOf(one);
    };
    const newYork = (day: number, hour: number, minute: number) => Date.UTC(2026, 10, day, hour + 5, minute);
    expect(await chargedAt(newYork(28, 17, 0))).toBe("billed");
    expect(await chargedAt(newYork(28, 18, 0))).toBe("failed"); // midnight in Oslo
    expect(await chargedAt(newYork(28, 23, 59))).toBe("failed");
    expect(await chargedAt(newYork(29, 0, 0))).toBe("billed");
    expect(await chargedAt(newYork(30, 23, 59))).toBe("failed");
    expect(await chargedAt(newYork(31, 0, 0))).toBe("billed");
  });

  it.each(["day", "month"] as const)(
    "in a %s counts what was accepted in the month before, and confirmed in this one",
    async (cap) => {
      await caps({ [cap]: 2 * 4_900 });
      const chargedAt = async (one: Transaction, time: number) => {
        world.time.now = time;
        await charge(world.ports, [one.id]);
        return stateOf(one);
      };
      const inOslo = (month: number, day: number, hour: number, minute = 0) =>
        Date.UTC(2026, month - 1, day, hour - 1, minute);
      const waits = [
        [inOslo(11, 30, 23, 50), inOslo(12, 1, 0, 10), inOslo(12, 1, 0, 20)],
        [inOslo(12, 1, 12), inOslo(12, 31, 12), inOslo(12, 31, 12, 10)],
        [inOslo(12, 2, 0), inOslo(13, 1, 0), inOslo(13, 1, 0, 10)],
      ] as const;
      for (const [index, [accepted, first, next]] of waits.entries()) {
        world.time.now = accepted;
        const given = { recipient: `+479807901${index}`, expiresAt: next + DAY };
        const [waited, ...others] = await many(3, given);
        if (!waited) throw new Error("none made");
        expect(await chargedAt(waited, first)).toBe("billed");
        expect(await Promise.all(others.map((one) => chargedAt(one, next)))).toEqual(
          expect.arrayContaining(["billed", "failed"]),
        );
      }
    },
  );
});

describe("what was charged", () => {
  it("tells its story from the first day to the last", async () => {
    bank.fate = (_, asked) => (asked === 1 ? { is: "busy" } : { is: "taken" });
    const one = await world.aCharge();
    await world.pass(2_000, 1_000);
    await settleCharges(world.ports, [bank.end(one.id)]);
    const { history } = await world.transaction(one.id);
    expect(history.map(({ event }) => event)).toEqual([
      "claimed",
      "carrier.busy",
      "claimed",
      "carrier.took",
      "carrier.receipt",
    ]);
  });
});
