/** A campaign is one thing: sent at its pace, in its hours, to each once; and paused and cancelled as one. */

import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { progressOf } from "../../../src/core/campaigns/campaign.ts";
import { linesOfItems } from "../../../src/core/campaigns/lists.ts";
import type { CampaignId, MessageId } from "../../../src/core/kernel/ids.ts";
import type { NewCampaign } from "../../../src/core/operator/campaigns.ts";
import { HOUR, NUMBER, openWorld, type World } from "../../support/ports.ts";
import { aMessage, stored } from "../../support/rows.ts";

const MINUTE = 60_000;
let world: World;

beforeEach(async () => {
  world = await openWorld();
});
afterEach(() => world.close());

const person = (nth: number) => `+4798${String(nth).padStart(6, "0")}`;
const people = (count: number) => Array.from({ length: count }, (_, nth) => person(100_000 + nth));

/** One that is started, to so many people. */
async function started(count: number, given: Partial<NewCampaign> = {}): Promise<CampaignId> {
  const { campaigns } = world.gateway.operator;
  const wanted = { account: "acme", name: "Sale", sender: NUMBER, text: "Sale today", perMinute: 60, ...given };
  const { id } = await campaigns.make(wanted);
  await campaigns.fill(id, linesOfItems(people(count)));
  await campaigns.start(id);
  return id;
}

const find = (id: CampaignId) => world.gateway.operator.campaigns.find(id);
const progress = async (id: CampaignId) => progressOf(await find(id));

type Sent = { id: MessageId; recipient: string; state: string; send_at: number; text: string; due_at: number };
const messages = () => world.database.sqlite.prepare("SELECT * FROM message ORDER BY send_at, id").all() as Sent[];
const handed = () =>
  messages().filter(({ state }) => !["accepted", "scheduled", "cancelled", "expired"].includes(state));

/** A carrier's word on all that it has. */
async function arrive(): Promise<void> {
  const at = world.time.now;
  const told = handed().map(({ id: message }) => ({ message, carrier: "bank", reference: message, at }));
  await world.gateway.settle(told.map((one) => ({ ...one, outcome: "delivered" as const })));
}

