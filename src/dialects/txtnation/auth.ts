/** Credential → caller: the name and the key of a campaign, among the parameters of every request. */

import type { Context, MiddlewareHandler } from "hono";
import type { Caller } from "../../core/accounts/account.ts";
import { GatewayError } from "../../core/kernel/errors.ts";
import type { DialectEnv } from "../dialect.ts";
import { isSameSecret, readForm, readFormBody, sha256 } from "../read.ts";

const NAME = "txtnation";

/** The parameters of a request: its query and its form in one, as PHP reads them. */
export type Given = Record<string, string>;

/** @throws GatewayError bad-request when it is not UTF-8; too-large */
export async function readGiven(c: Context<DialectEnv>): Promise<Given> {
  const query = readForm(new URL(c.req.url).search.slice(1));
  if (c.req.method === "GET") return query;
  return { ...query, ...(await readFormBody(c.req.raw)) };
}

/**
 * The caller, or which of the two is wrong. Names and keys are compared as they are: capitals count.
 * @throws GatewayError not-allowed where the credential may not be used for this, or not from there
 */
export async function callerOf(
  c: Context<DialectEnv>,
  name: string,
  key: string,
): Promise<Caller | "unknown name" | "wrong key"> {
  const caller = await c.get("gateway").callerByKeyName(NAME, "campaign", name);
  if (!caller) return "unknown name";
  if (!isSameSecret(await sha256(key), caller.credential.secretHash ?? "")) return "wrong key";
  await c.get("admit")(caller);
  return (await c.get("claimFor")?.(caller)) ?? caller;
}

/** A browser that looks ahead, or a proxy that only asks for the headers, must not buy anything. */
export const onlyGetAndPost: MiddlewareHandler<DialectEnv> = async (c, next) => {
  const ahead = c.req.header("sec-purpose") ?? c.req.header("purpose") ?? c.req.header("x-moz") ?? "";
  if (!["GET", "POST"].includes(c.req.method) || /prefetch|preview/i.test(ahead)) {
    c.header("Allow", "GET, POST");
    throw new GatewayError("wrong-method", `${c.req.path} takes GET and POST; a prefetch is not answered`);
  }
  await next();
};
