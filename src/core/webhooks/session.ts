/** Addresses of sessions: a customer who calls us, and is told on the connection that he opened, has one in place of a URL. */

const SCHEME = "smpp://";

/** The media type of what is told in a session: no other call has it. */
export const SESSION_TYPE = "application/vnd.stafett.smpp+json";

/** The address of the session that is opened by this name. */
export function sessionUrl(name: string): string {
  return SCHEME + name;
}

export function isSession(url: string): boolean {
  return url.startsWith(SCHEME);
}

/** The name by which a session is opened. */
export function sessionName(url: string): string {
  return url.slice(SCHEME.length);
}
