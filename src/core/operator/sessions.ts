/** Sessions of the console: the browsers that are logged in, their addresses, and their ends. All times are real time. */

import type { Clock } from "../kernel/clock.ts";
import { GatewayError } from "../kernel/errors.ts";
import type { Ids } from "../kernel/ids.ts";
import type { Codes } from "../kernel/ports.ts";
import { type Actor, actorById, OF_THE_SETTINGS, type TokenId, type TokenStore } from "./tokens.ts";

/** A working day. Milliseconds. */
export const SESSION_LIFE = 12 * 3_600_000;
/** A session's last use is stored no more often than this. Milliseconds. */
const SEEN_EVERY = 60_000;

export type SessionId = `ses_${string}`;

export type Session = {
  /** Of the secret that the browser has: a digest (HMAC of SHA-256, in hex) that only we can make. */
  id: SessionId;
  /** By which token of the settings it was begun: a digest that only we can make; empty where it was another token. */
  token: string;
  /** The token that it was begun by, where it is none of the settings. */
  tokenId?: TokenId;
  /** The passkey that it was begun with. */
  passkeyId?: string;
  createdAt: number;
  seenAt: number;
  expiresAt: number;
  /** Shortened: enough to know oneself by. */
  address: string;
  browser: string;
};

export interface SessionStore {
  add(session: Session): Promise<void>;
  /**
   * The one that has one of these ids; none where its passkey is withdrawn, or where it was begun without and its token has one
   * now.
   */
  byId(ids: readonly SessionId[]): Promise<Session | undefined>;
  seen(id: SessionId, at: number): Promise<void>;
  /** Those that hold, begun by one of these tokens of the settings or by any other, with its name; the newest first. */
  list(tokens: readonly string[], now: number): Promise<(Session & { name?: string })[]>;
  /** False where there is none of these ids. */
  end(ids: readonly SessionId[]): Promise<boolean>;
  /** Forgets those that ran out before a time, and where a token's digests are given, those begun by another. */
  forget(before: number, otherThan?: readonly string[]): Promise<void>;
}

export type SessionPorts = { sessions: SessionStore; tokens: TokenStore; clock: Clock; codes: Codes; ids: Ids };

type BeginsBy = { token: string; tokenId?: TokenId; passkeyId?: string; address: string; browser: string };

/**
 * Begins a session after a token was given; answers the secret that the browser keeps. Sessions of another token of the settings than
 * this one have ended.
 * @param given.token the token of the settings, as it is now
 * @param given.tokenId the token that was given, where it was none of the settings
 * @param given.passkeyId the passkey that was used, if the token has any
 */
export async function beginSession(
  { sessions, clock, codes, ids }: SessionPorts,
  { token, tokenId, passkeyId, address, browser }: BeginsBy,
): Promise<string> {
  const secret = `${ids.uuid()}${ids.uuid()}`.replaceAll("-", "");
  const now = clock.wall();
  await sessions.forget(now, await codes.digests("browsers", aboutToken(token)));
  await sessions.add({
    id: `ses_${await codes.digest("browsers", aboutSession(secret))}`,
    ...(tokenId === undefined ? { token: await codes.digest("browsers", aboutToken(token)) } : { token: "", tokenId }),
    ...(passkeyId === undefined ? {} : { passkeyId }),
    createdAt: now,
    seenAt: now,
    expiresAt: now + SESSION_LIFE,
    address: shortAddress(address),
    browser: shortBrowser(browser),
  });
  return secret;
}

/**
 * The session whose secret this is, with whose it is: if it has neither run out nor been ended, and its token still opens something.
 * @param given.token the token of the settings, as it is now
 */
export async function knownSession(
  { sessions, tokens, clock, codes }: Omit<SessionPorts, "ids">,
  { token, secret }: { token: string; secret: string },
): Promise<{ session: Session; actor: Actor } | undefined> {
  const session = await sessions.byId(await sessionIdsOf(codes, secret));
  const now = clock.wall();
  if (!session || session.expiresAt <= now) return undefined;
  const isOfSettings = async () => codes.isDigest("browsers", aboutToken(token), session.token);
  const actor = session.tokenId
    ? await actorById({ tokens, clock }, session.tokenId)
    : (await isOfSettings())
      ? OF_THE_SETTINGS
      : undefined;
  if (!actor) return undefined;
  if (now - session.seenAt >= SEEN_EVERY) await sessions.seen(session.id, now);
  return { session, actor };
}

export async function endSession(
  { sessions, codes }: Pick<SessionPorts, "sessions" | "codes">,
  secret: string,
): Promise<void> {
  await sessions.end(await sessionIdsOf(codes, secret));
}

/**
 * Those of the console that hold, the newest first, each with the name of its token.
 * @param token the token of the settings, as it is now
 */
export async function listSessions(
  { sessions, clock, codes }: Omit<SessionPorts, "ids" | "tokens">,
  token: string,
): Promise<(Session & { name: string })[]> {
  const all = await sessions.list(await codes.digests("browsers", aboutToken(token)), clock.wall());
  return all.map((one) => ({ ...one, name: one.name ?? OF_THE_SETTINGS.name }));
}

/**
 * Ends a session by its id: its browser has to log in again.
 * @throws GatewayError not-found
 */
export async function endSessionById({ sessions }: Pick<SessionPorts, "sessions">, id: SessionId): Promise<void> {
  if (!(await sessions.end([id]))) throw new GatewayError("not-found", `there is no session ${id}`);
}

function aboutToken(token: string): string {
  return `the operator's token ${token}`;
}

function aboutSession(secret: string): string {
  return `session ${secret}`;
}

/** The ids that it may have, by the key that was in use when it began. */
async function sessionIdsOf(codes: Codes, secret: string): Promise<SessionId[]> {
  return (await codes.digests("browsers", aboutSession(secret))).map((digest): SessionId => `ses_${digest}`);
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
