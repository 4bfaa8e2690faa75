/** Merchants: who a charge is for. */

import { createRoute, z } from "@hono/zod-openapi";
import type { Merchant } from "../core/billing/service.ts";
import { GatewayError } from "../core/kernel/errors.ts";
import { findAccount } from "./accounts.ts";
import { given, iso, json, listOf, makeApi, operator, refusals } from "./api.ts";
import { PathId } from "./fields.ts";
import { strict } from "./strict.ts";

const app = makeApi();
export const merchants = app;

const MerchantBody = strict({
  shortNumberIds: z
    .array(z.string().min(1).max(40))
    .max(100)
    .optional()
    .openapi({ example: ["NO-2002"] }),
  name: z.string().trim().min(1).max(200).optional(),
});
const MerchantAnswer = z
  .object({
    id: z.string(),
    account: z.string(),
    name: z.string().optional(),
    shortNumberIds: z.array(z.string()),
    createdAt: z.string(),
    changedAt: z.string(),
  })
  .openapi("Merchant");
const inPath = { params: z.object({ id: z.string(), merchantId: z.string() }) };

function toAnswer(merchant: Merchant) {
  return {
    ...merchant,
    shortNumberIds: [...merchant.shortNumberIds],
    createdAt: iso(merchant.createdAt),
    changedAt: iso(merchant.changedAt),
  };
}

function noSuch(account: string, id: string): GatewayError {
  return new GatewayError("not-found", `account ${account} has no merchant ${id}`);
}

app.openapi(
  createRoute({
    method: "put",
    path: "/accounts/{id}/merchants/{merchantId}",
    summary: "Let an account charge for a merchant",
    security: operator,
    request: {
      params: z.object({ id: z.string(), merchantId: PathId }),
      body: { required: true, ...json(MerchantBody, "") },
    },
    responses: { 200: json(MerchantAnswer, "it may"), ...refusals(400, 404) },
  }),
  async (c) => {
    const { id, merchantId } = c.req.valid("param");
    const account = await findAccount(c, id);
    const { shortNumberIds = [], name } = c.req.valid("json");
    const { services, clock } = c.get("ports");
    const now = clock.now();
    const known = await services.merchant(account.id, merchantId);
    const merchant: Merchant = {
      account: account.id,
      id: merchantId,
      shortNumberIds,
      ...given({ name }),
      createdAt: known?.createdAt ?? now,
      changedAt: now,
    };
    await services.putMerchant(merchant);
    return c.json(toAnswer(merchant), 200);
  },
);

app.openapi(
  createRoute({
    method: "get",
    path: "/accounts/{id}/merchants",
    summary: "List merchants",
    security: operator,
    request: { params: z.object({ id: z.string() }) },
    responses: { 200: json(listOf(MerchantAnswer), "the merchants"), ...refusals(404) },
  }),
  async (c) => {
    const account = await findAccount(c, c.req.valid("param").id);
    const items = await c.get("ports").services.merchants(account.id);
    return c.json({ items: items.map(toAnswer) }, 200);
  },
);

app.openapi(
  createRoute({
    method: "get",
    path: "/accounts/{id}/merchants/{merchantId}",
    summary: "Look up a merchant",
    security: operator,
    request: inPath,
    responses: { 200: json(MerchantAnswer, "the merchant"), ...refusals(404) },
  }),
  async (c) => {
    const { id, merchantId } = c.req.valid("param");
    const merchant = await c.get("ports").services.merchant(id, merchantId);
    if (!merchant) throw noSuch(id, merchantId);
    return c.json(toAnswer(merchant), 200);
  },
);

app.openapi(
  createRoute({
    method: "delete",
    path: "/accounts/{id}/merchants/{merchantId}",
    summary: "No longer let an account charge for a merchant",
    security: operator,
    request: inPath,
    responses: { 204: { description: "it may not" }, ...refusals(404) },
  }),
  async (c) => {
    const { id, merchantId } = c.req.valid("param");
    const { services } = c.get("ports");
    if (await services.removeMerchant(id, merchantId)) return c.body(null, 204);
    if (!(await services.merchant(id, merchantId))) throw noSuch(id, merchantId);
    throw new GatewayError("too-late", `merchant ${merchantId} has services: take them away first`);
  },
);
