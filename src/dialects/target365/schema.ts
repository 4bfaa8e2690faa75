/** The wire shapes, as the provider documents them and its SDKs send them. */

import { z } from "zod";
import { DateInput } from "./dates.ts";

/** What the provider calls its JSON, answers and refusals alike. */
export const JSON_TYPE = { "content-type": "application/json; charset=utf-8" };

/** Enum members in any case, as the guides' tables and older clients mix them. */
function anyCase<const Values extends readonly [string, ...string[]]>(values: Values) {
  const names = new Map(values.map((value) => [value.toLowerCase(), value]));
  return z.preprocess(
    (value) => (typeof value === "string" ? (names.get(value.toLowerCase()) ?? value) : value),
    z.enum(values),
  );
}

/** Half a surrogate pair, which no wire can carry, becomes U+FFFD here as it would further on. */
const text = (most: number) =>
  z
    .string()
    .max(most, `is longer than ${most} characters`)
    .overwrite((given) => given.toWellFormed());
/** SDKs with fixed types send an empty text for "not set". */
const optionalText = (most: number) =>
  text(most)
    .optional()
    .transform((value) => value || undefined);

/** Ids stand in paths, where `.` and `..` cannot. */
export const TransactionId = text(200)
  .refine((id) => id === id.trim() && !hasControls(id), {
    error: "must not begin or end with a space, nor contain control characters",
  })
  .refine((id) => !/^\.{1,2}$/.test(id), { error: "must not be a dot or two" });

function hasControls(id: string): boolean {
  return [...id].some((char) => char < " " || char === "\u007f");
}

export const WebUrl = text(2_000).refine((url) => /^https?:$/.test(URL.parse(url)?.protocol ?? ""), {
  error: "is not an absolute http or https URL",
});

/** Numbers also as texts: R's own examples write them so. 0 is Java's way of saying nothing. */
const Minutes = z
  .union([z.number(), z.string().regex(/^\d+$/).transform(Number)], { error: "must be a number of minutes" })
  .transform((minutes) => (minutes === 0 ? undefined : minutes))
  .pipe(z.number().int().min(5, "must be 5 to 1440 minutes").max(1440, "must be 5 to 1440 minutes").optional());

/** Guides, "Send an SMS"; what the gateway sets itself (status, created …) is ignored, since clients send back what they got. */
export const OutMessage = z.object({
  transactionId: TransactionId.optional().transform((id) => id || undefined),
  sessionId: optionalText(500),
  correlationId: optionalText(500),
  keywordId: optionalText(100),
  sender: text(100).min(1, "is empty"),
  recipient: text(100).min(1, "is empty"),
  content: text(20_000).default(""),
  allowUnicode: z.boolean().optional(),
  sendTime: DateInput.optional(),
  timeToLive: Minutes.optional(),
  priority: anyCase(["Low", "Normal", "High"]).default("Normal"),
  deliveryMode: anyCase(["AtMostOnce", "AtLeastOnce"]).default("AtMostOnce"),
  deliveryReportUrl: z.preprocess((url) => (url === "" ? undefined : url), WebUrl.optional()),
  tags: z.array(text(200)).max(100).optional(),
  properties: z.record(z.string(), z.unknown()).optional(),
  strex: z.unknown().optional(),
});

export type OutMessage = z.output<typeof OutMessage>;

/** The same, in a batch: every item needs its id. */
export const BatchItem = OutMessage.extend({ transactionId: TransactionId.min(1, "is missing") });
export const BatchItemId = BatchItem.pick({ transactionId: true });

/** What can be read of an item that is refused: enough to look it up by, and to tell its customer. */
export function readable(item: object): OutMessage {
  const given = new Map(Object.entries(item));
  const read = Object.entries(OutMessage.shape).map(([name, member]) => {
    const { data } = member.safeParse(given.get(name));
    return [name, data ?? member.safeParse(undefined).data];
  });
  const { strex: _, sender = "", recipient = "", ...rest } = Object.fromEntries(read);
  return { ...rest, sender, recipient };
}

/** What is answered and forwarded, for the reference. Members without a value are left out. */
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
  properties: z.record(z.string(), z.unknown()).optional(),
  statusCode: z.enum(["Queued", "Sent", "Failed", "Ok", "Reversed"]),
  detailedStatusCode: z.string(),
  delivered: z.boolean().optional(),
  operatorId: z.string().optional(),
  smscTransactionId: z.string().optional(),
  smscMessageParts: z.number().int(),
  created: z.string(),
  lastModified: z.string(),
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
