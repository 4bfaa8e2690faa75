/**
 * Our refusal → their error. The body is JSON whatever happens: the first Python client decodes it before it looks at the
 * status.
 */

import type { Context } from "hono";
import type { ContentfulStatusCode } from "hono/utils/http-status";
import { OverLimit } from "../../core/accounts/limits.ts";
import { GatewayError, type Refusal } from "../../core/kernel/errors.ts";
import type { DialectEnv } from "../dialect.ts";
import { answer, versionOf } from "./answer.ts";
import type { Version } from "./version.ts";

const STATUS = {
  "bad-request": 400,
  "bad-number": 422,
  "bad-sender": 422,
  "bad-text": 422,
  "too-large": 413,
  unauthorised: 401,
  replayed: 401,
  "not-allowed": 403,
  "not-found": 404,
  "wrong-method": 405,
  "already-exists": 409,
  repeated: 409,
  "too-late": 409,
  "too-many-requests": 429,
  "opted-out": 400,
  "quiet-hours": 400,
  "country-closed": 403,
  "no-carrier": 503,
  "key-reused": 422,
  "key-in-progress": 409,
} as const satisfies Record<Refusal, ContentfulStatusCode>;

/** README of the v2 clients, "Error response": a number of the wrong form is forbidden. */
const STATUS_OF_V2: Partial<Record<Refusal, ContentfulStatusCode>> = { "bad-number": 403, "bad-sender": 403 };

const TITLES: Partial<Record<ContentfulStatusCode, string>> = {
  400: "Bad Request",
  401: "Unauthorized",
  403: "Forbidden",
  404: "Not Found",
  405: "Method Not Allowed",
  409: "Conflict",
  413: "Payload Too Large",
  415: "Unsupported Media Type",
  422: "Unprocessable Entity",
  429: "Too Many Requests",
  500: "Internal Server Error",
  503: "Service Unavailable",
};

/** The code of receipts for a recipient who opted out; a refusal has it too. Developer docs, v2.1. */
const OPTED_OUT = 1110;

/** The fault of each field, by its name on this wire. */
export type Faults = Record<string, string[]>;

/** A refusal with a status of its own. */
export class RequestError extends GatewayError {
  readonly status: ContentfulStatusCode;
  readonly faults: Faults | undefined;

  constructor(status: ContentfulStatusCode, message: string, faults?: Faults) {
    super("bad-request", message);
    this.name = "RequestError";
    this.status = status;
    this.faults = faults;
  }
}

/** Fields that are missing or invalid. */
export function unfit(faults: Faults): RequestError {
  const all = Object.entries(faults).map(([name, messages]) => `${name}: ${messages.join(", ")}`);
  return new RequestError(422, all.join("; "), faults);
}

/** A question that is asked wrongly. */
export function badQuery(c: Context<DialectEnv>, name: string, what: string): RequestError {
  return new RequestError(versionOf(c) === "v2" ? 400 : 422, `${name} ${what}`);
}

export function toErrorResponse(error: unknown, c: Context<DialectEnv>): Response {
  if (!(error instanceof GatewayError)) {
    const id = c.get("fault")(error);
    return refusal(
      c,
      500,
      `Something went wrong on our side; nothing is known to be wrong with the request. Fault ${id}.`,
    );
  }
  const version = versionOf(c);
  const status = statusOf(error, version);
  if (status === 401) c.header("WWW-Authenticate", 'Basic realm="Flowroute"');
  if (status === 429 && !(error instanceof OverLimit)) c.header("Retry-After", "1");
  return refusal(c, status, detailOf(error, status, version));
}

function statusOf(error: GatewayError, version: Version): ContentfulStatusCode {
  if (error instanceof RequestError) return error.status;
  // A refusal that names a field is of a readable request with an invalid field.
  if (error.refusal === "bad-request" && error.field) return 422;
  return (version === "v2" ? STATUS_OF_V2[error.refusal] : undefined) ?? STATUS[error.refusal];
}

/** A sentence; where fields are wrong, an object that mirrors the request. */
function detailOf(error: GatewayError, status: ContentfulStatusCode, version: Version): unknown {
  if (error.refusal === "opted-out") return `${OPTED_OUT} Destination opted out: ${error.message}`;
  if (status !== 422) return error.message;
  const faults =
    error instanceof RequestError ? error.faults : error.field && { [nameOf(error.field, version)]: [error.message] };
  return faults ? { data: { attributes: faults } } : error.message;
}

function nameOf(field: string, version: Version): string {
  if (field === "recipient") return "to";
  if (field === "sender") return "from";
  if (field === "text") return version === "v2" ? "content" : "body";
  return field;
}

function refusal(c: Context<DialectEnv>, status: ContentfulStatusCode, detail: unknown): Response {
  return answer(c, { errors: [{ id: crypto.randomUUID(), status, title: TITLES[status], detail }] }, status);
}
