/**
 * Who judges. It keeps a simple model of its own of what was promised to whom, hears what clients, people, receivers and
 * the carrier saw with their own eyes, and looks after each event at every row that changed.
 */

import type { DatabaseSync } from "node:sqlite";
import type { Receipt } from "../../src/core/messages/carrier.ts";
import { DATA_KEYS } from "../exchanges.ts";
import type { Answer, Call } from "../ground/cloud.ts";
import type { Bill, NetworkWitness, Shown } from "../network.ts";
import type { Received } from "../receivers.ts";
import { isSealedWith, openedRow } from "./sealed.ts";

export type PromiseName = "P1" | "P2" | "P3" | "P4" | "P5" | "P6" | "P7" | "P8" | "P9" | "P10" | "P11" | "P12" | "P13";

/** A promise was not kept. */
export class Breach extends Error {
  readonly promise: PromiseName;
  constructor(promise: PromiseName, what: string) {
    super(what);
    this.promise = promise;
  }
}

export type Row = Record<string, string | number | null>;

/** Notes a row once. Not by OR IGNORE: what an upsert says of conflicts holds for its triggers as well. */
const NOTE = (table: string, key: string) =>
  `INSERT INTO touched SELECT '${table}', ${key}
   WHERE NOT EXISTS (SELECT 1 FROM temp.touched AS known WHERE known.name = '${table}' AND known.key = ${key})`;

/** The tables that are looked at, each with the columns that name a row. */
const WATCHED = {
  message: ["id"],
  txn: ["id"],
  webhook: ["id"],
  ledger: ["id"],
  subscription: ["id"],
  period: ["subscription_id", "period"],
  win: ["id"],
  pin: ["account_id", "purpose", "their_id", "created_at"],
  inbound: ["id"],
  consent: ["account_id", "merchant_id", "service_id", "recipient"],
  suppression: ["account_id", "number", "recipient"],
  event: ["account_id", "number"],
  event_log: ["account_id"],
  named_endpoint: ["account_id", "name"],
  campaign: ["id"],
  code_area: ["account_id", "area"],
} as const;

export type Watched = keyof typeof WATCHED;

/** The tables that have something sealed in them. */
const SEALED_TABLES = ["message", "campaign_recipient", "inbound", "inbound_part", "suppression", "event", "webhook"];

/** What watches one kind of thing. Of what the carrier, the receivers and the clients see, it hears what it asks for. */
export type Watch = Partial<NetworkWitness> & {
  /** A customer's server took a call. */
  received?(call: Received): void;
  /** A client got an answer. */
  answered?(call: Call, answer: Answer): void;
  /** A row came, changed or went. `before` is as it was last seen. */
  changed?(table: Watched, before: Row | undefined, after: Row | undefined): void;
  /** All that changed together has been told. */
  stepped?(): void;
  /** Everything has come to rest: what was still to come must have come by now. */
  atRest?(): void;
};

export class Oracle implements NetworkWitness {
  breach: Breach | undefined;
  readonly sqlite: DatabaseSync;
  /** The keys that numbers and texts may be sealed with, as `DATA_KEY` lists them. */
  dataKeys: readonly string[] = DATA_KEYS;
  #watches: Watch[] = [];
  #known = new Map<string, Row>();
  #seen = 0;

  constructor(sqlite: DatabaseSync) {
    this.sqlite = sqlite;
    sqlite.exec(
      "CREATE TEMP TABLE touched (name TEXT NOT NULL, key TEXT NOT NULL, PRIMARY KEY (name, key)) WITHOUT ROWID",
    );
    for (const [table, columns] of Object.entries(WATCHED)) {
      for (const [kind, row] of [
        ["INSERT", "NEW"],
        ["UPDATE", "NEW"],
        // A key may change as well: the person in it was erased.
        ["UPDATE", "OLD"],
        ["DELETE", "OLD"],
      ] as const) {
        const key = `json_array(${columns.map((column) => `${row}.${column}`).join(", ")})`;
        sqlite.exec(
          `CREATE TEMP TRIGGER ${table}_${kind}_${row} AFTER ${kind} ON main.${table}
           BEGIN ${NOTE(table, key)}; END`,
        );
      }
    }
  }

