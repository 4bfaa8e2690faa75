/** The code in a text that brings one: what a person would type on a page. */

const SPEAKS_OF_ONE = /code|kode|password|passord|\bpin\b|\botp\b/gi;
const DIGITS = /(?<![\d+.,:-])\d{4,8}(?![\d]|[.,:-]\d)/g;

/** Where the code stands; of several numbers, the one that is nearest to the word for it. */
export function codeIn(text: string): { at: number; code: string } | undefined {
  const words = [...text.matchAll(SPEAKS_OF_ONE)];
  const distance = (at: number) => Math.min(...words.map(({ index }) => Math.abs(index - at)));
  const [nearest] = [...text.matchAll(DIGITS)]
    .map((found) => ({ at: found.index, code: found[0] }))
    .sort((a, b) => distance(a.at) - distance(b.at));
  return words.length > 0 ? nearest : undefined;
}
