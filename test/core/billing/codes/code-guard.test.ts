/** The guard against pumping: codes that nobody enters, an alarm, a block, and how it ends. */

import { beforeEach, describe, expect, it, vi } from "vitest";
import type { Caller } from "../../../../src/core/accounts/account.ts";
import type { MessageId } from "../../../../src/core/kernel/ids.ts";
import type { Message } from "../../../../src/core/messages/message.ts";
import type { NewMessage } from "../../../../src/core/messages/new-message.ts";
import { listCodeAreas, openCodeArea } from "../../../../src/core/operator/code-areas.ts";
import { confirmCode } from "../../../../src/core/operator/code-texts.ts";
import { NUMBER, openWorld, type World } from "../../../support/ports.ts";

const MINUTE = 60_000;

let world: World;
let caller: Caller;
let sent = 0;
beforeEach(async () => {
  world = await openWorld();
  caller = world.caller;
});

async function chooses(codeGuard: Record<string, unknown> | undefined): Promise<void> {
  await world.quiet.accounts.change("acme", { settings: codeGuard ? { codeGuard } : {} }, world.time.now);
  const account = await world.quiet.accounts.byId("acme");
  if (account) caller = { ...world.caller, account };
}

const person = (n: number, begins = "+46701234") => `${begins}${String(n).padStart(3, "0")}`;
const sends = async (recipient: string, once = true) => {
  const theirId = `code-${++sent}`;
  let code = "";
  const noted = (made: string) => {
    if (/\d/.test(made)) code = made;
    return made;
  };
  await world.gateway.sendPincode(caller, {
    theirId,
    ...{ digits: 4, tries: 3, seconds: 300, once },
    message: (made) => ({
      ...{ sender: NUMBER, recipient, text: `Your code is ${noted(made)}`, echo: {}, validitySeconds: 300 },
      ...{ priority: "high", deliveryMode: "at-most-once" },
    }),
  });
  return { theirId, code };
};
/** Sends so many, of which so many are confirmed, and lets the time pass in which people enter codes. */
async function sendsMany(count: number, confirmed: number, begins?: string): Promise<void> {
  for (let n = 0; n < count; n++) {
    const { theirId, code } = await sends(person(n, begins));
    if (n < confirmed) expect(await world.gateway.verifyPincode(caller, theirId, code)).toBe(true);
  }
  world.time.now += 11 * MINUTE;
}
const areas = () => listCodeAreas(world.quiet, "acme");
const raised = () => world.counted.filter(({ name }) => name === "code_guard_raised").map(({ labels }) => labels);

