/** The site as files: pages by Eleventy, each also as Markdown; the search's index; scripts and styles; `llms.txt`. */

import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import Eleventy from "@11ty/eleventy";
import { build } from "esbuild";
import type { Asset } from "../scripts/asset-files.ts";
import { root } from "../scripts/root.ts";
import { addressOf, DECISIONS, ENTRIES } from "./addresses.ts";
import { apis } from "./api.ts";
import { LAST, SECTIONS, type Section } from "./contents.ts";
import { llms } from "./llms.ts";
import { anchors, type Drawing, markdown } from "./markdown.ts";
import { asMarkdown, beginningOf } from "./plain.ts";
import { referencePages } from "./reference.ts";
import { indexOf, partsOf } from "./search.ts";

/** A page before it is drawn. @property file from which its links lead @property isIn the page of the menu it belongs to, if it is not there itself */
export type Page = { address: string; file: string; text: string; title: string; menu: string; isIn?: string };

/** Where files lie whose names change with their content: browsers keep them. */
const LASTING = "docs/_";

/** Makes it. */
export async function generate(): Promise<Asset[]> {
  const documents = await apis();
  const reference = referencePages(documents).map((page) => ({ ...page, file: "docs/api.md" }));
  const pages: Page[] = [...filePages(), ...reference];
  const files = new Map<string, string>();
  const keep = (name: string, ending: string, text: string): string => {
    const path = `${LASTING}/${name}.${createHash("sha256").update(text).digest("hex").slice(0, 10)}.${ending}`;
    files.set(path, text);
    return `/${path}`;
  };
  const index = indexOf(pages.flatMap(({ address, text, title }) => partsOf(addressOf(address), text, title)));
  const site = {
    index: keep("search", "json", index),
    style: keep("docs", "css", await bundled("site/browser/docs.css")),
    script: keep("docs", "js", await bundled("site/browser/docs.ts")),
    theme: keep("theme", "js", await bundled("site/browser/theme.ts", "iife")),
  };
  for (const [path, text] of await drawn([...pages, NONE], site)) files.set(path, text);
  for (const { address, file, text } of [...pages, NONE]) {
    files.set(`${addressOf(address).slice(1)}.md`, asMarkdown(file, text));
  }
  files.set("llms.txt", llms(pages));
  return [...files].map(([path, text]) => ({ path, text }));
}

function filePages(): Page[] {
  return ENTRIES.map(({ address, file, menu }) => {
    const text = readFileSync(join(root, file), "utf8");
    const title = (/^# (.+)$/m.exec(text)?.[1] ?? file).replaceAll("`", "");
    const isDecision = DECISIONS.some((one) => one.address === address);
    return { address, file, text, title, menu: menu ?? title, ...(isDecision ? { isIn: "decisions" } : {}) };
  });
}

async function bundled(file: string, format: "esm" | "iife" = "esm"): Promise<string> {
  const { outputFiles } = await build({
    ...{ entryPoints: [join(root, file)], bundle: true, format, target: "es2022", minify: true, write: false },
    logLevel: "warning",
  });
  return outputFiles[0]?.text ?? "";
}

type Link = { href: string; title: string };

/** By Eleventy: each page is a template that exists in memory alone, in the one layout. */
async function drawn(pages: readonly Page[], site: Record<string, string>): Promise<[string, string][]> {
  const menu = menuOf(pages);
  const inOrder = menu.flatMap((section) => section.pages.flatMap((one) => [one, ...one.below]));
  const eleventy = new Eleventy("site", "public", {
    quietMode: true,
    configPath: false,
    config: (config) => {
      config.setUseGitIgnore(false);
      config.setLayoutsDirectory("layouts");
      config.setTemplateFormats(["html"]);
      config.addGlobalData("site", site);
      config.addGlobalData("menu", menu);
      for (const page of pages) {
        const { html, headings } = contentOf(page);
        const outline = headings.filter(({ level }) => level === 2 || level === 3);
        config.addTemplate(`${page.address || "index"}.html`, html, { ...dataOf(page, inOrder), outline });
      }
    },
  });
  const results: { outputPath: string; content: string }[] = await eleventy.toJSON();
  return results.map(({ outputPath, content }) => [outputPath.replace(/^(\.\/)?public\//, ""), content]);
}

/** The menu: what a page has below it is seen on that page. */
function menuOf(pages: readonly Page[]): { title: string; pages: (Link & { below: Link[] })[] }[] {
  const toLink = (page: Page): Link => ({ href: addressOf(page.address), title: page.menu });
  const entry = (page: Page) => ({
    ...toLink(page),
    below: pages.filter(({ isIn }) => isIn === page.address && page.address !== "decisions").map(toLink),
  });
  const byAddress = new Map(pages.map((page) => [page.address, page]));
  const listed = ({ title, pages: entries }: Section) => ({
    title,
    pages: entries.flatMap(({ address }) => byAddress.get(address) ?? []).map(entry),
  });
  const isApi = ({ address, isIn }: Page) => /^api(\/|$)/.test(address) && isIn === undefined;
  const reference = { title: "API reference", pages: pages.filter(isApi).map(entry) };
  const [start, move, recipes, ...others] = SECTIONS.map(listed);
  return [start, move, recipes, reference, ...others, listed(LAST)].filter((section) => section !== undefined);
}

/** What is served where there is no page. */
const NONE: Page = {
  address: "none",
  file: "docs/none.md",
  title: "There is no such page",
  menu: "",
  text: "# There is no such page\n\nThe menu lists all pages, and the search finds in them. [The first page](/docs).\n",
};

function contentOf({ file, text }: Page) {
  const env: Drawing = { file, headings: [], anchor: anchors() };
  return { html: markdown.render(text, env), headings: env.headings };
}

function dataOf(page: Page, inOrder: readonly Link[]) {
  const href = addressOf(page.address);
  const at = inOrder.findIndex((one) => one.href === href);
  return {
    layout: "page.njk",
    permalink: `${href.slice(1)}.html`,
    templateEngineOverride: false,
    address: page.address,
    title: page.title,
    description: beginningOf(page.text),
    href,
    here: page.isIn === undefined ? href : addressOf(page.isIn),
    ...(at > 0 ? { before: inOrder[at - 1] } : {}),
    ...(at >= 0 && at < inOrder.length - 1 ? { after: inOrder[at + 1] } : {}),
  };
}
