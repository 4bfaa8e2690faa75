/** Moving a business over: what its people agreed to elsewhere, and the keywords that they write. */

import { createRoute, z } from "@hono/zod-openapi";
import type { StandingConsent } from "../core/billing/subscriptions/consent.ts";
import type { StandingKeyword } from "../core/inbound/keyword.ts";
import { KEYWORD_MODES } from "../core/inbound/keyword.ts";
import type { KeywordId } from "../core/kernel/ids.ts";
import { type Imported, MOST_IMPORTED } from "../core/kernel/imports.ts";
import { given, json, makeApi, operator, refusals, Time } from "./api.ts";
import { WebUrl } from "./fields.ts";
import { strict } from "./strict.ts";

const app = makeApi();
export const imports = app;

const inPath = z.object({ id: z.string() });
const list = <Item extends z.ZodType>(item: Item) =>
  z.array(item).min(1, "is empty").max(MOST_IMPORTED, `may have ${MOST_IMPORTED} items; send more in another request`);
const Atomic = z.boolean().default(false).openapi({ description: "take all of them, or none" });
const text = (most: number) => z.string().min(1).max(most);

const Answer = z
  .object({
    taken: z.int().openapi({ description: "how many are there now as they were given, brought just now or before" }),
    refused: z.array(
      z.object({
        index: z.int().openapi({ description: "its place in the list, from 0" }),
        field: z.string().optional(),
        detail: z.string(),
      }),
    ),
  })
  .openapi("Imported");

const ConsentItem = strict({
  merchantId: text(100),
  serviceId: text(100).openapi({ description: "what the merchant calls it in charges, or the id of its keyword" }),
  recipient: z.string().max(40).openapi({ example: "+4798079008" }),
  token: z
    .string()
    .regex(/^[A-Za-z0-9_-]{1,100}$/, "must be 1 to 100 letters, digits, _ and -")
    .openapi({ example: "7K2B9QX4M1ZC8T5R3W6Y0HJN" }),
  description: text(200).optional(),
  shortNumber: text(20).optional().openapi({
    description: "where the person writes STOP; absent: the merchant's first, or the account's only one",
  }),
  since: Time.openapi({ description: "when the person agreed" }),
}).openapi("StandingConsent");

const importConsents = createRoute({
  method: "post",
  path: "/accounts/{id}/consents/import",
  summary: "Bring along what people agreed to be charged for elsewhere",
  description:
    "Each for itself, or with `atomic` all or none. The same list again has the same answer. Who wrote STOP here since " +
    "they agreed is not brought.",
  security: operator,
  request: {
    params: inPath,
    body: { required: true, ...json(strict({ atomic: Atomic, items: list(ConsentItem) }), "") },
  },
  responses: { 200: json(Answer, "what became of them"), ...refusals(400, 404) },
});

app.openapi(importConsents, async (c) => {
  const { atomic, items } = c.req.valid("json");
  const consents = items.map(({ merchantId, serviceId, description, shortNumber, ...one }): StandingConsent => {
    return { ...one, merchant: merchantId, service: serviceId, ...given({ description, shortNumber }) };
  });
  return c.json(await c.get("operator").imports.consents(c.req.valid("param").id, consents, { atomic }), 200);
});

const PreAuthItem = strict({
  isActive: z.boolean(),
  merchantId: text(100).optional(),
  description: text(200).optional(),
  infoText: text(1_000).optional(),
  infoSender: text(100).optional(),
  prefix: text(500).optional(),
  suffix: text(500).optional(),
  delaySeconds: z.int().min(0).max(86_400).optional(),
  age: z.int().min(0).max(150).optional(),
});
const words = text(500).refine((one) => one.trim() !== "", "is empty");
const KeywordItem = strict({
  id: z
    .string()
    .regex(/^[1-9]\d{0,14}$/, "must be 1 to 15 digits")
    .openapi({ example: "12345" }),
  shortNumber: text(20),
  mode: z.enum(KEYWORD_MODES),
  text: words,
  aliases: z.array(words).max(100).default([]),
  forwardUrl: WebUrl,
  isEnabled: z.boolean().default(true),
  preAuth: PreAuthItem.optional(),
  tags: z.array(text(100)).max(100).default([]),
  properties: z.record(z.string(), z.unknown()).default({}),
  createdAt: Time.optional(),
}).openapi("StandingKeyword");

const importKeywords = createRoute({
  method: "post",
  path: "/accounts/{id}/keywords/import",
  summary: "Bring along keywords, with their ids",
  description: "Each for itself, or with `atomic` all or none. The same list again has the same answer.",
  security: operator,
  request: {
    params: inPath,
    body: {
      required: true,
      ...json(
        strict({
          dialect: z.string().openapi({ description: "in which texts are forwarded", example: "target365" }),
          atomic: Atomic,
          items: list(KeywordItem),
        }),
        "",
      ),
    },
  },
  responses: { 200: json(Answer, "what became of them"), ...refusals(400, 404) },
});

app.openapi(importKeywords, async (c) => {
  const { dialect, atomic, items } = c.req.valid("json");
  const brought = { dialect, keywords: items.map(toKeyword) };
  const imported = await c.get("operator").imports.keywords(c.req.valid("param").id, brought, { atomic });
  return c.json(renamed(imported), 200);
});

function toKeyword({ id, text, aliases, preAuth, createdAt, ...item }: z.output<typeof KeywordItem>): StandingKeyword {
  return {
    ...item,
    id: id as KeywordId, // the schema lets nothing through but digits
    text: text.trim(),
    aliases: aliases.map((alias) => alias.trim()),
    ...(preAuth ? { preAuth: toPreAuth(preAuth) } : {}),
    echo: {},
    ...given({ createdAt }),
  };
}

function toPreAuth({ isActive, merchantId = "", delaySeconds, ...said }: z.output<typeof PreAuthItem>) {
  const { description, infoText, infoSender, prefix, suffix, age } = said;
  const delay = delaySeconds === undefined ? undefined : delaySeconds * 1_000;
  return {
    isActive,
    merchant: merchantId,
    ...given({ description, infoText, infoSender, prefix, suffix, delay, age }),
  };
}

/** What the keywords of customers' programs call it, and what it is called here. */
const NAMES: Record<string, string> = {
  keywordText: "text",
  shortNumberId: "shortNumber",
  customProperties: "properties",
  "preAuthSettings.merchantId": "preAuth.merchantId",
  "preAuthSettings.infoSender": "preAuth.infoSender",
};

function renamed({ taken, refused }: Imported): Imported {
  return {
    taken,
    refused: refused.map(({ index, field: theirs, detail }) => {
      const [name = ""] = /^[\w.]+(?=: )/.exec(detail) ?? [];
      const field = theirs ?? (name || undefined);
      if (field === undefined) return { index, detail };
      const ours = NAMES[field] ?? field;
      return { index, field: ours, detail: name === field ? ours + detail.slice(name.length) : detail };
    }),
  };
}

export type ImportRoutes = typeof importConsents | typeof importKeywords;
