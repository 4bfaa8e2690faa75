/** What the domain asks of the store of codes that prove who has a phone. */

import type { PinBudget } from "../purchases/pin-budget.ts";
import type { Pin } from "./pin.ts";

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
