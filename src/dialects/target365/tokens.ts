/** /api/strex/token: whether a person has agreed to be charged again. Guides, "Pre-authorisation". */

import { type Context, Hono } from "hono";
import type { Consent } from "../../core/billing/subscriptions/consent.ts";
import { GatewayError } from "../../core/kernel/errors.ts";
import type { DialectEnv } from "../dialect.ts";
import { onlyOnce } from "./auth.ts";
import { numberInQuery } from "./body.ts";
import { JSON_TYPE } from "./schema.ts";

const app = new Hono<DialectEnv>();

app.get("/:merchantId", onlyOnce, async (c) => c.json((await find(c)).token, 200, JSON_TYPE));

app.delete("/:merchantId", onlyOnce, async (c) => {
  await c.get("gateway").endConsent(await find(c));
  return c.body(null, 204);
});

export const tokens = app;

/** An empty serviceId means any consent to that merchant; guides since October 2025. */
async function find(c: Context<DialectEnv>): Promise<Consent> {
  const merchant = c.req.param("merchantId") ?? "";
  const msisdn = numberInQuery(c, "msisdn");
  const service = c.req.query("serviceId") ?? "";
  const consent = await c.get("gateway").consent(c.get("caller"), merchant, service, msisdn);
  if (consent) return consent;
  throw new GatewayError("not-found", `there is no token of that number for merchant ${merchant}`);
}
