/** Taking messages into our care: check them, hand them to the intake, tell a repeated request from a used id. */

import { type Caller, normalSender } from "../accounts/account.ts";
import { GatewayError, type Refusal } from "../errors.ts";
import type { Clock, Ids, Intake, Jobs, Log, Once } from "../ports.ts";
import type { Reason } from "../reasons.ts";
import type { WebhookFormat } from "../webhooks/format.ts";
import type { WebhookStore } from "../webhooks/store.ts";
import { type Webhook, webhookId } from "../webhooks/webhook.ts";
import { canonical, DEEPEST_ECHO, isTooMuch, LONGEST_ECHO } from "./echo.ts";
import type { DeliveryMode, Message, Priority } from "./message.ts";
import { toMsisdn } from "./msisdn.ts";
import type { Edit, MessageStore } from "./store.ts";
import { measure } from "./text.ts";

/** No operator takes a longer text. */
export const MAX_PARTS = 66;

/** What a customer wants sent. `sendAt` is epoch ms, absent for now; `validitySeconds` counts from then. */
export type NewMessage = {
  theirId?: string;
  sender: string;
  recipient: string;
  text: string;
  /** Refused if it has characters outside the GSM alphabet. */
  gsmOnly?: boolean;
  priority: Priority;
  deliveryMode: DeliveryMode;
  sendAt?: number;
  validitySeconds: number;
  reportUrl?: string;
  echo: Record<string, unknown>;
};

/** One of many. The dialect may find it wrong already; then the rest is what could be read of it. */
export type NewItem = NewMessage & { theirId: string; refusal?: GatewayError };

type AcceptPorts = {
  clock: Clock;
  ids: Ids;
  intake: Intake;
  messages: MessageStore;
  jobs: Jobs;
  log: Log;
};

/**
 * Takes a message into our care. Asking twice with the same id of theirs gives the first answer again.
 * @param options.replaceScheduled a message of that id that still waits for its time is replaced instead of refused
 * @throws GatewayError bad-number, bad-sender, bad-text, bad-request, already-exists, replayed
 */
export async function accept(
  ports: AcceptPorts,
  caller: Caller,
  wanted: NewMessage,
  options: { once?: Once | undefined; replaceScheduled?: boolean } = {},
): Promise<Message> {
  const message = toMessage(ports, caller, wanted);
  const arrived = await ports.intake.add(caller.account.id, [message], { once: options.once });
  if (arrived.outcome === "replayed") throw replayed();
  if (arrived.added.has(message.id)) {
    logAccepted(ports.log, message);
    return message;
  }

  const known = await ports.messages.byTheirId(message.account, message.dialect, message.theirId);
  if (known && isRepeated(known, message, wanted)) return known;
  if (known?.state === "scheduled" && options.replaceScheduled) return await edit(ports, caller, known, wanted);
  throw new GatewayError(
    "already-exists",
    `${message.theirId} was used before, for another message; use a new id`,
    "theirId",
  );
}

/**
 * Takes many messages into our care, in one commit a chunk. Items that would be refused alone do not fail the others:
 * they are stored as failed, and whoever asked for a report is told why.
 * @throws GatewayError replayed
 */
