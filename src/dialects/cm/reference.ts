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

export const paths: readonly DocumentedPath[] = [
  {
    method: "post",
    path: "/v1.0/message",
    summary: "Send messages",
    description:
      "Up to 1000 messages of up to 1000 recipients each. Those that can be sent are, whatever is wrong with the others. Keys may be written in capitals or not.",
    body: jsonOf(RequestShape, "input"),
    responses: {
      200: {
        description: "at least one was accepted; an entry for each recipient",
        schema: jsonOf(AnswerShape, "output"),
      },
      400: "none was accepted; `errorCode` 101 or 103 for the token, 202 for the JSON, 203 for the list of messages",
      405: "not a POST",
      413: "the body is over 10 MB",
    },
  },
];
