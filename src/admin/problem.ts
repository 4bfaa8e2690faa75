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
  "no-carrier": 503,
} as const satisfies Record<Refusal, number>;

export const Problem = z
  .object({
    type: z.string().openapi({ example: "urn:stafett:not-found" }),
    title: z.string(),
    status: z.number().int(),
    detail: z.string(),
    field: z.string().optional(),
  })
  .openapi("Problem");

export function problem(error: unknown, fault: (error: unknown) => string): Response {
  if (error instanceof GatewayError) {
    return respond(STATUS[error.refusal], error.refusal, error.message, error.field);
  }
  return respond(500, "fault", `Something went wrong on our side. Fault ${fault(error)}.`);
}

function respond(status: number, kind: string, detail: string, field?: string): Response {
  const title = kind.charAt(0).toUpperCase() + kind.slice(1).replaceAll("-", " ");
  const body = { type: `urn:stafett:${kind}`, title, status, detail, ...(field ? { field } : {}) };
  return new Response(JSON.stringify(body), { status, headers: { "content-type": "application/problem+json" } });
}
