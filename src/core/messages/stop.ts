/** STOP: a person's word that must always be understood. */

/** Words that end what they name, or everything at the number they are sent to. */
const STOP_WORDS = new Set(["stop", "stopp", "stoppa", "avslutt", "unsubscribe"]);
const ALL = new Set(["all", "alt", "alle", "allt", "everything"]);

/** The words of a text, without the marks around them. */
export function wordsOf(text: string): string[] {
  return text.toLowerCase().match(/[\p{L}\p{N}_-]+/gu) ?? [];
}

/** What a text asks to end: one keyword, or all; undefined if it asks for no end. */
export function stopIn(text: string): { keyword?: string } | undefined {
  const [first = "", second] = wordsOf(text);
  if (first === "stopall") return {};
  if (!STOP_WORDS.has(first)) return undefined;
  return second === undefined || ALL.has(second) ? {} : { keyword: second };
}

export function isStopWord(word: string): boolean {
  return STOP_WORDS.has(word.toLowerCase()) || word.toLowerCase() === "stopall";
}
