/**
 * The guard against pumping: somebody has codes sent to numbers that earn by each text, and never enters one. Where of many codes few
 * are confirmed, in a country or among numbers that begin alike, the account is told, and then no more codes go there for a while.
 */

import type { Account } from "../../accounts/account.ts";
import type { CodeGuard } from "../../accounts/rules.ts";
import type { Clock } from "../../kernel/clock.ts";
import { GatewayError } from "../../kernel/errors.ts";
import type { AccountId, MessageId, WebhookId } from "../../kernel/ids.ts";
import type { Jobs, Log } from "../../kernel/ports.ts";
import { present } from "../../kernel/present.ts";
import type { Message } from "../../messages/message.ts";
import type { Counts } from "../../operator/counts.ts";
import { countryOf } from "../../quiet/quiet.ts";
import type { Pin } from "./pin.ts";
import type { PinStore } from "./store.ts";

/** What holds where the account has said nothing else. */
export const CODE_GUARD = { minutes: 60, leastSent: 30, alarmBelow: 30, blockBelow: 10, blockMinutes: 60 } as const;

/** Codes are counted by so much time. Milliseconds. */
export const BUCKET_MS = 300_000;
/** Of a code sent since then, it is not known whether it will be confirmed. Milliseconds. */
const IN_HAND_MS = 300_000;
/** How long what was counted, and what was found, is kept: the longest time that is looked back, and a little more. */
export const CODES_COUNTED_MS = 25 * 3_600_000;
/** So many characters of a number tell its country and its operator or district. */
const PREFIX = 7;
const MINUTE_MS = 60_000;
/** There is an alarm when so much of a budget is used. Percent. */
const NEARLY = 80;

export const GUARD_REASONS = ["conversion", "budget"] as const;
export type GuardReason = (typeof GUARD_REASONS)[number];

/** A country, or what numbers begin with (`+47980`), as the account's codes went there. Times in epoch ms. */
export type CodeArea = {
  area: string;
  sent: number;
  /** Of those, the ones that were sent so long ago that they would have been confirmed. */
  settled: number;
  confirmed: number;
  alarmedAt?: number;
  blockedUntil?: number;
  reason?: GuardReason;
};

export type Finding = Pick<CodeArea, "area" | "sent" | "confirmed"> & { reason: GuardReason; blockedUntil?: number };

/** `from`: what was sent before does not count. `settledBefore`: what was sent since may still be confirmed. Epoch ms. */
export type Looking = { now: number; from: number; settledBefore: number };

export interface CodeGuardStore {
  /**
   * Counts a code at each of the areas, unless one of them is blocked, or the first has used up its budget. `text`: the account's own text
   * that carries it, which is remembered until it is confirmed.
   * @returns whether it was counted, and how the areas stand then
   */
  send(
    account: AccountId,
    areas: readonly string[],
    looking: Looking & { at: number; budget?: number; text?: MessageId },
  ): Promise<{ isCounted: boolean; areas: CodeArea[] }>;
  /**
   * Counts what became of a code: it was confirmed, or not sent after all.
   * @param at epoch ms, the begin of its time @param text as above: it is forgotten where it was not sent
   */
  count(
    account: AccountId,
    areas: readonly string[],
    at: number,
    what: "confirmed" | "unsent",
    text?: MessageId,
  ): Promise<void>;
  /**
   * Counts that the code in an account's own text was confirmed, once.
   * @param times epoch ms: now, and the begin of the time that it is counted in
   * @returns since when it is confirmed; undefined where the text was not counted as a code
   */
  confirmText(text: MessageId, times: { now: number; at: number }): Promise<number | undefined>;
  /** Writes down what was found, and tells of it. Answers the findings that are new, and webhooks now owed. */
  raise(
    account: AccountId,
    findings: readonly Finding[],
    looking: Looking,
  ): Promise<{ raised: string[]; owed: WebhookId[] }>;
  list(account: AccountId, looking: Looking): Promise<CodeArea[]>;
  /** Lets codes go there again, and tells of it. False where it was not blocked. */
  open(account: AccountId, area: string, now: number): Promise<{ isOpened: boolean; owed: WebhookId[] }>;
}

