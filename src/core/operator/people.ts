/** One person's data: handed out, and erased. The person is known by their number. */

import type { Clock } from "../kernel/clock.ts";
import { GatewayError } from "../kernel/errors.ts";
import type { AccountId, Ids, TransactionId } from "../kernel/ids.ts";
import type { Digests, Log } from "../kernel/ports.ts";
import { toAnyMsisdn } from "../messages/msisdn.ts";
import { pseudonym } from "../messages/pseudonym.ts";
import { type AccountPorts, findAccount } from "./accounts.ts";
import type { ExchangeStore } from "./exchanges.ts";

/** How many of each kind there are, like `{messages: 2}`; kinds of which there are none are left out. */
export type Counts = Readonly<Record<string, number>>;

/** Whose data, and which account's; absent: every account's. */
export type Asked = { msisdn: string; account?: AccountId };

/** That somebody was erased. `actor` is the name of the operator's token. */
export type Erasure = { id: string; at: number; account?: AccountId; actor: string; rows: Counts };

export interface PeopleStore {
  /**
   * Puts the pseudonym in the place of the person, and takes away what else there is of them, in one write; or does nothing where
   * something is still under way.
   */
  erase(
    asked: Asked,
    to: { pseudonym: string; erasure: Omit<Erasure, "rows"> },
  ): Promise<{ underWay: Counts } | { rows: Counts }>;
  /** Rows by kind, each with its columns in camelCase; at most so many of each kind, the newest first. */
  export(asked: Asked, limit: number): Promise<Record<string, Record<string, unknown>[]>>;
  /** The newest first. */
  erasures(limit: number): Promise<Erasure[]>;
  /** Charges of an account that were accepted before a time and are settled, with their person still in them; the oldest first. */
  inCharges(of: {
    account: AccountId;
    before: number;
    limit: number;
  }): Promise<{ id: TransactionId; recipient: string }[]>;
  /**
   * Takes the person out of these charges, and out of the purchases that they were confirmed in. Later ones are not looked through
   * again up to the last of them, unless one before it was not settled.
   */
  forgetInCharges(
    account: AccountId,
    charges: readonly { id: TransactionId; needle: string; pseudonym: string }[],
    at: number,
  ): Promise<void>;
}

type PeoplePorts = AccountPorts & {
  people: PeopleStore;
  codes: Digests;
  exchanges: ExchangeStore;
  clock: Clock;
  ids: Ids;
  log: Log;
};

/** More of one kind is not handed out. */
const MOST_EXPORTED = 10_000;

/**
 * Erases a person. What is billed stays in the ledger and in the statistics, with a pseudonym in the person's place; where they
 * opted out, that holds on. Logs `person.erased`, without the person.
 * @throws GatewayError bad-number; not-found where there is no such account; too-late with what is under way
 */
export async function erasePerson(ports: PeoplePorts, asked: Asked, actor: string): Promise<Erasure> {
  const msisdn = numberOf(asked.msisdn);
  const account = await accountOf(ports, asked);
  // Whoever lists kept requests has those written that still wait for it.
  await ports.exchanges.list({}, { limit: 1 });
  const erasure = { id: `era_${ports.ids.uuid()}`, at: ports.clock.wall(), ...account, actor };
  const erased = await ports.people.erase(
    { msisdn, ...account },
    { pseudonym: await pseudonym(ports.codes, msisdn), erasure },
  );
  if ("underWay" in erased) throw stillUnderWay(erased.underWay);
  ports.log.event("person.erased", { id: erasure.id, ...account, ...erased.rows });
  return { ...erasure, rows: erased.rows };
}

/**
 * All that is stored of a person, by kind.
 * @throws GatewayError bad-number; not-found where there is no such account
 */
export async function exportPerson(
  ports: PeoplePorts,
  asked: Asked,
): Promise<{ msisdn: string; at: number; mostOfAKind: number; data: Record<string, Record<string, unknown>[]> }> {
  const msisdn = numberOf(asked.msisdn);
  const data = await ports.people.export({ ...(await accountOf(ports, asked)), msisdn }, MOST_EXPORTED);
  return { msisdn, at: ports.clock.wall(), mostOfAKind: MOST_EXPORTED, data };
}

/** The digits of a number that stand together however it is written: those after the country code, at most eight. */
export function needleOf(msisdn: string): string {
  return msisdn.replace("+", "").slice(-8);
}

/**
 * Puts pseudonyms in the place of people in settled charges, the oldest first. What was billed stays in the ledger and the figures.
 * @returns in how many charges
 */
export async function forgetPeopleInCharges(
  { people, codes, clock }: Pick<PeoplePorts, "people" | "codes" | "clock">,
  of: { account: AccountId; before: number; limit: number },
): Promise<number> {
  const charges = await people.inCharges(of);
  if (charges.length === 0) return 0;
  const numbers = [...new Set(charges.map(({ recipient }) => recipient))];
  const made = await Promise.all(numbers.map(async (number) => [number, await pseudonym(codes, number)] as const));
  const names = new Map(made);
  const changed = charges.map(({ id, recipient }) => {
    return { id, needle: needleOf(recipient), pseudonym: names.get(recipient) ?? "" };
  });
  await people.forgetInCharges(of.account, changed, clock.now());
  return charges.length;
}

/** Who was erased when nobody can tell any more: only when, by whom, and how much there was. The newest first. */
export function listErasures({ people }: PeoplePorts, limit: number): Promise<Erasure[]> {
  return people.erasures(limit);
}

async function accountOf(ports: PeoplePorts, { account }: Asked): Promise<Pick<Asked, "account">> {
  return account === undefined ? {} : { account: (await findAccount(ports, account)).id };
}

function numberOf(given: string): string {
  const msisdn = toAnyMsisdn(given);
  if (msisdn) return msisdn;
  throw new GatewayError(
    "bad-number",
    "msisdn: write the number with + and its country code, like +4798079008",
    "msisdn",
  );
}

const HOW: Readonly<Record<string, string>> = {
  messages: "cancel those that are scheduled, and wait for the others",
  charges: "wait until they are settled",
  windows: "wait until they are closed, an hour at most",
  questions: "wait until they are answered or over",
  subscriptions: "cancel them",
  webhooks: "wait until they are delivered or given up",
};

function stillUnderWay(counts: Counts): GatewayError {
  const each = Object.entries(counts).map(([kind, count]) => `${count} ${kind} (${HOW[kind] ?? "wait"})`);
  return new GatewayError("too-late", `this person cannot be erased yet; still under way: ${each.join("; ")}`);
}
