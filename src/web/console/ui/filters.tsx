/** What a list is narrowed by. All of it is in the address, so a list can be sent to a colleague, or kept. */

import type { Child } from "hono/jsx";
import { ask, withParams } from "../api.ts";
import type { C } from "../console-env.ts";
import { stateWord } from "./badge.tsx";
import { toTime } from "./form-kinds.ts";

/** The names of the filters of a list, as they stand in its address. */
const NAMES = ["recipient", "account", "state", "dialect", "theirId", "subscription", "since", "until"] as const;
type Kind = "messages" | "charges";
export type Filters = Partial<Record<(typeof NAMES)[number], string>>;

/** So many accounts can be chosen from; of more, one is written. */
const MOST_TO_CHOOSE_FROM = 50;

export function filtersIn(c: C): Filters {
  return Object.fromEntries(
    NAMES.flatMap((name) => {
      const value = c.req.query(name)?.trim();
      return value ? [[name, value]] : [];
    }),
  );
}

/** As the API takes them. A time without a zone is UTC, as all times here are. */
export function asQuery({ since, until, ...rest }: Filters) {
  return { ...rest, since: since && toTime(since), until: until && toTime(until) };
}

export async function filterForm(c: C, here: string, filters: Filters, kind: Kind, states: readonly string[]) {
  const account = await accountField(c, filters.account, "all");
  return (
    <form class="filters" method="get" action={here} aria-label="Filters">
      {filters.recipient && <input type="hidden" name="recipient" value={filters.recipient} />}
      {filters.subscription && <input type="hidden" name="subscription" value={filters.subscription} />}
      {field(
        "state",
        "State",
        choose("state", filters.state, [["", "any"], ...states.map((one) => [one, stateWord(kind, one)] as const)]),
      )}
      {account}
      {field(
        "dialect",
        "API",
        choose("dialect", filters.dialect, [
          ["", "any"],
          ...c.get("dialects").map(({ name, title }) => [name, title] as const),
          ["stafett", "our own texts"],
        ]),
      )}
      {field("since", "Since (UTC)", time("since", filters.since))}
      {field("until", "Until (UTC)", time("until", filters.until))}
      <button type="submit">Filter</button>
    </form>
  );
}

/** One of the accounts, or all of them: chosen from a list, or written where the list would be too long. */
export async function accountField(c: C, chosen: string | undefined, all: string) {
  const accounts = await ask(c, "GET /admin/v1/accounts", { query: { limit: MOST_TO_CHOOSE_FROM } });
  return field(
    "account",
    "Account",
    accounts.next ? (
      <input id="account" name="account" value={chosen} autocomplete="off" spellcheck={false} />
    ) : (
      choose("account", chosen, [["", all], ...accounts.items.map(({ id }) => [id, id] as const)])
    ),
  );
}

function field(id: string, label: string, control: Child) {
  return (
    <p>
      <label for={id}>{label}</label>
      {control}
    </p>
  );
}

function choose(id: string, chosen: string | undefined, options: readonly (readonly [string, string])[]) {
  // What an address names and the list does not have is still what is chosen.
  const all =
    chosen && !options.some(([value]) => value === chosen) ? [...options, [chosen, chosen] as const] : options;
  return (
    <select id={id} name={id}>
      {all.map(([value, label]) => (
        <option value={value} selected={value === (chosen ?? "")}>
          {label}
        </option>
      ))}
    </select>
  );
}

function time(id: string, value: string | undefined) {
  return <input id={id} name={id} type="datetime-local" value={value?.replace(/(:\d\d)?(\.\d+)?Z$/, "$1")} />;
}

const WORDS: Record<keyof Filters, string> = {
  recipient: "To",
  account: "Account",
  state: "State",
  dialect: "API",
  theirId: "Their id",
  subscription: "Subscription",
  since: "Since",
  until: "Until",
};

/** What the list is narrowed by just now, each with a way to be rid of it. */
export function narrowedBy(c: C, here: string, filters: Filters, kind: Kind) {
  const given = Object.entries(filters) as [keyof Filters, string][];
  if (given.length === 0) return undefined;
  return (
    <ul class="narrowed" aria-label="Narrowed by">
      {given.map(([name, value]) => (
        <li>
          {WORDS[name]} <strong>{inWords(c, name, value, kind)}</strong>{" "}
          <a href={withParams(here, { ...filters, [name]: undefined })}>
            <span aria-hidden="true">×</span>
            <span class="aside">without</span>
          </a>
        </li>
      ))}
      <li>
        <a href={here}>Show all</a>
      </li>
    </ul>
  );
}

function inWords(c: C, name: keyof Filters, value: string, kind: Kind): string {
  if (name === "state") return stateWord(kind, value);
  if (name === "dialect") return c.get("dialects").find((one) => one.name === value)?.title ?? value;
  return name === "since" || name === "until" ? value.replace("T", " ").replace("Z", "") : value;
}

const TRAIL = "trail";
/** The way back is kept no longer than this: further back is the beginning. Pages. */
const LONGEST_TRAIL = 60;

/** The ways to newer and to older. The trail holds where the pages before this one began: a list is read from its newest on. */
export function pager(c: C, here: string, filters: Filters, next: string | undefined) {
  const cursor = c.req.query("cursor");
  const trail = (c.req.query(TRAIL) ?? "").split(".").filter(Boolean);
  if (!cursor && !next) return undefined;
  const newer = { cursor: trail.at(-1), [TRAIL]: trail.slice(0, -1).join(".") };
  const older = { cursor: next, [TRAIL]: [...trail, ...(cursor ? [cursor] : [])].slice(-LONGEST_TRAIL).join(".") };
  return (
    <nav class="pager" aria-label="Pages">
      {cursor && (
        <a class="button" rel="prev" href={withParams(here, { ...filters, ...newer })}>
          ← Newer
        </a>
      )}
      {next && (
        <a class="button" rel="next" href={withParams(here, { ...filters, ...older })}>
          Older →
        </a>
      )}
    </nav>
  );
}
