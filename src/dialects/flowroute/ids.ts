/** Record ids: `mdr1-` of v2, `mdr2-` of later versions, and 32 hex digits. */

import type { InboundId } from "../../core/kernel/ids.ts";
import type { Version } from "./version.ts";

const RECORD = /^mdr[12]-[0-9a-f]{32}$/;
const LETTERS = "0123456789abcdefghjkmnpqrstvwxyz";
/** The part of our id behind `inb_`. */
const TAIL = 19;
/** Tells the id of an inbound text from a message's, which is a UUID of version 4. */
const INBOUND = "00000000";

/** @param uuid a new one */
export function newRecordId(version: Version, uuid: string): string {
  return `${version === "v2" ? "mdr1" : "mdr2"}-${uuid.replaceAll("-", "")}`;
}

/** An id as it was asked for, in lower case; undefined if it could be none. */
export function readRecordId(given: string): string | undefined {
  const id = given.toLowerCase();
  return RECORD.test(id) ? id : undefined;
}

/** The record id of an inbound text as this version gives it out: our own id, written in hex. */
export function recordIdOf(inbound: InboundId, version: Version): string {
  let value = 0n;
  for (const letter of inbound.slice("inb_".length)) value = value * 32n + BigInt(LETTERS.indexOf(letter));
  return `${version === "v2" ? "mdr1" : "mdr2"}-${INBOUND}${value.toString(16).padStart(24, "0")}`;
}

/** The other way round; undefined if the record is no inbound text's. */
export function inboundIdOf(record: string): InboundId | undefined {
  const hex = record.slice("mdrN-".length);
  if (!hex.startsWith(INBOUND)) return undefined;
  let value = BigInt(`0x${hex.slice(INBOUND.length)}`);
  let tail = "";
  for (let place = 0; place < TAIL; place++) {
    tail = LETTERS.charAt(Number(value % 32n)) + tail;
    value /= 32n;
  }
  return value === 0n ? `inb_${tail}` : undefined;
}
