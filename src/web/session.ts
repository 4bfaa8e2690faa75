/** Which browser this is, and whether a form that comes in is one that we gave to it. */

import type { Context } from "hono";
import { getCookie, setCookie } from "hono/cookie";
import type { Ids } from "../core/kernel/ids.ts";
import type { Codes } from "../core/kernel/ports.ts";

const COOKIE = "stafett_session";
/** As long as a window is open. Seconds. */
const LIFE = 3_600;
const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** What the browser is known by; undefined for one that brings nothing, or what is not of our making. */
export function knownSession(c: Context): string | undefined {
  const session = getCookie(c, COOKIE);
  return session && UUID.test(session) ? session : undefined;
}

/** What the browser is known by from now on. */
export function keepSession(c: Context, ids: Ids, isSecure: boolean): string {
  const session = knownSession(c) ?? ids.uuid();
  setCookie(c, COOKIE, session, { path: "/", httpOnly: true, sameSite: "Lax", secure: isSecure, maxAge: LIFE });
  return session;
}

/** Proves that a form is ours, for this browser and for what it is about: nobody can make one without our key. */
export function formToken(codes: Codes, session: string, about: string): Promise<string> {
  return codes.digest(`form ${session} ${about}`);
}

export async function isFormToken(codes: Codes, session: string, about: string, given: string): Promise<boolean> {
  const right = await formToken(codes, session, about);
  let differs = right.length ^ given.length;
  for (let at = 0; at < right.length; at++) differs |= right.charCodeAt(at) ^ given.charCodeAt(at);
  return differs === 0;
}
