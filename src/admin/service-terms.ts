/** What an operator may say of a service, as a body and in our own words. */

import { z } from "@hono/zod-openapi";
import { REPEAT_GUARD } from "../core/billing/service.ts";
import { INTERVALS, isTimeZone } from "../core/billing/subscriptions/anchor.ts";
import { isStopWord } from "../core/inbound/stop-words.ts";
import type { ServiceTerms as OurTerms } from "../core/operator/services.ts";
import { given } from "./api.ts";
import { Amount, WebUrl } from "./fields.ts";
import { strict } from "./strict.ts";

const WORD = /^[\p{L}\p{N}]{1,50}$/u;

export const PinsPerHour = z.int("must be a whole number of PINs").min(0).max(1_000_000);

const Text = z.string().max(1_000, "must have at most 1000 characters");

export const ServiceTerms = strict({
  shortNumber: z.string().openapi({ example: "2002" }),
  merchantId: z.string(),
  serviceCode: z.string().trim().min(1).max(50).openapi({ example: "14002" }),
  price: Amount.openapi({ description: "what the purchase costs, in minor units", example: 4900 }),
  tariffs: z.array(Amount).min(1).max(100).optional().openapi({
    description: "the amounts that may be charged when the merchant bills by itself; absent: the prices above",
  }),
  currency: z
    .string()
    .regex(/^[A-Z]{3}$/, "must be three capital letters, like NOK")
    .default("NOK"),
  invoiceText: z.string().trim().min(1).max(200).openapi({ description: "what stands on the phone bill" }),
  keyword: z
    .string()
    .regex(WORD, "must be one word of 1 to 50 letters and digits")
    .refine((word) => !isStopWord(word), "is a word that ends a service, so it cannot name one")
    .optional()
    .openapi({ pattern: WORD.source, description: "what a person writes after STOP to end it" }),
  redirectUrl: WebUrl.openapi({ description: "where the person goes after the purchase" }),
  recurring: z.boolean().default(false),
  interval: z.enum(INTERVALS).optional(),
  subscriptionPrice: Amount.optional().openapi({
    description: "what each further period costs; absent: the same as the first",
  }),
  autoRebill: z
    .boolean()
    .default(false)
    .openapi({ description: "whether further periods are charged by us; otherwise the merchant charges them" }),
  startSms: Text.optional().openapi({
    description:
      "what the person is told when a subscription begins; absent for our own words. If it does not name the price of a period, or STOP in capitals, we add that when it is sent",
  }),
  renewalSms: Text.optional().openapi({ description: "empty for none, absent for our own words" }),
  age: z.int().min(0).max(120).default(0),
  timeZone: z.string().max(100).refine(isTimeZone, "must be a time zone, like Europe/Oslo").default("Europe/Oslo"),
  onlineText: Text.optional(),
  offlineText: Text.optional(),
  consentDescription: Text.optional(),
  stopStyle: z
    .enum(["raw", "ask"])
    .default("raw")
    .openapi({ description: "how STOP is forwarded: as it was written, or as `ask <campaign> stop`" }),
  repeatGuardSeconds: z
    .int()
    .min(0)
    .max(31_536_000)
    .default(REPEAT_GUARD)
    .openapi({ description: "an identical charge within so many seconds is refused; 0: never" }),
  pinsPerHour: PinsPerHour.optional().openapi({
    description: "how many PINs its purchase pages may send in an hour; absent: what the account says",
  }),
});

type Terms = z.output<typeof ServiceTerms>;

/** The terms in our own words. */
export function toTerms({ merchantId, shortNumber, ...terms }: Terms): OurTerms {
  return { merchant: merchantId, shortNumber, ...given(terms) };
}
