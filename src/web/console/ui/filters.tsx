/** What a list is narrowed by. All of it is in the address, so a list can be sent to a colleague, or kept. */

import type { Child } from "hono/jsx";
import { type ApiError, ask, withParams } from "../api.ts";
import type { C } from "../console-env.ts";
import { toTime } from "./form-kinds.ts";

/** One thing that a list can be narrowed by. */
export type Filter = {
  /** In the address, and in the API. */
  name: string;
  label: string;
  /**
   * How it is asked for; *hidden*: not at all, as a link brings it. Absent: a line of text. A time is UTC, as all times
   * here are.
   */
  kind?: "choice" | "account" | "time" | "tick" | "hidden";
  /** Of a choice: each value, and what it means; of an account: what it means to name none. */
  options?: readonly (readonly [value: string, words: string])[];
  all?: string;
  /** How wide a line of text is, in characters. */
  size?: number;
  /** What is typed, as the API takes it. */
  read?: (text: string) => string;
};

/** What is in the address, by the names of the filters; only what is given. */
export type Narrowed = Readonly<Record<string, string>>;

/** A choice that may be left open. */
export function anyOf<Name extends string>(names: readonly Name[], words: (name: Name) => string) {
  return [["", "any"] as const, ...names.map((name) => [name, words(name)] as const)];
}

/** The dialects as a choice, and our own beside them. */
export function dialectFilter(c: C): Filter {
  const spoken = c.get("dialects").map(({ name, title }) => [name, title] as const);
  const options = [["", "any"] as const, ...spoken, ["stafett", "Stafett (system)"] as const];
  return { name: "dialect", label: "Dialect", kind: "choice", options };
}

export const SINCE: Filter = { name: "since", label: "Since (UTC)", kind: "time" };
export const UNTIL: Filter = { name: "until", label: "Until (UTC)", kind: "time" };
export const ACCOUNT: Filter = { name: "account", label: "Account", kind: "account", all: "all" };

/** What the search box leaves behind. */
export const CONTAINING: Filter = { name: "containing", label: "Containing", kind: "hidden" };

export function narrowedIn(c: C, filters: readonly Filter[]): Narrowed {
  return Object.fromEntries(
    filters.flatMap(({ name }) => {
      const value = c.req.query(name)?.trim();
      return value ? [[name, value]] : [];
    }),
  );
}

/** As the API takes it. */
export function asQuery(filters: readonly Filter[], narrowed: Narrowed): Record<string, string | undefined> {
  return Object.fromEntries(
    filters.map(({ name, kind, read = kind === "time" ? toTime : undefined }) => {
      const text = narrowed[name];
      return [name, text !== undefined && read ? read(text) : text];
    }),
  );
}

/** @param refused what the API says of them: it stands beside the one that it is about */
export async function filterForm(
  c: C,
  {
    here,
    filters,
    narrowed,
    refused,
  }: {
    here: string;
    filters: readonly Filter[];
    narrowed: Narrowed;
    refused: ApiError | undefined;
  },
) {
  const fields = await Promise.all(filters.map((one) => field(c, one, narrowed[one.name], refused)));
  const isPlaced = filters.some(({ name, kind }) => name === refused?.field && kind !== "hidden");
  return (
    <details class="fold" open={refused !== undefined}>
      <summary>Filters</summary>
      <form class="filters" method="get" action={here} aria-label="Filters">
        {fields}
        <button type="submit">Filter</button>
        {refused && !isPlaced && (
          <p class="notice bad" role="alert">
            {refused.message}
          </p>
        )}
      </form>
    </details>
  );
}

