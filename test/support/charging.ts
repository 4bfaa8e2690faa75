/**
 * Merchants who charge and people who pay: what each of them does. After every test our books are held against the
 * operator's: no test that charges can forget to.
 */

import { createPublicKey, randomUUID, verify } from "node:crypto";
import { afterEach, expect } from "vitest";
import { faultsInBooks } from "../../torture/ledger.ts";
import { type AdminTransaction, allOf, type OperatorCharge } from "../../torture/outside.ts";
import { newNumber, type TestAccount, type TestGateway } from "./gateway.ts";
import type { Received } from "./receiver.ts";
import { pinOn, type Seen, visitor } from "./shop.ts";

/** An account that may charge: with a short number of its own, the merchant "shop", and one service. */
export type Seller = TestAccount & {
  shortNumber: string;
  service: string;
  /** Its address in the operator's API. */
  path: string;
};

export type { OperatorCharge };

/** A subscription as our operator sees it. */
export type AdminSubscription = {
  id: string;
  state: string;
  period: number;
  dueAt?: string;
  periods: { period: number; state: string; attempt: number; beginsAt: string; transaction: string }[];
} & Record<string, unknown>;

/** What is sold where nothing else is said: 49 kr, once. */
const ONCE = {
  merchantId: "shop",
  serviceCode: "14002",
  price: 4900,
  invoiceText: "The Club",
  keyword: "CLUB",
  redirectUrl: "https://shop.example/done",
};

/** The same again and again, billed by us. */
export const MONTHLY = { recurring: true, interval: "monthly", autoRebill: true, startSms: "Welcome to the Club" };

let opened = 0;

