/**
 * The simulated network: what a carrier's side of the wire remembers. Handsets and their inboxes, messages taken, and
 * receipts still to be sent. It has storage of its own, so that what it says can be held against what we say.
 */

import { DurableObject } from "cloudflare:workers";
import type { QueryResult, Receipt, SubmitResult } from "../../core/messages/carrier.ts";
import type { Message, MessageId } from "../../core/messages/message.ts";
import type { Encoding } from "../../core/messages/text.ts";
import { CARRIER, type Fate, type Faults, fateOf, operatorOf, takesParts } from "./fates.ts";

/** What goes over the simulated wire. */
export type Submission = Pick<Message, "id" | "sender" | "recipient" | "text" | "encoding" | "parts">;

/** A text as the person sees it. */
export type HandsetMessage = {
  id: string;
  from: string;
  text: string;
  parts: number;
  encoding: Encoding;
  /** Epoch ms. */
  receivedAt: number;
};

const RECEIPTS_AT_ONCE = 1_000;

export abstract class Network<Env> extends DurableObject<Env> {
  #waiting = new Set<() => void>();

  constructor(state: DurableObjectState, env: Env) {
    super(state, env);
    this.#createTables();
  }

  /** Where receipts go. */
  protected abstract settle(receipts: readonly Receipt[]): Promise<void>;
  /** Epoch ms by the sandbox's clock. */
  protected abstract now(): Promise<number>;

