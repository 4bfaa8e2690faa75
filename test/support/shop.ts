/** A merchant who sells on purchase pages, and what the people who buy there are sent and billed. */

import { formOf, type Seen, visitor as strangerAt, type Visitor } from "../../torture/visitor.ts";
import { newAddress, type TestAccount, type TestGateway } from "./gateway.ts";

export { formOf, type Seen, type Visitor };

/** A visitor with an address of their own: mistakes from one address are answered later each time. */
export function visitor(gateway: Pick<TestGateway, "fetch">, headers: Record<string, string> = {}): Visitor {
  return strangerAt(gateway, { "cf-connecting-ip": newAddress(), ...headers });
}

export type Shop = {
  account: TestAccount;
  /** The service's id: its page lies at `/{service}`. */
  service: string;
};

let opened = 0;

/** Opens a shop that sells one thing for 49 kr. */
export async function openShop(
  gateway: TestGateway,
  terms: Record<string, unknown> = {},
  links: { termsUrl?: string; contact?: string } = {},
): Promise<Shop> {
  const account = await gateway.account("Fjellposten");
  const path = `/admin/v1/accounts/${account.id}`;
  const service = `fjellposten-${++opened}`;
  await gateway.operator("PUT", `${path}/senders/2002`, { kind: "short-number", country: "NO", isShared: true });
  await gateway.operator("PUT", `${path}/merchants/fjell`, {
    ...{ shortNumberIds: ["NO-2002"], name: "Fjellposten AS" },
    ...links,
  });
  await gateway.operator("PUT", `${path}/services/${service}`, {
    shortNumber: "2002",
    merchantId: "fjell",
    serviceCode: "14002",
    price: 4900,
    invoiceText: "Fjellposten digital",
    redirectUrl: "https://shop.example/done?order={TransactionId}",
    ...terms,
  });
  return { account, service };
}

export const LINKS = { termsUrl: "https://fjellposten.example/vilkar?av=nett", contact: "+47 22 00 00 00" };

export const MONTHLY = {
  recurring: true,
  interval: "monthly",
  subscriptionPrice: 9900,
  keyword: "fjell",
  onlineText: "Les alt, hver dag.",
  offlineText: "Skriv inn nummeret ditt for å lese Fjellposten på mobil, nettbrett og PC.",
};

/** The PIN in the last SMS that came to this number; waits until there are so many. */
export async function pinOn(gateway: TestGateway, number: string, count = 1): Promise<string> {
  for (let tries = 0; tries < 50; tries++) {
    const messages = await gateway.handset(number, { wait: 1, match: "^\\d{4} " });
    const last = messages.at(-1);
    if (last && messages.length >= count) return last.text.slice(0, 4);
    await gateway.advance(0);
  }
  throw new Error(`${count} PINs did not come`);
}

/** What the operator says that it billed this number. */
export async function chargesOf(gateway: TestGateway, number: string, wait = 0): Promise<{ amount: number }[]> {
  const query = new URLSearchParams({ msisdn: number, wait: String(wait) });
  return (await gateway.operator<{ items: { amount: number }[] }>("GET", `/sandbox/v1/operator/charges?${query}`))
    .items;
}
