/** Accepting messages: check them, store them by the intake, tell a repeated request from a used id. */

import type { Caller } from "../accounts/account.ts";
import { repeatedCharge } from "../billing/charges/accept.ts";
import type { ServiceStore } from "../billing/store.ts";
import { mapInTurns } from "../kernel/chunks.ts";
import type { Clock } from "../kernel/clock.ts";
import { GatewayError, type Refusal } from "../kernel/errors.ts";
import type { Ids } from "../kernel/ids.ts";
import { laneOf } from "../kernel/lane.ts";
import type { Jobs, Log, Once } from "../kernel/ports.ts";
import type { Reason } from "../kernel/reasons.ts";
import type { WebhookFormat } from "../webhooks/format.ts";
import type { WebhookStore } from "../webhooks/store.ts";
import { type Report, webhookId } from "../webhooks/webhook.ts";
import { canonical, isTooMuch } from "./echo.ts";
import { edit } from "./edit.ts";
import type { Intake } from "./intake.ts";
import type { Message } from "./message.ts";
import { toMsisdn } from "./msisdn.ts";
import { askedBy, type Merchants, type NewMessage, timesOf, toMessage } from "./new-message.ts";
import { noCarrier, type RoutePorts, uncarried } from "./route.ts";
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
  services: ServiceStore;
  jobs: Jobs;
  log: Log;
  suppressions: SuppressionStore;
} & RoutePorts;

/**
 * Accepts a message: stores it, and answers for it from then on. The same request twice gets the first answer again.
 * @param options.replaceScheduled a message of that id that is still scheduled is replaced instead of refused
 * @throws GatewayError bad-number, bad-sender, bad-text, bad-request, already-exists, repeated, replayed, opted-out,
 * no-carrier
 */
export async function accept(
  ports: AcceptPorts,
  caller: Caller,
  wanted: NewMessage,
  options: { once?: Once | undefined; replaceScheduled?: boolean } = {},
): Promise<Message> {
  const message = toMessage(ports, caller, wanted, await merchantsOf(ports, caller, [wanted]));
  const refusal = await refusalOf(ports, message);
  if (refusal) {
    // A repeated request gets the answer of the first.
    const known = await ports.messages.byTheirId(message.account, message.dialect, message.theirId);
    if (known && isRepeated(known, message, wanted)) return known;
    throw refusal;
  }
  const arrived = await ports.intake.add(caller.account.id, [message], { once: options.once });
  if (arrived.outcome === "replayed") throw replayed();
  if (arrived.added.has(message.id)) {
    logAccepted(ports.log, message);
    return message;
  }

  const known = await ports.messages.byTheirId(message.account, message.dialect, message.theirId);
  if (known && isRepeated(known, message, wanted)) return known;
  if (known?.state === "scheduled" && options.replaceScheduled) return await edit(ports, caller, known, wanted);
  if (!known && wanted.charge?.guard) throw repeatedCharge(wanted.charge.guard);
  throw new GatewayError(
    "already-exists",
    `${message.theirId} was used before, for another message; use a new id`,
    "theirId",
  );
}

/** Why a valid message is not accepted. */
async function refusalOf(ports: AcceptPorts, message: Message): Promise<GatewayError | undefined> {
  if ((await suppressedAmong(ports.suppressions, [message])).size > 0) {
    return optedOut(message.recipient, message.sender);
  }
  return (await uncarried(ports, [message])).size > 0 ? noCarrier() : undefined;
}

/**
 * Accepts many messages, in one commit a chunk. Items that would be refused alone do not fail the others: they are
 * stored as failed, and reported where a report was asked for.
 * @throws GatewayError replayed; no-carrier where that is the case for each of them
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
  const arrived = await ports.intake.add(caller.account.id, messages, { once, owed });
  if (arrived.outcome === "replayed") throw replayed();

  const fresh = messages.filter((message) => arrived.added.has(message.id));
  for (const message of fresh) logAccepted(ports.log, message);
  const toTell = owed.filter((webhook) => arrived.added.has(webhook.subject));
  if (fresh.length < messages.length) {
    const used = await usedIds(ports, caller, wanted, messages, arrived.added);
    await ports.webhooks.add(used);
    toTell.push(...used);
  }
  if (toTell.length > 0) await ports.jobs.deliver(toTell.map((webhook) => webhook.id));
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

/** The merchants that this account may charge for; read only if an item has a price. */
export async function merchantsOf(
  ports: { services: ServiceStore },
  caller: Caller,
  wanted: readonly NewMessage[],
): Promise<Merchants> {
  if (!wanted.some(({ charge }) => charge)) return new Set();
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
      recipient: toMsisdn(wanted.recipient) ?? wanted.recipient,
      text: wanted.text,
      encoding: "gsm7",
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
      echo: isTooMuch(wanted.echo) ? {} : wanted.echo,
      history: [{ at: now, event: "refused", why: error.message, ...askedBy(caller) }],
    };
  }
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
    ports.log.event("message.refused", { theirId: message.theirId, why: "the id was used for another message" });
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

/** Whether a message that came under a known id is the very same request. A cancelled one is not sent after all. */
function isRepeated(known: Message, again: Message, wanted: NewMessage): boolean {
  return (
    known.state !== "cancelled" &&
    known.sender === again.sender &&
    known.recipient === again.recipient &&
    known.text === again.text &&
    known.priority === again.priority &&
    known.deliveryMode === again.deliveryMode &&
    known.reportUrl === again.reportUrl &&
    sameTime(known, wanted) &&
    // The validity of a paid message begins when it was paid for.
    (known.billed === true || known.expiresAt - known.sendAt === again.expiresAt - again.sendAt) &&
    canonical(known.charge ?? null) === canonical(again.charge ?? null) &&
    canonical(known.echo) === canonical(again.echo)
  );
}

/** A repeat that says "now" names a later time, which is no different request once the first has left. */
function sameTime(known: Message, { sendAt = 0 }: NewMessage): boolean {
  return known.sendAt === sendAt || (known.state !== "scheduled" && sendAt < known.sendAt);
}

export function logAccepted(log: Log, message: Message): void {
  log.event(message.state === "failed" ? "message.refused" : "message.accepted", {
    id: message.id,
    account: message.account,
    theirId: message.theirId,
    to: message.recipient,
    parts: message.parts,
    ...(message.state === "scheduled" ? { sendAt: message.sendAt } : {}),
    ...(message.reason ? { reason: message.reason } : {}),
  });
}

function replayed(): GatewayError {
  return new GatewayError("replayed", "this request was made before: its nonce is used; sign each request anew");
}
