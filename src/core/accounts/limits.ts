/**
 * How much an account, or a credential of it, may ask for: requests and messages in a second, messages and money in a day. What is
 * not limited is not counted, and costs nothing. What is over a limit is refused before anything is done.
 */

import { dayOf, spanOfDay } from "../billing/subscriptions/calendar.ts";
import type { Clock } from "../kernel/clock.ts";
import { GatewayError } from "../kernel/errors.ts";
import type { AccountId, WebhookId } from "../kernel/ids.ts";
import type { Jobs, Log } from "../kernel/ports.ts";
import { HOME_TIME_ZONE } from "../kernel/time-zones.ts";
import type { Counts } from "../operator/counts.ts";
import type { Account, Caller } from "./account.ts";
import type { Limits } from "./rules.ts";

/** So much of what is limited by the second. `of` tells the account's limit from each credential's, and requests from messages. */
export type Rate = { of: string; perSecond: number; amount: number };

export interface Rates {
  /**
   * Takes all of these at once, or nothing.
   * @returns 0 if taken, else after how many milliseconds there may be room; undefined where there never is, for so much at once
   */
  take(account: AccountId, rates: readonly Rate[]): Promise<number | undefined>;
}

/** So much of what is limited by the day. `credential` is empty for the account's own limit; `what` is `messages` or a currency. */
export type Allowance = { credential: string; what: string; amount: number; most: number };

/** What was used of something in a day, and when its account was told that it is nearly used up, or used up. Epoch ms. */
export type Used = { credential: string; what: string; used: number; nearAt?: number; reachedAt?: number };

/** A limit that its account was notified of. `timeZone`: the account's own, if it has one. */
export type NotifiedLimit = Used & { account: AccountId; day: string; timeZone?: string };

/** When an account is told of a limit: *near* at so much of it, *reached* when it is used up, or has less left than was asked for. */
export const LIMIT_STEPS = ["near", "reached"] as const;
export type LimitStep = (typeof LIMIT_STEPS)[number];
/** Percent. */
export const NEAR = 80;

/** `isRefused`: a request was refused for lack of room. Otherwise it is reported only if the use is still that high when the event is written. */
export type LimitFinding = { step: LimitStep; credential: string; what: string; most: number; isRefused?: true };

/** Findings to report for `day`, once the request was accepted or finally refused. `untilAt`: when the day ends, epoch ms. */
type ToTell = { day: string; untilAt: number; findings: readonly LimitFinding[] };

export interface AllowanceStore {
  /**
   * Takes all of these at once, or nothing.
   * @returns whether it was taken (not where one of them has not so much left), and what is used of each then, in their order
   */
  take(account: AccountId, day: string, wanted: readonly Allowance[]): Promise<{ isTaken: boolean; used: Used[] }>;
  /**
   * Records that the account is notified of these, and writes the events, for those that are new and still true: each step once a day, and
   * *near* not after *reached*.
   * @param times epoch ms: now, and when the day ends
   */
  recordFindings(
    account: AccountId,
    day: string,
    findings: readonly LimitFinding[],
    times: { at: number; untilAt: number },
  ): Promise<{ recorded: Pick<Used, "credential" | "what">[]; owed: WebhookId[] }>;
  giveBack(account: AccountId, day: string, unused: readonly Allowance[]): Promise<void>;
  /** What accounts were notified of, of this day and later ones, the newest first: at most so many. */
  listNotified(from: string, limit: number, account?: AccountId): Promise<NotifiedLimit[]>;
  /** What was used in a day. */
  list(account: AccountId, day: string): Promise<Used[]>;
  /** Those with too little left. */
  usedUp(account: AccountId, day: string, wanted: readonly Allowance[]): Promise<Allowance[]>;
}

export type LimitPorts = {
  rates: Rates;
  allowances: AllowanceStore;
  counts: Counts;
  clock: Clock;
  jobs: Jobs;
  log: Log;
};

/** A refusal that is over in so many seconds. */
export class OverLimit extends GatewayError {
  readonly retryAfterSeconds: number;
  readonly toTell: ToTell | undefined;

  constructor(message: string, retryAfterSeconds: number, toTell?: ToTell) {
    super("too-many-requests", message);
    this.retryAfterSeconds = retryAfterSeconds;
    this.toTell = toTell;
  }
}

/** What is asked for: so many messages, and what they, or charges, cost. Minor units. */
export type Asked = { messages: number; spend: readonly { amount: number; currency: string }[] };

/** What was taken. Give back the unused part with `giveBack`; report limits with `tellOfLimits`. */
export type Taken = {
  account: AccountId;
  day: string;
  credential: Caller["credential"];
  limits: Limits;
  toTell: ToTell;
};

const SECOND = 1_000;

/**
 * Takes one request.
 * @throws OverLimit
 */
export async function takeRequest(ports: LimitPorts, { account, credential }: Caller): Promise<void> {
  const rates = ratesOf(account, credential, "requestsPerSecond", 1);
  const tooFast = rates.length > 0 ? await tryRates(ports, account, rates, "requests_per_second") : undefined;
  if (tooFast) throw tooFast;
}

