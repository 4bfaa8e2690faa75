/** Moving what is sealed to the key that seals now. */

import { createRoute, z } from "@hono/zod-openapi";
import { json, makeApi, operator, refusals } from "./api.ts";
import { strict } from "./strict.ts";

const app = makeApi();
export const sealing = app;

const moveSealed = createRoute({
  method: "post",
  path: "/sealing/move",
  summary: "Reseal stored rows with the current key",
  description:
    "Does one piece: reseals rows sealed with another key of DATA_KEY, and seals rows that a sealed account still has in plain form. " +
    "Call it again with `next` until there is none. `npm run reseal` does that.",
  security: operator,
  request: {
    body: {
      required: true,
      content: {
        "application/json": {
          schema: strict({
            after: z
              .string()
              .max(2_000)
              .optional()
              .openapi({ description: "`next` of an earlier answer, unchanged; absent: from the beginning" }),
          }),
        },
      },
    },
  },
  responses: {
    200: json(
      z.object({
        sealedWith: z.string().openapi({ description: "the name of the key that seals now", example: "2" }),
        table: z.string().openapi({ description: "the last table that was read", example: "message" }),
        read: z.int().openapi({ description: "how many rows were read" }),
        moved: z.int().openapi({ description: "how many of them were sealed with that key" }),
        changed: z.int().openapi({ description: "how many were changed meanwhile: run it again for those" }),
        unreadable: z.int().openapi({
          description: "how many no key opens: they stay as they are; `sealed.unreadable` in the log has their ids",
        }),
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
