/** This dialect's routes, for the reference. */

import { z } from "zod";
import type { DocumentedPath } from "../dialect.ts";
import { AnswerShape, RequestShape } from "./schema.ts";

export const securitySchemes = {
  cmProductToken: {
    type: "apiKey",
    in: "header",
    name: "X-CM-PRODUCTTOKEN",
    description: "The product token. One in the body goes before it.",
  },
  cmQueryToken: { type: "apiKey", in: "query", name: "producttoken", description: "The product token." },
};

const HEADER = ["cmProductToken"];

const jsonOf = (schema: z.ZodType, io: "input" | "output") =>
  z.toJSONSchema(schema, { io, unrepresentable: "any", target: "draft-2020-12" });

const needed = (name: string, description: string, example: string) =>
  ({ name, in: "query", required: true, description, example }) as const;
const optional = (name: string, description: string) => ({ name, in: "query", required: false, description }) as const;

const id = { name: "id", in: "path", required: true, description: "as it was answered" } as const;
const number = {
  name: "number",
  in: "path",
  required: true,
  description: "with + or 00, or neither",
  example: "004798079008",
} as const;

const MESSAGES = {
  messages: { msg: [{ from: "Shop", to: [{ number: "004798079008" }], body: { type: "AUTO", content: "Hello" } }] },
};
const DOCUMENT =
  "<MESSAGES><AUTHENTICATION><PRODUCTTOKEN>$API_KEY</PRODUCTTOKEN></AUTHENTICATION>" +
  "<MSG><FROM>Shop</FROM><TO>004798079008</TO><BODY>Hello</BODY></MSG></MESSAGES>";

/** The gateway of older hosts; the double s is theirs. */
const OLD_HOSTS = ["/cm/gateway.ashx", "/smssgateway/cm/gateway.ashx"];

/** Clients take anything but nothing for an error. */
const LINE = "empty if all is sent; else text/plain, `Error: ERROR` and why, and nothing is sent";
const FAULTS = { 400: "the fault of the request or its token" } as const;

const described: readonly DocumentedPath[] = [
  {
    method: "post",
    path: "/v1.0/message",
    id: "sendMessages",
    needs: "send",
    summary: "Send messages",
    description:
      "Up to 1000 messages of up to 1000 recipients each, and 100,000 recipients in all. Those that can be sent are, whatever is wrong with the others. Keys may be written in capitals or not.",
    body: jsonOf(RequestShape, "input"),
    example: MESSAGES,
    responses: {
      200: {
        description: "at least one was accepted; an entry for each recipient, in their order",
        schema: jsonOf(AnswerShape, "output"),
      },
      400: "none was accepted; `errorCode` 101 or 103 for the token, 202 for the JSON, 203 for the list of messages",
      405: "not a POST",
      413: "the body is over 10 MB",
    },
  },
  {
    method: "post",
    path: "/gateway.ashx",
    id: "sendMessagesXml",
    aliases: OLD_HOSTS,
    needs: "send",
    summary: "Send messages, in XML",
    description:
      "`<MESSAGES>` with `<AUTHENTICATION><PRODUCTTOKEN>` and up to 1000 `<MSG>` and 10,000 `<TO>` in all, whose elements are the JSON's keys in capitals. Also at /cm/gateway.ashx and /smssgateway/cm/gateway.ashx.",
    security: false,
    example: DOCUMENT,
    bodyType: "application/xml",
    responses: { 200: LINE },
  },
  {
    method: "get",
    path: "/gateway.ashx",
    id: "sendMessageByQuery",
    aliases: OLD_HOSTS,
    needs: "send",
    summary: "Send one message, in the query",
    description: "A single part of the GSM alphabet. At the same addresses.",
    security: ["cmQueryToken"],
    parameters: [
      needed("producttoken", "the product token", "$API_KEY"),
      needed("from", "11 letters, or 16 digits", "Shop"),
      needed("to", "one number, international", "004798079008"),
      needed("body", "up to 160 characters", "Hello"),
      optional("reference", "what reports of it are known by"),
      optional("appkey", "the app's key, for hybrid messages"),
    ],
    responses: { 200: LINE },
  },
  {
    method: "get",
    path: "/docs.json",
    id: "getDescription",
    needs: "open",
    summary: "The JSON gateway's description for code generators",
    security: false,
    responses: { 200: { description: "Swagger 2.0", schema: { type: "object" } } },
  },
  {
    method: "post",
    path: "/otp/v2/otp",
    id: "sendOtp",
    needs: "send",
    summary: "Send a one-time password",
    description:
      "`from` and `to`; `channel`, `digits` (5), `expiry` in seconds (60), `locale`, `message` with `{code}`.",
    example: { from: "Shop", to: "+4798079008", message: "Your code is {code}" },
    responses: { 200: "its `id`, until when it may be verified", ...FAULTS },
  },
  {
    method: "post",
    path: "/otp/v2/otp/{id}/verify",
    id: "verifyOtp",
    needs: "send",
    summary: "Verify a one-time password",
    description: "`code`, as the person brought it.",
    example: { code: "12345" },
    parameters: [id],
    responses: { 200: "`verified` says whether it was right", ...FAULTS, 404: "no such id" },
  },
  {
    method: "post",
    path: "/v1.0/otp/generate",
    id: "sendOtpV1",
    needs: "send",
    summary: "Send a one-time password, by the first version",
    description: "`sender` and `recipient`; `length` (5), `expiry` in seconds (60), `message` with `{code}`.",
    example: { sender: "Shop", recipient: "004798079008", message: "Your code is {code}" },
    responses: { 200: "its `id`, until when it may be verified", ...FAULTS },
  },
  {
    method: "post",
    path: "/v1.0/otp/verify",
    id: "verifyOtpV1",
    needs: "send",
    summary: "Verify a one-time password, by the first version",
    description: "`id` and `code`.",
    example: { id: "an-id", code: "12345" },
    responses: { 200: "`valid` says whether it was right", ...FAULTS },
  },
  ...[
    { name: "numbervalidation", id: "validateNumber" },
    { name: "numberlookup", id: "lookUpNumber" },
  ].flatMap(({ name, id }): DocumentedPath[] => [
    {
      method: "post",
      path: `/v1.1/${name}`,
      id,
      needs: "read",
      summary: `Look up a number (${name})`,
      description: "`phonenumber`.",
      example: { phonenumber: "+4798079008" },
      responses: { 200: "its country, its kind, and the ways to write it", ...FAULTS },
    },
    {
      method: "get",
      path: `/v1.1/${name}/{number}`,
      id: `${id}ByGet`,
      needs: "read",
      summary: `Look up a number (${name}, by GET)`,
      parameters: [number],
      responses: { 200: "the same", ...FAULTS },
    },
  ]),
];

export const paths: readonly DocumentedPath[] = described.map((path) => ({ security: HEADER, ...path }));

/** The parts of the reference. */
export const groups = [
  { name: "Messages", at: ["/v1.0/message", "/gateway.ashx", "/docs.json"] },
  { name: "One-time passwords", at: ["/otp/", "/v1.0/otp"] },
  { name: "Numbers", at: ["/v1.1/"] },
];
