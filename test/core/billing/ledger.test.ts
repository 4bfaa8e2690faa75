/** The ledger: double entry that sums to zero, and that the carrier's own books agree with, whatever happens in between. */

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { charge } from "../../../src/core/billing/charges/charge.ts";
import { settleCharges } from "../../../src/core/billing/charges/settle.ts";
import { isSettled, type Transaction } from "../../../src/core/billing/charges/transaction.ts";
import { GatewayError } from "../../../src/core/kernel/errors.ts";
import type { TransactionId } from "../../../src/core/kernel/ids.ts";
import type { Fate } from "../../support/bank.ts";
import { DAY, dying, openWorld, type World } from "../../support/ports.ts";
import { wrongTotals } from "../../support/totals.ts";

type Entry = { txn_id: TransactionId; book: string; amount: number; currency: string };

const entriesOf = ({ database }: World) =>
  database.sqlite.prepare("SELECT txn_id, book, amount, currency FROM ledger ORDER BY id").all() as Entry[];

/** What is true at any moment: pairs that sum to zero, for what is billed, and for nothing else. */
async function expectPairs(world: World): Promise<void> {
  const entries = Map.groupBy(entriesOf(world), ({ txn_id }) => txn_id);
  for (const transaction of await world.transactions()) {
    const { id, state, amount, currency, merchant } = transaction;
    const own = entries.get(id) ?? [];
    if (state !== "billed" && state !== "reversed") {
      expect([id, state, own]).toEqual([id, state, []]);
      continue;
    }
    expect(own).toEqual([
      { txn_id: id, book: `merchant:${merchant}`, amount: -amount, currency },
      { txn_id: id, book: "operator:bank", amount, currency },
    ]);
    entries.delete(id);
  }
  expect([...entries.keys()]).toEqual([]);
  expect(wrongTotals(world.database.sqlite)).toEqual([]);
}

/** What is true once all is settled: the carrier has billed just what we say it has, once each. */
async function expectAgreement(world: World): Promise<void> {
  const theirs = world.bank.bills.map(({ transaction, amount, currency }) => ({ transaction, amount, currency }));
  const ours = entriesOf(world)
    .filter(({ book }) => book === "operator:bank")
    .map(({ txn_id, amount, currency }) => ({ transaction: txn_id, amount, currency }));
  const byId = (a: { transaction: string }, b: { transaction: string }) => (a.transaction < b.transaction ? -1 : 1);
  expect(ours.sort(byId)).toEqual(theirs.sort(byId));
  for (const { currency } of ours) {
    const books = (await world.ports.transactions.balance()).filter((book) => book.currency === currency);
    expect(books.reduce((sum, { amount }) => sum + amount, 0)).toBe(0);
  }
}

/** What may happen; `of` picks one of the charges there are. A process that does it may die at a call of the database. */
type Happening = { death?: { call: number; when: "before" | "after" } | undefined } & (
  | { does: "charge"; person: number; amount: number; fate: Fate }
  | { does: "charge again"; of: number; times: number }
  | { does: "end"; of: number; outcome: "billed" | "failed"; receipts: number }
  | { does: "contradict"; of: number; outcome: "billed" | "failed" | "expired" }
  | { does: "reverse"; of: number; fate: Fate; times: number }
  | { does: "wait"; seconds: number }
);

const fates: fc.Arbitrary<Fate> = fc.constantFrom<Fate>(
  { is: "billed" },
  { is: "taken" },
  { is: "refused", reason: "insufficient-funds" },
  { is: "busy" },
  { is: "lost" },
  { is: "dropped" },
);
const of = fc.nat(30);
const times = fc.integer({ min: 1, max: 3 });
const death = fc.option(
  fc.record({ call: fc.integer({ min: 1, max: 8 }), when: fc.constantFrom("before" as const, "after" as const) }),
  { nil: undefined, freq: 3 },
);
const happenings: fc.Arbitrary<Happening> = fc.oneof(
  fc.record({
    does: fc.constant("charge" as const),
    person: fc.nat(3),
    amount: fc.integer({ min: 1, max: 100_000 }),
    fate: fates,
    death,
  }),
  fc.record({ does: fc.constant("charge again" as const), of, times, death }),
  fc.record({
    does: fc.constant("end" as const),
    of,
    outcome: fc.constantFrom("billed" as const, "failed" as const),
    receipts: fc.nat(3),
    death,
  }),
  fc.record({
    does: fc.constant("contradict" as const),
    of,
    outcome: fc.constantFrom("billed" as const, "failed" as const, "expired" as const),
    death,
  }),
  fc.record({ does: fc.constant("reverse" as const), of, fate: fates, times, death }),
  fc.record({ does: fc.constant("wait" as const), seconds: fc.integer({ min: 1, max: 3_600 }), death }),
);

