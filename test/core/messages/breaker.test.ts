/** A carrier that answers nothing is left alone, tried with one text, and used again when it is back. */

import { beforeEach, describe, expect, it } from "vitest";
import type { Billing, ChargeResult } from "../../../src/core/billing/charges/carrier.ts";
import { withBreaker } from "../../../src/core/messages/breaker.ts";
import { CARRIER_LIMIT, type CarrierHealth, type SubmitResult } from "../../../src/core/messages/carrier.ts";
import type { Outage, OutageStore } from "../../../src/core/messages/outage.ts";
import { outageStore } from "../../../src/store/operator/outages.ts";
import { openDatabase } from "../../support/database.ts";
import { aTransaction } from "../../support/ports.ts";
import { aMessage } from "../../support/rows.ts";

const TAKEN: SubmitResult = { outcome: "taken", reference: "r" };
const LOST: SubmitResult = { outcome: "unknown", detail: "no answer" };

describe("a carrier behind a breaker", () => {
  let now = 0;
  let answer: SubmitResult;
  /** What it answers to the texts of one call, where that differs. */
  let reply: ((index: number) => SubmitResult) | undefined;
  let health: CarrierHealth;
  let throws = false;
  /** Milliseconds. */
  let healthTakes = 0;
  /** How many texts it was handed, call by call. */
  let handed: number[];
  let looks = 0;
  let events: string[];
  let outages: OutageStore;
  /** Opens it in one place that runs the gateway; `known` is what this place has read of outages. */
  const open = (known = new Map<string, Outage>(), billing?: Billing) =>
    withBreaker(
      {
        ...(billing ? { billing } : {}),
        name: "relay",
        kind: "relay",
        submit: async (messages) => {
          handed.push(messages.length);
          if (throws) throw new Error("broken");
          return messages.map((_, index) => reply?.(index) ?? answer);
        },
        query: async () => [],
        health: async () => {
          looks++;
          now += healthTakes;
          return health;
        },
      },
      { now: () => now, wall: () => now, log: { event: (name) => void events.push(name) }, known, outages },
    );
  const texts = (count: number) => Array.from({ length: count }, () => aMessage());
  const read = async () => new Map((await outages.all()).map((one) => [one.carrier, one]));
  beforeEach(() => {
    outages = outageStore(openDatabase().d1);
    now = 1_000_000;
    answer = TAKEN;
    reply = undefined;
    health = { state: "up" };
    throws = false;
    healthTakes = 0;
    handed = [];
    looks = 0;
    events = [];
  });

  it("is handed everything while it answers, even if it refuses or asks for time", async () => {
    const carrier = open();
    for (const outcome of [
      TAKEN,
      { outcome: "refused", reason: "bad-number" },
      { outcome: "busy", retryAfterSeconds: 9 },
    ] as const) {
      answer = outcome;
      expect(await carrier.submit(texts(20))).toEqual(Array(20).fill(outcome));
    }
    expect([handed, looks, events]).toEqual([[20, 20, 20], 0, []]);
  });

  it("is not left alone for lost answers that are not in a row", async () => {
    const carrier = open();
    for (let round = 0; round < 5; round++) {
      answer = LOST;
      await carrier.submit(texts(4));
      answer = TAKEN;
      await carrier.submit(texts(1));
    }
    expect(events).toEqual([]);
  });

  it("is left alone after five in a row: what it would be handed waits, or goes to the next", async () => {
    const carrier = open();
    answer = LOST;
    for (let count = 0; count < 5; count++) await carrier.submit(texts(1));
    expect(events).toEqual(["carrier.down"]);
    expect(await carrier.submit(texts(3))).toEqual(
      Array(3).fill({ outcome: "busy", isDown: true, retryAfterSeconds: 5 }),
    );
    now += 4_999;
    expect(await carrier.submit(texts(1))).toEqual([{ outcome: "busy", isDown: true, retryAfterSeconds: 1 }]);
    expect(handed).toEqual([1, 1, 1, 1, 1]);
    expect(await carrier.health()).toMatchObject({
      state: "down",
      reason: expect.stringContaining("are lost; it is tried again after"),
    });
  });

  it("is left alone, too, where only some of many texts were tried, and their answers were lost", async () => {
    const carrier = open();
    const untried: SubmitResult = { outcome: "busy", retryAfterSeconds: 1, isUntried: true };
    reply = (index) => (index < 6 ? LOST : untried);
    expect(await carrier.submit(texts(20))).toEqual([...Array(6).fill(LOST), ...Array(14).fill(untried)]);
    expect(events).toEqual(["carrier.down"]);
    now += 5_000;
    reply = () => untried;
    expect(await carrier.submit(texts(1))).toEqual([untried]);
    expect(events).toEqual(["carrier.down"]);
    now += 5_000;
    reply = () => TAKEN;
    expect(await carrier.submit(texts(1))).toEqual([TAKEN]);
  });

  it("is left alone, too, where it throws", async () => {
    const carrier = open();
    throws = true;
    await expect(carrier.submit(texts(5))).rejects.toThrow("broken");
    expect(await carrier.submit(texts(1))).toMatchObject([{ outcome: "busy" }]);
  });

  it("is tried with its health first, and with one text by one only", async () => {
    const carrier = open();
    answer = LOST;
    await carrier.submit(texts(5));
    now += 5_000;
    health = { state: "down", reason: "it answered 503" };
    expect(await carrier.submit(texts(2))).toMatchObject([{ outcome: "busy" }, { outcome: "busy" }]);
    expect([handed, looks]).toEqual([[5], 1]);
    health = { state: "up" };
    now += 10_000;
    const [one, other] = await Promise.all([carrier.submit(texts(3)), carrier.submit(texts(3))]);
    expect(one).toMatchObject([{ outcome: "unknown" }, { outcome: "busy" }, { outcome: "busy" }]);
    expect(other).toMatchObject(Array(3).fill({ outcome: "busy" }));
    expect(handed).toEqual([5, 1]);
  });

  it("is handed no text where its health took so long that the text may be another's by now", async () => {
    const carrier = open();
    answer = LOST;
    await carrier.submit(texts(5));
    now += 5_000;
    healthTakes = 4_001;
    answer = TAKEN;
    expect(await carrier.submit(texts(2))).toMatchObject(Array(2).fill({ outcome: "busy", isDown: true }));
    expect([handed, looks]).toEqual([[5], 1]);
    healthTakes = 0;
    now += 5_000;
    expect(await carrier.submit(texts(1))).toEqual([TAKEN]);
  });

  it("waits longer after each trial that fails, up to a minute", async () => {
    const carrier = open();
    answer = LOST;
    await carrier.submit(texts(5));
    const waits: number[] = [];
    for (let trial = 0; trial < 6; trial++) {
      const before = handed.length;
      const from = now;
      while (handed.length === before) {
        now += 1_000;
        await carrier.submit(texts(1));
      }
      waits.push((now - from) / 1_000);
    }
    expect(waits).toEqual([5, 10, 20, 40, 60, 60]);
  });

  it("is used again when the trial is answered, whatever the answer is", async () => {
    const carrier = open();
    answer = LOST;
    await carrier.submit(texts(5));
    now += 5_000;
    answer = { outcome: "refused", reason: "bad-number" };
    expect(await carrier.submit(texts(2))).toMatchObject([{ outcome: "refused" }, { outcome: "busy" }]);
    answer = TAKEN;
    expect(await carrier.submit(texts(2))).toEqual([TAKEN, TAKEN]);
    expect(events).toEqual(["carrier.down", "carrier.up"]);
    expect(await carrier.health()).toEqual({ state: "up" });
  });

  describe("that bills", () => {
    let asked: string[];
    let answers: ChargeResult;
    const billed: ChargeResult = { outcome: "billed", reference: "b", at: 1 };
    const lost: ChargeResult = { outcome: "unknown", detail: "no answer" };
    const ids = { transaction: () => "txn_1" as const };
    const charges = (count: number) =>
      Array.from({ length: count }, () => aTransaction({ ports: { ids }, time: { now } }));
    const ask = (kind: string) => async (some: readonly unknown[]) => {
      asked.push(`${kind} ${some.length}`);
      if (throws) throw new Error("broken");
      return some.map(() => answers);
    };
    const opened = () => {
      const billing = { charge: ask("charge"), reverse: ask("reverse") } as unknown as Billing;
      return { carrier: open(new Map(), billing), billing: (open: { billing?: Billing }) => open.billing as Billing };
    };
    beforeEach(() => {
      asked = [];
      answers = billed;
    });

    it("is asked for no charge and no reversal while it is left alone: they wait, and have not been asked for", async () => {
      const { carrier, billing } = opened();
      answer = LOST;
      await carrier.submit(texts(5));
      const passedOver = { outcome: "busy", isDown: true, retryAfterSeconds: 5 };
      expect(await billing(carrier).charge(charges(2))).toEqual([passedOver, passedOver]);
      expect(await billing(carrier).reverse(charges(1).map((one) => ({ ...one, original: "b" })))).toEqual([
        passedOver,
      ]);
      expect(asked).toEqual([]);
    });

    it("is left alone after five charges whose answers are lost, each of which is asked for once", async () => {
      const { carrier, billing } = opened();
      answers = lost;
      for (let count = 0; count < 4; count++) await billing(carrier).charge(charges(1));
      throws = true;
      await expect(billing(carrier).charge(charges(1))).rejects.toThrow("broken");
      throws = false;
      expect(events).toEqual(["carrier.down"]);
      expect(await carrier.submit(texts(1))).toMatchObject([{ outcome: "busy", isDown: true }]);
      expect(asked).toEqual(Array(5).fill("charge 1"));
    });

    it("is tried with one charge, whose lost answer is told as lost", async () => {
      const { carrier, billing } = opened();
      answers = lost;
      await billing(carrier).charge(charges(5));
      now += 5_000;
      throws = true;
      expect(await billing(carrier).charge(charges(3))).toMatchObject([
        { outcome: "unknown", inHandUntil: now + CARRIER_LIMIT },
        { outcome: "busy", isDown: true },
        { outcome: "busy", isDown: true },
      ]);
      throws = false;
      answers = billed;
      now += 10_000;
      expect(await billing(carrier).charge(charges(2))).toMatchObject([{ outcome: "billed" }, { outcome: "busy" }]);
      expect(await billing(carrier).charge(charges(2))).toEqual([billed, billed]);
      expect(asked).toEqual(["charge 5", "charge 1", "charge 1", "charge 2"]);
    });
  });

  describe("that nothing comes for", () => {
    beforeEach(async () => {
      answer = LOST;
      await open().submit(texts(5));
    });

    it("is back when a look at it says so", async () => {
      now += 35_000;
      const carrier = open(await read());
      await carrier.lookAgain();
      expect(await carrier.health()).toEqual({ state: "up" });
      expect(await read()).toMatchObject(new Map([["relay", { state: "up", since: now }]]));
      expect([handed, events]).toEqual([[5], ["carrier.down", "carrier.up"]]);
    });

    it("is looked at by one place, and not while something may come that tries it", async () => {
      now += 34_999;
      await open(await read()).lookAgain();
      expect(looks).toBe(0);
      now += 1;
      await Promise.all([open(await read()).lookAgain(), open(await read()).lookAgain()]);
      expect(looks).toBe(1);
    });

    it("stays left alone, for longer, where the look says that it is down", async () => {
      health = { state: "down", reason: "no answer" };
      now += 35_000;
      await open(await read()).lookAgain();
      expect(await read()).toMatchObject(
        new Map([["relay", { state: "down", since: 1_000_000, until: now + 10_000 }]]),
      );
    });
  });

  it("is not left alone for longer because a clock was set back", async () => {
    const carrier = open();
    answer = LOST;
    await carrier.submit(texts(5));
    now -= 1_000_000;
    expect(await carrier.submit(texts(1))).toEqual([{ outcome: "busy", isDown: true, retryAfterSeconds: 5 }]);
  });

  it("is left alone by every place that has read of it, tried by one, and then used by all", async () => {
    const first = open();
    answer = LOST;
    await first.submit(texts(5));
    const [known, alsoKnown] = [await read(), await read()];
    const [second, third] = [open(known), open(alsoKnown)];
    expect(await second.submit(texts(1))).toMatchObject([{ outcome: "busy", isDown: true }]);
    now += 5_000;
    answer = TAKEN;
    const tried = await Promise.all([second.submit(texts(1)), third.submit(texts(1))]);
    expect(tried.flat().filter(({ outcome }) => outcome === "taken")).toHaveLength(1);
    expect(handed).toEqual([5, 1]);
    expect(events).toEqual(["carrier.down", "carrier.up"]);
    expect(await open(await read()).submit(texts(2))).toEqual([TAKEN, TAKEN]);
  });

  it("is not left alone again for one lost answer, in the place that left it alone before", async () => {
    const known = new Map<string, Outage>();
    const first = open(known);
    answer = LOST;
    await first.submit(texts(7));
    now += 5_000;
    answer = TAKEN;
    expect(await open(await read()).submit(texts(1))).toEqual([TAKEN]);
    for (const [name, outage] of await read()) known.set(name, outage);
    answer = LOST;
    for (let count = 0; count < 4; count++) await first.submit(texts(1));
    expect(events).toEqual(["carrier.down", "carrier.up"]);
  });

  it("is tried by another place where the one that was to try it is gone", async () => {
    answer = LOST;
    await open().submit(texts(5));
    now += 5_000;
    expect(await outages.claimTrial("relay", now, now + 20_000)).toBe(true);
    answer = TAKEN;
    const place = open(await read());
    expect(await place.health()).toMatchObject({ state: "probing", since: 1_000_000 });
    expect(await place.submit(texts(1))).toMatchObject([{ outcome: "busy" }]);
    now += 20_000;
    expect(await open(await read()).submit(texts(1))).toEqual([TAKEN]);
  });

  it("is left alone by a place that cannot reach the database, and no answer is lost for that", async () => {
    const away = () => Promise.reject(new Error("away"));
    outages = { ...outages, begin: away, end: away, claimTrial: away, prolong: away };
    const carrier = open();
    answer = LOST;
    expect(await carrier.submit(texts(5))).toEqual(Array(5).fill(LOST));
    expect(await carrier.submit(texts(1))).toMatchObject([{ outcome: "busy", isDown: true }]);
    now += 5_000;
    expect(await carrier.submit(texts(1))).toMatchObject([{ outcome: "busy" }]);
    expect(events).toEqual(["carrier.outage_unwritten", "carrier.outage_unwritten"]);
  });
});
