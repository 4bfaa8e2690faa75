/** Credential → caller: HTTP Basic on every call, with the access key for a user and the secret key for a password. */

import type { MiddlewareHandler } from "hono";
import { GatewayError } from "../../core/kernel/errors.ts";
import type { DialectEnv } from "../dialect.ts";
import { isSameSecret, sha256 } from "../read.ts";
import { NAME } from "./version.ts";

/** @throws GatewayError unauthorised */
export const authenticate: MiddlewareHandler<DialectEnv> = async (c, next) => {
  const { accessKey, secretKey } = readBasic(c.req.header("authorization"));
  const caller = await c.get("gateway").callerByKeyName(NAME, "access-key", accessKey);
  const isSame = isSameSecret(await sha256(secretKey), caller?.credential.secretHash ?? "");
  // The refusal must not say which of the two is wrong.
  if (!caller || !isSame) {
    throw new GatewayError(
      "unauthorised",
      "the access key and the secret key do not belong to each other, or are not known",
    );
  }
  await c.get("admit")(caller);
  c.set("caller", (await c.get("claimFor")?.(caller)) ?? caller);
  await next();
};

function readBasic(header: string | undefined): { accessKey: string; secretKey: string } {
  const [, encoded] = /^basic\s+([A-Za-z0-9+/]+={0,2})\s*$/i.exec(header ?? "") ?? [];
  const pair = encoded === undefined ? undefined : decoded(encoded);
  const [, accessKey, secretKey] = /^([^:]+):(.*)$/s.exec(pair ?? "") ?? [];
  if (accessKey === undefined || secretKey === undefined) {
    throw new GatewayError("unauthorised", "no credential: send the access key and the secret key by HTTP Basic");
  }
  return { accessKey, secretKey };
}

function decoded(base64: string): string | undefined {
  try {
    return new TextDecoder().decode(Uint8Array.from(atob(base64), (char) => char.charCodeAt(0)));
  } catch {
    return undefined; // a length that base64 cannot have
  }
}
