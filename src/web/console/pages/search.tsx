/** One box to find things by: a phone number or a part of one, words of a text, an id of ours, or one that a customer gave. */

import type { Found } from "../../../core/operator/search.ts";
import { ask, withParams } from "../api.ts";
import type { C } from "../console-env.ts";
import type { Narrowed } from "../ui/filters.tsx";
import { page } from "../ui/layout.tsx";
import { pageOfFound } from "../ui/links.tsx";

const MESSAGES = "/console/messages";

/** What a list takes a search for: a phone number narrows it by this member, words in its texts by `containing`. */
export type Searchable = { here: string; number: "recipient" | "sender"; hasTexts: boolean };

/** The box above a list; what the list is narrowed by stays. @param hint what may be written there */
export function searchBox({ here, hasTexts }: Pick<Searchable, "here" | "hasTexts">, kept: Narrowed = {}, given = "") {
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
          placeholder={hasTexts ? "words, number, sender or id" : "number or id"}
          title="Press / to come here"
          aria-keyshortcuts="/"
        />
        {Object.entries(kept).map(([name, value]) => (
          <input type="hidden" name={name} value={value} />
        ))}
        <button type="submit">Find</button>
      </form>
    </search>
  );
}

/** Where a search leads: to the one thing that it can mean, to a choice of several, or to the texts that have these words. */
export async function find(c: C, list: Searchable, given: string, kept: Narrowed): Promise<Response> {
  const wanted = given.trim();
  const number = numberIn(wanted);
  const narrow = (by: Narrowed) => c.redirect(withParams(list.here, { ...kept, ...by }), 303);
  const ofPerson = () => narrow({ [list.number]: number?.e164 ?? "" });
  if (number?.isCertain && isWhole(number.e164)) return ofPerson();
  const { items } = await ask(c, "GET /admin/v1/search", { query: { q: wanted.slice(0, 500) } });
  const [only, ...more] = items;
  const way = only && more.length === 0 ? pageOfFound(only, c.get("hasSandbox")) : undefined;
  if (way) return c.redirect(way, 303);
  if (items.length > 0) return choice(c, list, wanted, items);
  if (number && isWhole(number.e164)) return ofPerson();
  return list.hasTexts ? narrow({ containing: wanted.slice(0, 200) }) : choice(c, list, wanted, items);
}

/** Whether it is long enough to be a number, and not a part of one. */
function isWhole(e164: string): boolean {
  return e164.length >= "+".length + 9;
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
  inbound: "Inbound text",
};

function choice(c: C, list: Searchable, wanted: string, items: readonly Found[]) {
  const found = items.map((one) => ({ ...one, href: pageOfFound(one, c.get("hasSandbox")) }));
  return page(
    c,
    { title: "Search", styles: ["messages"] },
    <>
      <h1>Search</h1>
      {searchBox(list, {}, wanted)}
      {found.length === 0 ? (
        <div class="empty" role="status">
          <p>
            No number and no id is “{wanted.slice(0, 80)}”. Enter a whole phone number with its country code, an id like{" "}
            <code>msg_…</code>, or the id that your program gave.
          </p>
          <p>
            <a href={withParams(MESSAGES, { containing: wanted.slice(0, 200) })}>Search message texts for it</a>
          </p>
        </div>
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
