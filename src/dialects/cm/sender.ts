/** The sender of a message. Guide, "FROM". */

import { type Caller, normalSender } from "../../core/accounts/account.ts";
import { MessageError } from "./errors.ts";
import { settingsOf } from "./settings.ts";

const LONGEST_BY_SMS = 11;
const MOST_DIGITS = 16;
/** A number written as the guide writes recipients: 00, and the most digits that a number has anywhere. E.164. */
const INTERNATIONAL = /^00[1-9]\d{6,14}$/;
/** On other channels senders are agents, pages and ids of many digits. */
const LONGEST_SENDER_ELSEWHERE = 100;

/** Invisible characters, and those that change the direction of text: with them a name could look like another. */
const UNSEEN = /[\p{C}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]/u;
/** Letters of any language with their accents, digits, and signs that phones show in a line of text: no emoji. */
const BY_SMS = /^[\p{L}\p{Mn}\p{Mc}0-9 \p{P}\p{Sc}$+<=>^`|~]+$/u;

/**
 * The sender, a number without `+`. Characters of other widths, which look the same, are made those they look like.
 * @param takesSms whether it may go by SMS, which shows no more than 11 letters or 16 digits
 * @throws MessageError 301
 */
export function toSender(
  given: string | undefined,
  takesSms: boolean,
  caller: Pick<Caller, "account" | "senders">,
): string {
  const settings = settingsOf(caller.account.settings);
  const name = shaped(given, takesSms, settings.longSenders === "truncate");
  if (settings.senders !== "own" || caller.senders.has(normalSender(name))) return name;
  throw new MessageError(301, `'${name.slice(0, 40)}' is not one of the account's senders`);
}

function shaped(given: string | undefined, takesSms: boolean, cuts: boolean): string {
  const name =
    given
      ?.normalize("NFKC")
      .trim()
      .replace(/^\+(?=\d+$)/, "") ?? "";
  if (name === "") throw new MessageError(301, "No FROM field found in a MSG object.", "no-sender");
  if (UNSEEN.test(name) || (takesSms && !BY_SMS.test(name))) throw badSender("has characters that phones do not show");
  const isNumber = /^\d+$/.test(name);
  const letters = [...name];
  const longest = !takesSms ? LONGEST_SENDER_ELSEWHERE : isNumber ? MOST_DIGITS : LONGEST_BY_SMS;
  if (letters.length <= longest || INTERNATIONAL.test(name)) return name;
  const cut = letters.slice(0, LONGEST_BY_SMS).join("").trimEnd();
  // A number that is cut is another number, and so is a name of which only a number is left.
  if (takesSms && cuts && !isNumber && !/^\d+$/.test(normalSender(cut))) return cut;
  const most = takesSms ? `${LONGEST_BY_SMS} characters, or ${MOST_DIGITS} digits` : `${longest} characters`;
  throw badSender(`may have ${most}; this one has ${letters.length}`);
}

/** The guide has a text for a sender that is not there, and none for one that is wrong. */
function badSender(what: string): MessageError {
  return new MessageError(301, `FROM ${what}`, "bad-sender");
}