describe("a campaign", () => {
  it("writes to each of its people once, at its pace", async () => {
    const id = await started(90);
    await world.work();
    await world.pass(MINUTE, 1_000);
    const inAMinute = messages().filter(({ send_at }) => send_at < (messages()[0]?.send_at ?? 0) + MINUTE);
    expect(inAMinute).toHaveLength(60);
    await world.pass(MINUTE, 1_000);
    expect(new Set(messages().map(({ recipient }) => recipient))).toEqual(new Set(people(90)));
    expect(messages()).toHaveLength(90);
    expect(await progress(id)).toMatchObject({ accepted: 90, waiting: 0 });
  });

  it.each([
    { name: "as more than may start", onlyIf: { mostWaiting: 2 } },
    { name: "with other lines than were approved", onlyIf: { mostWaiting: 3, accepted: 2 } },
  ])("does not start $name, though lines come between the look and the start", async ({ onlyIf }) => {
    const { campaigns } = world.gateway.operator;
    const wanted = { account: "acme", name: "Sale", sender: NUMBER, text: "Sale today", perMinute: 60 };
    const { id } = await campaigns.make(wanted);
    await campaigns.fill(id, linesOfItems(people(2)));
    const { start } = world.ports.campaigns;
    vi.spyOn(world.ports.campaigns, "start").mockImplementationOnce(async (...given) => {
      await campaigns.fill(id, linesOfItems(people(3)));
      return await start(...given);
    });
    await expect(campaigns.start(id, onlyIf)).rejects.toMatchObject({ refusal: "too-late" });
    expect(await find(id)).toMatchObject({ state: "draft", waiting: 3, accepted: 5 });
    expect(await campaigns.start(id, { mostWaiting: 3, accepted: 5 })).toMatchObject({ state: "scheduled" });
  });

  it("that is cancelled between the look and the start is not started", async () => {
    const { campaigns } = world.gateway.operator;
    const wanted = { account: "acme", name: "Sale", sender: NUMBER, text: "Sale today", perMinute: 60 };
    const { id } = await campaigns.make(wanted);
    await campaigns.fill(id, linesOfItems(people(2)));
    const { start } = world.ports.campaigns;
    vi.spyOn(world.ports.campaigns, "start").mockImplementationOnce(async (...given) => {
      await campaigns.cancel(id);
      return await start(...given);
    });
    await expect(campaigns.start(id)).rejects.toMatchObject({ refusal: "too-late" });
    expect(await find(id)).toMatchObject({ state: "cancelled" });
  });

  it("is cancelled with many released texts some at a time, and the rest by its next round", async () => {
    const id = await started(1, { startsAt: world.time.now + HOUR });
    const many = Array.from({ length: 1_200 }, (_, nth) => aMessage({ recipient: person(nth) }));
    await stored(world.database, ...many);
    world.database.sqlite.prepare("UPDATE message SET campaign_id = ?").run(id);
    const cancelled = () => messages().filter(({ state }) => state === "cancelled").length;
    await world.gateway.operator.campaigns.cancel(id);
    expect(cancelled()).toBe(1_000);
    await world.ports.campaigns.cancelRest(id, world.time.now, world.time.now + MINUTE);
    expect(cancelled()).toBe(1_200);
  });

  it("says how far it is, and is finished when all has left", async () => {
    const id = await started(20, { perMinute: 600 });
    await world.pass(5_000, 1_000);
    const half = await progress(id);
    expect(half.waiting + half.underWay + half.sent).toBe(20);
    await world.pass(2 * MINUTE, 1_000);
    expect(await find(id)).toMatchObject({ state: "finished", reason: "done" });
    expect(await progress(id)).toMatchObject({ accepted: 20, sent: 20, delivered: 0 });
    await arrive();
    expect(await progress(id)).toMatchObject({ sent: 0, delivered: 20 });
  });

  it("begins at its time, and not before", async () => {
    const id = await started(5, { startsAt: world.time.now + HOUR });
    await world.pass(HOUR - 1_000, 10 * MINUTE);
    expect(messages()).toEqual([]);
    expect(await find(id)).toMatchObject({ state: "scheduled" });
    await world.pass(MINUTE, 1_000);
    expect(messages()).toHaveLength(5);
  });

  it("ends at its end: who was not reached is skipped", async () => {
    const id = await started(200, { endsAt: world.time.now + MINUTE });
    await world.pass(3 * MINUTE, 1_000);
    const found = await find(id);
    expect(found).toMatchObject({ state: "finished", reason: "time-over" });
    const { sent, skipped } = progressOf(found);
    expect(sent).toBeGreaterThan(50);
    expect(sent).toBeLessThanOrEqual(60);
    expect(skipped).toEqual({ ended: 200 - sent });
  });

  it("sends in its hours alone, by the clock of those it writes to", async () => {
    const { campaigns } = world.gateway.operator;
    const wanted = { account: "acme", name: "Sale", sender: NUMBER, text: "Sale", perMinute: 60, hours: "09:00-17:30" };
    const { id } = await campaigns.make(wanted);
    // Noon in UTC is 13:00 in Oslo, and 07:00 in New York.
    const [norwegian, canadian] = ["+4798100000", "+13435550123"];
    const { refused } = await campaigns.fill(id, linesOfItems([norwegian, canadian]));
    expect(refused).toEqual([]);
    await campaigns.start(id);
    await world.pass(24 * HOUR, 10 * MINUTE);
    const hourOf = (number: string, timeZone: string) => {
      const { send_at = 0 } = messages().find(({ recipient }) => recipient === number) ?? {};
      return new Intl.DateTimeFormat("en-GB", { timeZone, hour: "2-digit", minute: "2-digit" }).format(send_at);
    };
    expect(hourOf(norwegian, "Europe/Oslo") >= "09:00" && hourOf(norwegian, "Europe/Oslo") < "17:30").toBe(true);
    for (const zone of ["America/St_Johns", "America/Vancouver"]) {
      expect(hourOf(canadian, zone) >= "09:00" && hourOf(canadian, zone) < "17:30").toBe(true);
    }
  });

  it("says whom its hours leave no time for: Canada's clocks are further apart than that", async () => {
    const { campaigns } = world.gateway.operator;
    const wanted = { account: "acme", name: "Sale", sender: NUMBER, text: "Sale", perMinute: 60, hours: "09:00-12:30" };
    const { id } = await campaigns.make(wanted);
    const { refused } = await campaigns.fill(id, linesOfItems(["+13435550123"]));
    expect(refused).toEqual([{ line: 1, recipient: "+13435550123", reason: "no-hour" }]);
  });

  it("skips who is in a country that its account does not allow, and waits where it allows one no more", async () => {
    const { campaigns } = world.gateway.operator;
    const allow = (countries: string[]) =>
      world.quiet.accounts.change("acme", { settings: { countries } }, world.time.now);
    await allow(["NO", "SE"]);
    const { id } = await campaigns.make({ account: "acme", name: "Sale", sender: NUMBER, text: "Sale", perMinute: 60 });
    const { refused } = await campaigns.fill(id, linesOfItems(["+4798100000", "+46701234567", "+393331234567"]));
    expect(refused).toEqual([{ line: 3, recipient: "+393331234567", reason: "country" }]);
    await allow(["NO"]);
    await campaigns.start(id);
    await world.pass(HOUR, MINUTE);
    expect(messages().map(({ recipient }) => recipient)).toEqual(["+4798100000"]);
    expect(await progress(id)).toMatchObject({ waiting: 1, skipped: { country: 1 } });
    await allow(["NO", "SE"]);
    await world.pass(25 * HOUR, 10 * MINUTE);
    expect(messages()).toHaveLength(2);
  });

  it("keeps its account's quiet hours, where its sender is for marketing", async () => {
    await world.quiet.accounts.putSender("acme", {
      sender: "News",
      kind: "alphanumeric",
      country: "NO",
      purpose: "marketing",
    });
    await world.quiet.accounts.change("acme", { settings: { quietHours: { hours: "12:00-15:00" } } }, world.time.now);
    await started(3, { sender: "News" });
    await world.pass(HOUR, 5 * MINUTE);
    expect(messages()).toEqual([]);
    await world.pass(2 * HOUR, 5 * MINUTE);
    expect(messages()).toHaveLength(3);
  });
});

