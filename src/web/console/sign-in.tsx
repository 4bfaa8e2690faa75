/** Signing in at the operator's identity provider: the browser is sent there, keeps what the question was, and comes back. */

import { deleteCookie, getCookie, setCookie } from "hono/cookie";
import { SIGN_IN_LIFE } from "../../core/operator/sign-in.ts";
import type { Actor } from "../../core/operator/tokens.ts";
import type { C, SignIn } from "./console-env.ts";
import { cookieOf as hostCookie } from "./session.ts";
import { bare } from "./ui/layout.tsx";

const cookieOf = (c: C) => hostCookie(c, "stafett_sign_in", "/console/sign-in");

function redirectUri(c: C): string {
  return `${c.get("publicUrls")[0] ?? new URL(c.req.url).origin}/console/sign-in/callback`;
}

/** @returns undefined where there is no provider. @throws Error where it does not answer */
export async function sendAway(c: C, to: string): Promise<Response | undefined> {
  const signIn = c.get("signIn");
  if (!signIn || !c.get("adminToken")) return undefined;
  const { url, kept } = await signIn.begin({ redirectUri: redirectUri(c), to });
  const { name, ...where } = cookieOf(c);
  // It comes back by a link of another site, and must be sent then: unlike the session's.
  setCookie(c, name, kept, { ...where, httpOnly: true, sameSite: "Lax", maxAge: SIGN_IN_LIFE / 1000 });
  return c.redirect(url, 303);
}

/** @throws SignInRefused */
export async function comeBack(c: C, signIn: SignIn): Promise<{ actor: Actor; to: string }> {
  const { name, path, secure } = cookieOf(c);
  const kept = getCookie(c, name) ?? "";
  deleteCookie(c, name, { path, secure });
  // As the provider was told to send it, whatever a proxy has made of our address.
  const answer = new URL(`${redirectUri(c)}${new URL(c.req.url).search}`);
  return await signIn.end({ answer, redirectUri: redirectUri(c), kept });
}

/**
 * To the page that was asked for. Not by a redirect: the browser came from another site, and would not send the session's cookie along.
 */
export function goOn(c: C, to: string): Response | Promise<Response> {
  c.header("refresh", `0; url=${to}`);
  return bare(
    c,
    { title: "Signed in" },
    <p>
      You are signed in. <a href={to}>Go on</a>
    </p>,
  );
}

/** Where no provider is set. */
export function noSignIn(c: C): Response | Promise<Response> {
  return bare(
    c,
    { title: "Not found", status: 404 },
    <>
      <p role="alert">No sign-in provider is set up here. Log in with a token.</p>
      <p>
        <a href="/console/login">Log in</a>
      </p>
    </>,
  );
}
