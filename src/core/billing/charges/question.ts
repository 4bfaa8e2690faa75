/** The questions that people answer with OK: the seller, the charges now and later, and how to end them. */

import type { AccountId } from "../../kernel/ids.ts";
import { consentOf, periodPrice } from "../service.ts";
import type { ServiceStore } from "../store.ts";
import { confirmText, type Later } from "../texts.ts";
import type { Transaction } from "./transaction.ts";

export type Offers = Pick<ServiceStore, "merchant" | "services">;
type QuestionPorts = { services: Offers };

/** The same, with each merchant and service read once. */
export function remembered(services: Offers): Offers {
  const merchants = new Map<string, ReturnType<Offers["merchant"]>>();
  const sold = new Map<string, ReturnType<Offers["services"]>>();
  const once = <V>(known: Map<string, V>, key: string, ask: () => V): V => {
    const answer = known.get(key) ?? ask();
    known.set(key, answer);
    return answer;
  };
  return {
    merchant: (account, id) => once(merchants, `${account} ${id}`, () => services.merchant(account, id)),
    services: (account) => once(sold, account, () => services.services(account)),
  };
}

/** The question about a charge; where it makes a consent, also about the charges that are to follow. */
export async function chargeQuestion(
  { services }: QuestionPorts,
  transaction: Transaction,
  recipient: string,
): Promise<string> {
  const { account, merchant, consent } = transaction;
  const [name, sold] = await Promise.all([
    merchantName(services, account, merchant),
    transaction.makesConsent ? soldOn(services, { account, merchant, consent }) : undefined,
  ]);
  return confirmText({
    ...transaction,
    recipient,
    merchant: name,
    ...(transaction.makesConsent ? { later: sold?.later ?? "agreed" } : {}),
    keyword: sold?.keyword,
  });
}

/** The merchant's name for people. */
export async function merchantName(services: Offers, account: AccountId, merchant: string): Promise<string> {
  return (await services.merchant(account, merchant))?.name ?? merchant;
}

/** The service whose periods are charged on a consent. There may be none: then the merchant charges as it agreed with people. */
export async function soldOn(
  services: Offers,
  { account, merchant, consent }: { account: AccountId; merchant: string; consent: string | undefined },
): Promise<{ later: Later; keyword?: string } | undefined> {
  for (const service of await services.services(account)) {
    const { interval, currency, keyword } = service;
    if (!service.recurring || !interval || service.merchant !== merchant || consentOf(service) !== consent) continue;
    return { later: { price: periodPrice(service), currency, interval }, ...(keyword ? { keyword } : {}) };
  }
  return undefined;
}
