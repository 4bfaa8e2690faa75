/** Which browser this is, and whether a form that comes in is one that we gave to it. */

import type { Context } from "hono";
import { getCookie, setCookie } from "hono/cookie";
import type { Ids } from "../core/kernel/ids.ts";
import type { Codes } from "../core/kernel/ports.ts";

/** Over https under a name that only this host can set, and only over https: no sibling host can plant a value. RFC 6265bis, 4.1.3. */
const COOKIE = { plain: "stafett_session", secure: "__Host-stafett_session" } as const;
/** As long as a window is open. */
const LIFE_SECONDS = 3_600;

/** What a session is made with, and whether the page is called by https. */
export type SessionPorts = { ids: Ids; codes: Codes; isSecure: boolean };

/** What the browser is known by; undefined for one that brings nothing, or a value that we did not make. */
export async function knownSession(c: Context, { codes, isSecure }: SessionPorts): Promise<string | undefined> {
  const [, session, seal = ""] = /^([^.]+)\.(.+)$/.exec(getCookie(c, nameOf(isSecure)) ?? "") ?? [];
  if (session === undefined) return undefined;
  return (await codes.isDigest("browsers", aboutSession(session), seal)) ? session : undefined;
}

/** Sets the cookie that identifies the browser. @param known the value of its cookie, if it has one */
export async function keepSession(c: Context, ports: SessionPorts, known: string | undefined): Promise<string> {
  const session = known ?? ports.ids.uuid();
  setCookie(c, nameOf(ports.isSecure), `${session}.${await ports.codes.digest("browsers", aboutSession(session))}`, {
    path: "/",
    httpOnly: true,
    sameSite: "Lax",
    secure: ports.isSecure,
    maxAge: LIFE_SECONDS,
  });
  return session;
}

/** The token that proves a form to be ours, bound to this browser and to the form's subject. It cannot be made without our key. */
export function formToken(codes: Codes, session: string, about: string): Promise<string> {
  return codes.digest("browsers", aboutForm(session, about));
}

export async function isFormToken(codes: Codes, session: string, about: string, given: string): Promise<boolean> {
  return codes.isDigest("browsers", aboutForm(session, about), given);
}

function nameOf(isSecure: boolean): string {
  return isSecure ? COOKIE.secure : COOKIE.plain;
}

function aboutSession(session: string): string {
  return `session ${session}`;
}

function aboutForm(session: string, about: string): string {
  return `form ${session} ${about}`;
}
