/**
 * Opting out at a long number of North America, as people there expect and carriers require: one word, alone, ends all
 * texts from that number; another allows them again.
 *
 * The words are those of the CTIA's Messaging Principles (2023), 5.1.3, and those that gateways there publish.
 */

import { normalSender } from "../accounts/account.ts";
import { wordsOf } from "../inbound/stop-words.ts";
import type { Clock } from "../kernel/clock.ts";
import { GatewayError } from "../kernel/errors.ts";
import type { AccountId } from "../kernel/ids.ts";
import type { Page, PageOf } from "../kernel/pages.ts";
import type { Jobs, Log } from "../kernel/ports.ts";
import { announce } from "../webhooks/announce.ts";
import type { Message } from "./message.ts";
import type { MessageStore } from "./store.ts";

/** A person who opted out of one of an account's numbers. */
export type Suppression = {
  account: AccountId;
  number: string;
  recipient: string;
  /** The word they wrote, in small letters and without punctuation; or `carrier {name}`, if a carrier reported it. */
  word: string;
  /** Epoch ms. */
  createdAt: number;
};

export type SuppressedPair = Pick<Suppression, "account" | "number" | "recipient">;

export interface SuppressionStore {
  /** Those of the pairs that are suppressed. */
  among(pairs: readonly SuppressedPair[]): Promise<SuppressedPair[]>;
  list(account: AccountId, page: Page): Promise<PageOf<Suppression>>;
  /** False if there was none. */
  lift(pair: SuppressedPair): Promise<boolean>;
}

const OUT = new Set(["stop", "stopall", "unsubscribe", "cancel", "end", "quit", "optout", "revoke"]);
const IN = new Set(["start", "unstop", "yes"]);
const NORTH_AMERICAN = /^\+1\d{10}$/;
/** What can be answered: where carriers heed STOP themselves, they tell of it for any of these. */
const LONG_NUMBER = /^\+\d{8,15}$/;

/**
 * The request that a text to this number makes, if it is one of those words and nothing else. Punctuation, spaces and
 * hyphens are ignored: people write "Stop!", "STOP ALL" and "opt-out".
 */
export function optingOf(text: string, number: string): { is: "out" | "in"; word: string } | undefined {
  if (!NORTH_AMERICAN.test(number)) return undefined;
  const word = wordsOf(text).join("").replace(/[-_]/g, "");
  if (OUT.has(word)) return { is: "out", word };
  return IN.has(word) ? { is: "in", word } : undefined;
}

type Addressed = Pick<Message, "account" | "sender" | "recipient">;

/** Those of the messages whose recipient opted out of their sender. Reads nothing for senders that have no opt-outs. */
export async function suppressedAmong<M extends Addressed>(
  suppressions: SuppressionStore,
  messages: readonly M[],
): Promise<ReadonlySet<M>> {
  const from = messages.filter(({ sender }) => LONG_NUMBER.test(numberOf(sender)));
  if (from.length === 0) return new Set();
  const pairs = from.map(({ account, sender, recipient }) => ({ account, number: numberOf(sender), recipient }));
  const found = new Set(
    (await suppressions.among(pairs)).map(({ account, number, recipient }) => key(account, number, recipient)),
  );
  return new Set(from.filter(({ account, sender, recipient }) => found.has(key(account, numberOf(sender), recipient))));
}

/** A sender that is no longer the account's own is as its customer wrote it: with its +, or without. */
function numberOf(sender: string): string {
  return `+${normalSender(sender)}`;
}

function key(...parts: string[]): string {
  return parts.join(" ");
}

export function optedOut(recipient: string, sender: string): GatewayError {
  return new GatewayError(
    "opted-out",
    `${recipient} has asked ${sender} to be left alone; a text from them that says START lets yours come again`,
    "recipient",
  );
}

/** Ends those of the claimed messages whose person has opted out since they were accepted, and answers the others. */
export async function heedOptOuts(
  ports: { clock: Clock; messages: MessageStore; suppressions: SuppressionStore; jobs: Jobs; log: Log },
  claimed: readonly Message[],
): Promise<readonly Message[]> {
  const suppressed = await suppressedAmong(ports.suppressions, claimed);
  if (suppressed.size === 0) return claimed;
  const now = ports.clock.now();
  await announce(
    ports,
    [...suppressed].map((message) => ({
      id: message.id,
      to: "failed",
      at: now,
      attempt: message.attempts,
      reason: "opted-out",
      ...(message.charge ? { billed: false } : {}),
      entry: { at: now, event: "opt_out.stopped" },
    })),
  );
  return claimed.filter((message) => !suppressed.has(message));
}
