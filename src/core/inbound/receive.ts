/** Receiving the texts that people write: STOP ends, OK confirms, and the account with the number gets a webhook. */

import type { Account } from "../accounts/account.ts";
import type { AccountStore } from "../accounts/store.ts";
import type { SettlePorts } from "../billing/charges/settle.ts";
import { CHARGE_VALIDITY_MS } from "../billing/charges/transaction.ts";
import type { Service } from "../billing/service.ts";
import type { ServiceStore } from "../billing/store.ts";
import type { ConsentStore, SubscriptionStore } from "../billing/subscriptions/store.ts";
import { untilNothingIsUnderWay } from "../billing/subscriptions/subscribe.ts";
import type { InboundId, MessageId } from "../kernel/ids.ts";
import type { Digests } from "../kernel/ports.ts";
import { queueJobs } from "../kernel/queue-jobs.ts";
import { pseudonymsOf } from "../messages/pseudonym.ts";
import type { Inbound, InboundStore, NewInbound, Reported } from "./inbound.ts";
import type { KeywordAt, KeywordStore } from "./keyword.ts";
import { readText, type TextMeaning } from "./meaning.ts";
import { askingFor } from "./preauth.ts";
import { type Ending, endingOf } from "./stop.ts";
import { wordsOf } from "./stop-words.ts";
import { type Holder, heeding, optsOf } from "./wish.ts";
import { type Wish, wishIn } from "./wish-words.ts";

type ReceivePorts = {
  accounts: AccountStore;
  inbounds: InboundStore;
  keywords: KeywordStore;
  consents: ConsentStore;
  services: ServiceStore;
  subscriptions: SubscriptionStore;
  codes: Digests;
} & SettlePorts;

/** Messages due later than this get their job from the sweep. Milliseconds. */
const SWEPT_WITHIN = 120_000;

/**
 * Takes texts in. One that was reported before changes nothing. When this resolves, what a STOP has ended is over: no
 * charge for it is with a carrier any more, and none will be.
 */
export async function receive(ports: ReceivePorts, reported: readonly Reported[]): Promise<void> {
  const services = await servicesAt(ports, reported);
  const accounts = await accountsOf(ports, [...services.values()].flat());
  const keywords = Map.groupBy(await ports.keywords.inUseAt([...services.keys()]), ({ shortNumber }) => shortNumber);
  const holders = await holdersOf(ports, reported);
  const texts = await Promise.all(
    reported.map(async (one) => {
      const sold = services.get(one.recipient) ?? [];
      const known = keywords.get(one.recipient) ?? [];
      const meaning = readText(wordsIn(one), sold, known);
      const inbound = await withWish(
        ports,
        await toInbound(ports, one, meaning, accounts),
        meaning,
        heeding(holders.get(one.recipient) ?? [], sellersOf(sold, known)),
      );
      return isOk(one) ? { ...inbound, ...(await confirmation(ports, inbound)) } : inbound;
    }),
  );
  const { added, stopped, confirmed, owed, messages } = await ports.inbounds.add(texts);
  for (const { id, account, sender, recipient, isStop, keywordId } of added) {
    const found = { ...(account ? { account } : {}), ...(keywordId ? { keyword: keywordId } : {}) };
    const more = { ...found, ...(isStop ? { stop: true } : {}) };
    ports.log.event("inbound.received", { id, from: sender, to: recipient, ...more });
  }
  if (owed.length > 0) await ports.jobs.deliver(owed);
  if (messages.length > 0) await submitInTime(ports, texts, messages);
  if (confirmed.length > 0) await ports.jobs.charge(confirmed);
  // One that was reported before ends nothing again, but is not acknowledged sooner than the first.
  const people = texts.filter(({ isStop }) => isStop).map(({ sender }) => sender);
  const before = people.length > 0 ? await ports.transactions.stoppedInHand(people) : [];
  await untilNothingIsUnderWay(ports, [...new Set([...stopped, ...before])]);
}

async function servicesAt(ports: ReceivePorts, reported: readonly Reported[]): Promise<Map<string, Service[]>> {
  const numbers = [...new Set(reported.map(({ recipient }) => recipient))];
  return new Map(
    await Promise.all(numbers.map(async (number) => [number, await ports.services.servicesAt(number)] as const)),
  );
}

async function accountsOf(ports: ReceivePorts, services: readonly Service[]): Promise<Map<string, Account>> {
  const found = await Promise.all(
    [...new Set(services.map(({ account }) => account))].map((id) => ports.accounts.byId(id)),
  );
  return new Map(found.flatMap((account) => (account ? [[account.id, account] as const] : [])));
}

async function toInbound(
  ports: ReceivePorts,
  reported: Reported,
  { isStop, word, service, ended, keyword, stops }: TextMeaning,
  accounts: ReadonlyMap<string, Account>,
): Promise<NewInbound> {
  const id = ports.ids.inbound();
  // If accounts share a number, the keyword decides which one the text belongs to; a STOP without keyword ends at each.
  const account = service?.account ?? keyword?.account;
  const endings = [...Map.groupBy(ended, (one) => one.account)].flatMap(([owner, theirs]) => {
    const whose = accounts.get(owner);
    return whose ? [endingOf(ports, whose, { recipient: reported.sender, inbound: id }, theirs)] : [];
  });
  return {
    ...reported,
    id,
    ...(account ? { account } : {}),
    ...(word ? { keyword: word } : {}),
    isStop,
    isOk: isOk(reported),
    receivedAt: ports.clock.now(),
    endings: [...endings, ...(stops ? [endingAtNumber(reported, stops, ports.clock.now())] : [])],
    ...(service ? { service: { id: service.id, merchant: service.merchant, stopStyle: service.stopStyle } } : {}),
    ...(stops ? { stops } : {}),
    ...(keyword ? await forwardTo(ports, keyword, { ...reported, id, isStop }) : {}),
  };
}

