/** Reversing a billed charge. The reversal is a transaction of its own; the original's state only follows it. */

import type { Account, Credential } from "../../accounts/account.ts";
import type { Clock } from "../../kernel/clock.ts";
import { GatewayError } from "../../kernel/errors.ts";
import { accountNumberOf, type Ids } from "../../kernel/ids.ts";
import type { Jobs, Log } from "../../kernel/ports.ts";
import type { FourEyes } from "../../operator/approvals.ts";
import { logAccepted } from "./accept.ts";
import type { TransactionStore } from "./store.ts";
import type { Transaction } from "./transaction.ts";

/** How long a busy carrier is asked to give back. */
const REVERSAL_VALIDITY_MS = 30 * 86_400_000;

/**
 * Reverses a billed transaction. Asking twice is refused: it is reversed once.
 * @throws GatewayError too-late when it is not billed, is a reversal, or is being reversed already
 */
export async function reverse(
  ports: { clock: Clock; ids: Ids; transactions: TransactionStore; jobs: Jobs; log: Log },
  account: Pick<Account, "number">,
  original: Transaction,
): Promise<Transaction> {
  if (original.kind === "reversal") throw cannot(original, "it is a reversal itself");
  if (original.state === "reversed") throw cannot(original, "it is reversed already");
  if (original.state !== "billed") throw cannot(original, "it is not billed");
  const reversal = reversalOf(ports, account, original);
  const added = await ports.transactions.add([{ transaction: reversal }]);
  if (!added.has(reversal.id)) throw cannot(original, "its reversal was asked for already");
  logAccepted(ports.log, reversal);
  await ports.jobs.charge([reversal.id]);
  return reversal;
}

/** A credential may reverse much only when it was made, or changed, so long ago. Milliseconds. */
export const REVERSES_AFTER_MS = 24 * 3_600_000;

/**
 * Where much is given back only by two operators, neither may give it back alone as the customer, by a key that he has just made:
 * its making is in the audit log, and for a day it reverses no more than one operator may: a day of real time, like all that a credential
 * goes by.
 * @throws GatewayError not-allowed
 */
export function checkAge(
  { fourEyes, clock }: { fourEyes: FourEyes | undefined; clock: Clock },
  { name, changedAt }: Pick<Credential, "name" | "changedAt">,
  { amount, currency }: Pick<Transaction, "amount" | "currency">,
): void {
  const most = fourEyes?.reversals;
  const from = changedAt + REVERSES_AFTER_MS;
  if (most === undefined || amount <= most || clock.wall() >= from) return;
  throw new GatewayError(
    "not-allowed",
    `the credential ${name} is new or changed: until ${new Date(from).toISOString()} it reverses no more than ${most} minor units of ${currency}; two operators may reverse this`,
  );
}

/** The reversal of a charge that was billed after its person wrote STOP; written by the move that bills it. */
export function givenBack(ports: { clock: Clock; ids: Ids }, charge: Transaction): Transaction {
  const reversal = reversalOf(ports, { number: accountNumberOf(charge.id) }, charge);
  return { ...reversal, history: [{ at: reversal.acceptedAt, event: "reversal.after_stop", of: charge.id }] };
}

/** The row of a new reversal, which no carrier has seen: the same charge with a negative amount. */
export function reversalOf(
  ports: { clock: Clock; ids: Ids },
  account: Pick<Account, "number">,
  original: Transaction,
): Transaction {
  const now = ports.clock.now();
  return {
    id: ports.ids.transaction(account.number),
    account: original.account,
    dialect: original.dialect,
    theirId: reversalId(original.theirId),
    fingerprint: `reversal of ${original.id}`,
    kind: "reversal",
    merchant: original.merchant,
    ...(original.service ? { service: original.service } : {}),
    shortNumber: original.shortNumber,
    serviceCode: original.serviceCode,
    invoiceText: original.invoiceText,
    ...(original.recipient ? { recipient: original.recipient } : {}),
    amount: -original.amount,
    currency: original.currency,
    age: original.age,
    state: "ready",
    makesConsent: false,
    startsSubscription: false,
    reverses: original.id,
    // So that it is not forgotten while it is to give back.
    ...(original.carrier ? { carrier: original.carrier } : {}),
    registrationMinutes: 0,
    expiresAt: now + REVERSAL_VALIDITY_MS,
    acceptedAt: now,
    changedAt: now,
    dueAt: now,
    attempts: 0,
    echo: original.echo,
    history: [{ at: now, event: "reversal.requested", of: original.id }],
  };
}

export function reversalId(theirId: string): string {
  return `-${theirId}`;
}

function cannot(transaction: Transaction, why: string): GatewayError {
  return new GatewayError("too-late", `${transaction.theirId} cannot be reversed: ${why}`);
}
