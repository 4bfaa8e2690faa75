/** A window: one person's way through a one-click purchase. */

import type { AccountId, Ids, TransactionId, WindowId } from "../../kernel/ids.ts";
import type { Digests } from "../../kernel/ports.ts";
import type { Transaction } from "../charges/transaction.ts";

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
  /** The id that the customer gets back at the end, if it is another one. */
  customId?: string;
  /** Whether the id alone is its address: we made the id, and it cannot be guessed. */
  isPublic: boolean;
  service?: string;
  state: WindowState;
  /** The number that the person entered, or that the mobile network gave. */
  recipient?: string;
  /** Whether a PIN was sent to it. */
  isPinSent: boolean;
  pinsSent: number;
  /** The browser that the window is bound to: a digest of its cookie's value. */
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

/** Whether a window is bound to this browser. @param session the value of its cookie */
export async function isOf(codes: Digests, window: Window, session: string): Promise<boolean> {
  return window.session !== undefined && (await codes.isDigest("browsers", session, window.session));
}

/**
 * Whether a browser may end the purchase for good before its person has proved their number. It may if it knows an address
 * that we made and that cannot be guessed; with other unguessable ids it must also have been sent a PIN. Any other browser
 * only leaves, and the window stays open for its own person.
 * @param isTheirs whether the window is bound to this browser
 */
export function mayEnd(window: Window, isTheirs: boolean): boolean {
  if (isGuessable(window)) return false;
  return isTheirs || (window.isPublic && window.session === undefined);
}

export type WindowOutcome = "success" | "cancelled";

/** How a dialect sends the person back to the merchant. */
export type WindowFormat = { returnUrl(window: Window, outcome: WindowOutcome): string };

/** A window for a transaction that waits for one. */
export function newWindow(
  ports: { ids: Ids },
  accountNumber: number,
  transaction: Transaction,
  more: { redirectUrl: string; customId?: string; isPublic?: boolean },
): Window {
  return {
    id: ports.ids.window(accountNumber),
    account: transaction.account,
    dialect: transaction.dialect,
    transaction: transaction.id,
    theirId: transaction.theirId,
    ...(transaction.service ? { service: transaction.service } : {}),
    isPublic: false,
    ...more,
    state: "open",
    isPinSent: false,
    pinsSent: 0,
    createdAt: transaction.acceptedAt,
    changedAt: transaction.acceptedAt,
    expiresAt: transaction.expiresAt,
  };
}
