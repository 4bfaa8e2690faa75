/** The recipient of a message: a number in any of the ways people write it, or on some channels a name. Guide, "TO". */

import { MessageError } from "./errors.ts";

/** On these a person is found by number, on the others by whatever they are known by there. */
const BY_NUMBER = ["WhatsApp", "RCS", "Viber", "Voice", "Push", "MobilePush"];
const LONGEST_NAME = 100;

/**
 * The number with `+`; where SMS is not allowed, whatever was given that is no number.
 * @throws MessageError 302 where it is empty, 303 where it is none
 */
export function toRecipient(given: string, { takesSms, channel }: { takesSms: boolean; channel?: string }): string {
  const name = given.trim();
  if (name === "") throw new MessageError(302, "Empty mobile number field, MT ignored", "no-recipient");
  const number = toNumber(name);
  if (takesSms && number) return number;
  const isWritten = /^(?:\+|00)/.test(name) || BY_NUMBER.some((one) => one === channel);
  if (!takesSms && name.length <= LONGEST_NAME) return (isWritten && number) || name;
  throw new MessageError(303, `Gsm '${given.slice(0, LONGEST_NAME)}' is not a number.`);
}

function toNumber(name: string): string | undefined {
  const [, digits] = /^(?:\+|00)?([1-9]\d{6,14})$/.exec(name.replace(/[\s().-]/g, "")) ?? [];
  return digits && `+${digits}`;
}