/** What a text asks of its number. Channels other than SMS and MMS are not the phone's: none of these words is theirs. */
function wishOf(reported: Reported): Wish | undefined {
  const { recipient, channel } = reported;
  return channel === undefined || channel === "MMS" ? wishIn(wordsIn(reported), recipient) : undefined;
}

/** The accounts that have the numbers of which something is asked, each number's by itself. */
async function holdersOf(ports: ReceivePorts, reported: readonly Reported[]): Promise<Map<string, Holder[]>> {
  const numbers = new Set(reported.filter((one) => wishOf(one) !== undefined).map(({ recipient }) => recipient));
  if (numbers.size === 0) return new Map();
  return Map.groupBy(await ports.accounts.holders([...numbers]), ({ sender }) => sender.sender);
}

/** The accounts that people agree to charges with at a number, by its services or by keywords that ask them. */
function sellersOf(services: readonly Service[], keywords: readonly KeywordAt[]): ReadonlySet<string> {
  const asking = keywords.filter(({ preAuth }) => preAuth?.isActive);
  return new Set([...services, ...asking].map(({ account }) => account));
}

/** HELP that a customer's keyword takes is the customer's to answer; a keyword that takes everything is none of these. */
async function withWish(
  ports: ReceivePorts,
  inbound: NewInbound,
  { keyword, word }: TextMeaning,
  holders: readonly Holder[],
): Promise<NewInbound> {
  const wish = wishOf(inbound);
  const isTaken = word !== undefined || (keyword !== undefined && keyword.mode !== "wildcard");
  if (!wish || (wish.is === "help" && isTaken)) return inbound;
  const formerly = await pseudonymsOf(ports.codes, inbound.sender);
  return { ...inbound, opts: { ...optsOf(ports, wish, inbound, holders), formerly } };
}

/** Consents at a number that are no subscription of ours, made by keyword or by a charge. The merchant bills them. */
function endingAtNumber({ sender, recipient }: Reported, stops: readonly string[] | "all", at: number): Ending {
  const only = stops === "all" ? {} : { only: stops };
  return { recipient: sender, number: recipient, ...only, services: [], by: "person", at, texts: [] };
}

/** Where the text is forwarded, and the question its person gets first. STOP and OK are answers, so they cause no question. */
async function forwardTo(
  ports: ReceivePorts,
  keyword: KeywordAt,
  text: { id: InboundId; sender: string; text: string; isStop: boolean },
): Promise<Pick<NewInbound, "keywordId" | "forward" | "asking">> {
  const { id: keywordId, dialect, forwardUrl: url, tags, properties, preAuth } = keyword;
  const forward = { dialect, url, tags, properties };
  if (!preAuth?.isActive) return { keywordId, forward };
  // OK is an answer: whether it is yes to this is told with the text that it answers.
  if (isOk(text)) return { keywordId, forward: { ...forward, consent: { service: keywordId } } };
  if (text.isStop) return { keywordId, forward: { ...forward, consent: { service: keywordId, isActive: false } } };
  const asking = await askingFor(ports, keyword, preAuth, text);
  return { keywordId, forward: { ...forward, consent: { service: keywordId } }, asking };
}

/** Writes jobs for the texts that are due before the next sweep; later ones get their job from a sweep. */
async function submitInTime(
  ports: ReceivePorts,
  texts: readonly NewInbound[],
  messages: readonly MessageId[],
): Promise<void> {
  const questions = new Map(texts.map(({ asking }) => [asking?.question.id, asking?.question]));
  const rows = messages.flatMap((id) => {
    const question = questions.get(id);
    // A held message gets its job when it is released.
    if (question?.state === "held") return [];
    return { id, lane: "urgent" as const, ...(question?.dueAt === undefined ? {} : { dueAt: question.dueAt }) };
  });
  const now = ports.clock.now();
  const soon = rows.filter(({ dueAt = now }: { dueAt?: number }) => dueAt <= now + SWEPT_WITHIN);
  await queueJobs(ports.jobs.submit, soon, now);
}

function isOk(reported: Pick<Inbound, "text" | "binary">): boolean {
  return wordsOf(wordsIn(reported))[0] === "ok";
}

/** Digits of octets are no words, whatever they spell: `FADE` may be somebody's keyword. */
function wordsIn({ text, binary }: Pick<Inbound, "text" | "binary">): string {
  return binary ? "" : text;
}

/** OK confirms the charge that this person was asked about at this number; there is at most one. */
async function confirmation(ports: ReceivePorts, inbound: NewInbound): Promise<Pick<NewInbound, "confirms">> {
  const waiting = await ports.transactions.waitingForOk(inbound.sender, inbound.recipient);
  const now = ports.clock.now();
  if (!waiting || waiting.expiresAt <= now) return {};
  const entry = { at: now, event: "person.confirmed", inbound: inbound.id } as const;
  const expiresAt = now + CHARGE_VALIDITY_MS;
  const confirms = { id: waiting.id, to: "ready", from: ["waiting"], inbound: inbound.id, at: now, entry } as const;
  return { confirms: { ...confirms, dueAt: now, expiresAt } };
}
