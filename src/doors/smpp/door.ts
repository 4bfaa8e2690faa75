/** Where the bridge brings connections: a WebSocket for each, whose first frame begins with a bind. */

import type { Context } from "hono";
import { slowDown } from "../../adapters/throttle.ts";
import { GatewayError } from "../../core/kernel/errors.ts";
import { isSameSecret } from "../../core/kernel/same-secret.ts";
import { type Env, settingsOf } from "../../env.ts";
import { BROUGHT } from "./brought.ts";
import { isSystemId } from "./front.ts";

/** @throws GatewayError not-allowed, unauthorised, bad-request */
export async function bring(c: Context<{ Bindings: Env }>): Promise<Response> {
  const { SMPP_BRIDGE_TOKEN } = settingsOf(c.env);
  if (!SMPP_BRIDGE_TOKEN) throw new GatewayError("not-allowed", "set SMPP_BRIDGE_TOKEN to let customers bind by SMPP");
  if (!isSameSecret(c.req.header("authorization") ?? "", `Bearer ${SMPP_BRIDGE_TOKEN}`)) {
    await slowDown(c.req.header("cf-connecting-ip") ?? "", "much");
    throw new GatewayError("unauthorised", "this is not the token of the SMPP bridge");
  }
  const systemId = c.req.header(BROUGHT.systemId) ?? "";
  if (c.req.header("upgrade")?.toLowerCase() !== "websocket" || !isSystemId(systemId)) {
    throw new GatewayError("bad-request", "a bridge opens a WebSocket here, and says whose connection it is");
  }
  return c.env.SMPP.get(c.env.SMPP.idFromName(systemId)).fetch(c.req.raw);
}
