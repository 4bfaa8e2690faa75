/** How a page of Markdown is drawn: headings with the anchors that GitHub gives them, code with colours, links that lead on. */

import hljs from "highlight.js/lib/core";
import bash from "highlight.js/lib/languages/bash";
import csharp from "highlight.js/lib/languages/csharp";
import http from "highlight.js/lib/languages/http";
import ini from "highlight.js/lib/languages/ini";
import javascript from "highlight.js/lib/languages/javascript";
import json from "highlight.js/lib/languages/json";
import php from "highlight.js/lib/languages/php";
import python from "highlight.js/lib/languages/python";
import sql from "highlight.js/lib/languages/sql";
import typescript from "highlight.js/lib/languages/typescript";
import xml from "highlight.js/lib/languages/xml";
import yaml from "highlight.js/lib/languages/yaml";
import MarkdownIt from "markdown-it";
import { linked } from "./addresses.ts";

const LANGUAGES = {
  ...{ sh: bash, js: javascript, mjs: javascript, ts: typescript, py: python, php, csharp, cs: csharp },
  ...{ json, xml, http, ini, sql, yaml },
};
for (const [name, language] of Object.entries(LANGUAGES)) hljs.registerLanguage(name, language);

/** What stands above a block, by its language. */
const NAMES: Readonly<Record<string, string>> = {
  ...{ sh: "Shell", js: "JavaScript", mjs: "JavaScript", ts: "TypeScript", py: "Python", php: "PHP", csharp: "C#" },
  ...{ json: "JSON", xml: "XML", http: "HTTP", ini: "Settings", sql: "SQL", yaml: "YAML" },
};

export type Heading = { level: number; text: string; id: string };
/** What a page is drawn with. @property file it is of, for its links @property headings found on the way */
export type Drawing = { file: string; headings: Heading[]; anchor: (text: string) => string };

/** The anchors that GitHub gives to the headings of one page, asked for in their order. */
export function anchors(): (text: string) => string {
  const seen = new Map<string, number>();
  return (text) => {
    const plain = text
      .trim()
      .toLowerCase()
      .replace(/[^\p{L}\p{N}\s_-]/gu, "")
      .replaceAll(" ", "-");
    const before = seen.get(plain) ?? 0;
    seen.set(plain, before + 1);
    return before === 0 ? plain : `${plain}-${before}`;
  };
}

const METHOD = /^(GET|POST|PUT|PATCH|DELETE) \//;

/** Draws Markdown; `env` of each rendering is a `Drawing`. */
export const markdown = new MarkdownIt({ html: true, linkify: false });
const { utils, renderer } = markdown;

/** A text of the document, for an attribute or between tags. */
export const escaped = utils.escapeHtml;

function coloured(code: string, language: string): string {
  return hljs.getLanguage(language) ? hljs.highlight(code, { language }).value : escaped(code);
}

renderer.rules.fence = (tokens, index) => {
  const { content = "", info = "" } = tokens[index] ?? {};
  const [language = ""] = info.trim().split(" ");
  const name = NAMES[language] ?? "Text";
  return `<figure class="code"><figcaption>${name}</figcaption><pre tabindex="0" aria-label="${name}"><code>${coloured(content, language)}</code></pre></figure>\n`;
};

renderer.rules.code_inline = (tokens, index) => {
  const { content = "" } = tokens[index] ?? {};
  const [, method] = METHOD.exec(content) ?? [];
  // An address that is too long for its line is broken after a slash.
  const breakable = escaped(content).replace(/\/(?=[\w{])/g, "/<wbr>");
  return `<code${method ? ` class="address ${method.toLowerCase()}"` : ""}>${breakable}</code>`;
};

renderer.rules.table_open = () => '<div class="table" tabindex="0" role="group" aria-label="Table"><table>\n';
/** The content policy of the pages allows no styles in attributes. */
for (const rule of ["th_open", "td_open"]) {
  renderer.rules[rule] = (tokens, index) => {
    const [, side] = /text-align:(\w+)/.exec(String(tokens[index]?.attrGet("style") ?? "")) ?? [];
    return `<${tokens[index]?.tag}${side ? ` class="${side}"` : ""}>`;
  };
}
renderer.rules.table_close = () => "</table></div>\n";

renderer.rules.heading_open = (tokens, index, _options, env: Drawing) => {
  const level = Number(tokens[index]?.tag.slice(1));
  const text = textOf(tokens[index + 1]?.children ?? []);
  const id = env.anchor(text);
  env.headings.push({ level, text, id });
  return `<h${level} id="${escaped(id)}">`;
};
renderer.rules.heading_close = (tokens, index, _options, env: Drawing) => {
  const { id, text } = env.headings.at(-1) ?? { id: "", text: "" };
  const level = Number(tokens[index]?.tag.slice(1));
  const anchor = `<a class="anchor" href="#${escaped(id)}" aria-label="Link to ${escaped(text)}">#</a>`;
  return `${level > 1 ? anchor : ""}</h${level}>\n`;
};

/** A file that has no page is named, and leads nowhere. */
renderer.rules.link_open = (tokens, index, options, env: Drawing, self) => {
  const token = tokens[index];
  const href = linked(env.file, String(token?.attrGet("href") ?? ""));
  if (!token || href === undefined) return '<span class="source">';
  token.attrSet("href", href);
  if (/^https?:/.test(href) && !href.startsWith("http://127.0.0.1")) token.attrSet("rel", "noreferrer");
  return self.renderToken(tokens, index, options);
};
renderer.rules.link_close = (tokens, index, options, env: Drawing, self) => {
  const opened = tokens.slice(0, index).findLast(({ type }) => type === "link_open");
  const href = String(opened?.attrGet("href") ?? "");
  return linked(env.file, href) === undefined ? "</span>" : self.renderToken(tokens, index, options);
};

type Piece = { type: string; content: string; children?: Piece[] | null };

/** What a reader reads of it. */
export function textOf(pieces: readonly Piece[]): string {
  return pieces
    .map((one) => (one.children ? textOf(one.children) : one.type === "softbreak" ? " " : one.content))
    .join("");
}
