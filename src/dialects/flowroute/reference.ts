/** This dialect's routes, for the reference. */

import type { DocumentedPath } from "../dialect.ts";
import { CALLBACK_NAMES } from "./callbacks.ts";
import { VERSIONS, type Version } from "./version.ts";

export const securitySchemes = {
  flowrouteBasic: {
    type: "http",
    scheme: "basic",
    "x-demo-user": "12345678",
    description: "The access key as the user, the secret key as the password.",
  },
};

const TEXT = { type: "string" } as const;
const COUNT = { type: "integer" } as const;
const FLAG = { type: "boolean" } as const;
const objectOf = (properties: Record<string, unknown>, required: readonly string[] = Object.keys(properties)) => ({
  type: "object",
  required,
  properties,
});
const listOf = (items: unknown) => ({ type: "array", items });

const ERRORS = {
  401: "no credential, or a wrong one",
  403: "the sender is not yours",
  422: "a field is missing or invalid",
} as const;
const NUMBER = { ...TEXT, description: "11 digits, like 12065551234; a leading + may be there" };

/** The same in two envelopes. */
function bodyOf(version: Version): unknown {
  const sent = { to: NUMBER, from: NUMBER };
  if (version === "v2") {
    return objectOf({ ...sent, content: { ...TEXT, description: "the text; also under the name body" } });
  }
  const attributes = objectOf(
    {
      ...sent,
      body: { ...TEXT, description: "the text; also under the name content" },
      is_mms: FLAG,
      media_urls: { ...listOf({ ...TEXT, format: "uri" }), description: "makes it a picture message" },
      dlr_callback: { ...TEXT, format: "uri", description: "where its receipts go" },
    },
    ["to", "from"],
  );
  return { oneOf: [attributes, objectOf({ data: objectOf({ type: TEXT, attributes }, ["attributes"]) })] };
}

function recordOf(version: Version): unknown {
  const told = {
    body: TEXT,
    direction: { enum: ["outbound", "inbound"] },
    amount_nanodollars: COUNT,
    amount_display: { ...TEXT, description: "dollars to four decimals, like $0.0040" },
    message_encoding: { enum: [0, 8] },
    timestamp: { ...TEXT, format: "date-time" },
    to: TEXT,
    from: TEXT,
  };
  if (version === "v2") {
    const attributes = objectOf({
      ...told,
      has_mms: FLAG,
      callback_url: { type: ["string", "null"] },
      message_type: { enum: ["long-code", "toll-free"] },
    });
    return objectOf({ attributes, type: TEXT, id: TEXT });
  }
  const later = {
    ...told,
    is_mms: FLAG,
    message_type: { enum: ["longcode", "toll-free"] },
    status: TEXT,
    delivery_receipts: listOf({ type: "object" }),
    ...(version === "v2.2" ? { price_details: { type: "object" } } : {}),
  };
  const attributes = objectOf({ ...later, message_callback_url: TEXT }, Object.keys(later));
  return objectOf({ attributes, type: TEXT, relationships: { type: "object" }, id: TEXT, links: { type: "object" } });
}

const inQuery = (name: string, description: string) => ({ name, in: "query", required: false, description }) as const;

const SENT = { to: "12065550199", from: "12065550100" };

const INCLUDED = { included: listOf({ type: "object" }) };

