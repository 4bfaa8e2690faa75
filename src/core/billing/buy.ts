/** The person's steps in a window: give a number, prove whose it is, confirm; or leave. */

import { GatewayError } from "../kernel/errors.ts";
import type { Codes } from "../kernel/ports.ts";
import { isOfCountry, toMsisdn } from "../messages/msisdn.ts";
import { writtenByUs } from "../messages/own.ts";
import { checkBilled, noCarrier, uncarried } from "../messages/route.ts";
import { codeDigest } from "./otp.ts";
import {
  type Address,
  type Found,
  find,
  isOpen,
  nothingHere,
  opened,
  type Purchase,
  type PurchasePorts,
  show,
} from "./purchase.ts";
import { pinText } from "./texts.ts";
import type { TransactionMove } from "./transaction.ts";
import { PIN_TRIES, type Window } from "./window.ts";

const PIN_LIFE = 10 * 60_000;
/** How soon the same number given again means the PIN that is on its way. Milliseconds. */
const SAME_CLICK = 10_000;
/** How long two clicks at once may be apart in what they have done. Milliseconds. */
const SOON = 500;
/** How many PINs one person is sent, over all windows there are; wrong guesses are counted besides. */
const PINS_IN_AN_HOUR = 5;
const PINS_IN_A_DAY = 10;

/**
 * The person gives a number, and is sent a PIN. A number given anew takes the place of the one before.
 * @param number absent: another PIN to the same number
 * @throws GatewayError bad-number, too-many-requests, not-found, no-carrier
 */
export async function giveNumber(
  ports: PurchasePorts,
  address: Address,
  session: string,
  number?: string,
): Promise<Purchase> {
  const found = await opened(ports, await find(ports, address));
  const { window, transaction } = found;
  if (!isOpen(ports, found)) return show(ports, found, session);
  await checkBilled(ports, { account: window.account });
  const isTheirs = window.session === (await ports.codes.digest(session));
  const known = isTheirs && window.isPinSent ? window.recipient : undefined;
  const recipient = number === undefined ? known : toNationalMsisdn(number);
  if (!recipient) throw new GatewayError("bad-number", "that is not a mobile number", "number");
  if (window.pinsSent >= PIN_TRIES) throw tooManyPins();
  await checkCountry(ports, found, recipient);

  const now = ports.clock.now();
  const code = ports.codes.pin();
  const before = await ports.consents.pin(window.account, "window", window.theirId);
  /** The other click of a double click was first, and is about to say in the window what it did. */
  const sameAsOther = async () => {
    if (!window.isPinSent) await ports.clock.sleep(SOON);
    return show(ports, (await find(ports, address)) ?? found, session);
  };
  // The same form again: one text is enough.
  const mayBeTheirs = isTheirs || window.session === undefined;
  if (number !== undefined && mayBeTheirs && before?.recipient === recipient && now - before.createdAt < SAME_CLICK) {
    return sameAsOther();
  }
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
  const added = await ports.consents.addPin(
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
    before,
  );
  if (added === "too-many") throw tooManyPins();
  if (added === "exists") return sameAsOther();
  await ports.windows.begin(window.id, { session: await ports.codes.digest(session), recipient, isPinSent: true }, now);
  ports.log.event("window.pin-sent", { id: window.id, to: recipient });
  await ports.jobs.submit([message.id]);
  return show(ports, (await find(ports, address)) ?? found, session);
}

/**
 * The person gives the PIN, and with it confirms. The third wrong one ends the purchase.
 * @throws GatewayError bad-request when it is wrong and there are tries left, too-late when it is too old
 */
export async function confirmByPin(
  ports: PurchasePorts,
  address: Address,
  session: string,
  pin: string,
): Promise<Purchase> {
  const found = await find(ports, address);
  if (!found) throw nothingHere();
  const { window } = found;
  const isTheirs = window.session === (await ports.codes.digest(session));
  if (!isOpen(ports, found) || !window.recipient || !window.isPinSent || !isTheirs) return show(ports, found, session);

  const now = ports.clock.now();
  const hash = await pinDigest(ports.codes, window, window.recipient, pin);
  const tried = await ports.consents.tryPin(window.account, "window", window.theirId, hash, now);
  switch (tried) {
    case "right":
      await close(ports, found, "confirmed", ready(found, window.recipient, now));
      break;
    case "spent":
      await close(ports, found, "abandoned", ended(found, "failed", "too-many-codes", now));
      break;
    case "expired":
      throw new GatewayError("too-late", "that PIN is too old; ask for a new one", "pin");
    default: {
      const left = (await ports.consents.pin(window.account, "window", window.theirId))?.triesLeft ?? 0;
      if (left > 0) throw new GatewayError("bad-request", "that is not the PIN we sent", "pin");
      await close(ports, found, "abandoned", ended(found, "failed", "too-many-codes", now));
    }
  }
  return show(ports, (await find(ports, address)) ?? found, session);
}

