/** Accepting messages: check them, store them by the intake, tell a repeated request from a used id. */

import type { Caller } from "../accounts/account.ts";
import {
  type Asked,
  giveBack,
  isLimited,
  type LimitPorts,
  OverLimit,
  take,
  tellOfLimits,
  tryToTake,
} from "../accounts/limits.ts";
import { requireScope } from "../accounts/scopes.ts";
import type { AccountStore } from "../accounts/store.ts";
import { repeatedCharge } from "../billing/charges/accept.ts";
import { type CodeGuardPorts, guarded, isOwnCode } from "../billing/codes/code-guard.ts";
import type { ServiceStore } from "../billing/store.ts";
import type { ConsentStore } from "../billing/subscriptions/store.ts";
import { mapInTurns } from "../kernel/chunks.ts";
import type { Clock } from "../kernel/clock.ts";
import { GatewayError, type Refusal } from "../kernel/errors.ts";
import { given } from "../kernel/given.ts";
import type { Ids } from "../kernel/ids.ts";
import { laneOf } from "../kernel/lane.ts";
import type { Digests, Jobs, Log, Once } from "../kernel/ports.ts";
import type { Reason } from "../kernel/reasons.ts";
import type { WebhookFormat } from "../webhooks/format.ts";
import type { WebhookStore } from "../webhooks/store.ts";
import { type Report, webhookId } from "../webhooks/webhook.ts";
import { countAccepted, logAccepted } from "./accepted.ts";
import { alikeSince, repeatedText, unlessAlike } from "./alike.ts";
import { isTooMuch } from "./echo.ts";
import { edit } from "./edit.ts";
import type { Arrived, Intake, Unless } from "./intake.ts";
import type { Message } from "./message.ts";
import { toMsisdn } from "./msisdn.ts";
import { askedBy, type Merchants, type NewMessage, sealedOf, timesOf, toMessage } from "./new-message.ts";
import { heedsOf, isLongNumber } from "./opt-outs.ts";
import { checkOwner } from "./owners.ts";
import { pseudonymsOf } from "./pseudonym.ts";
import { isRepeated } from "./repeated.ts";
import { noCarrier, type RoutePorts, uncarried } from "./route.ts";
import { neverSealed } from "./sealed.ts";
import type { MessageStore } from "./store.ts";
import { optedOut, type SuppressionStore, suppressedAmong } from "./suppression.ts";

export type { NewMessage } from "./new-message.ts";

/** One of many. If the dialect has already refused it, the other members are those it could read. */
export type NewItem = NewMessage & { theirId: string; refusal?: GatewayError };

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
 * @throws GatewayError bad-number, bad-sender, bad-text, bad-request, already-exists, repeated, replayed, opted-out,
 * quiet-hours, country-closed, no-carrier, not-allowed, too-many-requests
 */
export async function accept(
  ports: AcceptPorts,
  caller: Caller,
  wanted: NewMessage,
  options: { once?: Once | undefined; replaceScheduled?: boolean } = {},
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
    // A repeat is no code more: it must not make the guard find that a budget is used up. One that is signed spends its nonce first.
    const known = await ports.messages.byTheirId(message.account, message.dialect, message.theirId);
    if (known && isRepeated(known, message, wanted)) return known;
  }
  const isCarried = (await uncarried(ports, [message])).size === 0;
  const taken = isCarried ? await tryToTake(ports, caller, askedFor([message])) : noCarrier();
  if (taken instanceof GatewayError) {
    // A repeated request gets the answer of the first.
    const known = await ports.messages.byTheirId(message.account, message.dialect, message.theirId);
    if (known && isRepeated(known, message, wanted)) return known;
    if (taken instanceof OverLimit) await tellOfLimits(ports, taken, caller.account);
    throw taken;
  }
  const unless = await unlessOf(ports, caller, message, wanted);
  const add = () => ports.intake.add(caller.account.id, [message], { once: options.once, unless: () => unless });
  const isAdded = (result: Arrived) => result.outcome === "stored" && result.added.has(message.id);
  const arrived = isCode
    ? await guarded(ports, caller.account, message.recipient, add, isAdded, message.id).catch(unlessClosed)
    : await add();
  if (arrived instanceof GatewayError) {
    if (taken) await giveBack(ports, taken, askedFor([message]));
    const known = await ports.messages.byTheirId(message.account, message.dialect, message.theirId);
    if (known && isRepeated(known, message, wanted)) return known;
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
  const known = await ports.messages.byTheirId(message.account, message.dialect, message.theirId);
  if (known && isRepeated(known, message, wanted)) return known;
  if (await wantsNoTexts(ports, message, unless)) throw optedOut(message.recipient, message.sender);
  if (known?.state === "scheduled" && options.replaceScheduled) return await edit(ports, caller, known, wanted);
  if (!known && wanted.charge?.guard) throw repeatedCharge(wanted.charge.guard);
  if (!known && unless.alikeSince !== undefined) throw repeatedText(caller.account);
  // It was so when the message came, and was lifted since.
  if (!known) throw optedOut(message.recipient, message.sender);
  throw new GatewayError(
    "already-exists",
    `${message.theirId} was used before, for another message; use a new id`,
    "theirId",
  );
}

