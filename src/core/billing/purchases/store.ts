/** What the domain asks of the store of purchase windows. */

import type { AccountId, TransactionId, WebhookId, WindowId } from "../../kernel/ids.ts";
import type { Before } from "../../kernel/kept.ts";
import type { Page, PageOf } from "../../kernel/pages.ts";
import type { WholeMove } from "../moves.ts";
import type { Evidence } from "./evidence.ts";
import type { Window, WindowState } from "./window.ts";

export interface WindowStore {
  byTheirId(account: AccountId, theirId: string): Promise<Window | undefined>;
  /** By the id alone, for windows whose id we made; ids that customers chose could be guessed. */
  byPublicId(theirId: string): Promise<Window | undefined>;
  list(filter: { account?: AccountId; state?: WindowState }, page: Page): Promise<PageOf<Window>>;
  /** Binds an open window to a browser and to a number; false if it is not open. */
  begin(id: WindowId, to: { session: string; recipient: string; isPinSent: boolean }, at: number): Promise<boolean>;
  /**
   * Deletes windows that ended unconfirmed before their account's time, with their transactions, at most `limit`.
   * The ids that customers know stay marked as used. Answers how many were deleted.
   */
  forgetUnconfirmed(before: Before, limit: number): Promise<number>;
  /** Closes an open window and moves its waiting transaction, with the evidence of the purchase, in one write; does neither if that no longer waits. */
  close(move: WholeMove, evidence?: Evidence): Promise<{ closed: boolean; owed: WebhookId[] }>;
  /** What the person saw who confirmed this window, or this transaction's. */
  evidence(of: { id: WindowId | TransactionId }): Promise<Evidence | undefined>;
}
