/** An account's own endpoints: where its events go, signed by Standard Webhooks. */

import { createRoute, z } from "@hono/zod-openapi";
import { given, json, listOf, makeApi, operator, PageQuery, refusals, toPage } from "./api.ts";
import { BY_OPERATOR, EndpointAnswer, EndpointBody, Name, toAnswer, WithSecret } from "./endpoint-schemas.ts";
import { strict } from "./strict.ts";

const app = makeApi();
export const endpoints = app;

const inPath = { params: z.object({ id: z.string(), name: Name }) };

const putEndpoint = createRoute({
  method: "put",
  path: "/accounts/{id}/endpoints/{name}",
  summary: "Set up an endpoint for an account's events",
  description:
    "Replaces what was set before; its secret stays, and is shown only when the endpoint is new. Calls are signed as Standard Webhooks says, by HMAC (v1) and by Ed25519 (v1a).",
  security: operator,
  request: { ...inPath, body: { required: true, ...json(EndpointBody, "") } },
  responses: {
    200: json(EndpointAnswer, "the endpoint as it was changed"),
    201: json(WithSecret, "the new endpoint, with its secret"),
    ...refusals(400, 403, 404, 409),
  },
});

app.openapi(putEndpoint, async (c) => {
  const { id, name } = c.req.valid("param");
  const { secret, ...endpoint } = await c.get("operator").named.put(id, name, given(c.req.valid("json")));
  if (secret === undefined) return c.json(toAnswer(endpoint), 200);
  return c.json({ ...toAnswer(endpoint), secret }, 201);
});

const listEndpoints = createRoute({
  method: "get",
  path: "/accounts/{id}/endpoints",
  summary: "List an account's endpoints",
  security: operator,
  request: { params: z.object({ id: z.string() }), query: PageQuery },
  responses: { 200: json(listOf(EndpointAnswer), "the endpoints, by name"), ...refusals(400, 404) },
});

app.openapi(listEndpoints, async (c) => {
  const found = await c.get("operator").named.list(c.req.valid("param").id, toPage(c.req.valid("query")));
  return c.json({ ...found, items: found.items.map(toAnswer) }, 200);
});

const findEndpoint = createRoute({
  method: "get",
  path: "/accounts/{id}/endpoints/{name}",
  summary: "Look up an endpoint",
  security: operator,
  request: inPath,
  responses: { 200: json(EndpointAnswer, "the endpoint, without its secret"), ...refusals(404) },
});

app.openapi(findEndpoint, async (c) => {
  const { id, name } = c.req.valid("param");
  return c.json(toAnswer(await c.get("operator").named.find(id, name)), 200);
});

const removeEndpoint = createRoute({
  method: "delete",
  path: "/accounts/{id}/endpoints/{name}",
  summary: "Remove an endpoint",
  description: "What is owed there goes to the dead list.",
  security: operator,
  request: inPath,
  responses: { 204: { description: "removed" }, ...refusals(404) },
});

app.openapi(removeEndpoint, async (c) => {
  const { id, name } = c.req.valid("param");
  await c.get("operator").named.remove(id, name);
  return c.body(null, 204);
});

/** A day: long enough to change every receiver. */
const OVERLAP_SECONDS = 86_400;

const rotateEndpoint = createRoute({
  method: "post",
  path: "/accounts/{id}/endpoints/{name}/rotate",
  summary: "Give an endpoint new keys",
  description: "Calls are signed with the old ones too, until the overlap ends. Those before the old ones end at once.",
  security: operator,
  request: {
    ...inPath,
    body: {
      required: false,
      ...json(
        strict({
          overlapSeconds: z
            .int()
            .min(0)
            .max(30 * 86_400)
            .default(OVERLAP_SECONDS),
        }),
        "",
      ),
    },
  },
  responses: { 200: json(WithSecret, "the endpoint, with its new secret"), ...refusals(400, 404, 409) },
});

app.openapi(rotateEndpoint, async (c) => {
  const { id, name } = c.req.valid("param");
  const { overlapSeconds = OVERLAP_SECONDS } = c.req.valid("json") ?? {};
  const { secret, ...endpoint } = await c.get("operator").named.rotate(id, name, overlapSeconds);
  return c.json({ ...toAnswer(endpoint), secret }, 200);
});

