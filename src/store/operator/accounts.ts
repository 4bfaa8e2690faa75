/** Accounts, credentials, senders and nonces in D1. */

import { type Account, type Caller, type Credential, normalSender } from "../../core/accounts/account.ts";
import type { AccountStore } from "../../core/accounts/store.ts";
import type { AccountId } from "../../core/kernel/ids.ts";
import { present } from "../../core/kernel/present.ts";
import { readBack } from "../idempotency/read-back.ts";
import { ported, type Query } from "../query.ts";
import { pageOf } from "../rows.ts";
import { type CallbackRow, toCallback } from "./callbacks.ts";
import { type SenderRow, senderQueries, toSender } from "./senders.ts";

/** @param yields the account that gives up a number when another one claims it, if there is one */
export function accountStore(db: D1Database, yields?: AccountId): AccountStore {
  return ported<AccountStore>(db, {
    byId,
    byNumber,
    list,
    add,
    change,
    addCredential,
    credentials,
    credentialsOfKind,
    credentialNames,
    credentialById,
    limitCredential,
    removeCredential,
    bySecret: (_, dialect, kind, hash) => caller(db, "secret_hash", dialect, kind, hash),
    byKeyName: (_, dialect, kind, name) => caller(db, "name", dialect, kind, name),
    spend,
    unspend,
    forgetNonces,
    retentions,
    ...senderQueries(yields),
  });
}

const byId: Query<AccountStore, "byId"> = async (db, id) => {
  const row = await db.prepare("SELECT * FROM account WHERE id = ?1").bind(id).first<AccountRow>();
  return row ? toAccount(row) : undefined;
};

const byNumber: Query<AccountStore, "byNumber"> = async (db, number) => {
  const row = await db.prepare("SELECT * FROM account WHERE number = ?1").bind(number).first<AccountRow>();
  return row ? toAccount(row) : undefined;
};

const list: Query<AccountStore, "list"> = async (db, page) => {
  const { results } = await db
    .prepare("SELECT * FROM account WHERE id > ?1 ORDER BY id LIMIT ?2")
    .bind(page.cursor ?? "", page.limit + 1)
    .all<AccountRow>();
  return pageOf(results, page.limit, toAccount, (row) => row.id);
};

const add: Query<AccountStore, "add"> = async (db, { id, name, settings, at }) => {
  const write = db
    .prepare(
      `INSERT INTO account (id, number, name, settings, created_at, changed_at)
       SELECT ?1, next.number, ?2, ?3, ?4, ?4
       FROM (SELECT coalesce(max(number), 0) + 1 AS number FROM account) AS next
       WHERE NOT EXISTS (SELECT 1 FROM page_name WHERE name = ?1)
       ON CONFLICT (id) DO NOTHING
       RETURNING *`,
    )
    .bind(id, name, JSON.stringify(settings), at);
  const row = await readBack(write, () =>
    db.prepare("SELECT * FROM account WHERE id = ?1").bind(id),
  ).first<AccountRow>();
  return row ? toAccount(row) : undefined;
};

/** Settings without those of whose members, however deep they lie, none is left. @param settings SQL */
function withoutEmpty(settings: string): string {
  return `(SELECT json_group_object(one.key, json(patched->one.fullkey))
           FROM (SELECT ${settings} AS patched), json_each(patched) AS one
           WHERE one.type <> 'object'
             OR EXISTS (SELECT 1 FROM json_tree(patched, one.fullkey) AS leaf WHERE leaf.atom IS NOT NULL))`;
}

const change: Query<AccountStore, "change"> = async (db, id, to, at) => {
  const row = await db
    .prepare(
      `UPDATE account
       SET name = coalesce(?2, name), settings = ${withoutEmpty("json_patch(settings, ?3)")},
           state = coalesce(?4, state), changed_at = ?5
       WHERE id = ?1
       RETURNING *`,
    )
    .bind(id, to.name ?? null, JSON.stringify(to.settings ?? {}), to.state ?? null, at)
    .first<AccountRow>();
  return row ? toAccount(row) : undefined;
};

