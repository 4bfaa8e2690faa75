/** Refusals of the admin and sandbox API, as problem details. RFC 9457. */

import { z } from "@hono/zod-openapi";
import { GatewayError, type Refusal } from "../core/kernel/errors.ts";

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

export const Problem = z
  .object({
    type: z.string().openapi({ example: "urn:stafett:not-found" }),
    title: z.string(),
    status: z.number().int(),
    detail: z.string(),
    field: z.string().optional(),
    requestId: z.string().openapi({ description: "as in the header X-Request-Id, and in the log" }).optional(),
  })
  .openapi("Problem");

/** @param requestId what the request is called that is refused */
export function problem(error: unknown, fault: (error: unknown) => string, requestId: string | undefined): Response {
  const more = requestId === undefined ? {} : { requestId };
  if (error instanceof GatewayError) {
    const { refusal, message, field } = error;
    return respond(STATUS[refusal], refusal, message, { ...(field ? { field } : {}), ...more });
  }
  return respond(500, "fault", `Something went wrong on our side. Fault ${fault(error)}.`, more);
}

function respond(status: number, kind: string, detail: string, more: { field?: string; requestId?: string }): Response {
  const title = kind.charAt(0).toUpperCase() + kind.slice(1).replaceAll("-", " ");
  const body = { type: `urn:stafett:${kind}`, title, status, detail, ...more };
  const again = kind === "key-in-progress" ? { "retry-after": "1" } : {};
  return new Response(JSON.stringify(body), {
    status,
    headers: { "content-type": "application/problem+json", ...again },
  });
}