async function field(c: C, filter: Filter, value: string | undefined, refused: ApiError | undefined) {
  const { name, label, kind } = filter;
  if (kind === "hidden") return value && <input type="hidden" name={name} value={value} />;
  const isWrong = refused?.field === name;
  const mistake = isWrong && (
    <span class="mistake" id={`${name}-mistake`} role="alert">
      {refused.message}
    </span>
  );
  const about = isWrong ? { "aria-invalid": "true" as const, "aria-describedby": `${name}-mistake` } : {};
  if (kind === "tick") {
    return (
      <p class="tick">
        <input id={name} name={name} type="checkbox" value="true" checked={value !== undefined} {...about} />
        <label for={name}>{label}</label>
        {mistake}
      </p>
    );
  }
  return (
    <p>
      <label for={name}>{label}</label>
      {await control(c, filter, value, about)}
      {mistake}
    </p>
  );
}

/** So many accounts can be chosen from; of more, one is written. */
const MOST_TO_CHOOSE_FROM = 50;

async function control(c: C, filter: Filter, value: string | undefined, about: Record<string, string>): Promise<Child> {
  const { name, kind, options = [], all = "all accounts", size } = filter;
  if (kind === "choice") return choose(name, value, options, about);
  if (kind === "time") {
    const shown = value?.replace(/(:\d\d)?(\.\d+)?Z$/, "$1");
    return <input id={name} name={name} type="datetime-local" value={shown} {...about} />;
  }
  if (kind === "account") {
    const accounts = await accountOptions(c, all);
    if (accounts) return choose(name, value, accounts, about);
  }
  return <input id={name} name={name} value={value} size={size} autocomplete="off" spellcheck={false} {...about} />;
}

/** A field for an account, outside a list's filters: chosen, where there are not too many to choose from. */
export async function accountField(c: C, value: string | undefined, filter: Filter = ACCOUNT) {
  return (
    <p>
      <label for={filter.name}>{filter.label}</label>
      {await control(c, filter, value, {})}
    </p>
  );
}

/** The accounts as a choice of a form; undefined where there are too many to choose from. */
export async function accountOptions(c: C, all: string): Promise<Filter["options"]> {
  const accounts = await ask(c, "GET /admin/v1/accounts", { query: { limit: MOST_TO_CHOOSE_FROM } });
  return accounts.next ? undefined : [["", all], ...accounts.items.map(({ id }) => [id, id] as const)];
}

/** A choice, or a line of text where nothing is known to choose from. */
export function choiceField(label: string, name: string, value: string | undefined, options: Filter["options"]) {
  return (
    <p>
      <label for={name}>{label}</label>
      {options ? (
        choose(name, value, options, {})
      ) : (
        <input id={name} name={name} value={value} size={14} autocomplete="off" spellcheck={false} />
      )}
    </p>
  );
}

function choose(
  id: string,
  chosen: string | undefined,
  options: Filter["options"] = [],
  about: Record<string, string>,
) {
  // What an address names and the list does not have is still what is chosen.
  const isListed = !chosen || options.some(([value]) => value === chosen);
  return (
    <select id={id} name={id} {...about}>
      {(isListed ? options : [...options, [chosen, chosen] as const]).map(([value, label]) => (
        <option value={value} selected={value === (chosen ?? "")}>
          {label}
        </option>
      ))}
    </select>
  );
}

/** What the list is narrowed by just now, each with a way to be rid of it. */
export function narrowedBy(here: string, filters: readonly Filter[], narrowed: Narrowed) {
  const given = filters.filter(({ name }) => narrowed[name] !== undefined);
  if (given.length === 0) return undefined;
  return (
    <ul class="narrowed" aria-label="Narrowed by">
      {given.map((filter) => (
        <li>
          {filter.label.replace(" (UTC)", "")} <strong>{inWords(filter, narrowed[filter.name] ?? "")}</strong>{" "}
          <a href={withParams(here, { ...narrowed, [filter.name]: undefined })}>
            <span aria-hidden="true">×</span>
            <span class="unseen">without</span>
          </a>
        </li>
      ))}
      <li>
        <a href={here}>Show all</a>
      </li>
    </ul>
  );
}

function inWords({ kind, options = [] }: Filter, value: string): string {
  if (kind === "tick") return "yes";
  if (kind === "time") return value.replace("T", " ").replace("Z", "");
  return options.find(([one]) => one === value)?.[1] ?? value;
}
