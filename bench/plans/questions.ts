/** What is asked of a great database: by the gateway itself, by the admin API and its console, and by monitoring. */

import type { Caller } from "../../src/core/accounts/account.ts";
import { TRANSACTION_STATES } from "../../src/core/billing/charges/transaction.ts";
import { sales } from "../../src/core/billing/subscriptions/sales.ts";
import { makeGateway } from "../../src/core/gateway.ts";
import { MESSAGE_STATES } from "../../src/core/messages/message.ts";
import { figuresOf } from "../../src/core/operator/figures.ts";
import { MERCHANT, NUMBER, type Surroundings } from "../../test/support/ports.ts";
import { DAY, DAYS, NOW } from "./build.ts";

/** `may`: CPU time that it may take in all, as a share of what counting to a million takes the same SQLite. */
export type Question = { name: string; may: number; ask: (world: Surroundings) => Promise<unknown> };

const PAGE = { limit: 50 };
const LAST_MONTH = { since: NOW - 30 * DAY, until: NOW };
const LONG_AGO = { since: NOW - (DAYS - 1) * DAY, until: NOW - (DAYS - 2) * DAY };
const PERSON = "+4790007919";
/** A page, or a figure on one. */
const PAGE_MAY = 0.3;
/** A picture of months. */
const PICTURE_MAY = 2;
/** A figure over all that was sent in a month: it goes through it. */
const MONTH_MAY = 60;

const months = [5, 4, 3, 2, 1].map((n) => ({ since: NOW - n * 30 * DAY, until: NOW - (n - 1) * 30 * DAY }));
const days = Array.from({ length: 100 }, (_, n) => ({ since: NOW - (100 - n) * DAY, until: NOW - (99 - n) * DAY }));

export const questions: readonly Question[] = [
  ...lists(),
  { name: "metrics", may: PAGE_MAY, ask: ({ ports }) => figuresOf(ports) },
  { name: "statistics of subscriptions, 5 months", may: PICTURE_MAY, ask: ({ ports }) => sales(ports, months, {}) },
  { name: "statistics of subscriptions, 100 days", may: PICTURE_MAY, ask: ({ ports }) => sales(ports, days, {}) },
  {
    name: "statistics of subscriptions, of a service",
    may: PICTURE_MAY,
    ask: ({ ports }) => sales(ports, months, { account: "acme", service: "service-1" }),
  },
  {
    name: "renewals of 30 days",
    may: PICTURE_MAY,
    ask: ({ ports }) => ports.statistics.renewals({ since: NOW, until: NOW + 30 * DAY }, {}),
  },
  {
    name: "traffic of a day",
    may: PICTURE_MAY * 2,
    ask: async ({ ports }) => {
      const steps = { since: NOW - DAY, until: NOW, step: DAY / 24 };
      await ports.statistics.messages(steps);
      await ports.statistics.charges(steps);
      await ports.statistics.webhooks(steps);
    },
  },
  {
    name: "traffic of a month",
    may: MONTH_MAY,
    ask: async ({ ports }) => {
      const steps = { ...LAST_MONTH, step: DAY };
      await ports.statistics.messages(steps);
      await ports.statistics.charges(steps);
      await ports.statistics.webhooks(steps);
    },
  },
  { name: "pulse", may: 0.05, ask: ({ ports }) => ports.pulse.newest(NOW) },
  { name: "search", may: 0.05, ask: ({ ports }) => ports.search.byAnyId("their-17", 20) },
  { name: "setting apart what a closed account is due", may: 40, ask: rests },
  { name: "a minute's sweep", may: 5, ask: ({ ports }) => makeGateway(ports).sweep() },
  { name: "who is due, when nobody is", may: 0.05, ask: ({ ports }) => ports.subscriptions.due(NOW, 500) },
  { name: "next due of each", may: 0.05, ask: ({ ports }) => makeGateway(ports).agenda() },
  { name: "100 charges, billed", may: 2, ask: bills },
  { name: "changing a service", may: 0.05, ask: ({ ports }) => ports.services.removeService("acme", "service-1") },
  {
    name: "forgetting what is old",
    may: 2,
    ask: ({ ports }) => ports.messages.forget({ otherwise: NOW - (DAYS + 1) * DAY, own: [] }, 1_000),
  },
];