const addCredential: Query<AccountStore, "addCredential"> = async (db, credential) => {
  const { meta } = await db
    .prepare(
      `INSERT INTO credential
         (id, account_id, dialect, kind, name, found_by, secret_hash, public_key, sign_algo, not_before, expires_at,
          created_at, changed_at, scopes, addresses)
       VALUES (?1, ?2, ?3, ?4, ?5, ?12, ?6, ?7, ?8, ?9, ?10, ?11, ?11, ?13, ?14)
       ON CONFLICT DO NOTHING`,
    )
    .bind(
      credential.id,
      credential.account,
      credential.dialect,
      credential.kind,
      credential.name,
      credential.secretHash ?? null,
      credential.publicKey ?? null,
      credential.signAlgo ?? null,
      credential.notBefore ?? null,
      credential.expiresAt ?? null,
      credential.createdAt,
      credential.foundBy,
      toList(credential.scopes),
      toList(credential.addresses),
    )
    .run();
  return meta.changes > 0;
};

const credentials: Query<AccountStore, "credentials"> = async (db, account, page) => {
  const { results } = await db
    .prepare("SELECT * FROM credential WHERE account_id = ?1 AND id > ?2 ORDER BY id LIMIT ?3")
    .bind(account, page.cursor ?? "", page.limit + 1)
    .all<CredentialRow>();
  return pageOf(results, page.limit, toCredential, (row) => row.id);
};

const credentialsOfKind: Query<AccountStore, "credentialsOfKind"> = async (db, account, dialect, kind) => {
  const { results } = await db
    .prepare("SELECT * FROM credential WHERE account_id = ?1 AND dialect = ?2 AND kind = ?3 ORDER BY name")
    .bind(account, dialect, kind)
    .all<CredentialRow>();
  return results.map(toCredential);
};

const credentialNames: Query<AccountStore, "credentialNames"> = async (db, { dialect, kind, account }, page) => {
  const { results } = await db
    .prepare(
      `SELECT name, account_id AS account FROM credential
       WHERE dialect = ?1 AND kind = ?2 AND found_by = 'name' AND name > ?3 ${account === undefined ? "" : "AND account_id = ?5"}
       ORDER BY name LIMIT ?4`,
    )
    .bind(dialect, kind, page.cursor ?? "", page.limit + 1, ...(account === undefined ? [] : [account]))
    .all<{ name: string; account: AccountId }>();
  return pageOf(
    results,
    page.limit,
    (row) => row,
    ({ name }) => name,
  );
};

const credentialById: Query<AccountStore, "credentialById"> = async (db, account, id) => {
  const row = await db
    .prepare("SELECT * FROM credential WHERE account_id = ?1 AND id = ?2")
    .bind(account, id)
    .first<CredentialRow>();
  return row ? toCredential(row) : undefined;
};

const limitCredential: Query<AccountStore, "limitCredential"> = async (db, account, id, to, at) => {
  const row = await db
    .prepare(
      `UPDATE credential
       SET scopes = iif(?3, ?4, scopes), addresses = iif(?5, ?6, addresses), limits = iif(?8, ?9, limits), changed_at = ?7
       WHERE account_id = ?1 AND id = ?2
       RETURNING *`,
    )
    .bind(
      ...[account, id],
      ...[to.scopes === undefined ? 0 : 1, toList(to.scopes)],
      ...[to.addresses === undefined ? 0 : 1, toList(to.addresses)],
      at,
      ...[to.limits === undefined ? 0 : 1, to.limits ? JSON.stringify(to.limits) : null],
    )
    .first<CredentialRow>();
  return row ? toCredential(row) : undefined;
};

/** A list as its column has it. */
function toList(list: readonly string[] | null | undefined): string | null {
  return list ? JSON.stringify(list) : null;
}

const removeCredential: Query<AccountStore, "removeCredential"> = async (db, account, id) => {
  const { meta } = await db.prepare("DELETE FROM credential WHERE account_id = ?1 AND id = ?2").bind(account, id).run();
  return meta.changes > 0;
};

const spend: Query<AccountStore, "spend"> = async (db, once, claim) => {
  const { meta } = await db
    .prepare("INSERT INTO nonce (credential_id, nonce, claim, until) VALUES (?1, ?2, ?3, ?4) ON CONFLICT DO NOTHING")
    .bind(once.credential, once.nonce, claim, once.until)
    .run();
  return meta.changes > 0;
};

const unspend: Query<AccountStore, "unspend"> = async (db, once, claim) => {
  await db
    .prepare("DELETE FROM nonce WHERE credential_id = ?1 AND nonce = ?2 AND claim = ?3")
    .bind(once.credential, once.nonce, claim)
    .run();
};