describe("a campaign that is paused", () => {
  it("sends nothing more, also of what was released", async () => {
    const id = await started(100, { perMinute: 600 });
    await world.gateway.releaseCampaigns([id]);
    expect(messages().length).toBeGreaterThan(10);
    await world.gateway.operator.campaigns.pause(id);
    await world.pass(10 * MINUTE, 1_000);
    expect(handed()).toEqual([]);
    expect(await find(id)).toMatchObject({ state: "paused", reason: "asked" });
    await world.gateway.operator.campaigns.resume(id);
    await world.pass(10 * MINUTE, 1_000);
    expect(handed()).toHaveLength(100);
    expect(await find(id)).toMatchObject({ state: "finished" });
  });

  it("does not let a job that comes late send", async () => {
    const id = await started(10, { perMinute: 600 });
    await world.gateway.releaseCampaigns([id]);
    const released = messages().map((message) => message.id);
    expect(released.length).toBeGreaterThan(0);
    await world.gateway.operator.campaigns.pause(id);
    world.time.now += 5_000;
    // As if they were due: a carrier was busy, and gave them back.
    world.database.sqlite.exec(`UPDATE message SET due_at = ${world.time.now}`);
    await world.gateway.submit(released);
    expect(handed()).toEqual([]);
  });

  it("tells of itself, and each of its moves", async () => {
    await world.gateway.operator.events.keep("acme", true);
    const id = await started(5, { perMinute: 600 });
    await world.work();
    await world.gateway.operator.campaigns.pause(id);
    await world.gateway.operator.campaigns.resume(id);
    await world.pass(2 * MINUTE, 1_000);
    const { items } = await world.ports.events.page("acme", { after: 0, patterns: ["campaign.*"], limit: 50 });
    expect(items.map(({ type }) => type)).toEqual([
      "campaign.started",
      "campaign.paused",
      "campaign.resumed",
      "campaign.finished",
    ]);
    expect(items.at(-1)?.data).toMatchObject({ id, reason: "done", accepted: 5, sent: 5, skipped: {} });
  });
});

