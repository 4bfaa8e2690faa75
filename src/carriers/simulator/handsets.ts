/** The handsets: any number is one, with an inbox. */

import type { BodyEncoding } from "../../core/messages/binary.ts";
import type { Shown } from "../../core/messages/rich.ts";
import { one, type Sql } from "./storage.ts";

/** A text as the person sees it. */
export type HandsetMessage = {
  id: string;
  from: string;
  text: string;
  parts: number;
  encoding: BodyEncoding;
  /** Epoch ms. */
  receivedAt: number;
  /** Absent for SMS. */
  channel?: string;
  /** What the channel shows in place of the text. */
  shown?: Shown;
};

/** A handset with the last text that it got. */
export type Handset = { msisdn: string; last: string; from: string; text: string; receivedAt: number };

type Text = {
  recipient: string;
  sender: string;
  text: string;
  parts: number;
  encoding: BodyEncoding;
  channel?: string;
  shown?: Shown;
};
type Row = Omit<HandsetMessage, "channel" | "shown"> & { channel: string | null; shown: string | null };

/** How many texts are looked through for one that matches. */
const LOOKED_THROUGH = 10_000;

/**
 * The number of the newest text, also of one that was cleared. SQLite gives the number of a deleted last row to the next one, and
 * a program that waits for what comes after `hst_12` would then never see it.
 */
const NEWEST = "max((SELECT coalesce(max(rowid), 0) FROM inbox), (SELECT coalesce(max(last), 0) FROM cleared))";

export class Handsets {
  #sql: Sql;

  constructor(sql: Sql) {
    this.#sql = sql;
    sql.exec(
      `CREATE TABLE IF NOT EXISTS inbox (
        msisdn TEXT, sender TEXT, text TEXT, parts INTEGER, encoding TEXT, received_at INTEGER
      )`,
    );
    sql.exec("CREATE INDEX IF NOT EXISTS inbox_msisdn ON inbox (msisdn)");
    // A sandbox from before there were other channels than SMS has no such columns yet.
    const known = sql.exec<{ name: string }>("SELECT name FROM pragma_table_info('inbox')").toArray();
    for (const column of ["channel", "shown"].filter((name) => !known.some((one) => one.name === name))) {
      sql.exec(`ALTER TABLE inbox ADD COLUMN ${column} TEXT`);
    }
    sql.exec("CREATE TABLE IF NOT EXISTS handset (msisdn TEXT PRIMARY KEY, last INTEGER NOT NULL) WITHOUT ROWID");
    sql.exec("CREATE INDEX IF NOT EXISTS handset_last ON handset (last)");
    sql.exec(
      "CREATE TABLE IF NOT EXISTS cleared (msisdn TEXT PRIMARY KEY, at INTEGER NOT NULL, last INTEGER NOT NULL) WITHOUT ROWID",
    );
    sql.exec("CREATE INDEX IF NOT EXISTS cleared_last ON cleared (last)");
    if (sql.exec("SELECT 1 FROM handset LIMIT 1").toArray().length === 0) {
      sql.exec("INSERT INTO handset (msisdn, last) SELECT msisdn, max(rowid) FROM inbox GROUP BY msisdn");
    }
  }

