/** The table `txn`: its columns, a row as a transaction, and a transaction as a row. */

import type { Transaction } from "../../../core/billing/charges/transaction.ts";
import { present } from "../../../core/kernel/present.ts";

export type TransactionRow = {
  id: Transaction["id"];
  account_id: string;
  dialect: string;
  their_id: string;
  fingerprint: string;
  kind: Transaction["kind"];
  merchant_id: string;
  service_id: string | null;
  short_number: string;
  service_code: string;
  invoice_text: string;
  recipient: string | null;
  amount: number;
  currency: string;
  age: number;
  state: Transaction["state"];
  reason: Transaction["reason"] | null;
  waits_for: Transaction["waitsFor"] | null;
  consent: string | null;
  consent_description: string | null;
  makes_consent: 0 | 1;
  starts_subscription: 0 | 1;
  terms: string | null;
  guard: string | null;
  message_id: Transaction["message"] | null;
  subscription_id: Transaction["subscription"] | null;
  period: number | null;
  reverses: Transaction["reverses"] | null;
  registration_minutes: number;
  expires_at: number;
  accepted_at: number;
  changed_at: number;
  due_at: number | null;
  attempts: number;
  disputed_at: number | null;
  echo: string;
  carrier: string | null;
  reference: string | null;
  operator: string | null;
  history: string;
  one_time_password: string | null;
};

/** The columns of a new row, as `toTransactionRow` names them. */
export const NEW_TRANSACTION = [
  "id",
  "account_id",
  "dialect",
  "their_id",
  "fingerprint",
  "kind",
  "merchant_id",
  "service_id",
  "short_number",
  "service_code",
  "invoice_text",
  "recipient",
  "amount",
  "currency",
  "age",
  "state",
  "reason",
  "waits_for",
  "consent",
  "consent_description",
  "makes_consent",
  "starts_subscription",
  "terms",
  "guard",
  "message_id",
  "subscription_id",
  "period",
  "reverses",
  "registration_minutes",
  "expires_at",
  "accepted_at",
  "changed_at",
  "due_at",
  "attempts",
  "echo",
  "history",
  "carrier",
  "one_time_password",
] as const satisfies readonly (keyof TransactionRow)[];

export function toTransaction(row: TransactionRow): Transaction {
  return {
    id: row.id,
    account: row.account_id,
    dialect: row.dialect,
    theirId: row.their_id,
    fingerprint: row.fingerprint,
    kind: row.kind,
    merchant: row.merchant_id,
    shortNumber: row.short_number,
    serviceCode: row.service_code,
    invoiceText: row.invoice_text,
    amount: row.amount,
    currency: row.currency,
    age: row.age,
    state: row.state,
    makesConsent: row.makes_consent === 1,
    startsSubscription: row.starts_subscription === 1,
    registrationMinutes: row.registration_minutes,
    expiresAt: row.expires_at,
    acceptedAt: row.accepted_at,
    changedAt: row.changed_at,
    attempts: row.attempts,
    echo: JSON.parse(row.echo),
    history: JSON.parse(row.history),
    ...present({
      service: row.service_id,
      recipient: row.recipient,
      reason: row.reason,
      waitsFor: row.waits_for,
      consent: row.consent,
      consentDescription: row.consent_description,
      terms: row.terms === null ? null : JSON.parse(row.terms),
      guard: row.guard,
      message: row.message_id,
      subscription: row.subscription_id,
      period: row.period,
      reverses: row.reverses,
      dueAt: row.due_at,
      carrier: row.carrier,
      reference: row.reference,
      operator: row.operator,
      oneTimePassword: row.one_time_password,
      disputedAt: row.disputed_at,
    }),
  };
}

/** `echo` and `history` stay objects until the database has them. */
export function toTransactionRow(transaction: Transaction): Record<(typeof NEW_TRANSACTION)[number], unknown> {
  return {
    id: transaction.id,
    account_id: transaction.account,
    dialect: transaction.dialect,
    their_id: transaction.theirId,
    fingerprint: transaction.fingerprint,
    kind: transaction.kind,
    merchant_id: transaction.merchant,
    service_id: transaction.service ?? null,
    short_number: transaction.shortNumber,
    service_code: transaction.serviceCode,
    invoice_text: transaction.invoiceText,
    recipient: transaction.recipient ?? null,
    amount: transaction.amount,
    currency: transaction.currency,
    age: transaction.age,
    state: transaction.state,
    reason: transaction.reason ?? null,
    waits_for: transaction.waitsFor ?? null,
    consent: transaction.consent ?? null,
    consent_description: transaction.consentDescription ?? null,
    makes_consent: transaction.makesConsent ? 1 : 0,
    starts_subscription: transaction.startsSubscription ? 1 : 0,
    terms: transaction.terms ?? null,
    guard: transaction.guard ?? null,
    message_id: transaction.message ?? null,
    subscription_id: transaction.subscription ?? null,
    period: transaction.period ?? null,
    reverses: transaction.reverses ?? null,
    registration_minutes: transaction.registrationMinutes,
    expires_at: transaction.expiresAt,
    accepted_at: transaction.acceptedAt,
    changed_at: transaction.changedAt,
    due_at: transaction.dueAt ?? null,
    attempts: transaction.attempts,
    echo: transaction.echo,
    history: transaction.history,
    carrier: transaction.carrier ?? null,
    one_time_password: transaction.oneTimePassword ?? null,
  };
}
