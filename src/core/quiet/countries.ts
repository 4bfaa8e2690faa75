/**
 * When marketing texts may be sent, by the country of the number they go to. Where a country is not listed we know no rule
 * that names hours. These are facts for a default, and no advice: an operator checks them, and may set stricter hours.
 */

import { Temporal } from "temporal-polyfill";

/** Open from, open until: local times. A day without hours is closed. */
type Hours = readonly [from: string, until: string];

export type CountryRule = {
  /** Monday to Friday, Saturday, Sunday. */
  weekdays: Hours;
  saturday: Hours | undefined;
  sunday: Hours | undefined;
  /** Days on which nothing may be sent. */
  isHoliday?: (day: Temporal.PlainDate) => boolean;
  /** Where the rule stands. */
  source: string;
};

const everyDay = (from: string, until: string) => {
  const hours: Hours = [from, until];
  return { weekdays: hours, saturday: hours, sunday: hours };
};

const COUNTRIES = {
  AE: {
    ...everyDay("07:00", "21:00"),
    source: "Twilio, SMS guidelines for the United Arab Emirates: no promotional messages from 21:00 to 07:00",
  },
  FR: {
    weekdays: ["08:00", "22:00"],
    saturday: ["08:00", "22:00"],
    sunday: undefined,
    isHoliday: isFrenchHoliday,
    source:
      "Brevo, transactional SMS API: no marketing from 22:00 to 08:00, on Sundays and on public holidays in France",
  },
  IN: {
    ...everyDay("10:00", "21:00"),
    source:
      "TRAI, Telecom Commercial Communications Customer Preference Regulations 2018: promotional from 10:00 to 21:00",
  },
  US: {
    ...everyDay("08:00", "21:00"),
    source:
      "47 CFR 64.1200(c)(1): no telephone solicitation before 8 a.m. or after 9 p.m. at the called party's location",
  },
  ZA: {
    weekdays: ["08:00", "20:00"],
    saturday: ["09:00", "13:00"],
    sunday: undefined,
    isHoliday: isSouthAfricanHoliday,
    source:
      "Consumer Protection Act 68 of 2008, section 12, and Notice R293 of 2011: prohibited times for direct marketing",
  },
} as const satisfies Record<string, CountryRule>;

/**
 * The territories of the United States: 47 USC 153(58) defines "State" to include the territories and possessions, and 47 CFR 64.1200 holds
 * in each. They have area codes of their own in the North American Numbering Plan.
 */
const AMERICAN = ["AS", "GU", "MP", "PR", "VI"];

/**
 * French departments and collectivities overseas where French law holds of itself: article 73 of the Constitution; Code général des
 * collectivités territoriales, LO 6213-1, LO 6313-1 and LO 6413-1. Not in Polynesia, New Caledonia, and Wallis and Futuna, whose law is their own (74 and 77).
 * The day that the abolition of slavery is remembered there is a holiday, too: Code du travail, L3422-2; Saint-Pierre and Miquelon has none.
 */
const FRENCH: Readonly<Record<string, string | undefined>> = {
  BL: "10-09",
  GF: "06-10",
  GP: "05-27",
  MF: "05-28",
  MQ: "05-22",
  PM: undefined,
  RE: "12-20",
  YT: "04-27",
};

/** By ISO 3166 alpha-2: countries, and territories whose numbers are told from their country's. */
export const COUNTRY_RULES: Readonly<Record<string, CountryRule>> = {
  ...COUNTRIES,
  ...Object.fromEntries(AMERICAN.map((territory) => [territory, COUNTRIES.US])),
  ...Object.fromEntries(Object.entries(FRENCH).map(([territory, day]) => [territory, overseas(day)])),
};

function overseas(abolition: string | undefined): CountryRule {
  return { ...COUNTRIES.FR, isHoliday: (day) => monthDay(day) === abolition || isFrenchHoliday(day) };
}

/** Code du travail, article L3133-1. */
function isFrenchHoliday(day: Temporal.PlainDate): boolean {
  const fixed = ["01-01", "05-01", "05-08", "07-14", "08-15", "11-01", "11-11", "12-25"];
  const [easterMonday, ascension, whitMonday] = [1, 39, 50];
  return fixed.includes(monthDay(day)) || [easterMonday, ascension, whitMonday].includes(daysSinceEaster(day));
}

/** Public Holidays Act 36 of 1994: a holiday on a Sunday makes the Monday after it one, too. */
function isSouthAfricanHoliday(day: Temporal.PlainDate): boolean {
  const fixed = ["01-01", "03-21", "04-27", "05-01", "06-16", "08-09", "09-24", "12-16", "12-25", "12-26"];
  const [goodFriday, familyDay] = [-2, 1];
  if (fixed.includes(monthDay(day)) || [goodFriday, familyDay].includes(daysSinceEaster(day))) return true;
  return day.dayOfWeek === MONDAY && fixed.includes(monthDay(day.subtract({ days: 1 })));
}

const MONDAY = 1;

function monthDay(day: Temporal.PlainDate): string {
  return day.toString().slice(5);
}

function daysSinceEaster(day: Temporal.PlainDate): number {
  return easterOf(day.year).until(day, { largestUnit: "days" }).days;
}

/** Easter Sunday of the Gregorian calendar, by the method that Nature published in 1876 (Meeus, Astronomical Algorithms, chapter 8). */
export function easterOf(year: number): Temporal.PlainDate {
  const a = year % 19;
  const [b, c] = [Math.floor(year / 100), year % 100];
  const [d, e] = [Math.floor(b / 4), b % 4];
  const f = Math.floor((b + 8) / 25);
  const g = Math.floor((b - f + 1) / 3);
  const h = (19 * a + b - d - g + 15) % 30;
  const [i, k] = [Math.floor(c / 4), c % 4];
  const l = (32 + 2 * e + 2 * i - h - k) % 7;
  const m = Math.floor((a + 11 * h + 22 * l) / 451);
  const sum = h + l - 7 * m + 114;
  return Temporal.PlainDate.from({ year, month: Math.floor(sum / 31), day: (sum % 31) + 1 });
}
