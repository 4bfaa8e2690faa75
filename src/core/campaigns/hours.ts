/** When a campaign's texts may leave: its own hours, and its account's quiet hours where the sender is for marketing. */

import { type Account, normalSender, type Sender } from "../accounts/account.ts";
import { HOME_TIME_ZONE, timeZonesOf } from "../kernel/time-zones.ts";
import { isAllowedCountry } from "../messages/allowed-countries.ts";
import { nextAllowed, type QuietRule, ruleForCountry } from "../quiet/quiet.ts";
import type { Campaign } from "./campaign.ts";

type Hours = Pick<Campaign, "hours" | "timeZone" | "sender">;

/** What texts to a country (ISO 3166 alpha-2, or empty) must heed; undefined where they may leave at any hour. */
export function hoursIn(
  { hours, timeZone, sender }: Hours,
  account: Account,
  senders: ReadonlyMap<string, Sender>,
  country: string,
): QuietRule | undefined {
  const { quietHours, timeZone: home = HOME_TIME_ZONE } = account.settings;
  const isMarketing = senders.get(normalSender(sender))?.purpose === "marketing";
  const quiet = quietHours && isMarketing ? ruleForCountry(quietHours, country || undefined, home) : undefined;
  const own = hours === undefined ? undefined : ownRule(hours, timeZone, country, home);
  return own && quiet ? { ...quiet, and: own } : (own ?? quiet);
}

/** A rule names the hours in which it is quiet: those between the end and the beginning. */
function ownRule(hours: string, timeZone: string | undefined, country: string, home: string): QuietRule {
  const [from = "", until = ""] = hours.split("-");
  const isKnown = timeZone === undefined && country !== "" && timeZonesOf(country).length > 0;
  return { hours: `${until}-${from}`, ...(isKnown ? { country } : { timeZone: timeZone ?? home }) };
}

/** When texts to these countries may leave. `rules` are those that hold; `opensAt`: when one that is closed opens, epoch ms. */
export type Openings = { open: string[]; rules: Record<string, string>; opensAt: number | undefined };

/** A country whose hours leave no time, or where the account sends nothing any more, is looked at again after this. Milliseconds. */
const LOOK_AGAIN_MS = 86_400_000;

/** @param from epoch ms @param until epoch ms: one is open if it is from the one to the other */
export function openingsOf(
  campaign: Hours,
  { account, senders }: { account: Account; senders: ReadonlyMap<string, Sender> },
  countries: readonly string[],
  { from, until }: { from: number; until: number },
): Openings {
  const open: string[] = [];
  const rules: Record<string, string> = {};
  const later: number[] = [];
  for (const country of countries) {
    const rule = hoursIn(campaign, account, senders, country);
    if (!isAllowedCountry(account.settings, country)) {
      later.push(from + LOOK_AGAIN_MS);
      continue;
    }
    const isOpen = !rule || (nextAllowed(rule, from) === from && nextAllowed(rule, until) === until);
    if (isOpen) open.push(country);
    else later.push(nextAllowed(rule, until) ?? from + LOOK_AGAIN_MS);
    if (rule) rules[country] = JSON.stringify(rule);
  }
  return { open, rules, opensAt: later.length > 0 ? Math.min(...later) : undefined };
}
