/** Messages, and what people wrote to us: what the operator sees of them, sends and cancels. */

import type { AccountStore } from "../accounts/store.ts";
import type { Inbound, InboundFilter, InboundStore } from "../inbound/inbound.ts";
import type { Clock } from "../kernel/clock.ts";
import { GatewayError } from "../kernel/errors.ts";
import type { AccountId, MessageId } from "../kernel/ids.ts";
import type { Page, PageOf } from "../kernel/pages.ts";
import type { Log } from "../kernel/ports.ts";
import type { AcceptPorts } from "../messages/accept.ts";
import { acceptFor } from "../messages/accept-for.ts";
import { cancel } from "../messages/edit.ts";
import type { Message } from "../messages/message.ts";
import type { NewMessage } from "../messages/new-message.ts";
import { type PreviewFormat, type PreviewWanted, preview } from "../messages/preview.ts";
import type { MessageFilter, MessageStore } from "../messages/store.ts";
import type { WebhookStore } from "../webhooks/store.ts";
import { type AccountPorts, findAccount } from "./accounts.ts";
import type { CancelledMany } from "./subscriptions.ts";
import { type TimelineStep, timelineOf } from "./timeline.ts";

type LookPorts = { messages: MessageStore };

/** A page of the messages, newest first. */
export function listMessages(ports: LookPorts, filter: MessageFilter, page: Page): Promise<PageOf<Message>> {
  return ports.messages.list(filter, page);
}

/** @throws GatewayError not-found */
export async function findMessage(ports: LookPorts, id: MessageId): Promise<Message> {
  const message = await ports.messages.byId(id);
  if (!message) throw new GatewayError("not-found", `there is no message ${id}`);
  return message;
}

/**
 * All that happened to a message, in order.
 * @throws GatewayError not-found
 */
export async function messageTimeline(
  ports: LookPorts & { webhooks: WebhookStore },
  id: MessageId,
): Promise<TimelineStep[]> {
  return timelineOf(ports, await findMessage(ports, id));
}

/**
 * Sends a text in an account's name. No webhook reports it. Logs `message.accepted`.
 * @throws GatewayError not-found, not-allowed where the account is closed, and whatever `accept` refuses
 */
export async function sendMessage(
  ports: AcceptPorts & { accounts: AccountStore },
  accountId: AccountId,
  wanted: Pick<NewMessage, "theirId" | "sender" | "recipient" | "text" | "sendAt">,
): Promise<Message> {
  return acceptFor(ports, await findAccount(ports, accountId, "account"), wanted);
}

/**
 * Cancels a message that waits for its time; answers it as it is then. Logs `message.cancelled`.
 * @throws GatewayError not-found, too-late where it has left
 */
export async function cancelMessage(ports: LookPorts & { clock: Clock; log: Log }, id: MessageId): Promise<Message> {
  await cancel(ports, await findMessage(ports, id));
  return findMessage(ports, id);
}

/** So many are cancelled in one write, and so many times, before the answer. */
const CANCELLED_AT_ONCE = 1_000;
const MOST_ROUNDS = 100;

/**
 * Cancels every message of an account that waits for its time, or those of one sender. `isComplete` is false where there were more than
 * one request cancels: it is asked for again. Logs `messages.cancelled`.
 * @throws GatewayError not-found
 */
export async function cancelMessages(
  ports: LookPorts & AccountPorts & { clock: Clock; log: Log },
  { account: id, sender }: { account: AccountId; sender?: string },
): Promise<CancelledMany> {
  const { id: account } = await findAccount(ports, id, "account");
  let cancelled = 0;
  let isComplete = false;
  for (let round = 0; round < MOST_ROUNDS && !isComplete; round++) {
    const some = await ports.messages.cancelScheduled(account, sender, ports.clock.now(), CANCELLED_AT_ONCE);
    cancelled += some;
    isComplete = some < CANCELLED_AT_ONCE;
  }
  ports.log.event("messages.cancelled", { account, cancelled });
  return { cancelled, isComplete };
}

/** A page of what people wrote, newest first. Times are epoch ms. */
export function listInbounds(
  ports: { inbounds: InboundStore },
  filter: InboundFilter,
  page: Page,
): Promise<PageOf<Inbound>> {
  return ports.inbounds.list(filter, page);
}

/** More credentials than this do not help to show how a text is sent. */
const CREDENTIALS_SHOWN = 500;

/**
 * What would become of a text, by each dialect; nothing is sent, and nothing is kept.
 * @param wanted.account whose settings, prices and credentials hold
 * @param wanted.url our base URL for the calls that are shown; absent: the one that is set, else `called`
 * @param called the base URL at which this was asked
 * @throws GatewayError not-found
 */
export async function previewText(
  ports: { accounts: AccountStore; previews: ReadonlyMap<string, PreviewFormat>; publicUrl: string },
  {
    account: id,
    url,
    ...wanted
  }: Omit<PreviewWanted, "account" | "url" | "credentials" | "senders"> & { account?: AccountId; url?: string },
  called: string,
): Promise<ReturnType<typeof preview>> {
  const account = id === undefined ? undefined : await findAccount(ports, id, "account");
  const [credentials, senders] = account
    ? await Promise.all([
        ports.accounts.credentials(account.id, { limit: CREDENTIALS_SHOWN }),
        ports.accounts.senders(account.id),
      ])
    : [{ items: [] }, []];
  return preview(ports, {
    ...wanted,
    ...(account ? { account } : {}),
    url: (url ?? (ports.publicUrl || called)).replace(/\/+$/, ""),
    credentials: credentials.items,
    senders,
  });
}
