/**
 * The sandbox's mobile network, as a browser meets it: for a while after the console put it on a handset's mobile data, the
 * gateway is told whose phone it is, as an operator's header would tell it. Signed with the operator's token, so that
 * nobody else can be on a phone that is not theirs.
 */

import type { Context } from "hono";
import { deleteCookie, getCookie, setCookie } from "hono/cookie";
import { isSame, signed } from "./console/session.ts";

const COOKIE = "stafett_network";
/** */
const LIFE_SECONDS = 600;

/** The browser is on this handset's mobile data from now on. @param now epoch ms of real time */
export async function joinNetwork(
  c: Context,
  { token, msisdn, isSecure, now }: { token: string; msisdn: string; isSecure: boolean; now: number },
): Promise<void> {
  const until = Math.floor(now / 1000) + LIFE_SECONDS;
  const said = `${until}.${msisdn.replace(/\D/g, "")}`;
  const value = `${said}.${await signed(token, about(said))}`;
  setCookie(c, COOKIE, value, { path: "/", httpOnly: true, sameSite: "Lax", secure: isSecure, maxAge: LIFE_SECONDS });
}

/** The browser is on no mobile network any longer. */
export function leaveNetwork(c: Context): void {
  deleteCookie(c, COOKIE, { path: "/" });
}

/** The number of the handset on whose mobile data the browser is. Not to be asked outside the sandbox. */
export async function numberOnNetwork(c: Context, token: string | undefined, now: number): Promise<string | undefined> {
  const [until = "", digits = "", signature = ""] = getCookie(c, COOKIE)?.split(".") ?? [];
  if (!token || !/^\d{9,12}$/.test(until) || !/^\d{4,15}$/.test(digits) || Number(until) * 1000 <= now)
    return undefined;
  return isSame(signature, await signed(token, about(`${until}.${digits}`))) ? `+${digits}` : undefined;
}

/** The signed text; it cannot be mistaken for that of a session. */
function about(said: string): string {
  return `network ${said}`;
}
