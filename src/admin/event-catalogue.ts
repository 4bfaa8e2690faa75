/** The catalogue of events: the schema of what a customer reads of each type, and an example of it. */

import { z } from "@hono/zod-openapi";
import { GUARD_REASONS } from "../core/billing/codes/code-guard.ts";
import { INTERVALS } from "../core/billing/subscriptions/anchor.ts";
import { CAMPAIGN_REASONS, SKIPS } from "../core/campaigns/campaign.ts";
import { REASONS } from "../core/kernel/reasons.ts";
import { SUPPRESSION_SOURCES } from "../core/messages/suppression.ts";
import { EVENT_TYPES, EVENTS, type EventType, type ToldEvent } from "../core/webhooks/events.ts";

const At = z.iso.datetime();
const Person = z.string();
const Tags = z.array(z.string()).optional().describe("the customer's own labels");

const Message = z.strictObject({
  id: z.string().startsWith("msg_"),
  theirId: z.string(),
  dialect: z.string(),
  sender: z.string(),
  recipient: Person,
  channel: z.string().optional(),
  parts: z.int(),
  state: z.enum(["sent", "delivered", "failed", "expired", "cancelled"]),
  reason: z.enum(REASONS).optional(),
  carrier: z.string().optional(),
  operator: z.string().optional(),
  tags: Tags,
  at: At,
});

const Charge = z.strictObject({
  id: z.string().startsWith("txn_"),
  theirId: z.string(),
  dialect: z.string(),
  merchant: z.string(),
  service: z.string().optional(),
  shortNumber: z.string(),
  recipient: Person.optional(),
  amount: z.int(),
  currency: z.string(),
  state: z.enum(["unknown", "billed", "failed", "expired", "cancelled"]),
  reason: z.enum(REASONS).optional(),
  message: z.string().startsWith("msg_").optional(),
  subscription: z.string().startsWith("sub_").optional(),
  reverses: z.string().startsWith("txn_").optional(),
  operator: z.string().optional(),
  tags: Tags,
  at: At,
});

const Inbound = z.strictObject({
  id: z.string().startsWith("inb_"),
  sender: Person,
  recipient: z.string(),
  text: z.string(),
  binary: z
    .strictObject({ header: z.int().optional(), messageClass: z.int().min(0).max(3).optional() })
    .optional()
    .describe("the text is octets in hexadecimal digits, of which the first `header` are a header of user data"),
  channel: z.string().optional(),
  keyword: z.string().optional(),
  operator: z.string().optional(),
  service: z.string().optional(),
  tags: Tags,
  isStop: z.boolean(),
  receivedAt: At,
});

const Subscription = z.strictObject({
  id: z.string().startsWith("sub_"),
  service: z.string(),
  merchant: z.string(),
  recipient: Person,
  price: z.int(),
  currency: z.string(),
  interval: z.enum(INTERVALS),
  period: z.int(),
  state: z.enum(["active", "dunning", "cancelled"]),
  endedBy: z.enum(["person", "merchant", "operator", "dunning"]).optional(),
  neverBegun: z.literal(true).optional(),
  dueAt: At.optional(),
  reason: z.enum(REASONS).optional(),
  transaction: z.string().optional(),
  at: At,
});

const Suppression = z.strictObject({
  number: z.string(),
  recipient: Person,
  word: z.string().optional(),
  source: z.enum(SUPPRESSION_SOURCES),
  at: At,
  proof: z.string().optional(),
});

const Campaign = z.strictObject({
  id: z.string().startsWith("cmp_"),
  name: z.string(),
  sender: z.string(),
  reason: z.enum(CAMPAIGN_REASONS).optional(),
  accepted: z.int(),
  waiting: z.int(),
  underWay: z.int(),
  sent: z.int(),
  delivered: z.int(),
  failed: z.int(),
  cancelled: z.int(),
  skipped: z.partialRecord(z.enum(SKIPS), z.int()),
  at: At,
});

const CodeAreaSchema = z.strictObject({
  area: z.string().describe("a country, ISO 3166 alpha-2, or what the numbers begin with"),
  reason: z.enum(GUARD_REASONS).optional(),
  sent: z.int().optional().describe("codes sent there in the time that the guard looks back"),
  confirmed: z.int().optional().describe("codes that people entered in that time"),
  untilAt: At.optional().describe("when codes are sent there again"),
  at: At,
});