async function happen(world: World, happening: Happening, decided: Map<string, Fate>): Promise<void> {
  const { ports, bank, time, gateway } = world;
  const all = await world.transactions();
  const one = "of" in happening ? all[happening.of % Math.max(1, all.length)] : undefined;
  switch (happening.does) {
    case "charge": {
      const recipient = `+479807900${happening.person}`;
      const made = await world.aCharge({ recipient, amount: happening.amount });
      decided.set(made.id, happening.fate);
      return charge(ports, [made.id]);
    }
    case "charge again":
      if (one) await Promise.all(Array.from({ length: happening.times }, () => charge(ports, [one.id])));
      return;
    case "end": {
      const taken = all.filter(({ id }) => isTaken(world, id));
      const which = taken[happening.of % Math.max(1, taken.length)];
      if (!which) return;
      const receipt = bank.end(which.id, happening.outcome);
      return settleCharges(
        ports,
        Array.from({ length: happening.receipts }, () => receipt),
      );
    }
    case "contradict":
      if (one && isSettled(one.state)) {
        await settleCharges(ports, [bank.receipt(one.id, happening.outcome)]);
      }
      return;
    case "reverse":
      if (!one) return;
      decided.set(`-${one.theirId}`, happening.fate);
      await Promise.all(
        Array.from({ length: happening.times }, () =>
          gateway.reverse(world.caller, one).catch((error) => {
            if (!(error instanceof GatewayError)) throw error;
          }),
        ),
      );
      return void (await gateway.runDue());
    case "wait":
      time.now += happening.seconds * 1_000;
      return void (await gateway.runDue());
  }
}

const isTaken = ({ bank }: World, id: TransactionId) => bank.tells({ id } as Transaction).outcome === "taken";

