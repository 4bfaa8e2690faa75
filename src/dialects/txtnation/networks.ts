/** The provider's names of networks, and its codes of countries. */

import { parsePhoneNumberFromString } from "libphonenumber-js/min";

/** The network of whatever is not billed. */
export const FREE = "INTERNATIONAL";

/** Vendor's wiki, "Norway". The operators have been sold since: Telia bought NetCom, and Ice the network of Tele2. */
export const BILLED = ["TELENOR-NO", "NETCOM-NO", "TELE2-NO", "NETWORKNO-NO", "VENTELO-NO"] as const;

const BY_OPERATOR: Record<string, (typeof BILLED)[number]> = {
  "no.telenor": "TELENOR-NO",
  "no.telia": "NETCOM-NO",
  "no.ice": "TELE2-NO",
};

/**
 * The network that a person wrote from. Where the carrier did not say, a Norwegian number is Telenor's, as most are: an
 * answer has to name the network again, and could not be billed if that were the network of free texts.
 */
export function networkOf({ sender, operator }: { sender: string; operator?: string }): string {
  return BY_OPERATOR[operator ?? ""] ?? (countryOf(sender) === "NO" ? "TELENOR-NO" : FREE);
}

/** Two letters: `UK`, where ISO 3166 says GB. Receivers compare exactly. Seen: vendor's samples. */
export function countryOf(msisdn: string): string {
  const number = parsePhoneNumberFromString(msisdn);
  if (number?.countryCallingCode === "47") return "NO";
  if (number?.countryCallingCode === "44") return "UK";
  return number?.country ?? "";
}
