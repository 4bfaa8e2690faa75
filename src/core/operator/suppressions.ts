/** People who asked one of an account's numbers to be left alone. */

import type { Clock } from "../kernel/clock.ts";
import { GatewayError } from "../kernel/errors.ts";
import { given } from "../kernel/given.ts";
import type { AccountId } from "../kernel/ids.ts";
import type { Page, PageOf } from "../kernel/pages.ts";
import type { Digests, Log } from "../kernel/ports.ts";
import { toMsisdn } from "../messages/msisdn.ts";
import { EVERY_SENDER, EVERY_SENDER_BY_WORD, GROUP_NAME, optOutNumberOf } from "../messages/opt-outs.ts";
import { everKnownAs, isPseudonym, pseudonymsOf } from "../messages/pseudonym.ts";
import {
  SUPPRESSION_SOURCES,
  type Suppression,
  type SuppressionFilter,
  type SuppressionStore,
} from "../messages/suppression.ts";
import { type AccountPorts, findAccount } from "./accounts.ts";
import { type Line, linesOf } from "./csv.ts";

type SuppressionPorts = AccountPorts & { suppressions: SuppressionStore; codes: Digests };

/**
 * Who has opted out, by number.
 * @throws GatewayError not-found, bad-number
 */
export async function listSuppressions(
  ports: SuppressionPorts,
  id: AccountId,
  { number, recipient }: SuppressionFilter,
  page: Page,
): Promise<PageOf<Suppression>> {
  const account = await findAccount(ports, id);
  const filter = given({
    number: number === undefined ? undefined : toNumber(number),
    recipient: recipient === undefined ? undefined : toBeginning(recipient),
  });
  return ports.suppressions.list(account.id, filter, page);
}

/** A person's wish as it was told elsewhere. `number` absent: they want nothing from the account at all. Times in epoch ms. */
export type Wish = {
  recipient: string;
  number?: string;
  reason: string;
  since?: number;
  source?: Suppression["source"];
  /** What shows it: an address, an id, a sentence. */
  proof?: string;
};

/** The most lines of one import. */
export const MOST_SUPPRESSIONS = 20_000;

type PutPorts = SuppressionPorts & { clock: Clock; log: Log };

/**
 * Notes that a person wants no more texts; what is noted already stays as it is. Logs `suppression.added`.
 * @returns all that is noted of that person
 * @throws GatewayError not-found, bad-number
 */
export async function putSuppression(ports: PutPorts, id: AccountId, wish: Wish): Promise<Suppression[]> {
  const { id: account } = await findAccount(ports, id);
  const suppression = toSuppression(account, wish, ports.clock.now());
  await ports.suppressions.add([suppression]);
  ports.log.event("suppression.added", { account, number: suppression.number, recipient: suppression.recipient });
  return ports.suppressions.ofPerson(account, await everKnownAs(ports.codes, suppression.recipient));
}

/** What is noted of one person. @throws GatewayError not-found, bad-number */
export async function suppressionsOf(
  ports: SuppressionPorts,
  id: AccountId,
  recipient: string,
): Promise<Suppression[]> {
  const { id: account } = await findAccount(ports, id);
  return ports.suppressions.ofPerson(account, await everKnownAs(ports.codes, toPerson(recipient)));
}

/**
 * Lets texts reach a person again: from one number, `*` for what holds for every sender, or whatever is noted. Logs
 * `suppression.lifted`.
 * @throws GatewayError not-found, bad-number
 */
export async function liftSuppressions(
  ports: PutPorts,
  id: AccountId,
  { recipient: given, number }: { recipient: string; number?: string | undefined },
): Promise<void> {
  const { id: account } = await findAccount(ports, id);
  const recipient = toPerson(given);
  const wanted = number === undefined ? undefined : toNumber(number);
  const formerly = await pseudonymsOf(ports.codes, recipient);
  const now = ports.clock.now();
  const lifted =
    wanted === undefined
      ? (await ports.suppressions.liftAll(account, [recipient, ...formerly], now)) > 0
      : await ports.suppressions.lift({ account, number: wanted, recipient, formerly }, now);
  if (!lifted) throw new GatewayError("not-found", `${recipient} has not opted out${wanted ? ` from ${wanted}` : ""}`);
  ports.log.event("suppression.lifted", { account, number: wanted ?? "all", recipient });
}

/**
 * Brings a list: all of it, or nothing if a line is wrong. Logs `suppression.imported`.
 * @param csv lines of `recipient,number,reason,since,source,proof`; all but the first may be empty or absent; a line of headings may precede them
 * @returns how many lines there were, and how many of them are new
 * @throws GatewayError not-found; bad-request, which names the line
 */
