/** Routes: which carriers take whose messages and charges. */

import { createRoute, z } from "@hono/zod-openapi";
import { type NamedRoute, ROUTE_KINDS, STRATEGIES } from "../core/messages/route.ts";
import type { Explained } from "../core/operator/explain.ts";
import { given, json, listOf, makeApi, operator, PageQuery, refusals, toPage } from "./api.ts";
import { PriceAnswer } from "./prices.ts";
import { strict } from "./strict.ts";

const app = makeApi();
export const routes = app;

const RouteId = z
  .string()
  .regex(/^[A-Za-z0-9][A-Za-z0-9_.-]{0,62}$/, "must be 1 to 63 letters, digits, dots, dashes and underscores");
const inPath = { params: z.object({ id: RouteId }) };

const ROUTE = {
  account: z.string().min(1).max(63).openapi({ description: "an account's id, or * for everybody", example: "*" }),
  kind: z.enum(ROUTE_KINDS).openapi({ description: "whether it is for messages or for charges" }),
  prefix: z
    .string()
    .regex(/^\d{0,15}$/, "must be the first digits of a number, without +, or empty for all numbers")
    .openapi({
      description: "the beginning of the person's number, without +; the longest that fits holds",
      example: "47",
    }),
  carriers: z
    .array(z.string().min(1).max(100))
    .max(20)
    .openapi({
      description: "the names of carriers, best first; the next is asked where one cannot take it",
      example: ["simulator"],
    }),
};
const Strategy = z.enum(STRATEGIES).openapi({
  description:
    "in-order: the first carrier that takes it; weighted: each message asks the carriers in an order of its own, which comes of their weights",
});
const MORE = {
  channel: z
    .string()
    .min(1)
    .max(40)
    .optional()
    .openapi({ description: "only messages that go by this channel, sms for texts; left out: any", example: "sms" }),
  sender: z
    .string()
    .min(1)
    .max(100)
    .optional()
    .openapi({ description: "only messages from this sender, exactly as it stands there; left out: any" }),
  weights: z
    .array(z.number().min(0).max(1_000_000))
    .optional()
    .openapi({
      description: "of weighted: one for each carrier; 0 comes last. Left out: all the same",
      example: [3, 1],
    }),
};
const reroutes = z.boolean().openapi({
  description:
    "whether a text that its carrier reports as undelivered goes to the next carrier: once, and only one that may arrive twice (AtLeastOnce)",
});
const RouteAnswer = z.object({ id: z.string(), ...ROUTE, strategy: Strategy, ...MORE, reroutes }).openapi("Route");

function toAnswer({ weights, ...route }: NamedRoute) {
  const reroutes: boolean = route.reroutes ?? false;
  return { ...route, carriers: [...route.carriers], reroutes, ...(weights ? { weights: [...weights] } : {}) };
}

const putRoute = createRoute({
  method: "put",
  path: "/routes/{id}",
  summary: "Say which carriers take messages or charges",
  description:
    "Adds a route, or replaces the one of this name; it holds at once. Of several that fit, an account's own go before everybody's, then those for the sender, then those for the channel, then the longest prefix. Where no route fits, every carrier may take it; where the one that holds has no carrier, it is refused.",
  security: operator,
  request: {
    ...inPath,
    body: {
      required: true,
      ...json(strict({ ...ROUTE, strategy: Strategy.default("in-order"), ...MORE, reroutes: reroutes.optional() }), ""),
    },
  },
  responses: { 200: json(RouteAnswer, "the route, as it holds now"), ...refusals(400, 409) },
});

app.openapi(putRoute, async (c) => {
  const { id } = c.req.valid("param");
  const { account, kind, prefix, carriers, strategy, reroutes, ...more } = c.req.valid("json");
  const route = { id, account, kind, prefix, carriers, strategy, ...given(more), ...(reroutes ? { reroutes } : {}) };
  return c.json(toAnswer(await c.get("operator").routes.put(route)), 200);
});

const listRoutes = createRoute({
  method: "get",
  path: "/routes",
  summary: "List routes",
  security: operator,
  request: { query: PageQuery },
  responses: { 200: json(listOf(RouteAnswer), "the routes, by name"), ...refusals(400) },
});

app.openapi(listRoutes, async (c) => {
  const page = await c.get("operator").routes.list(toPage(c.req.valid("query")));
  return c.json({ ...page, items: page.items.map(toAnswer) }, 200);
});

const findRoute = createRoute({
  method: "get",
  path: "/routes/{id}",
  summary: "Look up a route",
  security: operator,
  request: inPath,
  responses: { 200: json(RouteAnswer, "the route"), ...refusals(404) },
});

app.openapi(findRoute, async (c) =>
  c.json(toAnswer(await c.get("operator").routes.find(c.req.valid("param").id)), 200),
);

const removeRoute = createRoute({
  method: "delete",
  path: "/routes/{id}",
  summary: "Remove a route",
  description: "What it was for goes by the next best route from now on.",
  security: operator,
  request: inPath,
  responses: { 204: { description: "removed" }, ...refusals(404) },
});

app.openapi(removeRoute, async (c) => {
  await c.get("operator").routes.remove(c.req.valid("param").id);
  return c.body(null, 204);
});

export const ExplainedAnswer = z
  .object({
    route: RouteAnswer.optional().openapi({ description: "the route that holds; absent where none is for it" }),
    carriers: z.array(
      z.object({ name: z.string(), usable: z.boolean(), why: z.string(), price: PriceAnswer.optional() }),
    ),
    encoding: z.enum(["gsm7", "ucs2"]).optional(),
    parts: z.int().optional(),
    price: PriceAnswer.optional().openapi({
      description: "what the first carrier takes that would be asked, for all parts; absent where no list tells",
    }),
  })
  .openapi("ExplainedRoute");

const explainRoute = createRoute({
  method: "post",
  path: "/routes/explain",
  summary: "Explain which way a text would go",
  description:
    "Nothing is sent. The carriers that would be asked come first, in order; then those that are passed over, with why.",
  security: operator,
  request: {
    body: {
      required: true,
      ...json(
        strict({
          account: z.string().openapi({ example: "acme" }),
          recipient: z.string().openapi({ example: "+4791000000" }),
          sender: z.string().max(100).optional(),
          channel: z.string().max(40).optional(),
          text: z.string().max(10_000).optional(),
        }),
        "",
      ),
    },
  },
  responses: {
    200: json(ExplainedAnswer, "which way it would go now"),
    ...refusals(400, 404),
  },
});

app.openapi(explainRoute, async (c) => {
  return c.json(toExplained(await c.get("operator").routes.explain(given(c.req.valid("json")))), 200);
});

export function toExplained({ route, ...rest }: Explained) {
  return { ...rest, ...(route ? { route: toAnswer(route) } : {}) };
}

export type RouteRoutes =
  | typeof putRoute
  | typeof listRoutes
  | typeof findRoute
  | typeof removeRoute
  | typeof explainRoute;
