/**
 * A carrier that bills, with books of its own: the witness against which ours are held. It trusts us completely: asked
 * twice, it bills twice, and the books show it.
 */

import type {
  Billing,
  ChargeQueryResult,
  ChargeReceipt,
  ChargeResult,
} from "../../src/core/billing/charges/carrier.ts";
import type { Transaction } from "../../src/core/billing/charges/transaction.ts";
import type { TransactionId } from "../../src/core/kernel/ids.ts";
import type { Reason } from "../../src/core/kernel/reasons.ts";
import type { Carrier } from "../../src/core/messages/carrier.ts";
import type { Message } from "../../src/core/messages/message.ts";

/**
 * What becomes of a charge at the bank.
 * *lost*: it bills, and the answer does not reach us. *dropped*: nothing reached it, and we are not told so either.
 */
export type Fate =
  | { is: "billed" }
  | { is: "taken" }
  | { is: "refused"; reason: Reason }
  | { is: "busy"; seconds?: number }
  | { is: "lost" }
  | { is: "dropped" };

export type Bill = { transaction: TransactionId; recipient: string | undefined; amount: number; currency: string };

export type Bank = {
  carrier: Carrier;
  /** Each charge and reversal it was asked for, in order, as often as it was asked. */
  asked: TransactionId[];
  /** Its books. */
  bills: Bill[];
  /** The texts it was handed. */
  texts: Message[];
  /** What becomes of a charge; `asked` counts from 1 for each. Billed, unless the test says otherwise. */
  fate: (transaction: Transaction, asked: number) => Fate;
  /** What it says when it is asked what became of a charge: what it knows, unless the test says otherwise. */
  tells: (transaction: Transaction) => ChargeQueryResult;
  /** Awaited before it does anything, and after it did it but before it answers: for tests that hold its hand. */
  before: () => Promise<void> | void;
  after: () => Promise<void> | void;
  timesAsked(id: TransactionId): number;
  /** Ends charges that it has taken: bills them, or not; the receipts are the test's to bring. */
  end(id: TransactionId, outcome?: "billed" | "failed"): ChargeReceipt;
  /** Its word on a charge, true or not. */
  receipt(id: TransactionId, outcome: ChargeReceipt["outcome"], reason?: Reason): ChargeReceipt;
};

export function openBank(now: () => number, name = "bank"): Bank {
  const known = new Map<TransactionId, { state: "taken" | "billed" | Reason; transaction: Transaction }>();
  const reference = (id: TransactionId) => `ref-${id.slice(-10)}`;

  const bill = (transaction: Transaction) => {
    const { id, recipient, amount, currency } = transaction;
    bank.bills.push({ transaction: id, recipient, amount, currency });
    known.set(id, { state: "billed", transaction });
  };

  const answerTo = (transaction: Transaction): ChargeResult => {
    const { id } = transaction;
    bank.asked.push(id);
    const fate = bank.fate(transaction, bank.timesAsked(id));
    switch (fate.is) {
      case "billed":
        bill(transaction);
        return { outcome: "billed", reference: reference(id), operator: "Telenor", at: now() };
      case "taken":
        known.set(id, { state: "taken", transaction });
        return { outcome: "taken", reference: reference(id) };
      case "refused":
        known.set(id, { state: fate.reason, transaction });
        return { outcome: "refused", reason: fate.reason };
      case "busy":
        return { outcome: "busy", retryAfterSeconds: fate.seconds ?? 1 };
      case "lost":
        bill(transaction);
        return { outcome: "unknown", detail: "no answer" };
      case "dropped":
        return { outcome: "unknown", detail: "no answer" };
    }
  };

  const answer = async (transactions: readonly Transaction[]) => {
    await bank.before();
    const results = transactions.map(answerTo);
    await bank.after();
    return results;
  };

  const billing: Billing = {
    charge: answer,
    reverse: answer,
    query: async (transactions) => transactions.map((transaction) => bank.tells(transaction)),
    subscriber: async () => ({
      standing: "full",
      isPrepaid: false,
      perTransaction: -1,
      leftThisMonth: -1,
      leftThisYear: -1,
    }),
    sendRegistration: async () => {},
  };

  const bank: Bank = {
    carrier: {
      name,
      kind: "bank",
      billing,
      submit: async (messages) => {
        bank.texts.push(...messages);
        return messages.map(({ id }) => ({ outcome: "taken", reference: `text-${id}` }));
      },
      query: async (messages) =>
        messages.map(({ id }) =>
          bank.texts.some((text) => text.id === id)
            ? { outcome: "taken", reference: `text-${id}` }
            : { outcome: "never-seen" },
        ),
    },
    asked: [],
    bills: [],
    texts: [],
    fate: () => ({ is: "billed" }),
    tells: ({ id }) => {
      const one = known.get(id);
      if (!one) return { outcome: "never-seen" };
      if (one.state === "taken") return { outcome: "taken", reference: reference(id) };
      return {
        outcome: "settled",
        receipt: one.state === "billed" ? bank.receipt(id, "billed") : bank.receipt(id, "failed", one.state),
      };
    },
    before: () => {},
    after: () => {},
    timesAsked: (id) => bank.asked.filter((one) => one === id).length,
    end(id, outcome = "billed") {
      const one = known.get(id);
      if (one?.state !== "taken") throw new Error(`the bank has no open charge ${id}`);
      if (outcome === "billed") bill(one.transaction);
      else known.set(id, { ...one, state: "insufficient-funds" });
      return bank.receipt(id, outcome, "insufficient-funds");
    },
    receipt: (transaction, outcome, reason) => ({
      transaction,
      carrier: name,
      reference: reference(transaction),
      outcome,
      ...(outcome === "failed" && reason ? { reason } : {}),
      at: now(),
    }),
  };
  return bank;
}
