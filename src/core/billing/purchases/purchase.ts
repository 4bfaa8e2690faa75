/** A purchase page: its address, its view for a browser, and the way back to the merchant. Looking stores nothing. */

import type { Account, Caller } from "../../accounts/account.ts";
import type { AccountStore } from "../../accounts/store.ts";
import type { Clock } from "../../kernel/clock.ts";
import { GatewayError } from "../../kernel/errors.ts";
import { given } from "../../kernel/given.ts";
import type { AccountId, Ids } from "../../kernel/ids.ts";
import type { Codes, Jobs, Log } from "../../kernel/ports.ts";
import { askedBy } from "../../messages/new-message.ts";
import { OURS } from "../../messages/own.ts";
import { canBeBilled, checkBilled, type RoutePorts } from "../../messages/route.ts";
import type { Counts } from "../../operator/counts.ts";
import { dueWhen, logAccepted } from "../charges/accept.ts";
import type { TransactionStore } from "../charges/store.ts";
import { isSettled, type Transaction } from "../charges/transaction.ts";
import type { CodeGuardPorts } from "../codes/code-guard.ts";
import type { PinStore } from "../codes/store.ts";
import type { NewsPorts } from "../news.ts";
import type { SellerLinks } from "../seller.ts";
import { consentOf, periodPrice, type Service } from "../service.ts";
import type { ServiceStore } from "../store.ts";
import type { ConsentStore } from "../subscriptions/store.ts";
import type { WindowStore } from "./store.ts";
import { isGuessable, isOf, newWindow, type Window, type WindowFormat, type WindowOutcome } from "./window.ts";

/** The address of a purchase: a service and an id for this purchase, an account and its transaction, or the id alone. */
export type Address =
  | { by: "service"; service: string; theirId: string }
  | { by: "account"; account: string; theirId: string }
  | { by: "id"; theirId: string };

/** The view of a purchase for one browser. */
export type Purchase = {
  /** *number*: the page asks for it; *pin*: sent, and the page asks for it; *closed*: only the way back is left. */
  step: "number" | "pin" | "closed";
  merchant: string;
  /** Where the merchant's terms are, and how it is reached. */
  termsUrl?: string;
  contact?: string;
  /** Absent for a browser that was sent no PIN, where a stranger could have guessed the address. */
  invoiceText?: string;
  /** Minor units. */
  amount: number;
  currency: string;
  age: number;
  shortNumber: string;
  /** The country that the short number bills in, ISO 3166 alpha-2. A number without country code belongs to it. */
  country?: string;
  recurring: boolean;
  interval?: Service["interval"];
  periodPrice?: number;
  /** The word that the person writes after STOP to end it. */
  keyword?: string;
  onlineText?: string;
  offlineText?: string;
  /** The number that the PIN was sent to, mostly hidden. */
  sentTo?: string;
  triesLeft?: number;
  /** The way back once it is closed, with the outcome for the merchant. */
  back?: { url: string; outcome: WindowOutcome };
  isSettled: boolean;
  state: Transaction["state"];
  /** Whether a carrier can bill it. */
  canBeBilled: boolean;
};

export type PurchasePorts = {
  clock: Clock;
  ids: Ids;
  codes: Codes;
  accounts: AccountStore;
  services: ServiceStore;
  consents: ConsentStore;
  pins: PinStore;
  transactions: TransactionStore;
  windows: WindowStore;
  windowFormats: ReadonlyMap<string, WindowFormat>;
  jobs: Jobs;
  log: Log;
  counts: Counts;
} & RoutePorts &
  NewsPorts &
  CodeGuardPorts;

const WINDOW_LIFE_MS = 3_600_000;
/** A window as it was found, or as it would be opened. */
export type Found = {
  account: Account;
  service?: Service;
  merchant: string;
  transaction: Transaction;
  window: Window;
  isNew: boolean;
} & SellerLinks;

/**
 * Opens a window for a service.
 * @throws GatewayError not-found when the account has no such service, no-carrier when no carrier bills it
 */
export async function openWindow(
  ports: PurchasePorts,
  caller: Caller,
  wanted: { service: string; customId?: string },
): Promise<{ window: Window; transaction: Transaction }> {
  const service = await ports.services.service(caller.account.id, wanted.service);
  if (!service) throw new GatewayError("not-found", `there is no service ${wanted.service}`, "service");
  await checkBilled(ports, { account: caller.account.id });
  const made = newPurchase(
    ports,
    caller.account,
    service,
    ports.ids.uuid(),
    caller.credential.dialect,
    wanted.customId,
  );
  const opened = {
    window: { ...made.window, isPublic: true },
    transaction: {
      ...made.transaction,
      history: made.transaction.history.map((entry) => ({ ...entry, ...askedBy(caller) })),
    },
  };
  await ports.transactions.add([opened]);
  logAccepted(ports.log, opened.transaction);
  return opened;
}

/** The purchase at this address as this browser may see it; undefined if there is none. Stores nothing. */
export async function lookAt(ports: PurchasePorts, address: Address, session: string): Promise<Purchase | undefined> {
  const found = await find(ports, address);
  return found && (await show(ports, found, session));
}

