/** What the domain asks of the store of codes that prove possession of a phone. */

import type { AccountId } from "../../kernel/ids.ts";
import type { Message } from "../../messages/message.ts";
import type { BudgetScope, PinBudget } from "../purchases/pin-budget.ts";
import type { Pin, PinPurpose, Tried } from "./pin.ts";

/** At most `most` codes may have been sent to the person since a time (epoch ms). */
export type PinLimit = { since: number; most: number };

export type PinConditions = {
  /** The newest code of the id as it was read: if there is a newer one, another request has sent it meanwhile. */
  known?: Pin | undefined;
  /** The hourly budgets that it counts against, in the same write. */
  budgets?: readonly PinBudget[];
  /** Whether a window's tries and PINs are counted for the window, or for each number that is entered in it. */
  triesAreOf?: "window" | "number";
};

export interface PinStore {
  /**
   * Stores a code and the message that carries it, unless the person was sent too many, the id has a newer code than the known
   * one, a budget is used up, or the message's id is used: answers which.
   */
  add(
    pin: Pin,
    message: Message,
    limits: readonly PinLimit[],
    conditions?: PinConditions,
  ): Promise<"added" | "too-many" | "exists" | { spent: BudgetScope }>;
  /**
   * Stores a code that a carrier is going to send, unless the person was sent too many or the id has a code already: answers
   * which.
   */
  reserve(pin: Pin, limits: readonly PinLimit[]): Promise<"added" | "too-many" | "exists">;
  /** A reserved code was sent by its carrier, and may be given until then (epoch ms). */
  markSent(pin: Pin, expiresAt: number): Promise<void>;
  /** The person has given this code. Answers whether it was the first time, as most may be given again. */
  markConfirmed(pin: Pin): Promise<boolean>;
  /** Forgets a reserved code that its carrier refused to send. */
  withdraw(pin: Pin): Promise<void>;
  /** The scopes of the budgets that are used up. */
  spentBudgets(budgets: readonly PinBudget[]): Promise<BudgetScope[]>;
  /** Counts a PIN that was not sent because this budget was used up. */
  countRefused(scope: BudgetScope): Promise<void>;
  /** How many PINs purchase pages have ever sent, and how many they did not send, by the budget that was used up. */
  figures(): Promise<{ sent: number; refused: Record<BudgetScope, number> }>;
  /** The newest code of this id. */
  newest(account: AccountId, purpose: PinPurpose, theirId: string): Promise<Pin | undefined>;
  /**
   * Tries a code. Each try is counted before the code is compared, so that a race gains no extra try.
   * @param hashes the code's digests, by each key that may have made the stored one
   * @param options.once the right code uses up all tries that are left, so it is right only once
   */
  try(
    account: AccountId,
    purpose: PinPurpose,
    theirId: string,
    hashes: readonly string[],
    now: number,
    options?: { once: boolean },
  ): Promise<Tried>;
}
