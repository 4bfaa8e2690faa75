/**
 * Forms, as data: a list of fields says what is asked, how what is typed becomes what the API takes, and how what the API
 * has is typed. What the API refuses is said beside the field, and what was typed is still there.
 */

import type { Child } from "hono/jsx";
import { ApiError } from "../api.ts";
import { type C, formIn } from "../console-env.ts";
import { isChecked, isLong, KINDS, type KindName } from "./form-kinds.ts";
import { capital } from "./words.tsx";

/** `name` is the API's own for it, with dots where it lies deeper. */
export type Field = {
  name: string;
  label: string;
  hint?: Child;
  /** Absent: a text. */
  kind?: KindName;
  /** Of a choice: each value, and what it means. */
  options?: readonly (readonly [value: string, words: string])[];
  required?: boolean;
  /** Shown, and not to be changed. */
  fixed?: boolean;
  /** Part of the address, or of the form alone: the body has no member of this name. */
  isApart?: boolean;
  /** How wide it is, in characters; absent: as wide as there is room. */
  size?: number;
  placeholder?: string;
};

export type Group = { legend?: string; hint?: Child; fields: readonly Field[] };

/** What stands in the fields, by name. */
export type Typed = Readonly<Record<string, string>>;

/** What somebody sent in. @param cap the most that is taken, bytes @throws ApiError as `formIn` */
export async function typedIn(c: C, cap?: number): Promise<Typed> {
  const form = Object.entries(await formIn(c, cap));
  return Object.fromEntries(form.map(([name, text]) => [name, text.replaceAll("\r\n", "\n").trim()]));
}

/**
 * What was typed, as the API takes it.
 * @param empty what a field says that was left empty; undefined leaves it out
 * @throws ApiError with the field that cannot be read
 */
/** What amounts are in, in a form that does not ask. */
const CURRENCY = "NOK";

export function toBody(groups: readonly Group[], typed: Typed, empty?: null): Record<string, unknown> {
  const body: Record<string, unknown> = {};
  const currency = typed.currency || CURRENCY;
  for (const { name, kind = "text", fixed, required, isApart } of groups.flatMap(({ fields }) => fields)) {
    if (fixed) continue;
    const text = typed[name] ?? "";
    if (required && text === "") throw new ApiError(400, `${name}: must be given`, name);
    if (isApart) continue;
    const value = text === "" && !isChecked(kind) ? empty : KINDS[kind].read(text, name, currency);
    if (value !== undefined) put(body, name.split("."), value);
  }
  return body;
}

function put(into: Record<string, unknown>, [first = "", ...rest]: readonly string[], value: unknown): void {
  if (rest.length === 0) {
    into[first] = value;
    return;
  }
  into[first] ??= {};
  put(into[first] as Record<string, unknown>, rest, value);
}

/** What the API has, as it would be typed. */
export function toTyped(groups: readonly Group[], has: unknown): Typed {
  const currency = String((has as Record<string, unknown>)?.currency ?? CURRENCY);
  const texts = groups
    .flatMap(({ fields }) => fields)
    .flatMap(({ name, kind = "text" }) => {
      const value = name.split(".").reduce<unknown>((one, part) => (one as Record<string, unknown>)?.[part], has);
      return value === undefined || value === null
        ? []
        : [[name, KINDS[kind].write(value as never, currency)] as const];
    });
  return Object.fromEntries(texts);
}

/** Does it, or answers why the API refuses; a fault goes on as one. */
export async function tried<T>(work: () => Promise<T>): Promise<{ done: T } | { refused: ApiError }> {
  try {
    return { done: await work() };
  } catch (error) {
    if (error instanceof ApiError && error.status < 500) return { refused: error };
    throw error;
  }
}

export type FormOptions = {
  /** Absent: the address of the page. */
  action?: string;
  method?: "get" | "post";
  groups: readonly Group[];
  typed?: Typed;
  refused?: ApiError | undefined;
  submit: string;
  /** Sent along, and not shown. */
  hidden?: Record<string, string | undefined>;
  isDanger?: boolean;
  /** Beside the button. */
  beside?: Child;
};

/** The whole form, with its button. */
export function form(options: FormOptions) {
  const { action, method = "post", groups, typed = {}, refused, submit, hidden = {}, isDanger, beside } = options;
  const fields = groups.flatMap((group) => group.fields);
  const wrong = refused && fields.find(({ name }) => isAbout(refused, name));
  return (
    <form method={method} action={action} class="form">
      {Object.entries(hidden).map(
        ([name, value]) => value !== undefined && <input type="hidden" name={name} value={value} />,
      )}
      {groups.map(({ legend, hint, fields }) => {
        const shown = fields.map((one) => field(one, typed[one.name] ?? "", one === wrong ? refused : undefined));
        if (!legend) return shown;
        return (
          <fieldset>
            <legend>{legend}</legend>
            {hint && <p class="hint">{hint}</p>}
            {shown}
          </fieldset>
        );
      })}
      {refused && !wrong && (
        <p class="notice bad" role="alert">
          {refused.message}
        </p>
      )}
      <p class="row">
        <button type="submit" class={isDanger ? "danger" : undefined}>
          {submit}
        </button>
        {beside}
      </p>
    </form>
  );
}

