/** Paid messages: the person is charged first, and the text goes once, or neither happens. */

import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { MessageCharge } from "../../../../src/core/billing/charges/paid.ts";
import { settleCharges } from "../../../../src/core/billing/charges/settle.ts";
import type { TransactionId } from "../../../../src/core/kernel/ids.ts";
import type { Message } from "../../../../src/core/messages/message.ts";
import { submit } from "../../../../src/core/messages/submit.ts";
import {
  aTurn,
  DAY,
  DEATHS,
  dying,
  HOUR,
  MERCHANT,
  NUMBER,
  openWorld,
  PERSON,
  type World,
} from "../../../support/ports.ts";
import { aMessage, stored } from "../../../support/rows.ts";

let world: World;
beforeEach(async () => {
  world = await openWorld();
});
afterEach(() => world.close());

const REPORTS = "https://shop.example/reports";

async function paid(charge: Partial<MessageCharge> = {}, given: Partial<Message> = {}, at = world): Promise<Message> {
  const message = aMessage({
    acceptedAt: at.time.now,
    sender: NUMBER,
    text: "Here is your ringtone",
    reportUrl: REPORTS,
    charge: {
      merchant: MERCHANT,
      serviceCode: "14002",
      invoiceText: "Ringtone",
      amount: 1_900,
      currency: "NOK",
      age: 0,
      confirm: false,
      minutes: 5,
      registrationMinutes: 0,
      ...charge,
    },
    ...given,
  });
  await stored(at.database, message);
  return message;
}

const messageOf = async ({ id }: Message, at = world) => (await at.quiet.messages.byId(id)) as Message;
const textsOf = ({ bank }: World) => bank.texts.map(({ text }) => text);
const reportsOf = async ({ id }: Message, at = world) =>
  (await at.quiet.webhooks.ofSubject(id)).map(({ event }) => ({
    state: event.state,
    ...("reason" in event ? { reason: event.reason } : {}),
  }));

