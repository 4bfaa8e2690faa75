/** Senders in D1: which accounts have a number, which may share it, and what an account loses when it gives one up. */

import type { AccountState, Sender, SenderAnswers } from "../../core/accounts/account.ts";
import type { OptOutRule } from "../../core/accounts/rules.ts";
import type { AccountStore } from "../../core/accounts/store.ts";
import type { AccountId } from "../../core/kernel/ids.ts";
import { present } from "../../core/kernel/present.ts";
import { endingStatements } from "../billing/cancels.ts";
import type { Query } from "../query.ts";

/** @param yields the account that gives up a number when another one claims it, if there is one */
export const senderQueries = (yields?: AccountId) => ({
  putSender,
  claimSender: claimSender(yields),
  offerSender,
  senders,
  holders,
  removeSender,
  takenAmong,
});

const putSender: Query<AccountStore, "putSender"> = async (db, account, sender) => {
  await put(db, account, sender).run();
};

const claimSender =
  (yields?: AccountId): Query<AccountStore, "claimSender"> =>
  async (db, account, sender, { isShared, at }) => {
    const holders = await holdersOf(db, sender.sender);
    const others = holders.filter((holder) => holder !== account && holder !== yields);
    const [other] = others;
    if (other !== undefined && !isShared && !holders.includes(account)) return { outcome: "taken", by: other };
    const givenUp =
      yields !== undefined && yields !== account && holders.includes(yields)
        ? await giveUp(db, yields, sender.sender, account, at)
        : [];
    const takenBack = yields === account ? [db.prepare(FORGET_GIVEN_UP).bind(`${GIVEN_UP}${sender.sender}`)] : [];
    // Another account may have claimed it meanwhile: the write itself checks, too.
    const claim = put(db, account, sender, isShared || holders.includes(account) ? [] : [account, yields ?? account]);
    const results = await db.batch([...givenUp, ...takenBack, claim]);
    const isIn = (results.at(-1)?.meta.changes ?? 0) > 0;
    const [by = account] = isIn ? [] : (await holdersOf(db, sender.sender)).filter((one) => one !== account);
    return isIn ? { outcome: "put", isShared: others.length > 0 } : { outcome: "taken", by };
  };

const offerSender: Query<AccountStore, "offerSender"> = async (db, account, sender) => {
  await db
    .prepare(
      `INSERT INTO sender (account_id, sender, kind, country, short_number_id, purpose, sender_group, answers)
       SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8
       WHERE NOT EXISTS (SELECT 1 FROM sender AS other WHERE other.sender = ?2)
         AND NOT EXISTS (SELECT 1 FROM sandbox WHERE name = ?9)`,
    )
    .bind(...columns(account, sender), `${GIVEN_UP}${sender.sender}`)
    .run();
};

const senders: Query<AccountStore, "senders"> = async (db, account) => {
  const { results } = await db
    .prepare(
      `SELECT sender.*, sender.kind <> 'alphanumeric' AND EXISTS (
         SELECT 1 FROM sender AS other
         WHERE other.sender = sender.sender AND other.account_id <> sender.account_id) AS is_shared
       FROM sender WHERE account_id = ?1 ORDER BY sender`,
    )
    .bind(account)
    .all<SenderRow & { is_shared: 0 | 1 }>();
  return results.map((row) => ({ ...toSender(row), ...(row.is_shared === 1 ? { isShared: true } : {}) }));
};

const holders: Query<AccountStore, "holders"> = async (db, numbers) => {
  const { results } = await db
    .prepare(
      `SELECT sender.*, account.number AS account_number, account.name, account.state,
         account.settings->'optOut' AS opt_out, account.settings->>'sealed' AS is_sealed
       FROM json_each(?1) AS wanted CROSS JOIN sender ON sender.sender = wanted.value
       JOIN account ON account.id = sender.account_id
       WHERE sender.kind <> 'alphanumeric' ORDER BY account.number`,
    )
    .bind(JSON.stringify(numbers))
    .all<
      SenderRow & {
        account_number: number;
        name: string;
        state: AccountState;
        opt_out: string | null;
        is_sealed: 0 | 1 | null;
      }
    >();
  return results.map((row) => ({
    account: {
      id: row.account_id,
      number: row.account_number,
      name: row.name,
      isOpen: row.state === "open",
      ...(row.is_sealed === 1 ? { isSealed: true as const } : {}),
      ...present({ optOut: row.opt_out === null ? null : (JSON.parse(row.opt_out) as OptOutRule) }),
    },
    sender: toSender(row),
  }));
};

const removeSender: Query<AccountStore, "removeSender"> = async (db, account, sender) => {
  const { meta } = await db
    .prepare("DELETE FROM sender WHERE account_id = ?1 AND sender = ?2")
    .bind(account, sender)
    .run();
  return meta.changes > 0;
};

const takenAmong: Query<AccountStore, "takenAmong"> = async (db, senders) => {
  const { results } = await db
    .prepare("SELECT DISTINCT sender FROM sender WHERE sender IN (SELECT value FROM json_each(?1))")
    .bind(JSON.stringify(senders))
    .all<{ sender: string }>();
  return results.map(({ sender }) => sender);
};

