/** Accepting many messages at once: what would be refused alone fails by itself, and is reported. */

import type { Caller } from "../accounts/account.ts";
import { giveBack, isLimited, take, tellOfLimits } from "../accounts/limits.ts";
import { mapInTurns } from "../kernel/chunks.ts";
import type { Clock } from "../kernel/clock.ts";
import { GatewayError, type Refusal } from "../kernel/errors.ts";
import { given } from "../kernel/given.ts";
import type { Ids } from "../kernel/ids.ts";
import { laneOf } from "../kernel/lane.ts";
import type { Once } from "../kernel/ports.ts";
import type { Reason } from "../kernel/reasons.ts";
import type { WebhookFormat } from "../webhooks/format.ts";
import type { WebhookStore } from "../webhooks/store.ts";
import { type Report, webhookId } from "../webhooks/webhook.ts";
import { type AcceptPorts, askedFor, merchantsOf, replayed } from "./accept.ts";
import { countAccepted, logAccepted } from "./accepted.ts";
import { unlessAlike } from "./alike.ts";
import { isTooMuch } from "./echo.ts";
import { forgottenAmong } from "./forgotten.ts";
import type { Message } from "./message.ts";
import { toMsisdn } from "./msisdn.ts";
import { askedBy, type Merchants, type NewMessage, sealedOf, timesOf, toMessage } from "./new-message.ts";
import { isRepeated } from "./repeated.ts";
import { noCarrier, uncarried } from "./route.ts";
import { neverSealed } from "./sealed.ts";

/** One of many. If the dialect has already refused it, the other members are those it could read. */
export type NewItem = NewMessage & { theirId: string; refusal?: GatewayError };

/**
 * Accepts many messages, in one commit a chunk. Items that would be refused alone do not fail the others: they are
 * stored as failed, and reported where a report was asked for.
 * @param together only where these are asked for once more, for their ids were forgotten since: how many came in the request
 * @throws GatewayError replayed; no-carrier where that is the case for each of them; too-many-requests
 */
export async function acceptMany(
  ports: AcceptPorts & { webhooks: WebhookStore; formats: ReadonlyMap<string, WebhookFormat> },
  caller: Caller,
  wanted: readonly NewItem[],
  once?: Once,
  together?: number,
): Promise<void> {
  const merchants = await merchantsOf(ports, caller, wanted);
  const size = together ?? wanted.length;
  const made = await mapInTurns(wanted, (item) => toMessageOrFailure(ports, caller, item, merchants, size));
  const messages = await withoutUncarried(ports, caller, made, size);
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
  countAccepted(ports.counts, fresh);
  const toTell = owed.filter((webhook) => arrived.added.has(webhook.subject));
  let forgotten: readonly NewItem[] = [];
  if (fresh.length < messages.length) {
    const left = await leftOut(ports, caller, wanted, messages, arrived.added, together !== undefined);
    await ports.webhooks.add(left.reports);
    toTell.push(...left.reports);
    forgotten = left.forgotten;
  }
  if (toTell.length > 0) await ports.jobs.deliver(toTell.map((webhook) => webhook.id));
  // Ten thousand lines at once would hold up whatever is urgent.
  await mapInTurns(fresh, (message) => logAccepted(ports.log, message));
  if (forgotten.length > 0) await acceptMany(ports, caller, forgotten, undefined, size);
}

/** Those that count where messages are limited: not those whose ids are used. All of them where nothing is, which costs nothing. */
async function newAmong(ports: AcceptPorts, caller: Caller, messages: readonly Message[]): Promise<readonly Message[]> {
  if (!isLimited(caller, askedFor(messages))) return messages;
  const ids = messages.map(({ theirId }) => theirId);
  const before = await ports.messages.byTheirIds(caller.account.id, caller.credential.dialect, ids);
  const known = new Set(before.map(({ theirId }) => theirId));
  return messages.filter(({ theirId }) => !known.has(theirId));
}

/**
 * Messages that no carrier may take fail, unless they repeat an accepted one.
 * @param together how many came in the request: it is refused if it is so of all
 */
async function withoutUncarried(
  ports: AcceptPorts,
  caller: Caller,
  messages: readonly Message[],
  together: number,
): Promise<Message[]> {
  const sound = messages.filter(({ state }) => state !== "failed");
  const lost = await uncarried(ports, sound);
  if (lost.size === 0) return [...messages];
  const ids = [...lost].map(({ theirId }) => theirId);
  const before = await ports.messages.byTheirIds(caller.account.id, caller.credential.dialect, ids);
  const known = new Set(before.map(({ theirId }) => theirId));
  if (lost.size === together && known.size === 0) throw noCarrier();
  return messages.map((message) => {
    if (!lost.has(message) || known.has(message.theirId)) return message;
    const { dueAt: _, ...kept } = message;
    const why = noCarrier().message;
    const history = [{ at: message.acceptedAt, event: "refused" as const, why, ...askedBy(caller) }];
    return { ...kept, state: "failed", reason: "no-carrier", history };
  });
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

/**
 * Items that were not added. Those whose id another message has are reported if that was asked for; repeats get no second report. Those whose
 * id was forgotten since are to be asked for once more, unless they were already.
 */
async function leftOut(
  ports: AcceptPorts & { formats: ReadonlyMap<string, WebhookFormat> },
  caller: Caller,
  wanted: readonly NewItem[],
  messages: readonly Message[],
  added: ReadonlySet<string>,
  isAgain: boolean,
): Promise<{ reports: Report[]; forgotten: NewItem[] }> {
  const left = messages.flatMap((message, index) => {
    const item = wanted[index];
    return added.has(message.id) || !item ? [] : [{ message, item }];
  });
  const ids = left.map(({ message }) => message.theirId);
  const found = await ports.messages.byTheirIds(caller.account.id, caller.credential.dialect, ids);
  const known = new Map(found.map((message) => [message.theirId, message]));
  const unknown = left.flatMap(({ message }) => (known.has(message.theirId) ? [] : message));
  const forgotten = isAgain ? new Set() : await forgottenAmong(ports, caller, unknown);
  const reports = left.flatMap(({ message, item }): Report[] => {
    const first = known.get(message.theirId);
    if (forgotten.has(message) || (first && isRepeated(first, message, item))) return [];
    ports.log.event("message.refused", {
      theirId: message.theirId,
      why: first ? "the id was used for another message" : "the same text was sent just before",
    });
    const [webhook] = news(ports.formats, message, "duplicate");
    return webhook ? [{ ...webhook, event: { ...webhook.event, message: { ...message, state: "failed" } } }] : [];
  });
  return { reports, forgotten: left.flatMap(({ message, item }) => (forgotten.has(message) ? item : [])) };
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
