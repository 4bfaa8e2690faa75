/** Accounts: who may call us, and what each has chosen for itself. */

import { createRoute, z } from "@hono/zod-openapi";
import type { Account } from "../core/accounts/account.ts";
import { GatewayError } from "../core/kernel/errors.ts";
import { chosen, type SettingsOfDialect, settingsSchemas } from "./account-settings.ts";
import { type AdminContext, given, iso, json, listOf, makeApi, operator, PageQuery, refusals, toPage } from "./api.ts";
import { strict } from "./strict.ts";

const AccountId = z
  .string()
  .regex(/^[a-z0-9][a-z0-9_-]{0,62}$/, "must be 1 to 63 of a-z, 0-9, - and _, and begin with a letter or digit")
  .refine((id) => !/^\d+$/.test(id), "must not be a number: accounts have numbers of their own")
  .openapi({ example: "acme" });
const Name = z.string().trim().min(1).max(200);
/** The address of one account. */
const inPath = { params: z.object({ id: z.string() }) };

function toAnswer(account: Account) {
  return { ...account, createdAt: iso(account.createdAt), changedAt: iso(account.changedAt) };
}

/**
 * The account that an address, or the field of a body, names.
 * @throws GatewayError not-found
 */
export async function findAccount(c: AdminContext, id: string, field?: string): Promise<Account> {
  const account = await c.get("ports").accounts.byId(id);
  if (!account) throw new GatewayError("not-found", `there is no account ${id}`, field);
  return account;
}

/** @param dialects what each of them says of an account's settings */
export function accounts(dialects: readonly SettingsOfDialect[]) {
  const app = makeApi();
  const { Settings, SettingsChange } = settingsSchemas(dialects);
  const AccountAnswer = z
    .object({
      id: AccountId,
      number: z.number().int().openapi({ description: "the account where a wire wants an integer" }),
      name: z.string(),
      state: z.enum(["open", "closed"]),
      settings: Settings,
      createdAt: z.string(),
      changedAt: z.string(),
    })
    .openapi("Account");

  app.openapi(
    createRoute({
      method: "post",
      path: "/accounts",
      summary: "Open an account",
      security: operator,
      request: {
        body: { required: true, ...json(strict({ id: AccountId, name: Name, settings: Settings.optional() }), "") },
      },
      responses: { 201: json(AccountAnswer, "opened"), ...refusals(400, 409) },
    }),
    async (c) => {
      const { id, name, settings } = c.req.valid("json");
      const { accounts, clock, isReserved, services } = c.get("ports");
      if (isReserved(id))
        throw new GatewayError("bad-request", "id: is reserved: it collides with a built-in path", "id");
      const added = await accounts.add({ id, name, settings: chosen(settings ?? {}), at: clock.now() });
      if (!added) {
        const owner = await services.pageOwner(id);
        const why = owner
          ? `/${id} is the address of a purchase page of account ${owner}`
          : `there is an account ${id} already`;
        throw new GatewayError("already-exists", why, "id");
      }
      return c.json(toAnswer(added), 201);
    },
  );

  app.openapi(
    createRoute({
      method: "get",
      path: "/accounts",
      summary: "List accounts",
      security: operator,
      request: { query: PageQuery },
      responses: { 200: json(listOf(AccountAnswer), "the accounts, by id"), ...refusals(400) },
    }),
    async (c) => {
      const page = await c.get("ports").accounts.list(toPage(c.req.valid("query")));
      return c.json({ ...page, items: page.items.map(toAnswer) }, 200);
    },
  );

  app.openapi(
    createRoute({
      method: "get",
      path: "/accounts/{id}",
      summary: "Look up an account",
      security: operator,
      request: inPath,
      responses: { 200: json(AccountAnswer, "the account"), ...refusals(404) },
    }),
    async (c) => c.json(toAnswer(await findAccount(c, c.req.valid("param").id)), 200),
  );

  app.openapi(
    createRoute({
      method: "patch",
      path: "/accounts/{id}",
      summary: "Rename, set up, close or open again",
      security: operator,
      request: {
        ...inPath,
        body: {
          required: true,
          ...json(
            strict({
              name: Name.optional(),
              settings: SettingsChange.optional(),
              state: z.enum(["open", "closed"]).optional(),
            }),
            "",
          ),
        },
      },
      responses: { 200: json(AccountAnswer, "changed"), ...refusals(400, 404) },
    }),
    async (c) => {
      const { id } = c.req.valid("param");
      const { name, settings, state } = c.req.valid("json");
      const to = given({ name, settings: settings && chosen(settings), state });
      const changed = await c.get("ports").accounts.change(id, to, c.get("ports").clock.now());
      if (!changed) throw new GatewayError("not-found", `there is no account ${id}`);
      return c.json(toAnswer(changed), 200);
    },
  );

  app.openapi(
    createRoute({
      method: "delete",
      path: "/accounts/{id}",
      summary: "Close an account",
      description:
        "Its credentials stop working within seconds; what it sent stays, and its id is not given out again.",
      security: operator,
      request: inPath,
      responses: { 204: { description: "closed" }, ...refusals(404) },
    }),
    async (c) => {
      const { id } = c.req.valid("param");
      const closed = await c.get("ports").accounts.change(id, { state: "closed" }, c.get("ports").clock.now());
      if (!closed) throw new GatewayError("not-found", `there is no account ${id}`);
      return c.body(null, 204);
    },
  );

  return app;
}
