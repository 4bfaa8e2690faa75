/** The promises about money against the real process: killed while it charges, it bills nobody twice, and forgets nothing. */

import { setTimeout as wait } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { DEMO_API_KEY } from "../../scripts/local-settings.ts";
import {
  type AdminSubscription,
  type AdminTransaction,
  allOf,
  chargesOf,
  expectLedgerToAgree,
} from "../support/charging.ts";
import { type GatewayProcess, untilEmpty, useStateDir } from "../support/process.ts";

const CHARGES = 300;
const SUBSCRIPTIONS = 30;
const PEOPLE = Array.from({ length: 60 }, (_, index) => `+47980790${String(index + 10)}`);
/** One in ten has no money. */
const POOR = PEOPLE.filter((_, index) => index % 10 === 0);
const SUBSCRIBERS = Array.from({ length: SUBSCRIPTIONS }, (_, index) => `+47980791${String(index + 10)}`);
const CALLERS = 16;
/** Recovery takes a lease of real time; this only says when to stop hoping. Milliseconds. */
const PATIENCE = 120_000;

type Wanted = ReturnType<typeof aCharge>;

describe("a gateway that is killed while it charges", () => {
  const state = useStateDir();

  it(
    "settles every charge that it took, bills none twice, and calls none failed that was billed",
    async () => {
      const wanted = Array.from({ length: CHARGES }, (_, index) => aCharge(index));
      const requests = [...wanted];
      const acknowledged: Wanted[] = [];

      let gateway = await state.start();
      for (const msisdn of POOR) {
        await gateway.operator("PUT", `/sandbox/v1/subscribers/${msisdn}`, { prepaidBalance: 0 });
      }
      // Some the operator bills without an answer: they are in hand when the power goes, and it must be asked.
      await gateway.operator("PUT", "/sandbox/v1/faults/simulator", { only: "charges", hang: true, share: 0.02 });
      await Promise.all([subscribeAll(gateway), accept(gateway, requests, acknowledged, CHARGES / 2)]);
      await gateway.kill();
      expect(acknowledged.length).toBeLessThan(CHARGES);

      gateway = await state.start();
      await gateway.operator("DELETE", "/sandbox/v1/faults/simulator");
      // Whoever had no answer asks again with the same id.
      const unanswered = wanted.filter((one) => !acknowledged.includes(one));
      await accept(gateway, unanswered, acknowledged, CHARGES);
      await gateway.kill();

      gateway = await state.start();
      await untilEmpty(gateway, OPEN, PATIENCE);
      const ours = await allOf<AdminTransaction>(gateway, "transactions?account=demo");
      const states = new Map(ours.map(({ theirId, state }) => [theirId, state]));
      const wrong = acknowledged.filter(({ transactionId, recipient }) => {
        return states.get(transactionId) !== (POOR.includes(recipient) ? "failed" : "billed");
      });
      expect(wrong).toEqual([]);

      const people = [...PEOPLE, ...SUBSCRIBERS];
      const billed = (await Promise.all(people.map((msisdn) => chargesOf(gateway, msisdn)))).flat();
      expect(new Set(billed.map(({ transaction }) => transaction)).size).toBe(billed.length);
      const failed = new Set(ours.filter(({ state }) => state !== "billed").map(({ id }) => id));
      expect(billed.filter(({ transaction }) => failed.has(transaction))).toEqual([]);
      const subscriptions = await allOf<AdminSubscription>(gateway, "subscriptions?account=demo");
      expect(subscriptions.filter(({ period }) => period !== 1)).toEqual([]);
      for (const { recipient } of subscriptions) {
        expect(await chargesOf(gateway, String(recipient))).toHaveLength(1);
      }
      const demo = await gateway.operator<{ id: string; number: number }>("GET", "/admin/v1/accounts/demo");
      await expectLedgerToAgree(gateway, demo, people);
      expect(await gateway.end()).toBe(0);
    },
    PATIENCE + 60_000,
  );
});

const OPEN = [
  ...["ready", "charging", "unknown", "sent"].map((state) => `transactions?state=${state}`),
  ...["owed", "delivering"].map((state) => `webhooks?state=${state}`),
];

function aCharge(index: number) {
  return {
    transactionId: `kill-${index}`,
    merchantId: "demo",
    shortNumber: "2002",
    recipient: PEOPLE[index % PEOPLE.length] as string,
    price: 1 + (index % 7),
    serviceCode: "14002",
    invoiceText: "Killed",
  };
}

/** Charges, many at once, until so many are acknowledged or none is left; then stops at once, with some unanswered. */
async function accept(gateway: GatewayProcess, requests: Wanted[], acknowledged: Wanted[], until: number) {
  const callers = Array.from({ length: CALLERS }, async () => {
    for (let next = requests.shift(); next && acknowledged.length < until; next = requests.shift()) {
      const answer = await fetch(`${gateway.url}/api/strex/transactions`, {
        method: "POST",
        headers: { "x-apikey": DEMO_API_KEY, "content-type": "application/json" },
        body: JSON.stringify(next),
      }).catch(() => undefined); // killed before it could answer
      if (!answer) return;
      if (answer.status !== 201) throw new Error(`answered ${answer.status}: ${await answer.text()}`);
      acknowledged.push(next);
    }
  });
  const all = Promise.all(callers);
  while (acknowledged.length < until && (await Promise.race([all.then(() => "done"), wait(1)])) !== "done");
  void all.catch(() => {});
}

/** Subscriptions whose first period is due at once. */
async function subscribeAll(gateway: GatewayProcess): Promise<void> {
  for (const recipient of SUBSCRIBERS) {
    await gateway.operator("POST", "/admin/v1/subscriptions", { account: "demo", service: "demo-games", recipient });
  }
}
