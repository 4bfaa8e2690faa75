/** The person's further steps in a window: prove that the number is theirs, confirm; or leave. */

import { GatewayError } from "../../kernel/errors.ts";
import { toMsisdnAt } from "../../messages/msisdn.ts";
import { checkBilled } from "../../messages/route.ts";
import { asOf } from "../charges/settle.ts";
import { CHARGE_VALIDITY_MS, type TransactionMove } from "../charges/transaction.ts";
import { codeConfirmed } from "../codes/code-guard.ts";
import { consequences } from "../consequences.ts";
import { type Evidence, evidenceOf, type Seen } from "./evidence.ts";
import { codeOfWindow } from "./give-number.ts";
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
import { isOf, mayEnd } from "./window.ts";

/**
 * The person enters the PIN, which confirms the purchase. The third wrong one ends the purchase.
 * @throws GatewayError bad-request when it is wrong and there are tries left, too-late when it is too old
 */
export async function confirmByPin(
  ports: PurchasePorts,
  address: Address,
  session: string,
  pin: string,
  seen: Seen,
): Promise<Purchase> {
  const found = await find(ports, address);
  if (!found) throw nothingHere();
  const { window } = found;
  const isTheirs = await isOf(ports.codes, window, session);
  if (!isOpen(ports, found) || !window.recipient || !window.isPinSent || !isTheirs) return show(ports, found, session);

  const now = ports.clock.now();
  const hashes = await ports.codes.digests("codes", codeOfWindow(window, window.recipient, pin));
  const tried = await ports.pins.try(window.account, "window", window.theirId, hashes, now);
  if (tried !== "right") ports.counts.count("pin_wrong", { account: window.account });
  switch (tried) {
    case "right": {
      const sent = await ports.pins.newest(window.account, "window", window.theirId);
      if (sent) await codeConfirmed(ports, found.account, sent);
      const how = { by: "pin", at: now, ...(sent?.message ? { message: sent.message } : {}) } as const;
      await close(ports, found, "confirmed", ready(found, window.recipient, now), evidenceOf(found, seen, how));
      break;
    }
    case "spent":
      return giveUp(ports, address, found, session, now);
    case "expired":
      throw new GatewayError("too-late", "that PIN is too old; ask for a new one", "pin");
    default: {
      const left = (await ports.pins.newest(window.account, "window", window.theirId))?.triesLeft ?? 0;
      if (left > 0) throw new GatewayError("bad-request", "that is not the PIN we sent", "pin");
      return giveUp(ports, address, found, session, now);
    }
  }
  return show(ports, (await find(ports, address)) ?? found, session);
}

/** Too many wrong PINs end the purchase; if this browser may not end it, only this browser's part in it. */
async function giveUp(
  ports: PurchasePorts,
  address: Address,
  found: Found,
  session: string,
  now: number,
): Promise<Purchase> {
  if (!mayEnd(found.window, await isOf(ports.codes, found.window, session))) return turnBack(ports, found, session);
  await close(ports, found, "abandoned", ended(found, "failed", "too-many-codes", now));
  return show(ports, (await find(ports, address)) ?? found, session);
}

/** The mobile network has given the person's number, and the person confirms. */
export async function confirmByNetwork(
  ports: PurchasePorts,
  address: Address,
  session: string,
  msisdn: string,
  seen: Seen,
): Promise<Purchase> {
  const found = await opened(ports, await find(ports, address));
  const recipient = toMsisdnAt((await countryOf(ports, found)).country, msisdn);
  if (!recipient)
    throw new GatewayError("bad-number", "the mobile network gave a number that is no phone number", "number");
  if (isOpen(ports, found)) {
    await checkBilled(ports, { account: found.account.id, recipient });
    const now = ports.clock.now();
    await ports.windows.begin(
      found.window.id,
      { session: await ports.codes.digest("browsers", session), recipient, isPinSent: false },
      now,
    );
    const evidence = evidenceOf(found, seen, { by: "network", at: now });
    await close(ports, found, "confirmed", ready(found, recipient, now), evidence);
  }
  return show(ports, (await find(ports, address)) ?? found, session);
}

/**
 * The person cancels. Nothing is stored if they have only looked so far. A browser that may not end the purchase goes back to
 * the merchant all the same, and the window stays open.
 */
export async function leave(ports: PurchasePorts, address: Address, session: string): Promise<Purchase> {
  const found = await find(ports, address);
  if (!found) throw nothingHere();
  if (!isOpen(ports, found)) return show(ports, found, session);
  if (found.isNew || !mayEnd(found.window, await isOf(ports.codes, found.window, session)))
    return turnBack(ports, found, session);
  await close(ports, found, "cancelled", ended(found, "cancelled", "cancelled-by-person", ports.clock.now()));
  return show(ports, (await find(ports, address)) ?? found, session);
}

/** The view for a browser that goes back to the merchant and leaves the window open. */
function turnBack(ports: PurchasePorts, found: Found, session: string): Promise<Purchase> {
  if (!found.isNew) ports.log.event("window.left", { id: found.window.id });
  return show(ports, { ...found, window: { ...found.window, state: "cancelled" } }, session);
}

async function close(
  ports: PurchasePorts,
  { window, transaction }: Found,
  to: "confirmed" | "cancelled" | "abandoned",
  move: TransactionMove,
  evidence?: Evidence,
): Promise<void> {
  const brings = { ...consequences(asOf(ports, move.at), { transaction }, move), window: to };
  const { closed, owed } = await ports.windows.close({ ...move, brings }, evidence);
  ports.log.event(closed ? `window.${to}` : "window.already_closed", { id: window.id, transaction: transaction.id });
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
    expiresAt: now + CHARGE_VALIDITY_MS,
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
