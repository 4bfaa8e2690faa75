/** Our refusal → a status, and a sentence. */

import type { Context } from "hono";
import { GatewayError, type Refusal } from "../../../src/core/kernel/errors.ts";
import type { DialectEnv } from "../../../src/dialects/dialect.ts";

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
  if (error instanceof GatewayError) return c.json({ coo: error.message }, STATUS[error.refusal]);
  return c.json({ coo: `something went wrong on our side: ${c.get("fault")(error)}` }, 500);
}
