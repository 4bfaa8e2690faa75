/** Every verb of charging, bound to its ports. */

import type { Caller } from "../accounts/account.ts";
import { take, tellOfLimits } from "../accounts/limits.ts";
import { GatewayError } from "../kernel/errors.ts";
import { given } from "../kernel/given.ts";
import type { TransactionId } from "../kernel/ids.ts";
import { checkCountry } from "../messages/allowed-countries.ts";
import { billerOf } from "../messages/route.ts";
import { optedOut, suppressedAmong } from "../messages/suppression.ts";
import type { Ports } from "../ports.ts";
import { acceptCharge, checkSeller, type NewCharge } from "./charges/accept.ts";
import type { ChargeReceipt, Registration } from "./charges/carrier.ts";
import { charge } from "./charges/charge.ts";
import { checkAge, reverse } from "./charges/reverse.ts";
import { settleCharges } from "./charges/settle.ts";
import { isSettled, type Transaction } from "./charges/transaction.ts";
import { type NewOtp, ONE_TEXT } from "./codes/new-otp.ts";
import { sendOtp } from "./codes/otp.ts";
import { type NewPincode, sendPincode, tryPincode, verifyPincode } from "./codes/pincode.ts";
import { confirmByNetwork, confirmByPin, leave } from "./purchases/buy.ts";
import type { Seen } from "./purchases/evidence.ts";
import { type Browser, giveNumber } from "./purchases/give-number.ts";
import { type Address, lookAt, openWindow } from "./purchases/purchase.ts";
import { consentOf, type Merchant, type Service } from "./service.ts";
import type { ServiceStore } from "./store.ts";
import type { Consent } from "./subscriptions/consent.ts";
import { cancelSubscription } from "./subscriptions/subscribe.ts";
import { registrationText } from "./texts.ts";

/** How often a transaction is read while a caller waits for it: pauses grow from the first to the longest. */
const PAUSE_MS = { first: 40, longest: 500 };

export function makeBilling(ports: Ports) {
  return {
    ...chargeVerbs(ports),
    ...codeVerbs(ports),
    ...saleVerbs(ports),
    ...consentVerbs(ports),
    ...purchaseVerbs(ports),
    /** The caller's inbound text with this number, for dialects that refer to texts by number. */
    inboundByNumber: (caller: Caller, number: number) => ports.inbounds.byNumber(caller.account.id, number),
  };
}

/** Charges, reversals, and what a carrier knows of a subscriber. */
function chargeVerbs(ports: Ports) {
  const own = (caller: Caller, theirId: string) => ports.transactions.byTheirId(caller.account.id, theirId);

  return {
    acceptCharge: (caller: Caller, wanted: NewCharge) => {
      const facts = { account: caller.account.id, dialect: caller.credential.dialect, kind: "charge" };
      return ports.traces.span({ name: "accept", facts }, () => acceptCharge(ports, caller, wanted));
    },
    /** The caller's own transaction by the id they gave it, in whatever dialect. */
    transaction: own,
    /** The same, once it is settled, or as it is when the time is over. @param seconds of real time */
    settledTransaction: async (caller: Caller, theirId: string, seconds: number): Promise<Transaction | undefined> => {
      const until = ports.clock.wall() + seconds * 1000;
      for (let pause = PAUSE_MS.first; ; pause = Math.min(PAUSE_MS.longest, pause * 1.5)) {
        const found = await own(caller, theirId);
        if (!found || isSettled(found.state) || ports.clock.wall() + pause > until) return found;
        await ports.clock.sleep(pause);
      }
    },
    /** @throws GatewayError too-late; not-allowed where it is much, and the credential new */
    reverse: (caller: Caller, original: Transaction) => {
      checkAge(ports, caller.credential, original);
      return reverse(ports, caller.account, original);
    },

    charge: (ids: readonly TransactionId[]) => charge(ports, ids),
    settleCharges: (receipts: readonly ChargeReceipt[]) => settleCharges(ports, receipts),

    /** What the operator tells of a subscriber; undefined where no carrier bills them. */
    subscriber: async (caller: Caller, msisdn: string) => (await billingOf(ports, caller, msisdn))?.subscriber(msisdn),
    /**
     * Asks a person to register with the operator.
     * @throws GatewayError not-allowed, opted-out, too-many-requests, no-carrier, too-late
     */
    sendRegistration: async (
      caller: Caller,
      { text, ...wanted }: Omit<Registration, "id" | "text"> & { text?: string | undefined },
    ): Promise<void> => {
      const billing = await billingOf(ports, caller, wanted.msisdn);
      if (!billing) throw new GatewayError("not-allowed", "no carrier bills here");
      checkCountry(caller.account.settings, wanted.msisdn);
      const asked = { account: caller.account.id, sender: wanted.shortNumber, recipient: wanted.msisdn };
      if ((await suppressedAmong(ports, [asked])).size > 0) throw optedOut(wanted.msisdn, wanted.shortNumber);
      const taken = await take(ports, caller, ONE_TEXT);
      await tellOfLimits(ports, taken, caller.account);
      const id = ports.ids.transaction(caller.account.number);
      await ports.beginOutside();
      await billing.sendRegistration({ ...wanted, id, text: text || registrationText(wanted.msisdn) });
    },
  };
}

