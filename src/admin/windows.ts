/** Purchase windows, open and closed. */

import { createRoute, z } from "@hono/zod-openapi";
import { WINDOW_STATES, type Window } from "../core/billing/purchases/window.ts";
import { given, iso, json, listOf, makeApi, operator, PageQuery, refusals, toPage } from "./api.ts";

const app = makeApi();
export const windows = app;

const WindowAnswer = z
  .object({
    id: z.string(),
    account: z.string(),
    dialect: z.string(),
    transaction: z.string(),
    theirId: z.string(),
    customId: z.string().optional(),
    service: z.string().optional(),
    state: z.enum(WINDOW_STATES),
    recipient: z.string().optional(),
    isPinSent: z.boolean(),
    pinsSent: z.number().int(),
    redirectUrl: z.string(),
    createdAt: z.string(),
    changedAt: z.string(),
    expiresAt: z.string(),
  })
  .openapi("Window");

/** Without the digest of the browser's session. */
function toAnswer({ session: _, ...window }: Window) {
  return {
    ...window,
    createdAt: iso(window.createdAt),
    changedAt: iso(window.changedAt),
    expiresAt: iso(window.expiresAt),
  };
}

const listWindows = createRoute({
  method: "get",
  path: "/windows",
  summary: "List purchase windows, newest first",
  security: operator,
  request: {
    query: PageQuery.extend({
      account: z.string().optional(),
      state: z.enum(WINDOW_STATES).optional(),
    }),
  },
  responses: { 200: json(listOf(WindowAnswer), "the windows"), ...refusals(400) },
});

app.openapi(listWindows, async (c) => {
  const { account, state, ...page } = c.req.valid("query");
  const found = await c.get("operator").windows.list(given({ account, state }), toPage(page));
  return c.json({ ...found, items: found.items.map(toAnswer) }, 200);
});

export type WindowRoutes = typeof listWindows;
