/** What goes on in a gateway, a line a thing, read off the operator's lists: each of them newest first. */

import { setTimeout as wait } from "node:timers/promises";
import type { Ask } from "./ask.ts";

export type Line = { at: string; kind: string; says: string; item: object };
/** A list, and what of each item is a line; a `key` is shown once. */
export type Source = { path: string; linesOf(item: never): (Line & { key: string })[] };

/** How often the lists are read. Milliseconds. */
const EVERY = 500;
/** How many of each: more than happens in that time on a laptop. */
const LIMIT = 100;

type Attempt = {
  at: string;
  event: string;
  attempt?: number;
  status?: number;
  error?: string;
  milliseconds?: number;
  again?: string;
};
type Webhook = { id: string; kind: string; url: string; subject: string; state: string; history: Attempt[] };

/** Each attempt at a webhook. */
export const attempts: Source = {
  path: "/admin/v1/webhooks",
  linesOf: (webhook: Webhook) =>
    webhook.history
      .filter(({ event }) => event === "webhook.attempted")
      .map((attempt) => ({
        key: `${webhook.id} ${attempt.attempt}`,
        at: attempt.at,
        kind: "webhook",
        says: `${attempt.status ?? attempt.error}  ${webhook.kind} → ${webhook.url}  ${attempt.milliseconds} ms${
          attempt.again ? `, again at ${attempt.again}` : ""
        }`,
        item: { ...attempt, webhook: webhook.id, kind: webhook.kind, subject: webhook.subject, url: webhook.url },
      })),
};

const requests: Source = {
  path: "/admin/v1/exchanges",
  linesOf: (one: {
    id: string;
    at: string;
    dialect: string;
    method: string;
    path: string;
    status: number;
    answer: string;
  }) => [
    {
      key: one.id,
      at: one.at,
      kind: "request",
      says: `${one.status}  ${one.method} ${one.path}${one.status >= 400 ? `  ${one.answer.slice(0, 200)}` : ""}`,
      item: one,
    },
  ],
};

const texts: Source = {
  path: "/admin/v1/messages",
  linesOf: (one: {
    id: string;
    changedAt: string;
    state: string;
    reason?: string;
    sender: string;
    recipient: string;
    text: string;
  }) => [
    {
      key: `${one.id} ${one.state}`,
      at: one.changedAt,
      kind: "text",
      says: `${one.state}${one.reason ? ` (${one.reason})` : ""}  ${one.sender} → ${one.recipient}: ${one.text.slice(0, 80)}`,
      item: one,
    },
  ],
};

const charges: Source = {
  path: "/admin/v1/transactions",
  linesOf: (one: {
    id: string;
    changedAt: string;
    state: string;
    reason?: string;
    amount: number;
    currency: string;
    recipient?: string;
  }) => [
    {
      key: `${one.id} ${one.state}`,
      at: one.changedAt,
      kind: "charge",
      says: `${one.state}${one.reason ? ` (${one.reason})` : ""}  ${(one.amount / 100).toFixed(2)} ${one.currency} ← ${one.recipient ?? "?"}`,
      item: one,
    },
  ],
};

const inbound: Source = {
  path: "/admin/v1/inbound",
  linesOf: (one: { id: string; receivedAt: string; sender: string; recipient: string; text: string }) => [
    {
      key: one.id,
      at: one.receivedAt,
      kind: "inbound",
      says: `${one.sender} → ${one.recipient}: ${one.text.slice(0, 80)}`,
      item: one,
    },
  ],
};

/** All there is, by the name of its kind. */
export const SOURCES: Record<string, Source> = {
  request: requests,
  text: texts,
  charge: charges,
  inbound,
  webhook: attempts,
};

/** What is new in some lists since they were last read: the first time, all that is near their top. Oldest first. */
export function feedOf(ask: Ask, sources: readonly Source[]): () => Promise<Line[]> {
  const shown = new Set<string>();
  return async () => {
    const found = await Promise.all(
      sources.map(async ({ path, linesOf }) => {
        const { items } = await ask<{ items: never[] }>("GET", `${path}?limit=${LIMIT}`);
        return items.flatMap(linesOf);
      }),
    );
    const fresh = found.flat().filter(({ key, kind }) => !shown.has(`${kind} ${key}`));
    for (const { key, kind } of fresh) shown.add(`${kind} ${key}`);
    return fresh.map(({ key: _, ...line }) => line).sort((a, b) => (a.at < b.at ? -1 : a.at > b.at ? 1 : 0));
  };
}

/** Shows what is new, until the signal is given. */
export async function follow(
  feed: () => Promise<Line[]>,
  show: (line: Line) => void,
  signal?: AbortSignal,
): Promise<void> {
  while (!signal?.aborted) {
    for (const line of await feed()) show(line);
    await wait(EVERY, undefined, signal ? { signal } : {}).catch(() => {});
  }
}

/** A line, for a person or a program. */
export function shown(line: Line, asJson: boolean): string {
  if (asJson) return JSON.stringify({ at: line.at, kind: line.kind, ...line.item });
  return `${line.at}  ${line.kind.padEnd(8)} ${line.says}`;
}
