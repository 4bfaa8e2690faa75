/**
 * Characters that the provider rewrites before a text is counted or sent, so that a quote pasted from a word processor does
 * not turn the whole text into UCS-2. Not for texts with `allowUnicode: true`, which go out as written.
 *
 * The table is the guide's, complete: its opening quotes U+201C and U+2018 and its long dash U+2014 are not in it.
 * https://github.com/Target365/REST/blob/master/USERGUIDE.md#automatic-character-replacements
 */

const MARKS: Record<string, string> = {
  "\u2013": "-",
  "\u00AB": '"',
  "\u00BB": '"',
  "\u201D": '"',
  "\u2019": "'",
};

// The five marks above, and every kind of space. The guide counts U+200B, which has no width, among the spaces.
const FOLDED = /[\u2013\u00AB\u00BB\u201D\u2019\u00A0\u1680\u180E\u2000-\u200B\u202F\u205F\u3000\uFEFF]/g;

/** The text after the guide's automatic character replacements. */
export function fold(text: string): string {
  return text.replace(FOLDED, (char) => MARKS[char] ?? " ");
}

/** `~~text~~` is hidden when a stored message is read. Seen in the .NET SDK's part counter, which skips the marks. */
const MARKED = /~~(.+?)~~/gs;

/** The text as the person gets it, without the marks. */
export function unmarked(text: string): string {
  return text.includes("~~") ? text.replace(MARKED, "$1") : text;
}

/** The text as it may be looked at, with the marked parts hidden. */
export function masked(text: string): string {
  return text.includes("~~") ? text.replace(MARKED, (_, hidden: string) => "*".repeat(hidden.length)) : text;
}
