/** Quiet hours: when a marketing text may be sent, by the clock where it goes. */

import { Temporal } from "temporal-polyfill";
import { beforeEach, describe, expect, it, vi } from "vitest";
import type { Caller } from "../../src/core/accounts/account.ts";
import { GatewayError } from "../../src/core/kernel/errors.ts";
import type { NewMessage } from "../../src/core/messages/new-message.ts";
import { COUNTRY_RULES, easterOf } from "../../src/core/quiet/countries.ts";
import { firstAllowed, nextAllowed, type QuietHours, ruleFor } from "../../src/core/quiet/quiet.ts";
import { openWorld, type World } from "../support/ports.ts";

const NORWEGIAN = "+4798079008";
const FRENCH = "+33612345678";
const AMERICAN = "+12065550100";
const INDIAN = "+919812345678";
const EMIRATI = "+971501234567";
const SOUTH_AFRICAN = "+27821234567";

/** When a text to this number may be sent that is to be sent at this time; the time itself where there is no rule. */
function allowed(quietHours: QuietHours, number: string, at: string): string {
  const rule = ruleFor(quietHours, number, "Europe/Oslo");
  const time = Date.parse(at);
  return new Date(rule ? firstAllowed(rule, time) : time).toISOString().replace(":00.000Z", "Z");
}

describe("a country's rule", () => {
  // Numbers of the territories' own parts of the plan, at night by their clocks, and when that is over.
  const territories: { place: string; to: string; night: string; is: string }[] = [
    { place: "Puerto Rico", to: "+17875551234", night: "2026-01-16T02:00Z", is: "2026-01-16T12:00Z" },
    { place: "Puerto Rico, the other code", to: "+19395551234", night: "2026-01-16T02:00Z", is: "2026-01-16T12:00Z" },
    { place: "the Virgin Islands", to: "+13405551234", night: "2026-01-16T02:00Z", is: "2026-01-16T12:00Z" },
    { place: "Guam", to: "+16715551234", night: "2026-01-15T12:00Z", is: "2026-01-15T22:00Z" },
    { place: "the Northern Marianas", to: "+16705551234", night: "2026-01-15T12:00Z", is: "2026-01-15T22:00Z" },
    { place: "American Samoa", to: "+16845551234", night: "2026-01-15T09:00Z", is: "2026-01-15T19:00Z" },
    { place: "Réunion", to: "+262692123456", night: "2026-01-15T19:00Z", is: "2026-01-16T04:00Z" },
    { place: "Mayotte", to: "+262639123456", night: "2026-01-15T20:00Z", is: "2026-01-16T05:00Z" },
    { place: "Guadeloupe", to: "+590690123456", night: "2026-01-16T03:00Z", is: "2026-01-16T12:00Z" },
    { place: "Saint-Martin", to: "+590691123456", night: "2026-01-16T03:00Z", is: "2026-01-16T12:00Z" },
    { place: "Martinique", to: "+596696123456", night: "2026-01-16T03:00Z", is: "2026-01-16T12:00Z" },
    { place: "French Guiana", to: "+594694123456", night: "2026-01-16T02:00Z", is: "2026-01-16T11:00Z" },
    { place: "Saint-Pierre", to: "+508551234", night: "2026-01-16T02:00Z", is: "2026-01-16T11:00Z" },
  ];
  it.each(territories)("holds in $place, too, by the clock there", ({ to, night, is }) => {
    expect(allowed({ byCountry: true }, to, night)).toBe(is);
    expect(allowed({ byCountry: true }, to, is)).toBe(is);
  });

  it.each([
    { place: "Réunion", to: "+262692123456", day: "2027-12-20T12:00Z" },
    { place: "Guadeloupe", to: "+590690123456", day: "2026-05-27T15:00Z" },
    { place: "Martinique", to: "+596696123456", day: "2025-05-22T15:00Z" },
  ])("keeps the holiday that $place alone has", ({ to, day }) => {
    expect(allowed({ byCountry: true }, to, day)).not.toBe(day);
    const next = new Date(Date.parse(day) + 86_400_000).toISOString().replace(":00.000Z", "Z");
    expect(allowed({ byCountry: true }, to, next)).toBe(next);
  });

  it.each(["+68987123456", "+687751234", "+14165551234", "+18095551234"])(
    "does not hold at %s, whose law is its own",
    (to) => expect(ruleFor({ byCountry: true }, to, "Europe/Oslo")).toBeUndefined(),
  );
});