/** @param judge what is wrong with an account's books, in words, by who really bills: the simulator, unless it is another */
export function useCharging(
  gateway: TestGateway,
  judge: (account: Seller) => Promise<string[]> = (account) => faultsInBooks(gateway.operator, account),
) {
  const sellers: Seller[] = [];
  const { operator } = gateway;

  afterEach(async () => {
    await gateway.faults({});
    for (const account of sellers) {
      expect(await judge(account), "our ledger, against the operator's").toEqual([]);
      // Time goes on for the next test as well; nobody is billed then any more.
      for (const state of ["active", "dunning"]) {
        for (const { id } of await all<{ id: string }>(`subscriptions?account=${account.id}&state=${state}`)) {
          await operator("POST", `/admin/v1/subscriptions/${id}/cancel`);
        }
      }
    }
    sellers.length = 0;
  });

  const all = <T>(path: string) => allOf<T>(operator, path);

  const charging = {
    /** What the operator says that it billed this person. With `wait` seconds it waits for the first. */
    async operatorCharges(msisdn: string, wait = 0): Promise<OperatorCharge[]> {
      const query = new URLSearchParams({ msisdn, wait: String(wait), limit: "1000" });
      const path = `/sandbox/v1/operator/charges?${query}`;
      const { items } = await operator<{ items: OperatorCharge[] }>("GET", path);
      return items.sort((one, other) => Date.parse(one.billedAt) - Date.parse(other.billedAt));
    },

    /** Opens an account that may charge. @param terms of its service, where they are not the usual ones */
    async seller(terms: Record<string, unknown> = {}): Promise<Seller> {
      const account = await gateway.account("The Shop");
      const shortNumber = String(2100 + ++opened);
      const path = `/admin/v1/accounts/${account.id}`;
      const service = `club-${account.id}`;
      await operator("PUT", `${path}/senders/${shortNumber}`, { kind: "short-number", country: "NO" });
      await operator("PUT", `${path}/merchants/shop`, { name: "The Shop", shortNumberIds: [`NO-${shortNumber}`] });
      await operator("PUT", `${path}/services/${service}`, { shortNumber, ...ONCE, ...terms });
      const seller = { ...account, shortNumber, service, path };
      sellers.push(seller);
      return seller;
    },

    /** A person with a phone. @param profile to their operator */
    async person(profile?: Record<string, unknown>, msisdn = newNumber()): Promise<string> {
      if (profile) await charging.subscriber(msisdn, profile);
      return msisdn;
    },
    subscriber: (msisdn: string, profile: Record<string, unknown>) =>
      operator("PUT", `/sandbox/v1/subscribers/${encodeURIComponent(msisdn)}`, profile),

    /** The person writes; resolves when that is acknowledged. @param theirId the carrier's id, to report a text twice */
    async writes(msisdn: string, to: string, text: string, theirId?: string): Promise<void> {
      const path = `/sandbox/v1/handsets/${encodeURIComponent(msisdn)}/messages`;
      await operator("POST", path, { to, text, ...(theirId ? { theirId } : {}) });
    },
    /** What the person was written, by whomever. */
    texts: async (msisdn: string): Promise<string[]> => (await gateway.handset(msisdn)).map(({ text }) => text),

    /** Calls an address of the Target365 API. */
    call: ({ apiKey }: Seller, method: string, path: string, json?: unknown) =>
      gateway.fetch(`/api${path}`, {
        method,
        headers: { "x-apikey": apiKey },
        ...(json === undefined ? {} : { json }),
      }),
    /** A charge as a Target365 client asks for it: 49 kr, under a new id. */
    wanted: (seller: Seller, more: Record<string, unknown>) => ({
      transactionId: randomUUID(),
      merchantId: "shop",
      shortNumber: seller.shortNumber,
      price: 49,
      serviceCode: "14002",
      invoiceText: "The Club",
      ...more,
    }),
    /** Charges by the Target365 dialect; answers the transactionId. */
    async charge(seller: Seller, more: Record<string, unknown>): Promise<string> {
      const wanted = charging.wanted(seller, more);
      const answer = await charging.call(seller, "POST", "/strex/transactions", wanted);
      if (answer.status !== 201) throw new Error(`the charge was refused: ${answer.status} ${await answer.text()}`);
      return wanted.transactionId;
    },
    /** The transaction as its customer sees it, once it is settled. */
    async shown(seller: Seller, theirId: string): Promise<Record<string, unknown>> {
      const answer = await charging.call(seller, "GET", `/strex/transactions/${theirId}`);
      if (answer.status !== 200) throw new Error(`GET ${theirId} answered ${answer.status}: ${await answer.text()}`);
      return (await answer.json()) as Record<string, unknown>;
    },
    /** The transaction as our operator sees it, as it is just now. */
    async transaction({ id }: Seller, theirId: string): Promise<AdminTransaction> {
      const found = await all<AdminTransaction>(`transactions?account=${id}`);
      const one = found.find((transaction) => transaction.theirId === theirId);
      if (!one) throw new Error(`account ${id} has no transaction ${theirId}`);
      return one;
    },

    /** Begins a subscription to the seller's service, on our operator's word. */
    subscribe: ({ id: account, service }: Seller, recipient: string, more: Record<string, unknown> = {}) =>
      operator<AdminSubscription>("POST", "/admin/v1/subscriptions", { account, service, recipient, ...more }),
    subscription: (id: string) => operator<AdminSubscription>("GET", `/admin/v1/subscriptions/${id}`),
    subscriptions: ({ id }: Seller) => all<AdminSubscription>(`subscriptions?account=${id}`),

    /** Says where news goes. */
    callbacks: ({ path }: Seller, dialect: string, urls: Record<string, string>) =>
      operator("PUT", `${path}/callbacks/${dialect}`, urls),

    /** A person buys on a purchase page, with the PIN they are sent; answers where they are led afterwards. */
    async buys(msisdn: string, page: string): Promise<string> {
      const url = new URL(page, gateway.url);
      const browser = visitor(gateway);
      const before = (await gateway.handset(msisdn, { match: "^\\d{4} " })).length;
      const first = await browser.open(url.pathname + url.search);
      const asked = await browser.press(first, "number", { number: msisdn.slice(3) });
      let paid = await browser.press(asked, "pin", { pin: await pinOn(gateway, msisdn, before + 1) });
      // A page that waits says where to look again; who waits for it here is not patient.
      for (let again = lookAgain(paid); again; again = lookAgain(paid)) paid = await browser.see(again);
      if (!paid.location) throw new Error(`the purchase led nowhere: ${paid.status} ${paid.html}`);
      return paid.location;
    },

    /** Moves time on to this moment; everything due on the way happens. */
    advanceTo: (to: Date | string) => operator("POST", "/sandbox/v1/clock/advance", { to: new Date(to).toISOString() }),
    /** Sets the clock to this moment; nothing happens on the way. */
    setClock: (now: Date | string) => operator("PUT", "/sandbox/v1/clock", { now: new Date(now).toISOString() }),
    /** Noon (UTC) of that day in a month that has not begun yet. */
    async noonOf(day: number, monthsAhead = 1): Promise<Date> {
      const now = new Date(await gateway.now());
      return new Date(Date.UTC(now.getUTCFullYear(), now.getUTCMonth() + monthsAhead, day, 12));
    },

    /** Whether a call in our own form is signed by the key it names, as its receiver can check. */
    async isSigned({ apiKey }: Seller, received: Received): Promise<boolean> {
      const [keyName = "", timestamp = "", signature = ""] = String(received.headers["x-stafett-signature"]).split(":");
      const answer = await gateway.fetch(`/api/server/public-keys/${keyName}`, { headers: { "x-apikey": apiKey } });
      const { publicKeyString } = (await answer.json()) as { publicKeyString: string };
      const key = createPublicKey({ key: Buffer.from(publicKeyString, "base64"), format: "der", type: "spki" });
      const signed = Buffer.from(`${timestamp}.${received.json.id}.${received.body}`);
      return verify("sha256", signed, { key, dsaEncoding: "ieee-p1363" }, Buffer.from(signature, "base64"));
    },
  };
  return charging;
}

/** Where a page sends its reader by itself, in a while. */
function lookAgain({ headers }: Seen): string | undefined {
  return headers.get("refresh")?.split("url=")[1];
}

/** What a form that was posted to us says. */
export function formIn({ body }: Received): Record<string, string> {
  return Object.fromEntries(new URLSearchParams(body));
}
