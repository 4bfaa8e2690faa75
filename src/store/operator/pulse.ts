/** Whether anything has happened, in D1: read off the ends of the tables, and by primary key. */

import { timePart } from "../../core/kernel/ids.ts";
import { present } from "../../core/kernel/present.ts";
import type { Newest, PulseStore } from "../../core/operator/pulse.ts";

/** The tables whose ids begin with their account's number, by the beginning of the id. */
const TABLES = { msg: "message", txn: "txn", whk: "webhook", sub: "subscription" } as const;
type Kind = keyof typeof TABLES;

/** Sorts after whatever follows the account in an id. */
const END = "~";
/** By how much the time in an id may be ahead of the reader's clock. Milliseconds. */
const A_MOMENT = 1_000;

export function pulseStore(db: D1Database): PulseStore {
  const newestBefore = async (end: string, account: string | undefined): Promise<Newest> => {
    const row = await db
      .prepare(
        `SELECT ${newestOf("msg", "message")}, ${newestOf("txn", "transaction")}, ${newestOf("whk", "webhook")},
           ${newestOf("sub", "subscription")},
           (SELECT substr(max(id), 5) FROM inbound WHERE id < 'inb_' || ?2) AS inbound
         FROM account WHERE ?1 IS NULL OR account.id = ?1`,
      )
      .bind(account ?? null, end)
      .first<Record<string, string | null>>();
    return present(row ?? {});
  };

  return {
    async newest(now, account) {
      const all = await newestBefore(END, account);
      const soon = timePart(now + A_MOMENT);
      if (Object.values(all).every((tail) => tail < soon)) return all;
      // The sandbox's clock was put back: what is new comes before what was made ahead of it.
      const past: Record<string, string> = await newestBefore(soon, account);
      return Object.fromEntries(Object.entries(all).map(([kind, tail]) => [kind, `${tail} ${past[kind] ?? ""}`]));
    },

    async changes(ids) {
      const kinds = Object.entries(TABLES) as [Kind, string][];
      const wanted = kinds.filter(([kind]) => ids.some((id) => id.startsWith(`${kind}_`)));
      if (wanted.length === 0) return {};
      const answers = await db.batch<{ id: string; changed_at: number }>(
        wanted.map(([kind, table]) =>
          db
            .prepare(`SELECT id, changed_at FROM ${table} WHERE id IN (SELECT value FROM json_each(?1))`)
            .bind(JSON.stringify(ids.filter((id) => id.startsWith(`${kind}_`)))),
        ),
      );
      return Object.fromEntries(answers.flatMap(({ results }) => results.map((row) => [row.id, row.changed_at])));
    },
  };
}

/** The last id of each account's range that comes before ?2, and of those the last: by what follows the account in it. */
function newestOf(kind: Kind, name: string): string {
  const table = TABLES[kind];
  return `max((SELECT substr(max(own.id), 11) FROM ${table} AS own
    WHERE own.id >= '${kind}_' || printf('%06d', account.number)
      AND own.id < '${kind}_' || printf('%06d', account.number) || ?2)) AS "${name}"`;
}
