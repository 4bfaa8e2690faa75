/** This dialect's routes, for the reference. */

import { z } from "zod";
import type { DocumentedPath } from "../../../src/dialects/dialect.ts";
import { Letter } from "./schema.ts";

export const securitySchemes = { pigeonRing: { type: "apiKey", in: "header", name: "X-Ring" } };

export const paths: readonly DocumentedPath[] = [
  {
    method: "post",
    path: "/pigeon/messages",
    needs: "send",
    summary: "Send a letter",
    body: z.toJSONSchema(Letter),
    example: { id: "letter-1", to: "+4798079008", from: "Stafett", text: "Coo" },
    responses: { 202: "taken", 400: "the letter is wrong", 401: "no ring, or a wrong one" },
  },
  {
    method: "get",
    path: "/pigeon/messages/{id}",
    needs: "read",
    summary: "Look for a letter",
    parameters: [{ name: "id", in: "path", required: true, description: "the id you gave it" }],
    responses: { 200: "its fate", 404: "there is no such letter" },
  },
];
