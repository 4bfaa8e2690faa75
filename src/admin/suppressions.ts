/** People who asked one of an account's numbers to be left alone. */

import { createRoute, z } from "@hono/zod-openapi";
import { iso, json, listOf, makeApi, operator, PageQuery, refusals, toPage } from "./api.ts";

const app = makeApi();
export const suppressions = app;

const SuppressionAnswer = z
  .object({
    number: z.string().openapi({ description: "the account's number" }),
    recipient: z.string().openapi({ description: "the person's" }),
    word: z
      .string()
      .openapi({ description: "what they wrote; or `carrier {name}`, if a carrier reported it", example: "stop" }),
    createdAt: z.string(),
  })
  .openapi("Suppression");

const listSuppressions = createRoute({
  method: "get",
  path: "/accounts/{id}/suppressions",
  summary: "List who has opted out, and from which number",
  description: "By STOP, UNSUBSCRIBE and the like, written alone to a long number of North America.",
  security: operator,
  request: { params: z.object({ id: z.string() }), query: PageQuery },
  responses: { 200: json(listOf(SuppressionAnswer), "who has, by number"), ...refusals(400, 404) },
});

app.openapi(listSuppressions, async (c) => {
  const { id } = c.req.valid("param");
  const page = await c.get("operator").suppressions.list(id, toPage(c.req.valid("query")));
  const items = page.items.map(({ account: _, createdAt, ...one }) => ({ ...one, createdAt: iso(createdAt) }));
  return c.json({ ...page, items }, 200);
});

const liftSuppression = createRoute({
  method: "delete",
  path: "/accounts/{id}/suppressions/{number}/{recipient}",
  summary: "Let texts from a number reach a person again who asked for it elsewhere",
  security: operator,
  request: { params: z.object({ id: z.string(), number: z.string(), recipient: z.string() }) },
  responses: { 204: { description: "they may" }, ...refusals(404) },
});

app.openapi(liftSuppression, async (c) => {
  const { id, ...pair } = c.req.valid("param");
  await c.get("operator").suppressions.lift(id, pair);
  return c.body(null, 204);
});

export type SuppressionRoutes = typeof listSuppressions | typeof liftSuppression;