describe("a campaign that is cancelled", () => {
  it("sends nothing that has not left, and undoes nothing that has", async () => {
    const id = await started(100, { perMinute: 600 });
    await world.pass(3_000, 1_000);
    const before = handed().length;
    expect(before).toBeGreaterThan(0);
    await world.gateway.operator.campaigns.cancel(id);
    await world.pass(10 * MINUTE, 1_000);
    expect(handed()).toHaveLength(before);
    const { state } = await find(id);
    expect(state).toBe("cancelled");
    expect(await progress(id)).toMatchObject({ waiting: 0, underWay: 0, sent: before, cancelled: 100 - before });
  });

  it("tells what it ended: what waited, and what was released and had not left", async () => {
    await world.gateway.operator.events.keep("acme", true);
    const id = await started(100, { perMinute: 600 });
    await world.gateway.releaseCampaigns([id]);
    expect((await progress(id)).underWay).toBeGreaterThan(0);
    await world.gateway.operator.campaigns.cancel(id);
    const { items } = await world.ports.events.page("acme", { after: 0, patterns: ["campaign.cancelled"], limit: 5 });
    expect(items.at(-1)?.data).toMatchObject({ waiting: 0, underWay: 0, cancelled: 100 });
    expect(await progress(id)).toMatchObject({ waiting: 0, underWay: 0, cancelled: 100 });
  });

  it("does not send what a carrier gives back after it", async () => {
    const id = await started(5, { perMinute: 600 });
    await world.gateway.releaseCampaigns([id]);
    const [first] = messages();
    // A carrier has it at the moment of the cancel.
    world.database.sqlite.exec(`UPDATE message SET state = 'submitting' WHERE id = '${first?.id}'`);
    await world.gateway.operator.campaigns.cancel(id);
    world.database.sqlite.exec(
      `UPDATE message SET state = 'accepted', due_at = ${world.time.now} WHERE id = '${first?.id}'`,
    );
    await world.pass(5 * MINUTE, 1_000);
    expect(handed()).toEqual([]);
    expect(await progress(id)).toMatchObject({ cancelled: 5, underWay: 0 });
    expect((await find(id)).dueAt).toBeUndefined();
  });

  it("is too late when it is finished", async () => {
    const id = await started(1);
    await world.pass(2 * MINUTE, 1_000);
    await expect(world.gateway.operator.campaigns.cancel(id)).rejects.toMatchObject({ refusal: "too-late" });
  });
});

