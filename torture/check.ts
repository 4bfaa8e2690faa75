/**
 * The promises, held against what can be seen from outside once all is settled: what handsets show, what the customers'
 * server was told, what the operator billed. What our own lists say is never believed alone.
 */

import { DEMO_API_KEY } from "../scripts/local-settings.ts";
import type { Book, Charge, Subscriber, Text } from "./book.ts";
import { PAYERS } from "./charges.ts";
import { faultsInBooks } from "./ledger.ts";
import {
  type AdminMessage,
  type AdminTransaction,
  allCharges,
  allOf,
  allTexts,
  type Operator,
  type OperatorCharge,
} from "./outside.ts";
import type { Told } from "./receiver.ts";
import type { Sent } from "./smsc.ts";
import { HANDSETS } from "./texts.ts";

export type Verdict = {
  /** Broken promises, each in words with the ids it is about. */
  breaches: string[];
  /** How many of them are things that were acknowledged and lost, and things that happened twice. */
  lost: number;
  doubled: number;
  /** What there was of each. */
  counts: Record<string, number>;
};

type Seen = {
  shown: Map<string, Sent[]>;
  messages: Map<string, AdminMessage>;
  transactions: AdminTransaction[];
  billed: OperatorCharge[];
  told: ToldOf & { smpp: ReadonlySet<string> };
  dead: Map<string, string>;
};

export async function check(
  url: string,
  operator: Operator,
  book: Book,
  told: readonly Told[],
  sent: readonly Sent[],
): Promise<Verdict> {
  const verdict: Verdict = { breaches: [...book.refusals], lost: 0, doubled: 0, counts: {} };
  const seen: Seen = {
    shown: await textsShown(operator, sent),
    messages: new Map(
      (await allOf<AdminMessage>(operator, "messages?account=demo")).map((one) => [String(one.text), one]),
    ),
    transactions: await allOf<AdminTransaction>(operator, "transactions?account=demo"),
    billed: await allCharges(operator),
    told: { ...toldOf(told), smpp: book.receipts },
    dead: await deadOf(operator),
  };
  checkTexts(verdict, book.texts, seen);
  await checkCharges(verdict, url, book.charges, seen);
  await checkInbounds(verdict, operator, book, seen);
  checkSubscribers(verdict, book.subscribers, seen);
  checkBuyers(verdict, book, seen);
  const { number } = await operator<{ number: number }>("GET", "/admin/v1/accounts/demo");
  for (const fault of await faultsInBooks(operator, { id: "demo", number })) breach(verdict, `the books: ${fault}`);
  verdict.counts["texts sent by the SMSC"] = sent.length;
  verdict.counts["receipts over SMPP"] = book.receipts.size;
  verdict.counts["unanswered requests"] = book.unanswered;
  verdict.counts["webhooks on the dead list"] = seen.dead.size;
  return verdict;
}

function breach(verdict: Verdict, words: string, kind?: "lost" | "doubled"): void {
  verdict.breaches.push(words);
  if (kind) verdict[kind]++;
}

function checkTexts(verdict: Verdict, texts: readonly Text[], seen: Seen): void {
  const failed: Record<string, number> = {};
  let shownTwice = 0;
  let cancelled = 0;
  let reports = 0;
  for (const text of texts) {
    const { id, dialect, recipient, versions, valid, isAcknowledged, reportedAs } = text;
    const what = `${dialect} message ${id} to ${recipient}`;
    const shown = [...versions.keys()].flatMap((version) => seen.shown.get(version) ?? []);
    const stored = [...versions.keys()].map((version) => seen.messages.get(version)).find((one) => one !== undefined);
    const state = `${stored?.state ?? "unknown here"}${stored?.reason ? ` (${stored.reason})` : ""}`;
    for (const { text: said, receivedAt } of shown) {
      if (!valid.has(said)) {
        const why = valid.size === 0 ? "was taken back" : "was changed";
        breach(verdict, `${what} ${why}, and its handset shows “${said}”`);
      }
      const early = (versions.get(said) ?? 0) - Date.parse(receivedAt);
      if (early > 0) breach(verdict, `${what} was shown ${early} ms before its time`);
    }
    if (shown.length > 1 && text.mayDouble) shownTwice++;
    if (shown.length > 1 && !text.mayDouble) breach(verdict, `${what} was shown ${shown.length} times`, "doubled");
    if (valid.size === 0) cancelled++;
    if (!isAcknowledged || valid.size === 0) continue;

    const isFailed = stored?.state === "failed" || stored?.state === "expired";
    if (shown.length === 0 && !(isFailed && stored?.reason))
      breach(verdict, `${what} was never shown: ${state}`, "lost");
    if (shown.length === 0 && isFailed) {
      const name = `texts that ${stored?.state}: ${stored?.reason}`;
      failed[name] = (failed[name] ?? 0) + 1;
    }
    const isFinal = isFailed || stored?.state === "delivered";
    if (!isFinal) breach(verdict, `${what} is not settled: ${state}`);
    if (reportedAs === undefined) continue;
    reports++;
    if (!seen.told[dialect].has(reportedAs) && !seen.dead.has(stored?.id ?? "")) {
      breach(verdict, `nobody was told what became of ${what}: ${state}`, "lost");
    }
  }
  const acknowledged = texts.filter((text) => text.isAcknowledged).length;
  Object.assign(verdict.counts, {
    "texts asked for": texts.length,
    "texts acknowledged": acknowledged,
    "texts acknowledged over SMPP": texts.filter(({ dialect, isAcknowledged }) => dialect === "smpp" && isAcknowledged)
      .length,
    "texts taken back": cancelled,
    ...failed,
    "at-least-once texts shown twice": shownTwice,
    "reports told": reports,
  });
}