/**
 * Takes what messages and charges need, all of it or nothing. Tells of a limit that is reached where it refuses.
 * @returns undefined where nothing of it is limited
 * @throws OverLimit
 */
export async function take(ports: LimitPorts, caller: Caller, asked: Asked): Promise<Taken | undefined> {
  const taken = await tryToTake(ports, caller, asked);
  if (!(taken instanceof OverLimit)) return taken;
  await tellOfLimits(ports, taken, caller.account);
  throw taken;
}

/**
 * The same for what may be a repeat of what is done already: a refusal is answered, and neither thrown nor told of.
 * @returns undefined where nothing of it is limited
 */
export async function tryToTake(
  ports: LimitPorts,
  caller: Caller,
  asked: Asked,
): Promise<Taken | OverLimit | undefined> {
  const { account, credential } = caller;
  if (account.settings.limits === undefined && credential.limits === undefined) return undefined;
  const rates = asked.messages > 0 ? ratesOf(account, credential, "messagesPerSecond", asked.messages) : [];
  const tooFast = rates.length > 0 ? await tryRates(ports, account, rates, "messages_per_second") : undefined;
  if (tooFast) return tooFast;
  const wanted = allowancesOf(account.settings.limits, credential, asked);
  if (wanted.length === 0) return undefined;
  const now = ports.clock.now();
  const { day, timeZone } = dayAt(account, now);
  const { isTaken, used } = await ports.allowances.take(account.id, day, wanted);
  const untilAt = spanOfDay(day, timeZone).until;
  const toTell = { day, untilAt, findings: findingsIn(wanted, used, isTaken) };
  if (isTaken) return { account: account.id, day, credential, limits: account.settings.limits ?? {}, toTell };
  const over = wanted.find(({ amount, most }, place) => (used[place]?.used ?? 0) + amount > most);
  const { what = "messages", most = 0, credential: of = "" } = over ?? {};
  const whose = of === "" ? `account ${account.id}` : `the credential ${credential.name}`;
  const unit = what === "messages" ? "messages" : `minor units of ${what}`;
  refused(ports, account, what === "messages" ? "messages_per_day" : "spend_per_day");
  return new OverLimit(
    `${whose} may use ${most} ${unit} a day, and this request would be more; a new day begins at ${new Date(untilAt).toISOString()}`,
    Math.max(1, Math.ceil((untilAt - now) / SECOND)),
    toTell,
  );
}

/** The day that is counted at this time (epoch ms), and by whose days. */
export function dayAt({ settings }: Pick<Account, "settings">, now: number): { day: string; timeZone: string } {
  const { timeZone = HOME_TIME_ZONE } = settings;
  return { day: dayOf(now, timeZone), timeZone };
}

/** What an account may have to be told of, and was not told of on this day. @param used of each of `wanted` */
function findingsIn(wanted: readonly Allowance[], used: readonly Used[], isTaken: boolean): LimitFinding[] {
  return wanted.flatMap(({ credential, what, amount, most }, place): LimitFinding[] => {
    const { used: sum = 0, nearAt, reachedAt } = used[place] ?? {};
    if (reachedAt !== undefined) return [];
    if (!isTaken && sum + amount > most) return [{ step: "reached", credential, what, most, isRefused: true }];
    if (sum >= most) return [{ step: "reached", credential, what, most }];
    return nearAt === undefined && 100 * sum >= NEAR * most ? [{ step: "near", credential, what, most }] : [];
  });
}

/**
 * Tells an account of limits that are nearly used up, or reached, once what was taken is used, or what was refused is no repeat. Never
 * throws: where telling fails, the next request tells.
 */
export async function tellOfLimits(
  ports: Pick<LimitPorts, "allowances" | "clock" | "jobs" | "log">,
  of: Taken | OverLimit | undefined,
  { id: account }: Pick<Account, "id">,
): Promise<void> {
  const { day, untilAt, findings } = of?.toTell ?? { day: "", untilAt: 0, findings: [] };
  if (findings.length === 0) return;
  try {
    const times = { at: ports.clock.now(), untilAt };
    const { recorded, owed } = await ports.allowances.recordFindings(account, day, findings, times);
    for (const { step, credential, what, most } of findings) {
      const isNew = recorded.some((one) => one.credential === credential && one.what === what);
      if (isNew) ports.log.event(`limit.${step}`, { account, credential, what, most });
    }
    if (owed.length > 0) await ports.jobs.deliver(owed);
  } catch (error) {
    ports.log.event("limit.event_failed", { account, error: String(error) });
  }
}

/** Which limits of the day have not so much left: `messages`, or currencies. Nothing is taken. */
export async function usedUpFor(
  ports: Pick<LimitPorts, "allowances" | "clock">,
  { account, credential }: Caller,
  asked: Asked,
): Promise<string[]> {
  const wanted = allowancesOf(account.settings.limits, credential, asked);
  if (wanted.length === 0) return [];
  const { day } = dayAt(account, ports.clock.now());
  return (await ports.allowances.usedUp(account.id, day, wanted)).map(({ what }) => what);
}

