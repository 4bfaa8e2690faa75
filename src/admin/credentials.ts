/** Credentials: how an account proves who it is. */

import { createRoute, z } from "@hono/zod-openapi";
import { type Credential, SIGN_ALGOS } from "../core/accounts/account.ts";
import { given, iso, json, listOf, makeApi, operator, PageQuery, refusals, Time, toPage } from "./api.ts";
import { strict } from "./strict.ts";

const inPath = { params: z.object({ id: z.string() }) };
function toAnswer(credential: Credential) {
  const { id, dialect, kind, name, publicKey, signAlgo, notBefore, expiresAt, createdAt } = credential;
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
    }),
  };
}

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
    withdraw: createRoute({
      method: "delete",
      path: "/accounts/{id}/credentials/{credentialId}",
      summary: "Withdraw a credential",
      security: operator,
      request: { params: z.object({ id: z.string(), credentialId: z.string() }) },
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

  app.openapi(routes.withdraw, async (c) => {
    const { id, credentialId } = c.req.valid("param");
    await c.get("operator").credentials.withdraw(id, credentialId);
    return c.body(null, 204);
  });

  return app;
}
