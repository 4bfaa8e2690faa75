/** A keyword: the beginning of a text. It decides which account the text belongs to, and where it is forwarded. */

import type { AccountId, KeywordId } from "../kernel/ids.ts";
import type { Judged } from "../kernel/imports.ts";
import { isLike, isMatch, stepBudget } from "./pattern.ts";
import type { PreAuth } from "./preauth.ts";
import { afterStop } from "./stop-words.ts";

/**
 * How a text is compared, best first. *exact*: its first word is the keyword. *startswith*: it begins with the keyword.
 * *wildcard*: all of it is as `*`, `?` and `#` say. *regex*: the expression describes something in it.
 */
export const KEYWORD_MODES = ["exact", "startswith", "wildcard", "regex"] as const;
export type KeywordMode = (typeof KEYWORD_MODES)[number];

export type Keyword = {
  id: KeywordId;
  account: AccountId;
  dialect: string;
  shortNumber: string;
  mode: KeywordMode;
  text: string;
  /** Other texts for the same. */
  aliases: readonly string[];
  forwardUrl: string;
  isEnabled: boolean;
  preAuth?: PreAuth;
  /** Added to the webhook of each text. */
  tags: readonly string[];
  properties: Record<string, unknown>;
  /** What the dialect keeps for its client. Opaque to us. */
  echo: Record<string, unknown>;
  createdAt: number;
  changedAt: number;
};

/** What a customer says of a keyword. */
export type NewKeyword = Omit<Keyword, "id" | "account" | "dialect" | "createdAt" | "changedAt">;

/** A keyword where texts are compared with it; with the number that begins the ids of its account's messages. */
export type KeywordAt = Keyword & { accountNumber: number };

/** A keyword as it is brought. `createdAt`: epoch ms; absent: now, or as it is there. */
export type StandingKeyword = NewKeyword & { id: KeywordId; createdAt?: number };

/** Why the store does not take one: its id is another keyword's, or its text is, at that number and in that mode. */
export type KeywordFault = "id" | "text";

export interface KeywordStore {
  /** Gives it the next id; undefined if the number already has a keyword with the same text and mode. */
  add(keyword: Omit<Keyword, "id">): Promise<Keyword | undefined>;
  /**
   * Imports keywords under the ids that they have elsewhere; ids given from then on are higher. Answers those whose id or text
   * another keyword has. *all-or-none* stores nothing if there is one of these; *none* only checks. `isDated`: a stored keyword
   * with another creation time is another keyword.
   */
  bring(
    keywords: readonly (Keyword & { isDated: boolean })[],
    which: "each" | "all-or-none" | "none",
  ): Promise<Judged<KeywordFault>[]>;
  change(keyword: Omit<Keyword, "createdAt">): Promise<"changed" | "taken" | "not-there">;
  remove(account: AccountId, id: string): Promise<boolean>;
  byId(account: AccountId, id: string): Promise<Keyword | undefined>;
  /** The account's own, oldest first. */
  list(account: AccountId): Promise<Keyword[]>;
  /** Those that are in use at these numbers, of all accounts that have the number; oldest first. */
  inUseAt(shortNumbers: readonly string[]): Promise<KeywordAt[]>;
}

/** A text as it is compared: case and the spaces around and between its words do not count. */
export function folded(text: string): string {
  return text.normalize("NFC").toLowerCase().trim().replace(/\s+/g, " ");
}

/** The form in which two keywords of one mode must differ. Expressions keep their case: it may tell a class from its opposite. */
export function sameness({ mode, text }: Pick<Keyword, "mode" | "text">): string {
  return mode === "regex" ? text : folded(text);
}

/** The keyword that names things; the other modes only describe them. */
const NAMING = ["exact", "startswith"] as const;
const DESCRIBING = ["wildcard", "regex"] as const;

/**
 * The keyword that a text fits best, of those that were given oldest first: the mode counts, then how long the match is,
 * then age. A text that asks to end something is also for the keyword that stands after that word.
 */