const Limit = z.strictObject({
  limit: z.enum(["messagesPerDay", "spendPerDay"]).describe("the limit's name in `settings.limits`"),
  currency: z.string().optional().describe("of money"),
  credential: z.string().optional().describe("the id of the credential whose limit it is; absent: the account's"),
  used: z.int().describe("messages, or minor units"),
  most: z.int().describe("the limit"),
  day: z.iso.date().describe("by the account's time zone"),
  untilAt: At.describe("when the next day begins"),
  at: At,
});

const Endpoint = z.strictObject({ endpoint: z.string(), reason: z.string().optional(), at: At });

const message = {
  id: "msg_0000010hm7xt5h0000a1b2c3d",
  theirId: "order-4711",
  dialect: "target365",
  sender: "Shop",
  recipient: "+4798079008",
  parts: 1,
  carrier: "norway",
  at: "2026-11-22T12:00:01.250Z",
};
const charge = {
  id: "txn_0000010hm7xt5h0000a1b2c3d",
  theirId: "song-17",
  dialect: "target365",
  merchant: "demo",
  shortNumber: "2002",
  recipient: "+4798079008",
  amount: 1000,
  currency: "NOK",
  at: "2026-11-22T12:00:01.250Z",
};
const reversal = { ...charge, theirId: "-song-17", amount: -1000, reverses: "txn_0000010hm7xt4z0000z9y8x7w" };
const subscription = {
  id: "sub_0000010hm7xt5h0000a1b2c3d",
  service: "games",
  merchant: "demo",
  recipient: "+4798079008",
  price: 4900,
  currency: "NOK",
  interval: "monthly",
  period: 0,
  state: "active",
  transaction: "games-4711",
  at: "2026-11-22T12:00:01.250Z",
};
const codeArea = { area: "+999123", at: "2026-11-22T12:00:01.250Z" };
const limit = {
  limit: "spendPerDay",
  currency: "NOK",
  used: 4_100_000,
  most: 5_000_000,
  day: "2026-11-22",
  untilAt: "2026-11-22T23:00:00.000Z",
  at: "2026-11-22T12:00:01.250Z",
};
const suppression = { number: "+12025550123", recipient: "+12025550199", at: "2026-11-22T12:00:01.250Z" };
const campaign = {
  id: "cmp_0000010hm7xt5h0000a1b2c3d",
  name: "Spring sale",
  sender: "Shop",
  accepted: 1000,
  waiting: 990,
  underWay: 0,
  sent: 0,
  delivered: 0,
  failed: 0,
  cancelled: 0,
  skipped: { invalid: 7, duplicate: 3 },
  at: "2026-11-22T12:00:01.250Z",
};
const endpoint = { endpoint: "orders", at: "2026-11-22T12:00:01.250Z" };

