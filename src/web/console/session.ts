/** The operator's session: a cookie that only who knows the token can have been given. */

import type { Context } from "hono";
import { deleteCookie, getCookie, setCookie } from "hono/cookie";

const COOKIE = "stafett_console";
/** A working day. Seconds. */
const LIFE = 12 * 3_600;

/** @param now epoch ms of real time */
export async function beginSession(c: Context, token: string, isSecure: boolean, now: number): Promise<void> {
  const until = String(Math.floor(now / 1000) + LIFE);
  setCookie(c, COOKIE, `${until}.${await signed(token, until)}`, {
    path: "/console",
    httpOnly: true,
    sameSite: "Strict",
    secure: isSecure,
    maxAge: LIFE,
  });
}

export function endSession(c: Context): void {
  deleteCookie(c, COOKIE, { path: "/console" });
}

/** Whether the browser has a session of this token, and it has not run out. Another token ends all sessions. */
export async function hasSession(c: Context, token: string, now: number): Promise<boolean> {
  const [until = "", signature = ""] = getCookie(c, COOKIE)?.split(".") ?? [];
  if (!/^\d{9,12}$/.test(until) || Number(until) * 1000 <= now) return false;
  return isSame(signature, await signed(token, until));
}

/** Whether this is the token, told as late when the first letter differs as when the last does. */
export async function isToken(given: string, token: string): Promise<boolean> {
  return isSame(await signed(given, "login"), await signed(token, "login"));
}

/** What only who knows the token can have written under this text. */
export async function signed(token: string, text: string): Promise<string> {
  const bytes = new TextEncoder().encode(`stafett console ${token}`);
  const key = await crypto.subtle.importKey("raw", bytes, { name: "HMAC", hash: "SHA-256" }, false, ["sign"]);
  const signature = await crypto.subtle.sign("HMAC", key, new TextEncoder().encode(text));
  return Array.from(new Uint8Array(signature), (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** Told as late when the first letter differs as when the last does. */
export function isSame(one: string, other: string): boolean {
  let difference = one.length ^ other.length;
  for (let at = 0; at < other.length; at++) difference |= one.charCodeAt(at % (one.length || 1)) ^ other.charCodeAt(at);
  return difference === 0;
}