export type CodeGuardPorts = { clock: Clock; codeGuards: CodeGuardStore; counts: Counts; jobs: Jobs; log: Log };

/** What is looked at where the account has said so. @param now epoch ms */
export function lookingAt({ minutes = CODE_GUARD.minutes }: CodeGuard, now: number): Looking {
  return { now, from: bucketOf(now - minutes * MINUTE_MS), settledBefore: bucketOf(now - IN_HAND_MS) };
}

/** The country first, where the number tells it. */
export function areasOf(recipient: string): string[] {
  const country = countryOf(recipient);
  return [...(country === undefined ? [] : [country]), recipient.slice(0, PREFIX)];
}

/** Whether a text carries a code of the account's own: where the account has its guard watch them, those of high priority. */
export function isOwnCode({ settings }: Account, { priority, charge }: Pick<Message, "priority" | "charge">): boolean {
  return settings.codeGuard?.texts === true && priority === "high" && charge === undefined;
}

/** The areas where codes to this person are counted; none where the account does not watch them. */
function watchedAreas({ settings }: Account, recipient: string): string[] {
  const { codeGuard } = settings;
  if (!codeGuard || !recipient.startsWith("+")) return [];
  const areas = areasOf(recipient);
  return codeGuard.trusted?.includes(areas[0] ?? "") ? [] : areas;
}

/**
 * Sends a code, where the account's guard lets it. What is not sent after all is not counted.
 * @param isSent whether what `send` answers says that a text goes
 * @param text the account's own text that carries the code
 * @throws GatewayError country-closed where codes are blocked; whatever `send` throws
 */
export async function guarded<Sent>(
  ports: CodeGuardPorts,
  account: Account,
  recipient: string,
  send: () => Promise<Sent>,
  isSent: (sent: Sent) => boolean = () => true,
  text?: MessageId,
): Promise<Sent> {
  const areas = watchedAreas(account, recipient);
  if (areas.length === 0) return await send();
  const at = bucketOf(ports.clock.now());
  await takeCode(ports, account, areas, at, text);
  const takeBack = () => note(ports, account.id, areas, at, "unsent", text);
  let sent: Sent;
  try {
    sent = await send();
  } catch (error) {
    // Where the answer is lost, the code may be on its way: it stays counted. The same request again finds it, and is not counted twice.
    if (error instanceof GatewayError) await takeBack();
    throw error;
  }
  if (!isSent(sent)) await takeBack();
  return sent;
}

/**
 * Notes that a person has entered the code that they were sent, however often they do. Never throws: the code may be used up by then.
 */
export async function codeConfirmed(
  ports: CodeGuardPorts & { pins: Pick<PinStore, "markConfirmed"> },
  account: Account,
  pin: Pin,
): Promise<void> {
  const areas = watchedAreas(account, pin.recipient);
  if (areas.length === 0) return;
  const isFirst = await ports.pins.markConfirmed(pin).catch((error: unknown) => {
    uncounted(ports.log, account.id, "confirmed", error);
    return false;
  });
  if (isFirst) await note(ports, account.id, areas, bucketOf(ports.clock.now()), "confirmed");
}

/** Counts, if it can: what the count is about has happened, and is not undone where counting fails. */
async function note(
  { codeGuards, log }: CodeGuardPorts,
  account: AccountId,
  areas: readonly string[],
  at: number,
  what: "confirmed" | "unsent",
  text?: MessageId,
): Promise<void> {
  await codeGuards
    .count(account, areas, at, what, text)
    .catch((error: unknown) => uncounted(log, account, what, error));
}

function uncounted(log: Log, account: AccountId, what: "confirmed" | "unsent", error: unknown): void {
  log.event("codes.count_failed", { account, what, error: String(error) });
}

