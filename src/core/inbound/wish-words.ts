/** START and HELP, beside STOP: what a person asks of a number of ours, in the languages that its words are known in. */

import { isNorthAmerican } from "../messages/opt-outs.ts";
import { plain, STOP_LANGUAGES, stopIn, wordsOf } from "./stop-words.ts";

/** ISO 639-1, with Norwegian as Bokmål. */
export const WISH_LANGUAGES = ["en", "nb", "sv", "da", "fi", "de", "nl", "fr"] as const;
export type WishLanguage = (typeof WISH_LANGUAGES)[number];

/** *out*: no more texts. *in*: texts again. *help*: whose number it is. */
export type Wish = {
  is: "out" | "in" | "help";
  /** As it was written, in small letters, without spaces and marks. */
  word: string;
  /** Of the word, where it is of one language alone. */
  language?: WishLanguage;
};

/** American and Canadian carriers ask for these, alone: CTIA, Messaging Principles (2023), 5.1.3; CWTA, Common Short Code guidelines. */
const OUT = ["stop", "stopall", "unsubscribe", "cancel", "end", "quit", "optout", "revoke"];

/** Those that are everybody's stand with English, and tell no language. Written without accents. */
const WORDS: Readonly<Record<WishLanguage, { in: readonly string[]; help: readonly string[] }>> = {
  en: { in: ["start", "unstop"], help: ["help", "info"] },
  nb: { in: ["gjenoppta"], help: ["hjelp"] },
  sv: { in: ["starta", "ateruppta"], help: ["hjalp"] },
  da: { in: ["genoptag"], help: ["hjælp", "hjaelp"] },
  fi: { in: ["aloita", "jatka"], help: ["apua", "ohje", "neuvo"] },
  de: { in: ["starten", "fortsetzen"], help: ["hilfe"] },
  nl: { in: ["hervatten", "starten"], help: ["hulp"] },
  fr: { in: ["debut", "reprendre"], help: ["aide"] },
};

const wordsFor = (is: "in" | "help") => new Set(Object.values(WORDS).flatMap((words) => words[is]));
const IN = wordsFor("in");
const HELP = wordsFor("help");
/** CTIA as above: an answer to many other questions elsewhere. */
const YES = "yes";

/**
 * What a text asks of this number; undefined where it has more to say than one of the words, or another one. Marks, spaces and hyphens
 * are ignored: people write "Stop!", "STOP ALL" and "opt-out".
 */
export function wishIn(text: string, number: string): Wish | undefined {
  const word = wordsOf(text).join("").replace(/[-_]/g, "");
  const known = plain(word);
  const is = kindOf(text, known, number);
  return is && { is, word, ...languageOf(known) };
}

function kindOf(text: string, word: string, number: string): Wish["is"] | undefined {
  const stop = stopIn(text);
  if ((stop && stop.keyword === undefined) || OUT.includes(word)) return "out";
  if (IN.has(word) || (word === YES && isNorthAmerican(number))) return "in";
  return HELP.has(word) ? "help" : undefined;
}

function languageOf(word: string): { language?: WishLanguage } {
  const [language, ...others] = WISH_LANGUAGES.filter((one) => isOf(one, word));
  const isEverybodys = ["stop", "stopall", ...WORDS.en.in, ...WORDS.en.help].includes(word);
  return language === undefined || others.length > 0 || isEverybodys ? {} : { language };
}

function isOf(language: WishLanguage, word: string): boolean {
  const { first, alone } = STOP_LANGUAGES[language];
  const { in: starts, help } = WORDS[language];
  return [...first, ...alone, ...starts, ...help].includes(word);
}

/** By country calling code: where most people read one of the languages. English elsewhere. */
const SPOKEN_AT: readonly (readonly [code: string, language: WishLanguage])[] = [
  ["+47", "nb"],
  ["+46", "sv"],
  ["+45", "da"],
  ["+298", "da"],
  ["+299", "da"],
  ["+358", "fi"],
  ["+49", "de"],
  ["+43", "de"],
  ["+41", "de"],
  ["+31", "nl"],
  ["+33", "fr"],
  ["+262", "fr"],
  ["+590", "fr"],
  ["+594", "fr"],
  ["+596", "fr"],
  ["+352", "fr"],
  ["+377", "fr"],
];

/** The language to answer a person in: of the word that they wrote, or else of their number. */
export function languageToAnswer({ language }: Pick<Wish, "language">, msisdn: string): WishLanguage {
  return language ?? SPOKEN_AT.find(([code]) => msisdn.startsWith(code))?.[1] ?? "en";
}
