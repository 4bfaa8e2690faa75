/** What is sealed in the database, of accounts that want it. docs/decisions/40-sealed-at-rest.md */

/** What each sealed number begins with: a phone number begins with +. */
export const SEALED = "sealed.";

/** What is stored of a text that a person wrote, if its account wants it sealed. */
export type SealedAs = {
  sender: string;
  text: string;
  /** The number in each form in which it may be stored, itself among them. */
  forms: readonly string[];
};

/** Whether it may be a sealed number. */
export function isSealedNumber(stored: string): boolean {
  return stored.startsWith(SEALED);
}

/** What somebody gave in place of a number, so that it is never read as a sealed one. */
export function neverSealed(given: string): string {
  return isSealedNumber(given) ? given.replace(SEALED, "sealed ") : given;
}