describe("a paid message", () => {
  it("is held until it is billed, and then goes once", async () => {
    const message = await paid();
    await submit(world.ports, [message.id]);
    expect(await messageOf(message)).toMatchObject({ state: "held" });
    expect(textsOf(world)).toEqual([]);
    await world.pass(HOUR, 60_000);
    expect(await messageOf(message)).toMatchObject({ state: "sent", billed: true });
    expect(textsOf(world)).toEqual(["Here is your ringtone"]);
    expect(world.bank.bills).toEqual([expect.objectContaining({ recipient: PERSON, amount: 1_900 })]);
  });

  it.each<[string, Partial<MessageCharge>]>([
    ["on a consent", { consent: "vip" }],
    ["that must be confirmed", { confirm: true }],
    ["at once", {}],
  ])("charged %s costs no more questions of the database in company than alone", async (_, charge) => {
    const questions = async (count: number) => {
      const at = await openWorld();
      const messages = await Promise.all(
        Array.from({ length: count }, (__, n) => paid(charge, { recipient: `+479807${String(1_000 + n)}` }, at)),
      );
      let asked = 0;
      at.database.around.before = () => {
        asked++;
      };
      const ids = messages.map(({ id }) => id);
      await submit(at.ports, ids);
      expect((await at.quiet.messages.byIds(ids)).map(({ state }) => state)).not.toContain("submitting");
      return asked;
    };
    expect(await questions(40)).toBe(await questions(1));
  });

  it("neither goes nor fails by the word of a carrier that was not asked to bill it", async () => {
    const message = await paid();
    world.bank.fate = () => ({ is: "taken" });
    await world.work();
    const [charge] = world.bank.asked as [TransactionId];
    for (const outcome of ["billed", "failed"] as const) {
      await settleCharges(world.ports, [{ ...world.bank.receipt(charge, outcome, "other"), carrier: "another" }]);
      expect(await messageOf(message)).toMatchObject({ state: "held" });
    }
    expect(await reportsOf(message)).toEqual([]);
    await settleCharges(world.ports, [world.bank.end(charge)]);
    await world.work();
    expect(textsOf(world)).toEqual(["Here is your ringtone"]);
  });

  it("is charged under its own id, which is then used", async () => {
    const message = await paid();
    await world.work();
    expect(await world.ports.transactions.byTheirId("acme", message.theirId)).toMatchObject({
      state: "billed",
      message: message.id,
      serviceCode: "14002",
      invoiceText: "Ringtone",
    });
    // Its customer is told of the message, and not of the charge besides.
    expect(await reportsOf(message)).toEqual([]);
    const { items } = await world.ports.webhooks.list({}, { limit: 10 });
    expect(items).toEqual([]);
  });

  it.each(["insufficient-funds", "too-young", "subscriber-barred"] as const)(
    "fails with its charge, for %s, and its customer is told so once",
    async (reason) => {
      world.bank.fate = () => ({ is: "refused", reason });
      const message = await paid();
      await world.pass(DAY);
      expect(await messageOf(message)).toMatchObject({ state: "failed", reason, billed: false });
      expect(await reportsOf(message)).toEqual([{ state: "failed", reason }]);
      expect(textsOf(world)).toEqual([]);
    },
  );

  it("fails when no carrier takes its charge as long as it is worth anything", async () => {
    world.bank.fate = () => ({ is: "busy" });
    const message = await paid();
    await world.pass(DAY);
    expect(await messageOf(message)).toMatchObject({ state: "failed", reason: "validity-over" });
    expect(world.bank.bills).toEqual([]);
  });

  it("is not told to have failed if another process has claimed its charge just before it would expire", async () => {
    const message = await paid();
    await submit(world.ports, [message.id]);
    const [{ id = "txn_" as const } = {}] = await world.transactions();
    const now = (await messageOf(message)).expiresAt;
    const times = { now: now - 1, lease: now + 25_000, inHandUntil: now + 25_000, day: 0, month: 0 };
    world.time.now = now;
    const { due } = world.ports.transactions;
    world.ports.transactions.due = async (...given) => {
      const rows = await due(...given);
      world.ports.transactions.due = due;
      expect(await world.ports.transactions.claim([id], times)).toHaveLength(1);
      return rows;
    };
    await world.gateway.runDue();
    expect((await world.transactions())[0]?.state).toBe("charging");
    expect(await messageOf(message)).toMatchObject({ state: "held" });
    expect(await reportsOf(message)).toEqual([]);
  });

  it("waits as long as nobody knows whether it was paid for, and then goes", async () => {
    world.bank.fate = () => ({ is: "lost" });
    world.bank.tells = () => ({ outcome: "cannot-tell" });
    const message = await paid();
    await world.work();
    await world.pass(10 * DAY, DAY);
    expect(await messageOf(message)).toMatchObject({ state: "held" });
    const [transaction] = await world.transactions();
    await world.gateway.settleCharges([world.bank.receipt(transaction?.id ?? "txn_", "billed")]);
    await world.work();
    expect(textsOf(world)).toEqual(["Here is your ringtone"]);
  });

  it("goes once, however many submit it at once", async () => {
    const message = await paid();
    world.bank.before = aTurn;
    await Promise.all(Array.from({ length: 20 }, () => submit(world.ports, [message.id])));
    await Promise.all(Array.from({ length: 20 }, () => world.gateway.runDue()));
    await world.work();
    expect(textsOf(world)).toHaveLength(1);
    expect(world.bank.bills).toHaveLength(1);
  });

  it("whose id was used for another charge fails, and nobody is charged", async () => {
    const used = await world.aCharge({ theirId: "taken", state: "failed" });
    const message = await paid({}, { theirId: used.theirId });
    await world.pass(DAY);
    expect(await messageOf(message)).toMatchObject({ state: "failed", reason: "duplicate" });
    expect(await reportsOf(message)).toEqual([{ state: "failed", reason: "duplicate" }]);
    expect(world.bank.asked).toEqual([]);
  });

  it("that is scheduled is charged at its time, not before", async () => {
    const at = world.time.now + 5 * HOUR;
    const message = await paid({}, { state: "scheduled", sendAt: at, dueAt: at, expiresAt: at + 2 * HOUR });
    await world.pass(5 * HOUR - 60_000, 10 * 60_000);
    expect(world.bank.asked).toEqual([]);
    expect(await messageOf(message)).toMatchObject({ state: "scheduled" });
    await world.pass(60_000);
    expect(world.bank.bills).toHaveLength(1);
    expect(textsOf(world)).toEqual(["Here is your ringtone"]);
  });

  it("that goes to many is charged to each", async () => {
    await Promise.all(Array.from({ length: 30 }, (_, n) => paid({}, { recipient: `+47980790${n + 10}` })));
    await world.work();
    expect(new Set(world.bank.bills.map(({ recipient }) => recipient)).size).toBe(30);
    expect(textsOf(world)).toHaveLength(30);
  });
});

