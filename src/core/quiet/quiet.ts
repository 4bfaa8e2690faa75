/**
 * Quiet hours: when no marketing text is sent, where its recipient is. A rule is made of the account's settings when a text
 * is accepted, and stays with it: the text may wait for other reasons too, and must not leave in the night for that.
 */

import { parsePhoneNumberFromString } from "libphonenumber-js/min";
import { Temporal } from "temporal-polyfill";
import { GatewayError } from "../kernel/errors.ts";
import { timeZonesOf } from "../kernel/time-zones.ts";
import { COUNTRY_RULES } from "./countries.ts";

/** What an account chooses. Absent: its texts are sent at any hour. */
export type QuietHours = {
  /** No text from a local time until another, which may be the next day's: `21:00-08:00`. */
  hours?: string;
  /** Whether the rules of the recipient's country are kept, too. */
  byCountry?: boolean;
  /** Where recipients are taken to be; absent: where their number says. An IANA name. */
  timeZone?: string;
  /** What becomes of a text that would be sent then: it waits, unless this says otherwise. */
  action?: "wait" | "refuse";
};

/**
 * What a text must heed: the account's own hours, the rule of the recipient's country, or both. It is kept with the text, so it names
 * no more than it must.
 */
export type QuietRule = {
  hours?: string;
  byCountry?: true;
  /** Of the number. It must be allowed in each of its time zones: the number does not tell in which it is used. */
  country?: string;
  /** Where the recipient is, if the account said so, or if the country has no time zones. */
  timeZone?: string;
  /** It must be allowed by this rule as well. */
  and?: QuietRule;
};

/**
 * The rule for a text to this number; undefined if none holds.
 * @param home the account's own time zone, for a number that says nothing of where it is
 */
export function ruleFor(quiet: QuietHours, recipient: string, home: string): QuietRule | undefined {
  return ruleForCountry(quiet, countryOf(recipient), home);
}

/** The same, where the country is known: ISO 3166 alpha-2. */
export function ruleForCountry(
  { hours, byCountry = false, timeZone }: QuietHours,
  country: string | undefined,
  home: string,
): QuietRule | undefined {
  const hasRule = byCountry && country !== undefined && country in COUNTRY_RULES;
  if (hours === undefined && !hasRule) return undefined;
  const hasZones = country !== undefined && timeZonesOf(country).length > 0;
  return {
    ...(hours === undefined ? {} : { hours }),
    ...(hasRule ? { byCountry: true } : {}),
    ...(country === undefined ? {} : { country }),
    ...(timeZone === undefined && hasZones ? {} : { timeZone: timeZone ?? home }),
  };
}

/** ISO 3166 alpha-2 of an E.164 number; undefined if it cannot be told. */
export function countryOf(msisdn: string): string | undefined {
  return parsePhoneNumberFromString(msisdn)?.country ?? SHARED.find(([code]) => msisdn.startsWith(code))?.[1];
}

/**
 * Codes that several countries share, for numbers that the plan which we have does not know yet: the longest first. Arcep, national
 * numbering plan (decision 2018-0881): 0269 and 0639 are Mayotte's. Where the islands cannot be told apart their clocks are the same.
 */
const SHARED: readonly (readonly [code: string, country: string])[] = [
  ["+262269", "YT"],
  ["+262639", "YT"],
  ["+262", "RE"],
  ["+590", "GP"],
  ["+1", "US"],
];

function zonesIn({ country = "", timeZone }: QuietRule): readonly string[] {
  return timeZone === undefined ? timeZonesOf(country) : [timeZone];
}

/** A rule that is kept in so many zones and days at once may leave no time at all. */
const MOST_STEPS = 500;

/** Rules and the offsets of zones are in whole minutes, so all texts of a minute have one answer: to read each zone's clock is dear. */
const MINUTE = 60_000;
const answers = new Map<string, number | undefined>();
const MOST_ANSWERS = 500;

/**
 * The first time at which a text may be sent.
 * @param at epoch ms, not before
 * @returns epoch ms: `at` itself where it is not quiet
 * @throws GatewayError bad-request where the rule leaves no time
 */
export function firstAllowed(rule: QuietRule, at: number): number {
  const time = nextAllowed(rule, at);
  if (time !== undefined) return time;
  throw new GatewayError(
    "bad-request",
    "the quiet hours leave no time at which this text may be sent: the hours left by the time zones of its recipient's country do not meet",
    "recipient",
  );
}

/** The same, and undefined where the rule leaves no time: what was accepted may find its country's rule changed since. */
export function nextAllowed(rule: QuietRule, at: number): number | undefined {
  const minute = at - (at % MINUTE);
  const question = `${minute} ${JSON.stringify(rule)}`;
  if (!answers.has(question)) {
    const found = find(rule, minute);
    if (answers.size >= MOST_ANSWERS) answers.clear();
    answers.set(question, found);
  }
  const answer = answers.get(question);
  return answer === minute ? at : answer;
}

function find(rule: QuietRule, at: number): number | undefined {
  const rules = [rule, ...(rule.and ? [rule.and] : [])];
  const clocks = rules.flatMap((one) => zonesIn(one).map((zone) => ({ one, zone })));
  let time = at;
  for (let steps = 0; steps < MOST_STEPS; steps++) {
    const ends = clocks.map(({ one, zone }) => endOfQuiet(one, time, zone));
    const latest = Math.max(time, ...ends);
    if (latest === time) return time;
    time = latest;
  }
  return undefined;
}

/** When it is over in this zone, or what comes next there; `at` if it is not quiet. Epoch ms. */
function endOfQuiet({ hours, byCountry, country }: QuietRule, at: number, timeZone: string): number {
  const local = Temporal.Instant.fromEpochMilliseconds(at).toZonedDateTimeISO(timeZone);
  const end = hours === undefined ? undefined : endOfOwn(local, hours);
  if (end !== undefined) return end.epochMilliseconds;
  return !byCountry || country === undefined ? at : endOfTheirs(local, country).epochMilliseconds;
}

function endOfOwn(local: Temporal.ZonedDateTime, hours: string): Temporal.ZonedDateTime | undefined {
  const [from, to] = hours.split("-").map((time) => Temporal.PlainTime.from(time));
  if (!from || !to) return undefined;
  const time = local.toPlainTime();
  const passesMidnight = isBefore(to, from);
  const isAfterFrom = !isBefore(time, from);
  const isBeforeTo = isBefore(time, to);
  if (passesMidnight ? !isAfterFrom && !isBeforeTo : !(isAfterFrom && isBeforeTo)) return undefined;
  return local.add({ days: passesMidnight && isAfterFrom ? 1 : 0 }).withPlainTime(to);
}

function endOfTheirs(local: Temporal.ZonedDateTime, country: string): Temporal.ZonedDateTime {
  const rule = COUNTRY_RULES[country];
  if (!rule) return local;
  const day = local.toPlainDate();
  const hours = day.dayOfWeek === 7 ? rule.sunday : day.dayOfWeek === 6 ? rule.saturday : rule.weekdays;
  const tomorrow = () => local.startOfDay().add({ days: 1 });
  if (!hours || rule.isHoliday?.(day)) return tomorrow();
  const [opens, closes] = [Temporal.PlainTime.from(hours[0]), Temporal.PlainTime.from(hours[1])];
  const time = local.toPlainTime();
  if (isBefore(time, opens)) return local.withPlainTime(opens);
  return isBefore(time, closes) ? local : tomorrow();
}

function isBefore(one: Temporal.PlainTime, other: Temporal.PlainTime): boolean {
  return Temporal.PlainTime.compare(one, other) < 0;
}