/** Of each type, the schema of its data, and data as it may be. */
const DATA: { readonly [Type in EventType]: { schema: z.ZodObject; example: Record<string, unknown> } } = {
  "message.sent": { schema: Message, example: { ...message, state: "sent" } },
  "message.delivered": {
    schema: Message,
    example: { ...message, state: "delivered", operator: "no.telenor", tags: ["autumn"] },
  },
  "message.failed": { schema: Message, example: { ...message, state: "failed", reason: "unknown-subscriber" } },
  "message.expired": { schema: Message, example: { ...message, state: "expired", reason: "validity-over" } },
  "message.cancelled": { schema: Message, example: { ...message, state: "cancelled" } },
  "inbound.received": {
    schema: Inbound,
    example: {
      id: "inb_0hm7xt5h0000a1b2c3d",
      sender: "+4798079008",
      recipient: "2002",
      text: "GAMES START",
      keyword: "GAMES",
      isStop: false,
      receivedAt: "2026-11-22T12:00:01.250Z",
    },
  },
  "charge.billed": { schema: Charge, example: { ...charge, state: "billed" } },
  "charge.failed": { schema: Charge, example: { ...charge, state: "failed", reason: "insufficient-funds" } },
  "charge.expired": { schema: Charge, example: { ...charge, state: "expired", reason: "timed-out" } },
  "charge.cancelled": { schema: Charge, example: { ...charge, state: "cancelled" } },
  "charge.unknown": { schema: Charge, example: { ...charge, state: "unknown" } },
  "reversal.billed": { schema: Charge, example: { ...reversal, state: "billed" } },
  "reversal.failed": { schema: Charge, example: { ...reversal, state: "failed", reason: "rejected" } },
  "reversal.expired": { schema: Charge, example: { ...reversal, state: "expired", reason: "validity-over" } },
  "reversal.cancelled": { schema: Charge, example: { ...reversal, state: "cancelled" } },
  "reversal.unknown": { schema: Charge, example: { ...reversal, state: "unknown" } },
  "subscription.started": { schema: Subscription, example: { ...subscription, dueAt: "2026-12-22T12:00:00.000Z" } },
  "subscription.renewed": {
    schema: Subscription,
    example: { ...subscription, period: 1, dueAt: "2027-01-22T12:00:00.000Z" },
  },
  "subscription.failed": {
    schema: Subscription,
    example: { ...subscription, period: 1, state: "dunning", reason: "insufficient-funds" },
  },
  "subscription.cancelled": {
    schema: Subscription,
    example: { ...subscription, period: 1, state: "cancelled", endedBy: "person" },
  },
  "suppression.added": { schema: Suppression, example: { ...suppression, word: "stop", source: "person" } },
  "suppression.lifted": { schema: Suppression, example: { ...suppression, source: "person" } },
  "campaign.started": { schema: Campaign, example: campaign },
  "campaign.paused": {
    schema: Campaign,
    example: { ...campaign, reason: "asked", waiting: 400, sent: 90, delivered: 495, failed: 5 },
  },
  "campaign.resumed": { schema: Campaign, example: { ...campaign, waiting: 400, sent: 60, delivered: 525, failed: 5 } },
  "campaign.finished": {
    schema: Campaign,
    example: { ...campaign, reason: "done", waiting: 0, sent: 40, delivered: 940, failed: 10 },
  },
  "campaign.cancelled": {
    schema: Campaign,
    example: { ...campaign, reason: "asked", waiting: 0, sent: 60, delivered: 525, failed: 5, cancelled: 400 },
  },
  "codes.suspicious": {
    schema: CodeAreaSchema,
    example: { ...codeArea, reason: "conversion", sent: 80, confirmed: 16 },
  },
  "codes.blocked": {
    schema: CodeAreaSchema,
    example: { ...codeArea, reason: "conversion", sent: 120, confirmed: 3, untilAt: "2026-11-22T13:00:01.250Z" },
  },
  "codes.opened": { schema: CodeAreaSchema, example: codeArea },
  "limit.near": { schema: Limit, example: limit },
  "limit.reached": { schema: Limit, example: { ...limit, used: 5_000_000 } },
  "endpoint.disabled": { schema: Endpoint, example: { ...endpoint, reason: "it answered 410" } },
  "endpoint.enabled": { schema: Endpoint, example: endpoint },
  "endpoint.test": { schema: Endpoint, example: endpoint },
};

type CatalogueEntry = {
  type: EventType;
  version: number;
  summary: string;
  schema: z.ZodType;
  example: ToldEvent;
};

/** Every type of event, with the schema of the whole body of its webhook. */
export const CATALOGUE: readonly CatalogueEntry[] = EVENT_TYPES.map((type) => {
  const { version, summary } = EVENTS[type];
  const { schema, example } = DATA[type];
  const number = type === "endpoint.test" ? 0 : 42;
  return {
    type,
    version,
    summary,
    schema: z.strictObject({
      id: z.string().startsWith("evt_"),
      type: z.literal(type),
      version: z.literal(version),
      number: z.int().min(0),
      timestamp: At,
      data: schema,
    }),
    example: {
      id: number === 0 ? "evt_000001test-6f1c0a52-93f1-4f0c-8f5e-5a6f0b9d2c11" : "evt_0000010000000042",
      type,
      version,
      number,
      timestamp: "2026-11-22T12:00:01.300Z",
      data: example,
    },
  };
});

/** A version of a form may get more members: so receivers are not told that there are no others. */
function published(schema: z.ZodType): Record<string, unknown> {
  const isOpen = ({ jsonSchema }: { jsonSchema: z.core.JSONSchema.BaseSchema }) => {
    delete jsonSchema.additionalProperties;
  };
  return z.toJSONSchema(schema, { override: isOpen }) as Record<string, unknown>;
}

/** The webhooks of the reference: one for each type of event. */
export function webhooksOfReference() {
  return Object.fromEntries(
    CATALOGUE.map(({ type, summary, schema, example }) => [
      type,
      {
        post: {
          tags: ["Events"],
          summary,
          requestBody: {
            content: { "application/json": { schema: published(schema), example } },
          },
          responses: { "2XX": { description: "received; any other answer, or none in ten seconds, is tried again" } },
        },
      },
    ]),
  );
}
