/** What purchase pages say of a seller beside its name: where its terms are, and how it is reached. */

import { GatewayError } from "../kernel/errors.ts";
import { webUrl } from "../kernel/web-url.ts";
import type { Merchant } from "./service.ts";

export type SellerLinks = Pick<Merchant, "termsUrl" | "contact">;

/** Three to fifteen digits, as people write them: short numbers have no country code. */
const PHONE = /^\+?\d(?:[ ()-]{0,2}\d){2,14}$/;
/** Nothing in it can end the address and begin a header of the mail. */
const EMAIL = /^[\p{L}\p{N}._+-]{1,64}@(?:[\p{L}\p{N}-]{1,63}\.){1,8}\p{L}{2,63}$/u;

/** The address as a browser takes it; undefined if it is not an https URL without user and password. */
export function httpsUrl(given: string): string | undefined {
  const url = webUrl(given);
  return url?.startsWith("https://") ? url : undefined;
}

/** Where a link to the contact leads; undefined if it is neither a phone number, an e-mail address nor an https URL. */
export function contactUrl(contact: string): string | undefined {
  if (PHONE.test(contact)) return `tel:${contact.replace(/[^+\d]/g, "")}`;
  if (EMAIL.test(contact)) return `mailto:${contact}`;
  return httpsUrl(contact);
}

/** @throws GatewayError bad-request */
export function checkSellerLinks({ termsUrl, contact }: { [Name in keyof SellerLinks]?: string | undefined }): void {
  if (termsUrl !== undefined && !httpsUrl(termsUrl)) {
    throw new GatewayError("bad-request", "termsUrl: must be an https URL without user and password", "termsUrl");
  }
  if (contact !== undefined && !contactUrl(contact)) {
    throw new GatewayError(
      "bad-request",
      "contact: must be a phone number, an e-mail address, or an https URL without user and password",
      "contact",
    );
  }
}
