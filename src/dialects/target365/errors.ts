/** Our refusal → their error: a status, and `{"Message": …}` in exactly this spelling, since .NET reads no other. */

import type { Context } from "hono";
import { GatewayError, type Refusal } from "../../core/kernel/errors.ts";
import type { DialectEnv } from "../dialect.ts";
import { JSON_TYPE } from "./schema.ts";

const STATUS = {
  "bad-request": 400,
  "bad-number": 400,
  "bad-sender": 400,
  "bad-text": 400,
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
  "opted-out": 403,
  "quiet-hours": 403,
  "country-closed": 403,
  "no-carrier": 503,
  "key-reused": 422,
  "key-in-progress": 409,
} as const satisfies Record<Refusal, number>;

export function toErrorResponse(error: unknown, c: Context<DialectEnv>): Response {
  if (error instanceof GatewayError) return c.json({ Message: error.message }, STATUS[error.refusal], JSON_TYPE);
  const id = c.get("fault")(error);
  const text = `Something went wrong on our side; nothing is known to be wrong with the request. Fault ${id}.`;
  return c.json({ Message: text }, 500, JSON_TYPE);
}
