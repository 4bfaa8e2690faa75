/** Credentials: how an account proves who it is. */

import { createRoute, z } from "@hono/zod-openapi";
import { type Credential, SIGN_ALGOS } from "../core/accounts/account.ts";
import { SCOPES } from "../core/accounts/rules.ts";
import { LIMITS } from "./account-settings.ts";
import { given, iso, json, listOf, makeApi, operator, PageQuery, refusals, Time, toPage } from "./api.ts";
import { strict } from "./strict.ts";

const inPath = { params: z.object({ id: z.string() }) };
const oneInPath = { params: z.object({ id: z.string(), credentialId: z.string() }) };

const Scopes = z
  .array(z.enum(SCOPES))
  .min(1, "must name at least one; leave it out for all of them")
  .max(SCOPES.length)
  .openapi({
    description:
      "what it may be used for; absent: for everything. send: texts and one-time passwords; charge: charges, purchases and what takes money back; read: looks. One that has scopes sets nothing up (keywords, merchants, callbacks, keys)",
    example: ["send"],
  });
const Addresses = z
  .array(
    z.union([z.ipv4(), z.ipv6(), z.cidrv4(), z.cidrv6()], {
      error: "must be an address or a network, like 203.0.113.7, 203.0.113.0/24 or 2001:db8::/32",
    }),
  )
  .min(1, "must name at least one; leave it out for any")
  .max(100)
  .openapi({
    description: "addresses and networks that it may be used from; absent: from anywhere",
    example: ["203.0.113.0/24"],
  });

function toAnswer(credential: Credential) {
  const { id, dialect, kind, name, publicKey, signAlgo, notBefore, expiresAt, createdAt, scopes, addresses, limits } =
    credential;
  return {
    id,
    dialect,
    kind,
    name,
    createdAt: iso(createdAt),
    ...given({
      publicKey,
      signAlgo,
      notBefore: notBefore === undefined ? undefined : iso(notBefore),
      expiresAt: expiresAt === undefined ? undefined : iso(expiresAt),
      scopes: scopes && [...scopes],
      addresses: addresses && [...addresses],
      limits: limits && given({ ...limits, spendPerDay: limits.spendPerDay && { ...limits.spendPerDay } }),
    }),
  };
}

const Limits = z.object({
  requestsPerSecond: LIMITS.requestsPerSecond.optional(),
  messagesPerSecond: LIMITS.messagesPerSecond.optional(),
  messagesPerDay: LIMITS.messagesPerDay.optional(),
  spendPerDay: LIMITS.spendPerDay.optional(),
});