  add<W extends Watch>(watch: W): W {
    this.#watches.push(watch);
    return watch;
  }

  /** A promise was seen to be broken. The first one counts. */
  report(promise: PromiseName, what: string): void {
    this.breach ??= new Breach(promise, what);
  }

  handed(...seen: Parameters<NetworkWitness["handed"]>): void {
    for (const watch of this.#watches) watch.handed?.(...seen);
  }
  shown(text: Shown): void {
    for (const watch of this.#watches) watch.shown?.(text);
  }
  askedToBill(...seen: Parameters<NetworkWitness["askedToBill"]>): void {
    for (const watch of this.#watches) watch.askedToBill?.(...seen);
  }
  billed(bill: Bill): void {
    for (const watch of this.#watches) watch.billed?.(bill);
  }
  says(receipt: Receipt): void {
    for (const watch of this.#watches) watch.says?.(receipt);
  }
  toldOfText(receipt: Receipt): void {
    for (const watch of this.#watches) watch.toldOfText?.(receipt);
  }
  received(call: Received): void {
    for (const watch of this.#watches) watch.received?.(call);
  }
  answered(call: Call, answer: Answer): void {
    for (const watch of this.#watches) watch.answered?.(call, answer);
  }

  /** Looks at what has changed since it looked last. */
  look(): void {
    const total = Number(this.#read("SELECT total_changes() AS n")[0]?.n);
    if (total === this.#seen) return;
    const touched = this.#read("SELECT name, key FROM temp.touched") as { name: Watched; key: string }[];
    this.sqlite.exec("DELETE FROM temp.touched");
    for (const { name, key } of touched) {
      const columns: readonly string[] = WATCHED[name];
      const [stored] = this.#read(
        `SELECT * FROM ${name} WHERE ${columns.map((column, n) => `${column} IS ?${n + 1}`).join(" AND ")}`,
        JSON.parse(key),
      ) as Row[];
      const after = stored && this.#open(name, stored);
      const before = this.#known.get(name + key);
      if (after) this.#known.set(name + key, after);
      else this.#known.delete(name + key);
      for (const watch of this.#watches) watch.changed?.(name, before, after);
    }
    for (const watch of this.#watches) watch.stepped?.();
    this.#seen = Number(this.#read("SELECT total_changes() AS n")[0]?.n);
  }

  /** The operator was told that all rows are sealed with another key than this, and takes it away: nothing that it sealed is left. */
  dataKeyGoes(name: string): void {
    this.look();
    for (const table of SEALED_TABLES) {
      const left = this.#read(`SELECT * FROM ${table}`).find((row) => isSealedWith(row, name));
      if (left) this.report("P1", `a row of ${table} is still sealed with key ${name}: ${JSON.stringify(left)}`);
    }
    this.dataKeys = this.dataKeys.filter((key) => !key.startsWith(`${name}:`));
  }

  /** A sealed row that does not open is lost. */
  #open(table: Watched, row: Row): Row {
    try {
      return openedRow(row, this.dataKeys);
    } catch (error) {
      this.report("P1", `a row of ${table} does not open: ${String(error)}: ${JSON.stringify(row)}`);
      return row;
    }
  }

  /** All rows of a table as they were last seen. */
  rows(table: Watched): Row[] {
    return [...this.#known].filter(([key]) => key.startsWith(`${table}[`)).map(([, row]) => row);
  }

  atRest(): void {
    this.look();
    for (const watch of this.#watches) watch.atRest?.();
  }

  #prepared = new Map<string, ReturnType<DatabaseSync["prepare"]>>();

  #read(sql: string, given: (string | number | null)[] = []): Row[] {
    let statement = this.#prepared.get(sql);
    if (!statement) {
      statement = this.sqlite.prepare(sql);
      this.#prepared.set(sql, statement);
    }
    return statement.all(...given) as Row[];
  }
}
