/** The operator's session in the browser: a cookie with a secret, of which a digest is kept here. */

import { deleteCookie, getCookie, setCookie } from "hono/cookie";
import { bytesOf, toHex } from "../../core/kernel/bytes.ts";
import { beginSession, endSession, knownSession, SESSION_LIFE, type Session } from "../../core/operator/sessions.ts";
import type { Actor } from "../../core/operator/tokens.ts";
import type { C } from "./console-env.ts";

const SECRET = /^[0-9a-f]{64}$/;

/**
 * Over https, browsers take a cookie of this name from this very host alone, and send it nowhere else. Its path must then
 * be the whole site.
 */
export function cookieOf(
  c: C,
  name = "stafett_console",
  path = "/console",
): { name: string; path: string; secure: boolean } {
  const secure = c.get("publicUrls")[0]?.startsWith("https:") ?? false;
  return secure ? { name: `__Host-${name}`, path: "/", secure } : { name, path, secure };
}

/** Begins a session after a token of this actor was given, and a passkey if it has one. @param token that of the settings */
export async function logIn(c: C, token: string, { id }: Actor, passkeyId?: string): Promise<void> {
  const secret = await beginSession(c.get("sessionPorts"), {
    token,
    ...(id === "setting" ? {} : { tokenId: id }),
    ...(passkeyId === undefined ? {} : { passkeyId }),
    address: c.get("address"),
    browser: c.req.header("user-agent") ?? "",
  });
  const { name, ...where } = cookieOf(c);
  setCookie(c, name, secret, { ...where, httpOnly: true, sameSite: "Strict", maxAge: SESSION_LIFE / 1000 });
}

/** Ends it, here and in the browser: a copy of the cookie is worth nothing then. */
export async function logOut(c: C): Promise<void> {
  const { name, path, secure } = cookieOf(c);
  const secret = getCookie(c, name) ?? "";
  if (SECRET.test(secret)) await endSession(c.get("sessionPorts"), secret);
  deleteCookie(c, name, { path, secure });
}

/** The session that the browser has, if it holds, and whose it is. @param token that of the settings */
export async function sessionOf(c: C, token: string): Promise<{ session: Session; actor: Actor } | undefined> {
  const secret = getCookie(c, cookieOf(c).name) ?? "";
  return SECRET.test(secret) ? await knownSession(c.get("sessionPorts"), { token, secret }) : undefined;
}

/** What only who knows the token can have written under this text. */
export async function signed(token: string, text: string): Promise<string> {
  const bytes = bytesOf(`stafett console ${token}`);
  const key = await crypto.subtle.importKey("raw", bytes, { name: "HMAC", hash: "SHA-256" }, false, ["sign"]);
  const signature = await crypto.subtle.sign("HMAC", key, bytesOf(text));
  return toHex(new Uint8Array(signature));
}

/** In constant time: the first difference does not end the comparison. */
export function isSame(one: string, other: string): boolean {
  let difference = one.length ^ other.length;
  for (let at = 0; at < other.length; at++) difference |= one.charCodeAt(at % (one.length || 1)) ^ other.charCodeAt(at);
  return difference === 0;
}