describe("the ledger", () => {
  it("sums to zero and agrees with the carrier, after anything that may happen", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(happenings, { minLength: 3, maxLength: 25 }), async (all) => {
        const world = await openWorld();
        const decided = new Map<string, Fate>();
        world.bank.fate = ({ id, theirId }, asked) => {
          const fate = decided.get(id) ?? decided.get(theirId) ?? { is: "billed" };
          return fate.is === "busy" && asked > 2 ? { is: "billed" } : fate;
        };
        for (const happening of all) {
          if (happening.death) await dying(world.database, happening.death, () => happen(world, happening, decided));
          else await happen(world, happening, decided);
          await expectPairs(world);
        }
        // The carrier makes up its mind about all it has, does what it is asked for, and time passes.
        world.bank.fate = () => ({ is: "billed" });
        for (let round = 0; round < 2; round++) {
          for (const { id } of await world.transactions()) if (isTaken(world, id)) world.bank.end(id);
          await world.pass(DAY);
        }
        await expectPairs(world);
        await expectAgreement(world);
        const open = (await world.transactions()).filter(({ state }) => !isSettled(state));
        expect(open).toEqual([]);
        expect(new Set(world.bank.bills.map(({ transaction }) => transaction)).size).toBe(world.bank.bills.length);
        world.close();
      }),
      { numRuns: 80 },
    );
  }, 120_000);

  it("holds a charge and its reversal for ever, and what is left is nothing", async () => {
    const world = await openWorld();
    const { id } = await world.aCharge();
    await world.work();
    const reversal = await world.gateway.reverse(world.caller, await world.transaction(id));
    await world.work();
    expect(await world.transaction(id)).toMatchObject({ state: "reversed" });
    expect(await world.transaction(reversal.id)).toMatchObject({ state: "billed", amount: -4_900, reverses: id });
    expect(entriesOf(world)).toHaveLength(4);
    expect(await world.ports.transactions.balance("acme")).toEqual([
      { book: "merchant:shop", currency: "NOK", amount: 0 },
      { book: "operator:bank", currency: "NOK", amount: 0 },
    ]);
    await expectAgreement(world);
  });

  it("lists what was booked last first, page by page, and within a time", async () => {
    const world = await openWorld();
    const waiting = { state: "waiting", waitsFor: "ok", expiresAt: world.time.now + 30 * DAY } as const;
    const waits = await world.aCharge(waiting);
    const others: string[] = [];
    for (const recipient of ["+4791000001", "+4791000002"]) {
      others.push((await world.aCharge({ recipient })).id);
      await world.work();
      world.time.now += DAY;
    }
    await world.writes("OK");
    await world.work();
    const booked = async (filter: { since?: number; until?: number }, cursor?: string): Promise<string[]> => {
      const page = await world.ports.transactions.ledger(filter, { limit: 1, ...(cursor ? { cursor } : {}) });
      const rest = page.next === undefined ? [] : await booked(filter, page.next);
      return [...page.items.map(({ transaction }) => transaction), ...rest];
    };
    // What was accepted first waited for its person, and was booked last.
    const [first = "", second = ""] = others;
    const all = [waits.id, waits.id, second, second, first, first];
    expect(await booked({})).toEqual(all);
    const yesterday = { since: world.time.now - DAY, until: world.time.now };
    expect(await booked(yesterday)).toEqual([second, second]);
    expect(await booked({ since: yesterday.since })).toEqual(all.slice(0, 4));
    expect(await booked({ until: yesterday.since })).toEqual([first, first]);
  });

  it("has nothing of another account in what one account is told", async () => {
    const world = await openWorld();
    await world.ports.accounts.add({ id: "bolt", name: "Bolt", settings: {}, at: world.time.now });
    await world.aCharge({ account: "bolt" });
    await world.aCharge({ amount: 100 });
    await world.work();
    expect((await world.ports.transactions.balance("acme")).map(({ amount }) => Math.abs(amount))).toEqual([100, 100]);
    const page = await world.ports.transactions.ledger({ account: "acme" }, { limit: 10 });
    expect(page.items.map(({ account }) => account)).toEqual(["acme", "acme"]);
  });
});

describe("a reversal", () => {
  const billed = async (world: World) => {
    const { id } = await world.aCharge();
    await world.work();
    return world.transaction(id);
  };

  it("is made once, however many ask for it at once", async () => {
    const world = await openWorld();
    const original = await billed(world);
    const asked = Array.from({ length: 20 }, () => world.gateway.reverse(world.caller, original));
    const made = (await Promise.allSettled(asked)).filter(({ status }) => status === "fulfilled");
    await world.work();
    expect(made).toHaveLength(1);
    expect(world.bank.bills.map(({ amount }) => amount)).toEqual([4_900, -4_900]);
  });

  it("is refused of what is not billed, and of a reversal", async () => {
    const world = await openWorld();
    const ready = await world.aCharge();
    await expect(world.gateway.reverse(world.caller, ready)).rejects.toMatchObject({ refusal: "too-late" });
    await world.work();
    const reversal = await world.gateway.reverse(world.caller, await world.transaction(ready.id));
    await world.work();
    for (const id of [ready.id, reversal.id]) {
      const again = world.gateway.reverse(world.caller, await world.transaction(id));
      await expect(again).rejects.toMatchObject({ refusal: "too-late" });
    }
  });

  it("that the carrier refuses leaves the charge as it was", async () => {
    const world = await openWorld();
    const original = await billed(world);
    world.bank.fate = () => ({ is: "refused", reason: "rejected" });
    const reversal = await world.gateway.reverse(world.caller, original);
    await world.work();
    expect(await world.transaction(reversal.id)).toMatchObject({ state: "failed", reason: "rejected" });
    expect(await world.transaction(original.id)).toMatchObject({ state: "billed" });
  });

  it("goes to the carrier that billed, though routes lead elsewhere by now", async () => {
    const world = await openWorld();
    const original = await billed(world);
    world.database.sqlite.exec(
      `INSERT INTO route (id, account_id, prefix, kind, carriers) VALUES ('r', '*', '', 'charge', '["elsewhere"]')`,
    );
    await world.gateway.reverse(world.caller, original);
    await world.work();
    expect(await world.transaction(original.id)).toMatchObject({ state: "reversed" });
  });
});
