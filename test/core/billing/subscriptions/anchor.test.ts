/** When periods begin: on the same day, and by day at the same hour, on the clocks of where it is sold, however months and summers fall. */

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  beginningOf,
  INTERVALS,
  type Interval,
  isTimeZone,
  monthAndDay,
} from "../../../../src/core/billing/subscriptions/anchor.ts";

/** A local time, told by what the platform itself knows of zones: nothing here is counted as the code under test counts. */
type Local = { year: number; month: number; day: number; hour: number; minute: number; second: number };

const clocks = new Map<string, Intl.DateTimeFormat>();

function localOf(at: number, timeZone: string): Local {
  let clock = clocks.get(timeZone);
  if (!clock) {
    const number = "numeric";
    clock = new Intl.DateTimeFormat("en-GB", {
      timeZone,
      hourCycle: "h23",
      year: number,
      month: number,
      day: number,
      hour: number,
      minute: number,
      second: number,
    });
    clocks.set(timeZone, clock);
  }
  const parts = Object.fromEntries(clock.formatToParts(at).map(({ type, value }) => [type, Number(value)]));
  return parts as unknown as Local;
}

/** The day that is so many intervals after, as a calendar on the wall has it. */
function dayAfter(
  { year, month, day }: Local,
  interval: Interval,
  period: number,
): Pick<Local, "year" | "month" | "day"> {
  if (interval === "weekly") {
    const date = new Date(Date.UTC(year, month - 1, day + 7 * period));
    return { year: date.getUTCFullYear(), month: date.getUTCMonth() + 1, day: date.getUTCDate() };
  }
  const months = month - 1 + period * (interval === "yearly" ? 12 : 1);
  const [y, m] = [year + Math.floor(months / 12), months % 12];
  const last = new Date(Date.UTC(y, m + 1, 0)).getUTCDate();
  return { year: y, month: m + 1, day: Math.min(day, last) };
}

/** By day the hour stays; what would be early or late is the same minute of the nearest hour that is not. */
function hourByDay(hour: number): number {
  return Math.min(Math.max(hour, 8), 19);
}

const ZONES = ["Europe/Oslo", "America/New_York", "UTC", "Asia/Kathmandu", "Pacific/Apia"] as const;
const COUNT = { weekly: 522, monthly: 120, yearly: 10 } as const satisfies Record<Interval, number>;

describe.each(ZONES)("in %s", (timeZone) => {
  describe.each(INTERVALS)("a %s subscription, for ten years,", (interval) => {
    // Any second of four years: every day a year can begin on, 29 February, and both changes of the clocks.
    const anchors = fc.integer({ min: Date.UTC(2026, 0, 1) / 1000, max: Date.UTC(2030, 0, 1) / 1000 });
    const anyPeriod = fc.integer({ min: 0, max: COUNT[interval] });

    it("begins on the anchor's day or the last of a shorter month, at the anchor's hour, or by day near it", () => {
      fc.assert(
        fc.property(anchors, anyPeriod, (seconds, period) => {
          const anchor = seconds * 1000;
          const first = localOf(anchor, timeZone);
          const hour = period === 0 ? first.hour : hourByDay(first.hour);
          const wanted = { ...first, ...dayAfter(first, interval, period), hour };
          expect(localOf(beginningOf(anchor, interval, period, timeZone), timeZone)).toEqual(wanted);
        }),
        { numRuns: 150 },
      );
    });

    it("goes forward with each period, and its first is the anchor itself", () => {
      fc.assert(
        fc.property(anchors, anyPeriod, (seconds, period) => {
          const anchor = seconds * 1000;
          expect(beginningOf(anchor, interval, 0, timeZone)).toBe(anchor);
          expect(beginningOf(anchor, interval, period + 1, timeZone)).toBeGreaterThan(
            beginningOf(anchor, interval, period, timeZone),
          );
        }),
        { numRuns: 150 },
      );
    });
  });
});

