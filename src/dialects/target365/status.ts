/** Our outcome ↔ their StatusCode and DetailedStatusCode. Guides, "DLR status codes". */

import type { Message, MessageState } from "../../core/messages/message.ts";
import type { Reason } from "../../core/reasons.ts";

export type Status = {
  statusCode: "Queued" | "Sent" | "Failed" | "Ok" | "Reversed";
  detailedStatusCode: string;
  /** Absent while nobody knows. */
  delivered?: boolean;
};

const QUEUED: Status = { statusCode: "Queued", detailedStatusCode: "None" };

const BY_STATE = {
  scheduled: QUEUED,
  accepted: QUEUED,
  submitting: QUEUED,
  // The operator may have it: a client must not take it for a failure and send anew.
  unknown: { statusCode: "Sent", detailedStatusCode: "None" },
  sent: { statusCode: "Sent", detailedStatusCode: "Sent" },
  delivered: { statusCode: "Ok", detailedStatusCode: "Delivered", delivered: true },
  failed: { statusCode: "Failed", detailedStatusCode: "OtherError", delivered: false },
  expired: { statusCode: "Failed", detailedStatusCode: "Expired", delivered: false },
  cancelled: { statusCode: "Failed", detailedStatusCode: "Rejected", delivered: false },
} as const satisfies Record<MessageState, Status>;

/** In the spelling of the SDKs, where the guides differ. */
const BY_REASON = {
  undelivered: "Undelivered",
  rejected: "Rejected",
  "bad-number": "Rejected",
  "bad-sender": "Rejected",
  "bad-text": "Rejected",
  duplicate: "DuplicateTransaction",
  "unknown-subscriber": "UnknownSubscriber",
  "subscriber-unavailable": "SubscriberUnavailable",
  "subscriber-barred": "SubscriberBarred",
  "too-many-parts": "Rejected",
  "validity-over": "Expired",
  "no-receipt": "MissingDeliveryReport",
  "carrier-offline": "ConnectionOffline",
  "carrier-error": "MnoError",
  other: "OtherError",
} as const satisfies Record<Reason, string>;

export function toStatus({ state, reason }: Pick<Message, "state"> & { reason?: Reason | undefined }): Status {
  const status: Status = BY_STATE[state];
  // The operator had it and never said more: that is not a failure, and guides file it under Sent.
  if (reason === "no-receipt") return { statusCode: "Sent", detailedStatusCode: BY_REASON[reason] };
  return reason ? { ...status, detailedStatusCode: BY_REASON[reason] } : status;
}