/** The refusal of a code that may not go where it is sent; anything else is thrown. */
function unlessClosed(error: unknown): GatewayError {
  if (error instanceof GatewayError && error.refusal === "country-closed") return error;
  throw error;
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
 * Accepts many messages, in one commit a chunk. Items that would be refused alone do not fail the others: they are
 * stored as failed, and reported where a report was asked for.
 * @throws GatewayError replayed; no-carrier where that is the case for each of them; too-many-requests
 */
export async function acceptMany(
  ports: AcceptPorts & { webhooks: WebhookStore; formats: ReadonlyMap<string, WebhookFormat> },
  caller: Caller,
  wanted: readonly NewItem[],
  once?: Once,
): Promise<void> {
  const merchants = await merchantsOf(ports, caller, wanted);
  const made = await mapInTurns(wanted, (item) => toMessageOrFailure(ports, caller, item, merchants, wanted.length));
  const messages = await withoutUncarried(ports, caller, made);
  const refused = messages.filter((message) => message.state === "failed");
  const owed = refused.flatMap((message) => news(ports.formats, message, message.reason));
  const counted = await newAmong(ports, caller, messages);
  const taken = await take(ports, caller, askedFor(counted));
  const arrived = await ports.intake.add(caller.account.id, messages, {
    once,
    owed,
    ...given({ unless: unlessAlike(caller.account) }),
  });
  const added = arrived.outcome === "stored" ? arrived.added : new Set();
  if (taken) await giveBack(ports, taken, askedFor(counted.filter(({ id }) => !added.has(id))));
  await tellOfLimits(ports, taken, caller.account);
  if (arrived.outcome === "replayed") throw replayed();

  const fresh = messages.filter((message) => arrived.added.has(message.id));
  for (const message of fresh) logAccepted(ports.log, message);
  countAccepted(ports.counts, fresh);
  const toTell = owed.filter((webhook) => arrived.added.has(webhook.subject));
  if (fresh.length < messages.length) {
    const used = await usedIds(ports, caller, wanted, messages, arrived.added);
    await ports.webhooks.add(used);
    toTell.push(...used);
  }
  if (toTell.length > 0) await ports.jobs.deliver(toTell.map((webhook) => webhook.id));
}

/** Those that count where messages are limited: not those whose ids are used. All of them where nothing is, which costs nothing. */
async function newAmong(ports: AcceptPorts, caller: Caller, messages: readonly Message[]): Promise<readonly Message[]> {
  if (!isLimited(caller, askedFor(messages))) return messages;
  const ids = messages.map(({ theirId }) => theirId);
  const before = await ports.messages.byTheirIds(caller.account.id, caller.credential.dialect, ids);
  const known = new Set(before.map(({ theirId }) => theirId));
  return messages.filter(({ theirId }) => !known.has(theirId));
}

/** Messages that no carrier may take fail, unless they repeat an accepted one. */
async function withoutUncarried(ports: AcceptPorts, caller: Caller, messages: readonly Message[]): Promise<Message[]> {
  const sound = messages.filter(({ state }) => state !== "failed");
  const lost = await uncarried(ports, sound);
  if (lost.size === 0) return [...messages];
  const ids = [...lost].map(({ theirId }) => theirId);
  const before = await ports.messages.byTheirIds(caller.account.id, caller.credential.dialect, ids);
  const known = new Set(before.map(({ theirId }) => theirId));
  if (lost.size === messages.length && known.size === 0) throw noCarrier();
  return messages.map((message) => {
    if (!lost.has(message) || known.has(message.theirId)) return message;
    const { dueAt: _, ...kept } = message;
    const why = noCarrier().message;
    const history = [{ at: message.acceptedAt, event: "refused" as const, why, ...askedBy(caller) }];
    return { ...kept, state: "failed", reason: "no-carrier", history };
  });
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

/** The reason of a refused item of a batch. */
const FAILURE: Partial<Record<Refusal, Reason>> = {
  "bad-number": "bad-number",
  "bad-sender": "bad-sender",
  "bad-text": "bad-text",
};

function toMessageOrFailure(
  ports: { clock: Clock; ids: Ids },
  caller: Caller,
  wanted: NewItem,
  merchants: Merchants,
  together: number,
): Message {
  try {
    if (wanted.refusal) throw wanted.refusal;
    return toMessage(ports, caller, wanted, merchants, together);
  } catch (error) {
    if (!(error instanceof GatewayError)) throw error;
    const now = ports.clock.now();
    return {
      id: ports.ids.message(caller.account.number),
      account: caller.account.id,
      dialect: caller.credential.dialect,
      theirId: wanted.theirId,
      sender: wanted.sender,
      recipient: toMsisdn(wanted.recipient) ?? neverSealed(wanted.recipient),
      text: wanted.text,
      encoding: wanted.binary ? "binary" : "gsm7",
      parts: 0,
      state: "failed",
      reason: FAILURE[error.refusal] ?? "rejected",
      priority: wanted.priority,
      lane: laneOf(wanted.priority, together),
      deliveryMode: wanted.deliveryMode,
      ...timesOf(wanted, now),
      acceptedAt: now,
      changedAt: now,
      attempts: 0,
      ...(wanted.reportUrl ? { reportUrl: wanted.reportUrl } : {}),
      ...(wanted.charge ? { charge: wanted.charge } : {}),
      ...(wanted.binary ? { binary: wanted.binary } : {}),
      ...sealedOf(caller, wanted),
      echo: isTooMuch(wanted.echo) ? {} : wanted.echo,
      history: [{ at: now, event: "refused", why: whyOf(error, caller), ...askedBy(caller) }],
    };
  }
}

/** The timeline is not sealed, and the words of a refusal may have the number in them. */
function whyOf({ message, field, refusal }: GatewayError, { account }: Caller): string {
  return account.settings.sealed ? `${field ?? "the message"} was refused: ${refusal}` : message;
}

/** Items whose id another message has already: they are reported if that was asked for; repeats get no second report. */
async function usedIds(
  ports: AcceptPorts & { formats: ReadonlyMap<string, WebhookFormat> },
  caller: Caller,
  wanted: readonly NewMessage[],
  messages: readonly Message[],
  added: ReadonlySet<string>,
): Promise<Report[]> {
  const repeated = messages.flatMap((message, index) => {
    const item = wanted[index];
    return added.has(message.id) || !item ? [] : [{ message, item }];
  });
  const ids = repeated.map(({ message }) => message.theirId);
  const found = await ports.messages.byTheirIds(caller.account.id, caller.credential.dialect, ids);
  const known = new Map(found.map((message) => [message.theirId, message]));
  return repeated.flatMap(({ message, item }) => {
    const first = known.get(message.theirId);
    if (first && isRepeated(first, message, item)) return [];
    ports.log.event("message.refused", {
      theirId: message.theirId,
      why: first ? "the id was used for another message" : "the same text was sent just before",
    });
    const [webhook] = news(ports.formats, message, "duplicate");
    return webhook ? [{ ...webhook, event: { ...webhook.event, message: { ...message, state: "failed" } } }] : [];
  });
}

/** The report of a message that failed as it came in; none if none was asked for. */
function news(formats: ReadonlyMap<string, WebhookFormat>, message: Message, reason: Reason | undefined): Report[] {
  if (!message.reportUrl || !formats.get(message.dialect)?.reports.includes("failed")) return [];
  const at = message.acceptedAt;
  return [
    {
      id: webhookId(message.id, "failed"),
      account: message.account,
      dialect: message.dialect,
      kind: "report",
      subject: message.id,
      url: message.reportUrl,
      endpoint: message.reportUrl.split("?", 1)[0] as string,
      event: { state: "failed", ...(reason ? { reason } : {}), at },
      state: "owed",
      attempts: 0,
      dueAt: at,
      createdAt: at,
      changedAt: at,
      history: [],
    },
  ];
}

function replayed(): GatewayError {
  return new GatewayError("replayed", "this request was made before: its nonce is used; sign each request anew");
}
