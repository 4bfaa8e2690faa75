/**
 * Searching texts. No index has their words: what is searched is the newest, a bounded number of them for each page, and the
 * next page goes on where this one ended. So a search costs the same in a gateway of ten years as in a new one.
 */

import type { Inbound, InboundFilter, InboundStore } from "../inbound/inbound.ts";
import type { Clock } from "../kernel/clock.ts";
import { tailOf, timeIn, timePart } from "../kernel/ids.ts";
import { needlesOf } from "../kernel/needles.ts";
import type { Page, Searched } from "../kernel/pages.ts";
import type { Message } from "../messages/message.ts";
import type { MessageFilter, MessageStore } from "../messages/store.ts";

/** So many texts are looked at for a page. */
export const MOST_LOOKED_AT = 5_000;

/**
 * Each account's messages lie by themselves, so the newest of all are found by looking at each account's of a span of time:
 * a minute first, which is full where much is sent, then longer ones, up to all that there is.
 */
const FIRST_SPAN_MS = 60_000;
const LONGER_BY = 8;

/** A page of the messages that have these words, or this part of a number, in their text, sender or recipient; newest first. */
export async function searchMessages(
  { messages, clock }: { messages: MessageStore; clock: Clock },
  { containing, ...filter }: MessageFilter & { containing: string },
  page: Page,
): Promise<Searched<Message>> {
  const needles = needlesOf(containing);
  const oldest = filter.since ?? 0;
  const items: Message[] = [];
  let looked = 0;
  let cursor = page.cursor;
  let reached = cursor === undefined ? Math.min(clock.now(), filter.until ?? Number.POSITIVE_INFINITY) : timeIn(cursor);
  for (let span = FIRST_SPAN_MS; ; span *= LONGER_BY) {
    const since = Math.max(oldest, reached - span);
    const here = { limit: page.limit + 1 - items.length, ...(cursor === undefined ? {} : { cursor }) };
    const found = await messages.search({ ...filter, since }, needles, here, MOST_LOOKED_AT - looked);
    items.push(...found.items);
    looked += found.looked;
    if (items.length > page.limit) return { ...cut(items, page.limit), looked };
    if (looked >= MOST_LOOKED_AT && found.reached !== undefined) {
      return { items, next: found.reached, looked, backTo: timeIn(found.reached) };
    }
    if (since <= oldest) return { items, looked };
    reached = since;
    cursor = timePart(since);
  }
}

/** One more was found than the page holds: it goes on after the last that is shown. */
function cut(items: readonly Message[], limit: number): { items: Message[]; next: string; backTo: number } {
  const shown = items.slice(0, limit);
  const next = tailOf(shown.at(-1)?.id ?? "");
  return { items: shown, next, backTo: timeIn(next) };
}

/** Likewise of what people wrote. These lie in order of time, whosever they are. */
export async function searchInbounds(
  { inbounds }: { inbounds: InboundStore },
  { containing, ...filter }: InboundFilter & { containing: string },
  page: Page,
): Promise<Searched<Inbound>> {
  const asked = { ...page, limit: page.limit + 1 };
  const found = await inbounds.search(filter, needlesOf(containing), asked, MOST_LOOKED_AT);
  const items = found.items.slice(0, page.limit);
  const isCut = found.items.length > page.limit;
  const next = isCut
    ? items.at(-1)?.id.slice("inb_".length)
    : found.looked >= MOST_LOOKED_AT
      ? found.reached
      : undefined;
  return { items, looked: found.looked, ...(next === undefined ? {} : { next, backTo: timeIn(next) }) };
}
