/** Accounts: the customers that may call us, and their settings. */

import { createRoute, z } from "@hono/zod-openapi";
import type { Account } from "../core/accounts/account.ts";
import { chosen, type SettingsOfDialect, settingsSchemas } from "./account-settings.ts";
import { given, iso, json, listOf, makeApi, operator, PageQuery, refusals, toPage } from "./api.ts";
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

/** @param dialects what each of them says of an account's settings */
function accountRoutes(dialects: readonly SettingsOfDialect[]) {
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

  return {
    open: createRoute({
      method: "post",
      path: "/accounts",
      summary: "Open an account",
      security: operator,
      request: {
        body: { required: true, ...json(strict({ id: AccountId, name: Name, settings: Settings.optional() }), "") },
      },
      responses: { 201: json(AccountAnswer, "opened"), ...refusals(400, 409) },
    }),
    list: createRoute({
      method: "get",
      path: "/accounts",
      summary: "List accounts",
      security: operator,
      request: { query: PageQuery },
      responses: { 200: json(listOf(AccountAnswer), "the accounts, by id"), ...refusals(400) },
    }),
    find: createRoute({
      method: "get",
      path: "/accounts/{id}",
      summary: "Look up an account",
      security: operator,
      request: inPath,
      responses: { 200: json(AccountAnswer, "the account"), ...refusals(404) },
    }),
    change: createRoute({
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
    close: createRoute({
      method: "delete",
      path: "/accounts/{id}",
      summary: "Close an account",
      description:
        "Its credentials stop working within seconds; what it sent stays, and its id is not given out again.",
      security: operator,
      request: inPath,
      responses: { 204: { description: "closed" }, ...refusals(404) },
    }),
  };
}

type Routes = ReturnType<typeof accountRoutes>;
export type AccountRoutes = Routes[keyof Routes];

/** @param dialects what each of them says of an account's settings */
export function accounts(dialects: readonly SettingsOfDialect[]) {
  const app = makeApi();
  const routes = accountRoutes(dialects);

  app.openapi(routes.open, async (c) => {
    const { id, name, settings } = c.req.valid("json");
    const opened = await c.get("operator").accounts.open({ id, name, settings: chosen(settings ?? {}) });
    return c.json(toAnswer(opened), 201);
  });

  app.openapi(routes.list, async (c) => {
    const { accounts } = c.get("operator");
    const own = c.get("actor").account;
    const page = own ? { items: [await accounts.find(own.id)] } : await accounts.list(toPage(c.req.valid("query")));
    return c.json({ ...page, items: page.items.map(toAnswer) }, 200);
  });

  app.openapi(routes.find, async (c) =>
    c.json(toAnswer(await c.get("operator").accounts.find(c.req.valid("param").id)), 200),
  );

  app.openapi(routes.change, async (c) => {
    const { id } = c.req.valid("param");
    const { name, settings, state } = c.req.valid("json");
    const to = given({ name, settings: settings && chosen(settings), state });
    return c.json(toAnswer(await c.get("operator").accounts.change(id, to)), 200);
  });

  app.openapi(routes.close, async (c) => {
    await c.get("operator").accounts.close(c.req.valid("param").id);
    return c.body(null, 204);
  });

  return app;
}
