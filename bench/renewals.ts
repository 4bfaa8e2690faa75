/** A day on which many subscriptions are due at once: how texts fare meanwhile, and how fast the charges go. */

import { performance } from "node:perf_hooks";
import { setTimeout as wait } from "node:timers/promises";
import type { Step } from "../scripts/build.ts";
import { ADMIN_TOKEN, type BenchGateway } from "./gateways.ts";
import { type Urgent, urgentTexts } from "./lanes.ts";

const SERVICE = {
  shortNumber: "2002",
  merchantId: "shop",
  serviceCode: "14002",
  price: 4_900,
  invoiceText: "The Club",
  redirectUrl: "https://shop.example/done",
  recurring: true,
  interval: "monthly",
  autoRebill: true,
};
/** The second account of a new gateway; the first is the demo. */
const ACCOUNT_NUMBER = "000002";

/** The step of the tables that makes so many subscriptions, all due: by requests it would take minutes. */
export function subscriptionsStep(count: number): Step {
  const now = Date.now();
  const statement = `
    INSERT INTO subscription (id, account_id, dialect, service_id, merchant_id, recipient, state, price, currency, interval,
      time_zone, auto_rebill, anchor, period, due_at, created_at, changed_at)
    WITH RECURSIVE counted (n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM counted WHERE n + 1 < ${count})
    SELECT printf('sub_${ACCOUNT_NUMBER}%019d', n), 'bench', 'stafett', 'club', 'shop', printf('+47951%05d', n), 'active', 4900, 'NOK',
      'monthly', '${whereItIsNoon(now)}', 1, ${now}, 0, ${now}, ${now}, ${now}
    FROM counted`;
  return { name: "9999_subscriptions", statements: [statement] };
}

/** At night nobody is charged: a time zone where it is about noon. */
function whereItIsNoon(now: number): string {
  const east = 12 - new Date(now).getUTCHours();
  return east === 0 ? "Etc/GMT" : `Etc/GMT${east > 0 ? "-" : "+"}${Math.abs(east)}`;
}

/** What they are subscribed to. */
export async function openClub(gateway: BenchGateway): Promise<void> {
  const account = "/admin/v1/accounts/bench";
  await gateway.operator("PUT", `${account}/senders/2002`, { kind: "short-number", country: "NO" });
  await gateway.operator("PUT", `${account}/merchants/shop`, { name: "Shop" });
  await gateway.operator("PUT", `${account}/services/club`, SERVICE);
}

/**
 * Charges them all while urgent texts are sent.
 * @param count how many there are
 * @returns how the texts fared, and the charges a second
 */
export async function renewAll(
  gateway: BenchGateway,
  { count, seconds }: { count: number; seconds: number },
): Promise<Urgent & { perSecond: number }> {
  const due = await toCharge(gateway);
  if (due !== count) throw new Error(`${due} subscriptions are due, not ${count}`);
  const from = performance.now();
  const charged = (async () => {
    await gateway.tick();
    for (;;) {
      const left = await toCharge(gateway);
      if (left === 0) return (count / (performance.now() - from)) * 1_000;
      if (performance.now() - from > 120_000) throw new Error(`${left} of ${count} were not charged in two minutes`);
      await wait(250);
    }
  })();
  const texts = await urgentTexts(gateway, { seconds, bulk: 0 });
  return { ...texts, perSecond: await charged };
}

/** How many of them are not charged yet, begun or not. */
async function toCharge(gateway: BenchGateway): Promise<number> {
  const answer = await fetch(`${gateway.url}/admin/v1/figures`, {
    headers: { authorization: `Bearer ${ADMIN_TOKEN}` },
  });
  const { subscriptions, transactions } = (await answer.json()) as {
    subscriptions: { due: number };
    transactions: { pending: Record<string, number> };
  };
  return Object.values(transactions.pending).reduce((sum, some) => sum + some, subscriptions.due);
}
