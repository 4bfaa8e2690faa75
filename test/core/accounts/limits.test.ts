/** Limits of accounts and credentials: never more than they allow, however many race, and nothing counted where none is set. */

import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { Caller } from "../../../src/core/accounts/account.ts";
import { OverLimit, RateBook } from "../../../src/core/accounts/limits.ts";
import type { Limits } from "../../../src/core/accounts/rules.ts";
import type { NewCharge } from "../../../src/core/billing/charges/accept.ts";
import type { NewItem } from "../../../src/core/messages/accept-many.ts";
import { limitsNotified, limitsOfToday } from "../../../src/core/operator/limits.ts";
import { DAY, MERCHANT, NUMBER, openWorld, PERSON, type World } from "../../support/ports.ts";

describe("a count by the second", () => {
  it("allows in no second, wherever it begins, more than the limit", () => {
    const asked = fc.array(
      fc.record({ after: fc.integer({ min: 0, max: 700 }), amount: fc.integer({ min: 1, max: 4 }) }),
    );
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 10 }), asked, (perSecond, requests) => {
        const book = new RateBook();
        const taken: { at: number; amount: number }[] = [];
        let now = 1_000_000;
        for (const { after, amount } of requests) {
          now += after;
          if (book.take([{ of: "key", perSecond, amount }], now) === 0) taken.push({ at: now, amount });
        }
        for (const { at } of taken) {
          const inIt = taken.filter((one) => one.at >= at && one.at < at + 1_000);
          expect(inIt.reduce((sum, { amount }) => sum + amount, 0)).toBeLessThanOrEqual(perSecond);
        }
      }),
    );
  });

  it("says when there is room, and there is then; and that there never is for more than a second allows", () => {
    const book = new RateBook();
    const take = (amount: number, now: number) => book.take([{ of: "key", perSecond: 3, amount }], now);
    expect([take(2, 0), take(1, 400), take(1, 500)]).toEqual([0, 0, 500]);
    expect([take(1, 999), take(1, 1_000), take(2, 1_001)]).toEqual([1, 0, 399]);
    expect(take(4, 9_000)).toBeUndefined();
  });

  it("takes of all limits, or of none", () => {
    const book = new RateBook();
    const rates = (amount: number) => [
      { of: "account", perSecond: 10, amount },
      { of: "key", perSecond: 1, amount },
    ];
    expect([book.take(rates(1), 0), book.take(rates(1), 1)]).toEqual([0, 999]);
    expect(book.take([{ of: "account", perSecond: 10, amount: 9 }], 2)).toBe(0);
  });
});

