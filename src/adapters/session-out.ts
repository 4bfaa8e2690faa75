/** Webhooks whose address is a session that a customer opened: they go out on that connection, and all others by HTTP. */

import type { Http, HttpAnswer, HttpRequest } from "../core/kernel/ports.ts";
import { isSession, SESSION_TYPE, sessionName } from "../core/webhooks/session.ts";

/** Tells a session something; answers what came of it, as a status of HTTP and in words. */
export type TellSession = (name: string, body: string) => Promise<{ status: number; why: string }>;

export function withSessions(http: Http, tell: TellSession, wall: () => number): Http {
  return {
    ...http,
    whyRefused: (url, carrying) => (isSession(url) ? undefined : http.whyRefused?.(url, carrying)),
    async send(request) {
      return isSession(request.url) ? await toSession(request, tell, wall) : await http.send(request);
    },
  };
}

async function toSession(
  { url, headers, body }: HttpRequest,
  tell: TellSession,
  wall: () => number,
): Promise<HttpAnswer> {
  const begun = wall();
  // An address that a customer gave for something else must not reach a connection.
  if (headers["content-type"] !== SESSION_TYPE || body === undefined) {
    return { outcome: "failed", error: "this is nothing for a session", milliseconds: 0, isUnsent: true };
  }
  try {
    const { status, why } = await tell(sessionName(url), body);
    return { outcome: "answered", status, body: why, milliseconds: wall() - begun };
  } catch (error) {
    return { outcome: "failed", error: `the session could not be reached: ${error}`, milliseconds: wall() - begun };
  }
}