/** @throws GatewayError country-closed */
async function takeCode(
  ports: CodeGuardPorts,
  account: Account,
  areas: readonly string[],
  at: number,
  text: MessageId | undefined,
): Promise<void> {
  const { codeGuard = {} } = account.settings;
  const { budget } = codeGuard;
  const looking = lookingAt(codeGuard, ports.clock.now());
  const asked = { ...looking, at, ...present({ budget, text }) };
  const { isCounted, areas: seen } = await ports.codeGuards.send(account.id, areas, asked);
  const blocked = seen.find((area) => isBlocked(area, looking.now));
  if (blocked) throw closed(ports, account.id, blocked);
  const findings = seen.flatMap((area, place) =>
    found(codeGuard, area, looking, place === 0 && !isCounted ? "over" : place === 0 ? "within" : "none"),
  );
  if (findings.length > 0) await raise(ports, account.id, findings, looking);
  const block = findings.find(({ blockedUntil }) => blockedUntil !== undefined);
  if (!block) return;
  if (isCounted) await note(ports, account.id, areas, at, "unsent", text);
  throw closed(ports, account.id, block);
}

export function isBlocked({ blockedUntil = 0 }: Pick<CodeArea, "blockedUntil">, now: number): boolean {
  return blockedUntil > now;
}

/** What is wrong with an area, if anything is. @param budget of a country: whether this code was within it */
function found(guard: CodeGuard, seen: CodeArea, looking: Looking, budget: "over" | "within" | "none"): Finding[] {
  const { area, sent, settled, confirmed } = seen;
  const { leastSent, alarmBelow, blockBelow, blockMinutes } = { ...CODE_GUARD, ...guard };
  // To the end of a time that codes are counted in: what follows is counted from its begin.
  const blockedUntil = bucketOf(looking.now + blockMinutes * MINUTE_MS) + BUCKET_MS;
  if (budget === "over") return [{ area, sent, confirmed, reason: "budget", blockedUntil }];
  const percent = settled >= leastSent ? (100 * confirmed) / settled : 100;
  if (percent < blockBelow) return [{ area, sent, confirmed, reason: "conversion", blockedUntil }];
  if ((seen.alarmedAt ?? 0) > looking.from) return [];
  if (percent < alarmBelow) return [{ area, sent, confirmed, reason: "conversion" }];
  const isNear = budget === "within" && guard.budget !== undefined && 100 * sent >= NEARLY * guard.budget;
  return isNear ? [{ area, sent, confirmed, reason: "budget" }] : [];
}

async function raise(
  ports: CodeGuardPorts,
  account: AccountId,
  findings: readonly Finding[],
  looking: Looking,
): Promise<void> {
  const { raised, owed } = await ports.codeGuards.raise(account, findings, looking);
  if (owed.length > 0) await ports.jobs.deliver(owed);
  for (const { area, reason, blockedUntil, sent, confirmed } of findings.filter((one) => raised.includes(one.area))) {
    const what = blockedUntil === undefined ? "alarm" : "block";
    ports.counts.count("code_guard_raised", { account, what, reason });
    ports.log.event(what === "alarm" ? "codes.suspicious" : "codes.blocked", {
      account,
      area,
      reason,
      sent,
      confirmed,
    });
  }
}

function closed(ports: CodeGuardPorts, account: AccountId, at: Finding | CodeArea): GatewayError {
  ports.counts.count("code_blocked", { account });
  const until = new Date(at.blockedUntil ?? 0).toISOString();
  const why = at.reason === "budget" ? "the budget is used up" : "too few of those sent were confirmed";
  return new GatewayError("country-closed", `no codes are sent to ${at.area} until ${until}: ${why}`, "recipient");
}

/** The begin of the time that codes of a moment are counted in. Epoch ms. */
export function bucketOf(at: number): number {
  return Math.floor(at / BUCKET_MS) * BUCKET_MS;
}
