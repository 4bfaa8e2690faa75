/** Lists that an operator brings: CSV (RFC 4180, without line breaks in cells), a line for each entry. */

import { GatewayError } from "../kernel/errors.ts";

/** A line with its cells, and what refuses it by its number. */
export type Line = { cells: readonly string[]; wrong: (why: string) => GatewayError };

/**
 * The lines that are not empty, without a line of headings before them.
 * @param heading the headings that the first cell of such a line may have, in small letters
 * @throws GatewayError bad-request, which names the line; as it is come to
 */
export function* linesOf(csv: string, heading: readonly string[], most: number): Generator<Line> {
  let count = 0;
  for (const [index, row] of csv
    .replace(/^\uFEFF/, "")
    .split(/\r\n|\r|\n/)
    .entries()) {
    if (row.trim() === "") continue;
    const wrong = (why: string) => new GatewayError("bad-request", `line ${index + 1}: ${why}`, `line ${index + 1}`);
    const cells = cellsOf(row);
    if (!cells) throw wrong("has a quotation mark that is not closed");
    if (count === 0 && heading.includes((cells[0] ?? "").toLowerCase())) continue;
    if (++count > most) throw wrong(`there are more than ${most} lines`);
    yield { cells, wrong };
  }
}

/**
 * The cells of a line; undefined where a quotation mark is not closed. No two parts of the pattern take the same characters, or
 * a line of spaces would be tried in each way it can be divided.
 */
function cellsOf(row: string): string[] | undefined {
  const cells: string[] = [];
  const rest = row.replace(/(?:\s*"((?:[^"]|"")*)"\s*|([^",]*))(?:,|$)/gy, (_, quoted?: string, plain?: string) => {
    cells.push(quoted === undefined ? (plain ?? "").trim() : quoted.replaceAll('""', '"'));
    return "";
  });
  if (rest !== "") return undefined;
  // The pattern matches once more at the end of a line that does not end with a comma.
  return row.endsWith(",") ? cells : cells.slice(0, Math.max(1, cells.length - 1));
}
