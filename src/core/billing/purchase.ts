/** A person's way through a window: see what it costs, prove who you are, confirm or leave; and go back to the merchant. */

import type { Account, AccountId, Caller } from "../accounts/account.ts";
import type { AccountStore } from "../accounts/store.ts";
import { GatewayError } from "../errors.ts";
import { isOfCountry, toMsisdn } from "../messages/msisdn.ts";
import { OURS, writtenByUs } from "../messages/own.ts";
import type { Clock, Codes, Ids, Jobs, Log } from "../ports.ts";
import { dueWhen, logAccepted, newWindow } from "./accept.ts";
import { codeDigest } from "./otp.ts";
import { consentOf, periodPrice, type Service } from "./service.ts";
import type { ConsentStore, ServiceStore, TransactionStore, WindowStore } from "./store.ts";
import { pinText } from "./texts.ts";
import { isSettled, type Transaction, type TransactionMove } from "./transaction.ts";
import { PIN_TRIES, type Window, type WindowFormat, type WindowOutcome } from "./window.ts";

/** Where a purchase lies: a service and an id for this purchase, an account and its transaction, or the id alone. */
export type Address =
  | { by: "service"; service: string; theirId: string }
  | { by: "account"; account: string; theirId: string }
  | { by: "id"; theirId: string };

/** What a person is shown. */
export type Purchase = {
  /** *number*: asked for; *pin*: sent, and asked for; *closed*: nothing more to do here but to go back. */
  step: "number" | "pin" | "closed";
  merchant: string;
  invoiceText: string;
  /** Minor units. */
  amount: number;
  currency: string;
  age: number;
  shortNumber: string;
  recurring: boolean;
  interval?: Service["interval"];
  periodPrice?: number;
  /** What the person writes after STOP to end it. */
  keyword?: string;
  onlineText?: string;
  offlineText?: string;
  /** The number that the PIN was sent to, mostly hidden. */
  sentTo?: string;
  triesLeft?: number;
  /** Where the person goes back to, once it is closed: and whether the charge is through, failed, or under way. */
  back?: { url: string; outcome: WindowOutcome };
  isSettled: boolean;
  state: Transaction["state"];
};

export type PurchasePorts = {
  clock: Clock;
  ids: Ids;
  codes: Codes;
  accounts: AccountStore;
  services: ServiceStore;
  consents: ConsentStore;
  transactions: TransactionStore;
  windows: WindowStore;
  windowFormats: ReadonlyMap<string, WindowFormat>;
  jobs: Jobs;
  log: Log;
};

/** How long a window stays open. Milliseconds. */
const WINDOW_LIFE = 3_600_000;
const PIN_LIFE = 10 * 60_000;
/** How soon the same number given again means the PIN that is on its way. Milliseconds. */
const SAME_CLICK = 10_000;
/** How long two clicks at once may be apart in what they have done. Milliseconds. */
const SOON = 500;
/** How many PINs one person is sent, over all windows there are; wrong guesses are counted besides. */
const PINS_IN_AN_HOUR = 5;
const PINS_IN_A_DAY = 10;

/** A window as it is found, or as it would be opened. */
type Found = {
  account: Account;
  service?: Service;
  merchant: string;
  transaction: Transaction;
  window: Window;
  isNew: boolean;
};

/**
 * Opens a window for a service.
 * @throws GatewayError not-found when the account has no such service
 */
export async function openWindow(
  ports: PurchasePorts,
  caller: Caller,
  wanted: { service: string; customId?: string },
): Promise<{ window: Window; transaction: Transaction }> {
  const service = await ports.services.service(caller.account.id, wanted.service);
  if (!service) throw new GatewayError("not-found", `there is no service ${wanted.service}`, "service");
  const made = newPurchase(
    ports,
    caller.account,
    service,
    ports.ids.uuid(),
    caller.credential.dialect,
    wanted.customId,
  );
  const opened = { ...made, window: { ...made.window, isPublic: true } };
  await ports.transactions.add([opened]);
  logAccepted(ports.log, opened.transaction);
  return opened;
}

