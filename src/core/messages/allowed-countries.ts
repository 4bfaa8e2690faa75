/** The countries that an account's texts may go to: what pumps texts to numbers that nobody expected does not get far. */

import { isSupportedCountry } from "libphonenumber-js/min";
import type { AccountSettings } from "../accounts/account.ts";
import { GatewayError } from "../kernel/errors.ts";
import { countryOf } from "../quiet/quiet.ts";

type Allowing = Pick<AccountSettings, "countries">;

/** Whether there are phone numbers of this country: ISO 3166 alpha-2. */
export function isCountry(country: string): boolean {
  return isSupportedCountry(country);
}

/** Whether texts may go to this country: ISO 3166 alpha-2, or empty where a number does not tell its own. */
export function isAllowedCountry({ countries }: Allowing, country: string): boolean {
  return countries === undefined || countries.includes(country);
}

/** The same for a recipient: one that is no number, of a channel other than SMS, is in no country. */
export function isAllowedRecipient(settings: Allowing, recipient: string): boolean {
  if (settings.countries === undefined || !recipient.startsWith("+")) return true;
  return isAllowedCountry(settings, countryOf(recipient) ?? "");
}

/** @throws GatewayError country-closed where the account sends nothing to the recipient's country */
export function checkCountry(settings: Allowing, recipient: string): void {
  if (!isAllowedRecipient(settings, recipient)) {
    throw new GatewayError("country-closed", whyClosed(settings, recipient), "recipient");
  }
}

/** The sentence for it. */
export function whyClosed({ countries = [] }: Allowing, recipient: string): string {
  const where = countryOf(recipient) ?? "no country that is known";
  return `the number is of ${where}, and this account sends only to ${countries.join(", ")}`;
}
