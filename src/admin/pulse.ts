/** Whether anything has happened since an earlier request. */

import { createRoute, z } from "@hono/zod-openapi";
import { MOST_WATCHED } from "../core/operator/pulse.ts";
import { json, makeApi, operator, refusals } from "./api.ts";

const app = makeApi();
export const pulse = app;

const Pulse = z
  .object({
    newest: z
      .object({
        message: z.string().optional(),
        transaction: z.string().optional(),
        inbound: z.string().optional(),
        webhook: z.string().optional(),
        subscription: z.string().optional(),
      })
      .openapi({ description: "differs as soon as there is a newer one of the kind" }),
    changes: z.record(z.string(), z.number()).openapi({ description: "when each watched thing changed, epoch ms" }),
  })
  .openapi("Pulse");

const readPulse = createRoute({
  method: "get",
  path: "/pulse",
  summary: "Whether anything has happened",
  description: "Two answers that differ mean that it has. Costs little, however much is stored.",
  security: operator,
  request: {
    query: z.object({
      account: z.string().optional(),
      watch: z
        .string()
        .max(5_000)
        .optional()
        .openapi({ description: `ids of messages, transactions, subscriptions, webhooks; at most ${MOST_WATCHED}` }),
    }),
  },
  responses: { 200: json(Pulse, "what there is by now"), ...refusals(400) },
});

app.openapi(readPulse, async (c) => {
  const { account, watch = "" } = c.req.valid("query");
  const ids = watch.split(",").filter((id) => id !== "");
  return c.json(await c.get("operator").pulse(ids, account), 200);
});

export type PulseRoutes = typeof readPulse;
