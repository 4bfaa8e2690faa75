/** What people look for, in the forms in which it may be stored. */

import type { Needles } from "../../core/kernel/needles.ts";
import type { Seals } from "../../core/kernel/ports.ts";
import { toAnyMsisdn } from "../../core/messages/msisdn.ts";

/** What a number is stored as where it is sealed; none where the digits are no whole number. */
export async function wholeNumber({ digits }: Needles, seals?: Seals): Promise<string[]> {
  const msisdn = digits === undefined ? undefined : toAnyMsisdn(digits.startsWith("+") ? digits : `+${digits}`);
  return msisdn && seals ? (await seals.numberForms(msisdn)).all : [];
}
