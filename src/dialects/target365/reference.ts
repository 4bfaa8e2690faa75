/** This dialect's routes, for the reference. */

import { z } from "zod";
import type { DocumentedPath } from "../dialect.ts";
import { inboundPaths } from "./inbound-reference.ts";
import { LookupAnswer, OutMessage, OutMessageAnswer, Pincode, PublicKeyAnswer } from "./schema.ts";
import { strexPaths } from "./strex-reference.ts";

export const securitySchemes = {
  target365ApiKey: { type: "apiKey", in: "header", name: "X-ApiKey" },
  target365Signature: {
    type: "apiKey",
    in: "header",
    name: "Authorization",
    description:
      "`HMAC keyName:timestamp:nonce:signature` (or `ECDSA`): the base64 signature, by the registered key, of lower(method) + lower(absolute URL) + timestamp + nonce + base64(SHA-256(body)).",
  },
};

const jsonOf = (schema: z.ZodType, io: "input" | "output" = "output") =>
  z.toJSONSchema(schema, { io, unrepresentable: "any", target: "draft-2020-12" });

const transactionId = { name: "transactionId", in: "path", required: true, description: "the id you gave" } as const;
const keyName = { name: "name", in: "path", required: true, description: "the key's name" } as const;
const inQuery = (name: string, description: string, example: string) =>
  ({ name, in: "query", required: true, description, example }) as const;
const HELLO = { sender: "Stafett", recipient: "+4798079008", content: "Hello" };
const person = jsonOf(LookupAnswer);
const outMessage = jsonOf(OutMessage, "input");
const outMessageAnswer = jsonOf(OutMessageAnswer);
const publicKey = jsonOf(PublicKeyAnswer);

const REFUSED = { 400: "invalid payload", 401: "no credential, or a wrong one" } as const;
const GONE = { 404: "no such message", 409: "the message has left and can no longer be changed" } as const;

