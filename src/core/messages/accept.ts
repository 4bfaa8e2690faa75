/** Accepting messages: check them, store them by the intake, tell a repeated request from a used id. */

import type { Account, Caller } from "../accounts/account.ts";
import { type Asked, giveBack, type LimitPorts, OverLimit, tellOfLimits, tryToTake } from "../accounts/limits.ts";
import { requireScope } from "../accounts/scopes.ts";
import type { AccountStore } from "../accounts/store.ts";
import { repeatedCharge } from "../billing/charges/accept.ts";
import { type CodeGuardPorts, guarded, isOwnCode } from "../billing/codes/code-guard.ts";
import type { ServiceStore } from "../billing/store.ts";
import type { ConsentStore } from "../billing/subscriptions/store.ts";
import type { Clock } from "../kernel/clock.ts";
import { GatewayError } from "../kernel/errors.ts";
import { given } from "../kernel/given.ts";
import type { Ids } from "../kernel/ids.ts";
import type { Digests, Jobs, Log, Once } from "../kernel/ports.ts";
import { countAccepted, logAccepted } from "./accepted.ts";
import { alikeSince, repeatedText } from "./alike.ts";
import { edit } from "./edit.ts";
import { forgottenAmong } from "./forgotten.ts";
import type { Arrived, Intake, Unless } from "./intake.ts";
import type { Message } from "./message.ts";
import { type Merchants, type NewMessage, toMessage } from "./new-message.ts";
import { heedsOf, isLongNumber } from "./opt-outs.ts";
import { checkOwner } from "./owners.ts";
import { pseudonymsOf } from "./pseudonym.ts";
import { isRepeated } from "./repeated.ts";
import { noCarrier, type RoutePorts, uncarried } from "./route.ts";
import type { MessageStore } from "./store.ts";
import { optedOut, type SuppressionStore, suppressedAmong } from "./suppression.ts";

export type { NewMessage } from "./new-message.ts";

export type AcceptPorts = {
  clock: Clock;
  ids: Ids;
  intake: Intake;
  messages: MessageStore;
  accounts: AccountStore;
  services: ServiceStore;
  jobs: Jobs;
  log: Log;
  suppressions: SuppressionStore;
  consents: ConsentStore;
  codes: Digests;
} & RoutePorts &
  LimitPorts &
  Pick<CodeGuardPorts, "codeGuards">;

/**
 * Accepts a message: stores it, and answers for it from then on. The same request twice gets the first answer again.
 * @param options.replaceScheduled a message of that id that is still scheduled is replaced instead of refused
 * @param options.isAgain it was asked for before by this very request, and found its id used by what was forgotten since
 * @throws GatewayError bad-number, bad-sender, bad-text, bad-request, already-exists, repeated, replayed, opted-out,
 * quiet-hours, country-closed, no-carrier, not-allowed, too-many-requests
 */
export async function accept(
  ports: AcceptPorts,
  caller: Caller,
  wanted: NewMessage,
  options: { once?: Once | undefined; replaceScheduled?: boolean; isAgain?: true } = {},
): Promise<Message> {
  const merchants = await merchantsOf(ports, caller, [wanted]);
  let message: Message;
  try {
    message = toMessage(ports, caller, wanted, merchants);
  } catch (error) {
    const known = isByRule(error) ? await madeBefore(ports, caller, wanted, merchants) : undefined;
    if (known) return known;
    throw error;
  }
  await checkOwner(ports.accounts, caller, wanted);
  const isCode = isOwnCode(caller.account, message);
  if (isCode && !options.once) {
    // A repeat sends no further code, so the guard must not count it against a budget. A signed one spends its nonce first.
    const { repeated } = await findRepeat(ports, message, wanted);
    if (repeated) return repeated;
  }
  const isCarried = (await uncarried(ports, [message])).size === 0;
  const taken = isCarried ? await tryToTake(ports, caller, askedFor([message])) : noCarrier();
  if (taken instanceof GatewayError) {
    const { repeated } = await findRepeat(ports, message, wanted);
    if (repeated) return repeated;
    if (taken instanceof OverLimit) await tellOfLimits(ports, taken, caller.account);
    throw taken;
  }
  const unless = await unlessOf(ports, caller, message, wanted);
  const add = () => ports.intake.add(caller.account.id, [message], { once: options.once, unless: () => unless });
  const arrived = isCode ? await addGuarded(ports, caller.account, message, add) : await add();
  if (arrived instanceof GatewayError) {
    if (taken) await giveBack(ports, taken, askedFor([message]));
    const { repeated } = await findRepeat(ports, message, wanted);
    if (repeated) return repeated;
    throw arrived;
  }
  if (arrived.outcome === "stored" && arrived.added.has(message.id)) {
    logAccepted(ports.log, message);
    countAccepted(ports.counts, [message]);
    await tellOfLimits(ports, taken, caller.account);
    return message;
  }

  if (taken) await giveBack(ports, taken, askedFor([message]));
  if (arrived.outcome === "replayed") throw replayed();
  const { known, repeated } = await findRepeat(ports, message, wanted);
  if (repeated) return repeated;
  if (await wantsNoTexts(ports, message, unless)) throw optedOut(message.recipient, message.sender);
  if (known?.state === "scheduled" && options.replaceScheduled) return await edit(ports, caller, known, wanted);
  const mayBeForgotten = !known && wanted.theirId !== undefined && !options.isAgain;
  if (mayBeForgotten && (await forgottenAmong(ports, caller, [message])).has(message)) {
    // Its nonce is spent already.
    return await accept(ports, caller, wanted, { ...options, once: undefined, isAgain: true });
  }
  throw whyNotAdded(caller, message, wanted, unless, known);
}

