/**
 * Pre-authorisation by keyword: a person who writes the keyword is asked whether they may be charged, and their text is forwarded
 * with their answer.
 */

import { merchantName, type Offers, soldOn } from "../billing/charges/question.ts";
import { agreeText } from "../billing/texts.ts";
import type { Clock } from "../kernel/clock.ts";
import type { Ids, InboundId, WebhookId } from "../kernel/ids.ts";
import type { Jobs, Log } from "../kernel/ports.ts";
import type { Message } from "../messages/message.ts";
import { writtenByUs } from "../messages/own.ts";
import type { KeywordAt } from "./keyword.ts";

/** How a keyword asks. The consent is kept under the keyword's id. */
export type PreAuth = {
  isActive: boolean;
  merchant: string;
  description?: string;
  /** Said at once, before anything is asked. */
  infoText?: string;
  /** Who says that; absent: the number that the person wrote to. */
  infoSender?: string;
  /** Put before and after our question. */
  prefix?: string;
  suffix?: string;
  /** How long after the text the person is asked. Milliseconds. */
  delay?: number;
  age?: number;
};

/** *waiting* for OK; *agreed*, or had before; *refused* by STOP; *expired* when nothing came in time. */
export const PREAUTH_MOVES = {
  waiting: ["agreed", "refused", "expired"],
  agreed: [],
  refused: [],
  expired: [],
} as const;

export type PreAuthState = keyof typeof PREAUTH_MOVES;
export const PREAUTH_STATES = Object.keys(PREAUTH_MOVES) as readonly PreAuthState[];

/** What a text brings with it, if its person has not agreed before, and is not being asked already. */
export type Asking = {
  merchant: string;
  description?: string;
  /** What a wire will show for the consent. */
  token: string;
  /** Epoch ms: an OK before the question answers something else. */
  asksAt: number;
  expiresAt: number;
  /** The info text, if there is one, and the question, which waits until the info text has arrived. */
  info?: Message;
  question: Message;
};

export interface PreAuthStore {
  /** Ends those whose time is over, at most `limit`, and forwards their texts; answers the webhooks now owed. */
  expire(now: number, limit: number): Promise<{ expired: InboundId[]; owed: WebhookId[] }>;
}

/** How long the person may take to answer. Milliseconds. */
const ANSWER_TIME = 24 * 3_600_000;
/** How long the question is worth sending. Milliseconds. */
const QUESTION_TIME = 2 * 3_600_000;

export async function askingFor(
  ports: { clock: Clock; ids: Ids; services: Offers },
  keyword: KeywordAt,
  preAuth: PreAuth,
  text: { id: InboundId; sender: string },
): Promise<Asking> {
  const now = ports.clock.now();
  const asksAt = now + (preAuth.delay ?? 0);
  const account = { id: keyword.account, number: keyword.accountNumber };
  const recipient = text.sender;
  const write = (what: string, sender: string, said: string) =>
    writtenByUs(ports, account, { theirId: `${text.id}-${what}`, sender, recipient, text: said });
  const agree = await questionTo(ports.services, keyword, preAuth, recipient);
  const question = write(
    "question",
    keyword.shortNumber,
    [preAuth.prefix, agree, preAuth.suffix].filter(Boolean).join(" "),
  );
  return {
    merchant: preAuth.merchant,
    ...(preAuth.description ? { description: preAuth.description } : {}),
    token: ports.ids.uuid().replaceAll("-", "").slice(0, 24).toUpperCase(),
    asksAt,
    expiresAt: asksAt + ANSWER_TIME,
    ...(preAuth.infoText
      ? {
          info: write("info", preAuth.infoSender ?? keyword.shortNumber, preAuth.infoText),
          question: held(question, asksAt),
        }
      : { question: asksAt > now ? later(question, asksAt) : question }),
  };
}

/** What a person who wrote a keyword is asked. The consent is kept under the keyword's id. */
async function questionTo(
  services: Offers,
  keyword: KeywordAt,
  { merchant, description }: PreAuth,
  recipient: string,
): Promise<string> {
  const { account, id: consent, shortNumber, text, mode } = keyword;
  const [name, sold] = await Promise.all([
    merchantName(services, account, merchant),
    soldOn(services, { account, merchant, consent }),
  ]);
  return agreeText({
    recipient,
    merchant: name,
    description: description ?? text,
    shortNumber,
    // What only describes texts is no word that could be written after STOP.
    ...(mode === "exact" || mode === "startswith" ? { keyword: text } : {}),
    ...(sold ? { later: sold.later } : {}),
  });
}

/** The question waits until the info text has arrived: of two texts sent together, the second may arrive first. */
function held({ dueAt: _, ...message }: Message, sendAt: number): Message {
  return { ...message, state: "held", sendAt, expiresAt: sendAt + QUESTION_TIME };
}

function later(message: Message, sendAt: number): Message {
  return { ...message, state: "scheduled", sendAt, dueAt: sendAt, expiresAt: sendAt + QUESTION_TIME };
}

/** How many are given up in one round. */
const PAGE = 500;
const PAGES = 20;

/** Ends the questions that were not answered in time: their texts are forwarded without consent. */
export async function giveUpAsking(ports: {
  clock: Clock;
  preauths: PreAuthStore;
  jobs: Jobs;
  log: Log;
}): Promise<number> {
  let found = 0;
  for (let page = 0; page < PAGES; page++) {
    const { expired, owed } = await ports.preauths.expire(ports.clock.now(), PAGE);
    for (const inbound of expired) ports.log.event("preauth.expired", { inbound });
    if (owed.length > 0) await ports.jobs.deliver(owed);
    found += expired.length;
    if (expired.length < PAGE) break;
  }
  return found;
}
