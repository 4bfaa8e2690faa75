/** A PDU as an operator may see it: what it is and how it is set, without texts, passwords and whole numbers. */

import { mask } from "../../core/messages/msisdn.ts";
import type { TracedPdu } from "../../core/operator/smpp.ts";
import { hexOf, TLVS, type TlvName } from "../../smpp/fields.ts";
import { decode, integerOf, type Tlv, textOf } from "../../smpp/pdu.ts";

type Shown = Pick<TracedPdu, "command" | "status" | "sequence" | "octets" | "fields">;

const NUMBERS: readonly string[] = ["source", "destination", "addressRange"];
/** Parameters whose octets are shown: numbers and ids of the protocol, which nobody wrote. */
const OPEN: readonly TlvName[] = [
  ...(["userMessageReference", "sarReference", "sarTotal", "sarPart", "messageState", "interfaceVersion"] as const),
  ...(["receiptedMessageId", "operator", "tariff"] as const),
];
const NAMES = new Map<number, TlvName>(Object.entries(TLVS).map(([name, { tag }]) => [tag, name as TlvName]));

/** @param frame a whole PDU */
export function shownOf(frame: Uint8Array): Shown {
  const decoded = decode(frame);
  const octets = frame.length;
  if (decoded.outcome === "unknown") {
    const command = hexOf(decoded.id);
    return { command, status: 0, sequence: decoded.sequence, octets, fields: {} };
  }
  if (decoded.outcome === "unreadable") {
    const { command, sequence } = decoded;
    return { command, status: 0, sequence, octets, fields: { unreadable: decoded.status } };
  }
  const { command, status, sequence, body, tlvs } = decoded.pdu;
  const fields: Shown["fields"] = {};
  for (const [name, value] of Object.entries(body)) {
    const shown = fieldOf(name, value);
    // What is empty says nothing.
    if (shown !== "" && shown !== 0) fields[name] = shown;
  }
  for (const tlv of tlvs) Object.assign(fields, parameterOf(tlv, tlvs));
  return { command, status, sequence, octets, fields };
}

function fieldOf(name: string, value: string | number | Uint8Array): string | number {
  if (typeof value === "number") return value;
  if (typeof value !== "string") return value.length === 0 ? "" : `${value.length} octets`;
  if (name === "password") return value === "" ? "" : "***";
  return NUMBERS.includes(name) && /\d([\s().-]*\d){4}/.test(value) ? mask(value) : value.slice(0, 65);
}

function parameterOf({ tag, value }: Tlv, all: readonly Tlv[]): Shown["fields"] {
  const name = NAMES.get(tag);
  const said = name && OPEN.includes(name) ? openOf(name, all) : undefined;
  return { [name ?? `0x${tag.toString(16).padStart(4, "0")}`]: said ?? `${value.length} octets` };
}

function openOf(name: TlvName, tlvs: readonly Tlv[]): string | number | undefined {
  return TLVS[name].is === "text" ? textOf(tlvs, name)?.slice(0, 65) : integerOf(tlvs, name);
}
