/** A text as it is sent by SMS: its alphabet, and the parts that it may need. Guide, "Unicode" and "Multipart". */

import type { AccountSettings } from "../../core/accounts/account.ts";
import { measure, toGsm } from "../../core/messages/text.ts";
import { MessageError } from "./errors.ts";
import type { Msg } from "./msg.ts";

/** As many as the standard can count. */
export const MOST_PARTS = 255;

/** Where the encoding is found out and no most is named, as most SDKs have it. The guide advises no more than 8. */
const USUAL_MOST = 8;

type SmsText = { text: string; encoding?: "ucs2" };

/**
 * The text, with question marks for characters that its alphabet does not have.
 * @throws MessageError 304 where it is too long, 305 where the encoding is not possible
 */
export function toSmsText(content: string, msg: Msg, settings: AccountSettings): SmsText {
  const isAuto = typeOf(msg) === "AUTO";
  const most = mostParts(msg) ?? (isAuto ? usualMost(settings) : 1);
  const sms = isAuto ? { text: content } : inAlphabet(content, msg);
  const { parts } = measure(sms.text, sms.encoding);
  if (parts > most) {
    throw new MessageError(304, `Maximum number of parts exceeded. (need at least ${parts}, max is ${most})`);
  }
  return sms;
}

/** The most parts of a text whose encoding is found out, where no most is named. */
export function usualMost(settings: AccountSettings): number {
  return Math.min(settings.maxParts ?? USUAL_MOST, MOST_PARTS);
}

/** @throws MessageError 305 */
export function checkEncoding(msg: Msg): void {
  if (typeOf(msg) !== "AUTO") dcsOf(msg);
  mostParts(msg);
}

function inAlphabet(content: string, msg: Msg): SmsText {
  return dcsOf(msg) === 8 ? { text: content, encoding: "ucs2" } : { text: toGsm(content) };
}

/** BINARY is for old pictures and ringtones, which no carrier takes any more. */
function typeOf({ body }: Msg): "AUTO" | "TEXT" {
  const type = body?.type?.trim().toUpperCase() || "TEXT";
  if (type === "AUTO" || type === "TEXT") return type;
  throw new MessageError(305, "The TYPE of a BODY is AUTO or TEXT");
}

function dcsOf({ dcs }: Msg): 0 | 8 {
  const code = toCount(dcs, "DCS") ?? 0;
  if (code === 0 || code === 8) return code;
  throw new MessageError(305, "DCS is 0 or 8");
}

function mostParts(msg: Msg): number | undefined {
  const least = toCount(msg.minimumNumberOfMessageParts, "MINIMUMNUMBEROFMESSAGEPARTS");
  const most = toCount(msg.maximumNumberOfMessageParts, "MAXIMUMNUMBEROFMESSAGEPARTS");
  if (most !== undefined && most > MOST_PARTS) {
    throw new MessageError(305, `MAXIMUMNUMBEROFMESSAGEPARTS is ${MOST_PARTS} at most`);
  }
  if (most !== undefined && least !== undefined && least > most) {
    throw new MessageError(305, "MINIMUMNUMBEROFMESSAGEPARTS is more than MAXIMUMNUMBEROFMESSAGEPARTS");
  }
  return most;
}

function toCount(given: string | number | undefined, field: string): number | undefined {
  const written = String(given ?? "").trim();
  if (written === "") return undefined;
  if (/^\d{1,9}(\.0+)?$/.test(written)) return Number(written);
  throw new MessageError(305, `${field} is not a whole number`);
}