/** @param alone if not empty, only these accounts may have the number: the write is not made if another one has it */
function put(
  db: D1Database,
  account: AccountId,
  sender: Sender,
  alone: readonly AccountId[] = [],
): D1PreparedStatement {
  return db
    .prepare(
      `INSERT INTO sender (account_id, sender, kind, country, short_number_id, purpose, sender_group, answers)
       SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8
       WHERE json_array_length(?9) = 0 OR NOT EXISTS (
         SELECT 1 FROM sender AS other
         WHERE other.sender = ?2 AND other.account_id NOT IN (SELECT value FROM json_each(?9)))
       ON CONFLICT (account_id, sender) DO UPDATE
       SET kind = ?3, country = ?4, short_number_id = ?5, purpose = ?6, sender_group = ?7, answers = ?8`,
    )
    .bind(...columns(account, sender), JSON.stringify(alone));
}

function columns(account: AccountId, { sender, kind, country, shortNumberId, purpose, group, answers }: Sender) {
  const chosen = [purpose ?? null, group ?? null, answers === undefined ? null : JSON.stringify(answers)] as const;
  return [account, sender, kind, country, shortNumberId ?? null, ...chosen] as const;
}

async function holdersOf(db: D1Database, sender: string): Promise<AccountId[]> {
  const { results } = await db
    .prepare("SELECT account_id FROM sender WHERE sender = ?1 ORDER BY account_id")
    .bind(sender)
    .all<{ account_id: string }>();
  return results.map(({ account_id }) => account_id);
}

/** The names of given-up numbers in the table `sandbox`, which a reset keeps: the demo account must not get them back. */
export const GIVEN_UP = "given up: ";
const FORGET_GIVEN_UP = "DELETE FROM sandbox WHERE name = ?1";

/**
 * An account gives up one of its numbers to another: its keywords there are deleted, and its services there move to another of
 * its short numbers, or are deleted. Its subscriptions there end, because their people would write STOP to the new owner.
 */
async function giveUp(
  db: D1Database,
  account: AccountId,
  number: string,
  to: AccountId,
  at: number,
): Promise<D1PreparedStatement[]> {
  const { results } = await db
    .prepare(
      // Those that we bill; they have an index of their own, by account.
      `SELECT subscription.id FROM subscription
       WHERE subscription.account_id = ?1 AND subscription.state <> 'cancelled' AND subscription.auto_rebill = 1
         AND subscription.service_id IN (
           SELECT service.id FROM service WHERE service.account_id = ?1 AND service.short_number = ?2)`,
    )
    .bind(account, number)
    .all<{ id: `sub_${string}` }>();
  const ids = (which: string) =>
    `(SELECT '"' || short_number_id || '"' FROM sender WHERE account_id = ?1 AND sender = ${which})`;
  const other = `(SELECT max(sender) FROM sender WHERE account_id = ?1 AND kind = 'short-number' AND sender <> ?2)`;
  return [
    ...(results.length > 0
      ? endingStatements(
          db,
          results.map(({ id }) => ({ id, by: "operator", at })),
        )
      : []),
    db.prepare("DELETE FROM keyword WHERE account_id = ?1 AND short_number = ?2").bind(account, number),
    db
      .prepare(`DELETE FROM service WHERE account_id = ?1 AND short_number = ?2 AND ${other} IS NULL`)
      .bind(account, number),
    db
      .prepare(
        `UPDATE service
         SET short_number = ${other}, terms = replace(terms, ' ' || ?2 || ' ', ' ' || ${other} || ' '), changed_at = ?3
         WHERE account_id = ?1 AND short_number = ?2`,
      )
      .bind(account, number, at),
    db
      .prepare(
        `UPDATE merchant SET short_number_ids = replace(short_number_ids, ${ids("?2")}, ${ids(other)}), changed_at = ?3
         WHERE account_id = ?1 AND ${ids("?2")} IS NOT NULL AND ${ids(other)} IS NOT NULL`,
      )
      .bind(account, number, at),
    db.prepare("DELETE FROM sender WHERE account_id = ?1 AND sender = ?2").bind(account, number),
    db
      .prepare("INSERT INTO sandbox (name, value) VALUES (?1, ?2) ON CONFLICT (name) DO UPDATE SET value = ?2")
      .bind(`${GIVEN_UP}${number}`, to),
  ];
}

export type SenderRow = {
  account_id: string;
  sender: string;
  kind: Sender["kind"];
  country: string;
  short_number_id: string | null;
  purpose: Sender["purpose"] | null;
  sender_group: string | null;
  answers: string | null;
};

export function toSender(row: SenderRow): Sender {
  return {
    sender: row.sender,
    kind: row.kind,
    country: row.country,
    ...present({ shortNumberId: row.short_number_id, purpose: row.purpose, group: row.sender_group }),
    ...present({ answers: row.answers === null ? null : (JSON.parse(row.answers) as SenderAnswers) }),
  };
}
