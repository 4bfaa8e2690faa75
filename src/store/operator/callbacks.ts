/** Where accounts are called back, in D1. */

import { type Callback, type CallbackProduct, type CallbackStore, FORM_OF } from "../../core/accounts/callback.ts";
import { present } from "../../core/kernel/present.ts";
import { ported, type Query } from "../query.ts";

export function callbackStore(db: D1Database): CallbackStore {
  return ported<CallbackStore>(db, {
    callback,
    callbacks,
    put,
    putAddress,
    removeNumber,
  });
}

const callback: Query<CallbackStore, "callback"> = async (db, account, dialect) => {
  const row = await db
    .prepare("SELECT * FROM callback WHERE account_id = ?1 AND dialect = ?2 AND number = ''")
    .bind(account, dialect)
    .first<CallbackRow>();
  return row ? toCallback(row) : undefined;
};

const callbacks: Query<CallbackStore, "callbacks"> = async (db, account) => {
  const { results } = await db
    .prepare("SELECT * FROM callback WHERE account_id = ?1 ORDER BY dialect, number")
    .bind(account)
    .all<CallbackRow>();
  return results.map(toCallback);
};

const put: Query<CallbackStore, "put"> = async (db, callback) => {
  await db
    .prepare(
      `INSERT INTO callback
         (account_id, dialect, message_url, report_url, mms_message_url, mms_report_url, subscription_url, method,
          template, forms)
       VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)
       ON CONFLICT (account_id, dialect, number) DO UPDATE
       SET message_url = ?3, report_url = ?4, mms_message_url = ?5, mms_report_url = ?6, subscription_url = ?7,
           method = ?8, template = ?9, forms = ?10`,
    )
    .bind(
      callback.account,
      callback.dialect,
      callback.messageUrl ?? null,
      callback.reportUrl ?? null,
      callback.mmsMessageUrl ?? null,
      callback.mmsReportUrl ?? null,
      callback.subscriptionUrl ?? null,
      callback.method,
      callback.template ?? null,
      JSON.stringify(callback.forms),
    )
    .run();
};

const putAddress: Query<CallbackStore, "putAddress"> = async (
  db,
  { account, dialect, number = "", product, url, form },
) => {
  const column = COLUMN[product];
  await db
    .prepare(
      `INSERT INTO callback (account_id, dialect, number, ${column}, forms)
       VALUES (?1, ?2, ?3, ?4, json_object(?5, ?6))
       ON CONFLICT (account_id, dialect, number) DO UPDATE
       SET ${column} = ?4, forms = iif(?4 IS NULL, forms, json_set(forms, '$.' || ?5, ?6))`,
    )
    .bind(account, dialect, number, url ?? null, FORM_OF[product].own, form)
    .run();
};

const removeNumber: Query<CallbackStore, "removeNumber"> = async (db, { account, dialect, number }) => {
  const { meta } = await db
    .prepare("DELETE FROM callback WHERE account_id = ?1 AND dialect = ?2 AND number = ?3 AND number <> ''")
    .bind(account, dialect, number)
    .run();
  return meta.changes > 0;
};

const COLUMN = {
  messageUrl: "message_url",
  reportUrl: "report_url",
  mmsMessageUrl: "mms_message_url",
  mmsReportUrl: "mms_report_url",
} as const satisfies Record<CallbackProduct, string>;

export type CallbackRow = {
  account_id: string;
  dialect: string;
  number: string;
  message_url: string | null;
  report_url: string | null;
  mms_message_url: string | null;
  mms_report_url: string | null;
  subscription_url: string | null;
  method: Callback["method"];
  template: string | null;
  forms: string;
};

export function toCallback(row: CallbackRow): Callback {
  return {
    account: row.account_id,
    dialect: row.dialect,
    method: row.method,
    forms: JSON.parse(row.forms),
    ...(row.number ? { number: row.number } : {}),
    ...present({
      messageUrl: row.message_url,
      reportUrl: row.report_url,
      mmsMessageUrl: row.mms_message_url,
      mmsReportUrl: row.mms_report_url,
      subscriptionUrl: row.subscription_url,
      template: row.template,
    }),
  };
}
