/** What an account, and each of its credentials, may send and spend in a day, and what it has. */

import type { Account, Credential } from "../accounts/account.ts";
import { type AllowanceStore, dayAt, limitsOfDay, type NotifiedLimit, type Used } from "../accounts/limits.ts";
import { spanOfDay } from "../billing/subscriptions/calendar.ts";
import type { Clock } from "../kernel/clock.ts";
import type { AccountId } from "../kernel/ids.ts";
import { pagesOf } from "../kernel/pages.ts";
import { type AccountPorts, findAccount } from "./accounts.ts";

type LimitPorts = AccountPorts & { allowances: Pick<AllowanceStore, "list">; clock: Clock };

/** Of messages, or of money in a currency (minor units). `credential` absent: the account's own. */
export type SeenLimit = Omit<Used, "credential"> & {
  credential?: Pick<Credential, "id" | "name">;
  most: number;
};

/** `day` is by the time zone; `until` is when it ends, epoch ms. */
export type LimitsOfToday = { day: string; timeZone: string; until: number; items: SeenLimit[] };

/**
 * The limits of a day, and what is used of them on this one. What is not limited is not counted.
 * @throws GatewayError not-found
 */
export async function limitsOfToday(ports: LimitPorts, id: AccountId): Promise<LimitsOfToday> {
  const account = await findAccount(ports, id);
  const { day, timeZone } = dayAt(account, ports.clock.now());
  const used = await ports.allowances.list(account.id, day);
  const ofCredentials = (await credentialsOf(ports, account)).map(({ id, name, limits }) => ({
    credential: { id, name },
    limits,
  }));
  const items = [{ credential: undefined, limits: account.settings.limits }, ...ofCredentials].flatMap(
    ({ credential, limits }) =>
      limitsOfDay(limits).map(({ what, most }) => {
        const found = used.find((one) => one.what === what && one.credential === (credential?.id ?? ""));
        const { credential: _, ...counted } = found ?? { credential: "", what, used: 0 };
        return { ...counted, most, ...(credential ? { credential } : {}) };
      }),
  );
  return { day, timeZone, until: spanOfDay(day, timeZone).until, items };
}

/** An account's day may have begun so long before one of ours. Milliseconds. */
const DAYS_APART_MS = 24 * 3_600_000;
const MOST_LISTED = 500;

/** The limits of this day that are nearly used up, or reached, of all accounts or of one: the newest first. */
export async function limitsNotified(
  ports: { allowances: Pick<AllowanceStore, "listNotified">; clock: Clock },
  account?: AccountId,
): Promise<NotifiedLimit[]> {
  const now = ports.clock.now();
  const from = new Date(now - DAYS_APART_MS).toISOString().slice(0, 10);
  const notified = await ports.allowances.listNotified(from, MOST_LISTED, account);
  return notified.filter(({ day, timeZone }) => day === dayAt({ settings: timeZone ? { timeZone } : {} }, now).day);
}

/** In one page. */
const CREDENTIALS = 100;

async function credentialsOf(ports: AccountPorts, { id }: Account): Promise<Credential[]> {
  const all: Credential[] = [];
  for await (const some of pagesOf(CREDENTIALS, (page) => ports.accounts.credentials(id, page))) all.push(...some);
  return all;
}
