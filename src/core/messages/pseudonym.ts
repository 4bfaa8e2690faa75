/** What stands for a person who was erased: a keyed digest of their number, from which nobody can tell it. */

import type { Digests } from "../kernel/ports.ts";

/** What all of them begin with. */
export const PSEUDONYMS = "erased.";

export async function pseudonym(digests: Digests, msisdn: string): Promise<string> {
  return PSEUDONYMS + (await digests.digest("people", msisdn));
}

/** Whether it may stand for a person, by whatever key. */
export function isPseudonym(given: string): boolean {
  return given.startsWith(PSEUDONYMS) && /^[\w.+/=:-]{20,200}$/.test(given);
}

/** The number, and each that may stand for it. */
export async function everKnownAs(digests: Digests, msisdn: string): Promise<string[]> {
  return [msisdn, ...(await pseudonymsOf(digests, msisdn))];
}

/**
 * Each that may stand for this person, by the keys that there are: for what must be known of them again, like a STOP. Where numbers are
 * sealed, those are among them.
 */
export async function pseudonymsOf(digests: Digests, msisdn: string): Promise<string[]> {
  const erased = await digests.digests("people", msisdn);
  return [...erased.map((digest) => PSEUDONYMS + digest), ...((await digests.sealedAs?.(msisdn)) ?? [])];
}
