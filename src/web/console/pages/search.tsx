/** One box to find things by: a phone number, an id of ours, or one that a customer gave. */

import type { Found } from "../../../core/operator/search.ts";
import { ask, withParams } from "../api.ts";
import type { C } from "../console-env.ts";
import { page } from "../ui/layout.tsx";
import { pageOfFound } from "../ui/links.tsx";

/** @param here the list that a number narrows */
export function searchBox(here: string, given = "") {
  return (
    <search>
      <form class="row find" method="get" action={here}>
        <label for="q">Find</label>
        <input
          id="q"
          name="q"
          type="search"
          value={given}
          required
          autocomplete="off"
          spellcheck={false}
          placeholder="number, or an id"
        />
        <button type="submit">Find</button>
      </form>
    </search>
  );
}

/** Where a search leads: to the one thing that it can mean, or to a choice of several. */
export async function find(c: C, here: string, given: string): Promise<Response> {
  const wanted = given.trim();
  const number = numberIn(wanted);
  if (number?.isCertain) return c.redirect(withParams(here, { recipient: number.e164 }), 303);
  const { items } = await ask(c, "GET /admin/v1/search", { query: { q: wanted.slice(0, 500) } });
  if (items.length === 0 && number) return c.redirect(withParams(here, { recipient: number.e164 }), 303);
  const [only, ...more] = items;
  const way = only && more.length === 0 ? pageOfFound(only, c.get("hasSandbox")) : undefined;
  return way ? c.redirect(way, 303) : choice(c, here, wanted, items);
}

/**
 * A phone number as people write one. Without + or 00 it may be an id as well; eight digits are then taken for a number of
 * Norway, and more for one whose + was left out.
 */
export function numberIn(text: string): { e164: string; isCertain: boolean } | undefined {
  const plain = text.replace(/[\s().\-\u00a0]/g, "");
  const [, sign, digits = ""] = /^(\+|00)?(\d+)$/.exec(plain) ?? [];
  if (digits.length < 7 || digits.length > 15) return undefined;
  if (sign) return { e164: `+${digits}`, isCertain: true };
  return { e164: digits.length === 8 ? `+47${digits}` : `+${digits}`, isCertain: false };
}

const WORDS: Record<Found["kind"], string> = {
  message: "Message",
  transaction: "Charge",
  subscription: "Subscription",
  webhook: "Webhook",
  inbound: "Text from a person",
};

function choice(c: C, here: string, wanted: string, items: readonly Found[]) {
  const found = items.map((one) => ({ ...one, href: pageOfFound(one, c.get("hasSandbox")) }));
  return page(
    c,
    { title: "Search", here, styles: ["messages"] },
    <>
      <h1>Search</h1>
      {searchBox(here, wanted)}
      {found.length === 0 ? (
        <p class="empty" role="status">
          Nothing is known by “{wanted.slice(0, 80)}”. Write a whole phone number with its country code, an id like{" "}
          <code>msg_…</code>, or the whole id that a program gave.
        </p>
      ) : (
        <ul class="found">
          {found.map(({ kind, id, person, href }) => (
            <li>
              {WORDS[kind]} {href ? <a href={href}>{id}</a> : <code>{id}</code>} {person && <span>· {person}</span>}
            </li>
          ))}
        </ul>
      )}
    </>,
  );
}
