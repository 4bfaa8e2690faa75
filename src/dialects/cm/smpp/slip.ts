/** A submit as it came, checked and in plain values: what is kept of it while the other parts of its text are on their way. */

import { z } from "zod";
import { fromBase64, toBase64 } from "../../../core/kernel/base64.ts";
import { type Binary, toHex } from "../../../core/messages/binary.ts";
import {
  type Alphabet,
  alphabetOf,
  CODING,
  codedText,
  messageClassOf,
  toText,
  USUAL_ALPHABETS,
} from "../../../smpp/alphabets.ts";
import { STATUS } from "../../../smpp/fields.ts";
import { joined } from "../../../smpp/frames.ts";
import { contentOf, othersIn, type Part, toHeader } from "../../../smpp/parts.ts";
import { integerOf, type PduOf, textOf } from "../../../smpp/pdu.ts";
import { momentOf } from "../../../smpp/times.ts";
import { SmppError } from "./errors.ts";

const Address = z.object({ ton: z.number(), npi: z.number(), address: z.string() });
export type Address = z.output<typeof Address>;

/** `octets` is base64. Times are epoch ms. `wants` is registered_delivery. */
export const Slip = z.object({
  id: z.string(),
  source: Address,
  destination: Address,
  wants: z.number(),
  coding: z.number(),
  octets: z.string(),
  /** Base64: elements beside those that tell parts apart, as a header of their own. */
  header: z.string().optional(),
  sendAt: z.number().optional(),
  validUntil: z.number().optional(),
  /** Whether that was written as a moment, and not as a span from now. */
  isMoment: z.boolean().optional(),
  reference: z.number().optional(),
  operator: z.string().optional(),
  /** Of a part: by which credential it came, and on which connection. */
  credential: z.string().optional(),
  link: z.string().optional(),
});
export type Slip = z.output<typeof Slip>;

/** So far ahead may a text be scheduled. */
const LONGEST_WAIT = 7 * 86_400_000;

/**
 * Reads a submit_sm or data_sm.
 * @param now epoch ms
 * @throws SmppError
 */
export function slipOf(
  { body, tlvs }: PduOf<"submit_sm" | "data_sm">,
  id: string,
  now: number,
): { slip: Slip; part?: Part } {
  const shortMessage = "shortMessage" in body ? body.shortMessage : new Uint8Array();
  const content = contentOf({ esmClass: body.esmClass, shortMessage }, tlvs);
  if ("fault" in content) {
    const { status, why } = FAULTS[content.fault];
    throw new SmppError(status, why);
  }
  // A text that cannot be read is refused before it is kept.
  if (alphabetOf(body.dataCoding) === undefined) throw notRead();
  const elements = othersIn(content.header ?? []);
  if (content.octets.length === 0 && elements.length === 0) {
    throw new SmppError(STATUS.messageLength, "the text is empty");
  }
  // Between parts, a sender may have cut where it likes.
  if (!content.part && alphabetOf(body.dataCoding) === "ucs2" && content.octets.length % 2 !== 0) {
    throw new SmppError(STATUS.submitFailed, "its text ends with half a character of UCS-2");
  }
  checkTariff(textOf(tlvs, "tariff"));
  const [reference, operator] = [integerOf(tlvs, "userMessageReference"), textOf(tlvs, "operator")];
  const slip: Slip = {
    id,
    source: { ton: body.sourceTon, npi: body.sourceNpi, address: body.source },
    destination: { ton: body.destinationTon, npi: body.destinationNpi, address: body.destination },
    wants: body.registeredDelivery,
    coding: body.dataCoding,
    octets: toBase64(content.octets),
    ...(elements.length > 0 ? { header: toBase64(toHeader(elements)) } : {}),
    ...("scheduleDeliveryTime" in body ? timesIn(body, now) : {}),
    ...(reference === undefined ? {} : { reference }),
    ...(operator ? { operator: operator.slice(0, 7) } : {}),
  };
  return { slip, ...(content.part ? { part: content.part } : {}) };
}

const FAULTS = {
  both: { status: STATUS.messageLength, why: "short_message and message_payload are both there" },
  udh: { status: STATUS.esmClass, why: "the header of its user data is longer than what is there" },
  sar: { status: STATUS.parameterValue, why: "it has SAR parameters and a header" },
} as const;

/** Guide, "Connexion simple": a decimal number of cents, in up to six octets. It is read, and nothing is charged by it. */
function checkTariff(tariff: string | undefined): void {
  if (tariff === undefined || /^\d{1,6}$/.test(tariff)) return;
  throw new SmppError(STATUS.parameterValue, "its tariff is no number of cents");
}

