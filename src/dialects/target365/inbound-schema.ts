/** The wire shapes of keywords and in-messages. */

import { z } from "zod";
import { anyCase, Properties, someText, Tags, text, WebUrl, whole } from "./fields.ts";

/** `Text` is the older name of `Startswith`; it is shown as it was given. */
export const MODES = ["Exact", "Startswith", "Text", "Wildcard", "Regex"] as const;

/** An empty text stands for "not set". */
const said = (most: number) =>
  text(most)
    .transform((value) => value || undefined)
    .optional();

const Minutes = z
  .union(
    [
      z.number(),
      z
        .string()
        .regex(/^\d+(\.\d+)?$/)
        .transform(Number),
    ],
    { error: "must be a number of minutes" },
  )
  .pipe(z.number().min(0, "must be 0 to 1440 minutes").max(1440, "must be 0 to 1440 minutes"));

export const PreAuthSettings = z.object({
  infoText: said(1_000),
  infoSender: said(100),
  prefixMessage: said(500),
  postfixMessage: said(500),
  delay: Minutes.optional().describe("minutes, with fractions, from the text to the question"),
  merchantId: said(100),
  serviceDescription: said(200),
  active: z.boolean().default(false),
  age: whole(0, 150, "an age in whole years").optional(),
});
export type PreAuthSettings = z.output<typeof PreAuthSettings>;

/** Guides, "Create a keyword". Members that the gateway sets are ignored, since clients send back what they got. */
export const Keyword = z.object({
  shortNumberId: someText(40),
  keywordText: someText(500).refine((words) => words.trim() !== "", "is empty"),
  mode: anyCase(MODES),
  forwardUrl: WebUrl,
  enabled: z.boolean(),
  preAuthSettings: PreAuthSettings.optional(),
  customProperties: Properties.optional(),
  tags: Tags.optional(),
  aliases: z
    .array(someText(500).refine((words) => words.trim() !== "", "has an empty text"))
    .max(100)
    .optional(),
});
export type KeywordBody = z.output<typeof Keyword>;

export const KeywordAnswer = z.object({
  keywordId: z.string().describe("digits"),
  shortNumberId: z.string(),
  keywordText: z.string(),
  mode: z.enum(MODES),
  forwardUrl: z.string(),
  enabled: z.boolean(),
  preAuthSettings: z
    .object({
      infoText: z.string().optional(),
      infoSender: z.string().optional(),
      prefixMessage: z.string().optional(),
      postfixMessage: z.string().optional(),
      delay: z.number().optional(),
      merchantId: z.string().optional(),
      serviceDescription: z.string().optional(),
      active: z.boolean(),
      age: z.number().int().optional(),
    })
    .optional(),
  customProperties: Properties.optional(),
  tags: z.array(z.string()).optional(),
  aliases: z.array(z.string()).optional(),
  created: z.string(),
  lastModified: z.string(),
});

export const InMessageAnswer = z.object({
  transactionId: z.string(),
  keywordId: z.string().optional(),
  sender: z.string(),
  recipient: z.string().describe("the short number"),
  content: z.string(),
  isStopMessage: z.boolean(),
  processAttempts: z.number().int(),
  processed: z.boolean().describe("whether a forward of it was answered with 200"),
  created: z.string(),
  tags: z.array(z.string()),
  properties: Properties.describe("the keyword's; with pre-authorisation also ServiceId and preAuthorization"),
});