describe("a message that is charged on a consent", () => {
  const agree = (at = world) => at.aCharge({ consent: "tones", makesConsent: true });

  it("goes while the person agrees", async () => {
    await agree();
    await world.work();
    await paid({ consent: "tones" });
    await world.work();
    expect(world.bank.bills).toHaveLength(2);
  });

  it("is never charged to who did not agree, and fails saying so", async () => {
    const message = await paid({ consent: "tones" });
    await world.work();
    expect(await messageOf(message)).toMatchObject({ state: "failed", reason: "no-consent", billed: false });
    expect(await reportsOf(message)).toEqual([{ state: "failed", reason: "no-consent" }]);
    expect(world.bank.asked).toEqual([]);
  });

  it("says so also where a sweep comes by while it is being refused", async () => {
    const message = await paid({ consent: "tones" });
    let isHeld = false;
    world.database.around = {
      after: async ({ sql }) => {
        if (isHeld || !sql.some((one) => one.includes("'held'"))) return;
        isHeld = true;
        expect((await world.gateway.agenda()).isInHand).toBe(true);
        await world.gateway.runDue();
      },
    };
    await submit(world.ports, [message.id]);
    world.database.around = {};
    expect(isHeld).toBe(true);
    await world.work();
    expect(await messageOf(message)).toMatchObject({ state: "failed", reason: "no-consent" });
    expect((await world.gateway.agenda()).isInHand).toBe(false);
  });

  it("is never charged to who did not agree, wherever a process dies", async () => {
    for (const death of DEATHS(20)) {
      const here = await openWorld();
      const message = await paid({ consent: "tones" }, {}, here);
      const died = await dying(here.database, death, () => submit(here.ports, [message.id]));
      await here.pass(2 * HOUR, 5 * 60_000);
      await here.writes("OK"); // to a question that nobody asked
      await here.pass(DAY);
      expect([death, here.bank.asked]).toEqual([death, []]);
      expect(await messageOf(message, here)).toMatchObject({ state: "failed" });
      if (!died) return;
    }
    throw new Error("it takes more calls than the test counts on");
  });

  it("is not charged to who has said STOP to it since", async () => {
    await world.aService({ id: "tones", keyword: "TONES" });
    await agree();
    await world.work();
    world.time.now += 1_000;
    await world.writes("STOP TONES");
    const message = await paid({ consent: "tones" });
    await world.work();
    expect(await messageOf(message)).toMatchObject({ state: "failed", reason: "no-consent" });
  });
});

describe("a message that is charged unless the person wrote STOP", () => {
  it("goes to who never did", async () => {
    await paid({ unlessStopped: "games" });
    await world.work();
    expect(world.bank.bills).toHaveLength(1);
  });

  it("is not charged if they did while it was on its way in, however long that took", async () => {
    await world.aService();
    await world.writes("STOP");
    world.time.now += 14 * HOUR;
    // Its door had looked before the STOP.
    const message = await paid({ unlessStopped: "games" });
    await world.work();
    expect(await messageOf(message)).toMatchObject({ state: "failed", reason: "no-consent", billed: false });
    expect(world.bank.asked).toEqual([]);
  });
});

