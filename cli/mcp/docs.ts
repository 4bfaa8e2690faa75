/** The documentation that a gateway serves, searched: it lists its pages in /llms.txt, each of which is Markdown. */

import { Trouble } from "../command.ts";

export type Part = { page: string; title: string; text: string };

/** A part is answered up to this length, as much as helps. Characters. */
const LONGEST = 4_000;

export function docsOf(url: string) {
  let read: Promise<Part[]> | undefined;
  return {
    /** The parts that hold most of these words, best first. */
    async search(query: string, limit: number): Promise<Part[]> {
      read ??= readAll(url).catch((error) => {
        read = undefined; // asked again, it may be there
        throw error;
      });
      return best(await read, query, limit);
    },
  };
}

async function readAll(url: string): Promise<Part[]> {
  const list = await get(`${url}/llms.txt`);
  const pages = [...list.matchAll(/^- \[.*?\]\((\/docs[^)]*\.md)\)/gm)].map(([, page = ""]) => page);
  if (pages.length === 0) throw new Trouble(`${url}/llms.txt lists no pages: the gateway has no documentation with it`);
  const texts = await Promise.all(pages.map(async (page) => ({ page, text: await get(url + page) })));
  return texts.flatMap(({ page, text }) => partsOf(page, text));
}

async function get(address: string): Promise<string> {
  const answer = await fetch(address).catch(() => undefined);
  if (!answer?.ok) throw new Trouble(`${address} ${answer ? `answered ${answer.status}` : "cannot be reached"}`);
  return answer.text();
}

/** A page, cut before each of its headings; not within a block of code. */
export function partsOf(page: string, text: string): Part[] {
  const parts: Part[] = [];
  let isCode = false;
  for (const line of text.split("\n")) {
    if (line.startsWith("```")) isCode = !isCode;
    const heading = isCode ? undefined : /^#{1,4} +(.*)$/.exec(line)?.[1];
    if (heading !== undefined || parts.length === 0) parts.push({ page, title: heading ?? page, text: "" });
    const last = parts.at(-1);
    if (last && heading === undefined) last.text += `${line}\n`;
  }
  return parts
    .map((part) => ({ ...part, text: part.text.trim().slice(0, LONGEST) }))
    .filter(({ text: has }) => has !== "");
}

/** A word in the title counts for more; each further time that it is in the text, for less. */
export function best(parts: readonly Part[], query: string, limit: number): Part[] {
  const words = query.toLowerCase().match(/[\p{L}\p{N}_-]{2,}/gu) ?? [];
  const scored = parts.map((part) => {
    const title = part.title.toLowerCase();
    const text = part.text.toLowerCase();
    const score = words.reduce(
      (sum, word) => sum + (title.includes(word) ? 4 : 0) + Math.log2(1 + text.split(word).length - 1),
      0,
    );
    const found = words.filter((word) => title.includes(word) || text.includes(word)).length;
    return { part, score: score * (found / Math.max(1, words.length)) };
  });
  return scored
    .filter(({ score }) => score > 0)
    .sort((a, b) => b.score - a.score)
    .slice(0, limit)
    .map(({ part }) => part);
}