describe("an account's own hours", () => {
  const cases: { hours: string; to?: string; timeZone?: string; at: string; is: string }[] = [
    { hours: "21:00-08:00", at: "2026-01-15T19:59Z", is: "2026-01-15T19:59Z" },
    { hours: "21:00-08:00", at: "2026-01-15T20:00Z", is: "2026-01-16T07:00Z" },
    { hours: "21:00-08:00", at: "2026-01-16T06:59Z", is: "2026-01-16T07:00Z" },
    { hours: "21:00-08:00", at: "2026-01-16T07:00Z", is: "2026-01-16T07:00Z" },
    { hours: "12:00-13:00", at: "2026-01-15T11:30Z", is: "2026-01-15T12:00Z" },
    { hours: "00:00-07:30", at: "2026-01-15T23:00Z", is: "2026-01-16T06:30Z" },
    // Summer time begins in the night of 29 March: eight o'clock comes an hour sooner.
    { hours: "21:00-08:00", at: "2026-03-28T22:00Z", is: "2026-03-29T06:00Z" },
    // 02:30 is not on the clock that night: it is 03:30.
    { hours: "21:00-02:30", at: "2026-03-28T22:00Z", is: "2026-03-29T01:30Z" },
    { hours: "21:00-08:00", to: INDIAN, at: "2026-01-15T15:00Z", is: "2026-01-15T15:00Z" },
    { hours: "21:00-08:00", to: INDIAN, at: "2026-01-15T15:30Z", is: "2026-01-16T02:30Z" },
    { hours: "21:00-08:00", to: INDIAN, timeZone: "UTC", at: "2026-01-15T15:30Z", is: "2026-01-15T15:30Z" },
    // A number that says nothing of where it is, is taken to be where the account is.
    { hours: "21:00-08:00", to: "+38344123456", at: "2026-01-15T20:00Z", is: "2026-01-16T07:00Z" },
  ];
  it.each(cases)("$hours put $at off until $is", ({ hours, to = NORWEGIAN, timeZone, at, is }) => {
    expect(allowed({ hours, ...(timeZone ? { timeZone } : {}) }, to, at)).toBe(is);
  });

  it("hold in every time zone of a country whose numbers do not tell which", () => {
    // Nine in the evening in New York, and eight in the morning in Honolulu.
    expect(allowed({ hours: "21:00-08:00" }, AMERICAN, "2026-01-15T17:00Z")).toBe("2026-01-15T18:00Z");
    expect(allowed({ hours: "21:00-08:00" }, AMERICAN, "2026-01-16T01:59Z")).toBe("2026-01-16T01:59Z");
    expect(allowed({ hours: "21:00-08:00" }, AMERICAN, "2026-01-16T02:00Z")).toBe("2026-01-16T18:00Z");
  });

  it.each(["21:00-08:00", "10:00-09:00"])("are looked at once a minute, however many texts ask: %s", (hours) => {
    const rule = ruleFor({ hours }, AMERICAN, "Europe/Oslo") as NonNullable<ReturnType<typeof ruleFor>>;
    const clocks = vi.spyOn(Temporal.Instant, "fromEpochMilliseconds");
    const minute = Date.parse("2026-02-03T04:05Z");
    const answer = nextAllowed(rule, minute + 7);
    const looks = clocks.mock.calls.length;
    expect(looks).toBeGreaterThan(0);
    for (const later of [1, 8, 30_000, 59_999]) expect(nextAllowed(rule, minute + later)).toBe(answer);
    expect(clocks.mock.calls.length).toBe(looks);
    clocks.mockRestore();
  });

  it("leave a time as it is, to the millisecond, until they begin", () => {
    const rule = { hours: "21:00-08:00", timeZone: "Europe/Oslo" };
    const last = Date.parse("2026-01-15T20:00Z") - 1;
    expect([nextAllowed(rule, last), nextAllowed(rule, last - 30_123)]).toEqual([last, last - 30_123]);
    expect(nextAllowed(rule, last + 1)).toBe(Date.parse("2026-01-16T07:00Z"));
  });

  it("that leave no time in such a country are refused, with the reason", () => {
    expect(() => allowed({ hours: "10:00-09:00" }, AMERICAN, "2026-01-15T17:00Z")).toThrow(GatewayError);
    expect(() => allowed({ hours: "10:00-09:00" }, AMERICAN, "2026-01-15T17:00Z")).toThrow("do not meet");
  });
});