/** Codes that prove who has a phone: one-time passwords and pincodes. */
function codeVerbs(ports: Ports) {
  return {
    sendOtp: (caller: Caller, wanted: NewOtp) => sendOtp(ports, caller, wanted),
    /** The one-time password of this id, and the message it went with, if it was ours. */
    otp: async (caller: Caller, theirId: string) => {
      const pin = await ports.pins.newest(caller.account.id, "otp", theirId);
      return pin && { pin, message: pin.message === "" ? undefined : await ports.messages.byId(pin.message) };
    },

    sendPincode: (caller: Caller, wanted: NewPincode) => sendPincode(ports, caller, wanted),
    verifyPincode: (caller: Caller, theirId: string, code: string) => verifyPincode(ports, caller, theirId, code),
    tryPincode: (caller: Caller, theirId: string, code: string) => tryPincode(ports, caller, theirId, code),
  };
}

/** What the caller sells: merchants and services. */
function saleVerbs(ports: Ports) {
  return {
    merchants: (caller: Caller) => ports.services.merchants(caller.account.id),
    merchant: (caller: Caller, id: string) => ports.services.merchant(caller.account.id, id),
    /** No dialect has words for its terms and its contact: those that the operator set stay. */
    putMerchant: async (caller: Caller, merchant: Pick<Merchant, "id" | "shortNumberIds"> & { name?: string }) => {
      const at = ports.clock.now();
      const account = caller.account.id;
      const known = await ports.services.merchant(account, merchant.id);
      const links = given({ termsUrl: known?.termsUrl, contact: known?.contact });
      await ports.services.putMerchant({ ...links, ...merchant, account, createdAt: at, changedAt: at });
    },
    /** @throws GatewayError too-late while a service of the merchant's is sold */
    removeMerchant: async (caller: Caller, id: string): Promise<boolean> => {
      const account = caller.account.id;
      if (await ports.services.removeMerchant(account, id)) return true;
      if (!(await ports.services.merchant(account, id))) return false;
      throw new GatewayError("too-late", `merchant ${id} has services: remove them first`);
    },

    service: (caller: Caller, id: string) => ports.services.service(caller.account.id, id),
    services: (caller: Caller) => ports.services.services(caller.account.id),
    /** @throws GatewayError where the account may not charge so much, at that number, for that merchant */
    putService: async (
      caller: Caller,
      service: Omit<Service, "account" | "createdAt" | "changedAt">,
      idField?: string,
    ) => {
      await checkSeller(ports, caller, { ...service, amount: service.price });
      const at = ports.clock.now();
      return putService(ports, { ...service, account: caller.account.id, createdAt: at, changedAt: at }, idField);
    },
  };
}

function consentVerbs(ports: Ports) {
  return {
    /** The active consent under this id; with an empty id, any of this merchant's. */
    consent: async (caller: Caller, merchant: string, id: string, recipient: string): Promise<Consent | undefined> => {
      const account = caller.account.id;
      const found = id
        ? await ports.consents.byId(account, merchant, id, recipient)
        : await ports.consents.any(account, merchant, recipient);
      return found?.state === "active" ? found : undefined;
    },
    /** The merchant ends it; and with it any subscription that stands on it. */
    endConsent: async (consent: Consent): Promise<boolean> => {
      const { account, recipient } = consent;
      const services = (await ports.services.services(account)).filter((one) => consentOf(one) === consent.service);
      const held = await ports.subscriptions.list({ account, recipient }, { limit: 500 });
      const standing = held.items.filter(
        ({ service, state }) => state !== "cancelled" && services.some(({ id }) => id === service),
      );
      for (const { id } of standing) await cancelSubscription(ports, id, "merchant");
      return (await ports.consents.end(consent, "merchant", ports.clock.now())) || standing.length > 0;
    },
  };
}

/** The steps of a purchase page. */
function purchaseVerbs(ports: Ports) {
  return {
    openWindow: (caller: Caller, wanted: { service: string; customId?: string }) => openWindow(ports, caller, wanted),
    lookAt: (address: Address, session: string) => lookAt(ports, address, session),
    giveNumber: (address: Address, session: string, number?: string, browser?: Browser) =>
      giveNumber(ports, address, session, number, browser),
    confirmByPin: (address: Address, session: string, pin: string, seen: Seen) =>
      confirmByPin(ports, address, session, pin, seen),
    confirmByNetwork: (address: Address, session: string, msisdn: string, seen: Seen) =>
      confirmByNetwork(ports, address, session, msisdn, seen),
    leave: (address: Address, session: string) => leave(ports, address, session),
  };
}

/**
 * Adds or changes a service.
 * @param idField the caller's name for the id, for refusals
 * @throws GatewayError bad-request where its id is one of our own paths, already-exists where it is another account's, too-late
 */
export async function putService(
  ports: { services: ServiceStore; isReserved: Ports["isReserved"] },
  service: Service,
  idField = "id",
): Promise<Service> {
  if (ports.isReserved(service.id)) {
    const why = `${idField}: ${service.id} is reserved: it collides with a built-in path; choose another`;
    throw new GatewayError("bad-request", why, idField);
  }
  const stored = await ports.services.putService(service);
  if (stored === "name-taken") {
    const why = `${idField}: ${service.id} belongs to another account: its page is, or was, at /${service.id}; choose another`;
    throw new GatewayError("already-exists", why, idField);
  }
  if (stored !== "subscribed") return stored;
  throw new GatewayError(
    "too-late",
    `service ${service.id} has subscriptions: its short number and consent cannot change while people write STOP to them`,
  );
}

/** Who would be asked to bill this person for this account. */
async function billingOf({ routes, carriers }: Ports, { account }: Caller, recipient: string) {
  const name = billerOf({ account: account.id, recipient }, await routes.ofCharges(), carriers);
  const carrier = carriers.get(name ?? "");
  return carrier?.isOff ? undefined : carrier?.billing;
}
