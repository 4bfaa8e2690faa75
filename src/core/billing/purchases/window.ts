/** A window: one person's way through a one-click purchase. */

import type { AccountId, TransactionId, WindowId } from "../../kernel/ids.ts";

/** Once it is no longer open, nothing more can be bought in it. */
export const WINDOW_MOVES = {
  open: ["confirmed", "cancelled", "abandoned", "expired"],
  confirmed: [],
  cancelled: [],
  abandoned: [],
  expired: [],
} as const;

export type WindowState = keyof typeof WINDOW_MOVES;
export const WINDOW_STATES = Object.keys(WINDOW_MOVES) as readonly WindowState[];

/** How often a PIN may be tried, and how often one may be sent, in one window. */
export const PIN_TRIES = 3;

export type Window = {
  id: WindowId;
  account: AccountId;
  dialect: string;
  transaction: TransactionId;
  /** The transaction's id on the customer's wire. */
  theirId: string;
  /** What the customer wants back at the end, where it is not that. */
  customId?: string;
  /** Whether its id, which is then ours and cannot be guessed, is address enough. */
  isPublic: boolean;
  service?: string;
  state: WindowState;
  /** The number that the person gave, or that the network told. */
  recipient?: string;
  /** Whether a PIN was sent to it. */
  isPinSent: boolean;
  pinsSent: number;
  /** Of the browser that is going through it: SHA-256 of its cookie. */
  session?: string;
  redirectUrl: string;
  createdAt: number;
  changedAt: number;
  expiresAt: number;
};

const UUID_V4 = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/i;

/** Whether a stranger could guess the id in a window's address: customers choose ids like `order-17`. */
export function isGuessable({ theirId, isPublic }: Pick<Window, "theirId" | "isPublic">): boolean {
  return !isPublic && !UUID_V4.test(theirId);
}

/**
 * Whether a browser may end the purchase for good, where nothing was proved of whoever uses it. Knowing an address that
 * cannot be guessed is enough where we made it for the customer; elsewhere the browser must have been sent a PIN besides.
 * Anybody else only leaves: the window stays open for whom it was made.
 * @param session the digest of the browser's session
 */
export function mayEnd(window: Window, session: string): boolean {
  if (isGuessable(window)) return false;
  return window.session === session || (window.isPublic && window.session === undefined);
}

export type WindowOutcome = "success" | "cancelled";

/** How a dialect sends the person back to the merchant. */
export type WindowFormat = { returnUrl(window: Window, outcome: WindowOutcome): string };
