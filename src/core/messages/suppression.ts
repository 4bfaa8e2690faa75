/** People who opted out of what an account sends, and what is heeded of that when a text is accepted and when it leaves. */

import type { Clock } from "../kernel/clock.ts";
import { GatewayError } from "../kernel/errors.ts";
import type { AccountId } from "../kernel/ids.ts";
import type { Page, PageOf } from "../kernel/pages.ts";
import type { Digests, Jobs, Log } from "../kernel/ports.ts";
import { announce } from "../webhooks/announce.ts";
import type { Claimed } from "./claimed.ts";
import type { Message } from "./message.ts";
import { isLongNumber, optOutsFor, optOutsForOurs } from "./opt-outs.ts";
import { isWrittenByUs } from "./own.ts";
import { pseudonymsOf } from "./pseudonym.ts";
import { NOBODY } from "./route.ts";
import type { MessageStore } from "./store.ts";

/** *person*: by a word that they wrote. *carrier*: a carrier reported it. *operator*: by an operator, or the account itself. */
export const SUPPRESSION_SOURCES = ["person", "carrier", "operator"] as const;

/** A person who opted out of what an account sends. */
export type Suppression = {
  account: AccountId;
  /** The sender; a group of them with `@` before it; `EVERY_SENDER_BY_WORD` or `EVERY_SENDER`. */
  number: string;
  recipient: string;
  /** The word they wrote, in small letters and without punctuation; `carrier {name}`, if a carrier reported it; else the reason. */
  word: string;
  source: (typeof SUPPRESSION_SOURCES)[number];
  /** What shows it: the id of the text that they wrote, or of the message that a carrier refused; else as it was given. */
  proof?: string;
  /** Epoch ms. */
  createdAt: number;
};

/** One to be added; `sealed` and `forms`: what its person may be stored as, where anything can be sealed. */
export type NewSuppression = Suppression & { sealed?: string; forms?: readonly string[] };

export type SuppressedPair = Pick<Suppression, "account" | "number" | "recipient">;

/** Whether a person opted out of one of these: numbers, groups, or all that the account sends. */
export type AskedPair = {
  account: AccountId;
  numbers: readonly string[];
  recipient: string;
  formerly?: readonly string[];
};

/** `recipient`: what the person's number begins with; `forms`: what a whole number is stored as where it is sealed. */
export type SuppressionFilter = { number?: string; recipient?: string; forms?: readonly string[] };

export interface SuppressionStore {
  /** Those of the pairs that are suppressed, by their person's number or by what stands for it. */
  among<Pair extends AskedPair>(pairs: readonly Pair[]): Promise<Pair[]>;
  list(account: AccountId, filter: SuppressionFilter, page: Page): Promise<PageOf<Suppression>>;
  /** Those of one person. @param people their number, and what may stand for it after they were erased */
  ofPerson(account: AccountId, people: readonly string[]): Promise<Suppression[]>;
  /** Adds them; one that is there already stays as it is. Returns how many are new. */
  add(suppressions: readonly NewSuppression[]): Promise<number>;
  /** False if there was none. @param pair.formerly what may stand for the person, after they were erased */
  lift(pair: SuppressedPair & { formerly?: readonly string[] }, at: number): Promise<boolean>;
  /** Lifts all of one person's; returns how many there were. @param people as of `ofPerson` */
  liftAll(account: AccountId, people: readonly string[], at: number): Promise<number>;
}

type Addressed = Pick<Message, "account" | "sender" | "recipient">;

/**
 * Those of the messages whose recipient opted out of them, though they were erased since.
 * @param heeds the opt-outs that count for a message; absent: those that count for a text of our own
 */
export async function suppressedAmong<M extends Addressed>(
  { suppressions, codes }: { suppressions: SuppressionStore; codes: Digests },
  messages: readonly M[],
  heeds: (message: M) => readonly string[] = ({ sender }) => optOutsForOurs(sender),
): Promise<ReadonlySet<M>> {
  if (messages.length === 0) return new Set();
  const pairs = await Promise.all(
    messages.map(async (message) => {
      const { account, recipient } = message;
      const formerly = await pseudonymsOf(codes, recipient);
      return { account, numbers: heeds(message), recipient, formerly, message };
    }),
  );
  return new Set((await suppressions.among(pairs)).map(({ message }) => message));
}

/** What the opt-outs of a claimed message must be of. */
function heededBy(message: Claimed): readonly string[] {
  const { sender, optOutTerms: { rule, ...terms } = {} } = message;
  return isWrittenByUs(message) ? optOutsForOurs(sender) : optOutsFor(sender, terms, rule);
}

function isOptedOut(message: Claimed): boolean {
  const heeds = heededBy(message);
  return (message.optedOutOf ?? []).some((number) => heeds.includes(number));
}

const ANSWER = /^inb_\w+-(?:out|in|help)-answer$/;

/** The id of the text that answers STOP, START or HELP. */
export function answerId(inbound: string, is: "out" | "in" | "help"): string {
  return `${inbound}-${is}-answer`;
}

/** Whether it answers what its person just wrote: that goes also to one who opted out. */
function isAnswer(message: Message): boolean {
  return isWrittenByUs(message) && ANSWER.test(message.theirId);
}

export function optedOut(recipient: string, sender: string): GatewayError {
  const why = isLongNumber(sender)
    ? `${recipient} has asked ${sender} to be left alone; a text from them that says START lets yours come again`
    : `${recipient} has asked this account to be left alone: see its suppressions, where it can be lifted if they ask for that`;
  return new GatewayError("opted-out", why, "recipient");
}

/** Ends those of the claimed messages whose person has opted out since they were accepted, and answers the others. */
export async function heedOptOuts(
  ports: { clock: Clock; messages: MessageStore; suppressions: SuppressionStore; codes: Digests; jobs: Jobs; log: Log },
  claimed: readonly Claimed[],
): Promise<readonly Claimed[]> {
  // Who was erased is known by a digest, which is only made where the account has opt-outs of such people.
  const open = claimed.filter((message) => !isAnswer(message));
  const erased = await suppressedAmong(
    ports,
    open.filter(({ hasErasedOptOuts }) => hasErasedOptOuts),
    heededBy,
  );
  const suppressed = open.filter((message) => isOptedOut(message) || erased.has(message));
  if (suppressed.length === 0) return claimed;
  const now = ports.clock.now();
  await announce(
    ports,
    suppressed.map((message) => ({
      id: message.id,
      to: "failed",
      at: now,
      attempt: message.attempts,
      carrier: NOBODY,
      reason: "opted-out",
      ...(message.charge ? { billed: false } : {}),
      entry: { at: now, event: "opt_out.stopped" },
    })),
  );
  const left = new Set(suppressed);
  return claimed.filter((message) => !left.has(message));
}
