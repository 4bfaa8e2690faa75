/** Carriers: who messages and charges are handed to. */

import { createRoute, z } from "@hono/zod-openapi";
import { json, listOf, makeApi, operator, refusals } from "./api.ts";

const app = makeApi();
export const carriers = app;

const CarrierAnswer = z
  .object({
    name: z.string().openapi({ description: "what routes call it" }),
    kind: z.string(),
    bills: z.boolean().openapi({ description: "whether people can be charged through it" }),
    isForFakes: z.boolean().openapi({ description: "whether it takes only what goes to numbers that nobody has" }),
    health: z
      .object({ state: z.enum(["up", "down"]), reason: z.string().optional() })
      .optional()
      .openapi({ description: "whether it can be reached just now, where it can tell" }),
  })
  .openapi("Carrier");

const listCarriers = createRoute({
  method: "get",
  path: "/carriers",
  summary: "List carriers",
  description: "In the order in which they are asked where no route says otherwise.",
  security: operator,
  responses: { 200: json(listOf(CarrierAnswer), "the carriers in use"), ...refusals() },
});

app.openapi(listCarriers, async (c) => c.json({ items: await c.get("operator").carriers.list() }, 200));

export type CarrierRoutes = typeof listCarriers;
