/** A keyword: the first thing in a text, by which it is known whose text it is, and who is told of it. */

import type { AccountId } from "../accounts/account.ts";
import type { PreAuth } from "../billing/preauth.ts";
import { isLike, isMatch } from "./pattern.ts";
import { afterStop } from "./stop.ts";

/** Digits, and never given twice. */
export type KeywordId = `${number}`;

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
  /** Handed on with each text. */
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

export interface KeywordStore {
  /** Gives it the next id; undefined if somebody has the same text in the same mode at that number. */
  add(keyword: Omit<Keyword, "id">): Promise<Keyword | undefined>;
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

/** What two keywords in the same mode must not share. In an expression case may tell one class from its opposite. */
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
  return stopped ? bestOf(stopped, keywords, NAMING) : undefined;
}

function bestOf<K extends Keyword>(text: string, keywords: readonly K[], modes: readonly KeywordMode[]): K | undefined {
  for (const mode of modes) {
    const fits = FITS[mode];
    const same = folded(text);
    let best: { keyword: K; length: number } | undefined;
    for (const keyword of keywords) {
      if (keyword.mode !== mode) continue;
      const lengths = [keyword.text, ...keyword.aliases]
        .filter((one) => fits(one, text, same))
        .map(({ length }) => length);
      const length = lengths.length > 0 ? Math.max(...lengths) : -1;
      if (length > (best?.length ?? -1)) best = { keyword, length };
      if (best && isAnyAsGood(mode)) break;
    }
    if (best) return best.keyword;
  }
  return undefined;
}

/** How much of a text a pattern describes says nothing: there the oldest is best, and the others are not tried. */
function isAnyAsGood(mode: KeywordMode): boolean {
  return mode === "wildcard" || mode === "regex";
}

/** Whether a text fits a keyword. `same` is the text as it is compared. */
const FITS: Record<KeywordMode, (keyword: string, text: string, same: string) => boolean> = {
  exact: (keyword, _, same) => isFirst(folded(keyword), same),
  startswith: (keyword, _, same) => same.startsWith(folded(keyword)),
  wildcard: (keyword, _, same) => isLike(folded(keyword), same),
  regex: (keyword, text) => isMatch(keyword, text.trim()),
};

/** Whether a text begins with these words, with or without marks around them. */
function isFirst(words: string, text: string): boolean {
  const first = text.split(" ").slice(0, words.split(" ").length).join(" ");
  return first === words || first.replace(/^[^\p{L}\p{N}]+|[^\p{L}\p{N}]+$/gu, "") === words;
}
