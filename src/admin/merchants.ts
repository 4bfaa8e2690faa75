/** Merchants: the sellers that charges are for. */

import { createRoute, z } from "@hono/zod-openapi";
import type { Merchant } from "../core/billing/service.ts";
import { iso, json, listOf, makeApi, operator, refusals } from "./api.ts";
import { PathId } from "./fields.ts";
import { strict } from "./strict.ts";

const app = makeApi();
export const merchants = app;

const TERMS_URL = {
  description: "Where the merchant's terms are: an https URL. Purchase pages link it before their button",
  example: "https://shop.example.org/terms",
};
const CONTACT = {
  description:
    "How a buyer reaches the merchant: a phone number, an e-mail address or an https URL. Purchase pages show it",
  example: "+47 22 00 00 00",
};

const MerchantBody = strict({
  shortNumberIds: z
    .array(z.string().min(1).max(40))
    .max(100)
    .optional()
    .openapi({ example: ["NO-2002"] }),
  name: z.string().trim().min(1).max(200).optional(),
  termsUrl: z.string().trim().min(1).max(500).optional().openapi(TERMS_URL),
  contact: z.string().trim().min(1).max(500).optional().openapi(CONTACT),
});
const MerchantAnswer = z
  .object({
    id: z.string(),
    account: z.string(),
    name: z.string().optional(),
    termsUrl: z.string().optional().openapi(TERMS_URL),
    contact: z.string().optional().openapi(CONTACT),
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

const putMerchant = createRoute({
  method: "put",
  path: "/accounts/{id}/merchants/{merchantId}",
  summary: "Let an account charge for a merchant",
  security: operator,
  request: {
    params: z.object({ id: z.string(), merchantId: PathId }),
    body: { required: true, ...json(MerchantBody, "") },
  },
  responses: { 200: json(MerchantAnswer, "it may"), ...refusals(400, 404) },
});

app.openapi(putMerchant, async (c) => {
  const { id, merchantId } = c.req.valid("param");
  const { shortNumberIds = [], ...about } = c.req.valid("json");
  const merchant = await c.get("operator").merchants.put(id, { id: merchantId, shortNumberIds, ...about });
  return c.json(toAnswer(merchant), 200);
});

const listMerchants = createRoute({
  method: "get",
  path: "/accounts/{id}/merchants",
  summary: "List merchants",
  security: operator,
  request: { params: z.object({ id: z.string() }) },
  responses: { 200: json(listOf(MerchantAnswer), "the merchants"), ...refusals(404) },
});

app.openapi(listMerchants, async (c) => {
  const items = await c.get("operator").merchants.list(c.req.valid("param").id);
  return c.json({ items: items.map(toAnswer) }, 200);
});

const findMerchant = createRoute({
  method: "get",
  path: "/accounts/{id}/merchants/{merchantId}",
  summary: "Look up a merchant",
  security: operator,
  request: inPath,
  responses: { 200: json(MerchantAnswer, "the merchant"), ...refusals(404) },
});

app.openapi(findMerchant, async (c) => {
  const { id, merchantId } = c.req.valid("param");
  return c.json(toAnswer(await c.get("operator").merchants.find(id, merchantId)), 200);
});

const removeMerchant = createRoute({
  method: "delete",
  path: "/accounts/{id}/merchants/{merchantId}",
  summary: "No longer let an account charge for a merchant",
  security: operator,
  request: inPath,
  responses: { 204: { description: "it may not" }, ...refusals(404) },
});

app.openapi(removeMerchant, async (c) => {
  const { id, merchantId } = c.req.valid("param");
  await c.get("operator").merchants.remove(id, merchantId);
  return c.body(null, 204);
});

export type MerchantRoutes = typeof putMerchant | typeof listMerchants | typeof findMerchant | typeof removeMerchant;
