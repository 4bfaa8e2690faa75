/** What the domain asks of the store of codes that prove who has a phone. */

import type { AccountId } from "../../kernel/ids.ts";
import type { Message } from "../../messages/message.ts";
import type { BudgetScope, PinBudget } from "../purchases/pin-budget.ts";
import type { Pin, PinPurpose, Tried } from "./pin.ts";

/** How many codes a person may be sent since a time (epoch ms). */
export type PinLimit = { since: number; most: number };

export type PinConditions = {
  /** The newest code of the id that was known: a newer one was sent by somebody else meanwhile. */
  known?: Pin | undefined;
  /** What may be sent in an hour; counted in the same write. */
  budgets?: readonly PinBudget[];
  /** Whether a window's tries and PINs are counted for the window, or for each number that is given in it. */
  triesAreOf?: "window" | "number";
};

export interface PinStore {
  /**
   * Writes down a code and the message it goes with, unless this person was sent too many lately, the id has one that
   * is newer than the one that was known, a budget is spent, or the message's id is used: answers whether it did.
   */
  add(
    pin: Pin,
    message: Message,
    limits: readonly PinLimit[],
    conditions?: PinConditions,
  ): Promise<"added" | "too-many" | "exists" | { spent: BudgetScope }>;
  /** The scopes of those of these budgets that are spent. */
  spentBudgets(budgets: readonly PinBudget[]): Promise<BudgetScope[]>;
  /** Counts a PIN that was not sent, because this budget was spent. */
  countRefused(scope: BudgetScope): Promise<void>;
  /** How many PINs purchase pages ever sent, and how many they did not send, by the budget that was spent. */
  figures(): Promise<{ sent: number; refused: Record<BudgetScope, number> }>;
  /** The newest code of this id. */
  newest(account: AccountId, purpose: PinPurpose, theirId: string): Promise<Pin | undefined>;
  /** Forgets codes made before a time (epoch ms). */
  forget(before: number): Promise<void>;
  /** Forgets budgets of hours that began before a time (epoch ms). */
  forgetBudgets(before: number): Promise<void>;
  /**
   * Tries a code: each try is counted before it is looked at, so that no race gains one.
   * @param options.once the right code uses up the tries that are left: whoever brings it again is too late
   */
  try(
    account: AccountId,
    purpose: PinPurpose,
    theirId: string,
    hash: string,
    now: number,
    options?: { once: boolean },
  ): Promise<Tried>;
}
