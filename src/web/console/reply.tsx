/** How a phone's owner answers: in their own words, by a word that means something, or with the code they got. */

import type { Seller } from "./buy.tsx";
import { codeIn } from "./code.ts";
import { dialled, type HandsetMessage } from "./conversation.tsx";

/** Words that gateways act upon. */
const WORDS = ["OK", "YES", "STOP"];
/** Where to, on a phone that nobody has written to from a number, and where nothing is sold. */
const NOBODY_KNOWN = "2002";

/** @param isAnswering whether the person has just written, and goes on */
export function replyForm(
  received: readonly HandsetMessage[],
  shops: readonly Seller[],
  { action, isAnswering }: { action: string; isAnswering: boolean },
) {
  const senders = received.filter(({ from }) => isNumber(from)).reverse();
  const sold = shops.flatMap(({ services }) => services.map(({ shortNumber }) => shortNumber));
  const numbers = [...new Set([...senders.map(({ from }) => dialled(from)), ...sold])];
  const [last] = senders;
  const code = codeIn(last?.text ?? "")?.code;
  return (
    <form method="post" class="reply" action={action}>
      <p class="to">
        <label for="to">To</label>
        <input id="to" name="to" list="numbers" required value={numbers[0] ?? NOBODY_KNOWN} size={12} inputmode="tel" />
        <datalist id="numbers">
          {numbers.map((number) => (
            <option value={number} />
          ))}
        </datalist>
      </p>
      <p class="say">
        <label for="text" class="aside">
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
      {last?.channel && (
        <>
          <input type="hidden" name="channel" value={last.channel} />
          <input type="hidden" name="channelOf" value={dialled(last.from)} />
        </>
      )}
      <fieldset class="words">
        <legend class="aside">Send a word</legend>
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
