/** Tokens: who may use this API, and for what. */

import { createRoute, z } from "@hono/zod-openapi";
import { toBase64Url } from "../core/kernel/base64.ts";
import { ROLES, type Token } from "../core/operator/tokens.ts";
import { given, hashOf, iso, json, listOf, makeApi, operator, PageQuery, refusals, Time, toPage } from "./api.ts";
import { strict } from "./strict.ts";

const app = makeApi();
export const tokens = app;

const Role = z.enum(ROLES).openapi({
  description:
    "owner: everything; operator: everything but tokens; viewer: looks and changes nothing; merchant: its own account's messages, charges, subscriptions, services, webhooks and keys",
});

const TokenAnswer = z
  .object({
    id: z.string(),
    name: z.string(),
    role: Role,
    account: z.string().optional().openapi({ description: "the only account that it sees and touches" }),
    createdAt: z.iso.datetime(),
    expiresAt: z.iso.datetime().optional(),
    usedAt: z.iso.datetime().optional().openapi({ description: "when it was used last, to the minute" }),
    madeBy: z
      .string()
      .optional()
      .openapi({ description: "the id of the token that it was made by; none: ADMIN_TOKEN" }),
    signsInBy: z
      .string()
      .optional()
      .openapi({ description: "it has no secret: who it is of signs in to the console at this OpenID provider" }),
  })
  .openapi("Token");

function toAnswer({ createdAt, expiresAt, usedAt, ...token }: Token) {
  return {
    ...token,
    createdAt: iso(createdAt),
    ...(expiresAt === undefined ? {} : { expiresAt: iso(expiresAt) }),
    ...(usedAt === undefined ? {} : { usedAt: iso(usedAt) }),
  };
}

const issueToken = createRoute({
  method: "post",
  path: "/tokens",
  summary: "Make a token",
  description:
    "`secret` is in this answer and never again. A token is exchanged by making the next one, and withdrawing the old one once it is no longer used. The token of the settings (ADMIN_TOKEN) stays an owner's.",
  security: operator,
  request: {
    body: {
      required: true,
      ...json(
        strict({
          name: z
            .string()
            .min(1)
            .max(100)
            .openapi({ description: "whose it is, to know it by", example: "Kari, support" }),
          role: Role,
          account: z
            .string()
            .optional()
            .openapi({ description: "of a merchant, and where a viewer is to see one account" }),
          expiresAt: Time.optional(),
        }),
        "",
      ),
    },
  },
  responses: { 201: json(TokenAnswer.extend({ secret: z.string() }), "the token, with its secret"), ...refusals(400) },
});

app.openapi(issueToken, async (c) => {
  const secret = newSecret(c.get("operator").random);
  const { id: maker } = c.get("actor");
  const made = maker === "setting" ? {} : { madeBy: maker };
  const wanted = { ...given(c.req.valid("json")), ...made };
  const token = await c.get("operator").tokens.issue(wanted, await hashOf(secret));
  return c.json({ ...toAnswer(token), secret }, 201);
});

const listTokens = createRoute({
  method: "get",
  path: "/tokens",
  summary: "List tokens, oldest first",
  security: operator,
  request: { query: PageQuery },
  responses: { 200: json(listOf(TokenAnswer), "the tokens, without their secrets"), ...refusals(400) },
});

app.openapi(listTokens, async (c) => {
  const { items, ...next } = await c.get("operator").tokens.list(toPage(c.req.valid("query")));
  return c.json({ items: items.map(toAnswer), ...next }, 200);
});

const findToken = createRoute({
  method: "get",
  path: "/tokens/{id}",
  summary: "Look up a token",
  security: operator,
  request: { params: z.object({ id: z.string() }) },
  responses: { 200: json(TokenAnswer, "the token, without its secret"), ...refusals(404) },
});

app.openapi(findToken, async (c) =>
  c.json(toAnswer(await c.get("operator").tokens.find(c.req.valid("param").id)), 200),
);

const withdrawToken = createRoute({
  method: "delete",
  path: "/tokens/{id}",
  summary: "Withdraw a token",
  description: "From now on it opens nothing.",
  security: operator,
  request: { params: z.object({ id: z.string() }) },
  responses: { 204: { description: "withdrawn" }, ...refusals(404) },
});

app.openapi(withdrawToken, async (c) => {
  await c.get("operator").tokens.withdraw(c.req.valid("param").id);
  return c.body(null, 204);
});

/** 256 random bits. By the prefix, scanners of repositories recognise a token that was committed. */
function newSecret(random: (count: number) => Uint8Array): string {
  return `stafett_${toBase64Url(random(32))}`;
}

export type TokenRoutes = typeof issueToken | typeof listTokens | typeof findToken | typeof withdrawToken;