const TestAnswer = z
  .object({
    isReceived: z.boolean(),
    request: z.object({
      url: z.string(),
      headers: z.record(z.string(), z.string()).openapi({ description: "those of Standard Webhooks" }),
      body: z.string(),
    }),
    status: z.int().optional(),
    answer: z.string().optional().openapi({ description: "its first bytes" }),
    error: z.string().optional().openapi({ description: "why there is no answer" }),
    milliseconds: z.number(),
  })
  .openapi("EndpointTest");

const testEndpoint = createRoute({
  method: "post",
  path: "/accounts/{id}/endpoints/{name}/test",
  summary: "Send a test event to an endpoint, and see what it answers",
  description:
    "One call with an event of type endpoint.test, whatever events it asked for, and also where it is switched off.",
  security: operator,
  request: inPath,
  responses: { 200: json(TestAnswer, "what was sent, and what came back"), ...refusals(404) },
});

app.openapi(testEndpoint, async (c) => {
  const { id, name } = c.req.valid("param");
  const {
    request: { url, headers, body = "" },
    answer,
    isReceived,
  } = await c.get("operator").named.test(id, name);
  const shown = Object.entries(headers).filter(([header]) => /^webhook-|^content-type$/.test(header));
  return c.json(
    {
      isReceived,
      request: { url, headers: Object.fromEntries(shown), body },
      ...(answer.outcome === "answered" ? { status: answer.status, answer: answer.body } : { error: answer.error }),
      milliseconds: answer.milliseconds,
    },
    200,
  );
});

const disableEndpoint = createRoute({
  method: "post",
  path: "/accounts/{id}/endpoints/{name}/disable",
  summary: "Switch an endpoint off; its events wait in the dead list",
  security: operator,
  request: {
    ...inPath,
    body: {
      required: false,
      ...json(strict({ reason: z.string().trim().min(1).max(200).default(BY_OPERATOR) }), ""),
    },
  },
  responses: { 200: json(EndpointAnswer, "the endpoint"), ...refusals(400, 404, 409) },
});

app.openapi(disableEndpoint, async (c) => {
  const { id, name } = c.req.valid("param");
  const { reason = BY_OPERATOR } = c.req.valid("json") ?? {};
  return c.json(toAnswer(await c.get("operator").named.disable(id, name, reason)), 200);
});

const enableEndpoint = createRoute({
  method: "post",
  path: "/accounts/{id}/endpoints/{name}/enable",
  summary: "Switch an endpoint on again, beginning with what waits for it",
  security: operator,
  request: inPath,
  responses: { 200: json(EndpointAnswer, "the endpoint"), ...refusals(404) },
});

app.openapi(enableEndpoint, async (c) => {
  const { id, name } = c.req.valid("param");
  return c.json(toAnswer(await c.get("operator").named.enable(id, name)), 200);
});

const catchUpEndpoint = createRoute({
  method: "post",
  path: "/accounts/{id}/endpoints/{name}/catch-up",
  summary: "Send an endpoint logged events that it was never sent",
  description:
    "Those that it asks for now, from before it was set up or asked for them. What it was told of is sent again by POST /webhooks/replay.",
  security: operator,
  request: {
    ...inPath,
    body: {
      required: true,
      ...json(
        strict({
          after: z
            .int()
            .min(0)
            .default(0)
            .openapi({ description: "the number of an event; absent: all that are kept" }),
          until: z.int().min(1).optional().openapi({ description: "the number of the last; absent: the newest" }),
        }),
        "",
      ),
    },
  },
  responses: {
    200: json(
      z.object({
        owed: z.int(),
        next: z
          .int()
          .optional()
          .openapi({ description: "where there are more than one call goes through: the next `after`" }),
      }),
      "how many are owed",
    ),
    ...refusals(400, 404),
  },
});

app.openapi(catchUpEndpoint, async (c) => {
  const { id, name } = c.req.valid("param");
  return c.json(await c.get("operator").named.catchUp(id, name, c.req.valid("json")), 200);
});

export type EndpointRoutes =
  | typeof putEndpoint
  | typeof listEndpoints
  | typeof findEndpoint
  | typeof removeEndpoint
  | typeof rotateEndpoint
  | typeof testEndpoint
  | typeof disableEndpoint
  | typeof enableEndpoint
  | typeof catchUpEndpoint;
