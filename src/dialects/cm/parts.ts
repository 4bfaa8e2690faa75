/** A text as it is sent by SMS: its alphabet, and the parts that it may need. Guide, "Unicode" and "Multipart". */

import type { AccountSettings } from "../../core/accounts/account.ts";
import { type Binary, measureBinary, octetsOf } from "../../core/messages/binary.ts";
import { measure, toGsm } from "../../core/messages/text.ts";
import { headerOf } from "../../smpp/parts.ts";
import { MessageError } from "./errors.ts";
import type { Msg } from "./msg.ts";

/** As many as the standard can count. */
export const MOST_PARTS = 255;

/** Where the encoding is found out and no most is named, as most SDKs have it. The guide advises no more than 8. */
const USUAL_MOST = 8;

type SmsText = { text: string; encoding?: "ucs2"; binary?: Binary };

/**
 * The text, or the octets of a binary one in hexadecimal digits; with question marks for characters that its alphabet does not have.
 * @throws MessageError 304 where it is too long, 305 where the encoding is not possible
 */
export function toSmsText(content: string, msg: Msg, settings: AccountSettings): SmsText {
  const type = typeOf(msg);
  const isAuto = type === "AUTO";
  const most = mostParts(msg) ?? (isAuto ? usualMost(settings) : 1);
  const sms = type === "BINARY" ? inOctets(content, msg) : isAuto ? { text: content } : inAlphabet(content, msg);
  const { parts } = sms.binary ? measureBinary(sms.text, sms.binary) : measure(sms.text, sms.encoding);
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
  const type = typeOf(msg);
  if (type === "BINARY") classOf(msg);
  else if (type !== "AUTO") dcsOf(msg);
  if (type !== "BINARY" && msg.body?.header) throw new MessageError(305, "The HEADER of a BODY is for TYPE BINARY");
  mostParts(msg);
}

function inAlphabet(content: string, msg: Msg): SmsText {
  return dcsOf(msg) === 8 ? { text: content, encoding: "ucs2" } : { text: toGsm(content) };
}

const HEX = /^(?:[0-9a-f]{2})*$/i;

/** Content and header are hexadecimal digits; the header, of XML alone, begins with its length. */
function inOctets(content: string, msg: Msg): SmsText {
  const [body, header] = [content.trim(), msg.body?.header ?? ""];
  if (!HEX.test(body))
    throw new MessageError(305, "The CONTENT of a BODY of TYPE BINARY is pairs of hexadecimal digits");
  const octets = octetsOf(header);
  if (!HEX.test(header) || (header !== "" && headerOf(octets)?.length !== octets.length)) {
    throw new MessageError(
      305,
      "The HEADER of a BODY is a header of user data in hexadecimal digits, its length first",
    );
  }
  const messageClass = classOf(msg);
  return {
    text: header + body,
    binary: {
      ...(octets.length > 0 ? { header: octets.length } : {}),
      ...(messageClass === undefined ? {} : { messageClass }),
    },
  };
}

/** Whether the message is sent as octets, and not as text. */
export function isBinary(msg: Msg): boolean {
  return typeOf(msg) === "BINARY";
}

function typeOf({ body }: Msg): "AUTO" | "TEXT" | "BINARY" {
  const type = body?.type?.trim().toUpperCase() || "TEXT";
  if (type === "AUTO" || type === "TEXT" || type === "BINARY") return type;
  throw new MessageError(305, "The TYPE of a BODY is AUTO, TEXT or BINARY");
}

/** Octets are 4, or 245 with class 1. */
function classOf({ dcs }: Msg): 1 | undefined {
  const code = toCount(dcs, "DCS") ?? 4;
  if (code === 4) return undefined;
  if (code === 245) return 1;
  throw new MessageError(305, "DCS is 4 or 245 where the TYPE is BINARY");
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
