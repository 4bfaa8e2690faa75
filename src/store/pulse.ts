/** Whether anything has happened, in D1: read off the ends of the tables, and by primary key. */

import type { PulseStore } from "../core/pulse.ts";
import { present } from "./rows.ts";

/** The tables whose ids begin with their account's number, by the beginning of the id. */
const TABLES = { msg: "message", txn: "txn", whk: "webhook", sub: "subscription" } as const;
type Kind = keyof typeof TABLES;

export function pulseStore(db: D1Database): PulseStore {
  return {
    async newest(account) {
      const row = await db
        .prepare(
          `SELECT ${newestOf("msg", "message")}, ${newestOf("txn", "transaction")}, ${newestOf("whk", "webhook")},
             ${newestOf("sub", "subscription")}, (SELECT max(id) FROM inbound) AS inbound
           FROM account WHERE ?1 IS NULL OR account.id = ?1`,
        )
        .bind(account ?? null)
        .first<Record<string, string | null>>();
      return present(row ?? {});
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

/** The last id of each account's range, and of those the one that is last: by what follows the account in it. */
function newestOf(kind: Kind, name: string): string {
  const table = TABLES[kind];
  return `max((SELECT substr(max(own.id), 11) FROM ${table} AS own
    WHERE own.id >= '${kind}_' || printf('%06d', account.number)
      AND own.id < '${kind}_' || printf('%06d', account.number) || '~')) AS "${name}"`;
}
