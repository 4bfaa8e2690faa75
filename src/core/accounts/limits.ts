/**
 * How much an account, or a credential of it, may ask for: requests and messages in a second, messages and money in a day. What is
 * not limited is not counted, and costs nothing. What is over a limit is refused before anything is done.
 */

import { dayOf, spanOfDay } from "../billing/subscriptions/calendar.ts";
import type { Clock } from "../kernel/clock.ts";
import { GatewayError } from "../kernel/errors.ts";
import type { AccountId } from "../kernel/ids.ts";
import type { Log } from "../kernel/ports.ts";
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

export interface AllowanceStore {
  /** Takes all of these at once, or nothing; false where one of them has not so much left. */
  take(account: AccountId, day: string, wanted: readonly Allowance[]): Promise<boolean>;
  giveBack(account: AccountId, day: string, unused: readonly Allowance[]): Promise<void>;
  /** Those of them that have not so much left. */
  usedUp(account: AccountId, day: string, wanted: readonly Allowance[]): Promise<Allowance[]>;
  /** Forgets what was used before this day. */
  forget(before: string): Promise<void>;
}

export type LimitPorts = { rates: Rates; allowances: AllowanceStore; counts: Counts; clock: Clock; log: Log };

/** A refusal that is over in so many seconds. */
export class OverLimit extends GatewayError {
  readonly retryAfterSeconds: number;

  constructor(message: string, retryAfterSeconds: number) {
    super("too-many-requests", message);
    this.retryAfterSeconds = retryAfterSeconds;
  }
}

/** What is asked for: so many messages, and what they, or charges, cost. Minor units. */
export type Asked = { messages: number; spend: readonly { amount: number; currency: string }[] };

/** What was taken; what comes to nothing is given back. */
export type Taken = { account: AccountId; day: string; credential: Caller["credential"]; limits: Limits };

/** By whose days it is counted, unless the account says otherwise. */
const SECOND = 1_000;

/**
 * Takes one request.
 * @throws OverLimit
 */
export async function takeRequest(ports: LimitPorts, { account, credential }: Caller): Promise<void> {
  const rates = ratesOf(account, credential, "requestsPerSecond", 1);
  if (rates.length > 0) await takeRates(ports, account, rates, "requests_per_second");
}

/**
 * Takes what messages and charges need, all of it or nothing.
 * @returns undefined where nothing of it is limited
 * @throws OverLimit
 */
export async function take(ports: LimitPorts, caller: Caller, asked: Asked): Promise<Taken | undefined> {
  const { account, credential } = caller;
  if (account.settings.limits === undefined && credential.limits === undefined) return undefined;
  const rates = asked.messages > 0 ? ratesOf(account, credential, "messagesPerSecond", asked.messages) : [];
  if (rates.length > 0) await takeRates(ports, account, rates, "messages_per_second");
  const wanted = allowancesOf(account.settings.limits, credential, asked);
  if (wanted.length === 0) return undefined;
  const now = ports.clock.now();
  const timeZone = account.settings.timeZone ?? HOME_TIME_ZONE;
  const day = dayOf(now, timeZone);
  if (await ports.allowances.take(account.id, day, wanted)) {
    return { account: account.id, day, credential, limits: account.settings.limits ?? {} };
  }
  const [used] = await ports.allowances.usedUp(account.id, day, wanted);
  const { what = "messages", most = 0, credential: of = "" } = used ?? {};
  const whose = of === "" ? `account ${account.id}` : `the credential ${credential.name}`;
  const unit = what === "messages" ? "messages" : `minor units of ${what}`;
  refused(ports, account, what === "messages" ? "messages_per_day" : "spend_per_day");
  throw new OverLimit(
    `${whose} may use ${most} ${unit} a day, and this request would be more; a new day begins at ${startsAgain(day, timeZone)}`,
    Math.max(1, Math.ceil((spanOfDay(day, timeZone).until - now) / SECOND)),
  );
}

/** The same for what may be a repeat of what is done already: a refusal is answered, and not thrown. */
export async function tryToTake(
  ports: LimitPorts,
  caller: Caller,
  asked: Asked,
): Promise<Taken | OverLimit | undefined> {
  return take(ports, caller, asked).catch((error: unknown) => {
    if (error instanceof OverLimit) return error;
    throw error;
  });
}

/** Which limits of the day have not so much left: `messages`, or currencies. Nothing is taken. */
export async function usedUpFor(
  ports: Pick<LimitPorts, "allowances" | "clock">,
  { account, credential }: Caller,
  asked: Asked,
): Promise<string[]> {
  const wanted = allowancesOf(account.settings.limits, credential, asked);
  if (wanted.length === 0) return [];
  const day = dayOf(ports.clock.now(), account.settings.timeZone ?? HOME_TIME_ZONE);
  return (await ports.allowances.usedUp(account.id, day, wanted)).map(({ what }) => what);
}

/** Whether any of this is limited. */
export function isLimited({ account, credential }: Caller, asked: Asked): boolean {
  return (
    ratesOf(account, credential, "messagesPerSecond", asked.messages).length > 0 ||
    allowancesOf(account.settings.limits, credential, asked).length > 0
  );
}

function startsAgain(day: string, timeZone: string): string {
  return new Date(spanOfDay(day, timeZone).until).toISOString();
}

/** Gives back what came to nothing: a request that repeats an earlier one, say. */
export async function giveBack(ports: Pick<LimitPorts, "allowances">, taken: Taken, unused: Asked): Promise<void> {
  const back = allowancesOf(taken.limits, taken.credential, unused);
  if (back.length > 0) await ports.allowances.giveBack(taken.account, taken.day, back);
}

async function takeRates(ports: LimitPorts, account: Account, rates: readonly Rate[], limit: string): Promise<void> {
  // Whoever keeps the count may be starting anew just now: without it nothing goes.
  const wait = await ports.rates.take(account.id, rates).catch(() => SECOND);
  if (wait === 0) return;
  refused(ports, account, limit);
  const most = Math.min(...rates.map(({ perSecond }) => perSecond));
  const what = limit.replaceAll("_", " ");
  if (wait === undefined) throw new OverLimit(`too many at once: ${most} ${what} are allowed; send fewer at a time`, 1);
  throw new OverLimit(`too fast: ${most} ${what} are allowed`, Math.max(1, Math.ceil(wait / SECOND)));
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
