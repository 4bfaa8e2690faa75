/** What would become of a text: its size, what each dialect makes of it, and how a program sends it. Nothing is sent. */

import { createRoute, z } from "@hono/zod-openapi";
import { given, json, makeApi, operator, refusals } from "./api.ts";
import { LONGEST_TEXT, WebUrl } from "./fields.ts";
import { strict } from "./strict.ts";

const app = makeApi();
export const preview = app;

const Encoding = z.enum(["gsm7", "ucs2"]);
const DialectPreview = z.object({
  dialect: z.string(),
  title: z.string(),
  text: z.string().openapi({ description: "as it is sent" }),
  encoding: Encoding,
  parts: z.number().int(),
  changes: z
    .array(z.object({ from: z.string(), to: z.string() }))
    .openapi({ description: "characters that are replaced" }),
  maxParts: z.number().int().optional(),
  refused: z.string().optional().openapi({ description: "why it would not be taken" }),
  price: z
    .object({
      segments: z.number().int(),
      nanodollars: z.number().int(),
      display: z.string().openapi({ example: "$0.0040" }),
    })
    .optional()
    .openapi({ description: "the price, in dialects that answer one; by the dialect's own count of segments" }),
  hasCredential: z.boolean().openapi({ description: "whether the account has one to send by it" }),
  calls: z
    .array(z.object({ by: z.string().openapi({ example: "curl" }), code: z.string() }))
    .openapi({ description: "how a program sends it; the secret is $STAFETT_KEY unless it was given" }),
});
const Preview = z
  .object({
    encoding: Encoding,
    units: z.number().int().openapi({ description: "septets, or UTF-16 code units" }),
    parts: z.number().int(),
    left: z.number().int().openapi({ description: "units that are free before it needs a part more" }),
    partTexts: z.array(z.string()),
    outside: z.array(z.string()).openapi({ description: "the characters that make it UCS-2" }),
    dialects: z.array(DialectPreview),
  })
  .openapi("Preview");

const Wanted = strict({
  text: z.string().max(LONGEST_TEXT),
  account: z.string().optional().openapi({ description: "whose settings, prices and credentials hold" }),
  sender: z.string().max(100).default("Stafett"),
  recipient: z.string().max(100).default("+4798079008"),
  url: WebUrl.optional().openapi({ description: "what the calls call; this gateway, unless it is given" }),
  secret: z.string().max(500).optional().openapi({ description: "written into the calls" }),
});

const previewText = createRoute({
  method: "post",
  path: "/preview",
  summary: "What would become of a text, by each dialect",
  description: "Nothing is sent, and nothing is kept.",
  security: operator,
  request: { body: { required: true, ...json(Wanted, "") } },
  responses: { 200: json(Preview, "what would become of it"), ...refusals(400, 404) },
});

app.openapi(previewText, async (c) => {
  const { text, sender, recipient, ...more } = c.req.valid("json");
  const wanted = { text, sender, recipient, ...given(more) };
  const previewed = await c.get("operator").messages.preview(wanted, new URL(c.req.url).origin);
  return c.json({ ...previewed, dialects: previewed.dialects.map((one) => ({ ...one, calls: [...one.calls] })) }, 200);
});

export type PreviewRoutes = typeof previewText;
