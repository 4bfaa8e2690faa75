/** This dialect's routes, for the reference. */

import { z } from "zod";
import type { DocumentedPath } from "../dialect.ts";
import { envelopeOf, TransactionData, WindowData } from "./schema.ts";

export const securitySchemes = {
  txtnationCampaign: {
    type: "apiKey",
    in: "query",
    name: "api_key",
    description: "The campaign's key, with its name in `campaign_name`.",
  },
  txtnationEkey: {
    type: "apiKey",
    in: "query",
    name: "ekey",
    description: "The campaign's key, with its name in `cc`.",
  },
};

type Parameters = NonNullable<DocumentedPath["parameters"]>;

const needed = (name: string, description: string, example: string) =>
  ({ name, in: "query", required: true, description, example }) as const;
const optional = (name: string, description: string) => ({ name, in: "query", required: false, description }) as const;

const CALLER = [
  needed("campaign_name", "the campaign", "demo"),
  needed("api_key", "its key", "$API_KEY"),
  needed("service_id", "the service", "demo-games"),
] as const;

const MGATEWAY: Parameters = [
  needed("cc", "the campaign", "demo"),
  needed("ekey", "its key", "$API_KEY"),
  needed("number", "the recipient: digits with the country code, without +", "4798079008"),
  needed("message", "the text, in UTF-8; a paid one is a single part", "Hello"),
  optional("title", "the sender of a free text; one that is not the account's is passed over"),
  optional("reply", "1 for an answer to an inbound text, else 0"),
  optional(
    "id",
    "an answer's: the id of the inbound text; else an id of yours, with which the request may be repeated",
  ),
  optional("network", "INTERNATIONAL for a free text, or the network that the person wrote from"),
  optional("value", "the price; 0 for a free text"),
  optional("currency", "NOK, if it is not named"),
  optional("shortcode", "the short number to send from"),
];

const WORD = {
  description: "one word, as text/html: SUCCESS, BARRED, or a code like IR-404",
  schema: { type: "string" },
};

const jsonOf = (data: z.ZodType) =>
  z.toJSONSchema(envelopeOf(data), { io: "output", unrepresentable: "any", target: "draft-2020-12" });

/** Each address takes GET and POST alike. */
function both(
  path: string,
  { parameters, responses, ...told }: Omit<DocumentedPath, "method" | "path"> & { parameters: Parameters },
): DocumentedPath[] {
  return [
    { method: "get", path, ...told, parameters, responses },
    {
      ...told,
      method: "post",
      path,
      id: `${told.id}ByForm`,
      summary: `${told.summary}, by a form`,
      description: `The same parameters as application/x-www-form-urlencoded, which go before those of the address. ${told.description ?? ""}`,
      parameters,
      responses,
    },
  ];
}

const ENVELOPE = "the envelope; `code` 0 is a success, and every refusal comes with status 200 as well";

const CAMPAIGN = ["txtnationCampaign"];

export const paths: readonly DocumentedPath[] = [
  ...both("/no/one-click/new", {
    id: "openPurchase",
    needs: "charge",
    security: CAMPAIGN,
    summary: "Open a purchase page",
    parameters: [...CALLER, optional("id", "returned in the address the person returns to; up to 100 characters")],
    responses: { 200: { description: ENVELOPE, schema: jsonOf(WindowData) } },
  }),
  ...both("/no/status/view", {
    id: "getStatus",
    needs: "read",
    security: CAMPAIGN,
    summary: "Look up a purchase or a charge",
    parameters: [...CALLER, needed("transaction_id", "as new or send answered it", "a-transaction")],
    responses: { 200: { description: ENVELOPE, schema: jsonOf(TransactionData) } },
  }),
  ...both("/no/dob/send", {
    id: "charge",
    needs: "charge",
    security: CAMPAIGN,
    summary: "Charge a person who bought before",
    description:
      "Waits up to 20 seconds for the outcome. Without `id` each request is a charge of its own, and one just like another is refused (code 5) within the service's guard.",
    parameters: [
      ...CALLER,
      needed("tariff", "whole kroner", "49"),
      needed("shortcode", "the service's short number", "2002"),
      needed("to", "the number, as /no/status/view answers it", "4798079008"),
      optional("id", "an id of yours for this charge: the same again is the same charge, and not a second one"),
    ],
    responses: { 200: { description: ENVELOPE, schema: jsonOf(TransactionData) } },
  }),
  ...both("/gateway.php", {
    id: "sendText",
    aliases: ["/mbill.php", "/ir_response.php"],
    needs: "send",
    security: ["txtnationEkey"],
    summary: "Send a text",
    description: "Also at /mbill.php. Also at /ir_response.php, with action=ir_gateway.",
    parameters: MGATEWAY,
    responses: { 200: WORD },
  }),
];

/** The parts of the reference. */
export const groups = [
  { name: "One-click", at: ["/no/"] },
  { name: "mGateway", at: ["/gateway.php"] },
];