  show({ recipient, sender, text, parts, encoding, channel, shown }: Text, now: number): void {
    this.#sql.exec(
      `INSERT INTO inbox (rowid, msisdn, sender, text, parts, encoding, received_at, channel, shown)
       VALUES (1 + ${NEWEST}, ?, ?, ?, ?, ?, ?, ?, ?)`,
      recipient,
      sender,
      text,
      parts,
      encoding,
      now,
      channel ?? null,
      shown ? JSON.stringify(shown) : null,
    );
    this.#sql.exec(
      `INSERT INTO handset (msisdn, last) VALUES (?, last_insert_rowid())
       ON CONFLICT (msisdn) DO UPDATE SET last = excluded.last`,
      recipient,
    );
  }

  /**
   * Oldest first.
   * @param wanted.since epoch ms, exclusive; @param wanted.match a part of the text, or a regular expression
   */
  inbox(
    msisdn: string,
    wanted: { since?: number; after?: string; match?: string; limit: number; last?: number },
  ): HandsetMessage[] {
    if (wanted.last !== undefined) return this.#last(msisdn, wanted.last);
    const matches = matcher(wanted.match);
    return this.#sql
      .exec<Row>(
        `SELECT 'hst_' || rowid AS id, sender AS "from", text, parts, encoding, received_at AS receivedAt, channel, shown
         FROM inbox WHERE msisdn = ? AND received_at > ? AND rowid > ? ORDER BY rowid LIMIT ?`,
        msisdn,
        wanted.since ?? -1,
        Number(wanted.after?.replace("hst_", "") ?? 0),
        matches ? LOOKED_THROUGH : wanted.limit,
      )
      .toArray()
      .map(toHandsetMessage)
      .filter((message) => matches?.(message.text) ?? true)
      .slice(0, wanted.limit);
  }

  #last(msisdn: string, count: number): HandsetMessage[] {
    return this.#sql
      .exec<Row>(
        `SELECT 'hst_' || rowid AS id, sender AS "from", text, parts, encoding, received_at AS receivedAt, channel, shown
         FROM inbox WHERE msisdn = ? ORDER BY rowid DESC LIMIT ?`,
        msisdn,
        count,
      )
      .toArray()
      .map(toHandsetMessage)
      .reverse();
  }

  /** The handsets that have received anything, the one with the newest text first. @param number a part of theirs @param before a text's id */
  list({ before, number = "", limit }: { before?: string; number?: string; limit: number }): Handset[] {
    return this.#sql
      .exec<Handset>(
        `SELECT handset.msisdn, 'hst_' || handset.last AS last, sender AS "from", text, received_at AS receivedAt
         FROM handset JOIN inbox ON inbox.rowid = handset.last
         WHERE handset.last < ? AND instr(handset.msisdn, ?) > 0 ORDER BY handset.last DESC LIMIT ?`,
        Number(before?.replace("hst_", "") ?? Number.MAX_SAFE_INTEGER),
        number,
        limit,
      )
      .toArray();
  }

  /** Empties one of them. @param at epoch ms */
  clearOne(msisdn: string, at: number): void {
    this.#sql.exec(
      `INSERT INTO cleared (msisdn, at, last) VALUES (?, ?, ${NEWEST})
       ON CONFLICT (msisdn) DO UPDATE SET at = excluded.at, last = excluded.last`,
      msisdn,
      at,
    );
    this.#sql.exec("DELETE FROM inbox WHERE msisdn = ?", msisdn);
    this.#sql.exec("DELETE FROM handset WHERE msisdn = ?", msisdn);
  }

  /** When it was emptied last, epoch ms. */
  clearedAt(msisdn: string): number | undefined {
    return one<{ at: number }>(this.#sql, "SELECT at FROM cleared WHERE msisdn = ?", msisdn)?.at;
  }

  clear(): void {
    for (const table of ["inbox", "handset", "cleared"]) this.#sql.exec(`DELETE FROM ${table}`);
  }
}

function toHandsetMessage({ channel, shown, ...message }: Row): HandsetMessage {
  return { ...message, ...(channel ? { channel } : {}), ...(shown ? { shown: JSON.parse(shown) } : {}) };
}

/** Matches a plain text without regard to case; anything else is also tried as a regular expression. */
function matcher(wanted: string | undefined): ((text: string) => boolean) | undefined {
  if (wanted === undefined || wanted === "") return undefined;
  const plain = wanted.toLowerCase();
  let expression: RegExp | undefined;
  try {
    expression = new RegExp(wanted, "iu");
  } catch {
    expression = undefined;
  }
  return (text) => text.toLowerCase().includes(plain) || (expression?.test(text.slice(0, 2_000)) ?? false);
}
