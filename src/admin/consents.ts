/** The evidence that a person agreed: what they saw, when, from where, and by which code. */

import { createRoute, z } from "@hono/zod-openapi";
import { CONFIRMED_BY } from "../core/billing/purchases/evidence.ts";
import { INTERVALS } from "../core/billing/subscriptions/anchor.ts";
import type { SubscriptionId, WindowId } from "../core/kernel/ids.ts";
import type { ShownConsent } from "../core/operator/charges.ts";
import { iso, json, makeApi, operator, refusals } from "./api.ts";

const app = makeApi();
export const consents = app;

const ConsentAnswer = z
  .object({
    window: z.string(),
    account: z.string(),
    transaction: z.string(),
    at: z.string().openapi({ description: "when they confirmed" }),
    by: z
      .enum(CONFIRMED_BY)
      .openapi({ description: "by a PIN that we sent, or by a mobile network's word and a click" }),
    code: z
      .object({
        id: z.string(),
        recipient: z.string(),
        state: z.string(),
        acceptedAt: z.string(),
        changedAt: z.string(),
      })
      .optional()
      .openapi({ description: "the text that carried the PIN; absent once it is forgotten" }),
    message: z.string().optional(),
    language: z.string(),
    page: z.string().openapi({ description: "SHA-256 of the page, without its tokens" }),
    isAsSent: z.boolean().openapi({ description: "whether the browser brought back the digest of this very page" }),
    shown: z.string().openapi({ description: "the words of the page, in their order" }),
    terms: z.object({
      merchant: z.string(),
      invoiceText: z.string(),
      amount: z.number().int(),
      currency: z.string(),
      age: z.number().int(),
      shortNumber: z.string(),
      terms: z
        .object({
          price: z.number().int(),
          interval: z.enum(INTERVALS),
          timeZone: z.string(),
          autoRebill: z.boolean(),
          startSms: z.string().optional(),
        })
        .optional()
        .openapi({ description: "of the subscription that it begins" }),
    }),
    address: z.string().openapi({ description: "the browser's" }),
    browser: z.string().openapi({ description: "what it said it is" }),
  })
  .openapi("ConsentEvidence");

function toAnswer({ at, code, ...consent }: ShownConsent) {
  const { acceptedAt, changedAt, ...text } = code ?? { acceptedAt: 0, changedAt: 0 };
  return {
    ...consent,
    at: iso(at),
    ...(code ? { code: { ...code, ...text, acceptedAt: iso(acceptedAt), changedAt: iso(changedAt) } } : {}),
  };
}

const params = z.object({ id: z.string() });
const responses = { 200: json(ConsentAnswer, "the evidence"), ...refusals(404) };

const ofWindow = createRoute({
  method: "get",
  path: "/windows/{id}/consent",
  summary: "What a person saw who confirmed a purchase",
  description: "For a dispute: the page, its words, the terms, the time, the browser, and the code.",
  security: operator,
  request: { params },
  responses,
});

app.openapi(ofWindow, async (c) => {
  return c.json(toAnswer(await c.get("operator").windows.consent(c.req.valid("param").id as WindowId)), 200);
});

const ofSubscription = createRoute({
  method: "get",
  path: "/subscriptions/{id}/consent",
  summary: "What a person saw who began a subscription",
  security: operator,
  request: { params },
  responses,
});

app.openapi(ofSubscription, async (c) => {
  return c.json(
    toAnswer(await c.get("operator").subscriptions.consent(c.req.valid("param").id as SubscriptionId)),
    200,
  );
});

export type ConsentRoutes = typeof ofWindow | typeof ofSubscription;