async function checkCharges(verdict: Verdict, url: string, charges: readonly Charge[], seen: Seen): Promise<void> {
  const byTheirId = new Map(seen.transactions.map((one) => [one.theirId, one]));
  const billedFor = Map.groupBy(seen.billed, ({ transaction }) => transaction);
  for (const [transaction, entries] of billedFor) {
    if (entries.length > 1)
      breach(verdict, `${transaction} is ${entries.length} times in the operator's ledger`, "doubled");
  }
  // Two of ours for one of theirs would be two charges, too.
  for (const [theirId, ours] of Map.groupBy(seen.transactions, (one) => one.theirId)) {
    const billed = ours.filter(({ id }) => billedFor.has(id));
    if (billed.length > 1)
      breach(verdict, `${theirId} was billed as ${billed.map(({ id }) => id).join(" and ")}`, "doubled");
  }
  for (const { id, state, theirId } of seen.transactions) {
    // Whoever left a purchase page is waited for a day longer; nobody is charged until they come.
    if (!["billed", "reversed", "failed", "expired", "cancelled", "waiting"].includes(state)) {
      breach(verdict, `charge ${theirId} (${id}) is not settled: ${state}`);
    }
  }
  let reversed = 0;
  for (const charge of charges) {
    const stored = byTheirId.get(charge.id);
    const entries = billedFor.get(stored?.id ?? "") ?? [];
    if (!charge.isAcknowledged) continue;
    if (!stored) {
      breach(verdict, `charge ${charge.id} to ${charge.recipient} is not known here`, "lost");
      continue;
    }
    const wasBilled = entries.length > 0;
    const status = await statusTold(url, charge.id);
    const isTold = status === "Ok";
    if (isTold !== wasBilled) {
      breach(verdict, `charge ${charge.id} (${stored.id}) is told ${status}, and was billed ${entries.length} times`);
    }
    if (!["Ok", "Failed"].includes(status))
      breach(verdict, `charge ${charge.id} (${stored.id}) stays ${status}`, "lost");
    if (!charge.isReversed) continue;
    reversed++;
    const back = billedFor.get(byTheirId.get(`-${charge.id}`)?.id ?? "") ?? [];
    if (back.length !== 1)
      breach(verdict, `charge ${charge.id} is to be given back, and was ${back.length} times`, "lost");
  }
  Object.assign(verdict.counts, {
    "charges asked for": charges.length,
    "charges acknowledged": charges.filter(({ isAcknowledged }) => isAcknowledged).length,
    "charges given back": reversed,
    "entries in the operator's ledger": seen.billed.length,
  });
  const people = new Set(PAYERS);
  const own = seen.billed.filter(({ msisdn, kind }) => people.has(msisdn) && kind === "charge").length;
  if (own > charges.length) breach(verdict, `${own} charges were billed, and ${charges.length} asked for`, "doubled");
}

/** What the merchant is told of a charge. */
async function statusTold(url: string, id: string): Promise<string> {
  const answer = await fetch(`${url}/api/strex/transactions/${id}`, { headers: { "x-apikey": DEMO_API_KEY } });
  if (answer.status !== 200) return `answered ${answer.status}`;
  return String(((await answer.json()) as Record<string, unknown>).statusCode);
}

async function checkInbounds(verdict: Verdict, operator: Operator, { inbounds }: Book, seen: Seen): Promise<void> {
  const stored = await allOf<{ id: string; theirId: string }>(operator, "inbound?account=demo");
  const byTheirId = Map.groupBy(stored, ({ theirId }) => theirId);
  for (const { id, from, text, isAcknowledged } of inbounds) {
    const known = byTheirId.get(id) ?? [];
    const what = `“${text}”, written by ${from} (${id}),`;
    if (known.length > 1) breach(verdict, `${what} was taken ${known.length} times`, "doubled");
    if (!isAcknowledged) continue;
    if (known.length === 0) breach(verdict, `${what} is not known here`, "lost");
    else if (!seen.told.inbound.has(text) && !known.some((one) => seen.dead.has(one.id))) {
      breach(verdict, `${what} was never forwarded`, "lost");
    }
  }
  verdict.counts["texts written by people"] = inbounds.length;
}

