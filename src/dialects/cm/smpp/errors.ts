/** Our refusal → their command_status. CM.com publishes no list; the standard's own, clause 5.1.3, as clients act on it. */

import { GatewayError, type Refusal } from "../../../core/kernel/errors.ts";
import { STATUS } from "../../../smpp/fields.ts";
import { MessageError } from "../errors.ts";

/** A refusal with its own status. */
export class SmppError extends GatewayError {
  readonly status: number;

  constructor(status: number, why: string) {
    super("bad-request", why);
    this.name = "SmppError";
    this.status = status;
  }
}

/**
 * Kannel and Jasmin send again what is answered by systemError, queueFull or throttled, and take all else for final: so what will
 * never be accepted has another status.
 */
const BY_REFUSAL = {
  "bad-request": STATUS.submitFailed,
  "bad-number": STATUS.destinationAddress,
  "bad-sender": STATUS.sourceAddress,
  "bad-text": STATUS.submitFailed,
  "too-large": STATUS.messageLength,
  unauthorised: STATUS.bindState,
  replayed: STATUS.submitFailed,
  "not-allowed": STATUS.submitFailed,
  "not-found": STATUS.messageId,
  "wrong-method": STATUS.commandId,
  "already-exists": STATUS.submitFailed,
  repeated: STATUS.submitFailed,
  "too-late": STATUS.submitFailed,
  "too-many-requests": STATUS.throttled,
  "opted-out": STATUS.submitFailed,
  "quiet-hours": STATUS.submitFailed,
  "country-closed": STATUS.destinationAddress,
  "no-carrier": STATUS.submitFailed,
  "key-reused": STATUS.submitFailed,
  "key-in-progress": STATUS.submitFailed,
} as const satisfies Record<Refusal, number>;

/** What it is answered with; a fault of ours is one that may be over soon. */
export function statusOf(error: unknown): number {
  if (error instanceof SmppError) return error.status;
  if (error instanceof MessageError && error.fault === "no-recipient") return STATUS.destinationAddress;
  // Another account has it.
  if (error instanceof GatewayError && error.refusal === "not-allowed" && error.field === "sender") {
    return STATUS.sourceAddress;
  }
  return error instanceof GatewayError ? BY_REFUSAL[error.refusal] : STATUS.systemError;
}
