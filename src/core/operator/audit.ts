/** The audit log: every change that an operator asked for. It is only added to, and each entry holds the hash of the one before. */

import type { Clock } from "../kernel/clock.ts";
import type { Page, PageOf } from "../kernel/pages.ts";

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

export type AuditFilter = { token?: string; since?: number; until?: number };

export interface AuditStore {
  last(): Promise<Pick<ChainedEntry, "seq" | "hash"> | undefined>;
  /** False where that place is taken. */
  append(entry: ChainedEntry): Promise<boolean>;
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
  for (let attempt = 0; attempt < MOST_TRIES; attempt++) {
    const last = await audit.last();
    const seq = (last?.seq ?? 0) + 1;
    const chained = { ...entry, seq, hash: await hash(toBeHashed({ ...entry, seq }, last?.hash ?? BEGINNING)) };
    if (await audit.append(chained)) return;
  }
  throw new Error("the audit log is written to by too many at once");
}

/** A page of the log, the newest first. */
export function listAudit(
  { audit }: { audit: AuditStore },
  filter: AuditFilter,
  page: Page,
): Promise<PageOf<ChainedEntry>> {
  return audit.list(filter, page);
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
  before: { seq: number; hash: string } = { seq: 0, hash: BEGINNING },
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