/** The network has told whose phone it is, and the person confirms. */
export async function confirmByNetwork(
  ports: PurchasePorts,
  address: Address,
  session: string,
  msisdn: string,
): Promise<Purchase> {
  const found = await opened(ports, await find(ports, address));
  const recipient = toNationalMsisdn(msisdn);
  if (!recipient) throw new GatewayError("bad-number", "the network told a number that is none", "number");
  if (isOpen(ports, found)) {
    await checkBilled(ports, { account: found.account.id, recipient });
    const now = ports.clock.now();
    await ports.windows.begin(
      found.window.id,
      { session: await ports.codes.digest(session), recipient, isPinSent: false },
      now,
    );
    await close(ports, found, "confirmed", ready(found, recipient, now));
  }
  return show(ports, (await find(ports, address)) ?? found, session);
}

/** The person does not want it. Who only looked so far leaves no trace; nobody ends what another browser is going through. */
export async function leave(ports: PurchasePorts, address: Address, session: string): Promise<Purchase> {
  const found = await find(ports, address);
  if (!found) throw nothingHere();
  if (found.isNew) return show(ports, { ...found, window: { ...found.window, state: "cancelled" } }, session);
  const isTheirs = found.window.session === undefined || found.window.session === (await ports.codes.digest(session));
  if (isOpen(ports, found) && isTheirs) {
    await close(ports, found, "cancelled", ended(found, "cancelled", "cancelled-by-person", ports.clock.now()));
  }
  return show(ports, (await find(ports, address)) ?? found, session);
}

/** A PIN is worth nothing for another window, nor for another number than the one it was sent to. */
function pinDigest(codes: Codes, window: Window, recipient: string, pin: string): Promise<string> {
  return codeDigest(codes, window.account, `${window.theirId} ${recipient}`, pin);
}

/** A short number bills in its own country; and PINs to the rest of the world would be the merchant's to pay for. */
async function checkCountry(ports: PurchasePorts, { account, transaction }: Found, recipient: string): Promise<void> {
  const sender = (await ports.accounts.senders(account.id)).find((one) => one.sender === transaction.shortNumber);
  if (sender && !isOfCountry(recipient, sender.country)) {
    throw new GatewayError("bad-number", `only numbers of ${sender.country} can pay here`, "number");
  }
}

/** Numbers as people type them: eight digits are Norwegian. */
export function toNationalMsisdn(given: string): string | undefined {
  const typed = given.replace(/[\s().-]/g, "").replace(/^00/, "+");
  if (/^\d{8}$/.test(typed)) return toMsisdn(`+47${typed}`);
  return toMsisdn(typed.startsWith("+") ? typed : `+${typed}`);
}

async function close(
  ports: PurchasePorts,
  { window, transaction }: Found,
  to: "confirmed" | "cancelled" | "abandoned",
  move: TransactionMove,
): Promise<void> {
  const { closed, owed } = await ports.windows.close(to, move);
  ports.log.event(closed ? `window.${to}` : "window.already-closed", { id: window.id, transaction: transaction.id });
  if (owed.length > 0) await ports.jobs.deliver(owed);
  if (closed && to === "confirmed") await ports.jobs.charge([transaction.id]);
}

function ready({ transaction }: Found, recipient: string, now: number): TransactionMove {
  return {
    id: transaction.id,
    to: "ready",
    from: ["waiting"],
    at: now,
    recipient,
    dueAt: now,
    entry: { at: now, event: "person.confirmed" },
  };
}

const ENDED = {
  "too-many-codes": "person.wrong_pins",
  "cancelled-by-person": "person.cancelled",
} as const;

function ended(
  { transaction }: Found,
  to: "failed" | "cancelled",
  reason: keyof typeof ENDED,
  now: number,
): TransactionMove {
  return { id: transaction.id, to, from: ["waiting"], at: now, reason, entry: { at: now, event: ENDED[reason] } };
}

function tooManyPins(): GatewayError {
  return new GatewayError(
    "too-many-requests",
    "too many PINs were sent to this number; try again in an hour",
    "number",
  );
}
