/** Where an account's codes went, how many were confirmed, and where no more of them go. */

import { createRoute, z } from "@hono/zod-openapi";
import { GUARD_REASONS } from "../core/billing/codes/code-guard.ts";
import type { SeenArea } from "../core/operator/code-areas.ts";
import { given, iso, json, makeApi, operator, refusals } from "./api.ts";

const app = makeApi();
export const codeAreas = app;

const Area = z
  .object({
    area: z.string().openapi({
      description: "a country, ISO 3166 alpha-2, or the first six digits of numbers",
      example: "+999123",
    }),
    sent: z.int().openapi({ description: "codes in the time that the guard looks back, since the last block" }),
    confirmed: z.int().openapi({ description: "codes that were entered in that time" }),
    isBlocked: z.boolean().openapi({ description: "whether no more codes go there just now" }),
    blockedUntil: z.string().optional().openapi({ description: "when the block ends, or ended" }),
    alarmedAt: z.string().optional().openapi({ description: "when the account was last told that few are confirmed" }),
    reason: z.enum(GUARD_REASONS).optional().openapi({ description: "of the last alarm or block" }),
  })
  .openapi("CodeArea");

const inAccount = z.object({ id: z.string() });

const listCodeAreas = createRoute({
  method: "get",
  path: "/accounts/{id}/code-areas",
  summary: "List where codes went, and how many were confirmed",
  description:
    "Of accounts with `settings.codeGuard`: by country, and by the first six digits of numbers. With those that the guard has found something about in the last day.",
  security: operator,
  request: { params: inAccount },
  responses: { 200: json(z.object({ items: z.array(Area) }), "by name"), ...refusals(404) },
});

app.openapi(listCodeAreas, async (c) => {
  const areas = await c.get("operator").codeAreas.list(c.req.valid("param").id);
  return c.json({ items: areas.map(toAnswer) }, 200);
});

function toAnswer({ settled: _, alarmedAt, blockedUntil, reason, ...area }: SeenArea) {
  return {
    ...area,
    ...given({
      alarmedAt: alarmedAt === undefined ? undefined : iso(alarmedAt),
      blockedUntil: blockedUntil === undefined ? undefined : iso(blockedUntil),
      reason,
    }),
  };
}

const openCodeArea = createRoute({
  method: "delete",
  path: "/accounts/{id}/code-areas/{area}/block",
  summary: "Let codes go to an area again",
  description: "Before the block ends by itself. What was sent before does not count any more.",
  security: operator,
  request: {
    params: inAccount.extend({
      area: z.string().openapi({ description: "a country, or the first six digits of numbers", example: "+999123" }),
    }),
  },
  responses: { 204: { description: "the block is lifted" }, ...refusals(404) },
});

app.openapi(openCodeArea, async (c) => {
  const { id, area } = c.req.valid("param");
  await c.get("operator").codeAreas.open(id, area);
  return c.body(null, 204);
});

export type CodeAreaRoutes = typeof listCodeAreas | typeof openCodeArea;
