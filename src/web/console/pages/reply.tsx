/** How a phone's owner answers: in their own words, by a word that means something, or with the code they got. */

import { codeIn } from "../ui/code.ts";
import type { Seller } from "./buy.tsx";
import { dialled, type HandsetMessage } from "./conversation.tsx";

/** Words that gateways act upon. */
const WORDS = ["OK", "YES", "STOP"];
/** Where to, on a phone that nobody has written to from a number, and where nothing is sold. */
const NOBODY_KNOWN = "2002";

/**
 * Its parts are renewed as texts come, until somebody fills them in.
 * @param isAnswering whether the person has just written, and goes on
 * @param isRefresh whether it renews a form that is there: what is sold is then not known, and stays
 */
export function replyForm(
  received: readonly HandsetMessage[],
  shops: readonly Seller[],
  { action, isAnswering, isRefresh }: { action: string; isAnswering: boolean; isRefresh: boolean },
) {
  const senders = received.filter(({ from }) => isNumber(from)).reverse();
  const sold = shops.flatMap(({ services }) => services.map(({ shortNumber }) => shortNumber));
  const written = new Set(senders.map(({ from }) => dialled(from)));
  const numbers = [...new Set([...written, ...sold])];
  const [last] = senders;
  const code = codeIn(last?.text ?? "")?.code;
  return (
    <form method="post" class="reply" action={action}>
      {!(isRefresh && written.size === 0) && (
        <p class="to" id="to-whom" data-live="handsets">
          <label for="to">To</label>
          <input
            id="to"
            name="to"
            list="numbers"
            required
            value={numbers[0] ?? NOBODY_KNOWN}
            size={12}
            inputmode="tel"
          />
          <datalist id="numbers">
            {numbers.map((number) => (
              <option id={`number-${number}`} value={number} data-stays={written.has(number) ? undefined : ""} />
            ))}
          </datalist>
          {last?.channel && (
            <>
              <input type="hidden" name="channel" value={last.channel} />
              <input type="hidden" name="channelOf" value={dialled(last.from)} />
            </>
          )}
        </p>
      )}
      <p class="say">
        <label for="text" class="unseen">
          Text
        </label>
        <input
          id="text"
          name="text"
          required
          autocomplete="off"
          maxlength={2000}
          placeholder="Write a text"
          autofocus={isAnswering}
        />
        <button type="submit">Send</button>
      </p>
      <fieldset class="words" id="words" data-live="handsets">
        <legend class="unseen">Send a word</legend>
        {[...WORDS, ...(code ? [code] : [])].map((word) => (
          <button type="submit" name="word" value={word} formnovalidate class="quiet">
            {word}
          </button>
        ))}
      </fieldset>
    </form>
  );
}

/** The words by which services are begun and ended. */
export function keywords(shops: readonly Seller[], action: string) {
  const named = shops.flatMap(({ services }) => services).filter(({ keyword }) => keyword);
  if (named.length === 0) return undefined;
  return (
    <section class="box" aria-labelledby="keywords">
      <h2 id="keywords">Keywords</h2>
      <ul class="services">
        {named.map(({ keyword = "", shortNumber, invoiceText }) => (
          <li>
            <form method="post" action={action}>
              <input type="hidden" name="to" value={shortNumber} />
              <input type="hidden" name="by" value="keyword" />
              <span class="what">
                {invoiceText} <span class="hint">at {shortNumber}</span>
              </span>
              <span class="actions">
                {[keyword.toUpperCase(), `STOP ${keyword.toUpperCase()}`].map((word) => (
                  <button type="submit" name="text" value={word} class="quiet">
                    {word}
                  </button>
                ))}
              </span>
            </form>
          </li>
        ))}
      </ul>
    </section>
  );
}

function isNumber(sender: string): boolean {
  return /^\+?\d{3,15}$/.test(sender);
}
