/** Accounts, how they prove who they are, and what they may send from. */

import { createRoute, z } from "@hono/zod-openapi";
import { parsePhoneNumberFromString } from "libphonenumber-js/min";
import {
  type Account,
  CREDENTIAL_KINDS,
  type Credential,
  normalSender,
  type Sender,
  SIGN_ALGOS,
} from "../core/accounts/account.ts";
import { GatewayError } from "../core/errors.ts";
import {
  type AdminContext,
  given,
  iso,
  json,
  listOf,
  makeApi,
  operator,
  PageQuery,
  refusals,
  Time,
  toPage,
} from "./api.ts";

const app = makeApi();
export const accounts = app;

const AccountId = z
  .string()
  .regex(/^[a-z0-9][a-z0-9_-]{0,62}$/, "must be 1 to 63 of a-z, 0-9, - and _, and begin with a letter or digit")
  .openapi({ example: "acme" });
const Settings = z.object({
  webhookRetries: z.enum(["48h", "15h"]).optional().openapi({ description: "19 retries over 48 hours, or 10 over 15" }),
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
const inPath = { params: z.object({ id: z.string() }) };

function toAnswer(account: Account) {
  return { ...account, createdAt: iso(account.createdAt), changedAt: iso(account.changedAt) };
}

async function find(c: AdminContext, id: string): Promise<Account> {
  const account = await c.get("ports").accounts.byId(id);
  if (!account) throw new GatewayError("not-found", `there is no account ${id}`);
  return account;
}

app.openapi(
  createRoute({
    method: "post",
    path: "/accounts",
    summary: "Open an account",
    security: operator,
    request: {
      body: { required: true, ...json(z.object({ id: AccountId, name: Name, settings: Settings.optional() }), "") },
    },
    responses: { 201: json(AccountAnswer, "opened"), ...refusals(400, 409) },
  }),
  async (c) => {
    const { id, name, settings } = c.req.valid("json");
    const { accounts, clock } = c.get("ports");
    const added = await accounts.add({ id, name, settings: given(settings ?? {}), at: clock.now() });
    if (!added) throw new GatewayError("already-exists", `there is an account ${id} already`, "id");
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
  async (c) => c.json(toAnswer(await find(c, c.req.valid("param").id)), 200),
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
          z.object({
            name: Name.optional(),
            settings: Settings.optional(),
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
    const to = given({ name, settings: settings && given(settings), state });
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

const CredentialAnswer = z
  .object({
    id: z.string(),
    dialect: z.string(),
    kind: z.enum(CREDENTIAL_KINDS),
    name: z.string(),
    publicKey: z.string().optional(),
    signAlgo: z.enum(SIGN_ALGOS).optional(),
    notBefore: z.string().optional(),
    expiresAt: z.string().optional(),
    createdAt: z.string(),
  })
  .openapi("Credential");

function toCredentialAnswer(credential: Credential) {
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

app.openapi(
  createRoute({
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
          z.object({
            dialect: z.string(),
            kind: z.enum(CREDENTIAL_KINDS),
            name: z
              .string()
              .regex(/^[A-Za-z0-9_.-]{1,100}$/, "must be 1 to 100 letters, digits, dots, dashes and underscores"),
            secret: z.string().min(8, "must have at least 8 characters").max(500).optional(),
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
  async (c) => {
    const account = await find(c, c.req.valid("param").id);
    const { dialect, kind, name, secret, publicKey, signAlgo, notBefore, expiresAt } = c.req.valid("json");
    const forms = c.get("ports").credentialForms.get(dialect);
    const spoken = [...c.get("ports").credentialForms.keys()].join(", ");
    if (!forms)
      throw new GatewayError("bad-request", `dialect: ${dialect} is not spoken here; ${spoken} are`, "dialect");
    const make = forms[kind];
    if (!make) {
      const kinds = Object.keys(forms).join(", ");
      throw new GatewayError("bad-request", `kind: ${dialect} has no ${kind}; it knows ${kinds}`, "kind");
    }

    const { secret: shown, ...kept } = await make(given({ secret, publicKey, signAlgo }));
    const now = c.get("ports").clock.wall();
    const credential: Credential = {
      id: `crd_${c.get("ports").ids.uuid().replaceAll("-", "")}`,
      account: account.id,
      dialect,
      kind,
      name,
      ...kept,
      ...given({ notBefore, expiresAt }),
      createdAt: now,
      changedAt: now,
    };
    if (!(await c.get("ports").accounts.addCredential(credential))) {
      throw new GatewayError("already-exists", `the name ${name}, or the secret, is in use already`, "name");
    }
    return c.json({ ...toCredentialAnswer(credential), ...given({ secret: shown }) }, 201);
  },
);

app.openapi(
  createRoute({
    method: "get",
    path: "/accounts/{id}/credentials",
    summary: "List credentials",
    security: operator,
    request: { ...inPath, query: PageQuery },
    responses: { 200: json(listOf(CredentialAnswer), "the credentials, without their secrets"), ...refusals(400, 404) },
  }),
  async (c) => {
    const account = await find(c, c.req.valid("param").id);
    const page = await c.get("ports").accounts.credentials(account.id, toPage(c.req.valid("query")));
    return c.json({ ...page, items: page.items.map(toCredentialAnswer) }, 200);
  },
);

app.openapi(
  createRoute({
    method: "delete",
    path: "/accounts/{id}/credentials/{credentialId}",
    summary: "Withdraw a credential",
    security: operator,
    request: { params: z.object({ id: z.string(), credentialId: z.string() }) },
    responses: { 204: { description: "withdrawn" }, ...refusals(404) },
  }),
  async (c) => {
    const { id, credentialId } = c.req.valid("param");
    if (!(await c.get("ports").accounts.removeCredential(id, credentialId))) {
      throw new GatewayError("not-found", `account ${id} has no credential ${credentialId}`);
    }
    return c.body(null, 204);
  },
);

const SenderBody = z.object({
  kind: z.enum(["short-number", "long-number", "alphanumeric"]),
  country: z.string().regex(/^[A-Z]{2}$/, "must be two capital letters, like NO"),
  shortNumberId: z.string().max(40).optional().openapi({ example: "NO-2002" }),
});
const SenderAnswer = SenderBody.extend({ sender: z.string() }).openapi("Sender");

app.openapi(
  createRoute({
    method: "put",
    path: "/accounts/{id}/senders/{sender}",
    summary: "Let an account send from here",
    security: operator,
    request: {
      params: z.object({ id: z.string(), sender: z.string() }),
      body: { required: true, ...json(SenderBody, "") },
    },
    responses: { 200: json(SenderAnswer, "it may"), ...refusals(400, 404) },
  }),
  async (c) => {
    const { id, sender } = c.req.valid("param");
    const account = await find(c, id);
    const { kind, country, shortNumberId } = c.req.valid("json");
    const wanted: Sender = { sender: checkSender(sender, kind), kind, country, ...given({ shortNumberId }) };
    if (kind === "short-number") wanted.shortNumberId ??= `${country}-${sender}`;
    await c.get("ports").accounts.putSender(account.id, wanted);
    return c.json(wanted, 200);
  },
);

/** 3GPP TS 23.040, clause 9.1.2.5: a name has at most 11 characters. */
function checkSender(sender: string, kind: Sender["kind"]): string {
  const refuse = (what: string) => new GatewayError("bad-request", `sender: ${what}`, "sender");
  if (kind === "short-number") {
    if (!/^\d{3,6}$/.test(sender)) throw refuse("a short number has 3 to 6 digits");
    return sender;
  }
  if (kind === "long-number") {
    const number = parsePhoneNumberFromString(sender.startsWith("+") ? sender : `+${sender}`);
    if (!number?.isPossible()) throw refuse("a long number has + and its country code, like +4759447000");
    return number.number;
  }
  if (!/^[\p{L}\p{N} ._&+-]{1,11}$/u.test(sender) || /^\d+$/.test(sender)) {
    throw refuse("a name has 1 to 11 letters, digits, spaces and . _ & + -, and is not a number");
  }
  return sender;
}

app.openapi(
  createRoute({
    method: "get",
    path: "/accounts/{id}/senders",
    summary: "List senders",
    security: operator,
    request: inPath,
    responses: { 200: json(listOf(SenderAnswer), "the senders"), ...refusals(404) },
  }),
  async (c) => {
    const account = await find(c, c.req.valid("param").id);
    return c.json({ items: await c.get("ports").accounts.senders(account.id) }, 200);
  },
);

app.openapi(
  createRoute({
    method: "delete",
    path: "/accounts/{id}/senders/{sender}",
    summary: "No longer let an account send from here",
    security: operator,
    request: { params: z.object({ id: z.string(), sender: z.string() }) },
    responses: { 204: { description: "it may not" }, ...refusals(404) },
  }),
  async (c) => {
    const { id, sender } = c.req.valid("param");
    const { accounts } = c.get("ports");
    const known = (await accounts.senders(id)).find((one) => normalSender(one.sender) === normalSender(sender));
    if (!known || !(await accounts.removeSender(id, known.sender))) {
      throw new GatewayError("not-found", `account ${id} has no sender ${sender}`);
    }
    return c.body(null, 204);
  },
);
