/** Where each file of the repository is on the site, and what a link between two files becomes there. */

import { readdirSync } from "node:fs";
import { join, posix } from "node:path";
import { root } from "../scripts/root.ts";
import { type Entry, LAST, SECTIONS } from "./contents.ts";

/** The decisions are in their own list, not in the menu. */
export const DECISIONS: readonly Entry[] = readdirSync(join(root, "docs/decisions"))
  .filter((file) => /^\d.*\.md$/.test(file))
  .sort()
  .map((file) => ({ address: `decisions/${file.replace(/\.md$/, "")}`, file: `docs/decisions/${file}` }));

/** Every page that is a file, in the order of the menu. */
export const ENTRIES: readonly Entry[] = [...[...SECTIONS, LAST].flatMap(({ pages }) => pages), ...DECISIONS];

/** What else of the repository has a page under another name. */
const OTHERS: Readonly<Record<string, string>> = { "docs/decisions": "decisions" };

const byFile = new Map([...Object.entries(OTHERS), ...ENTRIES.map(({ file, address }) => [file, address] as const)]);

/** The address of a page of the site. */
export function addressOf(address: string): string {
  return address === "" ? "/docs" : `/docs/${address}`;
}

/**
 * Where a link of a file leads on the site. A file that has no page has no address, either: `undefined`.
 * @param from the file it stands in, from the root of the repository
 */
export function linked(from: string, href: string, ending = ""): string | undefined {
  if (/^[a-z]+:|^\/|^#/.test(href)) return href;
  const [path = "", anchor] = href.split("#");
  const file = posix.join(posix.dirname(from), path).replace(/\/$/, "");
  const address = byFile.get(file);
  if (address === undefined) return undefined;
  return `${addressOf(address)}${ending}${anchor === undefined ? "" : `#${anchor}`}`;
}
