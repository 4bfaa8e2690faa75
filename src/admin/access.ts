/** Who may call which address of the operator's API: by the role of the token, and by the account it is for. */

import type { MiddlewareHandler } from "hono";
import { GatewayError } from "../core/kernel/errors.ts";
import type { Actor, Role } from "../core/operator/tokens.ts";
import { parseJson, readBytes } from "../doors/body.ts";
import type { AdminEnv } from "./api.ts";
import { calledAddress } from "./strict.ts";

/**
 * How an address tells whose things it is about. *account*: by the account in the path. *filter*: by the parameter `account`,
 * which is filled in where it is missing. *id*: by the id, which begins with its account's number. *body*: by the member `account`.
 * *own*: it lists accounts, and has that one alone.
 */
type Scope = "account" | "filter" | "id" | "body" | "own";

/** What a token that is for one account may call. Everything else is not for it. */
export const OF_ONE_ACCOUNT: Readonly<Record<string, Scope>> = {
  "GET /accounts": "own",
  "GET /accounts/:id": "account",
  "GET /accounts/:id/callbacks": "account",
  "GET /accounts/:id/callbacks/:dialect": "account",
  "PUT /accounts/:id/callbacks/:dialect": "account",
  "DELETE /accounts/:id/callbacks/:dialect": "account",
  "DELETE /accounts/:id/callbacks/:dialect/:number": "account",
  "GET /accounts/:id/credentials": "account",
  "POST /accounts/:id/credentials": "account",
  "GET /accounts/:id/credentials/:credentialId": "account",
  "PATCH /accounts/:id/credentials/:credentialId": "account",
  "DELETE /accounts/:id/credentials/:credentialId": "account",
  "GET /accounts/:id/endpoints": "account",
  "GET /accounts/:id/endpoints/:name": "account",
  "PUT /accounts/:id/endpoints/:name": "account",
  "DELETE /accounts/:id/endpoints/:name": "account",
  "POST /accounts/:id/endpoints/:name/rotate": "account",
  "POST /accounts/:id/endpoints/:name/test": "account",
  "POST /accounts/:id/endpoints/:name/disable": "account",
  "POST /accounts/:id/endpoints/:name/enable": "account",
  "POST /accounts/:id/endpoints/:name/catch-up": "account",
  "GET /accounts/:id/events": "account",
  "GET /events": "filter",
  "PUT /accounts/:id/events": "account",
  "GET /accounts/:id/merchants": "account",
  "GET /accounts/:id/merchants/:merchantId": "account",
  "GET /accounts/:id/senders": "account",
  "GET /accounts/:id/services": "account",
  "GET /accounts/:id/services/:serviceId": "account",
  "PUT /accounts/:id/services/:serviceId": "account",
  "DELETE /accounts/:id/services/:serviceId": "account",
  "GET /accounts/:id/code-areas": "account",
  "DELETE /accounts/:id/code-areas/:area/block": "account",
  "GET /accounts/:id/limits": "account",
  "GET /limits": "filter",
  "GET /accounts/:id/suppressions": "account",
  "GET /accounts/:id/suppressions/export": "account",
  "POST /accounts/:id/suppressions/import": "account",
  "GET /accounts/:id/suppressions/:msisdn": "account",
  "PUT /accounts/:id/suppressions/:msisdn": "account",
  "DELETE /accounts/:id/suppressions/:msisdn": "account",
  "DELETE /accounts/:id/suppressions/:number/:recipient": "account",
  "POST /people/:msisdn/erase": "filter",
  "GET /people/:msisdn/export": "filter",
  "GET /messages": "filter",
  "POST /messages": "body",
  "GET /messages/:id": "id",
  "GET /messages/:id/timeline": "id",
  "POST /messages/:id/cancel": "id",
  "POST /messages/:id/confirm-code": "id",
  "POST /messages/cancel": "body",
  "POST /messages/preview": "body",
  "POST /campaigns": "body",
  "GET /campaigns": "filter",
  "GET /campaigns/:id": "id",
  "GET /campaigns/:id/recipients": "id",
  "POST /campaigns/:id/recipients": "id",
  "POST /campaigns/:id/start": "id",
  "POST /campaigns/:id/pause": "id",
  "POST /campaigns/:id/resume": "id",
  "POST /campaigns/:id/cancel": "id",
  "GET /inbound": "filter",
  "GET /transactions": "filter",
  "GET /transactions/:id": "id",
  "GET /transactions/:id/timeline": "id",
  "POST /transactions/:id/reverse": "id",
  "GET /subscriptions": "filter",
  "POST /subscriptions": "body",
  "GET /subscriptions/:id": "id",
  "GET /subscriptions/:id/timeline": "id",
  "GET /subscriptions/:id/consent": "id",
  "POST /subscriptions/:id/cancel": "id",
  "GET /smpp/sessions": "filter",
  "POST /subscriptions/cancel": "body",
  "GET /windows": "filter",
  "GET /windows/:id/consent": "id",
  "GET /ledger": "filter",
  "GET /ledger/balance": "filter",
  "GET /statistics/traffic": "filter",
  "GET /statistics/subscriptions": "filter",
  "GET /renewals": "filter",
  "GET /webhooks": "filter",
  "GET /webhooks/:id": "id",
  "POST /webhooks/:id/check-signature": "id",
  "POST /webhooks/:id/replay": "id",
  "POST /webhooks/replay": "body",
  "GET /endpoints": "filter",
  "POST /endpoints/pause": "body",
  "POST /endpoints/resume": "body",
  "POST /preview": "body",
};

