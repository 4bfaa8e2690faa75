/** Accounts: who may call us, and what each has chosen for itself. */

import { createRoute, z } from "@hono/zod-openapi";
import type { Account } from "../core/accounts/account.ts";
import { isTimeZone } from "../core/billing/anchor.ts";
import { PINS_PER_HOUR } from "../core/billing/pin-budget.ts";
import { GatewayError } from "../core/kernel/errors.ts";
import { type AdminContext, given, iso, json, listOf, makeApi, operator, PageQuery, refusals, toPage } from "./api.ts";
import { strict } from "./strict.ts";

const app = makeApi();
export const accounts = app;

const AccountId = z
  .string()
  .regex(/^[a-z0-9][a-z0-9_-]{0,62}$/, "must be 1 to 63 of a-z, 0-9, - and _, and begin with a letter or digit")
  .refine((id) => !/^\d+$/.test(id), "must not be a number: accounts have numbers of their own")
  .openapi({ example: "acme" });
const Cap = z.int("must be a whole number of minor units, like 50000").min(1, "must be more than 0");
const CAPS = { description: "the most one person may be charged at once, in a day, in a month, in minor units" };
const PinsPerHour = z.int("must be a whole number of PINs, like 300").min(0).max(1_000_000);
const PIN_BUDGETS = {
  description: `how many PINs its purchase pages may send in an hour: to the browsers of one network (${PINS_PER_HOUR.address} unless set), from one service (${PINS_PER_HOUR.service}), from all of them (${PINS_PER_HOUR.account})`,
};
const SWITCHES = {
  timeZone: z
    .string()
    .max(100)
    .refine(isTimeZone, "must be a time zone, like Europe/Oslo")
    .openapi({ description: "by which days and months of caps are counted; Europe/Oslo unless set" }),
  webhookRetries: z.enum(["48h", "15h"]).openapi({ description: "19 retries over 48 hours, or 10 over 15" }),
  pincodes: z.enum(["fixed", "random"]).openapi({ description: "whether pincodes are 1234 in the sandbox" }),
  allowUnicode: z
    .enum(["fold", "allow", "question-marks"])
    .openapi({ description: "characters outside the GSM alphabet, where a request does not say" }),
  fakeNumbers: z
    .enum(["always", "test-in-prod"])
    .openapi({ description: "whether +47000000xx is taken only with properties.TestInProd" }),
  shortRsaKeys: z
    .enum(["on", "off"])
    .openapi({ description: "whether RSA keys of fewer than 2048 bits may be registered; they may not" }),
  lookupNumbers: z.enum(["e164", "national"]).openapi({ description: "how a lookup writes numbers" }),
  maxParts: z
    .int("must be a whole number of parts")
    .min(1)
    .max(255)
    .openapi({ description: "66 unless set; 8 where CM.com splits by itself" }),
  senders: z.enum(["any", "own"]).openapi({ description: "whether CM.com's callers may name any sender; they may" }),
  longSenders: z
    .enum(["refuse", "truncate"])
    .openapi({ description: "a sender of more than 11 letters over CM.com; it is refused" }),
  richLimits: z
    .enum(["guide", "none"])
    .openapi({ description: "whether rich content is held to the guide's 5 bubbles and 11 buttons; it is" }),
  international: z
    .enum(["on", "off"])
    .openapi({ description: "whether Flowroute takes numbers outside North America" }),
  perSecond: z
    .int("must be a whole number of messages")
    .min(1)
    .max(10_000)
    .openapi({ description: "the most messages over Flowroute in a second; as many as come, unless set" }),
};
const Rate = z.int("must be a whole number of nanodollars, like 4000000").min(0).max(1_000_000_000_000);
const RATES = {
  description: "what a segment costs over Flowroute, and a picture message, in nanodollars (a billionth of a dollar)",
};
const RATE_NAMES = ["longCode", "tollFree", "mms", "inbound", "surcharge"] as const;
const rates = <Of extends z.ZodType>(rate: Of) =>
  strict(Object.fromEntries(RATE_NAMES.map((name) => [name, rate])) as Record<(typeof RATE_NAMES)[number], Of>);
/** The same, each with the chance to leave it out, or to take it back. */
const changed = <Switch extends z.ZodType>(one: Switch) => one.nullable().optional();
const Settings = strict({
  ...z.object(SWITCHES).partial().shape,
  rates: rates(Rate.optional()).optional().openapi(RATES),
  caps: strict({ transaction: Cap.optional(), day: Cap.optional(), month: Cap.optional() }).optional().openapi(CAPS),
  pinBudgets: strict({
    address: PinsPerHour.optional(),
    service: PinsPerHour.optional(),
    account: PinsPerHour.optional(),
  })
    .optional()
    .openapi(PIN_BUDGETS),
});
const SettingsChange = strict({
  timeZone: changed(SWITCHES.timeZone),
  webhookRetries: changed(SWITCHES.webhookRetries),
  pincodes: changed(SWITCHES.pincodes),
  allowUnicode: changed(SWITCHES.allowUnicode),
  fakeNumbers: changed(SWITCHES.fakeNumbers),
  shortRsaKeys: changed(SWITCHES.shortRsaKeys),
  lookupNumbers: changed(SWITCHES.lookupNumbers),
  maxParts: changed(SWITCHES.maxParts),
  senders: changed(SWITCHES.senders),
  longSenders: changed(SWITCHES.longSenders),
  richLimits: changed(SWITCHES.richLimits),
  international: changed(SWITCHES.international),
  perSecond: changed(SWITCHES.perSecond),
  rates: rates(Rate.nullable().optional())
    .optional()
    .openapi({ description: `${RATES.description}; null takes one away` }),
  caps: strict({
    transaction: Cap.nullable().optional(),
    day: Cap.nullable().optional(),
    month: Cap.nullable().optional(),
  })
    .optional()
    .openapi({ description: `${CAPS.description}; null takes one away` }),
  pinBudgets: strict({
    address: PinsPerHour.nullable().optional(),
    service: PinsPerHour.nullable().optional(),
    account: PinsPerHour.nullable().optional(),
  })
    .optional()
    .openapi({ description: `${PIN_BUDGETS.description}; null takes one away` }),
});
const Name = z.string().trim().min(1).max(200);
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
/** The address of one account. */
const inPath = { params: z.object({ id: z.string() }) };

type Group = Record<string, unknown> | undefined;

/** Settings, and the caps, rates and budgets in them, without the members that were not given. */
function chosen<Given extends { caps?: Group; rates?: Group; pinBudgets?: Group }>(settings: Given) {
  const { caps, rates, pinBudgets, ...others } = settings;
  const groups = {
    caps: caps && given(caps),
    rates: rates && given(rates),
    pinBudgets: pinBudgets && given(pinBudgets),
  };
  return given({ ...others, ...groups });
}

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
    description: "Its credentials stop working within seconds; what it sent stays, and its id is not given out again.",
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
