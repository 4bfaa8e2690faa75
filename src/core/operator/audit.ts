/** The audit log: every change that an operator asked for. It is only added to, and each entry holds the hash of the one before. */

import type { Clock } from "../kernel/clock.ts";
import type { Page, PageOf } from "../kernel/pages.ts";
import type { Counts } from "./counts.ts";
import { shortAddress } from "./sessions.ts";
import type { Actor } from "./tokens.ts";

/** What was asked. Times are epoch ms of real time; `before` and `after` are JSON, without secrets. */
export type AuditEntry = {
  at: number;
  /** The name of the token, and its id; `setting` is the token of the settings. */
  actor: string;
  token: string;
  /** The address that the call came from. */
  from: string;
  /** Method and address, like `PUT /carriers/:name`. */
  action: string;
  /** What it is about: the path, like `/carriers/norway`. */
  subject: string;
  before?: string;
  after?: string;
};

/** An entry in its place. `hash` is over all of it and the hash of the entry before. */
export type ChainedEntry = AuditEntry & { seq: number; hash: string };

/** `subject`: with which it begins. Times are epoch ms. */
export type AuditFilter = {
  token?: string;
  actor?: string;
  action?: string;
  subject?: string;
  since?: number;
  until?: number;
};

/** What the chain goes on from, where its beginning was cut off: the last entry that went. */
export type Anchor = Pick<ChainedEntry, "seq" | "hash">;

export interface AuditStore {
  /** The newest entry that this process knows of; where there is none, the anchor. `append` says whether it is still the newest. */
  last(): Promise<Anchor | undefined>;
  /** The last entry that was cut off, if any was. */
  anchor(): Promise<Anchor | undefined>;
  /**
   * Where the oldest entry was made at `oldest` or before (epoch ms): of the first `most` entries, the last that was made before
   * `before` (epoch ms).
   */
  lastBefore(before: number, most: number, oldest: number): Promise<Anchor | undefined>;
  /** Deletes all entries up to this one, and keeps it as the anchor. */
  cut(to: Anchor, at: number): Promise<void>;
  /** Adds it, unless the chain ends otherwise than `before`, the hash of the entry before; and answers how it ends then. */
  append(entry: ChainedEntry, before: string): Promise<{ isAppended: boolean; last: Anchor | undefined }>;
  /** When the nth newest of these entries was made; undefined where there are not so many. */
  nthNewest(of: { actor: string; action: string }, nth: number): Promise<number | undefined>;
  /** The newest first. */
  list(filter: AuditFilter, page: Page): Promise<PageOf<ChainedEntry>>;
  /** So many after this place, in order. */
  after(seq: number, limit: number): Promise<ChainedEntry[]>;
}

/** SHA-256 of a text, in hex. */
export type Hash = (text: string) => Promise<string>;

/** What the first entry has in place of the hash of the one before. */
const BEGINNING = "";
/** So often at most others were quicker. */
const MOST_TRIES = 20;

/**
 * Adds an entry at the end of the chain.
 * @throws Error where others were quicker again and again: then nothing is changed, as nobody would know of it
 */
export async function record(
  { audit, clock }: { audit: AuditStore; clock: Clock },
  asked: Omit<AuditEntry, "at">,
  hash: Hash,
): Promise<void> {
  const entry: AuditEntry = { ...asked, at: clock.wall() };
  let last = await audit.last();
  for (let attempt = 0; attempt < MOST_TRIES; attempt++) {
    const { seq: before, hash: hashBefore } = last ?? { seq: 0, hash: BEGINNING };
    const seq = before + 1;
    const chained = { ...entry, seq, hash: await hash(toBeHashed({ ...entry, seq }, hashBefore)) };
    const appended = await audit.append(chained, hashBefore);
    if (appended.isAppended) return;
    last = appended.last;
  }
  throw new Error("the audit log is written to by too many at once");
}

