/** The form of a text to be sent. */

import type { ApiError, Item } from "../api.ts";
import { plainly } from "../ui/form.tsx";

/** What stands in its fields; the account that the page was made for, which the one in the field may no longer be; and which page it is. */
export type Typed = {
  account: string;
  shownFor: string;
  page: string;
  from: string;
  to: string;
  text: string;
  at: string;
};

export type Sender = Item<"GET /admin/v1/accounts/{id}/senders">;

/** What the API calls each field. */
const NAMED: Record<Exclude<keyof Typed, "shownFor" | "page">, string> = {
  account: "account",
  from: "sender",
  to: "recipient",
  text: "text",
  at: "sendAt",
};

export function sendForm(given: {
  typed: Typed;
  accounts: readonly { id: string; name: string }[];
  senders: readonly Sender[];
  refused?: ApiError | undefined;
}) {
  const { typed, accounts, senders, refused } = given;
  const wrong = (Object.keys(NAMED) as (keyof typeof NAMED)[]).find((name) => NAMED[name] === refused?.field);
  const told = (name: keyof typeof NAMED, hint?: string) => ({
    "aria-invalid": wrong === name ? ("true" as const) : undefined,
    "aria-describedby": wrong === name ? "mistake" : hint,
  });
  const mistake = (name: keyof typeof NAMED) =>
    wrong === name && (
      <p id="mistake" class="mistake">
        {refused && plainly(refused.message)}
      </p>
    );
  return (
    <form id="send" method="post" action="/console/send" class="form">
      {refused && (
        <p class="notice bad" role="alert">
          {wrong ? "It was not sent." : plainly(refused.message)}
        </p>
      )}
      <input type="hidden" id="shown-for" name="shownFor" value={typed.shownFor} />
      <input type="hidden" name="page" value={typed.page} />
      <div class="field">
        <label for="account">Account</label>
        <select id="account" name="account" {...told("account")}>
          {accounts.map(({ id, name }) => (
            <option value={id} selected={id === typed.account}>
              {name} ({id})
            </option>
          ))}
        </select>
        {mistake("account")}
      </div>
      <div class="field">
        <label for="from">From</label>
        <input id="from" name="from" list="senders" required autocomplete="off" value={typed.from} {...told("from")} />
        <datalist id="senders" data-fresh>
          {senders.map(({ sender, kind, country }) => (
            <option value={sender}>{`${kind}, ${country}`}</option>
          ))}
        </datalist>
        {mistake("from")}
      </div>
      <div class="field">
        <label for="to">To</label>
        <input
          id="to"
          name="to"
          type="tel"
          required
          autocomplete="off"
          placeholder="+4798079008"
          value={typed.to}
          {...told("to")}
        />
        {mistake("to")}
      </div>
      <div class="field">
        <label for="text">Text</label>
        <textarea id="text" name="text" required rows={4} {...told("text")}>
          {/* A browser takes away the first line break of the element. */}
          {`\n${typed.text}`}
        </textarea>
        {mistake("text")}
      </div>
      <div class="field">
        <label for="at">When</label>
        <input id="at" name="at" type="datetime-local" class="narrow" value={typed.at} {...told("at", "at-hint")} />
        <p id="at-hint" class="hint">
          By UTC; now, if it is empty.
        </p>
        {mistake("at")}
      </div>
      <p class="row">
        <button type="submit">Send</button>
        <button type="submit" class="quiet" formaction="/console/send/check" formnovalidate data-check>
          Check
        </button>
      </p>
    </form>
  );
}
