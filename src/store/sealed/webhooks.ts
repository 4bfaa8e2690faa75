/** What webhooks and events tell, where the numbers and texts in it are sealed: as the statement copied them that owed it. */

import type { Seals } from "../../core/kernel/ports.ts";
import type { Message } from "../../core/messages/message.ts";
import type { AccountEvent } from "../../core/webhooks/events.ts";
import type { EventStore } from "../../core/webhooks/named.ts";
import type { ClaimedWebhook, WebhookStore } from "../../core/webhooks/store.ts";
import type { Webhook, WebhookNews } from "../../core/webhooks/webhook.ts";
import { openAttempts, sealAttempt } from "./attempts.ts";
import { isSealedInbound, openInbound } from "./inbounds.ts";
import { openSealed, sealMessage } from "./message.ts";
import { eachReadable, type Unreadable } from "./opening.ts";

/** @param unreadable is told of each that is claimed and cannot be opened: it is owed again when its lease ends */
export function sealedWebhooks(store: WebhookStore, seals: Seals, unreadable: Unreadable): WebhookStore {
  const open = <W extends Webhook>(webhook: W) => openWebhook(webhook, seals);
  return {
    ...store,
    add: async (webhooks) => store.add(await Promise.all(webhooks.map((one) => sealWebhook(one, seals)))),
    async attempted(results, health) {
      const sealed = results.map(async ({ isSealed, ...result }) =>
        isSealed ? { ...result, entry: await sealAttempt(result.entry, result.id, seals) } : result,
      );
      return store.attempted(await Promise.all(sealed), health);
    },
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
      // Earlier attempts stay sealed here, so a missing key does not hold up delivery.
      const opened = async (one: ClaimedWebhook) => ({ ...one, webhook: await openTold(one.webhook, seals) });
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
  const [opened, history] = await Promise.all([
    openTold(webhook, seals),
    openAttempts(webhook.history, webhook.id, seals),
  ]);
  return { ...opened, history };
}

async function openTold<W extends Webhook>(webhook: W, seals: Seals): Promise<W> {
  const { recipient } = webhook;
  const opened = await openNews(webhook, seals);
  return recipient === undefined ? opened : { ...opened, recipient: await seals.openNumber(recipient) };
}

/** What a webhook tells, with its numbers and texts. */
export async function openNews<News extends WebhookNews>(news: News, seals: Seals): Promise<News> {
  switch (news.kind) {
    case "event":
      return { ...news, event: await openEvent(news.event, seals) };
    case "inbound": {
      const { inbound } = news.event;
      return isSealedInbound(inbound)
        ? { ...news, event: { ...news.event, inbound: await openInbound(inbound, seals) } }
        : news;
    }
    case "report": {
      const { message } = news.event;
      return message?.isSealed
        ? { ...news, event: { ...news.event, message: await openSealed(message, seals) } }
        : news;
    }
    default:
      return news;
  }
}

/** A customer's own words are never here in place of a number: see `neverSealed`. */
export async function openEvent<E extends { data: AccountEvent["data"] }>(event: E, seals: Seals): Promise<E> {
  const { data } = event;
  if (isSealedInbound(data)) return { ...event, data: await openInbound(data, seals) };
  if (!("recipient" in data) || typeof data.recipient !== "string") return event;
  return { ...event, data: { ...data, recipient: await seals.openNumber(data.recipient) } };
}
