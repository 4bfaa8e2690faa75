/** What the search looks in: every part of every page between two headings. */

import MiniSearch from "minisearch";
import { anchors, markdown, textOf } from "./markdown.ts";
import { SEARCHED } from "./search-options.ts";

export type Part = { id: string; page: string; title: string; text: string };

type Token = ReturnType<typeof markdown.parse>[number];

/** The parts of a page. @param href the address of the page */
export function partsOf(href: string, text: string, page: string): Part[] {
  const tokens = markdown.parse(text, {});
  const parts: Part[] = [{ id: href, page, title: page, text: "" }];
  const anchor = anchors();
  for (const [index, token] of tokens.entries()) {
    const last = parts.at(-1) as Part;
    if (token.type === "heading_open") {
      const title = textOf(tokens[index + 1]?.children ?? []);
      const id = `${href}#${anchor(title)}`;
      if (token.tag !== "h1") parts.push({ id, page, title, text: "" });
    } else if (tokens[index - 1]?.type !== "heading_open") last.text += readable(token);
  }
  return parts;
}

function readable(token: Token): string {
  if (token.type === "fence" || token.type === "code_block") return `${token.content}\n`;
  return token.type === "inline" ? `${textOf(token.children ?? [])}\n` : "";
}

/** The index, ready to be loaded. */
export function indexOf(parts: readonly Part[]): string {
  const index = new MiniSearch<Part>(SEARCHED);
  index.addAll(parts);
  return JSON.stringify(index);
}
