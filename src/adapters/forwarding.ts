/** The sandbox's webhooks while a developer's own machine takes them, wherever they were to go: `stafett listen`. */

import type { ClaimedWebhook, WebhookStore } from "../core/webhooks/store.ts";

/**
 * The store, whose webhooks have another address when they are claimed: so they are called, and signed, as if they had been made
 * with it. What is stored stays as it is.
 */
export function forwardingStore(store: WebhookStore, forwarding: () => { to: string } | undefined): WebhookStore {
  return {
    ...store,
    async claim(ids, now, lease) {
      const claimed = await store.claim(ids, now, lease);
      const to = forwarding()?.to;
      if (to === undefined) return claimed;
      return claimed.map((one) => forwarded(one, to));
    },
  };
}

/** One of an endpoint by name is called at that endpoint's addresses. */
function forwarded({ named, ...claimed }: ClaimedWebhook, to: string): ClaimedWebhook {
  const { webhook } = claimed;
  const there = { ...claimed, webhook: { ...webhook, url: forwardedUrl(webhook.url, to) } };
  if (!named) return there;
  const { url, failoverUrl } = named;
  const other = failoverUrl === undefined ? {} : { failoverUrl: forwardedUrl(failoverUrl, to) };
  return { ...there, named: { ...named, url: forwardedUrl(url, to), ...other } };
}

/** A base without a path keeps the webhook's own path; the webhook's query is always kept. An address that is not of HTTP stays. */
function forwardedUrl(url: string, to: string): string {
  const own = URL.parse(url);
  const target = URL.parse(to);
  if (!own || !target || !/^https?:$/.test(own.protocol)) return url;
  if (target.pathname === "/") target.pathname = own.pathname;
  target.search = own.search;
  return target.href;
}