/** What lies at this address, for this browser; undefined if nothing does. Looking changes nothing. */
export async function lookAt(ports: PurchasePorts, address: Address, session: string): Promise<Purchase | undefined> {
  const found = await find(ports, address);
  return found && (await show(ports, found, session));
}

/**
 * The person gives a number, and is sent a PIN. A number given anew takes the place of the one before.
 * @param number absent: another PIN to the same number
 * @throws GatewayError bad-number, too-many-requests, not-found
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

/** A window whose time is over is closed, though nobody has swept yet. */
function isOpen(ports: { clock: Clock }, { window, transaction }: Found): boolean {
  return window.state === "open" && transaction.expiresAt > ports.clock.now();
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
    entry: { at: now, what: "confirmed by the person" },
  };
}

const ENDED = {
  "too-many-codes": "given up: too many wrong PINs",
  "cancelled-by-person": "cancelled by the person",
} as const;

function ended(
  { transaction }: Found,
  to: "failed" | "cancelled",
  reason: keyof typeof ENDED,
  now: number,
): TransactionMove {
  const what = ENDED[reason];
  return { id: transaction.id, to, from: ["waiting"], at: now, reason, entry: { at: now, what } };
}

async function find(ports: PurchasePorts, address: Address): Promise<Found | undefined> {
  if (address.theirId.startsWith("-")) return undefined; // such ids are reversals'
  const service = address.by === "service" ? await ports.services.firstService(address.service) : undefined;
  if (address.by === "service" && !service) return undefined;
  const window = await windowAt(ports, address, service);
  // Another service's window, under this one's address, would be shown with the wrong terms.
  if (service && window && window.service !== service.id) return undefined;
  const account = await ports.accounts.byId(window?.account ?? service?.account ?? "");
  if (!account || account.state === "closed") return undefined;
  if (!window) {
    if (!service) return undefined;
    const made = newPurchase(ports, account, service, address.theirId, OURS);
    return { ...made, account, service, merchant: await merchantName(ports, made.transaction), isNew: true };
  }
  const transaction = await ports.transactions.byId(window.transaction);
  if (!transaction) return undefined;
  const sold = service ?? (window.service ? await ports.services.service(window.account, window.service) : undefined);
  return {
    account,
    ...(sold ? { service: sold } : {}),
    merchant: await merchantName(ports, transaction),
    transaction,
    window,
    isNew: false,
  };
}

async function windowAt(
  ports: PurchasePorts,
  address: Address,
  service: Service | undefined,
): Promise<Window | undefined> {
  switch (address.by) {
    case "service":
      return service && ports.windows.byTheirId(service.account, address.theirId);
    case "account": {
      const account = await accountOf(ports, address.account);
      return account ? ports.windows.byTheirId(account, address.theirId) : undefined;
    }
    case "id":
      return ports.windows.byPublicId(address.theirId);
  }
}

/** An account by its id, or by its number. */
async function accountOf(ports: PurchasePorts, given: string): Promise<AccountId | undefined> {
  const account = /^\d+$/.test(given) ? await ports.accounts.byNumber(Number(given)) : await ports.accounts.byId(given);
  return account?.id;
}

async function merchantName(ports: PurchasePorts, { account, merchant }: Transaction): Promise<string> {
  return (await ports.services.merchant(account, merchant))?.name ?? merchant;
}

/** A window that was only shown so far is written down when the person does something. */
async function opened(ports: PurchasePorts, found: Found | undefined): Promise<Found> {
  if (!found) throw nothingHere();
  if (!found.isNew) return found;
  const added = await ports.transactions.add([{ transaction: found.transaction, window: found.window }]);
  if (added.has(found.transaction.id)) {
    logAccepted(ports.log, found.transaction);
    return { ...found, isNew: false };
  }
  // Somebody was first, or the id was used for something that is no purchase.
  const window = await ports.windows.byTheirId(found.account.id, found.window.theirId);
  const transaction = window && (await ports.transactions.byId(window.transaction));
  if (!window || !transaction) throw nothingHere();
  return { ...found, window, transaction, isNew: false };
}