function checkSubscribers(verdict: Verdict, subscribers: readonly Subscriber[], seen: Seen): void {
  const billed = Map.groupBy(seen.billed, ({ msisdn }) => msisdn);
  const ofPeriods = new Map<string, string>();
  const billedIds = new Set(seen.billed.map(({ transaction }) => transaction));
  for (const { id, subscription, period } of seen.transactions) {
    if (!subscription || !billedIds.has(id)) continue;
    const key = `period ${period} of ${subscription}`;
    if (ofPeriods.has(key)) breach(verdict, `${key} was billed as ${ofPeriods.get(key)} and ${id}`, "doubled");
    ofPeriods.set(key, id);
    if (!seen.told.charge.has(id) && !seen.dead.has(id))
      breach(verdict, `nobody was told that ${id} was billed`, "lost");
  }
  let stopped = 0;
  for (const { recipient, subscription, nextWeek, stoppedAt } of subscribers) {
    const charges = (billed.get(recipient) ?? []).filter(({ kind }) => kind === "charge");
    const tooMany = charges.filter(({ billedAt }, index) => index > (Date.parse(billedAt) < nextWeek ? 0 : 1));
    if (tooMany.length > 0) {
      const times = charges.map(({ billedAt }) => billedAt).join(", ");
      breach(verdict, `${recipient} was billed more often than there were weeks: ${times}`, "doubled");
    }
    const late = stoppedAt === undefined ? [] : charges.filter(({ billedAt }) => Date.parse(billedAt) > stoppedAt);
    for (const { transaction, billedAt } of late) {
      const told = new Date(stoppedAt as number).toISOString();
      breach(verdict, `${recipient} was told at ${told} that it is over, and billed ${transaction} at ${billedAt}`);
    }
    if (stoppedAt !== undefined) stopped++;
    // One that came to nothing is tried again in some hours, which need not have passed.
    const isTried = seen.transactions.some((one) => one.subscription === subscription && one.state !== "cancelled");
    if (subscription && stoppedAt === undefined && charges.length === 0 && !isTried) {
      breach(verdict, `${recipient} subscribed (${subscription}), and nobody tried to bill it`, "lost");
    }
    if (subscription && !seen.told.news.has(subscription) && !seen.dead.has(subscription)) {
      breach(verdict, `nobody was told anything of ${subscription}`, "lost");
    }
  }
  Object.assign(verdict.counts, {
    subscribers: subscribers.length,
    "ended by STOP": stopped,
    "periods billed": ofPeriods.size,
  });
}

function checkBuyers(verdict: Verdict, { buyers }: Book, seen: Seen): void {
  let paid = 0;
  for (const { recipient, windows, wasToldPaid } of buyers) {
    const charges = seen.billed.filter(({ msisdn }) => msisdn === recipient).length;
    if (wasToldPaid) paid++;
    if (wasToldPaid && charges === 0)
      breach(verdict, `${recipient} was told that it is paid, and was never billed`, "lost");
    if (charges > 1 || charges > windows)
      breach(verdict, `${recipient} bought once, and was billed ${charges} times`, "doubled");
  }
  Object.assign(verdict.counts, { "people on purchase pages": buyers.length, "told that it is paid": paid });
}

/** All that handsets show, by its text. */
async function textsShown(operator: Operator, sent: readonly Sent[]): Promise<Map<string, Sent[]>> {
  const all: Sent[] = [...sent];
  for (const msisdn of HANDSETS) all.push(...(await allTexts(operator, msisdn)));
  return Map.groupBy(all, ({ text }) => text);
}

type ToldOf = Record<"target365" | "txtnation" | "cm" | "flowroute" | "inbound" | "charge" | "news", Set<string>>;

/** What was told in the end, by the name that each dialect has for it. */
function toldOf(told: readonly Told[]): ToldOf {
  const of: ToldOf = {
    target365: new Set(),
    txtnation: new Set(),
    cm: new Set(),
    flowroute: new Set(),
    inbound: new Set(),
    charge: new Set(),
    news: new Set(),
  };
  for (const { path, query, body } of told) {
    const [, from = ""] = path.split("/");
    if (from === "txtnation") {
      const form = new URLSearchParams(body);
      if (form.get("report") !== "ACKNOWLEDGED") of.txtnation.add(form.get("id") ?? "");
    } else if (from === "cm") {
      if (query.get("status") !== "0") of.cm.add(query.get("reference") ?? "");
    } else {
      const json = JSON.parse(body);
      if (from === "target365") of.target365.add(json.transactionId);
      if (from === "inbound") of.inbound.add(json.content);
      if (from === "flowroute" && json.data.attributes.level === 2) of.flowroute.add(json.data.id);
      if (from === "news" && json.type === "charge.billed") of.charge.add(json.data.transaction);
      if (from === "news" && json.type.startsWith("subscription.")) of.news.add(json.data.subscription);
    }
  }
  return of;
}

/** Webhooks that were given up, by what they are about. */
async function deadOf(operator: Operator): Promise<Map<string, string>> {
  const dead = await allOf<{ subject: string; reason?: string }>(operator, "webhooks?state=dead");
  return new Map(dead.map(({ subject, reason = "" }) => [subject, reason]));
}