/** Whether the refusal is of this field, or of a part of it. */
function isAbout({ field }: ApiError, name: string): boolean {
  return field !== undefined && (field === name || field.startsWith(`${name}.`));
}

function field(spec: Field, text: string, refused?: ApiError) {
  const { name, label, hint, kind = "text" } = spec;
  const mistake = refused && (kind === "json" ? withMember(refused, spec) : withoutName(refused));
  const about = [mistake && `${name}-mistake`, hint && `${name}-hint`].filter(Boolean).join(" ");
  const common = {
    id: name,
    name,
    "aria-describedby": about || undefined,
    "aria-invalid": mistake ? ("true" as const) : undefined,
    autofocus: mistake !== undefined,
  };
  const told = (
    <>
      {mistake && (
        <span class="mistake" id={`${name}-mistake`} role="alert">
          {mistake}
        </span>
      )}
      {hint && (
        <span class="hint" id={`${name}-hint`}>
          {hint}
        </span>
      )}
    </>
  );
  if (isChecked(kind)) {
    return (
      <p class="field check">
        <input type="checkbox" {...common} value="on" checked={text === "on"} />
        <label for={name}>{label}</label>
        {told}
      </p>
    );
  }
  return (
    <p class="field">
      <label for={name}>
        {label}
        {spec.required && <span class="needed"> required</span>}
      </label>
      {input(spec, text, common)}
      {told}
    </p>
  );
}

function input(spec: Field, text: string, common: Record<string, unknown>) {
  const { kind = "text", options = [], required, fixed, size, placeholder } = spec;
  if (kind === "choice") {
    // What the API has and the list does not is still what is chosen.
    const isListed = text === "" || options.some(([value]) => value === text);
    return (
      <select {...common} required={required}>
        {(isListed ? options : [...options, [text, text] as const]).map(([value, words]) => (
          <option value={value} selected={value === text}>
            {words}
          </option>
        ))}
      </select>
    );
  }
  if (isLong(kind)) {
    return (
      <textarea
        {...common}
        required={required}
        rows={kind === "json" ? rowsOf(text) : 4}
        spellcheck={false}
        placeholder={placeholder}
      >
        {/* A browser takes away the first line break of the element. */}
        {`\n${text}`}
      </textarea>
    );
  }
  return (
    <input
      {...common}
      {...KINDS[kind].input}
      value={text}
      required={required}
      readonly={fixed}
      size={size}
      class={size ? "narrow" : undefined}
      placeholder={placeholder}
      autocomplete="off"
      spellcheck={false}
    />
  );
}

/** What is long scrolls. */
function rowsOf(text: string): number {
  return Math.min(20, Math.max(3, text.split("\n").length));
}

/** In JSON much can be wrong: the refusal names the member. */
function withMember(refused: ApiError, { name, label }: Field): string {
  const { field = name, message } = refused;
  if (field === name || !message.startsWith(`${field}: `)) return withoutName(refused);
  return label + plainly(message.slice(name.length));
}

/** Beside the field its name need not be said. */
function withoutName({ message, field = "" }: ApiError): string {
  const name = [`${field}: `, `${field} `].find((beginning) => field !== "" && message.startsWith(beginning)) ?? "";
  return capital(plainly(message.slice(name.length)));
}

/** What a schema says by itself, and how a person would. */
const PLAIN: readonly (readonly [RegExp, string])[] = [
  [/Too small: expected string to have >=1 characters/, "must be given"],
  [/Too small: expected string to have >=(\d+) characters/, "must have at least $1 characters"],
  [/Too big: expected string to have <=(\d+) characters/, "must have at most $1 characters"],
  [/Too small: expected (?:number|int) to be >=(-?[\d.]+)/, "must be at least $1"],
  [/Too big: expected (?:number|int) to be <=(-?[\d.]+)/, "must be at most $1"],
  [/Invalid input: expected \w+, received undefined/, "must be given"],
  [/Invalid input: expected (?:number|int), received \w+/, "must be a number"],
  [/Invalid option: expected one of (.+)/, "must be one of $1"],
  [/Invalid ISO datetime/, "must be a date and a time"],
  [/Invalid URL/, "must be an address that begins with https://"],
];

/** A refusal without the words of a schema. */
export function plainly(message: string): string {
  return PLAIN.reduce((said, [schemas, words]) => said.replace(schemas, words), message);
}