function newPurchase(
  ports: PurchasePorts,
  account: Account,
  service: Service,
  theirId: string,
  dialect: string,
  customId?: string,
): { transaction: Transaction; window: Window } {
  const now = ports.clock.now();
  const transaction: Transaction = {
    id: ports.ids.transaction(account.number),
    account: account.id,
    dialect,
    theirId,
    fingerprint: `window ${service.id}`,
    kind: "charge",
    merchant: service.merchant,
    service: service.id,
    shortNumber: service.shortNumber,
    serviceCode: service.serviceCode,
    invoiceText: service.invoiceText,
    amount: service.price,
    currency: service.currency,
    age: service.age,
    state: "waiting",
    waitsFor: "window",
    ...(service.recurring || service.consent ? { consent: consentOf(service) } : {}),
    makesConsent: service.recurring || service.consent !== undefined,
    startsSubscription: service.recurring,
    ...termsOf(service),
    registrationMinutes: 0,
    expiresAt: now + WINDOW_LIFE,
    acceptedAt: now,
    changedAt: now,
    ...dueWhen("waiting", now, now + WINDOW_LIFE),
    attempts: 0,
    echo: service.echo,
    history: [{ at: now, what: "window opened", service: service.id }],
  };
  const window = newWindow(ports, account.number, transaction, {
    redirectUrl: service.redirectUrl,
    ...(customId === undefined ? {} : { customId }),
  });
  return { transaction, window };
}

function termsOf(service: Service): Pick<Transaction, "terms"> {
  const { recurring, interval, timeZone, autoRebill, startSms } = service;
  if (!recurring || !interval) return {};
  return { terms: { price: periodPrice(service), interval, timeZone, autoRebill, ...(startSms ? { startSms } : {}) } };
}

async function show(ports: PurchasePorts, found: Found, session: string): Promise<Purchase> {
  const { service, transaction, window, merchant } = found;
  const isTheirs = window.session === undefined || window.session === (await ports.codes.digest(session));
  const step = !isOpen(ports, found) ? "closed" : window.isPinSent && isTheirs ? "pin" : "number";
  const pin = step === "pin" ? await ports.consents.pin(window.account, "window", window.theirId) : undefined;
  return {
    step,
    merchant,
    invoiceText: transaction.invoiceText,
    amount: transaction.amount,
    currency: transaction.currency,
    age: transaction.age,
    shortNumber: transaction.shortNumber,
    recurring: transaction.startsSubscription || transaction.makesConsent,
    ...(transaction.terms ? { interval: transaction.terms.interval, periodPrice: transaction.terms.price } : {}),
    ...(service?.keyword ? { keyword: service.keyword } : {}),
    ...(service?.onlineText ? { onlineText: service.onlineText } : {}),
    ...(service?.offlineText ? { offlineText: service.offlineText } : {}),
    ...(pin ? { sentTo: `•••• ${pin.recipient.slice(-2)}`, triesLeft: pin.triesLeft } : {}),
    ...(step === "closed" ? { back: backOf(ports, window, transaction) } : {}),
    isSettled: isSettled(transaction.state),
    state: transaction.state,
  };
}

/** A charge that is under way counts as success: the merchant asks for its status, and is told by webhook. */
function backOf(
  ports: PurchasePorts,
  window: Window,
  transaction: Transaction,
): { url: string; outcome: WindowOutcome } {
  const isBought = window.state === "confirmed" && !["failed", "expired", "cancelled"].includes(transaction.state);
  const outcome = isBought ? "success" : "cancelled";
  const format = ports.windowFormats.get(window.dialect) ?? ports.windowFormats.get(OURS);
  return { url: format?.returnUrl(window, outcome) ?? window.redirectUrl, outcome };
}

function nothingHere(): GatewayError {
  return new GatewayError("not-found", "there is no purchase here");
}

function tooManyPins(): GatewayError {
  return new GatewayError(
    "too-many-requests",
    "too many PINs were sent to this number; try again in an hour",
    "number",
  );
}
