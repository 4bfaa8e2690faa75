/** The lists that a campaign's recipients come in: CSV, one JSON object a line, or a JSON array. */

import { GatewayError } from "../kernel/errors.ts";
import { type Line, linesOf } from "../operator/csv.ts";

/** One line: the number as it was written, and what else it has, by name. */
export type ListLine = { recipient: string; fields: Readonly<Record<string, string>> };

/** The most lines that one request may have. */
export const MOST_LINES = 20_000;
const LONGEST_FIELD = 500;
const MOST_FIELDS = 50;
/** The longest number that is kept of a line that has none. */
const LONGEST_NUMBER = 100;

const NUMBER_HEADINGS = ["recipient", "msisdn", "number", "phone"];

/**
 * Lines of CSV. The first may be headings, of which one is `recipient`, `msisdn`, `number` or `phone`; without headings each line is
 * a number alone.
 * @throws GatewayError bad-request, which names the line
 */
export function linesOfCsv(csv: string): ListLine[] {
  const lines = [...linesOf(csv, [], MOST_LINES + 1)];
  const headings = (lines[0]?.cells ?? []).map((cell) => cell.trim());
  const at = headings.findIndex((heading) => NUMBER_HEADINGS.includes(heading.toLowerCase()));
  if (at === -1) {
    if (headings.length > 1)
      throw (lines[0] as Line).wrong(`must name its columns: one of ${NUMBER_HEADINGS.join(", ")}`);
    return atMost(lines).map(({ cells, wrong }) => toLine(cells[0], {}, wrong));
  }
  const names = headings.filter((_, index) => index !== at);
  return atMost(lines.slice(1)).map(({ cells, wrong }) => {
    if (cells.length > headings.length)
      throw wrong(`has ${cells.length} cells, and there are ${headings.length} headings`);
    const values = headings.map((_, index) => cells[index] ?? "").filter((_, index) => index !== at);
    return toLine(cells[at], Object.fromEntries(names.map((name, index) => [name, values[index]])), wrong);
  });
}

function atMost<T>(lines: readonly T[]): readonly T[] {
  if (lines.length <= MOST_LINES) return lines;
  throw new GatewayError("bad-request", `a list may have ${MOST_LINES} lines; send the others in another request`);
}

/** One JSON value a line: a number as text, or an object with `recipient` and whatever the text names. */
export function linesOfNdjson(text: string): ListLine[] {
  const rows = text.split(/\r\n|\n/).flatMap((row, index) => (row.trim() === "" ? [] : { row, place: index + 1 }));
  return atMost(rows).map(({ row, place }) => {
    const wrong = (why: string) => new GatewayError("bad-request", `line ${place}: ${why}`, `line ${place}`);
    return ofValue(parsed(row, wrong), wrong);
  });
}

/** The same values, in an array. @throws GatewayError bad-request, which names the item */
export function linesOfItems(items: readonly unknown[]): ListLine[] {
  return atMost(items).map((item, index) => {
    const wrong = (why: string) =>
      new GatewayError("bad-request", `recipients.${index}: ${why}`, `recipients.${index}`);
    return ofValue(item, wrong);
  });
}

type Wrong = (why: string) => GatewayError;

function parsed(row: string, wrong: Wrong): unknown {
  try {
    return JSON.parse(row);
  } catch {
    throw wrong("is not valid JSON");
  }
}

function ofValue(value: unknown, wrong: Wrong): ListLine {
  if (typeof value === "string") return toLine(value, {}, wrong);
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw wrong("must be a number as text, or an object with `recipient`");
  }
  const { recipient, ...fields } = value as Record<string, unknown>;
  return toLine(recipient, fields, wrong);
}

function toLine(recipient: unknown, given: Readonly<Record<string, unknown>>, wrong: Wrong): ListLine {
  if (typeof recipient !== "string") throw wrong("recipient: must be a number as text, like +4798079008");
  const names = Object.keys(given);
  if (names.length > MOST_FIELDS) throw wrong(`may have ${MOST_FIELDS} members`);
  const fields: Record<string, string> = {};
  for (const name of names) {
    const value = given[name];
    if (typeof value !== "string" && typeof value !== "number") throw wrong(`${name}: must be a text or a number`);
    fields[name] = String(value);
    if (String(value).length > LONGEST_FIELD) throw wrong(`${name}: may have ${LONGEST_FIELD} characters`);
  }
  return { recipient: recipient.trim().slice(0, LONGEST_NUMBER), fields };
}
