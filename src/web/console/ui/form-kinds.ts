/** The kinds of field: how each is typed, and what that means to the API. */

import { decimalsInWords, decimalsOf, toFixed } from "../../../core/kernel/money.ts";
import { ApiError } from "../api.ts";
import { jsonText } from "./json-text.ts";

type Kind = {
  input: Record<string, string | number>;
  /**
   * @param currency that of the form, for what is an amount
   * @throws ApiError where it cannot be read; what only the API can tell is left to it
   */
  read(text: string, name: string, currency: string): unknown;
  write(value: never, currency: string): string;
};

const asItIs = { read: (text: string) => text, write: (value: string) => value };

export const KINDS = {
  text: { input: { type: "text" }, ...asItIs },
  address: { input: { type: "url", placeholder: "https://" }, ...asItIs },
  phone: { input: { type: "tel", inputmode: "tel" }, ...asItIs },
  area: { input: {}, ...asItIs },
  choice: { input: {}, ...asItIs },
  check: { input: {}, read: (text: string) => text === "on", write: (value: boolean) => (value ? "on" : "") },
  whole: {
    input: { type: "text", inputmode: "numeric" },
    read: (text: string) => (/^\d+$/.test(text) ? Number(text) : text),
    write: (value: number) => String(value),
  },
  money: {
    input: { type: "text", inputmode: "decimal" },
    read: toMinorUnits,
    write: toFixed,
  },
  amounts: {
    input: { type: "text" },
    read: (text: string, name: string, currency: string) => parts(text).map((one) => toMinorUnits(one, name, currency)),
    write: (value: readonly number[], currency: string) => value.map((one) => toFixed(one, currency)).join(" "),
  },
  dollars: {
    input: { type: "text", inputmode: "decimal" },
    read: toNanodollars,
    write: (value: number) => (value / 1e9).toFixed(9).replace(/\.?0+$/, ""),
  },
  list: {
    input: { type: "text" },
    read: (text: string) => parts(text.replaceAll(",", " ")),
    write: (value: readonly string[]) => value.join(" "),
  },
  /** One on each line. */
  lines: { input: {}, read: linesOf, write: (value: readonly string[]) => value.join("\n") },
  /** Likewise: `Name: value`, or the name alone, which keeps the value that nobody is shown. */
  headers: { input: {}, read: toHeaders, write: (names: readonly string[]) => names.join("\n") },
  /** Lists and objects, as the API takes them. */
  json: { input: {}, read: toJson, write: (value: unknown) => jsonText(value) },
  numbers: {
    input: { type: "text" },
    read: (text: string) => parts(text).map((one) => (/^\d+(\.\d+)?$/.test(one) ? Number(one) : one)),
    write: (value: readonly number[]) => value.join(" "),
  },
  // A browser types no time zone; the console's times are all of UTC.
  time: {
    input: { type: "datetime-local", step: 1 },
    read: toTime,
    write: (value: string) => value.slice(0, 19),
  },
} as const satisfies Record<string, Kind>;

export type KindName = keyof typeof KINDS;

/** A box that is not ticked says no; any other field that is empty says nothing. */
export function isChecked(kind: KindName): kind is "check" {
  return kind === "check";
}

/** Whether it is typed in more than one line. */
export function isLong(kind: KindName): boolean {
  return kind === "area" || kind === "lines" || kind === "headers" || kind === "json";
}

/** @throws ApiError with what the parser says, which quotes the place or tells its line */
function toJson(text: string, name: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    const why = error instanceof SyntaxError ? error.message : "it cannot be read";
    throw new ApiError(400, `${name}: must be JSON: ${why}`, name);
  }
}

function linesOf(text: string): string[] {
  return text
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => line !== "");
}

function toHeaders(text: string): Record<string, string | null> {
  return Object.fromEntries(
    linesOf(text).map((line) => {
      const colon = line.indexOf(":");
      return colon < 0 ? [line, null] : [line.slice(0, colon).trim(), line.slice(colon + 1).trim()];
    }),
  );
}

/** A comma may stand in an amount, so it parts none. */
function parts(text: string): string[] {
  return text.split(/[\s;]+/).filter((part) => part !== "");
}

/** 49, 49.50, "1 000,50". What could be a thousand as well as a one (1.000 where there are two decimals) is neither. */
const AMOUNT = /^(0|[1-9]\d{0,8}|[1-9]\d{0,2}(?:[ \u00a0\u202f]\d{3}){1,2})(?:[.,](\d{1,4}))?$/;

/** An amount as people write it, in minor units of the currency. @throws ApiError where it is none */
export function toMinorUnits(text: string, name: string, currency: string): number {
  const [, whole = "", fraction = ""] = AMOUNT.exec(text.trim()) ?? [];
  const decimals = decimalsOf(currency);
  const isZero = decimals === 0 && /^0{1,2}$/.test(fraction);
  if (whole === "" || (fraction.length > decimals && !isZero)) {
    throw new ApiError(400, `${name}: must be an amount ${decimalsInWords(currency)}`, name);
  }
  return Number(`${whole.replace(/\D/g, "")}${fraction.slice(0, decimals).padEnd(decimals, "0")}`);
}

function toNanodollars(text: string, name: string): number {
  const [, whole = "", fraction = ""] = /^(\d{1,6})(?:[.,](\d{1,9}))?$/.exec(text) ?? [];
  if (whole === "") {
    throw new ApiError(400, `${name}: must be an amount with at most nine decimals, like 0.004`, name);
  }
  return Number(`${whole}${fraction.padEnd(9, "0")}`);
}

/** A time in ISO 8601, with its zone, from a date and a time of UTC. A browser leaves out seconds that are 0. */
export function toTime(text: string): string {
  const [, minute, seconds = ":00", zone = "Z"] =
    /^(\d{4}-\d\d-\d\dT\d\d:\d\d)(:\d\d(?:\.\d+)?)?(Z|[+-]\d\d:?\d\d)?$/.exec(text) ?? [];
  return minute ? `${minute}${seconds}${zone}` : text;
}