/** So many refused logins are written down in an hour; of more, only how many there were. A flood must not fill the table. */
const MOST_REFUSED_LOGINS = 100;
const HOUR = 3_600_000;
export const LOGIN = "POST /console/login";

/** Another way to log in than by a token alone: which, why it was refused, and the token that was given before, if any was. */
export type LoggedInBy = { way: string; why?: string; token?: string };

/**
 * Writes down that somebody logged in to the console, or was refused. Counts `login_refused`.
 * @param login.actor whose token was given; undefined where it opened nothing
 */
export async function recordLogin(
  ports: { audit: AuditStore; counts: Counts; clock: Clock },
  { actor, address, by }: { actor: Actor | undefined; address: string; by?: LoggedInBy },
  hash: Hash,
): Promise<void> {
  const entry = { from: shortAddress(address), action: LOGIN, subject: "/console" };
  const how = by === undefined ? {} : { after: JSON.stringify(by) };
  if (actor) return record(ports, { ...entry, ...how, actor: actor.name, token: actor.id }, hash);
  ports.counts.count("login_refused");
  const enough = await ports.audit.nthNewest(LOGIN_REFUSED, MOST_REFUSED_LOGINS);
  if (enough !== undefined && enough > ports.clock.wall() - HOUR) return;
  await record(ports, { ...entry, ...LOGIN_REFUSED, token: "", after: JSON.stringify({ refused: 401, ...by }) }, hash);
}

/** Whoever tries to log in has no name. */
const LOGIN_REFUSED = { actor: "", action: LOGIN } as const;

/** A page of the log, the newest first. */
export function listAudit(
  { audit }: { audit: AuditStore },
  filter: AuditFilter,
  page: Page,
): Promise<PageOf<ChainedEntry>> {
  return audit.list(filter, page);
}

const DAY = 24 * HOUR;
/** So many entries are cut off in one round. */
const CUT_AT_ONCE = 2_000;

/**
 * Cuts off what is older than it has to be kept, about once a day, so that the entries of cutting do not become the log. The hash of
 * the last entry that goes stays as the anchor, and in an entry of the log itself: what is left can be checked as before.
 */
export async function cutAudit(ports: {
  audit: AuditStore;
  auditRetention: number;
  clock: Clock;
  hash: Hash;
}): Promise<void> {
  const { audit, clock } = ports;
  const before = clock.wall() - ports.auditRetention;
  const last = await audit.lastBefore(before, CUT_AT_ONCE, before - DAY);
  if (!last) return;
  const { seq, hash } = last;
  const entry = { actor: "Stafett", token: "", from: "", action: "CUT /audit", subject: "/audit" };
  await record(ports, { ...entry, after: JSON.stringify({ seq, hash }) }, ports.hash);
  await audit.cut({ seq, hash }, clock.wall());
}

/** What the chain goes on from, if its beginning was cut off. */
export function auditAnchor({ audit }: { audit: AuditStore }): Promise<Anchor | undefined> {
  return audit.anchor();
}

/** So many entries after this place, in order. */
export function auditAfter({ audit }: { audit: AuditStore }, seq: number, limit: number): Promise<ChainedEntry[]> {
  return audit.after(seq, limit);
}

/**
 * Where the chain is broken: the place of the first entry that is not what was written, or does not follow the one before.
 * @param before the hash of the entry before the first of these
 */
export async function brokenAt(
  entries: readonly ChainedEntry[],
  hash: Hash,
  before: Anchor = { seq: 0, hash: BEGINNING },
): Promise<number | undefined> {
  let last = before;
  for (const entry of entries) {
    if (entry.seq !== last.seq + 1 || entry.hash !== (await hash(toBeHashed(entry, last.hash)))) return entry.seq;
    last = entry;
  }
  return undefined;
}

function toBeHashed(entry: Omit<ChainedEntry, "hash">, before: string): string {
  const { seq, at, actor, token, from, action, subject, before: was = null, after = null } = entry;
  return JSON.stringify([before, seq, at, actor, token, from, action, subject, was, after]);
}
