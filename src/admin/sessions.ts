/** Sessions of the console: listing and ending them. */

import { createRoute, z } from "@hono/zod-openapi";
import type { Session, SessionId } from "../core/operator/sessions.ts";
import { iso, json, listOf, makeApi, operator, refusals } from "./api.ts";

const app = makeApi();
export const sessions = app;

const SessionAnswer = z
  .object({
    id: z.string(),
    name: z.string().openapi({ description: "of the token that it was begun by", example: "Kari, support" }),
    address: z.string().openapi({ description: "shortened", example: "192.0.2.…" }),
    browser: z.string().openapi({ example: "Firefox 145, Linux" }),
    createdAt: z.string(),
    seenAt: z.string().openapi({ description: "to the minute" }),
    expiresAt: z.string(),
  })
  .openapi("Session");

function toAnswer({ id, name, address, browser, createdAt, seenAt, expiresAt }: Session & { name: string }) {
  return { id, name, address, browser, createdAt: iso(createdAt), seenAt: iso(seenAt), expiresAt: iso(expiresAt) };
}

const listSessions = createRoute({
  method: "get",
  path: "/sessions",
  summary: "List who is logged in to the console, newest first",
  security: operator,
  responses: { 200: json(listOf(SessionAnswer), "the sessions"), ...refusals() },
});

app.openapi(listSessions, async (c) => {
  const items = await c.get("operator").sessions.list(c.get("adminToken") ?? "");
  return c.json({ items: items.map(toAnswer) }, 200);
});

const endSession = createRoute({
  method: "delete",
  path: "/sessions/{id}",
  summary: "End a session of the console",
  description: "Its browser has to log in again.",
  security: operator,
  request: { params: z.object({ id: z.string() }) },
  responses: { 204: { description: "ended" }, ...refusals(404) },
});

app.openapi(endSession, async (c) => {
  await c.get("operator").sessions.end(c.req.valid("param").id as SessionId);
  return c.body(null, 204);
});

export type SessionRoutes = typeof listSessions | typeof endSession;