/** @throws SmppError where a time cannot be read, is past, or is too far ahead */
export function timesIn(
  { scheduleDeliveryTime, validityPeriod }: { scheduleDeliveryTime: string; validityPeriod: string },
  now: number,
): Pick<Slip, "sendAt" | "validUntil" | "isMoment"> {
  const sendAt = scheduleDeliveryTime === "" ? undefined : momentOf(scheduleDeliveryTime, now);
  const validUntil = validityPeriod === "" ? undefined : momentOf(validityPeriod, now);
  if (scheduleDeliveryTime !== "" && (sendAt === undefined || sendAt > now + LONGEST_WAIT)) {
    throw new SmppError(STATUS.schedule, "its schedule_delivery_time is no time, or more than 7 days ahead");
  }
  if (validityPeriod !== "" && (validUntil === undefined || validUntil <= Math.max(now, sendAt ?? now))) {
    throw new SmppError(STATUS.validity, "its validity_period is no time, or over before it is sent");
  }
  // A time in the past means now.
  return {
    ...(sendAt !== undefined && sendAt > now ? { sendAt } : {}),
    ...(validUntil === undefined ? {} : { validUntil }),
    ...(validityPeriod !== "" && !validityPeriod.endsWith("R") ? { isMoment: true } : {}),
  };
}

/** What a message has for its text: characters, or octets in hexadecimal digits. */
type Body = { text: string; encoding?: "ucs2"; binary?: Binary };

/**
 * The body of the parts that are there. Octets are joined before they are read, where all are of one coding: a pair of UCS-2 or an
 * escape may have been cut in two.
 * @throws SmppError
 */
export function bodyIn(slips: readonly [PartOfBody, ...PartOfBody[]]): Body {
  const alphabets = slips.map(({ coding }) => alphabetOf(coding));
  if (alphabets.every((alphabet) => alphabet === "binary")) return binaryIn(slips);
  const characters = textIn(slips, alphabets);
  return slips[0].header === undefined ? characters : forProgram(characters, slips[0]);
}

function textIn(
  slips: readonly PartOfBody[],
  alphabets: readonly (Alphabet | undefined)[],
): { text: string; encoding?: "ucs2" } {
  const runs: { alphabet: Alphabet | undefined; octets: Uint8Array[] }[] = [];
  slips.forEach(({ octets }, index) => {
    const last = runs.at(-1);
    const own = fromBase64(octets);
    if (last && last.alphabet === alphabets[index]) last.octets.push(own);
    else runs.push({ alphabet: alphabets[index], octets: [own] });
  });
  const text = runs.map(({ alphabet, octets }) => {
    if (alphabet === undefined) throw notRead();
    if (alphabet === "binary")
      throw new SmppError(STATUS.submitFailed, "some of its parts are text, and others are not");
    return toText(joined(octets), alphabet);
  });
  return { text: text.join(""), ...(alphabets.includes("ucs2") ? { encoding: "ucs2" } : {}) };
}

function notRead(): SmppError {
  return new SmppError(STATUS.submitFailed, "its data_coding is not read here");
}

type PartOfBody = Pick<Slip, "coding" | "octets" | "header">;

/** A text with ports in its header is for a program on the phone: it is kept as its octets, which go out as they came. */
function forProgram(
  { text, encoding }: { text: string; encoding?: "ucs2" },
  { header = "", coding }: PartOfBody,
): Body {
  const { octets, alphabet } = codedText(text, USUAL_ALPHABETS, encoding);
  const own = fromBase64(header);
  const messageClass = messageClassOf(coding);
  return {
    text: toHex(own) + toHex(octets),
    binary: {
      header: own.length,
      ...(messageClass === undefined ? {} : { messageClass }),
      alphabet: alphabet === "ucs2" ? "ucs2" : "gsm7",
    },
  };
}

/** Each part repeats the header that is the whole's, and the class. */
function binaryIn(slips: readonly [PartOfBody, ...PartOfBody[]]): Body {
  const [{ header, coding }] = slips;
  const own = header === undefined ? new Uint8Array() : fromBase64(header);
  const messageClass = messageClassOf(coding);
  return {
    text: toHex(own) + slips.map(({ octets }) => toHex(fromBase64(octets))).join(""),
    binary: {
      ...(own.length > 0 ? { header: own.length } : {}),
      ...(messageClass === undefined ? {} : { messageClass }),
    },
  };
}

/** The coding of a text that comes without one, in replace_sm: that of the text before it. */
export function codingOf({ coding }: Pick<Slip, "coding">): number {
  return alphabetOf(coding) === undefined ? CODING.standard : coding;
}