export function keywordFor<K extends Keyword>(text: string, keywords: readonly K[]): K | undefined {
  const stopped = afterStop(text);
  return (
    bestOf(text, keywords, NAMING) ??
    (stopped ? bestOf(stopped, keywords, NAMING) : undefined) ??
    bestOf(text, keywords, DESCRIBING) ??
    (stopped ? bestOf(stopped, keywords, DESCRIBING) : undefined)
  );
}

/** The keyword that a text asks to end by its name. */
export function keywordToStop<K extends Keyword>(text: string, keywords: readonly K[]): K | undefined {
  const stopped = afterStop(text);
  return stopped ? bestOf(stopped, keywords, NAMING, WHOLE) : undefined;
}

function bestOf<K extends Keyword>(
  whole: string,
  keywords: readonly K[],
  modes: readonly KeywordMode[],
  table: Record<KeywordMode, Fits> = FITS,
): K | undefined {
  const text = whole.slice(0, LOOKED_AT);
  const compared = { text: text.trim(), same: folded(text), begins: beginnings(folded(text)) };
  const budget = stepBudget();
  for (const mode of modes) {
    let best: { keyword: K; length: number } | undefined;
    for (const keyword of keywords) {
      if (keyword.mode !== mode) continue;
      const names = [keyword.text, ...keyword.aliases];
      if (mode === "regex" && !budget.covers(keyword.account, names)) continue;
      const lengths = names.filter((one) => table[mode](one, compared)).map(({ length }) => length);
      const length = lengths.length > 0 ? Math.max(...lengths) : -1;
      if (length > (best?.length ?? -1)) best = { keyword, length };
      if (best && isAnyAsGood(mode)) break;
    }
    if (best) return best.keyword;
  }
  return undefined;
}

/** Who a text is for stands at its beginning. Characters. */
const LOOKED_AT = 1_000;

/** How much of a text a pattern describes says nothing: there the oldest is best, and the others are not tried. */
function isAnyAsGood(mode: KeywordMode): boolean {
  return mode === "wildcard" || mode === "regex";
}

/** A text, the same as it is compared, and its first words by their number. */
type Compared = { text: string; same: string; begins: (count: number) => readonly string[] };
type Fits = (keyword: string, text: Compared) => boolean;

const FITS: Record<KeywordMode, Fits> = {
  exact: (keyword, { begins }) => isFirst(folded(keyword), begins),
  startswith: (keyword, { same }) => same.startsWith(folded(keyword)),
  wildcard: (keyword, { same }) => isLike(folded(keyword), same),
  regex: (keyword, { text }) => isMatch(keyword, text),
};

/** What a person ends they name in whole words: another's keyword that only begins alike must not swallow a STOP. */
const WHOLE: Record<KeywordMode, Fits> = { ...FITS, startswith: FITS.exact };

function isFirst(words: string, begins: Compared["begins"]): boolean {
  return begins(words.split(" ").length).includes(words);
}

/** The first words of a text, with and without the marks around them; each number of words is looked at once. */
function beginnings(text: string): Compared["begins"] {
  const words = text.split(" ");
  const known = new Map<number, readonly string[]>();
  return (count) => {
    let found = known.get(count);
    if (!found) {
      const first = words.slice(0, count).join(" ");
      found = [first, withoutMarks(first)];
      known.set(count, found);
    }
    return found;
  };
}

const LETTER = /[\p{L}\p{N}]/u;

/** Walked from both ends: an expression that is anchored at the end looks at a long run of marks again from each of them. */
function withoutMarks(text: string): string {
  const letters = Array.from(text);
  let from = 0;
  let to = letters.length;
  while (from < to && !LETTER.test(letters[from] ?? "")) from++;
  while (to > from && !LETTER.test(letters[to - 1] ?? "")) to--;
  return letters.slice(from, to).join("");
}
