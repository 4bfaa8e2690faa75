/** The code that CM's other APIs (api.cm.com) share: a token in a header, JSON both ways, refusals as a status and a message. */

import type { Context, MiddlewareHandler } from "hono";
import { z } from "zod";
import { GatewayError, type Refusal } from "../../core/kernel/errors.ts";
import type { DialectEnv } from "../dialect.ts";
import { caseless, parse, parseJson, readBytes } from "../read.ts";
import { callerOf } from "./auth.ts";
import { JSON_TYPE } from "./errors.ts";

/** Authenticates by the product token, here always in a header. */
export const productToken: MiddlewareHandler<DialectEnv> = async (c, next) => {
  c.set("caller", await callerOf(c, c.req.header("x-cm-producttoken")));
  await next();
};

/** Docs, OTP: 400 for all faults of a request, its token too. Only an unknown path is 404, and the wrong method 405. */
const STATUS = {
  "bad-request": 400,
  "bad-number": 400,
  "bad-sender": 400,
  "bad-text": 400,
  "too-large": 400,
  unauthorised: 400,
  replayed: 400,
  "not-allowed": 400,
  "not-found": 404,
  "wrong-method": 405,
  "already-exists": 400,
  repeated: 400,
  "too-late": 400,
  "too-many-requests": 400,
  "opted-out": 400,
  "quiet-hours": 400,
  "country-closed": 400,
  "no-carrier": 503,
  // The docs have no word for either.
  "key-reused": 422,
  "key-in-progress": 409,
} as const satisfies Record<Refusal, number>;

/** Seen in one of their clients, which logs the `message` and the `status` of any answer but 200. */
export function toErrorAnswer(error: unknown, c: Context<DialectEnv>): Response {
  if (error instanceof GatewayError) {
    const status = STATUS[error.refusal];
    return c.json({ status, message: error.message }, status, JSON_TYPE);
  }
  const id = c.get("fault")(error);
  const message = `Something went wrong on our side; nothing is known to be wrong with the request. Fault ${id}.`;
  return c.json({ status: 500, message }, 500, JSON_TYPE);
}

/** Another method at an address that we have. */
export function wrongMethod(c: Context<DialectEnv>): never {
  throw new GatewayError("wrong-method", `${c.req.path} does not take ${c.req.method}`);
}

/** The body, with its keys in any case. */
export async function readBody<Shape extends z.ZodObject>(
  c: Context<DialectEnv>,
  shape: Shape,
): Promise<z.output<Shape>> {
  return parse(shape, caseless(shape, parseJson(await readBytes(c.req.raw))));
}

/** A whole number in these bounds, as a number or as text. */
export function whole(least: number, most: number) {
  const error = `must be a whole number from ${least} to ${most}`;
  return z
    .union([z.number(), z.string().regex(/^\d+$/)], { error })
    .transform(Number)
    .refine((number) => Number.isInteger(number) && number >= least && number <= most, { error });
}