describe("two at once", () => {
  it("release each text once", async () => {
    const id = await started(40, { perMinute: 6_000 });
    await Promise.all([1, 2, 3, 4].map(() => world.gateway.releaseCampaigns([id])));
    expect(messages()).toHaveLength(40);
    await world.pass(2 * MINUTE, 1_000);
    expect(messages()).toHaveLength(40);
  });

  it("release nothing twice when one of them is slow, and its claim is over", async () => {
    const id = await started(40);
    const { claim } = world.ports.campaigns;
    const slow = await claim(id, "slow", world.time.now, world.time.now + 25_000);
    world.time.now += 26_000;
    await world.work();
    const released = messages().length;
    const picked = await world.ports.campaigns.pick(id, ["NO"], 40);
    expect(picked.length).toBeGreaterThan(0);
    const releases = picked.map(({ recipient }) => ({
      recipient,
      id: world.ports.ids.message(1),
      sendAt: world.time.now,
    }));
    const plan = {
      campaign: id,
      claim: "slow",
      now: world.time.now,
      releases,
      heeds: [],
      skips: [],
      quiet: {},
      validity: HOUR,
    };
    expect(await world.ports.campaigns.release({ ...plan, pacedAt: slow?.campaign.pacedAt ?? 0 })).toEqual([]);
    expect(messages()).toHaveLength(released);
  });

  it("release nothing for a campaign that was cancelled in the middle of a round", async () => {
    const id = await started(40);
    const claimed = await world.ports.campaigns.claim(id, "mine", world.time.now, world.time.now + 25_000);
    const [picked] = await world.ports.campaigns.pick(id, ["NO"], 1);
    await world.gateway.operator.campaigns.cancel(id);
    const releases = [{ recipient: picked?.recipient ?? "", id: world.ports.ids.message(1), sendAt: world.time.now }];
    const plan = {
      campaign: id,
      claim: "mine",
      now: world.time.now,
      releases,
      heeds: [],
      skips: [],
      quiet: {},
      validity: HOUR,
    };
    expect(await world.ports.campaigns.release({ ...plan, pacedAt: claimed?.campaign.pacedAt ?? 0 })).toEqual([]);
    expect(messages()).toEqual([]);
  });

  it("leave a round that died to whoever comes next", async () => {
    const id = await started(10, { perMinute: 600 });
    await world.ports.campaigns.claim(id, "dead", world.time.now, world.time.now + 25_000);
    await world.work();
    expect(messages()).toEqual([]);
    await world.pass(2 * MINUTE, 1_000);
    expect(handed()).toHaveLength(10);
  });
});

describe("whom it does not write to", () => {
  it("is told line by line, with the reason", async () => {
    const { campaigns } = world.gateway.operator;
    const wanted = { account: "acme", name: "Sale", sender: NUMBER, text: "Hello {{name}}", perMinute: 60 };
    const { id } = await campaigns.make(wanted);
    const [kari, ola] = people(2);
    const lines = linesOfItems([
      { recipient: kari, name: "Kari" },
      { recipient: kari, name: "Kari again" },
      { recipient: "12345", name: "Nobody" },
      { recipient: ola },
      { recipient: person(200_000), name: "x".repeat(400) },
    ]);
    await world.quiet.accounts.change("acme", { settings: { maxParts: 1 } }, world.time.now);
    const filled = await campaigns.fill(id, lines);
    expect(filled.refused).toEqual([
      { line: 3, recipient: "12345", reason: "invalid" },
      { line: 4, recipient: ola, reason: "unfilled" },
      { line: 5, recipient: person(200_000), reason: "too-long" },
    ]);
    expect(progressOf(filled.campaign)).toMatchObject({
      accepted: 5,
      waiting: 1,
      skipped: { duplicate: 1, invalid: 1, unfilled: 1, "too-long": 1 },
    });
    await campaigns.start(id);
    await world.work();
    expect(messages().map(({ text }) => text)).toEqual(["Hello Kari"]);
  });

  it("is who opted out, before or while it runs", async () => {
    const [first, second, third] = people(3) as [string, string, string];
    const { suppressions } = world.gateway.operator;
    await suppressions.put("acme", { recipient: first, reason: "asked" });
    const id = await started(3, { perMinute: 1 });
    await world.work();
    await suppressions.put("acme", { recipient: third, reason: "asked" });
    await world.pass(5 * MINUTE, 1_000);
    expect(messages().map(({ recipient }) => recipient)).toEqual([second]);
    expect(await progress(id)).toMatchObject({ sent: 1, skipped: { suppressed: 2 } });
  });

  it("is who opted out of its sender's group, or of all by STOP, and nobody who opted out of another", async () => {
    const [first, second, third] = people(3) as [string, string, string];
    const { suppressions } = world.gateway.operator;
    world.database.sqlite.prepare("UPDATE sender SET sender_group = 'news' WHERE account_id = 'acme'").run();
    await suppressions.put("acme", { recipient: first, number: "@news", reason: "asked" });
    await suppressions.put("acme", { recipient: second, number: "@shop", reason: "asked" });
    await suppressions.put("acme", { recipient: third, number: "@*", reason: "asked" });
    const id = await started(3, { perMinute: 60 });
    await world.pass(5 * MINUTE, 1_000);
    expect(messages().map(({ recipient }) => recipient)).toEqual([second]);
    expect(await progress(id)).toMatchObject({ sent: 1, skipped: { suppressed: 2 } });
  });

  it("is who was erased since", async () => {
    const id = await started(2, { startsAt: world.time.now + HOUR });
    const [first, second] = people(2) as [string, string];
    await world.gateway.operator.people.erase({ msisdn: first }, "test");
    await world.pass(2 * HOUR, MINUTE);
    expect(messages().map(({ recipient }) => recipient)).toEqual([second]);
    expect(await progress(id)).toMatchObject({ skipped: { erased: 1 }, waiting: 0 });
  });

  it("is counted once, when the same list comes twice", async () => {
    const { campaigns } = world.gateway.operator;
    const { id } = await campaigns.make({
      account: "acme",
      name: "Sale",
      sender: NUMBER,
      text: "Sale",
      perMinute: 600,
    });
    await campaigns.fill(id, linesOfItems(people(5)));
    await campaigns.fill(id, linesOfItems(people(6)));
    await campaigns.start(id);
    await world.pass(2 * MINUTE, 1_000);
    expect(messages()).toHaveLength(6);
    expect(await progress(id)).toMatchObject({ accepted: 11, sent: 6, skipped: { duplicate: 5 } });
  });
});

