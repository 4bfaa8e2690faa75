/** The routes of keywords and in-messages, for the reference. */

import { z } from "zod";
import type { DocumentedPath } from "../dialect.ts";
import { InMessageAnswer, Keyword, KeywordAnswer } from "./inbound-schema.ts";

const jsonOf = (schema: z.ZodType, io: "input" | "output" = "output") =>
  z.toJSONSchema(schema, { io, unrepresentable: "any", target: "draft-2020-12" });

const inPath = (name: string, description: string) => ({ name, in: "path", required: true, description }) as const;
const inQuery = (name: string, description: string) => ({ name, in: "query", required: false, description }) as const;

const keywordId = inPath("keywordId", "digits");
const keyword = jsonOf(KeywordAnswer);

const KEYWORD = {
  shortNumberId: "NO-2002",
  keywordText: "PARCEL",
  mode: "Startswith",
  forwardUrl: "https://shop.example/texts",
  enabled: true,
};

const NO_CREDENTIAL = { 401: "no credential, or a wrong one" } as const;
const REFUSED = {
  400: "invalid payload, not your short number, or a text that is taken there in this mode",
  ...NO_CREDENTIAL,
} as const;
const NO_KEYWORD = { ...NO_CREDENTIAL, 404: "no such keyword" } as const;

export const inboundPaths: readonly DocumentedPath[] = [
  {
    method: "get",
    path: "/api/keywords",
    needs: "read",
    summary: "Your keywords",
    parameters: [
      inQuery("shortNumberId", "just this one, like NO-2002"),
      inQuery("keywordText", "a part of the text"),
      inQuery("mode", "just this one"),
      inQuery("tag", "just this one"),
    ],
    responses: { 200: { description: "the keywords", schema: { type: "array", items: keyword } }, ...NO_CREDENTIAL },
  },
  {
    method: "post",
    path: "/api/keywords",
    needs: "whole",
    summary: "Register a keyword",
    description:
      "Texts that fit it are forwarded to `forwardUrl`, signed. The best fit counts: `Exact` (the first word), then `Startswith` (the longest), then `Wildcard` (`*` any characters, `?` one, `#` a digit), then `Regex`. Case does not count. With active `preAuthSettings` the person is first asked whether they may be charged.",
    body: jsonOf(Keyword, "input"),
    example: KEYWORD,
    responses: { 201: "registered; Location says where it lies", ...REFUSED },
  },
  {
    method: "get",
    path: "/api/keywords/{keywordId}",
    needs: "read",
    summary: "Look up a keyword",
    parameters: [keywordId],
    responses: { 200: { description: "the keyword", schema: keyword }, ...NO_KEYWORD },
  },
  {
    method: "put",
    path: "/api/keywords/{keywordId}",
    needs: "whole",
    summary: "Change a keyword",
    description: "The whole document; absent members are removed.",
    parameters: [keywordId],
    body: jsonOf(Keyword, "input"),
    example: KEYWORD,
    responses: { 204: "changed", ...REFUSED, 404: NO_KEYWORD[404] },
  },
  {
    method: "delete",
    path: "/api/keywords/{keywordId}",
    needs: "whole",
    summary: "Delete a keyword",
    parameters: [keywordId],
    responses: { 204: "deleted", ...NO_KEYWORD },
  },
  {
    method: "get",
    path: "/api/in-messages/{shortNumberId}/{transactionId}",
    needs: "read",
    summary: "Look up a text that a person sent",
    parameters: [inPath("shortNumberId", "like NO-2002"), inPath("transactionId", "as it was forwarded")],
    responses: {
      200: { description: "the text", schema: jsonOf(InMessageAnswer) },
      ...NO_CREDENTIAL,
      404: "no such text of yours at that number",
    },
  },
];
