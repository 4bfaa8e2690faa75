/** Who a message is from. Guide, "FROM". */

import type { AccountSettings } from "../../core/accounts/account.ts";
import { MessageError } from "./errors.ts";

const LONGEST_NAME = 11;
const MOST_DIGITS = 16;
/** On other channels senders are agents, pages and ids of many digits. */
const LONGEST_ELSEWHERE = 100;

/** The one text for all that can be wrong with it: the guide has no other. */
const TEXT = "No FROM field found in a MSG object.";

/**
 * The sender, a number without `+`.
 * @param takesSms whether it may go by SMS, which shows no more than 11 letters or 16 digits
 * @throws MessageError 301
 */
export function toSender(given: string | undefined, takesSms: boolean, settings: AccountSettings): string {
  const name = given?.trim().replace(/^\+(?=\d+$)/, "") ?? "";
  if (name === "" || /\p{Cc}/u.test(name)) throw new MessageError(301, TEXT);
  const isNumber = /^\d+$/.test(name);
  const letters = [...name];
  if (letters.length <= (!takesSms ? LONGEST_ELSEWHERE : isNumber ? MOST_DIGITS : LONGEST_NAME)) return name;
  // A number that is cut would be somebody else's.
  if (takesSms && !isNumber && settings.longSenders === "truncate") {
    return letters.slice(0, LONGEST_NAME).join("").trimEnd();
  }
  throw new MessageError(301, TEXT);
}
