/** An in-message as it is shown and forwarded. Its id is the carrier's for the text, where a path can hold that, else ours. */

import type { Inbound } from "../../core/inbound/inbound.ts";
import { given } from "../../core/kernel/given.ts";
import { toDate } from "./dates.ts";

const FITS_A_PATH = /^(?!\.{1,2}$)[A-Za-z0-9._~-]{1,200}$/;

/** Every member but `keywordId` is always there: PHP's getters cannot return null. */
export function toInMessage(inbound: Inbound, told: { attempts: number; isReceived: boolean }) {
  return {
    transactionId: FITS_A_PATH.test(inbound.theirId) ? inbound.theirId : inbound.id,
    // In an event, absent members are null.
    ...given({ keywordId: inbound.keywordId ?? undefined }),
    sender: inbound.sender,
    recipient: inbound.recipient,
    content: inbound.text,
    isStopMessage: inbound.isStop,
    processAttempts: told.attempts,
    processed: told.isReceived,
    created: toDate(inbound.receivedAt),
    tags: inbound.tags ?? [],
    properties: { ...inbound.properties, ...toPreAuthorization(inbound) },
  };
}

/** Guides, "Pre-authorization via keyword": a JSON boolean; there is none while the person has not answered. */
function toPreAuthorization({ consent }: Inbound) {
  if (!consent) return {};
  return { ServiceId: consent.service, ...given({ preAuthorization: consent.isActive }) };
}