export async function importSuppressions(
  ports: PutPorts,
  id: AccountId,
  csv: string,
): Promise<{ lines: number; added: number }> {
  const { id: account } = await findAccount(ports, id);
  const now = ports.clock.now();
  const all: Suppression[] = [];
  for (const line of linesOf(csv, ["recipient", "msisdn"], MOST_SUPPRESSIONS)) {
    const wish = readWish(line);
    try {
      all.push(toSuppression(account, wish, now, toListed));
    } catch (error) {
      throw error instanceof GatewayError ? line.wrong(error.message) : error;
    }
  }
  const added = all.length > 0 ? await ports.suppressions.add(all) : 0;
  ports.log.event("suppression.imported", { account, lines: all.length, added });
  return { lines: all.length, added };
}

/** The list as `importSuppressions` reads it: one page of it. */
export function toCsv(suppressions: readonly Suppression[]): string {
  return suppressions
    .map(({ recipient, number, word, createdAt, source, proof = "" }) =>
      [
        recipient,
        isNumber(number) ? number : toCell(number),
        toCell(word),
        new Date(createdAt).toISOString(),
        source,
        toCell(proof),
      ].join(","),
    )
    .map((line) => `${line}\n`)
    .join("");
}

/** No formula, though it begins as one. */
const isNumber = (name: string) => /^\+\d+$/.test(name);

/** A reason as a cell: on one line; and with an apostrophe before what a spreadsheet would take for a formula. */
function toCell(reason: string): string {
  const text = reason.replace(/\s+/g, " ").replace(/^(?=[=+@-])/, "'");
  return /[",]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

const BEFORE_FORMULA = /^'(?=[=+@-])/;

function readWish({ cells, wrong }: Line): Wish {
  const [recipient = "", number = "", reason = "", since = "", from = "", proof = ""] = cells;
  if (cells.length > 6) throw wrong("must be recipient,number,reason,since,source,proof");
  const at = since === "" ? undefined : Date.parse(since);
  if (Number.isNaN(at)) throw wrong("since: must be a time like 2026-11-28T12:00:00Z");
  if (reason.length > LONGEST_REASON) throw wrong(`reason: may have ${LONGEST_REASON} characters`);
  if (proof.length > LONGEST_PROOF) throw wrong(`proof: may have ${LONGEST_PROOF} characters`);
  const source = SUPPRESSION_SOURCES.find((one) => one === from);
  if (from !== "" && !source) throw wrong(`source: must be one of ${SUPPRESSION_SOURCES.join(", ")}`);
  const cell = (text: string) => (text === "" ? undefined : text.replace(BEFORE_FORMULA, ""));
  return {
    recipient,
    reason: cell(reason) ?? "imported",
    ...given({ number: cell(number), since: at, source, proof: cell(proof) }),
  };
}

export const LONGEST_REASON = 200;
export const LONGEST_PROOF = 500;

/** @throws GatewayError bad-number */
function toSuppression(
  account: AccountId,
  { recipient, number, reason, since, source = "operator", proof }: Wish,
  now: number,
  toRecipient = toPerson,
): Suppression {
  return {
    account,
    number: number === undefined ? EVERY_SENDER : toNumber(number),
    recipient: toRecipient(recipient),
    word: reason,
    source,
    ...given({ proof }),
    createdAt: since ?? now,
  };
}

/** In a list that was exported there may be people who were erased: their opt-outs hold on. */
function toListed(given: string): string {
  return isPseudonym(given) ? given : toPerson(given);
}

function toPerson(given: string): string {
  const msisdn = /^\+?[\d\s()-]+$/.test(given) && toMsisdn(given.startsWith("+") ? given : `+${given}`);
  if (msisdn) return msisdn;
  const shown = JSON.stringify(given.slice(0, 40));
  throw new GatewayError(
    "bad-number",
    `${shown} is not a phone number: write it with + and its country code`,
    "recipient",
  );
}

/** A sender, a group of them with `@` before its name, `@*` or `*`. */
function toNumber(given: string): string {
  if (given === EVERY_SENDER || given === EVERY_SENDER_BY_WORD) return given;
  const number = given.startsWith("@") ? given : optOutNumberOf(given);
  if (number !== undefined && (!given.startsWith("@") || GROUP_NAME.test(given.slice(1)))) return number;
  const shown = JSON.stringify(given.slice(0, 40));
  throw new GatewayError(
    "bad-number",
    `${shown} is no sender, and no group like @shop; leave it out for whatever you send`,
    "number",
  );
}

/** The first digits of a number. */
function toBeginning(given: string): string {
  const digits = given.replace(/[\s()-]/g, "").replace(/^\+/, "");
  if (/^\d{1,15}$/.test(digits)) return `+${digits}`;
  throw new GatewayError("bad-number", "recipient: must be a number, or the first digits of one", "recipient");
}
