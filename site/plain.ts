/** A page as plain text: as Markdown at its own address, where its links lead to other pages as Markdown; and how it begins. */

import { linked } from "./addresses.ts";

/** A page as Markdown. @param file where it stands in the repository */
export function asMarkdown(file: string, text: string): string {
  const pieces = text.replace(/^<div id=.*<\/div>\n\n/gm, "").split(/(^```[\s\S]*?^```)/m);
  return pieces.map((one) => (one.startsWith("```") ? one : led(file, one))).join("");
}

/** Documents are as they are. */
const IS_FILE = /\.\w+$/;

function led(file: string, text: string): string {
  return text.replace(/\[([^\]]+)\]\(([^)\s]+)\)/g, (_, words: string, href: string) => {
    const to = href.startsWith("/docs") && !IS_FILE.test(href) ? ended(href) : linked(file, href, ".md");
    return to === undefined ? words : `[${words}](${to})`;
  });
}

function ended(href: string): string {
  const [path, anchor] = href.split("#");
  return `${path}.md${anchor === undefined ? "" : `#${anchor}`}`;
}

/** The longest beginning of a page that is told of it elsewhere. Characters. */
const BEGINNING = 180;

/** The first sentences of a page, without its marks. */
export function beginningOf(text: string): string {
  const paragraph = text.split("\n\n").find((one) => !/^\s*(#|\||```|$)/.test(one)) ?? "";
  const plain = paragraph
    .replace(/\[([^\]]*)\]\([^)]*\)/g, "$1")
    .replace(/[*_`]/g, "")
    .replace(/\s+/g, " ")
    .trim();
  return plain.length <= BEGINNING ? plain : `${plain.slice(0, plain.lastIndexOf(" ", BEGINNING))} …`;
}