/** Addresses that are called with POST, and change nothing. */
export const ONLY_LOOKS: readonly string[] = [
  "POST /routes/explain",
  "POST /preview",
  "POST /messages/preview",
  "POST /webhooks/:id/check-signature",
];

/** Only an owner may call these: tokens and keys. */
const OF_OWNERS = /^\S+ \/(?:tokens|sealing)\b/;
/** What hands out or takes away all of a person: not for those who only look. */
const OF_PEOPLE = /^\S+ \/people\b/;

/**
 * Refuses what the role does not allow, and what is another account's.
 * @throws GatewayError not-allowed; not-found where a thing is another account's, whether there is such a thing or not
 */
export const checkAccess: MiddlewareHandler<AdminEnv> = async (c, next) => {
  const actor = c.get("actor");
  const address = calledAddress(c);
  if (address === undefined) return next();
  if (!mayCall(actor, address)) throw notForRole(actor, address);
  const { account } = actor;
  if (!account) return next();
  const scope = OF_ONE_ACCOUNT[address];
  const id = idIn(c.req.path, address);
  if (scope === "account" && id !== account.id) throw notTheirs();
  if (scope === "id" && !isOf(id, account.number)) throw new GatewayError("not-found", `there is no ${id}`);
  if (scope === "body" && (await accountIn(c.req.raw.clone())) !== account.id) throw notTheirs();
  if (scope === "filter") {
    const url = new URL(c.req.url);
    if ((url.searchParams.get("account") ?? account.id) !== account.id) throw notTheirs();
    url.searchParams.set("account", account.id);
    c.req.raw = new Request(url, c.req.raw);
  }
  await next();
};

/** @param address its method and path, like `GET /messages/:id` */
export function mayCall({ role, account }: Pick<Actor, "role" | "account">, address: string): boolean {
  if (account && !Object.hasOwn(OF_ONE_ACCOUNT, address)) return false;
  const looks = address.startsWith("GET ") || ONLY_LOOKS.includes(address);
  const may: Record<Role, boolean> = {
    owner: true,
    operator: !OF_OWNERS.test(address),
    viewer: looks && !OF_OWNERS.test(address) && !OF_PEOPLE.test(address),
    merchant: account !== undefined,
  };
  return may[role];
}

/** What stands for `:id`: a middleware is not told. The address is the end of the path. */
function idIn(path: string, address: string): string {
  const wanted = address.split("/");
  const segment = path.split("/").at(wanted.indexOf(":id") - wanted.length) ?? "";
  try {
    return decodeURIComponent(segment);
  } catch {
    return segment;
  }
}

function isOf(id: string, accountNumber: number): boolean {
  return id.slice("msg_".length).startsWith(String(accountNumber).padStart(6, "0"));
}

/** @throws GatewayError bad-request where it is no JSON */
async function accountIn(request: Request): Promise<unknown> {
  const body = parseJson(await readBytes(request)) as { account?: unknown } | null;
  return body?.account;
}

function notForRole({ role, account }: Actor, address: string): GatewayError {
  const whose = account ? `a token of role ${role} for account ${account.id}` : `a token of role ${role}`;
  return new GatewayError("not-allowed", `${whose} may not call ${address}`);
}

function notTheirs(): GatewayError {
  return new GatewayError("not-allowed", "account: the token is for another account", "account");
}
