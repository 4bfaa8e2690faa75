/** Sessions of the console: the browsers that are logged in, their addresses, and their ends. All times are real time. */

import type { Clock } from "../kernel/clock.ts";
import { GatewayError } from "../kernel/errors.ts";
import type { Ids } from "../kernel/ids.ts";
import type { Codes } from "../kernel/ports.ts";

/** A working day. Milliseconds. */
export const SESSION_LIFE = 12 * 3_600_000;
/** A session's last use is stored no more often than this. Milliseconds. */
const SEEN_EVERY = 60_000;

export type SessionId = `ses_${string}`;

export type Session = {
  /** Of the secret that the browser has: a digest (HMAC of SHA-256, in hex) that only we can make. */
  id: SessionId;
  /** By which token it was begun: a digest that only we can make. */
  token: string;
  createdAt: number;
  seenAt: number;
  expiresAt: number;
  /** Shortened: enough to know oneself by. */
  address: string;
  browser: string;
};

export interface SessionStore {
  add(session: Session): Promise<void>;
  byId(id: SessionId): Promise<Session | undefined>;
  seen(id: SessionId, at: number): Promise<void>;
  /** Those begun by this token that have not run out, the newest first. */
  list(token: string, now: number): Promise<Session[]>;
  /** False where there is none. */
  end(id: SessionId): Promise<boolean>;
  /** Forgets those that ran out before a time, and where a token is given, those begun by another. */
  forget(before: number, otherThan?: string): Promise<void>;
}

export type SessionPorts = { sessions: SessionStore; clock: Clock; codes: Codes; ids: Ids };

/** Begins a session after the token was given; answers the secret that the browser keeps. Sessions of other tokens have ended. */
export async function beginSession(
  { sessions, clock, codes, ids }: SessionPorts,
  { token, address, browser }: { token: string; address: string; browser: string },
): Promise<string> {
  const secret = `${ids.uuid()}${ids.uuid()}`.replaceAll("-", "");
  const now = clock.wall();
  const begunBy = await tokenDigest(codes, token);
  await sessions.forget(now, begunBy);
  await sessions.add({
    id: await sessionIdOf(codes, secret),
    token: begunBy,
    createdAt: now,
    seenAt: now,
    expiresAt: now + SESSION_LIFE,
    address: shortAddress(address),
    browser: shortBrowser(browser),
  });
  return secret;
}

/** The session whose secret this is, if it has neither run out nor been ended, and its token is still the operator's. */
export async function knownSession(
  { sessions, clock, codes }: SessionPorts,
  { token, secret }: { token: string; secret: string },
): Promise<Session | undefined> {
  const session = await sessions.byId(await sessionIdOf(codes, secret));
  const now = clock.wall();
  if (!session || session.expiresAt <= now || session.token !== (await tokenDigest(codes, token))) return undefined;
  if (now - session.seenAt >= SEEN_EVERY) await sessions.seen(session.id, now);
  return session;
}

export async function endSession({ sessions, codes }: SessionPorts, secret: string): Promise<void> {
  await sessions.end(await sessionIdOf(codes, secret));
}

/** Those of the console that were begun by this token and have not run out, the newest first. */
export async function listSessions(
  { sessions, clock, codes }: Omit<SessionPorts, "ids">,
  token: string,
): Promise<Session[]> {
  return sessions.list(await tokenDigest(codes, token), clock.wall());
}

/**
 * Ends a session by its id: its browser has to log in again.
 * @throws GatewayError not-found
 */
export async function endSessionById({ sessions }: Pick<SessionPorts, "sessions">, id: SessionId): Promise<void> {
  if (!(await sessions.end(id))) throw new GatewayError("not-found", `there is no session ${id}`);
}

function tokenDigest(codes: Codes, token: string): Promise<string> {
  return codes.digest(`the operator's token ${token}`);
}

async function sessionIdOf(codes: Codes, secret: string): Promise<SessionId> {
  return `ses_${await codes.digest(`session ${secret}`)}`;
}

/** The network that it is in: three numbers of four, or three groups of eight. */
export function shortAddress(address: string): string {
  if (/^\d+\.\d+\.\d+\.\d+$/.test(address)) return address.replace(/\.\d+$/, ".…");
  const groups = address.split(":");
  return groups.length > 3 ? `${groups.slice(0, 3).join(":")}:…` : address.slice(0, 40);
}

const BROWSERS = [
  [/\bEdg(?:e|A|iOS)?\/(\d+)/, "Edge"],
  [/\bOPR\/(\d+)/, "Opera"],
  [/\b(?:Firefox|FxiOS)\/(\d+)/, "Firefox"],
  [/\b(?:(?:Headless)?Chrome|CriOS)\/(\d+)/, "Chrome"],
  [/\bVersion\/(\d+).*Safari\//, "Safari"],
] as const;
const SYSTEMS = [
  [/Android/, "Android"],
  [/iPhone|iPad/, "iOS"],
  [/Windows/, "Windows"],
  [/Mac OS X/, "macOS"],
  [/CrOS/, "ChromeOS"],
  [/Linux/, "Linux"],
] as const;

/** What a browser says of itself, as people say it: `Firefox 145, Linux`. */
export function shortBrowser(said: string): string {
  const browser = BROWSERS.flatMap(([pattern, name]) => {
    const version = pattern.exec(said)?.[1];
    return version === undefined ? [] : [`${name} ${version}`];
  })[0];
  const system = SYSTEMS.find(([pattern]) => pattern.test(said))?.[1];
  return [browser, system].filter(Boolean).join(", ") || said.replace(/\p{Cc}/gu, " ").slice(0, 40) || "unknown";
}
