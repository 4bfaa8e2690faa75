/** Credential → caller: the ring that a pigeon wears, in a header. */

import type { MiddlewareHandler } from "hono";
import { GatewayError } from "../../../src/core/kernel/errors.ts";
import type { DialectEnv } from "../../../src/dialects/dialect.ts";
import { readBytes, sha256 } from "../../../src/dialects/read.ts";

/** @throws GatewayError unauthorised */
export const authenticate: MiddlewareHandler<DialectEnv> = async (c, next) => {
  const ring = c.req.header("x-ring");
  const caller = ring && (await c.get("gateway").callerBySecret("pigeon", "ring", await sha256(ring)));
  if (!caller) throw new GatewayError("unauthorised", "send the ring of the pigeon as X-Ring");
  await c.get("admit")(caller);
  c.set("caller", (await c.get("claimFor")?.(caller)) ?? caller);
  c.set("body", await readBytes(c.req.raw));
  await next();
};
