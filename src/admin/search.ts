/** Finding messages, charges and the rest by any id, ours or a customer's. */

import { createRoute, z } from "@hono/zod-openapi";
import { FOUND_KINDS, MOST_FOUND } from "../core/operator/search.ts";
import { json, listOf, makeApi, operator, refusals } from "./api.ts";

const app = makeApi();
export const search = app;

const Found = z
  .object({
    kind: z.enum(FOUND_KINDS),
    id: z.string(),
    person: z.string().optional().openapi({ description: "the person who got it, or who wrote it" }),
  })
  .openapi("Found");

const searchById = createRoute({
  method: "get",
  path: "/search",
  summary: "Find things by an id",
  description: `An id of ours, of a customer's or of a carrier's, over all accounts and dialects; at most ${MOST_FOUND}.`,
  security: operator,
  request: {
    query: z.object({
      q: z.string().trim().min(1).max(500).openapi({ description: "the whole id", example: "order-4711" }),
    }),
  },
  responses: { 200: json(listOf(Found), "what has this id"), ...refusals(400) },
});

app.openapi(searchById, async (c) => c.json({ items: await c.get("operator").search(c.req.valid("query").q) }, 200));

export type SearchRoutes = typeof searchById;
