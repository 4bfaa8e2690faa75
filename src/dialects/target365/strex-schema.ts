/** The wire shapes of Strex: charges, one-time passwords, merchants, one-click. Amounts come out of them as øre. */

import { z } from "zod";
import { INTERVALS } from "../../core/billing/subscriptions/anchor.ts";
import { DateInput, toDate } from "./dates.ts";
import {
  anyCase,
  minutes,
  numericText,
  optionalText,
  PathId,
  Price,
  Properties,
  someText,
  Tags,
  TransactionId,
  WebUrl,
  whole,
} from "./fields.ts";

const Age = whole(0, 150, "an age in whole years");
/** 0 is .NET's way of saying nothing. */
const Timeout = whole(0, 1440, "0 to 1440 minutes");

/** .NET only. Kept for the client as it came, with the date written as we write dates. */
const Teletorg = z.object({
  bNumber: optionalText(100),
  startTime: DateInput.optional().transform((at) => (at === undefined ? undefined : toDate(at))),
  duration: z.number().int().optional(),
  startPrice: z.number().optional().describe("øre"),
});

/** The goods of a charge, in every request that has them. Java says `restricted` for `isRestricted`: `ALIASES` of body.ts. */
const charged = {
  merchantId: someText(100),
  serviceCode: numericText(50),
  businessModel: optionalText(100),
  preAuthServiceId: optionalText(100),
  preAuthServiceDescription: optionalText(500),
  age: Age.optional(),
  isRestricted: z.boolean().optional(),
  invoiceText: someText(200),
  price: Price,
  timeout: Timeout.optional(),
};

/** Guides, "StrexData": `strex` of an out-message. */
export const StrexData = z.object({
  ...charged,
  smsConfirmation: z.boolean().optional(),
  teletorg: Teletorg.optional(),
});
export type StrexData = z.output<typeof StrexData>;

/** Guides, "Strex transaction": the same, flat, and the ways to confirm it. */
export const StrexTransaction = StrexData.extend({
  transactionId: TransactionId.min(1, "is empty"),
  sessionId: optionalText(500),
  correlationId: optionalText(500),
  keywordId: optionalText(100),
  shortNumber: numericText(20),
  recipient: optionalText(100),
  content: optionalText(20_000),
  oneTimePassword: z.preprocess((code) => (code === "" ? undefined : code), numericText(100).optional()),
  deliveryMode: anyCase(["AtMostOnce", "AtLeastOnce"]).default("AtMostOnce"),
  tags: Tags.optional(),
  properties: Properties.optional(),
});
export type StrexTransaction = z.output<typeof StrexTransaction>;

export const OneTimePassword = z.object({
  transactionId: TransactionId.min(1, "is empty"),
  merchantId: someText(100),
  recipient: someText(100),
  sender: optionalText(100),
  recurring: z.boolean().default(false),
  messagePrefix: optionalText(500),
  messageSuffix: optionalText(500),
  message: optionalText(1_000).describe("deprecated; kept, and not sent"),
  timeToLive: minutes(1, 1440).optional(),
});

/** A password may come with it, and goes no further than here. */
export const StrexMerchant = z.object({
  merchantId: optionalText(100),
  shortNumberIds: z.array(someText(40)).max(100).optional(),
  shortNumberId: optionalText(40),
});

export const StrexRegistrationSms = z.object({
  transactionId: TransactionId.min(1, "is empty"),
  merchantId: someText(100),
  recipient: someText(100),
  smsText: optionalText(500),
});

/** Guides, "One-click". The id in the address counts. */
export const OneClickConfig = z.object({
  ...charged,
  configId: optionalText(100),
  shortNumber: numericText(20),
  recurring: z.boolean().default(false),
  redirectUrl: WebUrl,
  onlineText: optionalText(1_000),
  offlineText: optionalText(1_000),
  subscriptionPrice: Price.optional(),
  subscriptionInterval: z.preprocess((given) => (given === "" ? undefined : given), anyCase(INTERVALS).optional()),
  subscriptionStartSms: optionalText(1_000),
});
export type OneClickConfig = z.output<typeof OneClickConfig>;

export const ConfigId = PathId;

/** The transaction as it is answered, for the reference. Members without a value are left out. */
const chargedAnswer = {
  merchantId: z.string(),
  serviceCode: z.string(),
  businessModel: z.string().optional(),
  preAuthServiceId: z.string().optional(),
  preAuthServiceDescription: z.string().optional(),
  age: z.number().int(),
  isRestricted: z.boolean().optional(),
  invoiceText: z.string(),
  price: z.number().describe("NOK; negative for a reversal"),
  timeout: z.number().int().optional(),
};

const resultAnswer = {
  billed: z.boolean().optional().describe("absent while it is not known"),
  resultCode: z.string().optional(),
  resultDescription: z.string().optional(),
};

export const StrexDataAnswer = z.object({
  ...chargedAnswer,
  smsConfirmation: z.boolean().optional(),
  teletorg: z.unknown().optional(),
  ...resultAnswer,
});

export const StrexTransactionAnswer = StrexDataAnswer.extend({
  transactionId: z.string(),
  sessionId: z.string().optional(),
  correlationId: z.string().optional(),
  keywordId: z.string().optional(),
  shortNumber: z.string(),
  recipient: z.string().optional(),
  content: z.string().optional(),
  deliveryMode: z.enum(["AtMostOnce", "AtLeastOnce"]).optional(),
  tags: z.array(z.string()).optional(),
  properties: Properties.optional(),
  statusCode: z.enum(["Queued", "Sent", "Failed", "Ok", "Reversed"]),
  detailedStatusCode: z.string(),
  statusDescription: z.string(),
  smscTransactionId: z.string().optional(),
  created: z.string(),
  lastModified: z.string(),
});

export const OneTimePasswordAnswer = z.object({
  transactionId: z.string(),
  merchantId: z.string(),
  recipient: z.string(),
  sender: z.string().optional(),
  recurring: z.boolean(),
  messagePrefix: z.string().optional(),
  messageSuffix: z.string().optional(),
  message: z.string().optional(),
  timeToLive: z.number().int().describe("minutes"),
  delivered: z.boolean().optional().describe("absent while it is not known"),
  created: z.string(),
});

export const StrexMerchantAnswer = z.object({
  merchantId: z.string(),
  shortNumberIds: z.array(z.string()),
  shortNumberId: z.string().optional().describe("the first of them"),
});

export const OneClickConfigAnswer = z.object({
  configId: z.string(),
  ...chargedAnswer,
  shortNumber: z.string(),
  recurring: z.boolean(),
  redirectUrl: z.string(),
  onlineText: z.string().optional(),
  offlineText: z.string().optional(),
  subscriptionPrice: z.number().optional(),
  subscriptionInterval: z.enum(INTERVALS).optional(),
  subscriptionStartSms: z.string().optional(),
  created: z.string(),
  lastModified: z.string(),
});

export const Validity = z.enum(["Unregistered", "Partial", "Full", "Barred"]);

export const StrexUserInfoV2 = z.object({
  result: z.string().describe("0: it may be charged"),
  resultDescription: z.string(),
});

export const StrexUserInfoV3 = z.object({
  transid: z.string(),
  result: z.string(),
  preferred_sof: z.string().describe("1: the phone bill"),
  postpaid_or_prepaid: z.string(),
  limit_trans: z.string().describe("øre"),
  remainder_month: z.string().describe("øre; 0: the limit is reached; -1: there is none"),
  remainder_year: z.string().describe("likewise"),
});