const retentions: Query<AccountStore, "retentions"> = async (db) => {
  const { results } = await db
    .prepare("SELECT id, settings->'retention' AS retention FROM account WHERE settings->'retention' IS NOT NULL")
    .all<{ id: string; retention: string }>();
  return results.map(({ id, retention }) => ({ account: id, retention: JSON.parse(retention) }));
};

const forgetNonces: Query<AccountStore, "forgetNonces"> = async (db, before, limit) => {
  const { meta } = await db
    .prepare(
      `DELETE FROM nonce WHERE (credential_id, nonce) IN (
         SELECT credential_id, nonce FROM nonce WHERE until < ?1 LIMIT ?2)`,
    )
    .bind(before, limit)
    .run();
  return meta.changes;
};

/** The index of each column holds these only; SQLite uses it only where the question says so in the same words. */
const FOUND_BY = { secret_hash: "credential.found_by = 'secret'", name: "credential.found_by = 'name'" } as const;

/** Credential, account, senders and callbacks in one read: this stands before every request. */
async function caller(
  db: D1Database,
  column: "secret_hash" | "name",
  dialect: string,
  kind: Credential["kind"],
  value: string,
): Promise<Caller | undefined> {
  const [credentials, senders, callbacks] = await db.batch([
    db
      .prepare(
        `SELECT credential.*, json_object('id', account.id, 'number', account.number, 'name', account.name,
           'state', account.state, 'settings', account.settings, 'created_at', account.created_at,
           'changed_at', account.changed_at) AS account
         FROM credential JOIN account ON account.id = credential.account_id
         WHERE credential.dialect = ?1 AND credential.kind = ?2 AND credential.${column} = ?3 AND ${FOUND_BY[column]}
           AND account.state = 'open'`,
      )
      .bind(dialect, kind, value),
    db
      .prepare(
        `SELECT sender.* FROM credential JOIN sender ON sender.account_id = credential.account_id
         WHERE credential.dialect = ?1 AND credential.kind = ?2 AND credential.${column} = ?3 AND ${FOUND_BY[column]}`,
      )
      .bind(dialect, kind, value),
    db
      .prepare(
        `SELECT callback.* FROM credential
         JOIN callback ON callback.account_id = credential.account_id AND callback.dialect = credential.dialect
         WHERE credential.dialect = ?1 AND credential.kind = ?2 AND credential.${column} = ?3 AND ${FOUND_BY[column]}`,
      )
      .bind(dialect, kind, value),
  ]);
  const [row] = (credentials?.results ?? []) as (CredentialRow & { account: string })[];
  if (!row) return undefined;
  return {
    account: toAccount(JSON.parse(row.account)),
    credential: toCredential(row),
    senders: new Map(
      ((senders?.results ?? []) as SenderRow[]).map((sender) => [normalSender(sender.sender), toSender(sender)]),
    ),
    callbacks: new Map(((callbacks?.results ?? []) as CallbackRow[]).map((row) => [row.number, toCallback(row)])),
  };
}

type AccountRow = {
  id: string;
  number: number;
  name: string;
  state: Account["state"];
  settings: string;
  created_at: number;
  changed_at: number;
};

function toAccount(row: AccountRow): Account {
  return {
    id: row.id,
    number: row.number,
    name: row.name,
    state: row.state,
    settings: JSON.parse(row.settings),
    createdAt: row.created_at,
    changedAt: row.changed_at,
  };
}

type CredentialRow = {
  id: string;
  account_id: string;
  dialect: string;
  kind: string;
  name: string;
  found_by: Credential["foundBy"];
  secret_hash: string | null;
  public_key: string | null;
  sign_algo: Credential["signAlgo"] | null;
  not_before: number | null;
  expires_at: number | null;
  created_at: number;
  changed_at: number;
  scopes: string | null;
  addresses: string | null;
  limits: string | null;
};

function toCredential(row: CredentialRow): Credential {
  return {
    id: row.id,
    account: row.account_id,
    dialect: row.dialect,
    kind: row.kind,
    name: row.name,
    foundBy: row.found_by,
    createdAt: row.created_at,
    changedAt: row.changed_at,
    ...present({
      secretHash: row.secret_hash,
      publicKey: row.public_key,
      signAlgo: row.sign_algo,
      notBefore: row.not_before,
      expiresAt: row.expires_at,
      scopes: row.scopes === null ? null : JSON.parse(row.scopes),
      addresses: row.addresses === null ? null : JSON.parse(row.addresses),
      limits: row.limits === null ? null : JSON.parse(row.limits),
    }),
  };
}
