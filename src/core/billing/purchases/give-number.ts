/** The first step in a window: the person gives a number, and is sent a PIN. */

import { GatewayError } from "../../kernel/errors.ts";
import type { Codes } from "../../kernel/ports.ts";
import { isOfCountry, toMsisdnAt } from "../../messages/msisdn.ts";
import { writtenByUs } from "../../messages/own.ts";
import { checkBilled, noCarrier, uncarried } from "../../messages/route.ts";
import { codeDigest } from "../codes/otp.ts";
import type { Pin } from "../codes/pin.ts";
import { pinText } from "../texts.ts";
import { type BudgetScope, budgetsOf, type PinBudget, spentBudget } from "./pin-budget.ts";
import {
  type Address,
  countryOf,
  type Found,
  find,
  isOpen,
  nothingHere,
  opened,
  type Purchase,
  type PurchasePorts,
  show,
} from "./purchase.ts";
import { isGuessable, PIN_TRIES, type Window } from "./window.ts";

const PIN_LIFE = 10 * 60_000;
/** How soon the same number given again means the PIN that is on its way. Milliseconds. */
const SAME_CLICK = 10_000;
/** How long two clicks at once may be apart in what they have done. Milliseconds. */
const SOON = 500;
/** How many PINs one person is sent, over all windows there are; wrong guesses are counted besides. */
const PINS_IN_AN_HOUR = 5;
const PINS_IN_A_DAY = 10;

/** Whose PIN it is, and what may be sent. `digest` is of the browser's session. */
type Asked = { recipient: string; digest: string; budgets: readonly PinBudget[]; before: Pin | undefined };

/**
 * The person gives a number, and is sent a PIN. A number given anew takes the place of the one before. Nothing is written
 * for a browser that is sent nothing.
 * @param number absent: another PIN to the same number
 * @param network where the browser calls from; empty where that is not known
 * @throws GatewayError bad-number, not-found, no-carrier; too-many-requests, with the budget that is spent as its field, or "number"
 */
export async function giveNumber(
  ports: PurchasePorts,
  address: Address,
  session: string,
  number?: string,
  network = "",
): Promise<Purchase> {
  const seen = await find(ports, address);
  if (!seen) throw nothingHere();
  const { window } = seen;
  if (!isOpen(ports, seen)) return show(ports, seen, session);
  await checkBilled(ports, { account: window.account });
  const digest = await ports.codes.digest(session);
  const isTheirs = window.session === digest;
  const known = isTheirs && window.isPinSent ? window.recipient : undefined;
  const { country } = await countryOf(ports, seen);
  const recipient = number === undefined ? known : toMsisdnAt(country, number);
  if (!recipient) throw new GatewayError("bad-number", "that is not a mobile number", "number");
  if (window.pinsSent >= PIN_TRIES && !isGuessable(window)) throw tooManyPins();
  checkCountry(recipient, country);

  const now = ports.clock.now();
  const before = await ports.pins.newest(window.account, "window", window.theirId);
  /** The other click of a double click was first, and is about to say in the window what it did. */
  const sameAsOther = async () => {
    if (!window.isPinSent) await ports.clock.sleep(SOON);
    return show(ports, (await find(ports, address)) ?? seen, session);
  };
  // The same form again: one text is enough.
  const mayBeTheirs = isTheirs || window.session === undefined;
  if (number !== undefined && mayBeTheirs && before?.recipient === recipient && now - before.createdAt < SAME_CLICK) {
    return sameAsOther();
  }
  const budgets = await budgetsOf(ports, { account: seen.account, service: seen.service, network }, now);
  const spent = await spentBudget(ports, budgets);
  if (spent) throw await overBudget(ports, seen, spent);

  const found = await opened(ports, seen);
  if (!isOpen(ports, found)) return show(ports, found, session);
  const isSent = await sendPin(ports, found, { recipient, digest, budgets, before });
  return isSent ? show(ports, (await find(ports, address)) ?? found, session) : sameAsOther();
}

/**
 * Sends a PIN, and gives the window to the browser that asked for it.
 * @returns false if another click was first
 */
async function sendPin(ports: PurchasePorts, found: Found, asked: Asked): Promise<boolean> {
  const { window, transaction } = found;
  const { recipient, digest, budgets, before } = asked;
  const now = ports.clock.now();
  const code = ports.codes.pin();
  const createdAt = Math.max(now, (before?.createdAt ?? 0) + 1);
  const message = writtenByUs(
    ports,
    found.account,
    {
      theirId: `${window.id}-pin-${createdAt}`,
      sender: transaction.shortNumber,
      recipient,
      text: pinText(code, { ...transaction, recipient }),
    },
    PIN_LIFE,
  );
  if ((await uncarried(ports, [message])).size > 0) throw noCarrier();
  const added = await ports.pins.add(
    {
      account: window.account,
      purpose: "window",
      theirId: window.theirId,
      merchant: transaction.merchant,
      recipient,
      hash: await pinDigest(ports.codes, window, recipient, code),
      triesLeft: PIN_TRIES,
      expiresAt: Math.min(now + PIN_LIFE, window.expiresAt),
      createdAt,
      message: message.id,
      echo: {},
    },
    message,
    [
      { since: now - 3_600_000, most: PINS_IN_AN_HOUR },
      { since: now - 86_400_000, most: PINS_IN_A_DAY },
    ],
    // No stranger uses up the tries of the person whom the purchase is for.
    { known: before, budgets, triesAreOf: isGuessable(window) ? "number" : "window" },
  );
  if (added === "exists") return false;
  if (added === "too-many") throw tooManyPins();
  if (added !== "added") throw await overBudget(ports, found, added.spent);
  await ports.windows.begin(window.id, { session: digest, recipient, isPinSent: true }, now);
  ports.log.event("window.pin_sent", { id: window.id, to: recipient });
  await ports.jobs.submit([message.id]);
  return true;
}

/** A PIN is worth nothing for another window, nor for another number than the one it was sent to. */
export function pinDigest(codes: Codes, window: Window, recipient: string, pin: string): Promise<string> {
  return codeDigest(codes, window.account, `${window.theirId} ${recipient}`, pin);
}

/** A short number bills in its own country; and PINs to the rest of the world would be the merchant's to pay for. */
function checkCountry(recipient: string, country: string | undefined): void {
  if (country !== undefined && !isOfCountry(recipient, country)) {
    throw new GatewayError("bad-number", `only numbers of ${country} can pay here`, "number");
  }
}

/** Counts and logs a PIN that is not sent, so that an operator can be alarmed. */
async function overBudget(
  ports: PurchasePorts,
  { account, service }: Found,
  spent: BudgetScope,
): Promise<GatewayError> {
  await ports.pins.countRefused(spent);
  ports.log.event("window.pin_rejected", {
    budget: spent,
    account: account.id,
    ...(service ? { service: service.id } : {}),
  });
  return new GatewayError("too-many-requests", `the PINs that may be sent in an hour are spent: ${spent}`, spent);
}

function tooManyPins(): GatewayError {
  return new GatewayError(
    "too-many-requests",
    "too many PINs were sent to this number; try again in an hour",
    "number",
  );
}