/** @param kinds the names of all kinds of credential that some dialect knows */
function credentialRoutes(kinds: readonly string[]) {
  const Kind = z.enum([...new Set(kinds)]);
  const CredentialAnswer = z
    .object({
      id: z.string(),
      dialect: z.string(),
      kind: Kind,
      name: z.string(),
      publicKey: z.string().optional(),
      signAlgo: z.enum(SIGN_ALGOS).optional(),
      notBefore: z.string().optional(),
      expiresAt: z.string().optional(),
      scopes: z.array(z.enum(SCOPES)).optional(),
      addresses: z.array(z.string()).optional(),
      limits: Limits.optional(),
      createdAt: z.string(),
    })
    .openapi("Credential");

  return {
    issue: createRoute({
      method: "post",
      path: "/accounts/{id}/credentials",
      summary: "Add a credential",
      description:
        "A secret is shown in this answer and never again; one that is given is kept, so existing keys go on working.",
      security: operator,
      request: {
        ...inPath,
        body: {
          required: true,
          ...json(
            strict({
              dialect: z.string(),
              kind: Kind,
              name: z
                .string()
                .regex(/^[A-Za-z0-9_.-]{1,100}$/, "must be 1 to 100 letters, digits, dots, dashes and underscores"),
              secret: z
                .string()
                .max(500)
                .optional()
                .openapi({ description: "at least 16 characters; a new one, if there is none" }),
              publicKey: z.string().max(5_000).optional(),
              signAlgo: z
                .preprocess((algo) => (algo === "Rsa" ? "RSA" : algo), z.enum(SIGN_ALGOS))
                .optional()
                .openapi({ type: "string", enum: [...SIGN_ALGOS] }),
              notBefore: Time.optional(),
              expiresAt: Time.optional(),
              scopes: Scopes.optional(),
              addresses: Addresses.optional(),
            }),
            "",
          ),
        },
      },
      responses: {
        201: json(CredentialAnswer.extend({ secret: z.string().optional() }), "added"),
        ...refusals(400, 404, 409),
      },
    }),
    list: createRoute({
      method: "get",
      path: "/accounts/{id}/credentials",
      summary: "List credentials",
      security: operator,
      request: { ...inPath, query: PageQuery },
      responses: {
        200: json(listOf(CredentialAnswer), "the credentials, without their secrets"),
        ...refusals(400, 404),
      },
    }),
    find: createRoute({
      method: "get",
      path: "/accounts/{id}/credentials/{credentialId}",
      summary: "Look up a credential",
      security: operator,
      request: oneInPath,
      responses: { 200: json(CredentialAnswer, "the credential, without its secret"), ...refusals(404) },
    }),
    limit: createRoute({
      method: "patch",
      path: "/accounts/{id}/credentials/{credentialId}",
      summary: "Set what a credential may be used for, and from where",
      description: "Absent members stay as they are; null lifts the restriction. It is heeded within seconds.",
      security: operator,
      request: {
        ...oneInPath,
        body: {
          required: true,
          ...json(strict({ scopes: Scopes.nullable().optional(), addresses: Addresses.nullable().optional() }), ""),
        },
      },
      responses: { 200: json(CredentialAnswer, "the credential, as it is now"), ...refusals(400, 404) },
    }),
    putLimits: createRoute({
      method: "put",
      path: "/accounts/{id}/credentials/{credentialId}/limits",
      summary: "Set how much a credential may ask for",
      description:
        "Replaces what was set before; an empty object lifts all limits. They hold beside the account's own (`limits` of its settings). What is over one is refused before anything is done, in the dialect's own form, with Retry-After. Amounts are minor units by currency.",
      security: operator,
      request: { ...oneInPath, body: { required: true, ...json(strict(Limits.shape), "") } },
      responses: { 200: json(CredentialAnswer, "the credential, as it is now"), ...refusals(400, 404) },
    }),
    withdraw: createRoute({
      method: "delete",
      path: "/accounts/{id}/credentials/{credentialId}",
      summary: "Withdraw a credential",
      security: operator,
      request: oneInPath,
      responses: { 204: { description: "withdrawn" }, ...refusals(404) },
    }),
  };
}

type Routes = ReturnType<typeof credentialRoutes>;
export type CredentialRoutes = Routes[keyof Routes];

/** @param kinds the names of all kinds of credential that some dialect knows */
export function credentials(kinds: readonly string[]) {
  const app = makeApi();
  const routes = credentialRoutes(kinds);

  app.openapi(routes.issue, async (c) => {
    const { dialect, kind, name, ...more } = c.req.valid("json");
    const wanted = { dialect, kind, name, ...given(more) };
    const { credential, secret } = await c.get("operator").credentials.issue(c.req.valid("param").id, wanted);
    return c.json({ ...toAnswer(credential), ...given({ secret }) }, 201);
  });

  app.openapi(routes.list, async (c) => {
    const { id } = c.req.valid("param");
    const page = await c.get("operator").credentials.list(id, toPage(c.req.valid("query")));
    return c.json({ ...page, items: page.items.map(toAnswer) }, 200);
  });

  app.openapi(routes.find, async (c) => {
    const { id, credentialId } = c.req.valid("param");
    return c.json(toAnswer(await c.get("operator").credentials.find(id, credentialId)), 200);
  });

  app.openapi(routes.limit, async (c) => {
    const { id, credentialId } = c.req.valid("param");
    const changed = await c.get("operator").credentials.limit(id, credentialId, given(c.req.valid("json")));
    return c.json(toAnswer(changed), 200);
  });

  app.openapi(routes.putLimits, async (c) => {
    const { id, credentialId } = c.req.valid("param");
    const limits = given(c.req.valid("json"));
    const to = { limits: Object.keys(limits).length > 0 ? limits : null };
    return c.json(toAnswer(await c.get("operator").credentials.limit(id, credentialId, to)), 200);
  });

  app.openapi(routes.withdraw, async (c) => {
    const { id, credentialId } = c.req.valid("param");
    await c.get("operator").credentials.withdraw(id, credentialId);
    return c.body(null, 204);
  });

  return app;
}
