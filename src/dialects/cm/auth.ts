/** Credential → caller: the product token, in the body, the query or a header. */

import type { Context } from "hono";
import type { Caller } from "../../core/accounts/account.ts";
import type { DialectEnv } from "../dialect.ts";
import { hashOf, isGuid } from "./credentials.ts";
import { RequestError } from "./errors.ts";

const NAME = "cm";

/**
 * The account of this token.
 * @throws RequestError 103 where it is missing or could not be one, 101 where no account has it; GatewayError not-allowed
 */
export async function callerOf(c: Context<DialectEnv>, token: string | undefined): Promise<Caller> {
  const given = token?.trim() ?? "";
  const caller = given ? await c.get("gateway").callerBySecret(NAME, "product-token", await hashOf(given)) : undefined;
  if (!caller) throw new RequestError(isGuid(given) ? 101 : 103);
  return await admitted(c, caller);
}

/**
 * The customer of the XML gateway's first years: id, login and password, in place of a token. An operator enters the
 * three as one secret, with colons between them.
 * @throws RequestError 101; GatewayError not-allowed
 */
export async function callerOfOld(
  c: Context<DialectEnv>,
  { id, login, password }: { id: string; login: string; password: string },
): Promise<Caller> {
  const caller = await c
    .get("gateway")
    .callerBySecret(NAME, "product-token", await hashOf(`${id}:${login}:${password}`));
  if (!caller) throw new RequestError(101);
  return await admitted(c, caller);
}

async function admitted(c: Context<DialectEnv>, caller: Caller): Promise<Caller> {
  await c.get("admit")(caller);
  return (await c.get("claimFor")?.(caller)) ?? caller;
}
