/** What would happen with a text that an account sent now. Nothing is sent. */

import { createRoute, z } from "@hono/zod-openapi";
import { REFUSALS } from "../core/kernel/errors.ts";
import type { MessagePreview as PreviewedMessage } from "../core/operator/message-preview.ts";
import { given, iso, json, makeApi, operator, refusals, Time } from "./api.ts";
import { LONGEST_TEXT } from "./fields.ts";
import { ExplainedAnswer, toExplained } from "./routes.ts";
import { strict } from "./strict.ts";
import { SuppressionAnswer, toSuppressionAnswer } from "./suppressions.ts";

const app = makeApi();
export const messagePreview = app;

const Wanted = strict({
  account: z.string(),
  sender: z.string().max(100),
  recipient: z.string().max(100).openapi({ description: "E.164", example: "+4798079008" }),
  text: z.string().max(LONGEST_TEXT),
  sendAt: Time.optional().openapi({ type: "string", format: "date-time", description: "now, unless it is later" }),
});

const At = z.string().openapi({ format: "date-time" });
const MessagePreview = z
  .object({
    wouldBe: z.enum(["sent", "scheduled", "refused"]),
    refused: z
      .array(z.object({ reason: z.enum(REFUSALS), why: z.string(), field: z.string().optional() }))
      .openapi({ description: "each reason for which it would be refused" }),
    message: z
      .object({
        sender: z.string(),
        recipient: z.string(),
        encoding: z.enum(["gsm7", "ucs2"]),
        parts: z.int(),
        sendAt: At,
        expiresAt: At,
      })
      .optional()
      .openapi({ description: "absent where its form is refused" }),
    quietUntil: At.optional().openapi({ description: "until when it waits for quiet hours, or is refused for them" }),
    suppressedBy: z.array(SuppressionAnswer).openapi({ description: "the opt-outs that keep it from being sent" }),
    way: ExplainedAnswer.optional().openapi({ description: "its route, its carriers and what they take" }),
    limits: z.record(z.string(), z.unknown()).openapi({ description: "the account's limits" }),
    usedUp: z
      .array(z.string())
      .openapi({ description: "of the day's limits those that are: `messages`, or a currency" }),
  })
  .openapi("MessagePreview");

const previewMessage = createRoute({
  method: "post",
  path: "/messages/preview",
  summary: "What would happen with a text that is sent now",
  description:
    "Its size, its way and price, who opted out of it, how long quiet hours hold it back, and which limits there are. Nothing is sent, and nothing is kept.",
  security: operator,
  request: { body: { required: true, ...json(Wanted, "") } },
  responses: { 200: json(MessagePreview, "what would happen"), ...refusals(400, 404) },
});

app.openapi(previewMessage, async (c) => {
  const { message, quietUntil, suppressedBy, way, ...rest } = await c
    .get("operator")
    .messages.previewOne(given(c.req.valid("json")));
  return c.json(
    {
      ...rest,
      ...(message ? { message: toMessage(message) } : {}),
      ...(quietUntil === undefined ? {} : { quietUntil: iso(quietUntil) }),
      suppressedBy: suppressedBy.map(toSuppressionAnswer),
      ...(way ? { way: toExplained(way) } : {}),
    },
    200,
  );
});

/** Octets are for nobody to preview: a text is of one of two alphabets. */
function toMessage({ encoding, sendAt, expiresAt, ...message }: NonNullable<PreviewedMessage["message"]>) {
  return {
    ...message,
    encoding: encoding === "ucs2" ? ("ucs2" as const) : ("gsm7" as const),
    sendAt: iso(sendAt),
    expiresAt: iso(expiresAt),
  };
}

export type MessagePreviewRoutes = typeof previewMessage;
