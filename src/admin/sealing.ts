/** Moving what is sealed to the key that seals now. */

import { createRoute, z } from "@hono/zod-openapi";
import { json, makeApi, operator, refusals } from "./api.ts";

const app = makeApi();
export const sealing = app;

const moveSealed = createRoute({
  method: "post",
  path: "/sealing/move",
  summary: "Move what is sealed to the key that seals now",
  description:
    "One piece of the work: rows that another key of DATA_KEY sealed are sealed anew, and so is what an account that wants its numbers and " +
    "texts sealed has plain. Call it with `next` of the answer until there is none; stopped and begun anew, it does only what is left. " +
    "`npm run reseal` does that.",
  security: operator,
  request: {
    body: {
      required: true,
      content: {
        "application/json": {
          schema: z.strictObject({
            after: z
              .string()
              .max(2_000)
              .optional()
              .openapi({ description: "`next` of the answer before; absent: from the beginning" }),
          }),
        },
      },
    },
  },
  responses: {
    200: json(
      z.object({
        sealedWith: z.string().openapi({ description: "the name of the key that seals now", example: "2" }),
        table: z.string().openapi({ description: "the last table that was looked at", example: "message" }),
        looked: z.int().openapi({ description: "how many rows were looked at" }),
        moved: z.int().openapi({ description: "how many of them were sealed with that key" }),
        changed: z.int().openapi({ description: "how many were changed meanwhile, and are left to the next run" }),
        unreadable: z
          .int()
          .openapi({ description: "how many no key opens: they stay as they are, and the log names them" }),
        next: z.string().optional().openapi({ description: "where to go on; absent: that was all" }),
      }),
      "what was done",
    ),
    ...refusals(400),
  },
});

app.openapi(moveSealed, async (c) => {
  return c.json(await c.get("operator").sealing.move(c.req.valid("json").after), 200);
});

export type SealingRoutes = typeof moveSealed;
