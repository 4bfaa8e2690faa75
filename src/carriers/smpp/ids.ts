/** Finding a message by the id in a receipt, which SMSCs write in another way than in their answers. */

import type { SmscSettings } from "./config.ts";

type Ids = SmscSettings["receiptIds"];

/** The key of an id, as it stands in an answer or in a receipt: both have the same, if they are of the same message. */
export function keyOf(id: string, ids: Ids, from: "answer" | "receipt"): string {
  const written = id.trim();
  if (ids === "same") return written;
  const isHex = (ids === "hex-answers") === (from === "answer");
  if (ids !== "folded") {
    const number = isHex ? inHex(written) : inDecimal(written);
    if (number !== undefined) return number;
  }
  return written.toLowerCase().replace(/^0+(?=.)/, "");
}

/** In decimal, without zeros before it: ids may have 64 bits, which no number of JavaScript holds. */
function inHex(written: string): string | undefined {
  return /^[0-9a-f]{1,32}$/i.test(written) ? BigInt(`0x${written}`).toString() : undefined;
}

function inDecimal(written: string): string | undefined {
  return /^\d{1,39}$/.test(written) ? BigInt(written).toString() : undefined;
}
