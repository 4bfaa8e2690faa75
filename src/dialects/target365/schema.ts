/** The wire shapes, as the provider documents them and its SDKs send them. */

import { z } from "zod";
import { DateInput } from "./dates.ts";
import {
  anyCase,
  count,
  minutes,
  optionalText,
  Properties,
  someText,
  Tags,
  TransactionId,
  text,
  WebUrl,
} from "./fields.ts";
import { StrexData, StrexDataAnswer } from "./strex-schema.ts";

/** The provider's media type of its JSON, for answers and refusals alike. */
export const JSON_TYPE = { "content-type": "application/json; charset=utf-8" };

/** Guides, "Send an SMS"; members that the gateway sets (status, created …) are ignored: clients send them back. */
export const OutMessage = z.object({
  transactionId: TransactionId.optional().transform((id) => id || undefined),
  sessionId: optionalText(500),
  correlationId: optionalText(500),
  keywordId: optionalText(100),
  sender: someText(100),
  recipient: someText(100),
  content: text(20_000).default(""),
  allowUnicode: z.boolean().optional(),
  sendTime: DateInput.optional(),
  timeToLive: minutes(5, 1440).optional(),
  priority: anyCase(["Low", "Normal", "High"]).default("Normal"),
  deliveryMode: anyCase(["AtMostOnce", "AtLeastOnce"]).default("AtMostOnce"),
  deliveryReportUrl: z.preprocess((url) => (url === "" ? undefined : url), WebUrl.optional()),
  tags: Tags.optional(),
  properties: Properties.optional(),
  strex: StrexData.optional(),
});

export type OutMessage = z.output<typeof OutMessage>;

/** The same, in a batch: every item needs its id. */
export const BatchItem = OutMessage.extend({ transactionId: TransactionId.min(1, "is missing") });
export const BatchItemId = BatchItem.pick({ transactionId: true });

/** Guides, "Pincodes". */
export const Pincode = z.object({
  transactionId: TransactionId.min(1, "is empty"),
  recipient: someText(100),
  sender: someText(100),
  prefixText: optionalText(1_000),
  suffixText: optionalText(1_000),
  pincodeLength: count(4, 6, "must be 4 to 6 digits").optional(),
  maxAttempts: count(1, 5, "must be 1 to 5 attempts").optional(),
  verificationMode: z.preprocess(
    (mode) => (mode === "" ? undefined : mode),
    anyCase(["AtLeastOnce", "AtMostOnce"]).default("AtLeastOnce"),
  ),
  tags: Tags.optional(),
});

/** The readable members of a refused item: enough to look it up by, and to report it. */
export function readable(item: object): OutMessage {
  const given = new Map(Object.entries(item));
  const read = Object.entries(OutMessage.shape).map(([name, member]) => {
    const { data } = member.safeParse(given.get(name));
    return [name, data ?? member.safeParse(undefined).data];
  });
  const { sender = "", recipient = "", ...rest } = Object.fromEntries(read);
  return { ...rest, sender, recipient };
}

/** The message as it is answered and forwarded, for the reference. Members without a value are left out. */
export const OutMessageAnswer = z.object({
  transactionId: z.string(),
  sessionId: z.string().optional(),
  correlationId: z.string().optional(),
  keywordId: z.string().optional(),
  sender: z.string(),
  recipient: z.string(),
  content: z.string(),
  allowUnicode: z.boolean().optional(),
  sendTime: z.string().describe("ISO 8601, always with +00:00"),
  timeToLive: z.number().int().describe("minutes"),
  priority: z.enum(["Low", "Normal", "High"]),
  deliveryMode: z.enum(["AtMostOnce", "AtLeastOnce"]),
  deliveryReportUrl: z.string().optional(),
  tags: z.array(z.string()).optional(),
  properties: Properties.optional(),
  strex: StrexDataAnswer.optional(),
  statusCode: z.enum(["Queued", "Sent", "Failed", "Ok", "Reversed"]),
  detailedStatusCode: z.string(),
  statusDescription: z.string(),
  delivered: z.boolean().optional(),
  operatorId: z.string().optional(),
  smscTransactionId: z.string().optional(),
  smscMessageParts: z.number().int(),
  created: z.string(),
  lastModified: z.string(),
});

/** All texts but the age. Members without a value are left out, but for the gender. */
export const LookupAnswer = z.object({
  created: z.string(),
  msisdn: z.string(),
  landline: z.string().optional(),
  firstName: z.string().optional(),
  middleName: z.string().optional(),
  lastName: z.string().optional(),
  companyName: z.string().optional(),
  companyOrgNo: z.string().optional(),
  streetName: z.string().optional(),
  streetNumber: z.string().optional(),
  streetLetter: z.string().optional(),
  zipCode: z.string().optional(),
  city: z.string().optional(),
  gender: z.enum(["M", "F", "U"]),
  dateOfBirth: z.string().optional().describe("yyyy-MM-dd"),
  age: z.number().int().optional(),
  deceasedDate: z.string().optional().describe("yyyy-MM-dd"),
});

export const PublicKeyAnswer = z.object({
  accountId: z.number().int(),
  name: z.string(),
  publicKeyString: z.string().describe("base64 of the DER SubjectPublicKeyInfo"),
  signAlgo: z.enum(["ECDsaP256", "RSA"]),
  hashAlgo: z.literal("SHA256"),
  created: z.string(),
  lastModified: z.string(),
  notUsableBefore: z.string().optional(),
  expiry: z.string().optional(),
});
