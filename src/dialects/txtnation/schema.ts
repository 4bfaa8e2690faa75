/** The wire shapes: requests and answers of `/no/*`. Requests of gateway.php are read in `send.ts`, in the order of its codes. */

import { z } from "zod";

/** The provider's own text type for every answer of `/no/*`. */
export const JSON_TYPE = { "content-type": "application/json" };
/** gateway.php answers with one word, which its official library compares whole: nothing may stand around it. */
export const HTML_TYPE = { "content-type": "text/html; charset=utf-8" };

export const Credential = z.object({ campaign_name: z.string(), api_key: z.string() });

/** Free text of the client's own. */
const CustomId = z
  .string()
  .max(100, "must have at most 100 characters")
  .refine((id) => ![...id].some((char) => char < " " || char === "\u007f"), { error: "must be printable" });

const Service = z.object({ service_id: z.string() });

export const NewWindow = Service.extend({ id: CustomId.optional() });

export const ViewStatus = Service.extend({ transaction_id: z.string() });

/** `id` is our extension: with it a request may be repeated without a second charge. */
export const SendDob = Service.extend({
  tariff: z
    .string()
    .regex(/^[1-9]\d*$/, "must be a whole number of kroner, like 49")
    .transform(Number),
  shortcode: z.string().regex(/^\d{4,5}$/, "must be a short number of four or five digits"),
  // An unescaped plus sign arrives as a space.
  to: z
    .string()
    .regex(/^[+ ]?47\d{8}$/, "must be a Norwegian number like 4798079008")
    .transform((number) => number.replace(/^[+ ]/, "")),
  id: CustomId.optional(),
});

/** The members of a transaction in `view` and `send`, in the order of the guide's examples. */
export const TransactionData = z.object({
  price: z.number().int().describe("NOK"),
  shortNumber: z.string(),
  recipient: z.string().nullable().describe("without +; null until the person is known"),
  transactionId: z.string(),
  statusCode: z.string(),
  detailedStatusCode: z.string(),
  created: z.string(),
  lastModified: z.string(),
});

export const WindowData = z.object({ transactionId: z.string(), windowUrl: z.string() });

export const envelopeOf = (data: z.ZodType) =>
  z.object({
    requestId: z.string(),
    status: z.boolean(),
    code: z.number().int(),
    message: z.string(),
    data,
  });