function messagePaths(version: Version): DocumentedPath[] {
  const record = recordOf(version);
  const path = `/${version}/messages`;
  const bad = version === "v2" ? 400 : 422;
  const answered =
    version === "v2"
      ? objectOf({ data: objectOf({ id: TEXT }) })
      : objectOf({ data: objectOf({ id: TEXT, type: TEXT, links: { type: "object" } }) });
  return [
    {
      method: "post",
      path,
      needs: "send",
      summary: version === "v2" ? "Send a text" : "Send a text, or pictures",
      body: bodyOf(version),
      example: version === "v2" ? { ...SENT, content: "Hello" } : { ...SENT, body: "Hello" },
      responses: {
        [version === "v2" ? 200 : 202]: { description: "the id of its record", schema: answered },
        400: "the body is not JSON, or the person has opted out",
        ...ERRORS,
        ...(version === "v2" ? { 403: "the sender is not yours, or a number is not of the right form" } : {}),
        429: "too fast",
      },
    },
    {
      method: "get",
      path,
      needs: "read",
      summary: "List the records of a time, newest first",
      parameters: [
        { ...inQuery("start_date", "a day, or a time; inclusive"), required: true, example: "2026-01-01" },
        inQuery("end_date", "exclusive; now, if it is not named"),
        inQuery("limit", "250, if it is not named; more than 1000 come in several pages"),
        inQuery("offset", "how many to pass over"),
      ],
      responses: {
        200: {
          description: "a page; links.next leads to the following",
          schema: objectOf({ data: listOf(record), ...INCLUDED, links: { type: "object" } }, ["data", "links"]),
        },
        401: ERRORS[401],
        [bad]: "a parameter is missing or invalid",
      },
    },
    {
      method: "get",
      path: `${path}/{id}`,
      needs: "read",
      summary: "Look up a record",
      description: "Of a message, or of a text that a person sent; in the shape of this version, whichever made it.",
      parameters: [{ name: "id", in: "path", required: true, description: "as the create answered it" }],
      responses: {
        200: { description: "the record", schema: objectOf({ data: record, ...INCLUDED }, ["data"]) },
        401: ERRORS[401],
        404: "there is none",
      },
    },
  ];
}

const NAMES = `${CALLBACK_NAMES.join(", ")}; dlr_callback is the old name of sms_dlr_callback`;
const OF_ACCOUNT: NonNullable<DocumentedPath["parameters"]> = [
  {
    name: "version",
    in: "path",
    required: true,
    description: "v2.1 or v2.2, in which it will be called",
    example: "v2.1",
  },
  { name: "name", in: "path", required: true, description: NAMES, example: "sms_callback" },
];
const OF_NUMBER: NonNullable<DocumentedPath["parameters"]> = [
  { name: "number", in: "path", required: true, description: "yours", example: "12065550100" },
  { name: "name", in: "path", required: true, description: NAMES, example: "sms_callback" },
];
const ADDRESS = objectOf({ callback_url: { ...TEXT, format: "uri" } });

const callbackPaths: DocumentedPath[] = [
  {
    method: "get",
    path: "/{version}/messages/{name}",
    id: "getCallback",
    needs: "read",
    summary: "Look up where inbound texts, or receipts, are posted",
    parameters: OF_ACCOUNT,
    responses: { 200: "the address", 401: ERRORS[401], 404: "none is set" },
  },
  {
    method: "put",
    path: "/{version}/messages/{name}",
    id: "putCallback",
    needs: "whole",
    summary: "Say where inbound texts, or receipts, are posted",
    parameters: OF_ACCOUNT,
    body: ADDRESS,
    example: { callback_url: "https://shop.example/texts" },
    responses: { 204: "they go there", 401: ERRORS[401], 422: "it is not an http or https address" },
  },
  {
    method: "delete",
    path: "/{version}/messages/{name}",
    id: "deleteCallback",
    needs: "whole",
    summary: "Stop posting inbound texts, or receipts",
    parameters: OF_ACCOUNT,
    responses: { 204: "they are no longer posted", 401: ERRORS[401] },
  },
  {
    method: "post",
    path: "/v2/numbers/{number}/relationships/{name}",
    id: "putNumberCallback",
    needs: "whole",
    summary: "Say where those of one number are posted",
    parameters: OF_NUMBER,
    body: ADDRESS,
    example: { callback_url: "https://shop.example/texts" },
    responses: {
      204: "they go there",
      401: ERRORS[401],
      404: "the number is not yours",
      422: "no http or https address",
    },
  },
  {
    method: "delete",
    path: "/v2/numbers/{number}/relationships/{name}",
    id: "deleteNumberCallback",
    needs: "whole",
    summary: "Have those of one number posted where the account's are",
    parameters: OF_NUMBER,
    responses: { 204: "they go there", 401: ERRORS[401], 404: "the number is not yours" },
  },
];

export const paths: readonly DocumentedPath[] = [...VERSIONS.flatMap(messagePaths), ...callbackPaths];

/** The parts of the reference. */
export const groups = [
  { name: "v2", at: ["/v2/messages"] },
  { name: "v2.1", at: ["/v2.1/"] },
  { name: "v2.2", at: ["/v2.2/"] },
  { name: "Callbacks", at: ["/{version}/", "/v2/numbers"] },
];
