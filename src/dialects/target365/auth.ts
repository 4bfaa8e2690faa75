/** Credential → caller: an API key in X-ApiKey, or a request signed by a registered key. */

import type { Context, MiddlewareHandler, Next } from "hono";
import type { Caller } from "../../core/accounts/account.ts";
import { GatewayError } from "../../core/kernel/errors.ts";
import type { Once } from "../../core/kernel/ports.ts";
import type { DialectEnv } from "../dialect.ts";
import { readBytes, sha256 } from "../read.ts";
import { bodyHash, canonicalText, urlCandidates } from "./canonical.ts";
import { isSignedBy } from "./keys.ts";

/** How far a client's clock may be off. No source states the server's window; this is the .NET receiver's. */
const CLOCK_WINDOW_SECONDS = 300;
/** How long a nonce is remembered: both ends of the window, and a little for rounding. */
const NONCE_LIFE_SECONDS = 2 * CLOCK_WINDOW_SECONDS + 60;

const NAME = "target365";

/**
 * `<scheme> <keyName>:<timestamp>:<nonce>:<signature>`. The scheme says nothing: Python says ECDSA, the others HMAC. A
 * nonce has no `=`: a body's hash ends in one, and could otherwise be taken for the end of another nonce. A timestamp has
 * no zeros before it: the signed text has nothing between URL and timestamp, and a zero could be moved from one to the other.
 */
const HEADER =
  /^(?:hmac|ecdsa)\s+([A-Za-z0-9_.-]{1,100}):([1-9]\d{0,11}):([^:\s=]{1,128}):([A-Za-z0-9+/]{1,1024}={0,2})$/i;

/** Every route but ping: identifies the caller. The body is read only once the key's name is known. */
export const authenticate: MiddlewareHandler<DialectEnv> = async (c, next) => {
  // Asked for `/api/*` as it is written, the router comes this way twice.
  if (c.get("caller")) return next();
  const header = c.req.header("authorization");
  const apiKey = c.req.header("x-apikey");
  if (!header && !apiKey) {
    throw new GatewayError("unauthorised", "no credential: send X-ApiKey, or sign the request with Authorization");
  }
  if (header) {
    const { caller, once } = await bySignature(c, header);
    c.set("caller", caller);
    c.set("once", once);
  } else {
    c.set("caller", await byApiKey(c, apiKey ?? ""));
    c.set("once", undefined);
    c.set("body", await readBytes(c.req.raw));
  }
  await c.get("admit")(c.get("caller"));
  await claimed(c, next);
};

/** A signed request with an Idempotency-Key spends its nonce first: whoever overhears it gets nothing by sending it again. */
async function claimed(c: Context<DialectEnv>, next: Next): Promise<void> {
  const claimFor = c.get("claimFor");
  if (!claimFor) return next();
  const { caller, once, gateway } = c.var;
  const run = async () => {
    c.set("caller", await claimFor(caller));
    await next();
  };
  c.set("once", undefined);
  await (once ? gateway.once(once, run, () => c.res.status >= 500) : run());
}

/** A signed request runs once. Routes that store what they accept spend the nonce in the same commit instead. */
export const onlyOnce: MiddlewareHandler<DialectEnv> = async (c, next) => {
  const once = c.get("once");
  if (!once) return next();
  await c.get("gateway").once(once, next, () => c.res.status >= 500);
};

async function byApiKey(c: Context<DialectEnv>, apiKey: string): Promise<Caller> {
  const caller = await c.get("gateway").callerBySecret(NAME, "api-key", await sha256(apiKey));
  if (!caller) throw new GatewayError("unauthorised", "the API key is not known, or no longer valid");
  return caller;
}

async function bySignature(c: Context<DialectEnv>, header: string): Promise<{ caller: Caller; once: Once }> {
  const [, keyName, timestamp, nonce, signature] = HEADER.exec(header.trim()) ?? [];
  if (!keyName || !timestamp || !nonce || !signature) {
    throw new GatewayError(
      "unauthorised",
      "Authorization is not of the form: HMAC keyName:timestamp:nonce:signature (timestamp in Unix seconds, signature in base64). An API key goes in X-ApiKey",
    );
  }
  const gateway = c.get("gateway");
  const off = Math.round(gateway.wallClock() / 1000) - Number(timestamp);
  if (Math.abs(off) > CLOCK_WINDOW_SECONDS) {
    throw new GatewayError(
      "unauthorised",
      `the timestamp ${timestamp} is ${Math.abs(off)} s ${off > 0 ? "behind" : "ahead of"} our clock; ${CLOCK_WINDOW_SECONDS} s are allowed`,
    );
  }
  const caller = await gateway.callerByKeyName(NAME, "public-key", keyName);
  const { publicKey, signAlgo } = caller?.credential ?? {};
  if (!caller || !publicKey || !signAlgo) {
    throw new GatewayError("unauthorised", `no usable public key is registered under the name ${keyName}`);
  }

  c.set("body", await readBytes(c.req.raw));
  const hash = bodyHash(c.get("body"));
  const isSigned = (url: string) =>
    isSignedBy({ publicKey, signAlgo }, canonicalText(c.req.method, url, timestamp, nonce, hash), signature);
  const until = gateway.wallClock() + NONCE_LIFE_SECONDS * 1000;
  const signed = { caller, once: { credential: caller.credential.id, nonce, until } };
  // Most sign the URL that is on the wire.
  const likeliest = ((c.get("publicUrls")[0] ?? "") + targetOf(c.req.url)).toLowerCase();
  if (await isSigned(likeliest)) return signed;
  const urls = urlCandidates(c.get("publicUrls"), targetOf(c.req.url));
  for (const url of urls) if (url !== likeliest && (await isSigned(url))) return signed;
  throw new GatewayError(
    "unauthorised",
    `incorrect signature for key ${keyName} (${signAlgo}). Signed must be: ` +
      `${c.req.method.toLowerCase()}${urls[0]}${timestamp}${nonce}<base64 SHA-256 of the body>. ` +
      "If that URL is not the one your client was configured with, the operator sets PUBLIC_URL.",
  );
}

/** Path and query as they came, neither decoded nor put in order. */
function targetOf(url: string): string {
  return url.slice(url.indexOf("/", url.indexOf("://") + 3));
}
