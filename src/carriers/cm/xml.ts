/**
 * Octets that CM.com's gateway of JSON has no members for: those with a header of user data, and those of several parts, which are
 * parted here. Its gateway of XML takes a header with each. Guide, "XML", BODY@HEADER.
 */

import type { HttpAnswer } from "../../core/kernel/ports.ts";
import { type Binary, toHex } from "../../core/messages/binary.ts";
import type { SubmitResult } from "../../core/messages/carrier.ts";
import type { Message } from "../../core/messages/message.ts";
import { ESM } from "../../smpp/fields.ts";
import { binaryPiecesOf, referenceOf } from "../../smpp/parts.ts";
import { generally } from "../calls.ts";

export function isForXml({ binary, parts }: Pick<Message, "binary" | "parts">): boolean {
  return binary !== undefined && (binary.header !== undefined || parts > 1);
}

type Octets = Pick<Message, "id" | "sender" | "recipient" | "text" | "binary">;

/**
 * One request for all parts, so that all are taken or none. The last part alone has our id as its reference: one report then tells of the
 * message, and no earlier part's success is taken for the whole's.
 */
export function toXml(message: Octets, given: { productToken: string; validity: string }): string {
  const { id, sender, recipient, text, binary = {} } = message;
  const parts = headedParts(text, binary, referenceOf(id));
  const messages = parts.map(({ header, body }, index) => {
    const reference = index === parts.length - 1 ? element("REFERENCE", id) : "";
    const head = header === "" ? "" : ` HEADER="${header}"`;
    return `<MSG>${element("FROM", sender)}${element("TO", recipient.replace(/^\+/, "00"))}<DCS>${dcsOf(binary)}</DCS><BODY TYPE="BINARY"${head}>${body}</BODY>${reference}${element("VALIDITY", given.validity)}</MSG>`;
  });
  const token = element("PRODUCTTOKEN", given.productToken);
  return `<?xml version="1.0" encoding="UTF-8"?><MESSAGES><AUTHENTICATION>${token}</AUTHENTICATION>${messages.join("")}</MESSAGES>`;
}

/** 245 is class 1. Guide, "DCS". */
function dcsOf({ messageClass }: Binary): 4 | 245 {
  return messageClass === 1 ? 245 : 4;
}

/** Each part with its own header, in hexadecimal digits. */
function headedParts(text: string, binary: Binary, reference: number): { header: string; body: string }[] {
  return binaryPiecesOf(text, binary, { by: "udh", reference }).map(({ esmClass, shortMessage }) => {
    const length = (esmClass & ESM.udh) === 0 ? 0 : 1 + (shortMessage[0] ?? 0);
    return { header: toHex(shortMessage.subarray(0, length)), body: toHex(shortMessage.subarray(length)) };
  });
}

const ESCAPES: Record<string, string> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&apos;" };

function element(name: string, value: string): string {
  return `<${name}>${value.replace(/[&<>"']/g, (one) => ESCAPES[one] ?? one)}</${name}>`;
}

/** Success has no body; what is refused has a sentence, `Error: ERROR …`. Guide, "Responses and errors". */
export function ofXml(id: string, answer: HttpAnswer): SubmitResult {
  if (answer.outcome !== "answered" || (answer.status !== 200 && answer.status !== 400)) return generally(answer);
  const said = answer.body.trim();
  if (answer.status === 200 && said === "") return { outcome: "taken", reference: id };
  if (/^Error: /i.test(said))
    return { outcome: "refused", reason: "carrier-error", own: true, detail: said.slice(0, 200) };
  return { outcome: "unknown", detail: `it answered ${answer.status} with what is no answer of its gateway` };
}