export async function acceptMany(
  ports: AcceptPorts & { webhooks: WebhookStore; formats: ReadonlyMap<string, WebhookFormat> },
  caller: Caller,
  wanted: readonly NewItem[],
  once?: Once,
): Promise<void> {
  const messages = wanted.map((item) => toMessageOrFailure(ports, caller, item));
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

/**
 * Changes a message that still waits for its time.
 * @throws GatewayError too-late when it has left, and whatever `accept` would refuse
 */
export async function edit(ports: AcceptPorts, caller: Caller, known: Message, wanted: NewMessage): Promise<Message> {
  const to = toMessage(ports, caller, { ...wanted, theirId: known.theirId });
  const now = ports.clock.now();
  const change: Edit = {
    sender: to.sender,
    recipient: to.recipient,
    text: to.text,
    encoding: to.encoding,
    parts: to.parts,
    priority: to.priority,
    deliveryMode: to.deliveryMode,
    sendAt: to.sendAt,
    expiresAt: to.expiresAt,
    echo: to.echo,
    state: to.state === "scheduled" ? "scheduled" : "accepted",
    ...(to.reportUrl ? { reportUrl: to.reportUrl } : {}),
  };
  if (!(await ports.messages.edit(known.id, change, now))) throw tooLate(known, "changed");
  await ports.jobs.submit([known.id], Math.max(0, (to.sendAt - now) / 1000));
  ports.log.event("message.edited", { id: known.id, theirId: known.theirId, sendAt: to.sendAt });
  return { ...known, ...change, dueAt: to.sendAt, changedAt: now };
}

/**
 * Cancels a message that still waits for its time.
 * @throws GatewayError too-late when it has left
 */
export async function cancel(ports: { clock: Clock; messages: MessageStore; log: Log }, known: Message): Promise<void> {
  if (!(await ports.messages.cancel(known.id, ports.clock.now()))) throw tooLate(known, "deleted");
  ports.log.event("message.cancelled", { id: known.id, theirId: known.theirId });
}

function toMessage(ports: { clock: Clock; ids: Ids }, caller: Caller, wanted: NewMessage): Message {
  const recipient = toMsisdn(wanted.recipient);
  if (!recipient) {
    throw new GatewayError(
      "bad-number",
      `${shown(wanted.recipient)} is not a phone number: write it with + and its country code, like +4798079008`,
      "recipient",
    );
  }
  const sender = ownSender(caller, wanted.sender);
  const measured = measure(wanted.text);
  if (measured.parts > MAX_PARTS) {
    throw new GatewayError(
      "bad-text",
      `the text needs ${measured.parts} parts; ${MAX_PARTS} are the most a message may have`,
      "text",
    );
  }

  if (wanted.gsmOnly && measured.encoding !== "gsm7") {
    throw new GatewayError(
      "bad-text",
      "the text has characters outside the GSM alphabet, which were ruled out",
      "text",
    );
  }

  if (isTooMuch(wanted.echo)) {
    throw new GatewayError(
      "bad-request",
      `properties and the like may have ${LONGEST_ECHO} characters in all, and ${DEEPEST_ECHO} levels`,
      "properties",
    );
  }

  const now = ports.clock.now();
  const { sendAt, expiresAt } = timesOf(wanted, now);
  const later = sendAt > now;
  return {
    id: ports.ids.message(caller.account.number),
    account: caller.account.id,
    dialect: caller.credential.dialect,
    theirId: wanted.theirId ?? ports.ids.uuid(),
    sender,
    recipient,
    text: wanted.text,
    encoding: measured.encoding,
    parts: measured.parts,
    state: later ? "scheduled" : "accepted",
    priority: wanted.priority,
    deliveryMode: wanted.deliveryMode,
    sendAt,
    expiresAt,
    acceptedAt: now,
    changedAt: now,
    dueAt: sendAt,
    attempts: 0,
    ...(wanted.reportUrl ? { reportUrl: wanted.reportUrl } : {}),
    echo: wanted.echo,
    history: [{ at: now, what: "accepted", ...(later ? { sendAt } : {}) }],
  };
}

/** A time that is past means now. */
function timesOf(wanted: NewMessage, now: number): { sendAt: number; expiresAt: number } {
  const sendAt = Math.max(now, wanted.sendAt ?? now);
  return { sendAt, expiresAt: sendAt + wanted.validitySeconds * 1000 };
}

function ownSender(caller: Caller, wanted: string): string {
  const sender = caller.senders.get(normalSender(wanted));
  if (sender) return sender.kind === "long-number" ? `+${normalSender(sender.sender)}` : sender.sender;
  throw new GatewayError(
    "bad-sender",
    `${shown(wanted)} is not a sender of account ${caller.account.id}; an operator adds it with PUT /admin/v1/accounts/${caller.account.id}/senders/…`,
    "sender",
  );
}

/** Which way a refused item of a batch failed. */
const FAILURE: Partial<Record<Refusal, Reason>> = {
  "bad-number": "bad-number",
  "bad-sender": "bad-sender",
  "bad-text": "bad-text",
};

function toMessageOrFailure(ports: { clock: Clock; ids: Ids }, caller: Caller, wanted: NewItem): Message {
  try {
    if (wanted.refusal) throw wanted.refusal;
    return toMessage(ports, caller, wanted);
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
      deliveryMode: wanted.deliveryMode,
      ...timesOf(wanted, now),
      acceptedAt: now,
      changedAt: now,
      attempts: 0,
      ...(wanted.reportUrl ? { reportUrl: wanted.reportUrl } : {}),
      echo: isTooMuch(wanted.echo) ? {} : wanted.echo,
      history: [{ at: now, what: "refused", why: error.message }],
    };
  }
}

/** Items whose id stands for another message already: those who asked for a report are told; repeats get no second one. */
async function usedIds(
  ports: AcceptPorts & { formats: ReadonlyMap<string, WebhookFormat> },
  caller: Caller,
  wanted: readonly NewMessage[],
  messages: readonly Message[],
  added: ReadonlySet<string>,
): Promise<Webhook[]> {
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

/** The webhook that tells of a message which failed as it came in; none if nobody asked. */
function news(formats: ReadonlyMap<string, WebhookFormat>, message: Message, reason: Reason | undefined): Webhook[] {
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

/** Whether a message that came under a known id is the very same request. What was cancelled is not taken up again. */
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
    known.expiresAt - known.sendAt === again.expiresAt - again.sendAt &&
    canonical(known.echo) === canonical(again.echo)
  );
}

/** "Now" is a moment later each time it is said, so what has left already is not late for it. */
function sameTime(known: Message, { sendAt = 0 }: NewMessage): boolean {
  return known.sendAt === sendAt || (known.state !== "scheduled" && sendAt < known.sendAt);
}

function logAccepted(log: Log, message: Message): void {
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

function tooLate(message: Message, what: string): GatewayError {
  return new GatewayError(
    "too-late",
    `${message.theirId} can no longer be ${what}: only a message that waits for its time can`,
  );
}

function replayed(): GatewayError {
  return new GatewayError("replayed", "this request was made before: its nonce is used; sign each request anew");
}

function shown(given: string): string {
  return given === "" ? "an empty text" : JSON.stringify(given.slice(0, 40));
}
