/** Our refusal → their error: a code and a text, of a whole request or of one recipient. Guide, "Responses and errors". */

import type { Context } from "hono";
import { GatewayError, type Refusal } from "../../core/kernel/errors.ts";
import type { DialectEnv } from "../dialect.ts";

/** The media type of all answers of the JSON gateway. */
export const JSON_TYPE = { "content-type": "application/json; charset=utf-8" };

/** Of a whole request. 102 and 500 are in the guide's table and never thrown: there is no prepayment, and a fault is 999. */
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

/** Guide, "Responses and errors": a message without a route; their spelling. */
export const UNROUTEABLE = "Message is unrouteable.";

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

/** Faults for which each gateway has its own words. */
export type Fault = "no-sender" | "bad-sender" | "no-recipient" | "no-body" | "no-content";

/** A refusal of one message, or of one of its recipients. */
export class MessageError extends GatewayError {
  readonly code: MessageCode;
  readonly fault: Fault | undefined;

  /** @param text the words of the JSON gateway */
  constructor(code: MessageCode, text: string, fault?: Fault) {
    super(code === 303 ? "bad-number" : code === 301 ? "bad-sender" : code === 304 ? "bad-text" : "bad-request", text);
    this.name = "MessageError";
    this.code = code;
    this.fault = fault;
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
  "quiet-hours": 403,
  "country-closed": 403,
  "no-carrier": 500,
  "key-reused": 305,
  "key-in-progress": 305,
} as const satisfies Record<Refusal, MessageCode>;

/** The error of a recipient for a refusal. */
export function toMessageError(error: GatewayError): { code: MessageCode; text: string } {
  if (error instanceof MessageError) return { code: error.code, text: error.message };
  return { code: CODE[error.refusal], text: error.refusal === "no-carrier" ? UNROUTEABLE : error.message };
}

/** The error of the whole request for a refusal, and its status: 400 for nearly all faults of clients; 429 where the same may be asked again. */
const REQUEST = {
  "bad-request": { code: 202, status: 400 },
  "bad-number": { code: 202, status: 400 },
  "bad-sender": { code: 202, status: 400 },
  "bad-text": { code: 202, status: 400 },
  "too-large": { code: 202, status: 413 },
  unauthorised: { code: 101, status: 400 },
  replayed: { code: 202, status: 400 },
  "not-allowed": { code: 101, status: 400 },
  "not-found": { code: 999, status: 404 },
  "wrong-method": { code: 999, status: 405 },
  "already-exists": { code: 202, status: 400 },
  repeated: { code: 202, status: 400 },
  "too-late": { code: 202, status: 400 },
  "too-many-requests": { code: 999, status: 429 },
  "opted-out": { code: 202, status: 400 },
  "quiet-hours": { code: 202, status: 400 },
  "country-closed": { code: 202, status: 400 },
  "no-carrier": { code: 999, status: 503 },
  "key-reused": { code: 202, status: 422 },
  "key-in-progress": { code: 999, status: 409 },
} as const satisfies Record<Refusal, { code: RequestCode; status: number }>;

/** The JSON gateway's answer where no message was looked at: `messages` is there, and empty. */
export function toErrorResponse(error: unknown, c: Context<DialectEnv>): Response {
  if (error instanceof RequestError) return refusal(c, error.code, error.message, 400);
  if (error instanceof GatewayError) {
    const { code, status } = REQUEST[error.refusal];
    return refusal(c, code, error.message, status);
  }
  c.get("fault")(error);
  return refusal(c, 999, REQUEST_ERRORS[999], 500);
}

/** An address we do not have. */
export function notFound(c: Context<DialectEnv>): never {
  throw new GatewayError("not-found", `${c.req.path} is not an address of this API`);
}

function refusal(
  c: Context<DialectEnv>,
  errorCode: RequestCode,
  details: string,
  status: 400 | 404 | 405 | 409 | 413 | 422 | 429 | 500 | 503,
): Response {
  return c.json({ details, errorCode, messages: [] }, status, JSON_TYPE);
}
