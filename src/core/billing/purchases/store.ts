/** What the domain asks of the store of purchase windows. */

import type { AccountId, WebhookId, WindowId } from "../../kernel/ids.ts";
import type { Page, PageOf } from "../../kernel/pages.ts";
import type { WholeMove } from "../moves.ts";
import type { Window, WindowState } from "./window.ts";

export interface WindowStore {
  byTheirId(account: AccountId, theirId: string): Promise<Window | undefined>;
  /** By the id alone, for windows whose id we made; ids that customers chose could be guessed. */
  byPublicId(theirId: string): Promise<Window | undefined>;
  list(filter: { account?: AccountId; state?: WindowState }, page: Page): Promise<PageOf<Window>>;
  /** Binds an open window to a browser and to a number; false if it is not open. */
  begin(id: WindowId, to: { session: string; recipient: string; isPinSent: boolean }, at: number): Promise<boolean>;
  /**
   * Deletes windows that ended unconfirmed before a time (epoch ms), with their transactions, the oldest first, at most `limit`.
   * The ids that customers know stay marked as used. Answers how many were deleted.
   */
  forgetUnconfirmed(before: number, limit: number): Promise<number>;
  /** Closes an open window and moves its waiting transaction, in one write; does neither if that no longer waits. */
  close(move: WholeMove): Promise<{ closed: boolean; owed: WebhookId[] }>;
}
