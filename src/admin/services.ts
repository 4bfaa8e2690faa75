/** Services: what a merchant sells, at what price, by what rules. */

import { createRoute, z } from "@hono/zod-openapi";
import type { Service } from "../core/billing/service.ts";
import { INTERVALS } from "../core/billing/subscriptions/anchor.ts";
import { iso, json, listOf, makeApi, operator, refusals } from "./api.ts";
import { PathId } from "./fields.ts";
import { PinsPerHour, ServiceTerms, toTerms } from "./service-terms.ts";

const app = makeApi();
export const services = app;

const ServiceAnswer = z
  .object({
    id: z.string(),
    account: z.string(),
    merchantId: z.string(),
    shortNumber: z.string(),
    serviceCode: z.string(),
    price: z.number().int(),
    tariffs: z.array(z.number().int()).optional(),
    currency: z.string(),
    invoiceText: z.string(),
    keyword: z.string().optional(),
    redirectUrl: z.string(),
    recurring: z.boolean(),
    interval: z.enum(INTERVALS).optional(),
    subscriptionPrice: z.number().int().optional(),
    autoRebill: z.boolean(),
    startSms: z.string().optional(),
    renewalSms: z.string().optional(),
    age: z.number().int(),
    timeZone: z.string(),
    onlineText: z.string().optional(),
    offlineText: z.string().optional(),
    consent: z.string().optional(),
    consentDescription: z.string().optional(),
    stopStyle: z.enum(["raw", "ask"]),
    repeatGuardSeconds: z.number().int(),
    pinsPerHour: PinsPerHour.optional(),
    echo: z
      .record(z.string(), z.unknown())
      .openapi({ description: "fields from the customer's request that are given back unchanged" }),
    windowPath: z.string().openapi({ description: "where its purchase page is", example: "/magazine" }),
    createdAt: z.string(),
    changedAt: z.string(),
  })
  .openapi("Service");
const inPath = { params: z.object({ id: z.string(), serviceId: z.string() }) };

function toAnswer({ merchant, tariffs, createdAt, changedAt, ...service }: Service) {
  return {
    ...service,
    merchantId: merchant,
    ...(tariffs ? { tariffs: [...tariffs] } : {}),
    windowPath: `/${service.id}`,
    createdAt: iso(createdAt),
    changedAt: iso(changedAt),
  };
}

const putService = createRoute({
  method: "put",
  path: "/accounts/{id}/services/{serviceId}",
  summary: "Sell a service, or change what is said of it",
  description:
    "Replaces the terms. Its id is the address of its purchase page: one that another account ever published is refused. Subscriptions that began under others keep their price and interval. Amounts are integer minor units.",
  security: operator,
  request: {
    params: z.object({ id: z.string(), serviceId: PathId }),
    body: { required: true, ...json(ServiceTerms, "") },
  },
  responses: { 200: json(ServiceAnswer, "the service as it is now"), ...refusals(400, 404, 409) },
});

app.openapi(putService, async (c) => {
  const { id, serviceId } = c.req.valid("param");
  const stored = await c.get("operator").services.put(id, serviceId, toTerms(c.req.valid("json")));
  return c.json(toAnswer(stored), 200);
});

const listServices = createRoute({
  method: "get",
  path: "/accounts/{id}/services",
  summary: "List services",
  security: operator,
  request: { params: z.object({ id: z.string() }) },
  responses: { 200: json(listOf(ServiceAnswer), "the services"), ...refusals(404) },
});

app.openapi(listServices, async (c) => {
  const items = await c.get("operator").services.list(c.req.valid("param").id);
  return c.json({ items: items.map(toAnswer) }, 200);
});

const findService = createRoute({
  method: "get",
  path: "/accounts/{id}/services/{serviceId}",
  summary: "Look up a service",
  security: operator,
  request: inPath,
  responses: { 200: json(ServiceAnswer, "the service"), ...refusals(404) },
});

app.openapi(findService, async (c) => {
  const { id, serviceId } = c.req.valid("param");
  return c.json(toAnswer(await c.get("operator").services.find(id, serviceId)), 200);
});

const removeService = createRoute({
  method: "delete",
  path: "/accounts/{id}/services/{serviceId}",
  summary: "No longer sell a service",
  description: "A service with subscriptions cannot be removed until the last one is cancelled.",
  security: operator,
  request: inPath,
  responses: { 204: { description: "it is gone" }, ...refusals(404, 409) },
});

app.openapi(removeService, async (c) => {
  const { id, serviceId } = c.req.valid("param");
  await c.get("operator").services.remove(id, serviceId);
  return c.body(null, 204);
});

export type ServiceRoutes = typeof putService | typeof listServices | typeof findService | typeof removeService;
