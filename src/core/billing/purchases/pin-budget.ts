/**
 * How many PINs may be sent in an hour: to the browsers of one network, from the pages of one service, of one account. The
 * seller pays for each SMS, and any phone in the country can be made to ring.
 */

import type { Account } from "../../accounts/account.ts";
import type { Codes } from "../../kernel/ports.ts";
import type { PinStore } from "../codes/store.ts";
import type { Service } from "../service.ts";

export const BUDGET_SCOPES = ["address", "service", "account"] as const;
export type BudgetScope = (typeof BUDGET_SCOPES)[number];

/** What holds unless the account or the service says otherwise. Many people share an address on a mobile network. */
export const PINS_PER_HOUR = { address: 30, service: 300, account: 1_000 } as const satisfies Record<
  BudgetScope,
  number
>;

/** One budget in one hour. `hour` is when it begins, epoch ms; `subject` is whose it is: of an address, only a digest. */
export type PinBudget = { scope: BudgetScope; subject: string; hour: number; most: number };

const HOUR = 3_600_000;

/** When the hour begins that a time is in. Epoch ms. */
export function hourOf(at: number): number {
  return Math.floor(at / HOUR) * HOUR;
}

/**
 * The budgets that a PIN counts against.
 * @param asked.network where the browser calls from; empty where that is not known, which no budget is kept of
 * @param asked.service the service that is bought, where one is
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
    ...(network === "" ? [] : [budget("address", await ports.codes.digest(`address ${network}`))]),
    ...(service ? [budget("service", `${service.account} ${service.id}`, service.pinsPerHour)] : []),
    budget("account", account.id),
  ];
}

/** Which of these budgets is spent, if one is. The first, in the order of the scopes. */
export async function spentBudget(
  ports: { pins: PinStore },
  budgets: readonly PinBudget[],
): Promise<BudgetScope | undefined> {
  const spent = await ports.pins.spentBudgets(budgets);
  return BUDGET_SCOPES.find((scope) => spent.includes(scope));
}