/** @param known the message that has its id, by another request */
function whyNotAdded(
  { account }: Caller,
  { recipient, sender, theirId }: Message,
  { charge }: NewMessage,
  { alikeSince: since }: Unless,
  known: Message | undefined,
): GatewayError {
  if (known) {
    return new GatewayError(
      "already-exists",
      `${theirId} was used before, for another message; use a new id`,
      "theirId",
    );
  }
  if (charge?.guard) return repeatedCharge(charge.guard);
  if (since !== undefined) return repeatedText(account);
  // It was so when the message came, and was lifted since.
  return optedOut(recipient, sender);
}

/** The message that has this id already, and whether it came by the same request, which then gets the same answer. */
async function findRepeat(
  { messages }: Pick<AcceptPorts, "messages">,
  message: Message,
  wanted: NewMessage,
): Promise<{ known?: Message; repeated?: Message }> {
  const known = await messages.byTheirId(message.account, message.dialect, message.theirId);
  if (!known) return {};
  return isRepeated(known, message, wanted) ? { known, repeated: known } : { known };
}

/** Adds a code of the account's own where its guard lets it. Answers the refusal of one that may not go there. */
async function addGuarded(
  ports: AcceptPorts,
  account: Account,
  { id, recipient }: Message,
  add: () => Promise<Arrived>,
): Promise<Arrived | GatewayError> {
  const isAdded = (result: Arrived) => result.outcome === "stored" && result.added.has(id);
  try {
    return await guarded(ports, account, recipient, add, isAdded, id);
  } catch (error) {
    if (error instanceof GatewayError && error.refusal === "country-closed") return error;
    throw error;
  }
}

/** Refused by a rule that may not have held when the same request came first. */
function isByRule(error: unknown): boolean {
  return error instanceof GatewayError && (error.refusal === "quiet-hours" || error.refusal === "country-closed");
}

/** The message that the same request made before the rule held: a repeat is not refused for the hour that it comes at. */
async function madeBefore(
  ports: AcceptPorts,
  caller: Caller,
  wanted: NewMessage,
  merchants: Merchants,
): Promise<Message | undefined> {
  if (wanted.theirId === undefined) return undefined;
  const { id, settings } = caller.account;
  const known = await ports.messages.byTheirId(id, caller.credential.dialect, wanted.theirId);
  if (!known) return undefined;
  const { quietHours: _, countries: __, ...others } = settings;
  const before = { ...caller, account: { ...caller.account, settings: others } };
  return isRepeated(known, toMessage(ports, before, wanted, merchants), wanted) ? known : undefined;
}

/** What these messages need of what is limited: those that failed as they came in need nothing. */
export function askedFor(messages: readonly Message[]): Asked {
  const sound = messages.filter(({ state }) => state !== "failed");
  return { messages: sound.length, spend: sound.flatMap(({ charge }) => charge ?? []) };
}

/** What would keep the message from being accepted: its recipient's wish, though they were erased since. */
export async function unlessOf(
  ports: { codes: Digests },
  caller: Caller,
  message: Message,
  { unlessStopped: stopped }: Pick<NewMessage, "unlessStopped"> = {},
): Promise<Unless> {
  const { sender, recipient } = message;
  const optedOutOf = heedsOf(caller, sender);
  const since = alikeSince(caller.account, message);
  const isPlain = message.isSealed === undefined;
  if (isPlain && !isLongNumber(sender) && stopped === undefined) return given({ optedOutOf, alikeSince: since });
  return given({ optedOutOf, stopped, alikeSince: since, formerly: await pseudonymsOf(ports.codes, recipient) });
}

async function wantsNoTexts(ports: AcceptPorts, message: Message, unless: Unless): Promise<boolean> {
  if ((await suppressedAmong(ports, [message], () => unless.optedOutOf)).size > 0) return true;
  const { stopped, formerly = [] } = unless;
  const people = [message.recipient, ...formerly];
  return stopped !== undefined && (await ports.consents.hasStopped(message.account, people, stopped || undefined));
}

/**
 * The merchants that this account may charge for; read only if an item has a price.
 * @throws GatewayError not-allowed where the credential may not charge
 */
export async function merchantsOf(
  ports: { services: ServiceStore },
  caller: Caller,
  wanted: readonly NewMessage[],
): Promise<Merchants> {
  if (!wanted.some(({ charge }) => charge)) return new Set();
  requireScope(caller.credential, "charge", "a text with a price");
  return new Set((await ports.services.merchants(caller.account.id)).map(({ id }) => id));
}

export function replayed(): GatewayError {
  return new GatewayError("replayed", "this request was made before: its nonce is used; sign each request anew");
}