export const paths: readonly DocumentedPath[] = [
  {
    method: "get",
    path: "/api/ping",
    needs: "open",
    summary: "Health check",
    security: false,
    responses: { 200: { description: 'the JSON string "pong"', schema: { type: "string" } } },
  },
  {
    method: "get",
    path: "/api/swagger.json",
    aliases: ["/api"],
    needs: "open",
    summary: "This description",
    description: "Also at /api.",
    security: false,
    responses: { 200: { description: "OpenAPI 3.1", schema: { type: "object" } } },
  },
  {
    method: "post",
    path: "/api/out-messages",
    needs: "send",
    summary: "Send a message",
    description:
      "With a `sendTime` ahead it is scheduled. With `strex` the person is charged first, and it is sent once that is through. The same request again gives the same answer; a used id with other content is refused, unless that message still waits for its time: then it is replaced.",
    body: outMessage,
    example: HELLO,
    responses: { 201: "accepted; Location says where it lies", ...REFUSED, 409: "the id was used for another message" },
  },
  {
    method: "post",
    path: "/api/out-messages/batch",
    id: "createOutMessages",
    needs: "send",
    summary: "Send up to 10,000 messages",
    description:
      "Each needs its own transactionId. Items that would be refused alone do not fail the others; their delivery report says so.",
    body: { type: "array", items: outMessage, maxItems: 10_000 },
    example: [{ transactionId: "batch-1", ...HELLO }],
    responses: { 201: "accepted", ...REFUSED, 413: "the body is over 10 MB" },
  },
  {
    method: "get",
    path: "/api/out-messages/{transactionId}",
    needs: "read",
    summary: "Look up a message",
    parameters: [transactionId],
    responses: { 200: { description: "the message", schema: outMessageAnswer }, 401: REFUSED[401], 404: GONE[404] },
  },
  {
    method: "put",
    path: "/api/out-messages/{transactionId}",
    needs: "send",
    summary: "Change a scheduled message",
    description: "The whole document; absent members return to their defaults.",
    parameters: [transactionId],
    body: outMessage,
    example: { ...HELLO, sendTime: "2036-01-01T12:00:00Z" },
    responses: { 204: "changed", ...REFUSED, ...GONE },
  },
  {
    method: "delete",
    path: "/api/out-messages/{transactionId}",
    needs: "send",
    summary: "Delete a scheduled message",
    parameters: [transactionId],
    responses: { 204: "deleted", 401: REFUSED[401], ...GONE },
  },
  ...inboundPaths,
  ...strexPaths,
  {
    method: "get",
    path: "/api/lookup",
    id: "lookUp",
    needs: "read",
    summary: "Whose number it is",
    parameters: [inQuery("msisdn", "E.164; a space before it is taken for +", "+4798079008")],
    responses: {
      200: { description: "the person, or the company", schema: person },
      ...REFUSED,
      404: "nothing is known",
    },
  },
  {
    method: "get",
    path: "/api/lookup/freetext",
    id: "lookUpFreetext",
    needs: "read",
    summary: "Look up subscribers by name, company, address or number",
    parameters: [inQuery("input", "each word must be found; up to 200 characters", "Stjernholm")],
    responses: {
      200: { description: "up to 100 of them; none is an empty list", schema: { type: "array", items: person } },
      401: REFUSED[401],
    },
  },
  {
    method: "post",
    path: "/api/pincodes",
    needs: "send",
    summary: "Send a person a pincode",
    description:
      "An out-message of the same id is made of the texts around the code. It is right for 5 minutes. In the sandbox it is 1234, or as much of 123456 as it is long, unless the account's `pincodes` says random.",
    body: jsonOf(Pincode, "input"),
    example: { transactionId: "pincode-1", recipient: "+4798079008", sender: "Stafett", prefixText: "Your code: " },
    responses: {
      204: "sent",
      ...REFUSED,
      409: "the id was used before, for something else",
      429: "the person was sent too many in the last hour",
    },
  },
  {
    method: "get",
    path: "/api/pincodes/verification",
    id: "verifyPincode",
    needs: "send",
    summary: "Whether a pincode is right",
    parameters: [
      inQuery("transactionId", "the id you gave", "pincode-1"),
      inQuery("pincode", "the code that the person entered", "1234"),
    ],
    responses: {
      200: { description: "false also for an unknown id, too late, or too often", schema: { type: "boolean" } },
      ...REFUSED,
    },
  },
  {
    method: "post",
    path: "/api/prepare-msisdns",
    id: "prepareMsisdns",
    needs: "send",
    summary: "Announce the numbers that you are about to send to",
    body: { type: "array", items: { type: "string" }, maxItems: 10_000 },
    example: ["+4798079008"],
    responses: { 204: "all are numbers", ...REFUSED },
  },
  {
    method: "get",
    path: "/api/export/out-messages",
    id: "exportOutMessages",
    needs: "read",
    summary: "Export the messages of a period as CSV",
    parameters: [
      inQuery("from", "ISO 8601, inclusive, by sendTime", "2026-01-01T00:00:00Z"),
      inQuery("to", "ISO 8601, exclusive", "2037-01-01T00:00:00Z"),
    ],
    responses: {
      200: "text/csv: SendTime,Sender,Recipient,RecipientPrefix,MessageParts,StatusCode,DetailedStatusCode,Operator,Tags",
      ...REFUSED,
    },
  },
  {
    method: "get",
    path: "/api/server/public-keys/{name}",
    aliases: ["/api/public-key/{name}"],
    needs: "read",
    summary: "The key that forwards are signed with",
    description: "Also at /api/public-key/{name}.",
    parameters: [keyName],
    responses: { 200: { description: "the key", schema: publicKey }, 401: REFUSED[401], 404: "no such key" },
  },
  {
    method: "get",
    path: "/api/client/public-keys",
    needs: "read",
    summary: "Your account's public keys",
    responses: {
      200: { description: "the keys", schema: { type: "array", items: publicKey } },
      401: REFUSED[401],
    },
  },
  {
    method: "get",
    path: "/api/client/public-keys/{name}",
    needs: "read",
    summary: "One of your account's public keys",
    parameters: [keyName],
    responses: { 200: { description: "the key", schema: publicKey }, 401: REFUSED[401], 404: "no such key" },
  },
  {
    method: "delete",
    path: "/api/client/public-keys/{name}",
    needs: "whole",
    summary: "Withdraw one of your account's public keys",
    description: "From then on nothing signed by it is accepted.",
    parameters: [keyName],
    responses: { 204: "withdrawn", 401: REFUSED[401], 404: "no such key" },
  },
];

/** The parts of the reference. */
export const groups = [
  { name: "Messages", at: ["/api/out-messages", "/api/prepare-msisdns", "/api/export", "/api/pincodes"] },
  { name: "Keywords and inbound", at: ["/api/keywords", "/api/in-messages"] },
  { name: "Charges", at: ["/api/strex", "/api/reverse-payment"] },
  { name: "One-click", at: ["/api/one-click"] },
  { name: "Lookup", at: ["/api/lookup"] },
  { name: "Keys and health", at: ["/api/"] },
];
