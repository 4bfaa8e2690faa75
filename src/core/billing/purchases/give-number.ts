/** The first step in a window: the person enters a number, and we send a PIN to it. */

import { GatewayError } from "../../kernel/errors.ts";
import { isAllowedRecipient } from "../../messages/allowed-countries.ts";
import { isOfCountry, toMsisdnAt } from "../../messages/msisdn.ts";
import { writtenByUs } from "../../messages/own.ts";
import { checkBilled, noCarrier, uncarried } from "../../messages/route.ts";
import { guarded } from "../codes/code-guard.ts";
import { codeText } from "../codes/otp.ts";
import type { Pin } from "../codes/pin.ts";
import { type Language, pinText } from "../texts.ts";
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
import { isGuessable, isOf, PIN_TRIES, type Window } from "./window.ts";

const PIN_LIFE_MS = 10 * 60_000;
/** The same number entered again within this time gets no second PIN: the first one is on its way. */
const SAME_CLICK_MS = 10_000;
/** How long the second click of a double click waits for the first to finish its writes. */
const DOUBLE_CLICK_MS = 500;
/** How many PINs one person is sent, over all windows; wrong guesses are counted as well. */
const PINS_IN_AN_HOUR = 5;
const PINS_IN_A_DAY = 10;

/** What is known of the browser: the network of its address, empty if unknown; and the language of the page that it shows. */
export type Browser = { network?: string; language?: Language };

/** The person and browser that the PIN is for, and the budgets it counts against. `digest` is of the browser's session. */
type Asked = {
  recipient: string;
  digest: string;
  budgets: readonly PinBudget[];
  before: Pin | undefined;
  language: Language | undefined;
};

/**
 * The person enters a number, and we send a PIN to it. Another number replaces the one before. If no PIN is sent, nothing is
 * stored.
 * @param number absent: another PIN to the same number
 * @throws GatewayError bad-number, not-found, no-carrier; too-many-requests, with the budget that is spent as its field, or "number"
 */
export async function giveNumber(
  ports: PurchasePorts,
  address: Address,
  session: string,
  number?: string,
  { network = "", language }: Browser = {},
): Promise<Purchase> {
  const seen = await find(ports, address);
  if (!seen) throw nothingHere();
  const { window } = seen;
  if (!isOpen(ports, seen)) return show(ports, seen, session);
  await checkBilled(ports, { account: window.account });
  const digest = await ports.codes.digest("browsers", session);
  const isTheirs = await isOf(ports.codes, window, session);
  const known = isTheirs && window.isPinSent ? window.recipient : undefined;
  const { country } = await countryOf(ports, seen);
  const recipient = number === undefined ? known : toMsisdnAt(country, number);
  if (!recipient) throw new GatewayError("bad-number", "that is not a mobile number", "number");
  if (window.pinsSent >= PIN_TRIES && !isGuessable(window)) throw tooManyPins();
  checkCountry(recipient, country);
  if (!isAllowedRecipient(seen.account.settings, recipient)) throw elsewhere();

  const now = ports.clock.now();
  const before = await ports.pins.newest(window.account, "window", window.theirId);
  /** The other click of a double click was first, and is about to store the PIN in the window. */
  const sameAsOther = async () => {
    if (!window.isPinSent) await ports.clock.sleep(DOUBLE_CLICK_MS);
    return show(ports, (await find(ports, address)) ?? seen, session);
  };
  // The same form again: one text is enough.
  const mayBeTheirs = isTheirs || window.session === undefined;
  if (
    number !== undefined &&
    mayBeTheirs &&
    before?.recipient === recipient &&
    now - before.createdAt < SAME_CLICK_MS
  ) {
    return sameAsOther();
  }
  const budgets = await budgetsOf(ports, { account: seen.account, service: seen.service, network }, now);
  const spent = await spentBudget(ports, budgets);
  if (spent) throw await overBudget(ports, seen, spent);

  const found = await opened(ports, seen);
  if (!isOpen(ports, found)) return show(ports, found, session);
  const isSent = await sendPin(ports, found, { recipient, digest, budgets, before, language });
  return isSent ? show(ports, (await find(ports, address)) ?? found, session) : sameAsOther();
}

/**
 * Sends a PIN, and gives the window to the browser that asked for it.
 * @returns false if another click was first
 */
async function sendPin(ports: PurchasePorts, found: Found, asked: Asked): Promise<boolean> {
  const { window, transaction } = found;
  const { recipient, digest, budgets, before, language } = asked;
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
      text: pinText(code, { ...transaction, recipient }, language),
    },
    PIN_LIFE_MS,
  );
  if ((await uncarried(ports, [message])).size > 0) throw noCarrier();
  const add = async () =>
    ports.pins.add(
      {
        account: window.account,
        purpose: "window",
        theirId: window.theirId,
        merchant: transaction.merchant,
        recipient,
        hash: await ports.codes.digest("codes", codeOfWindow(window, recipient, code)),
        triesLeft: PIN_TRIES,
        expiresAt: Math.min(now + PIN_LIFE_MS, window.expiresAt),
        createdAt,
        message: message.id,
        echo: {},
      },
      message,
      [
        { since: now - 3_600_000, most: PINS_IN_AN_HOUR },
        { since: now - 86_400_000, most: PINS_IN_A_DAY },
      ],
      // A stranger with the address must not use up the tries of the person whom the purchase is for.
      { known: before, budgets, triesAreOf: isGuessable(window) ? "number" : "window" },
    );
  const added = await guarded(ports, found.account, recipient, add, (result) => result === "added");
  if (added === "exists") return false;
  if (added === "too-many") throw tooManyPins();
  if (added !== "added") throw await overBudget(ports, found, added.spent);
  await ports.windows.begin(window.id, { session: digest, recipient, isPinSent: true }, now);
  ports.log.event("window.pin_sent", { id: window.id, to: recipient });
  ports.counts.count("pin_sent", { account: window.account, service: window.service ?? "" });
  await ports.jobs.submit([message.id], 0, message.lane);
  return true;
}

/** What a PIN's digest is made of: it binds the PIN to its window and to the number it was sent to. */
export function codeOfWindow(window: Window, recipient: string, pin: string): string {
  return codeText(window.account, `${window.theirId} ${recipient}`, pin);
}

/** A short number bills only in its own country, and the merchant would pay for PINs to other countries. */
function checkCountry(recipient: string, country: string | undefined): void {
  if (country !== undefined && !isOfCountry(recipient, country)) {
    throw new GatewayError("bad-number", `only numbers of ${country} can pay here`, "number");
  }
}

/** The seller sends nothing to the country of this number. */
function elsewhere(): GatewayError {
  return new GatewayError("bad-number", "numbers of this country cannot pay here", "number");
}

/** Counts and logs a PIN that is not sent, so that an operator can set an alarm. */
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
  return new GatewayError(
    "too-many-requests",
    `no more PINs are sent this hour: the budget of this ${spent} is used up`,
    spent,
  );
}

function tooManyPins(): GatewayError {
  return new GatewayError(
    "too-many-requests",
    "too many PINs were sent to this number; try again in an hour",
    "number",
  );
}
