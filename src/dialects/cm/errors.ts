/** Our refusal → their error: a code and a text, of a whole request or of one recipient. Guide, "Responses and errors". */

import { GatewayError, type Refusal } from "../../core/errors.ts";

/** Of a whole request. */
export const REQUEST_ERRORS = {
  101: "No account found for the given authentication",
  102: "Insufficient balance.",
  103: "Invalid product token.",
  202: "Invalid JSON",
  203: "A MESSAGES object requires at least one MSG object",
  500: "Unknown error",
  999: "Unknown error",
} as const;
export type RequestCode = keyof typeof REQUEST_ERRORS;

/** Of one message, or of one of its recipients: FROM, TO, number, BODY, another field; spam, blacklist, policy; a fault of ours. */
export const MESSAGE_CODES = [301, 302, 303, 304, 305, 401, 402, 403, 500] as const;
export type MessageCode = (typeof MESSAGE_CODES)[number];

/** A refusal of the whole request. */
export class RequestError extends GatewayError {
  readonly code: RequestCode;

  constructor(code: RequestCode, text: string = REQUEST_ERRORS[code]) {
    super(code === 101 || code === 103 ? "unauthorised" : code === 102 ? "not-allowed" : "bad-request", text);
    this.name = "RequestError";
    this.code = code;
  }
}

/** A refusal of one message, or of one of its recipients. */
export class MessageError extends GatewayError {
  readonly code: MessageCode;

  constructor(code: MessageCode, text: string) {
    super(code === 303 ? "bad-number" : code === 301 ? "bad-sender" : code === 304 ? "bad-text" : "bad-request", text);
    this.name = "MessageError";
    this.code = code;
  }
}

const CODE = {
  "bad-request": 305,
  "bad-number": 303,
  "bad-sender": 301,
  "bad-text": 304,
  "too-large": 305,
  unauthorised: 403,
  replayed: 403,
  "not-allowed": 403,
  "not-found": 305,
  "wrong-method": 305,
  "already-exists": 305,
  repeated: 305,
  "too-late": 305,
  "too-many-requests": 403,
  "opted-out": 402,
} as const satisfies Record<Refusal, MessageCode>;

/** What a recipient is told of a refusal. */
export function toMessageError(error: GatewayError): { code: MessageCode; text: string } {
  return { code: error instanceof MessageError ? error.code : CODE[error.refusal], text: error.message };
}