describe("a monthly subscription", () => {
  const everyDay = Array.from({ length: 366 }, (_, day) => Date.UTC(2028, 0, 1 + day, 11, 30));

  it.each(ZONES)("begun on any day of a leap year is billed once in each of 30 months, in %s", (timeZone) => {
    for (const anchor of everyDay) {
      const first = localOf(anchor, timeZone);
      for (let period = 0; period < 30; period++) {
        const { year, month } = localOf(beginningOf(anchor, "monthly", period, timeZone), timeZone);
        expect(year * 12 + month).toBe(first.year * 12 + first.month + period);
      }
    }
  });

  const oslo = (at: number) => {
    const { year, month, day, hour } = localOf(at, "Europe/Oslo");
    return [year, month, day, hour];
  };

  it("begun on 31 January comes back to the 31st after every shorter month", () => {
    const anchor = Date.UTC(2027, 0, 31, 11);
    const days = Array.from(
      { length: 14 },
      (_, period) => oslo(beginningOf(anchor, "monthly", period, "Europe/Oslo"))[2],
    );
    expect(days).toEqual([31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31, 31, 29]);
  });

  it("keeps its hour when summer time begins and when it ends", () => {
    const anchor = Date.UTC(2027, 2, 1, 9);
    const hours = Array.from(
      { length: 12 },
      (_, period) => oslo(beginningOf(anchor, "monthly", period, "Europe/Oslo"))[3],
    );
    expect(new Set(hours)).toEqual(new Set([10]));
  });

  it.each([
    { bought: "02:30, which spring leaves out once", at: Date.UTC(2027, 1, 28, 1, 30), hour: 8 },
    { bought: "just before eight", at: Date.UTC(2027, 1, 28, 6, 59), hour: 8 },
    { bought: "eight", at: Date.UTC(2027, 1, 28, 7), hour: 8 },
    { bought: "just before eight in the evening", at: Date.UTC(2027, 1, 28, 18, 59), hour: 19 },
    { bought: "midnight, less a minute", at: Date.UTC(2027, 1, 28, 22, 59), hour: 19 },
  ])("that is bought at $bought is renewed at $hour hours, on its day", ({ at, hour }) => {
    expect([1, 2, 8].map((period) => oslo(beginningOf(at, "monthly", period, "Europe/Oslo")))).toEqual([
      [2027, 3, 28, hour],
      [2027, 4, 28, hour],
      [2027, 10, 28, hour],
    ]);
  });

  it("that is bought on 31 January in the evening is renewed on the last day of February, and on 31 March", () => {
    const anchor = Date.UTC(2027, 0, 31, 22, 45);
    expect([0, 1, 2].map((period) => oslo(beginningOf(anchor, "monthly", period, "Europe/Oslo")))).toEqual([
      [2027, 1, 31, 23],
      [2027, 2, 28, 19],
      [2027, 3, 31, 19],
    ]);
  });
});

describe("a yearly subscription", () => {
  it("begun on 29 February is billed on the 28th until there is a 29th again", () => {
    const anchor = Date.UTC(2028, 1, 29, 11);
    const days = [0, 1, 2, 3, 4, 5].map((period) => {
      const { year, month, day } = localOf(beginningOf(anchor, "yearly", period, "Europe/Oslo"), "Europe/Oslo");
      return `${year}-${month}-${day}`;
    });
    expect(days).toEqual(["2028-2-29", "2029-2-28", "2030-2-28", "2031-2-28", "2032-2-29", "2033-2-28"]);
  });
});

describe("the day and the month that caps are counted by", () => {
  it.each(ZONES)("begin at midnight, on the clocks of %s", (timeZone) => {
    fc.assert(
      fc.property(fc.integer({ min: Date.UTC(2026, 0), max: Date.UTC(2036, 0) }), (now) => {
        const { day, month } = monthAndDay(now, timeZone);
        const here = localOf(now, timeZone);
        expect(day).toBeLessThanOrEqual(now);
        expect(localOf(day, timeZone)).toEqual({ ...here, hour: 0, minute: 0, second: 0 });
        expect(localOf(month, timeZone)).toEqual({ ...here, day: 1, hour: 0, minute: 0, second: 0 });
      }),
      { numRuns: 100 },
    );
  });
});

describe("a time zone", () => {
  it.each([
    ["Europe/Oslo", true],
    ["UTC", true],
    ["Europe/Atlantis", false],
    ["", false],
  ])("%j is known: %s", (name, known) => {
    expect(isTimeZone(name)).toBe(known);
  });
});
