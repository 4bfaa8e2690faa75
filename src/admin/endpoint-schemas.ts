/** What an account's own endpoint looks like in the API. */

import { z } from "@hono/zod-openapi";
import { type NamedInSight, ORDERED_BY } from "../core/webhooks/named.ts";
import { DEFAULT_SCHEDULE } from "../core/webhooks/standard.ts";
import { given, iso } from "./api.ts";
import { WebUrl } from "./fields.ts";
import { strict } from "./strict.ts";

/** What the name of an endpoint looks like, in a pattern. */
export const NAME = "[a-z0-9][a-z0-9_-]{0,39}";
export const Name = z
  .string()
  .regex(new RegExp(`^${NAME}$`), "must be 1 to 40 small letters, digits, _ and -, and begin with neither of these")
  .openapi({ example: "orders" });
const Own = z.string().min(1).max(100);
/** With their values, about as much as servers take of a request's headers. */
const MOST_HEADERS = 20;
/** Two weeks: a webhook is forgotten a month after it was given up. */
const LONGEST_SCHEDULE = 14 * 86_400;

/** Why an endpoint is off, where the operator gives no reason. */
export const BY_OPERATOR = "by an operator";

export const EndpointBody = strict({
  url: WebUrl,
  failoverUrl: WebUrl.optional().openapi({ description: "every second attempt goes there" }),
  description: z.string().trim().max(200).optional(),
  events: z
    .array(z.string().max(40))
    .min(1)
    .max(50)
    .optional()
    .openapi({
      description: "types of events, groups like message.*, or *; absent: all",
      example: ["message.*", "inbound.received"],
    }),
  services: z.array(Own).min(1).max(100).optional().openapi({
    description: "only what is about one of these services; absent: all",
  }),
  numbers: z.array(Own).min(1).max(100).optional().openapi({
    description: "only what is about one of these numbers and senders of the account; absent: all",
  }),
  tags: z.array(Own).min(1).max(100).optional().openapi({
    description:
      "only what has one of these labels of your own: `tags` of Target365, `customGrouping` of CM.com; absent: all",
  }),
  orderedBy: z.enum(ORDERED_BY).optional().openapi({
    description:
      "subject: events of one message, charge or subscription come one after another, oldest first; recipient: those of one person. An event waits until the one before it is received or given up. Absent: none",
  }),
  schedule: z
    .array(z.int().min(1).max(LONGEST_SCHEDULE))
    .min(1)
    .max(30)
    .refine(
      (waits) => waits.reduce((sum, wait) => sum + wait, 0) <= LONGEST_SCHEDULE,
      "must be two weeks in all at most",
    )
    .optional()
    .openapi({
      description: `seconds before the second attempt, before the third, and so on; absent: ${DEFAULT_SCHEDULE.join(", ")}`,
    }),
  format: z.string().max(40).optional().openapi({
    description:
      "standard: events as the catalogue has them, by Standard Webhooks; or the name of a dialect (target365, cm, …): as its webhooks are, for those events that it has a form for. Absent: standard",
    example: "standard",
  }),
  perSecond: z.int().min(1).max(1_000).optional().openapi({
    description:
      "the most calls in a second, over all places that run the gateway; what has no room waits. Absent: as many as come",
  }),
  headers: z
    .record(
      z.string().regex(/^[A-Za-z0-9-]{1,60}$/, "must be the name of a header"),
      z
        .string()
        .max(500)
        .regex(/^[\x20-\x7e]*$/, "must be visible ASCII")
        .nullable(),
    )
    .refine((headers) => Object.keys(headers).length <= MOST_HEADERS, `must be ${MOST_HEADERS} headers at most`)
    .optional()
    .openapi({
      description:
        "sent with each call; the values are kept sealed, and never shown. null keeps the value that the header has, while calls go to the same servers",
    }),
});

export const EndpointAnswer = z
  .object({
    account: z.string(),
    name: z.string(),
    url: z.string(),
    failoverUrl: z.string().optional(),
    description: z.string(),
    events: z.array(z.string()),
    services: z.array(z.string()).optional(),
    numbers: z.array(z.string()).optional(),
    tags: z.array(z.string()).optional(),
    orderedBy: z.enum(ORDERED_BY),
    schedule: z.array(z.int()),
    perSecond: z.int().optional(),
    format: z
      .string()
      .openapi({ description: "standard, or the dialect whose form its calls have", example: "standard" }),
    headers: z.array(z.string()).openapi({ description: "their names" }),
    publicKey: z.string().openapi({ description: "whpk_…: checks signatures that begin with v1a" }),
    oldPublicKey: z
      .string()
      .optional()
      .openapi({ description: "the one before the last rotation, while it signs too" }),
    oldUntil: z.string().optional(),
    isEnabled: z.boolean(),
    disabledAt: z.string().optional(),
    reason: z.string().optional().openapi({ description: "why it was switched off" }),
    failingSince: z.string().optional(),
    failures: z.int(),
    createdAt: z.string(),
    changedAt: z.string(),
  })
  .openapi("NamedEndpoint");
export const WithSecret = EndpointAnswer.extend({
  secret: z.string().openapi({ description: "whsec_…: checks signatures that begin with v1; shown this once" }),
});

/** An endpoint as the API answers it. */
export function toAnswer(endpoint: NamedInSight) {
  const { account, name, url, description, orderedBy, publicKey, failures, oldUntil } = endpoint;
  const { events, services, numbers, tags, schedule, headers } = endpoint;
  const { perSecond, failoverUrl, oldPublicKey, disabledAt, reason, failingSince } = endpoint;
  return {
    account,
    name,
    url,
    description,
    format: endpoint.form,
    orderedBy,
    publicKey,
    failures,
    events: [...events],
    schedule: [...schedule],
    headers: [...headers],
    ...given({ services: services && [...services], numbers: numbers && [...numbers], tags: tags && [...tags] }),
    ...given({ perSecond, failoverUrl, oldPublicKey, reason }),
    ...given({ oldUntil: oldUntil === undefined ? undefined : iso(oldUntil) }),
    isEnabled: disabledAt === undefined,
    ...given({ disabledAt: disabledAt === undefined ? undefined : iso(disabledAt) }),
    ...given({ failingSince: failingSince === undefined ? undefined : iso(failingSince) }),
    createdAt: iso(endpoint.createdAt),
    changedAt: iso(endpoint.changedAt),
  };
}