describe("limits and accounts", () => {
  it("are kept: what the day has no room for waits for the next", async () => {
    await world.quiet.accounts.change("acme", { settings: { limits: { messagesPerDay: 7 } } }, world.time.now);
    const id = await started(10, { perMinute: 600 });
    await world.pass(HOUR, 10_000);
    expect(messages()).toHaveLength(7);
    expect((await find(id)).state).toBe("running");
    await world.pass(12 * HOUR, 5 * MINUTE);
    expect(messages()).toHaveLength(10);
  });

  it("are kept by the day and by the second together: none of the second is used up for what the day refuses", async () => {
    const limits = { messagesPerDay: 25, messagesPerSecond: 10 };
    await world.quiet.accounts.change("acme", { settings: { limits } }, world.time.now);
    const id = await started(60, { perMinute: 600 });
    await world.pass(10 * MINUTE, 1_000);
    expect(messages()).toHaveLength(25);
    expect((await find(id)).dueAt).toBeGreaterThan(world.time.now + HOUR);
  });

  it("are kept by the second", async () => {
    await world.quiet.accounts.change("acme", { settings: { limits: { messagesPerSecond: 3 } } }, world.time.now);
    await started(30, { perMinute: 6_000 });
    await world.work();
    expect(messages()).toHaveLength(3);
    await world.pass(30_000, 1_000);
    expect(messages()).toHaveLength(30);
  });

  it("that are closed pause it", async () => {
    const id = await started(10, { perMinute: 6 });
    await world.work();
    await world.gateway.operator.accounts.close("acme");
    await world.pass(MINUTE, 1_000);
    expect(await find(id)).toMatchObject({ state: "paused", reason: "account-closed" });
  });
});

describe("carriers that are slower than the pace", () => {
  it("are not sent more than they take in a while", async () => {
    const id = await started(500, { perMinute: 60 });
    for (let second = 0; second < 300; second += 5) {
      world.time.now += 5_000;
      await world.gateway.releaseCampaigns([id]);
    }
    const { released } = await find(id);
    expect(released).toBeLessThanOrEqual(80);
    expect(released).toBeGreaterThanOrEqual(20);
  });
});

it("is forgotten when it was over for as long as messages are kept", async () => {
  const id = await started(3, { perMinute: 600 });
  await world.pass(2 * MINUTE, 1_000);
  const before = { otherwise: world.time.now + 1, own: [] };
  while ((await world.ports.campaigns.forget(before, 2)) > 0);
  await expect(find(id)).rejects.toMatchObject({ refusal: "not-found" });
  expect(world.database.sqlite.prepare("SELECT * FROM campaign_recipient").all()).toEqual([]);
});
