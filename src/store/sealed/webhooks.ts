/** What webhooks and events tell, where the numbers and texts in it are sealed: as the statement copied them that owed it. */

import type { Seals } from "../../core/kernel/ports.ts";
import type { Message } from "../../core/messages/message.ts";
import type { AccountEvent } from "../../core/webhooks/events.ts";
import type { EventStore } from "../../core/webhooks/named.ts";
import type { ClaimedWebhook, WebhookStore } from "../../core/webhooks/store.ts";
import type { Webhook } from "../../core/webhooks/webhook.ts";
import { openSealed, sealMessage } from "./message.ts";
import { eachReadable, type Unreadable } from "./opening.ts";

/** @param unreadable is told of each that is claimed and cannot be opened: it is owed again when its lease ends */
export function sealedWebhooks(store: WebhookStore, seals: Seals, unreadable: Unreadable): WebhookStore {
  const open = <W extends Webhook>(webhook: W) => openWebhook(webhook, seals);
  return {
    ...store,
    add: async (webhooks) => store.add(await Promise.all(webhooks.map((one) => sealWebhook(one, seals)))),
    async byId(id) {
      const found = await store.byId(id);
      return found && open(found);
    },
    ofSubject: async (id) => Promise.all((await store.ofSubject(id)).map(open)),
    async list(filter, page) {
      const found = await store.list(filter, page);
      return { ...found, items: await Promise.all(found.items.map(open)) };
    },
    async claim(...given) {
      const claimed = await store.claim(...given);
      const opened = async (one: ClaimedWebhook) => ({ ...one, webhook: await open(one.webhook) });
      return eachReadable(claimed, opened, ({ webhook }, error) => unreadable(webhook.id, error));
    },
  };
}

export function sealedEvents(store: EventStore, seals: Seals): EventStore {
  return {
    ...store,
    async page(account, asked) {
      const found = await store.page(account, asked);
      return { ...found, items: await Promise.all(found.items.map((event) => openEvent(event, seals))) };
    },
  };
}

/** A report of an item whose id was used before has its message in it, which is stored nowhere else. */
async function sealWebhook(webhook: Webhook, seals: Seals): Promise<Webhook> {
  if (webhook.kind !== "report" || !webhook.event.message?.isSealed) return webhook;
  const message: Message = await sealMessage(webhook.event.message, seals);
  return { ...webhook, event: { ...webhook.event, message } };
}

async function openWebhook<W extends Webhook>(webhook: W, seals: Seals): Promise<W> {
  const { recipient } = webhook;
  const opened = recipient === undefined ? webhook : { ...webhook, recipient: await seals.openNumber(recipient) };
  if (opened.kind === "event") return { ...opened, event: await openEvent(opened.event, seals) };
  if (opened.kind !== "report" || !opened.event.message?.isSealed) return opened;
  return { ...opened, event: { ...opened.event, message: await openSealed(opened.event.message, seals) } };
}

/** A customer's own words are never here in place of a number: see `neverSealed`. */
export async function openEvent<E extends { data: AccountEvent["data"] }>(event: E, seals: Seals): Promise<E> {
  const { data } = event;
  if (!("recipient" in data) || typeof data.recipient !== "string") return event;
  return { ...event, data: { ...data, recipient: await seals.openNumber(data.recipient) } };
}
