/**
 * How many PINs may be sent in an hour: to the browsers of one network, from the pages of one service, of one account. The
 * seller pays for each SMS, and a page can send one to any phone in the country.
 */

import type { Account } from "../../accounts/account.ts";
import type { Codes } from "../../kernel/ports.ts";
import type { PinStore } from "../codes/store.ts";
import type { Service } from "../service.ts";

export const BUDGET_SCOPES = ["address", "service", "account"] as const;
export type BudgetScope = (typeof BUDGET_SCOPES)[number];

/** The budgets, unless the account or the service sets others. Many people share one address on a mobile network. */
export const PINS_PER_HOUR = { address: 30, service: 300, account: 1_000 } as const satisfies Record<
  BudgetScope,
  number
>;

/**
 * One budget in one hour. `hour` is its beginning, epoch ms; `subject` is its service, its account, or a digest of its address.
 * `formerly`: the same address by the keys before, whose counts go together with it.
 */
export type PinBudget = { scope: BudgetScope; subject: string; formerly?: string[]; hour: number; most: number };

const HOUR = 3_600_000;

/** The beginning of the hour that a time is in. Epoch ms. */
export function hourOf(at: number): number {
  return Math.floor(at / HOUR) * HOUR;
}

/**
 * The budgets that a PIN counts against.
 * @param asked.network the network of the browser's address; empty if unknown, and then without a budget
 * @param asked.service the service that is bought, if any
 */
export async function budgetsOf(
  ports: { codes: Codes },
  asked: { account: Account; service: Service | undefined; network: string },
  now: number,
): Promise<PinBudget[]> {
  const { account, service, network } = asked;
  const hour = hourOf(now);
  const own = account.settings.pinBudgets ?? {};
  const budget = (scope: BudgetScope, subject: string, most = own[scope] ?? PINS_PER_HOUR[scope]): PinBudget => {
    return { scope, subject, hour, most };
  };
  return [
    ...(network === "" ? [] : [{ ...budget("address", ""), ...(await addressOf(ports.codes, network)) }]),
    ...(service ? [budget("service", `${service.account} ${service.id}`, service.pinsPerHour)] : []),
    budget("account", account.id),
  ];
}

async function addressOf(codes: Codes, network: string): Promise<Pick<PinBudget, "subject" | "formerly">> {
  const [subject = "", ...formerly] = await codes.digests("browsers", `address ${network}`);
  return { subject, formerly };
}

/** The first of these budgets that is used up, in the order of the scopes; undefined if none is. */
export async function spentBudget(
  ports: { pins: PinStore },
  budgets: readonly PinBudget[],
): Promise<BudgetScope | undefined> {
  const spent = await ports.pins.spentBudgets(budgets);
  return BUDGET_SCOPES.find((scope) => spent.includes(scope));
}