describe("the rule of a country", () => {
  // Sources stand beside each rule.
  const cases: { where: string; to: string; at: string; is: string }[] = [
    { where: "Norway, which has none", to: NORWEGIAN, at: "2026-01-15T02:00Z", is: "2026-01-15T02:00Z" },
    { where: "the Emirates at 20:59", to: EMIRATI, at: "2026-01-15T16:59Z", is: "2026-01-15T16:59Z" },
    { where: "the Emirates at 21:00", to: EMIRATI, at: "2026-01-15T17:00Z", is: "2026-01-16T03:00Z" },
    { where: "India at 9:59", to: INDIAN, at: "2026-01-15T04:29Z", is: "2026-01-15T04:30Z" },
    { where: "India at 21:00", to: INDIAN, at: "2026-01-15T15:30Z", is: "2026-01-16T04:30Z" },
    { where: "France on a Thursday at 21:59", to: FRENCH, at: "2026-01-15T20:59Z", is: "2026-01-15T20:59Z" },
    { where: "France on a Thursday at 22:00", to: FRENCH, at: "2026-01-15T21:00Z", is: "2026-01-16T07:00Z" },
    {
      where: "France on a Saturday at 22:00, over Sunday",
      to: FRENCH,
      at: "2026-01-17T21:00Z",
      is: "2026-01-19T07:00Z",
    },
    { where: "France on a Sunday at noon", to: FRENCH, at: "2026-01-18T11:00Z", is: "2026-01-19T07:00Z" },
    // Easter is on 5 April in 2026.
    { where: "France on the Saturday before Easter", to: FRENCH, at: "2026-04-04T21:00Z", is: "2026-04-07T06:00Z" },
    { where: "France on Ascension Day", to: FRENCH, at: "2026-05-14T10:00Z", is: "2026-05-15T06:00Z" },
    { where: "France on Whit Monday", to: FRENCH, at: "2026-05-25T10:00Z", is: "2026-05-26T06:00Z" },
    { where: "France on the 14th of July", to: FRENCH, at: "2026-07-14T10:00Z", is: "2026-07-15T06:00Z" },
    { where: "South Africa on a Friday at 20:00", to: SOUTH_AFRICAN, at: "2026-01-16T18:00Z", is: "2026-01-17T07:00Z" },
    {
      where: "South Africa on a Saturday at 13:00",
      to: SOUTH_AFRICAN,
      at: "2026-01-17T11:00Z",
      is: "2026-01-19T06:00Z",
    },
    { where: "South Africa on Good Friday", to: SOUTH_AFRICAN, at: "2026-04-03T10:00Z", is: "2026-04-04T07:00Z" },
    // Women's Day, 9 August 2026, is a Sunday, so that Monday is free as well.
    { where: "South Africa on a Sunday's Monday", to: SOUTH_AFRICAN, at: "2026-08-09T10:00Z", is: "2026-08-11T06:00Z" },
    { where: "the States in the evening of the East", to: AMERICAN, at: "2026-01-16T02:00Z", is: "2026-01-16T18:00Z" },
  ];
  it.each(cases)("holds in $where", ({ to, at, is }) => {
    expect(allowed({ byCountry: true }, to, at)).toBe(is);
  });

  it("and the account's own hours are both kept", () => {
    expect(allowed({ byCountry: true, hours: "20:00-09:00" }, FRENCH, "2026-01-17T19:00Z")).toBe("2026-01-19T08:00Z");
  });

  it.each(Object.entries(COUNTRY_RULES))("for %s says where it stands", (_, { source }) => {
    expect(source.length).toBeGreaterThan(20);
  });

  it.each([
    [2000, "2000-04-23"],
    [2024, "2024-03-31"],
    [2025, "2025-04-20"],
    [2026, "2026-04-05"],
    [2027, "2027-03-28"],
    [2038, "2038-04-25"],
    [2285, "2285-03-22"],
  ])("knows Easter of %i", (year, is) => {
    expect(easterOf(year).toString()).toBe(is);
  });
});

