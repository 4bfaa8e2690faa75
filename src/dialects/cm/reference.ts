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
};

const jsonOf = (schema: z.ZodType, io: "input" | "output") =>
  z.toJSONSchema(schema, { io, unrepresentable: "any", target: "draft-2020-12" });

const inQuery = (name: string, required: boolean, description: string) =>
  ({ name, in: "query", required, description }) as const;

const id = { name: "id", in: "path", required: true, description: "as it was answered" } as const;
const number = { name: "number", in: "path", required: true, description: "with + or 00, or neither" } as const;

/** Clients take anything but nothing for an error. */
const LINE = "empty if all is sent; else text/plain, `Error: ERROR` and why, and nothing is sent";
const FAULTS = { 400: "what is wrong with it, or with its token" } as const;

export const paths: readonly DocumentedPath[] = [
  {
    method: "post",
    path: "/v1.0/message",
    summary: "Send messages",
    description:
      "Up to 1000 messages of up to 1000 recipients each, and 100,000 recipients in all. Those that can be sent are, whatever is wrong with the others. Keys may be written in capitals or not.",
    body: jsonOf(RequestShape, "input"),
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
    summary: "Send messages, in XML",
    description:
      "`<MESSAGES>` with `<AUTHENTICATION><PRODUCTTOKEN>` and up to 1000 `<MSG>` and 10,000 `<TO>` in all, whose elements are the JSON's keys in capitals. Also at /cm/gateway.ashx and /smssgateway/cm/gateway.ashx.",
    security: false,
    responses: { 200: LINE },
  },
  {
    method: "get",
    path: "/gateway.ashx",
    summary: "Send one message, in the query",
    description: "A single part of the GSM alphabet. At the same addresses.",
    security: false,
    parameters: [
      inQuery("producttoken", true, "the product token"),
      inQuery("from", true, "11 letters, or 16 digits"),
      inQuery("to", true, "one number, international"),
      inQuery("body", true, "up to 160 characters"),
      inQuery("reference", false, "what reports of it are known by"),
      inQuery("appkey", false, "the app's key, for hybrid messages"),
    ],
    responses: { 200: LINE },
  },
  {
    method: "get",
    path: "/docs.json",
    summary: "The JSON gateway's description for code generators",
    security: false,
    responses: { 200: { description: "Swagger 2.0", schema: { type: "object" } } },
  },
  {
    method: "post",
    path: "/otp/v2/otp",
    summary: "Send a one-time password",
    description:
      "`from` and `to`; `channel`, `digits` (5), `expiry` in seconds (60), `locale`, `message` with `{code}`.",
    responses: { 200: "its `id`, until when it may be verified", ...FAULTS },
  },
  {
    method: "post",
    path: "/otp/v2/otp/{id}/verify",
    summary: "Verify a one-time password",
    description: "`code`, as the person brought it.",
    parameters: [id],
    responses: { 200: "`verified` says whether it was right", ...FAULTS, 404: "no such id" },
  },
  {
    method: "post",
    path: "/v1.0/otp/generate",
    summary: "Send a one-time password, by the first version",
    description: "`sender` and `recipient`; `length` (5), `expiry` in seconds (60), `message` with `{code}`.",
    responses: { 200: "its `id`, until when it may be verified", ...FAULTS },
  },
  {
    method: "post",
    path: "/v1.0/otp/verify",
    summary: "Verify a one-time password, by the first version",
    description: "`id` and `code`.",
    responses: { 200: "`valid` says whether it was right", ...FAULTS },
  },
  ...["numbervalidation", "numberlookup"].flatMap((name): DocumentedPath[] => [
    {
      method: "post",
      path: `/v1.1/${name}`,
      summary: `What a number is (${name})`,
      description: "`phonenumber`.",
      responses: { 200: "its country, its kind, and the ways to write it", ...FAULTS },
    },
    {
      method: "get",
      path: `/v1.1/${name}/{number}`,
      summary: `What a number is (${name}, by GET)`,
      parameters: [number],
      responses: { 200: "the same", ...FAULTS },
    },
  ]),
];