function lists(): Question[] {
  const list = (name: string, ask: Question["ask"], may = PAGE_MAY): Question => ({ name, may, ask });
  return [
    list("messages", ({ ports }) => ports.messages.list({}, PAGE)),
    ...MESSAGE_STATES.map((state) =>
      list(`messages that are ${state}`, ({ ports }) => ports.messages.list({ state }, PAGE)),
    ),
    list("messages of a person", ({ ports }) => ports.messages.list({ recipient: PERSON }, PAGE)),
    list("messages long ago", ({ ports }) => ports.messages.list({ ...LONG_AGO, account: "bolt" }, PAGE)),
    list("transactions", ({ ports }) => ports.transactions.list({}, PAGE)),
    ...TRANSACTION_STATES.map((state) =>
      list(`transactions that are ${state}`, ({ ports }) => ports.transactions.list({ state }, PAGE)),
    ),
    list("transactions of a person", ({ ports }) => ports.transactions.list({ recipient: PERSON }, PAGE)),
    list("failed transactions of a small account", ({ ports }) =>
      ports.transactions.list({ account: "tiny", state: "failed" }, PAGE),
    ),
    list("ledger", ({ ports }) => ports.transactions.ledger({}, PAGE)),
    list("ledger long ago", ({ ports }) => ports.transactions.ledger(LONG_AGO, PAGE)),
    list("ledger of a time without entries", ({ ports }) =>
      ports.transactions.ledger({ since: NOW - 2 * DAYS * DAY, until: NOW - (DAYS + 1) * DAY }, PAGE),
    ),
    list("ledger's balance", ({ ports }) => ports.transactions.balance()),
    list("ledger's balance of an account", ({ ports }) => ports.transactions.balance("acme")),
    list("subscriptions", ({ ports }) => ports.subscriptions.list({}, PAGE)),
    ...(["active", "dunning", "cancelled"] as const).map((state) =>
      list(`subscriptions that are ${state}`, ({ ports }) => ports.subscriptions.list({ state }, PAGE)),
    ),
    list("subscriptions of a person", ({ ports }) => ports.subscriptions.list({ recipient: PERSON }, PAGE)),
    list("subscriptions due this week", ({ ports }) =>
      ports.subscriptions.list({ dueAfter: NOW, dueBefore: NOW + 7 * DAY }, PAGE),
    ),
    list("webhooks", ({ ports }) => ports.webhooks.list({}, PAGE)),
    list("dead webhooks", ({ ports }) => ports.webhooks.list({ state: "dead" }, PAGE)),
    list("texts that came in", ({ ports }) => ports.inbounds.list({}, PAGE)),
    list("windows", ({ ports }) => ports.windows.list({}, PAGE)),
  ];
}

/** All that is due of the account that is closed: once, and never again while it is. */
async function rests({ ports }: Surroundings): Promise<void> {
  while ((await ports.subscriptions.rest(NOW, 500)) > 0);
}

/** New charges of a hundred people, taken in and billed. */
async function bills({ ports, bank, time }: Surroundings): Promise<void> {
  // A database that is kept may have those of another run.
  const run = Date.now();
  time.now += run % 60_000;
  const gateway = makeGateway(ports);
  const account = await ports.accounts.byId("acme");
  if (!account) throw new Error("the account is not there");
  const caller = {
    account,
    credential: {
      id: "crd_1",
      account: "acme",
      dialect: "telling",
      kind: "api-key",
      foundBy: "secret",
      name: "key",
      createdAt: 0,
      changedAt: 0,
    },
    senders: new Map([[NUMBER, { sender: NUMBER, kind: "short-number", country: "NO" }]]),
    callbacks: new Map(),
  } satisfies Caller as Caller;
  for (let n = 0; n < 100; n++) {
    await gateway.acceptCharge(caller, {
      theirId: `measured-${run}-${n}`,
      merchant: MERCHANT,
      shortNumber: NUMBER,
      serviceCode: "14002",
      invoiceText: "A song",
      amount: 1_000,
      currency: "NOK",
      recipient: `+4791${String(n).padStart(6, "0")}`,
      echo: {},
    });
  }
  await gateway.runDue();
  if (bank.bills.length < 100) throw new Error(`${bank.bills.length} of 100 charges were billed`);
}