  async submit(messages: readonly Submission[]): Promise<SubmitResult[]> {
    const now = await this.now();
    const results = messages.map((message) => this.#take(message, now));
    const early = results.flatMap(({ early }) => early ?? []);
    if (early.length > 0) await this.settle(early);
    for (const wake of this.#waiting) wake();
    await this.#setAlarm();
    if (results.some(({ hang }) => hang)) await new Promise((resolve) => setTimeout(resolve, 30_000));
    return results.map(({ result }) => result);
  }

  async query(ids: readonly MessageId[]): Promise<QueryResult[]> {
    const now = await this.now();
    return ids.map((id): QueryResult => {
      const row = this.#one<{ reference: string; receipt: string | null; operator: string | null }>(
        "SELECT reference, receipt, operator FROM taken WHERE message = ? ORDER BY rowid DESC LIMIT 1",
        id,
      );
      if (!row) return { outcome: "never-seen" };
      const receipt: Receipt | null = JSON.parse(row.receipt ?? "null");
      if (receipt && receipt.at <= now) return { outcome: "settled", reference: row.reference, receipt };
      return { outcome: "taken", reference: row.reference, ...(row.operator ? { operator: row.operator } : {}) };
    });
  }

  /** Sends the receipts that are due by now. A receipt is forgotten only when it was taken. */
  async tick(): Promise<void> {
    const now = await this.now();
    for (;;) {
      const due = this.ctx.storage.sql
        .exec<{ id: number; receipt: string }>(
          "SELECT id, receipt FROM owed WHERE due_at <= ? ORDER BY due_at, id LIMIT ?",
          now,
          RECEIPTS_AT_ONCE,
        )
        .toArray();
      if (due.length === 0) return;
      await this.settle(due.map(({ receipt }) => JSON.parse(receipt)));
      this.ctx.storage.sql.exec(
        "DELETE FROM owed WHERE id IN (SELECT value FROM json_each(?))",
        JSON.stringify(due.map(({ id }) => id)),
      );
    }
  }

  override async alarm(): Promise<void> {
    try {
      await this.tick();
    } catch (error) {
      console.log(JSON.stringify({ event: "simulator.receipts-kept", error: String(error) }));
      await this.ctx.storage.setAlarm(Date.now() + 1_000);
      return;
    }
    await this.#setAlarm();
  }

  /** Epoch ms when the next receipt is due. */
  async nextDue(): Promise<number | undefined> {
    return this.#one<{ due: number | null }>("SELECT min(due_at) AS due FROM owed")?.due ?? undefined;
  }

  /** Wakes up for what is due, after the clock was moved. */
  async clockMoved(): Promise<void> {
    await this.ctx.storage.deleteAlarm();
    await this.#setAlarm();
  }

  /**
   * The handset's inbox, oldest first. With `waitSeconds` the answer is held until something matches.
   * @param wanted.since epoch ms, exclusive; @param wanted.match a part of the text, or a regular expression
   */
  async inbox(
    msisdn: string,
    wanted: { since?: number; after?: string; match?: string; limit: number; waitSeconds: number },
  ): Promise<HandsetMessage[]> {
    const until = Date.now() + wanted.waitSeconds * 1000;
    const matches = matcher(wanted.match);
    for (;;) {
      const found = this.ctx.storage.sql
        .exec<HandsetMessage>(
          `SELECT 'hst_' || rowid AS id, sender AS "from", text, parts, encoding, received_at AS receivedAt
           FROM inbox WHERE msisdn = ? AND received_at > ? AND rowid > ? ORDER BY rowid LIMIT ?`,
          msisdn,
          wanted.since ?? -1,
          Number(wanted.after?.replace("hst_", "") ?? 0),
          matches ? 10_000 : wanted.limit,
        )
        .toArray()
        .filter((message) => matches?.(message.text) ?? true)
        .slice(0, wanted.limit);
      const left = until - Date.now();
      if (found.length > 0 || left <= 0) return found;
      await this.#somethingNew(left);
    }
  }

  async faults(): Promise<Faults> {
    return JSON.parse(this.#one<{ faults: string }>("SELECT faults FROM fault")?.faults ?? "{}");
  }

  async setFaults(faults: Faults): Promise<void> {
    this.ctx.storage.sql.exec("DELETE FROM fault");
    this.ctx.storage.sql.exec(
      "INSERT INTO fault (faults, left) VALUES (?, ?)",
      JSON.stringify(faults),
      faults.times ?? null,
    );
  }

  async reset(): Promise<void> {
    await this.ctx.storage.deleteAlarm();
    for (const table of ["taken", "inbox", "owed", "fault"]) this.ctx.storage.sql.exec(`DELETE FROM ${table}`);
  }

  #take(message: Submission, now: number): { result: SubmitResult; early?: Receipt[]; hang?: boolean } {
    const faults = this.#faultsFor();
    if (faults.busySeconds !== undefined) {
      return { result: { outcome: "busy", retryAfterSeconds: faults.busySeconds } };
    }
    if (faults.refuse) return { result: { outcome: "refused", reason: faults.refuse, detail: "a fault is set" } };
    if (!takesParts(message)) {
      const operator = operatorOf(message.recipient);
      return { result: { outcome: "refused", reason: "too-many-parts", detail: `${operator} takes fewer parts` } };
    }

    const reference = [...crypto.getRandomValues(new Uint8Array(6))]
      .map((byte) => byte.toString(16).padStart(2, "0"))
      .join("")
      .slice(0, 11);
    const fate = fateOf(message.recipient);
    if (fate.outcome === "delivered") {
      this.ctx.storage.sql.exec(
        "INSERT INTO inbox (msisdn, sender, text, parts, encoding, received_at) VALUES (?, ?, ?, ?, ?, ?)",
        message.recipient,
        message.sender,
        message.text,
        message.parts,
        message.encoding,
        now,
      );
    }
    const early = this.#owe(message, reference, fate, faults, now);
    const operator = operatorOf(message.recipient);
    const taken: SubmitResult = { outcome: "taken", reference, ...(operator ? { operator } : {}) };
    return {
      result: faults.loseAnswer ? { outcome: "unknown", detail: "the connection broke before the answer" } : taken,
      ...(early.length > 0 ? { early } : {}),
      ...(faults.hang ? { hang: true } : {}),
    };
  }

  /** Remembers the message and the receipts to be sent for it; answers those that are to overtake the answer. */
  #owe(message: Submission, reference: string, fate: Fate, faults: Faults, now: number): Receipt[] {
    const at = now + (faults.receiptDelaySeconds ?? 0) * 1000;
    const operator = operatorOf(message.recipient);
    const receipt: Receipt = {
      message: message.id,
      carrier: CARRIER,
      reference,
      ...fate,
      ...(operator ? { operator } : {}),
      at,
    };
    const lost = faults.loseReceipt === true;
    this.ctx.storage.sql.exec(
      "INSERT INTO taken (message, reference, operator, receipt, taken_at) VALUES (?, ?, ?, ?, ?)",
      message.id,
      reference,
      operator ?? null,
      lost ? null : JSON.stringify(receipt),
      now,
    );
    if (lost) return [];
    const opposite: Receipt =
      fate.outcome === "delivered"
        ? { ...receipt, outcome: "failed", reason: "undelivered" }
        : { ...receipt, outcome: "delivered" };
    const receipts = [
      ...Array.from({ length: 1 + (faults.duplicateReceipts ?? 0) }, () => receipt),
      ...(faults.contradict ? [opposite] : []),
    ];
    if (faults.earlyReceipt) return receipts;
    for (const one of receipts) {
      this.ctx.storage.sql.exec("INSERT INTO owed (due_at, receipt) VALUES (?, ?)", at, JSON.stringify(one));
    }
    return [];
  }