describe("a message that the person must say OK to", () => {
  const question = "Svar OK for å betale 19 kr for Ringtone til The shop.";

  it("is asked about, and charged and sent when they do", async () => {
    const message = await paid({ confirm: true });
    await world.work();
    expect(textsOf(world)).toEqual([question]);
    expect(world.bank.asked).toEqual([]);
    world.time.now += 60_000;
    await world.writes("ok");
    await world.work();
    expect(textsOf(world)).toEqual([question, "Here is your ringtone"]);
    expect(await messageOf(message)).toMatchObject({ state: "sent", billed: true });
    await world.writes("ok");
    await world.pass(DAY);
    expect(world.bank.bills).toHaveLength(1);
  });

  it("fails when they do not, and OK is too late then", async () => {
    const message = await paid({ confirm: true });
    await world.work();
    world.time.now += 5 * 60_000;
    await world.writes("OK");
    await world.work();
    expect(await messageOf(message)).toMatchObject({ state: "failed", reason: "timed-out" });
    expect(world.bank.asked).toEqual([]);
  });

  it("is charged and sent, or neither, if OK is written down while the sweeper is about to give it up", async () => {
    const message = await paid({ confirm: true });
    await world.work();
    world.time.now += 5 * 60_000;
    const { due } = world.ports.transactions;
    world.ports.transactions.due = async (...given) => {
      const rows = await due(...given);
      world.ports.transactions.due = due;
      // By the clock of who hears it, it comes in time.
      world.time.now -= 1_000;
      await world.writes("OK");
      world.time.now += 1_000;
      return rows;
    };
    await world.work();
    expect(await messageOf(message)).toMatchObject({ state: "sent", billed: true });
    expect(textsOf(world)).toEqual([question, "Here is your ringtone"]);
    expect(world.bank.bills).toHaveLength(1);
  });

  it("makes a consent that the next one is charged on", async () => {
    await paid({ confirm: true, consent: "tones" });
    await world.work();
    world.time.now += 1_000;
    await world.writes("OK");
    await world.work();
    await paid({ consent: "tones" });
    await world.work();
    expect(world.bank.bills).toHaveLength(2);
    expect(textsOf(world)[0]).toBe(
      "Svar OK for å betale 19 kr for Ringtone til The shop, og for å godta senere trekk etter avtale der. Send STOP til 2002 for å avslutte.",
    );
  });

  it("of which there are two at once: one OK pays for one", async () => {
    const both = [await paid({ confirm: true }), await paid({ confirm: true, invoiceText: "Another", amount: 9_900 })];
    await world.work();
    world.time.now += 1_000;
    await world.writes("OK");
    await world.work();
    expect(world.bank.bills).toHaveLength(1);
    await world.pass(HOUR, 60_000);
    expect(world.bank.bills).toHaveLength(1);
    const states = (await Promise.all(both.map((one) => messageOf(one)))).map(({ state }) => state);
    expect(states.sort()).toEqual(["failed", "sent"]);
  });

  it("of which there are two at once: they are asked about one, as an OK could not tell which it means", async () => {
    await paid({ confirm: true });
    await paid({ confirm: true, invoiceText: "Another" });
    await world.work();
    expect(textsOf(world)).toHaveLength(1);
  });
});

describe("a process that dies between any two writes", () => {
  it("charges and sends, or does neither: never one without the other", async () => {
    let deaths = 0;
    for (const death of DEATHS(40)) {
      const here = await openWorld();
      const message = await paid({}, {}, here);
      const died = await dying(here.database, death, () => here.gateway.runDue());
      deaths += Number(died);
      await here.pass(2 * HOUR, 5 * 60_000);
      const { state } = await messageOf(message, here);
      expect([death, here.bank.bills.length, textsOf(here).length, state]).toEqual(
        here.bank.bills.length === 1 ? [death, 1, 1, "sent"] : [death, 0, 0, "failed"],
      );
      expect(await reportsOf(message, here)).toHaveLength(state === "failed" ? 1 : 0);
      if (!died) break;
    }
    expect(deaths).toBeGreaterThan(10);
  });
});
