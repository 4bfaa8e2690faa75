/** Charges, the ledger and purchase windows: what the operator sees of them, and giving back. */

import type { AccountStore } from "../accounts/store.ts";
import type { LedgerEntry } from "../billing/booking.ts";
import { reverse } from "../billing/charges/reverse.ts";
import type { LedgerFilter, TransactionFilter, TransactionStore } from "../billing/charges/store.ts";
import type { Transaction } from "../billing/charges/transaction.ts";
import type { Evidence } from "../billing/purchases/evidence.ts";
import type { WindowStore } from "../billing/purchases/store.ts";
import type { Window, WindowState } from "../billing/purchases/window.ts";
import type { SubscriptionStore } from "../billing/subscriptions/store.ts";
import type { Clock } from "../kernel/clock.ts";
import { GatewayError } from "../kernel/errors.ts";
import type { AccountId, Ids, SubscriptionId, TransactionId, WindowId } from "../kernel/ids.ts";
import type { Page, PageOf } from "../kernel/pages.ts";
import type { Jobs, Log } from "../kernel/ports.ts";
import type { Message } from "../messages/message.ts";
import type { MessageStore } from "../messages/store.ts";
import type { WebhookStore } from "../webhooks/store.ts";
import { type TimelineStep, timelineOf } from "./timeline.ts";

type LookPorts = { transactions: TransactionStore };

/** A page of the transactions, newest first. */
export function listTransactions(
  ports: LookPorts,
  filter: TransactionFilter,
  page: Page,
): Promise<PageOf<Transaction>> {
  return ports.transactions.list(filter, page);
}

/** @throws GatewayError not-found */
export async function findTransaction(ports: LookPorts, id: TransactionId): Promise<Transaction> {
  const transaction = await ports.transactions.byId(id);
  if (!transaction) throw new GatewayError("not-found", `there is no transaction ${id}`);
  return transaction;
}

/**
 * All that happened to a transaction, in order.
 * @throws GatewayError not-found
 */
export async function transactionTimeline(
  ports: LookPorts & { webhooks: WebhookStore },
  id: TransactionId,
): Promise<TimelineStep[]> {
  return timelineOf(ports, await findTransaction(ports, id));
}

/**
 * Reverses a billed charge. The reversal is a transaction of its own, and goes to the carrier like any other. Logs
 * `transaction.accepted`.
 * @throws GatewayError not-found; too-late where it is not billed, or is given back already
 */
export async function reverseTransaction(
  ports: LookPorts & { accounts: AccountStore; clock: Clock; ids: Ids; jobs: Jobs; log: Log },
  id: TransactionId,
): Promise<Transaction> {
  const original = await ports.transactions.byId(id);
  const account = original && (await ports.accounts.byId(original.account));
  if (!original || !account) throw new GatewayError("not-found", `there is no transaction ${id}`);
  return reverse(ports, account, original);
}

/** A page of the ledger, newest entries first. The entries of one transaction sum to zero. */
export function listLedger(ports: LookPorts, filter: LedgerFilter, page: Page): Promise<PageOf<LedgerEntry>> {
  return ports.transactions.ledger(filter, page);
}

/** What each book holds in each currency, in minor units; of one account or of all. */
export function balance(
  ports: LookPorts,
  account?: AccountId,
): Promise<{ book: string; currency: string; amount: number }[]> {
  return ports.transactions.balance(account);
}

/** A page of the purchase windows, newest first. */
export function listWindows(
  ports: { windows: WindowStore },
  filter: { account?: AccountId; state?: WindowState },
  page: Page,
): Promise<PageOf<Window>> {
  return ports.windows.list(filter, page);
}

type ConsentPorts = { windows: WindowStore; subscriptions: SubscriptionStore; messages: MessageStore };

/** What the person saw when they confirmed a purchase, with what became of the text that carried the code. */
export type ShownConsent = Evidence & {
  code?: Pick<Message, "id" | "recipient" | "state" | "acceptedAt" | "changedAt">;
};

/**
 * The evidence of a purchase.
 * @throws GatewayError not-found where nobody has confirmed it on a page, or it was before evidence was kept
 */
export async function consentOfWindow(ports: ConsentPorts, id: WindowId): Promise<ShownConsent> {
  return shown(ports, await ports.windows.evidence({ id }), id);
}

/**
 * The evidence of the purchase that began a subscription.
 * @throws GatewayError not-found likewise
 */
export async function consentOfSubscription(ports: ConsentPorts, id: SubscriptionId): Promise<ShownConsent> {
  const first = (await ports.subscriptions.byId(id))?.transaction;
  return shown(ports, first && (await ports.windows.evidence({ id: first })), id);
}

async function shown(ports: ConsentPorts, evidence: Evidence | undefined, id: string): Promise<ShownConsent> {
  if (!evidence) throw new GatewayError("not-found", `there is no evidence of ${id}: nobody confirmed it on a page`);
  const message = evidence.message && (await ports.messages.byId(evidence.message));
  if (!message) return evidence;
  const { recipient, state, acceptedAt, changedAt } = message;
  return { ...evidence, code: { id: message.id, recipient, state, acceptedAt, changedAt } };
}