/** Whether any of this is limited. */
export function isLimited({ account, credential }: Caller, asked: Asked): boolean {
  return (
    ratesOf(account, credential, "messagesPerSecond", asked.messages).length > 0 ||
    allowancesOf(account.settings.limits, credential, asked).length > 0
  );
}

/** Gives back what came to nothing: a request that repeats an earlier one, say. */
export async function giveBack(ports: Pick<LimitPorts, "allowances">, taken: Taken, unused: Asked): Promise<void> {
  const back = allowancesOf(taken.limits, taken.credential, unused);
  if (back.length > 0) await ports.allowances.giveBack(taken.account, taken.day, back);
}

/** @returns the refusal, where they are not taken */
async function tryRates(
  ports: LimitPorts,
  account: Account,
  rates: readonly Rate[],
  limit: string,
): Promise<OverLimit | undefined> {
  // Whoever keeps the count may be starting anew just now: without it nothing goes.
  const wait = await ports.rates.take(account.id, rates).catch(() => SECOND);
  if (wait === 0) return undefined;
  refused(ports, account, limit);
  const most = Math.min(...rates.map(({ perSecond }) => perSecond));
  const what = limit.replaceAll("_", " ");
  if (wait === undefined)
    return new OverLimit(`too many at once: ${most} ${what} are allowed; send fewer at a time`, 1);
  return new OverLimit(`too fast: ${most} ${what} are allowed`, Math.max(1, Math.ceil(wait / SECOND)));
}

function refused({ counts, log }: LimitPorts, { id: account }: Account, limit: string): void {
  counts.count("limit_refused", { account, limit });
  log.event("limit.refused", { account, limit });
}

function ratesOf(
  account: Account,
  credential: Caller["credential"],
  limit: "requestsPerSecond" | "messagesPerSecond",
  amount: number,
): Rate[] {
  const whole = account.settings.limits?.[limit];
  const own = credential.limits?.[limit];
  return [
    ...(whole === undefined ? [] : [{ of: limit, perSecond: whole, amount }]),
    ...(own === undefined ? [] : [{ of: `${limit} ${credential.id}`, perSecond: own, amount }]),
  ];
}

/** The limits of a day: of messages, or of money in a currency. */
export function limitsOfDay(limits: Limits | undefined): Pick<Allowance, "what" | "most">[] {
  const { messagesPerDay, spendPerDay = {} } = limits ?? {};
  const ofMoney = Object.entries(spendPerDay).map(([what, most]) => ({ what, most }));
  return [...(messagesPerDay === undefined ? [] : [{ what: "messages", most: messagesPerDay }]), ...ofMoney];
}

function allowancesOf(
  whole: Limits | undefined,
  { id, limits: own }: Pick<Caller["credential"], "id" | "limits">,
  { messages, spend }: Asked,
): Allowance[] {
  const sums = new Map<string, number>();
  for (const { amount, currency } of spend) sums.set(currency, (sums.get(currency) ?? 0) + amount);
  const wanted = [...(messages > 0 ? [["messages", messages] as const] : []), ...sums];
  return [
    { credential: "", limits: whole },
    { credential: id, limits: own },
  ].flatMap(({ credential, limits }) =>
    wanted.flatMap(([what, amount]) => {
      const most = what === "messages" ? limits?.messagesPerDay : limits?.spendPerDay?.[what];
      return most === undefined || amount <= 0 ? [] : [{ credential, what, amount, most }];
    }),
  );
}

/** What was taken in the last second, exactly: in no second, wherever it begins, more than the limit. */
export class RateBook {
  readonly #taken = new Map<string, { at: number; amount: number }[]>();
  #latest = 0;

  /** @param now epoch ms @returns as `Rates.take` */
  take(rates: readonly Rate[], now: number): number | undefined {
    // A clock that is set back would forget nothing for as long.
    if (now < this.#latest) this.#taken.clear();
    this.#latest = now;
    for (const [of, taken] of this.#taken) {
      const kept = taken.filter(({ at }) => at > now - SECOND);
      if (kept.length > 0) this.#taken.set(of, kept);
      else this.#taken.delete(of);
    }
    const waits = rates.map((rate) => this.#waitFor(rate, now));
    if (waits.includes(undefined)) return undefined;
    const longest = Math.max(0, ...waits.map((wait) => wait ?? 0));
    if (longest === 0) for (const rate of rates) this.#note(rate, now);
    return longest;
  }

  #waitFor({ of, perSecond, amount }: Rate, now: number): number | undefined {
    if (amount > perSecond) return undefined;
    const taken = this.#taken.get(of) ?? [];
    let over = taken.reduce((sum, one) => sum + one.amount, 0) + amount - perSecond;
    if (over <= 0) return 0;
    for (const one of taken) {
      over -= one.amount;
      if (over <= 0) return one.at + SECOND - now;
    }
    return SECOND;
  }

  #note({ of, amount }: Rate, now: number): void {
    const taken = this.#taken.get(of) ?? [];
    const last = taken.at(-1);
    if (last?.at === now) last.amount += amount;
    else taken.push({ at: now, amount });
    this.#taken.set(of, taken);
  }
}