describe("codes", () => {
  it("are not watched, and not counted, where the account does not ask for it", async () => {
    await chooses(undefined);
    await sendsMany(5, 0);
    expect(await areas()).toEqual([]);
  });

  it("are counted by country and by the first digits, and what is confirmed too", async () => {
    await chooses({ leastSent: 100 });
    await sendsMany(3, 1);
    await sendsMany(2, 2, "+46739000");
    expect(await areas()).toMatchObject([
      { area: "+467012", sent: 3, confirmed: 1, isBlocked: false },
      { area: "+467390", sent: 2, confirmed: 2 },
      { area: "SE", sent: 5, confirmed: 3 },
    ]);
  });

  it("are confirmed once, however often the right code is given", async () => {
    await chooses({ leastSent: 100 });
    const { theirId, code } = await sends(person(1), false);
    for (let n = 0; n < 3; n++) expect(await world.gateway.verifyPincode(caller, theirId, code)).toBe(true);
    expect((await areas()).map(({ confirmed }) => confirmed)).toEqual([1, 1]);
  });

  it("that are not sent after all are not counted", async () => {
    await chooses({ leastSent: 100 });
    const { theirId } = await sends(person(1));
    sent--;
    await expect(sends(person(2))).rejects.toMatchObject({ refusal: "already-exists" });
    expect(theirId).toBe(`code-${sent}`);
    expect((await areas()).map(({ sent }) => sent)).toEqual([1, 1]);
  });

  it("that are asked for once more block nothing, though the budget is used up", async () => {
    await chooses({ budget: 1 });
    const first = await sends(person(1));
    sent--;
    expect(await sends(person(1))).toMatchObject({ theirId: first.theirId });
    expect((await areas()).filter(({ isBlocked }) => isBlocked)).toEqual([]);
    await expect(sends(person(2))).rejects.toMatchObject({ refusal: "country-closed" });
  });

  it("stay counted where the answer of the database is lost, once however often they are asked for", async () => {
    await chooses({ leastSent: 100 });
    const { add } = world.ports.pins;
    vi.spyOn(world.ports.pins, "add").mockImplementationOnce(async (...given) => {
      await add(...given);
      throw new Error("D1_ERROR: Network connection lost");
    });
    await expect(sends(person(1))).rejects.toThrow("connection lost");
    expect((await areas()).map(({ sent }) => sent)).toEqual([1, 1]);
    sent--;
    await sends(person(1)).catch(() => {});
    expect((await areas()).map(({ sent }) => sent)).toEqual([1, 1]);
  });

  it("are right, and refused for their own reason, though counting fails", async () => {
    await chooses({ leastSent: 100 });
    const { theirId, code } = await sends(person(1));
    const count = () => Promise.reject(new Error("D1_ERROR: Network connection lost"));
    vi.spyOn(world.ports.codeGuards, "count").mockImplementation(count);
    expect(await world.gateway.verifyPincode(caller, theirId, code)).toBe(true);
    const other = await sends(person(3));
    vi.spyOn(world.ports.pins, "markConfirmed").mockImplementation(count);
    expect(await world.gateway.verifyPincode(caller, other.theirId, other.code)).toBe(true);
    sent--;
    await expect(sends(person(2))).rejects.toMatchObject({ refusal: "already-exists" });
  });

  it("raise one alarm where few are confirmed, and go on", async () => {
    await chooses({ leastSent: 5, alarmBelow: 50, blockBelow: 10, minutes: 60 });
    await sendsMany(5, 2);
    await sends(person(10));
    await sends(person(11));
    expect(raised()).toEqual([
      { account: "acme", what: "alarm", reason: "conversion" },
      { account: "acme", what: "alarm", reason: "conversion" },
    ]);
    expect((await areas()).map(({ area, alarmedAt }) => [area, alarmedAt])).toEqual([
      ["+467012", world.time.now],
      ["SE", world.time.now],
    ]);
  });

  it("say nothing while they may still be confirmed", async () => {
    await chooses({ leastSent: 5, alarmBelow: 50, blockBelow: 10 });
    await sendsMany(4, 0);
    world.time.now -= 11 * MINUTE;
    for (let n = 10; n < 20; n++) await sends(person(n));
    expect(raised()).toEqual([]);
  });

  it("are blocked where next to none is confirmed, by the digits and the country, until that ends by itself", async () => {
    await chooses({ leastSent: 5, blockBelow: 10, blockMinutes: 30 });
    await sendsMany(5, 0);
    const blocked = {
      refusal: "country-closed",
      message: expect.stringContaining("too few of those sent were confirmed"),
    };
    await expect(sends(person(10))).rejects.toMatchObject(blocked);
    await expect(sends(person(11))).rejects.toMatchObject(blocked);
    await expect(sends(person(11, "+46739000"))).rejects.toMatchObject(blocked);
    await sends("+4798079008");
    expect(world.counted.filter(({ name }) => name === "code_blocked")).toHaveLength(3);
    world.time.now += 34 * MINUTE;
    await sends(person(12));
    // What was sent before the block counts no more.
    expect((await areas()).find(({ area }) => area === "SE")).toMatchObject({ isBlocked: false, sent: 1 });
  });

  it("of one range are blocked alone where its country is well", async () => {
    await chooses({ leastSent: 5, blockBelow: 20, alarmBelow: 20 });
    await sendsMany(20, 20, "+46739000");
    await sendsMany(5, 0);
    await expect(sends(person(10))).rejects.toMatchObject({ message: expect.stringContaining("+467012") });
    await sends(person(30, "+46739000"));
  });

  it("go again when an operator says so, once", async () => {
    await chooses({ leastSent: 5, blockBelow: 10 });
    await sendsMany(5, 0);
    await expect(sends(person(10))).rejects.toMatchObject({ refusal: "country-closed" });
    await openCodeArea(world.quiet, "acme", "SE");
    await openCodeArea(world.quiet, "acme", "+467012");
    await expect(openCodeArea(world.quiet, "acme", "SE")).rejects.toMatchObject({ refusal: "not-found" });
    await sends(person(10));
  });

  it("count from when an operator lets them go again, and what was sent in the same minutes before does not", async () => {
    await chooses({ leastSent: 5, blockBelow: 10, budget: 7 });
    await sendsMany(5, 0);
    world.time.now -= 5 * MINUTE;
    for (let n = 10; n < 12; n++) await sends(person(n));
    await expect(sends(person(12))).rejects.toMatchObject({ message: expect.stringContaining("budget") });
    await openCodeArea(world.quiet, "acme", "SE");
    for (let n = 20; n < 23; n++) await sends(person(n));
    expect((await areas()).find(({ area }) => area === "SE")).toMatchObject({ sent: 3 });
  });

  it("have a budget by country: an alarm before, and then none", async () => {
    await chooses({ budget: 5, alarmBelow: 0, blockBelow: 0 });
    for (let n = 0; n < 5; n++) await sends(person(n));
    await expect(sends(person(6))).rejects.toMatchObject({ message: expect.stringContaining("the budget is used up") });
    await sends("+4798079008");
    expect(raised()).toEqual([
      { account: "acme", what: "alarm", reason: "budget" },
      { account: "acme", what: "block", reason: "budget" },
    ]);
  });

  it("never go over their budget, though many are asked for at once", async () => {
    await chooses({ budget: 5 });
    const all = await Promise.allSettled(Array.from({ length: 12 }, (_, n) => sends(person(n))));
    expect(all.filter(({ status }) => status === "fulfilled")).toHaveLength(5);
  });

  it("to countries that are trusted are not watched", async () => {
    await chooses({ leastSent: 5, trusted: ["SE"] });
    await sendsMany(6, 0);
    await sends(person(10));
    expect(await areas()).toEqual([]);
  });

  it("are forgotten when nobody looks back so far", async () => {
    await chooses({ leastSent: 5 });
    await sendsMany(5, 0);
    await expect(sends(person(10))).rejects.toMatchObject({ refusal: "country-closed" });
    world.time.now += 27 * 60 * MINUTE;
    await world.gateway.tidy();
    expect(await areas()).toEqual([]);
  });
});

