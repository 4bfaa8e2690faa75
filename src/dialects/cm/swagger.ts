/** /docs.json: the JSON gateway as Swagger 2.0, from which clients are generated. */

import { Hono } from "hono";
import type { DialectEnv } from "../dialect.ts";
import { anyCase } from "./any-case.ts";
import { definitions, EXAMPLE } from "./swagger-definitions.ts";

const app = new Hono<DialectEnv>({ strict: false });

app.get(anyCase("/docs.json"), (c) => c.json(toDocument(c.get("publicUrls")[0] ?? "")));

export const swagger = app;

/** The names in it are those that generated clients have in their own names: they stay as they are. */
function toDocument(publicUrl: string) {
  const { host, protocol, pathname } = new URL(publicUrl);
  const answer = (description: string) => ({ description, schema: { $ref: "#/definitions/MessagesResponse" } });
  return {
    swagger: "2.0",
    info: { title: "Bulk SMS API", version: "v1" },
    host,
    // Clients put a path that begins with a slash behind it.
    ...(pathname === "/" ? {} : { basePath: pathname }),
    schemes: [protocol.replace(/:$/, "")],
    tags: [{ name: "Messages", description: "Texts, and richer messages, to one person or to many" }],
    paths: {
      "/v1.0/message": {
        post: {
          tags: ["Messages"],
          summary: "Send messages",
          description: "Each recipient is answered for, in the order of the request.",
          operationId: "Messages_SendMessage",
          consumes: ["application/json"],
          produces: ["application/json"],
          parameters: [
            {
              name: "X-CM-PRODUCTTOKEN",
              in: "header",
              description: "The product token, where the body has none",
              required: false,
              type: "string",
            },
            {
              name: "messages",
              in: "body",
              description: "The messages, and the credential of their sender",
              required: true,
              schema: { $ref: "#/definitions/MessageEnvelope", example: EXAMPLE },
            },
          ],
          responses: {
            200: answer("At least one recipient was accepted"),
            400: answer("No recipient was accepted, or the request as a whole was not"),
            500: answer("A fault of the gateway's"),
          },
        },
      },
    },
    definitions,
  };
}