  /** The faults that hit the next message, counted down. */
  #faultsFor(): Faults {
    const row = this.#one<{ faults: string; left: number | null }>("SELECT faults, left FROM fault");
    if (!row) return {};
    const faults: Faults = JSON.parse(row.faults);
    if (faults.share !== undefined && Math.random() >= faults.share) return {};
    if (row.left !== null) {
      if (row.left <= 0) return {};
      this.ctx.storage.sql.exec("UPDATE fault SET left = left - 1");
    }
    return faults;
  }

  async #setAlarm(): Promise<void> {
    const due = this.#one<{ due: number | null }>("SELECT min(due_at) AS due FROM owed")?.due;
    if (due === null || due === undefined) return;
    const at = Date.now() + Math.max(0, due - (await this.now()));
    const set = await this.ctx.storage.getAlarm();
    if (set === null || set > at) await this.ctx.storage.setAlarm(at);
  }

  #somethingNew(within: number): Promise<void> {
    return new Promise((resolve) => {
      const wake = () => {
        clearTimeout(timer);
        this.#waiting.delete(wake);
        resolve();
      };
      const timer = setTimeout(wake, within);
      this.#waiting.add(wake);
    });
  }

  #one<Row extends Record<string, SqlStorageValue>>(sql: string, ...bound: SqlStorageValue[]): Row | undefined {
    return this.ctx.storage.sql.exec<Row>(sql, ...bound).toArray()[0];
  }

  #createTables(): void {
    this.ctx.storage.sql.exec(`
      CREATE TABLE IF NOT EXISTS taken (message TEXT, reference TEXT, operator TEXT, receipt TEXT, taken_at INTEGER);
      CREATE INDEX IF NOT EXISTS taken_message ON taken (message);
      CREATE TABLE IF NOT EXISTS inbox (
        msisdn TEXT, sender TEXT, text TEXT, parts INTEGER, encoding TEXT, received_at INTEGER
      );
      CREATE INDEX IF NOT EXISTS inbox_msisdn ON inbox (msisdn);
      CREATE TABLE IF NOT EXISTS owed (id INTEGER PRIMARY KEY, due_at INTEGER, receipt TEXT);
      CREATE INDEX IF NOT EXISTS owed_due ON owed (due_at);
      CREATE TABLE IF NOT EXISTS fault (faults TEXT, left INTEGER);
    `);
  }
}

/** A plain text is looked for as it is, in either case; what is no plain text is taken as a regular expression too. */
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