describe("a text of a sender for marketing", () => {
  const DAY = 86_400_000;
  /** Half past nine in the evening, in Oslo. */
  const EVENING = Date.parse("2026-01-15T20:30Z");
  const MORNING = Date.parse("2026-01-16T07:00Z");
  let world: World;
  let caller: Caller;

  beforeEach(async () => {
    world = await openWorld();
    const shop = { kind: "alphanumeric", country: "NO" } as const;
    await world.quiet.accounts.putSender("acme", { sender: "Offers", purpose: "marketing", ...shop });
    await world.quiet.accounts.putSender("acme", { sender: "Shop", purpose: "transactional", ...shop });
    await chooses({ hours: "21:00-08:00" });
    world.time.now = EVENING;
  });

  async function chooses(quietHours: QuietHours): Promise<void> {
    await world.quiet.accounts.change("acme", { settings: { quietHours } }, EVENING);
    caller = (await world.quiet.accounts.bySecret("telling", "api-key", "a".repeat(64))) as Caller;
  }

  const sends = (given: Partial<NewMessage> = {}) =>
    world.gateway.accept(caller, {
      sender: "Offers",
      recipient: NORWEGIAN,
      text: "Hello",
      priority: "normal",
      deliveryMode: "at-most-once",
      validitySeconds: 3_600,
      echo: {},
      ...given,
    });
  const received = () => world.bank.texts.map(({ text }) => text);

  it("waits for the morning, and its timeline says so; others are sent at once", async () => {
    const waiting = await sends({ text: "Cheap today" });
    await sends({ sender: "Shop", text: "Your code is 1234" });
    expect(waiting).toMatchObject({ state: "scheduled", sendAt: MORNING, expiresAt: MORNING + 3_600_000 });
    expect(waiting.history).toMatchObject([
      { event: "accepted", sendAt: MORNING },
      { event: "quiet_hours.waits", until: MORNING },
    ]);
    await world.work();
    expect(received()).toEqual(["Your code is 1234"]);
    world.time.now = MORNING;
    await world.gateway.submit([waiting.id]);
    expect(received()).toEqual(["Your code is 1234", "Cheap today"]);
  });

  it("asked for again in the night is the same text, and in the morning still", async () => {
    const first = await sends({ theirId: "offer-1" });
    world.time.now += 60_000;
    expect((await sends({ theirId: "offer-1" })).id).toBe(first.id);
    await expect(sends({ theirId: "offer-1", text: "Another" })).rejects.toMatchObject({ refusal: "already-exists" });
    world.time.now = MORNING;
    await world.gateway.submit([first.id]);
    expect((await sends({ theirId: "offer-1" })).id).toBe(first.id);
    expect(received()).toEqual(["Hello"]);
  });

  it("asked for again is the same text, though the account has changed its hours, or has none any more", async () => {
    const first = await sends({ theirId: "offer-1" });
    const later = await sends({ theirId: "offer-2", sendAt: EVENING + 3_600_000 });
    for (const hours of [{ hours: "20:00-09:00" }, {}]) {
      await chooses(hours);
      world.time.now += 60_000;
      expect((await sends({ theirId: "offer-1" })).id).toBe(first.id);
      expect((await sends({ theirId: "offer-2", sendAt: EVENING + 3_600_000 })).id).toBe(later.id);
    }
    const other = sends({ theirId: "offer-2", sendAt: MORNING + 3_600_000 });
    await expect(other).rejects.toMatchObject({ refusal: "already-exists" });
  });

  it("that was accepted by day is not refused when it is asked for again in the night", async () => {
    await chooses({ hours: "21:00-08:00", action: "refuse" });
    world.time.now = EVENING - 3_600_000;
    const first = await sends({ theirId: "offer-1" });
    await world.gateway.submit([first.id]);
    world.time.now = EVENING;
    expect((await sends({ theirId: "offer-1" })).id).toBe(first.id);
    await expect(sends({ theirId: "offer-1", text: "Another" })).rejects.toMatchObject({ refusal: "quiet-hours" });
    await expect(sends({ theirId: "offer-2" })).rejects.toMatchObject({ refusal: "quiet-hours" });
    expect(received()).toEqual(["Hello"]);
  });

  it("asked for at a time by night waits; by day it goes at that time", async () => {
    const night = Date.parse("2026-01-17T02:00Z");
    const noon = Date.parse("2026-01-17T11:00Z");
    expect(await sends({ sendAt: night })).toMatchObject({ sendAt: Date.parse("2026-01-17T07:00Z") });
    expect(await sends({ sendAt: noon })).toMatchObject({ sendAt: noon, state: "scheduled" });
  });

  it("is refused at once where the account wants that, and so is the one of a batch", async () => {
    await chooses({ hours: "21:00-08:00", action: "refuse" });
    await expect(sends()).rejects.toMatchObject({ refusal: "quiet-hours", message: expect.stringContaining("07:00") });
    const items = [
      { text: "Cheap today", sender: "Offers", theirId: "b-1" },
      { text: "Your code", sender: "Shop", theirId: "b-2" },
    ].map((given) => ({
      recipient: NORWEGIAN,
      priority: "normal" as const,
      deliveryMode: "at-most-once" as const,
      validitySeconds: 3_600,
      echo: {},
      ...given,
    }));
    await world.gateway.acceptMany(caller, items);
    await world.work();
    expect(received()).toEqual(["Your code"]);
    const [refused] = await world.quiet.messages.byTheirIds("acme", "telling", ["b-1"]);
    expect(refused).toMatchObject({ state: "failed", history: [{ event: "refused" }] });
  });

  it("that waited for a carrier until the evening does not leave in the night", async () => {
    world.time.now = EVENING - 3_600_000;
    const { id } = await sends({ validitySeconds: 86_400 });
    world.time.now = EVENING;
    await world.gateway.submit([id]);
    expect(received()).toEqual([]);
    const put = await world.quiet.messages.byId(id);
    expect(put).toMatchObject({ state: "accepted", dueAt: MORNING });
    expect(put?.history.at(-1)).toMatchObject({ event: "quiet_hours.waits", until: MORNING });
    world.time.now = MORNING;
    await world.gateway.submit([id]);
    expect(received()).toEqual(["Hello"]);
  });

  it("whose rule leaves no time any more waits for its end, and holds no other up", async () => {
    world.time.now = EVENING - 3_600_000;
    const { id } = await sends();
    const other = await sends({ sender: "Shop", text: "Your code is 1234" });
    // The rule of a country may have changed since: it is read as the text leaves.
    const never = JSON.stringify({ hours: "10:00-09:00", country: "US" });
    world.database.sqlite.prepare("UPDATE message SET quiet = ?1 WHERE id = ?2").run(never, id);
    await world.gateway.submit([id, other.id]);
    expect(received()).toEqual(["Your code is 1234"]);
    world.time.now += 3_600_000;
    await world.work();
    expect(await world.quiet.messages.byId(id)).toMatchObject({ state: "expired" });
  });

  it("whose customer named the moment of its end is not worth sending later, however late it is sent", async () => {
    const ends = MORNING + 600_000;
    const { sendAt, expiresAt } = await sends({ validUntil: ends });
    expect({ sendAt, expiresAt }).toEqual({ sendAt: MORNING, expiresAt: ends });
  });

  it("whose named end comes in the night expires then, and not in the morning", async () => {
    const { id } = await sends({ validUntil: EVENING + 3_600_000 });
    world.time.now = EVENING + 3_599_000;
    await world.work();
    expect(await world.quiet.messages.byId(id)).toMatchObject({ state: "scheduled" });
    world.time.now = EVENING + 3_600_000;
    await world.gateway.submit([id]);
    await world.work();
    expect(await world.quiet.messages.byId(id)).toMatchObject({ state: "expired" });
    expect(received()).toEqual([]);
  });

  it("whose named end comes in the night after an edit expires then", async () => {
    const noon = Date.parse("2026-01-17T11:00Z");
    const { id, theirId } = await sends({ theirId: "offer-1", sendAt: noon });
    const known = await world.quiet.messages.byTheirId("acme", "telling", theirId);
    const wanted = { sender: "Offers", recipient: NORWEGIAN, text: "Hello", validitySeconds: 3_600, echo: {} } as const;
    const common = { priority: "normal", deliveryMode: "at-most-once" } as const;
    await world.gateway.edit(caller, known as never, {
      ...wanted,
      ...common,
      sendAt: EVENING + DAY,
      validUntil: EVENING + DAY + 600_000,
    });
    world.time.now = EVENING + DAY + 600_000;
    await world.work();
    expect(await world.quiet.messages.byId(id)).toMatchObject({ state: "expired" });
  });

  it("whose validity ends before the morning expires", async () => {
    world.time.now = EVENING - 3_600_000;
    const { id } = await sends({ validitySeconds: 7_200 });
    world.time.now = EVENING;
    await world.gateway.submit([id]);
    world.time.now = MORNING;
    await world.work();
    expect(await world.quiet.messages.byId(id)).toMatchObject({ state: "expired" });
    expect(received()).toEqual([]);
  });

  it("that is moved to the night by an edit waits again, and heeds its new recipient's clock", async () => {
    const noon = Date.parse("2026-01-17T11:00Z");
    const { theirId } = await sends({ theirId: "offer-1", sendAt: noon });
    const known = await world.quiet.messages.byTheirId("acme", "telling", theirId);
    const wanted = { sender: "Offers", text: "Hello", validitySeconds: 3_600, echo: {} } as const;
    const common = { priority: "normal", deliveryMode: "at-most-once" } as const;
    const edited = await world.gateway.edit(caller, known as never, {
      ...wanted,
      ...common,
      recipient: INDIAN,
      sendAt: Date.parse("2026-01-17T18:00Z"),
    });
    expect(edited.sendAt).toBe(Date.parse("2026-01-18T02:30Z"));
  });
});