/** A window whose time is over counts as closed, even before a sweep closes it. */
export function isOpen(ports: { clock: Clock }, { window, transaction }: Found): boolean {
  return window.state === "open" && transaction.expiresAt > ports.clock.now();
}

export async function find(ports: PurchasePorts, address: Address): Promise<Found | undefined> {
  if (address.theirId.startsWith("-")) return undefined; // such ids are reversals'
  const service = address.by === "service" ? await ports.services.publishedService(address.service) : undefined;
  if (address.by === "service" && !service) return undefined;
  const window = await windowAt(ports, address, service);
  // A window of another service, shown under this address, would have the wrong terms.
  if (service && window && window.service !== service.id) return undefined;
  const account = await ports.accounts.byId(window?.account ?? service?.account ?? "");
  if (!account || account.state === "closed") return undefined;
  if (!window) {
    if (!service || (await ports.transactions.isSpent(account.id, address.theirId))) return undefined;
    const made = newPurchase(ports, account, service, address.theirId, OURS);
    return { ...made, account, service, ...(await sellerOf(ports, made.transaction)), isNew: true };
  }
  const transaction = await ports.transactions.byId(window.transaction);
  if (!transaction) return undefined;
  const sold = service ?? (window.service ? await ports.services.service(window.account, window.service) : undefined);
  return {
    account,
    ...(sold ? { service: sold } : {}),
    ...(await sellerOf(ports, transaction)),
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

async function sellerOf(
  ports: PurchasePorts,
  { account, merchant }: Transaction,
): Promise<Pick<Found, "merchant" | keyof SellerLinks>> {
  const known = await ports.services.merchant(account, merchant);
  const links = given({ termsUrl: known?.termsUrl, contact: known?.contact });
  return { merchant: known?.name ?? merchant, ...links };
}

/** Stores a window that was only shown so far, when the person takes the first step. */
export async function opened(ports: PurchasePorts, found: Found | undefined): Promise<Found> {
  if (!found) throw nothingHere();
  if (!found.isNew) return found;
  const added = await ports.transactions.add([{ transaction: found.transaction, window: found.window }]);
  if (added.has(found.transaction.id)) {
    logAccepted(ports.log, found.transaction);
    return { ...found, isNew: false };
  }
  // Another request was first, or the id belongs to a transaction that is no purchase.
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
    expiresAt: now + WINDOW_LIFE_MS,
    acceptedAt: now,
    changedAt: now,
    ...dueWhen("waiting", now, now + WINDOW_LIFE_MS),
    attempts: 0,
    echo: service.echo,
    history: [{ at: now, event: "window.opened", service: service.id }],
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

export async function show(ports: PurchasePorts, found: Found, session: string): Promise<Purchase> {
  const { service, transaction, window, merchant, termsUrl, contact } = found;
  const isTheirs = await isOf(ports.codes, window, session);
  const sent =
    isTheirs && window.isPinSent && isOpen(ports, found)
      ? await ports.pins.newest(window.account, "window", window.theirId)
      : undefined;
  // After too many wrong guesses this PIN is void; while the window is open, the person may enter another number.
  const pin = sent && sent.triesLeft > 0 ? sent : undefined;
  const step = !isOpen(ports, found) ? "closed" : pin ? "pin" : "number";
  // A service's page names what it sells to every visitor; a single purchase is shown only to its own person.
  const isTold = isTheirs || window.service !== undefined || !isGuessable(window);
  return {
    step,
    merchant,
    ...given({ termsUrl, contact }),
    ...(isTold ? { invoiceText: transaction.invoiceText } : {}),
    amount: transaction.amount,
    currency: transaction.currency,
    age: transaction.age,
    shortNumber: transaction.shortNumber,
    ...(step === "closed" ? {} : await countryOf(ports, found)),
    recurring: transaction.startsSubscription || transaction.makesConsent,
    ...(transaction.terms ? { interval: transaction.terms.interval, periodPrice: transaction.terms.price } : {}),
    ...(service?.keyword ? { keyword: service.keyword } : {}),
    ...(service?.onlineText ? { onlineText: service.onlineText } : {}),
    ...(service?.offlineText ? { offlineText: service.offlineText } : {}),
    ...(pin ? { sentTo: `•••• ${pin.recipient.slice(-2)}`, triesLeft: pin.triesLeft } : {}),
    ...(step === "closed" ? { back: backOf(ports, window, transaction) } : {}),
    isSettled: isSettled(transaction.state),
    state: transaction.state,
    canBeBilled: await canBeBilled(ports, transaction),
  };
}

/** The country of the short number. It bills only there, so a service needs no country of its own. */
export async function countryOf(
  ports: Pick<PurchasePorts, "accounts">,
  { account, transaction }: { account: Pick<Account, "id">; transaction: Pick<Transaction, "shortNumber"> },
): Promise<{ country?: string }> {
  const senders = await ports.accounts.senders(account.id);
  const sender = senders.find((one) => one.sender === transaction.shortNumber);
  return sender ? { country: sender.country } : {};
}

/** A charge that is under way counts as success: the merchant asks for its status, and gets a webhook. */
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

export function nothingHere(): GatewayError {
  return new GatewayError("not-found", "there is no purchase here");
}