describe("limits", () => {
  let world: World;
  beforeEach(async () => {
    world = await openWorld();
  });
  afterEach(() => world.close());

  let sent = 0;
  const wanted = (given: Partial<NewItem> = {}): NewItem => ({
    theirId: `order-${++sent}`,
    sender: NUMBER,
    recipient: PERSON,
    text: "Hello",
    priority: "normal",
    deliveryMode: "at-most-once",
    validitySeconds: 3_600,
    echo: {},
    ...given,
  });
  const charge = (given: Partial<NewCharge> = {}): NewCharge => ({
    theirId: `charge-${++sent}`,
    merchant: MERCHANT,
    shortNumber: NUMBER,
    serviceCode: "14002",
    invoiceText: "One song",
    amount: 1_000,
    currency: "NOK",
    recipient: PERSON,
    echo: {},
    ...given,
  });
  const callerWith = (account: Limits, credential?: Limits): Caller => ({
    ...world.caller,
    account: { ...world.caller.account, settings: { limits: account } },
    credential: { ...world.caller.credential, ...(credential ? { limits: credential } : {}) },
  });
  /** How many of these come through, and how the others are refused. */
  const outcomes = async (asked: Promise<unknown>[]) => {
    const settled = await Promise.allSettled(asked);
    const refused = settled.flatMap((one) => (one.status === "rejected" ? [one.reason as unknown] : []));
    for (const why of refused) expect(why).toBeInstanceOf(OverLimit);
    return settled.length - refused.length;
  };
  const stored = (table: "message" | "txn") =>
    Number(world.database.sqlite.prepare(`SELECT count(*) AS n FROM ${table}`).get()?.n);
  const used = () =>
    world.database.sqlite.prepare("SELECT credential_id, what, used FROM allowance ORDER BY 1, 2").all();

  it("let so many messages through in a day, however many race, and a new day begins anew", async () => {
    const caller = callerWith({ messagesPerDay: 5 });
    const all = Array.from({ length: 12 }, () => world.gateway.accept(caller, wanted()));
    expect([await outcomes(all), stored("message")]).toEqual([5, 5]);
    world.time.now += DAY;
    expect(await outcomes([world.gateway.accept(caller, wanted())])).toBe(1);
  });

  it("let so much money be asked for in a day, of each currency for itself, and not of what fails at once", async () => {
    const caller = callerWith({ spendPerDay: { NOK: 3_500 } });
    const all = Array.from({ length: 8 }, () => world.gateway.acceptCharge(caller, charge()));
    expect([await outcomes(all), stored("txn")]).toEqual([3, 3]);
    const paid = { merchant: MERCHANT, serviceCode: "14002", invoiceText: "A song", currency: "NOK", age: 0 };
    const text = (amount: number) =>
      world.gateway.accept(
        caller,
        wanted({ charge: { ...paid, amount, confirm: false, minutes: 0, registrationMinutes: 0 } }),
      );
    expect(await outcomes([text(600)])).toBe(0);
    expect(await outcomes([text(500)])).toBe(1);
    expect(await outcomes([world.gateway.accept(caller, wanted())])).toBe(1);
    expect(await outcomes([world.gateway.acceptCharge(caller, charge({ currency: "SEK" }))])).toBe(1);
  });

  it("hold for the credential and for the account, each with a count of its own", async () => {
    const one = callerWith({ messagesPerDay: 3 }, { messagesPerDay: 2 });
    const other: Caller = { ...one, credential: { ...one.credential, id: "crd_2" } };
    const send = (caller: Caller) => outcomes([world.gateway.accept(caller, wanted())]);
    expect([await send(one), await send(one), await send(one), await send(other), await send(other)]).toEqual([
      1, 1, 0, 1, 0,
    ]);
    expect(used()).toEqual([
      { credential_id: "", what: "messages", used: 3 },
      { credential_id: "crd_1", what: "messages", used: 2 },
      { credential_id: "crd_2", what: "messages", used: 1 },
    ]);
  });

  it("are not used by a repeated request, which has the first answer when they are used up, too", async () => {
    const caller = callerWith({ messagesPerDay: 2, spendPerDay: { NOK: 1_500 } });
    const [text, song] = [wanted(), charge()];
    const first = await world.gateway.accept(caller, text);
    expect((await world.gateway.accept(caller, text)).id).toBe(first.id);
    expect((await world.gateway.acceptCharge(caller, song)).theirId).toBe(song.theirId);
    expect((await world.gateway.acceptCharge(caller, song)).theirId).toBe(song.theirId);
    expect(used()).toEqual([
      { credential_id: "", what: "NOK", used: 1_000 },
      { credential_id: "", what: "messages", used: 1 },
    ]);
    await world.gateway.accept(caller, wanted());
    expect(await outcomes([world.gateway.accept(caller, wanted())])).toBe(0);
    expect((await world.gateway.accept(caller, text)).id).toBe(first.id);
  });

  it("count a charge once, when it is accepted: declined, unanswered or reversed, it was asked for", async () => {
    const caller = callerWith({ spendPerDay: { NOK: 10_000 } });
    const spent = () => used()[0]?.used;
    const { fate } = world.bank;
    world.bank.fate = () => ({ is: "refused", reason: "insufficient-funds" });
    await world.gateway.acceptCharge(caller, charge());
    await world.work();
    expect(spent()).toBe(1_000);
    world.bank.fate = fate;
    const { id } = await world.gateway.acceptCharge(caller, charge());
    await world.work();
    await world.gateway.reverse(caller, await world.transaction(id));
    await world.work();
    expect(await world.transaction(id)).toMatchObject({ state: "reversed" });
    expect(spent()).toBe(2_000);
    await expect(world.gateway.acceptCharge(caller, charge({ merchant: "nobody" }))).rejects.toThrow();
    expect(await outcomes([world.gateway.acceptCharge(caller, charge({ amount: 9_000 }))])).toBe(0);
    expect(spent()).toBe(2_000);
  });

  it("let a batch through as a whole, or not at all, and count only what is new of it", async () => {
    const caller = callerWith({ messagesPerDay: 4 });
    const batch = [wanted(), wanted(), wanted({ recipient: "no number" })];
    await world.gateway.acceptMany(caller, batch);
    await world.gateway.acceptMany(caller, [...batch, wanted()].slice(1));
    expect(used()).toEqual([{ credential_id: "", what: "messages", used: 3 }]);
    const before = stored("message");
    expect(await outcomes([world.gateway.acceptMany(caller, [wanted(), wanted()])])).toBe(0);
    expect(await outcomes([world.gateway.acceptEach(caller, [wanted(), wanted()])])).toBe(0);
    expect(stored("message")).toBe(before);
    await world.gateway.acceptEach(caller, [wanted()]);
    expect(stored("message")).toBe(before + 1);
  });

  it("let a batch that comes again have its first answer when the day is used up, and only what is new of it is refused", async () => {
    const caller = callerWith({ messagesPerDay: 3 });
    const batch = [wanted(), wanted()];
    await world.gateway.acceptMany(caller, batch);
    await world.gateway.acceptMany(caller, batch);
    await world.gateway.acceptMany(caller, [...batch, wanted()]);
    await world.gateway.acceptMany(caller, batch);
    expect(await outcomes([world.gateway.acceptMany(caller, [...batch, wanted()])])).toBe(0);
    expect([stored("message"), used()]).toEqual([3, [{ credential_id: "", what: "messages", used: 3 }]]);
  });

  it("are not used by a signed request that somebody sends again", async () => {
    const caller = callerWith({ messagesPerDay: 10 });
    const once = { credential: caller.credential.id, nonce: "n-1", until: world.time.now + DAY };
    await world.gateway.accept(caller, wanted(), { once });
    const again = [
      world.gateway.accept(caller, wanted(), { once }),
      world.gateway.acceptMany(caller, [wanted(), wanted()], once),
    ];
    const refused = (await Promise.allSettled(again)).map((one) => one.status === "rejected" && one.reason);
    expect(refused).toMatchObject([{ refusal: "replayed" }, { refusal: "replayed" }]);
    expect(used()).toEqual([{ credential_id: "", what: "messages", used: 1 }]);
  });

  it("hold for a text whose price is changed, of each currency, and count no change that comes too late", async () => {
    const caller = callerWith({ spendPerDay: { NOK: 1_000 } });
    const paid = { merchant: MERCHANT, serviceCode: "14002", invoiceText: "A song", age: 0 };
    const priced = (amount: number, currency: string, theirId = "later") =>
      wanted({
        theirId,
        sendAt: world.time.now + DAY / 2,
        charge: { ...paid, amount, currency, confirm: false, minutes: 0, registrationMinutes: 0 },
      });
    const known = await world.gateway.accept(caller, priced(5_000, "SEK"));
    expect(await outcomes([world.gateway.edit(caller, known, priced(5_000, "NOK"))])).toBe(0);
    await world.gateway.edit(caller, known, priced(600, "NOK"));
    const nok = { credential_id: "", what: "NOK" };
    expect(used()).toEqual([{ ...nok, used: 600 }]);
    await world.gateway.cancel(known);
    const late = world.gateway.edit(caller, known, priced(300, "NOK"));
    await expect(late).rejects.toMatchObject({ refusal: "too-late" });
    expect(used()).toEqual([{ ...nok, used: 600 }]);
  });

  it("hold for the codes that programs have sent, and use nothing for those that are refused or come again", async () => {
    const caller = callerWith({ messagesPerDay: 3 });
    const pincode = (theirId: string) =>
      world.gateway.sendPincode(caller, {
        ...{ theirId, digits: 4, tries: 3, seconds: 60, once: false },
        message: (code) => wanted({ theirId, text: `Your code is ${code}` }),
      });
    const otp = (theirId: string) =>
      world.gateway.sendOtp(caller, {
        ...{ theirId, merchant: MERCHANT, recipient: PERSON, minutes: 5, recurring: false, echo: {} },
      });
    await pincode("p-1");
    await pincode("p-1");
    await otp("o-1");
    await expect(otp("o-1")).rejects.toMatchObject({ refusal: "already-exists" });
    expect(used()).toEqual([{ credential_id: "", what: "messages", used: 2 }]);
    await pincode("p-2");
    expect(await outcomes([pincode("p-3"), otp("o-2")])).toBe(0);
    expect((await pincode("p-1")).theirId).toBe("p-1");
    const registration = { merchant: MERCHANT, msisdn: PERSON, shortNumber: NUMBER };
    expect(await outcomes([world.gateway.sendRegistration(caller, registration)])).toBe(0);
    expect(stored("message")).toBe(3);
  });

  it("by the second let so many requests and messages through", async () => {
    const caller = callerWith({ requestsPerSecond: 2 }, { messagesPerSecond: 3 });
    const requests = () => outcomes([1, 2, 3].map(() => world.gateway.takeRequest(caller)));
    const messages = () => outcomes([1, 2, 3, 4].map(() => world.gateway.accept(caller, wanted())));
    expect([await requests(), await messages()]).toEqual([2, 3]);
    world.time.now += 1_000;
    expect([await requests(), await messages()]).toEqual([2, 3]);
  });

  it("say whose they are, when to come again, and are counted", async () => {
    const caller = callerWith({ messagesPerSecond: 1 }, { spendPerDay: { NOK: 10 } });
    const refusals = await Promise.all(
      [
        () => world.gateway.acceptCharge(caller, charge()),
        () => world.gateway.acceptEach(caller, [wanted(), wanted()]),
      ].map((ask) => ask().catch((error: OverLimit) => error)),
    );
    expect(refusals).toMatchObject([
      {
        refusal: "too-many-requests",
        message: expect.stringMatching(
          /^the credential key may use 10 minor units of NOK a day, .*begins at \S+T23:00:00/,
        ),
        retryAfterSeconds: expect.any(Number),
      },
      { message: "too many at once: 1 messages per second are allowed; send fewer at a time" },
    ]);
    expect(world.counted.toSorted((a, b) => JSON.stringify(b).localeCompare(JSON.stringify(a)))).toMatchObject([
      { name: "limit_refused", labels: { account: "acme", limit: "spend_per_day" } },
      { name: "limit_refused", labels: { account: "acme", limit: "messages_per_second" } },
    ]);
  });

  describe("of a day are told of", () => {
    beforeEach(() => world.quiet.events.keep("acme", true, world.time.now));

    const told = async () => {
      const { items } = await world.quiet.events.page("acme", { after: 0, patterns: ["limit.*"], limit: 100 });
      return items.map(({ type, data }) => ({ type, ...data }));
    };
    const ofMoney = (most: number) => callerWith({ spendPerDay: { NOK: most } });

    it("at 80 % and at 100 %, once each, however many race", async () => {
      const caller = ofMoney(10_000);
      await outcomes(Array.from({ length: 7 }, () => world.gateway.acceptCharge(caller, charge())));
      expect(await told()).toEqual([]);
      await outcomes([8, 9].map(() => world.gateway.acceptCharge(caller, charge())));
      const near = { type: "limit.near", limit: "spendPerDay", currency: "NOK", most: 10_000, day: "2026-11-22" };
      expect(await told()).toMatchObject([near]);
      expect(await outcomes([10, 11, 12, 13].map(() => world.gateway.acceptCharge(caller, charge())))).toBe(1);
      const reached = { ...near, type: "limit.reached", used: 10_000, untilAt: Date.parse("2026-11-22T23:00:00Z") };
      expect(await told()).toMatchObject([near, reached]);
      await outcomes([14].map(() => world.gateway.acceptCharge(caller, charge())));
      expect(await told()).toHaveLength(2);
    });

    it("as reached, too, where less is left than was asked for", async () => {
      const caller = ofMoney(2_500);
      await outcomes([1, 2].map(() => world.gateway.acceptCharge(caller, charge())));
      expect(await told()).toMatchObject([{ type: "limit.near", used: 2_000 }]);
      await outcomes([1, 2].map(() => world.gateway.acceptCharge(caller, charge())));
      expect(await told()).toMatchObject([{ type: "limit.near" }, { type: "limit.reached", used: 2_000, most: 2_500 }]);
      await outcomes([world.gateway.acceptCharge(ofMoney(1), charge({ currency: "SEK" }))]);
      expect(await told()).toHaveLength(2);
    });

    it("by a request that uses it up at once, and by one that is refused before anything was used", async () => {
      await outcomes([world.gateway.acceptCharge(ofMoney(1_000), charge())]);
      expect(await told()).toMatchObject([{ type: "limit.reached", used: 1_000 }]);
      world.time.now += DAY;
      await outcomes([world.gateway.acceptCharge(ofMoney(500), charge())]);
      expect(await told()).toMatchObject([{}, { type: "limit.reached", used: 0, most: 500 }]);
    });

    it("not by a repeat, which uses nothing, be there room for it or not", async () => {
      const caller = callerWith({ messagesPerDay: 3, spendPerDay: { NOK: 2_500 } });
      const [text, song] = [wanted(), charge({ amount: 1_900 })];
      const twice = async () => {
        await world.gateway.accept(caller, text);
        await world.gateway.acceptCharge(caller, song);
      };
      await twice();
      await world.gateway.accept(caller, wanted());
      await twice();
      await world.gateway.acceptMany(caller, [{ ...wanted(), ...text }]);
      expect(await told()).toEqual([]);
      expect(used()).toMatchObject([{ used: 1_900 }, { used: 2 }]);
    });

    it("of a batch by what is left of it when its repeats are given back", async () => {
      const caller = callerWith({ messagesPerDay: 3 });
      await world.gateway.acceptEach(caller, [wanted()]);
      const one = wanted();
      const { add } = world.ports.intake;
      vi.spyOn(world.ports.intake, "add").mockImplementationOnce(async (account, messages, more) => {
        await world.gateway.acceptMany(world.caller, [one]);
        return await add(account, messages, more);
      });
      await world.gateway.acceptMany(caller, [one, wanted()]);
      expect(used()).toMatchObject([{ used: 2 }]);
      expect(await told()).toEqual([]);
    });

    it("anew on the next day, and by the next request where telling failed", async () => {
      const caller = callerWith({ messagesPerDay: 5 });
      await outcomes(Array.from({ length: 4 }, () => world.gateway.accept(caller, wanted())));
      world.time.now += DAY;
      const { recordFindings } = world.ports.allowances;
      world.ports.allowances.recordFindings = () => Promise.reject(new Error("D1_ERROR: Network connection lost"));
      expect(await outcomes(Array.from({ length: 4 }, () => world.gateway.accept(caller, wanted())))).toBe(4);
      world.ports.allowances.recordFindings = recordFindings;
      expect(await outcomes([world.gateway.accept(caller, wanted())])).toBe(1);
      expect(await told()).toMatchObject([
        { type: "limit.near", limit: "messagesPerDay", used: 4, day: "2026-11-22" },
        { type: "limit.reached", used: 5, day: "2026-11-23" },
      ]);
    });

    it("and those that were told of today are listed, by each account's own day", async () => {
      await outcomes([world.gateway.acceptCharge(ofMoney(1_000), charge())]);
      const reached = { account: "acme", credential: "", what: "NOK", day: "2026-11-22", used: 1_000 };
      expect(await limitsNotified(world.quiet)).toEqual([{ ...reached, reachedAt: world.time.now }]);
      expect(await limitsNotified(world.quiet, "other")).toEqual([]);
      // In Oslo the next day has begun, in London not yet.
      world.time.now = Date.parse("2026-11-22T23:30:00Z");
      expect(await limitsNotified(world.quiet)).toEqual([]);
      await world.quiet.accounts.change("acme", { settings: { timeZone: "Europe/London" } }, world.time.now);
      expect(await limitsNotified(world.quiet)).toMatchObject([reached]);
    });

    it("by the credential that they are of, and can be read", async () => {
      const caller = { ...world.caller, credential: { ...world.caller.credential, limits: { messagesPerDay: 1 } } };
      const { id, name } = caller.credential;
      await world.quiet.accounts.change(
        "acme",
        { settings: { limits: { spendPerDay: { NOK: 5_000 } } } },
        world.time.now,
      );
      await world.quiet.accounts.addCredential(caller.credential);
      await world.quiet.accounts.limitCredential("acme", id, { limits: { messagesPerDay: 1 } }, world.time.now);
      await world.gateway.accept(caller, wanted());
      await world.gateway.acceptCharge(ofMoney(5_000), charge());
      expect(await told()).toMatchObject([{ type: "limit.reached", credential: id, used: 1, most: 1 }]);
      expect(await limitsOfToday(world.quiet, "acme")).toEqual({
        day: "2026-11-22",
        timeZone: "Europe/Oslo",
        until: Date.parse("2026-11-22T23:00:00Z"),
        items: [
          { what: "NOK", used: 1_000, most: 5_000 },
          { what: "messages", used: 1, most: 1, reachedAt: world.time.now, credential: { id, name } },
        ],
      });
    });
  });

  it("gives a charge that was made at the same moment its answer, though it used up what was left", async () => {
    const caller = callerWith({ spendPerDay: { NOK: 1_000 } });
    const one = charge();
    const { take } = world.ports.allowances;
    world.ports.allowances.take = async (...given) => {
      world.ports.allowances.take = take;
      await world.gateway.acceptCharge(caller, one);
      return await take(...given);
    };
    expect(await world.gateway.acceptCharge(caller, one)).toMatchObject({ theirId: one.theirId });
  });

  it("cost nothing where none is set: nothing is asked, and nothing kept", async () => {
    const asked: string[] = [];
    const { ports } = world;
    ports.rates.take = async () => Number(asked.push("rates"));
    ports.allowances.take = async () => ({ isTaken: asked.push("allowances") > 0, used: [] });
    await world.gateway.takeRequest(world.caller);
    await world.gateway.accept(world.caller, wanted());
    await world.gateway.acceptMany(world.caller, [wanted(), wanted()]);
    await world.gateway.acceptCharge(world.caller, charge());
    await world.gateway.takeRequest(callerWith({ messagesPerDay: 5 }));
    expect(asked).toEqual([]);
    expect(used()).toEqual([]);
  });

  it("let nothing go where the seconds cannot be counted", async () => {
    world.ports.rates.take = async () => {
      throw new Error("the object is starting anew");
    };
    expect(await outcomes([world.gateway.takeRequest(callerWith({ requestsPerSecond: 5 }))])).toBe(0);
  });

  it("are forgotten when their day is over", async () => {
    await world.gateway.accept(callerWith({ messagesPerDay: 5 }), wanted());
    world.time.now += DAY;
    await world.gateway.tidy();
    expect(used()).toHaveLength(1);
    world.time.now += 2 * DAY;
    await world.gateway.tidy();
    expect(used()).toEqual([]);
  });
});
