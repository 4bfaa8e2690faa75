/** The sandbox's API for taking all webhooks on one's own machine, wherever they were to go. */

import { createRoute, z } from "@hono/zod-openapi";
import { iso, json, makeApi, operator, refusals } from "../admin/api.ts";
import { strict } from "../admin/strict.ts";
import { type SandboxEnv, worldOf } from "./levers.ts";

const app = makeApi<SandboxEnv>();
export const forwarding = app;

const LONGEST_SECONDS = 86_400;

export const Forwarding = z
  .object({
    to: z.string().openapi({ example: "http://127.0.0.1:3000" }),
    until: z.string().openapi({ description: "in real time" }),
  })
  .openapi("Forwarding");

const startForwarding = createRoute({
  method: "put",
  path: "/forwarding",
  summary: "Send all webhooks to one server, in place of their own addresses",
  description:
    "For a while, of real time; ask again to go on. Requests are signed for the address that they go to. A base URL without a " +
    "path keeps each webhook's own path. `stafett listen` does this.",
  security: operator,
  request: {
    body: {
      required: true,
      ...json(
        strict({
          to: z
            .url({ protocol: /^https?$/, error: "must be an http(s) URL" })
            .openapi({ example: "http://127.0.0.1:3000" }),
          seconds: z.number().int().min(1).max(LONGEST_SECONDS).default(60),
        }),
        "",
      ),
    },
  },
  responses: { 200: json(Forwarding, "where they go, and until when"), ...refusals(400) },
});

app.openapi(startForwarding, async (c) => {
  const { to, seconds } = c.req.valid("json");
  const { until } = await worldOf(c).forward(to, seconds);
  return c.json({ to, until: iso(until) }, 200);
});

const stopForwarding = createRoute({
  method: "delete",
  path: "/forwarding",
  summary: "Send webhooks to their own addresses again",
  security: operator,
  responses: { 204: { description: "they go where they are to go" }, ...refusals() },
});

app.openapi(stopForwarding, async (c) => {
  await worldOf(c).stopForwarding();
  return c.body(null, 204);
});

export type ForwardingRoutes = typeof startForwarding | typeof stopForwarding;