describe("codes of an account's own, in texts of high priority,", () => {
  let texts = 0;
  const text = (recipient: string, given: Partial<NewMessage> = {}): Promise<Message> =>
    world.gateway.accept(caller, {
      ...{ theirId: `own-${++texts}`, sender: NUMBER, recipient, text: "Your code is 1234", echo: {} },
      ...{ priority: "high", deliveryMode: "at-most-once", validitySeconds: 300, ...given },
    });
  const confirm = (id: MessageId) => confirmCode(world.quiet, id);
  const counted = async () => (await areas()).map(({ area, sent, confirmed }) => ({ area, sent, confirmed }));

  it("are counted where the account asks for it, and confirmed once, however often it is said", async () => {
    await chooses({ leastSent: 100, texts: true });
    const { id } = await text(person(1));
    await text(person(2), { priority: "normal" });
    const first = await confirm(id);
    expect(first).toEqual({ id, confirmedAt: world.time.now });
    world.time.now += MINUTE;
    expect(await Promise.all([confirm(id), confirm(id)])).toEqual([first, first]);
    expect(await counted()).toEqual([
      { area: "+467012", sent: 1, confirmed: 1 },
      { area: "SE", sent: 1, confirmed: 1 },
    ]);
  });

  it("are not watched unless the account asks for it: a confirmation is heard, and counts nothing", async () => {
    await chooses({ leastSent: 1, blockBelow: 50 });
    const { id } = await text(person(1));
    expect(await confirm(id)).toEqual({ id });
    expect(await areas()).toEqual([]);
  });

  it("are counted once where the same request comes again, and not where they are refused", async () => {
    await chooses({ leastSent: 100, texts: true });
    const first = await text(person(1), { theirId: "again" });
    expect(await text(person(1), { theirId: "again" })).toMatchObject({ id: first.id });
    await expect(text(person(2), { theirId: "again" })).rejects.toMatchObject({ refusal: "already-exists" });
    expect(await counted()).toMatchObject([{ sent: 1 }, { sent: 1 }]);
    expect(await confirm(first.id)).toMatchObject({ confirmedAt: world.time.now });
  });

  it("are blocked, and within a budget, as other codes are; a repeat has its first answer", async () => {
    await chooses({ texts: true, budget: 5, blockMinutes: 30 });
    const first = await text(person(0), { theirId: "first" });
    const asked = await Promise.allSettled(Array.from({ length: 9 }, (_, n) => text(person(n + 1))));
    expect(asked.filter(({ status }) => status === "fulfilled")).toHaveLength(4);
    for (const one of asked) {
      if (one.status === "rejected") expect(one.reason).toMatchObject({ refusal: "country-closed" });
    }
    expect(await text(person(0), { theirId: "first" })).toMatchObject({ id: first.id });
    await text(person(20), { priority: "normal" });
    await text("+4798079008");
  });

  it("that are asked for once more block nothing, though the budget is used up", async () => {
    await chooses({ texts: true, budget: 1 });
    const first = await text(person(1), { theirId: "once" });
    expect(await text(person(1), { theirId: "once" })).toMatchObject({ id: first.id });
    expect((await areas()).filter(({ isBlocked }) => isBlocked)).toEqual([]);
  });

  it("cannot be confirmed a day later, nor a text that there is not", async () => {
    await chooses({ leastSent: 100, texts: true });
    const { id } = await text(person(1));
    world.time.now += 24 * 60 * MINUTE + 1;
    await expect(confirm(id)).rejects.toMatchObject({ refusal: "too-late" });
    await expect(confirm("msg_0000010hm7xt5h0000a1b2c3d")).rejects.toMatchObject({ refusal: "not-found" });
    await world.gateway.tidy();
    world.time.now += 2 * 60 * MINUTE;
    await world.gateway.tidy();
    expect(world.database.sqlite.prepare("SELECT count(*) AS n FROM code_text").get()?.n).toBe(0);
  });
});
