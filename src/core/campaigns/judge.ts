/** What becomes of a campaign's lines as they come: whom they name, and what that person would read. */

import type { Account, Sender } from "../accounts/account.ts";
import { mapInTurns } from "../kernel/chunks.ts";
import { isAllowedCountry } from "../messages/allowed-countries.ts";
import { toMsisdn } from "../messages/msisdn.ts";
import { MAX_PARTS } from "../messages/new-message.ts";
import { type RoutePorts, uncarried } from "../messages/route.ts";
import { neverSealed } from "../messages/sealed.ts";
import { type Measure, measure } from "../messages/text.ts";
import { countryOf, nextAllowed } from "../quiet/quiet.ts";
import type { Campaign, NewRecipient } from "./campaign.ts";
import { hoursIn } from "./hours.ts";
import type { ListLine } from "./lists.ts";
import { filled, placesIn } from "./text.ts";

type Owner = { account: Account; senders: ReadonlyMap<string, Sender> };

/** Judges each line: it waits, or is skipped for a reason of its own. Duplicates are told by the store. */
export async function judge(
  ports: RoutePorts,
  campaign: Pick<Campaign, "account" | "sender" | "text" | "hours" | "timeZone" | "startsAt">,
  owner: Owner,
  lines: readonly ListLine[],
): Promise<NewRecipient[]> {
  const toText = textsOf(campaign.text, owner.account.settings.maxParts ?? MAX_PARTS);
  const isClosed = closedCountries(campaign, owner);
  const { sealed } = owner.account.settings;
  const isSealed = sealed === undefined ? {} : { isSealed: sealed };
  const judged = await mapInTurns(lines, ({ recipient: given, fields }): NewRecipient => {
    const recipient = toMsisdn(given.startsWith("00") ? `+${given.slice(2)}` : given);
    const { skip, ...text } = toText(fields);
    if (!recipient) return { recipient: neverSealed(given), country: "", ...text, skip: "invalid", ...isSealed };
    const country = countryOf(recipient) ?? "";
    if (!isAllowedCountry(owner.account.settings, country))
      return { recipient, country, ...text, skip: "country", ...isSealed };
    const why = skip ?? (isClosed(country) ? "no-hour" : undefined);
    return { recipient, country, ...text, ...(why ? { skip: why } : {}), ...isSealed };
  });
  return withoutUncarried(ports, campaign, judged);
}

type Text = Pick<NewRecipient, "text" | "encoding" | "parts" | "skip">;

/** Where all read the same, it is measured once. */
function textsOf(text: string, maxParts: number): (fields: ListLine["fields"]) => Text {
  const judged = ({ encoding, parts }: Measure): Text => ({
    encoding,
    parts,
    ...(parts > maxParts ? { skip: "too-long" as const } : {}),
  });
  if (placesIn(text).length === 0) {
    const same = judged(measure(text));
    return () => same;
  }
  return (fields) => {
    const own = filled(text, fields);
    if (own === undefined) return { encoding: "gsm7", parts: 0, skip: "unfilled" };
    const whole = judged(measure(own));
    return whole.skip ? whole : { ...whole, text: own };
  };
}

function closedCountries(
  campaign: Pick<Campaign, "sender" | "hours" | "timeZone" | "startsAt">,
  { account, senders }: Owner,
): (country: string) => boolean {
  const known = new Map<string, boolean>();
  return (country) => {
    const before = known.get(country);
    if (before !== undefined) return before;
    const rule = hoursIn(campaign, account, senders, country);
    const isClosed = rule !== undefined && nextAllowed(rule, campaign.startsAt) === undefined;
    known.set(country, isClosed);
    return isClosed;
  };
}

/** Whom no carrier reaches by the routes that there are: others have one, and need not wait for it. */
async function withoutUncarried(
  ports: RoutePorts,
  { account, sender }: Pick<Campaign, "account" | "sender">,
  judged: readonly NewRecipient[],
): Promise<NewRecipient[]> {
  const asked = judged.map(({ recipient, skip }) => ({ account, sender, recipient, skip }));
  const lost = await uncarried(
    ports,
    asked.filter(({ skip }) => skip === undefined),
  );
  return judged.map((one, index) => {
    const mine = asked[index];
    return mine && lost.has(mine) ? { ...one, skip: "no-carrier" } : one;
  });
}
