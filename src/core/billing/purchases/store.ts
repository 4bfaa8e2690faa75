/** What the domain asks of the store of purchase windows. */

import type { AccountId, WebhookId, WindowId } from "../../kernel/ids.ts";
import type { Page, PageOf } from "../../kernel/pages.ts";
import type { WholeMove } from "../moves.ts";
import type { Window, WindowState } from "./window.ts";

export interface WindowStore {
  byTheirId(account: AccountId, theirId: string): Promise<Window | undefined>;
  /** By the id in its address, where that is enough: ids that customers chose could be guessed. */
  byPublicId(theirId: string): Promise<Window | undefined>;
  list(filter: { account?: AccountId; state?: WindowState }, page: Page): Promise<PageOf<Window>>;
  /** Gives an open window to a browser, with the number that it is for; false if it is not open. */
  begin(id: WindowId, to: { session: string; recipient: string; isPinSent: boolean }, at: number): Promise<boolean>;
  /**
   * Forgets windows that ended before a time (epoch ms) with nothing confirmed in them, the oldest first, at most so many,
   * with their transactions. Of an id that a customer knows, that it was used is kept. Answers how many it were.
   */
  forgetUnconfirmed(before: number, limit: number): Promise<number>;
  /** Closes an open window by moving its waiting transaction; together, and not at all if that waits no more. */
  close(move: WholeMove): Promise<{ closed: boolean; owed: WebhookId[] }>;
}
