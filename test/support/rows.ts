/** Messages and accounts for tests of the stores: plain ones, of which a test says only what matters to it. */

import type { Clock } from "../../src/core/kernel/clock.ts";
import { makeIds } from "../../src/core/kernel/ids.ts";
import type { PageOf } from "../../src/core/kernel/pages.ts";
import type { Message } from "../../src/core/messages/message.ts";
import type { ShortLivedTimes } from "../../src/core/tidy.ts";
import type { WebhookFormat } from "../../src/core/webhooks/format.ts";
import { type Report, webhookId } from "../../src/core/webhooks/webhook.ts";
import { toArrivals } from "../../src/store/messaging/arrival.ts";
import { writeArrivals } from "../../src/store/messaging/arrivals.ts";
import { accountStore } from "../../src/store/operator/accounts.ts";
import { shortLivedStore } from "../../src/store/short-lived.ts";
import type { TestDatabase } from "./database.ts";

/** Forgets short-lived rows as housekeeping does: of these kinds alone, what is older. */
export function forgetBefore({ d1 }: Pick<TestDatabase, "d1">, before: Partial<ShortLivedTimes>): Promise<void> {
  const nothing = { sessions: 0, approvals: 0, decided: 0, pins: 0, pinBudgets: 0, joinedParts: 0 };
  return shortLivedStore(d1).forget({ ...nothing, allowances: "", codes: 0, carrierAnswers: 0, ...before });
}

export const NOON = Date.UTC(2026, 10, 22, 12);

const FORMAT_OF_CHARGES: Partial<WebhookFormat> = {
  charges: ["billed", "reversed", "failed", "expired", "cancelled"],
  charge: async ({ url }) => ({ method: "POST", url, headers: {} }),
  inbound: async ({ url }) => ({ method: "POST", url, headers: {} }),
  subscription: async ({ url }) => ({ method: "POST", url, headers: {} }),
};

/** A dialect whose customers hear of all that ends, and one whose customers hear of nothing. */
export const formats = new Map<string, WebhookFormat>([
  ["telling", { ...formatThatReports(["delivered", "failed", "expired"]), ...FORMAT_OF_CHARGES }],
  ["silent", formatThatReports([])],
  ["stafett", { ...formatThatReports([]), ...FORMAT_OF_CHARGES }],
]);

function formatThatReports(reports: WebhookFormat["reports"]): WebhookFormat {
  return {
    reports,
    report: async ({ url }) => ({ method: "POST", url, headers: {} }),
    isReceived: (answer) => answer.outcome === "answered" && answer.status === 200,
    retryAfter: () => 60,
  };
}

let made = 0;

/** Random enough to be the only one, and the same in each run. */
export function fill(bytes: Uint8Array): void {
  let rest = ++made;
  for (let index = bytes.length - 1; index >= 0; index--) {
    bytes[index] = rest % 32;
    rest = Math.floor(rest / 32);
  }
}

/** A clock that stands still; who sleeps by it wakes at once. */
export function stoppedAt(at: number): Clock {
  return { now: () => at, wall: () => at, sleep: async () => {} };
}

/** An accepted message of account "acme", due at noon; `accountNumber` is the one its id begins with. */
export function aMessage({ accountNumber = 1, ...given }: Partial<Message> & { accountNumber?: number } = {}): Message {
  const at = given.acceptedAt ?? NOON;
  const id = makeIds(stoppedAt(at), fill).message(accountNumber);
  return {
    id,
    account: "acme",
    dialect: "telling",
    theirId: `their-${id}`,
    sender: "Shop",
    recipient: "+4798079008",
    text: "Hello",
    lane: "normal",
    encoding: "gsm7",
    parts: 1,
    state: "accepted",
    priority: "normal",
    deliveryMode: "at-most-once",
    sendAt: at,
    expiresAt: at + 7_200_000,
    acceptedAt: at,
    changedAt: at,
    dueAt: at,
    attempts: 0,
    echo: {},
    history: [{ at, event: "accepted" }],
    ...given,
  };
}

/** Stores messages as they are, and hands them back. */
export async function stored(database: TestDatabase, ...messages: Message[]): Promise<Message[]> {
  for (const result of await writeArrivals(database.d1, toArrivals(messages, undefined))) {
    if (result.status === "rejected") throw result.reason;
  }
  return messages;
}

export const ENDPOINT = "https://shop.example/reports";

/** A webhook that is owed since noon: this message was delivered. */
export function aWebhook(message: Message, given: Partial<Report> = {}): Report {
  return {
    id: webhookId(message.id, "delivered"),
    account: message.account,
    dialect: message.dialect,
    kind: "report",
    subject: message.id,
    url: `${ENDPOINT}?shop=1`,
    endpoint: ENDPOINT,
    event: { state: "delivered", at: NOON },
    state: "owed",
    attempts: 0,
    dueAt: NOON,
    createdAt: NOON,
    changedAt: NOON,
    history: [],
    ...given,
  };
}

/** Opens accounts; the first gets number 1, as `aMessage` has it. */
export async function withAccounts(database: TestDatabase, ...ids: string[]): Promise<void> {
  for (const id of ids) await accountStore(database.d1).add({ id, name: id, settings: {}, at: NOON });
}

/** All that a list holds, page after page; a list that would never end is told of instead. */
export async function allPages<Item>(read: (at: { cursor?: string }) => Promise<PageOf<Item>>): Promise<Item[]> {
  const items: Item[] = [];
  const cursors = new Set<string>();
  for (let at: { cursor?: string } = {}; ; ) {
    const page = await read(at);
    items.push(...page.items);
    if (page.next === undefined) return items;
    if (cursors.has(page.next)) throw new Error(`the list goes round: ${page.next} comes again`);
    cursors.add(page.next);
    at = { cursor: page.next };
  }
}
