/** STOP: a person's word that must always be understood. */

/**
 * The words that end, by language. `first`: as the first word of a text, whatever follows. `alone`: words that also mean
 * other things, so only with nothing after them, or a word for all. `all`: all of it. Written without accents, as many
 * people type them. STOP itself is everybody's: operators' rules in each of these countries ask for it.
 */
export const STOP_LANGUAGES = {
  // The lists of American and Canadian carriers, which gateways publish; STOPALL and STOP ALL are the British and
  // American way to name all services of a number.
  en: {
    first: ["stop", "unsubscribe", "optout", "opt-out"],
    alone: ["end", "cancel", "quit", "remove", "revoke"],
    all: ["all", "everything"],
  },
  // Operators' texts say STOPP as often as STOP; AVSLUTT is what their portals call it.
  nb: { first: ["stopp", "avslutt", "avmeld"], alone: ["slutt"], all: ["alt", "alle"] },
  // From here on: plain words seen in shops' texts and portals; there is no published list.
  sv: {
    first: ["stopp", "stoppa", "avsluta", "avregistrera", "avanmal"],
    alone: ["sluta"],
    all: ["allt", "alla"],
  },
  da: { first: ["afmeld", "afslut", "afmelding"], alone: ["slut"], all: ["alt", "alle"] },
  fi: { first: ["lopeta", "peruuta"], alone: ["peru", "seis"], all: ["kaikki"] },
  de: {
    first: ["stopp", "abmelden", "abbestellen", "kundigen", "kuendigen"],
    alone: ["beenden", "ende"],
    all: ["alle", "alles"],
  },
  nl: { first: ["afmelden", "stopzetten", "opzeggen"], alone: ["stoppen", "uit"], all: ["alle", "alles"] },
  // ARRET is on the Canadian list; the French one has STOP alone.
  fr: {
    first: ["arret", "desabonner", "desabonnement", "desinscription", "resilier"],
    alone: ["arreter", "fin"],
    all: ["tout", "tous", "toutes"],
  },
} as const satisfies Record<string, Words>;

type Words = { first: readonly string[]; alone: readonly string[]; all: readonly string[] };

const languages: readonly Words[] = Object.values(STOP_LANGUAGES);
const FIRST = new Set(languages.flatMap(({ first }) => first));
const ALONE = new Set(languages.flatMap(({ alone }) => alone));
const ALL = new Set(languages.flatMap(({ all }) => all));
/** Both in one word, as phones with eager keyboards write it: STOPALL, STOPPALLE. */
const STOP_ALL = new Set(["stop", "stopp", "stoppa"].flatMap((stop) => [...ALL].map((all) => stop + all)));

const WORD = /[\p{L}\p{N}]+(?:[_-]+[\p{L}\p{N}]+)*/gu;

/** The words of a text, without the marks around them. */
export function wordsOf(text: string): string[] {
  return text.normalize("NFKC").toLowerCase().match(WORD) ?? [];
}

/** What a text asks to end: one keyword, or all; undefined if it asks for no end. */
export function stopIn(text: string): { keyword?: string } | undefined {
  const [first = "", second] = wordsOf(text);
  const word = plain(first);
  const isAll = second === undefined || ALL.has(plain(second));
  if (isStopAll(word)) return {};
  if (FIRST.has(word)) return isAll ? {} : { keyword: second };
  return ALONE.has(word) && isAll ? {} : undefined;
}

/** What follows the word for STOP, as it was written; empty where all is to end. Undefined if the text asks for no end. */
export function afterStop(text: string): string | undefined {
  const stop = stopIn(text);
  if (!stop) return undefined;
  if (stop.keyword === undefined) return "";
  const whole = text.normalize("NFKC");
  const word = new RegExp(WORD.source, "u").exec(whole);
  return whole.slice((word?.index ?? 0) + (word?.[0].length ?? 0)).replace(/^[^\p{L}\p{N}]+/u, "");
}

export function isStopWord(word: string): boolean {
  const [only = ""] = wordsOf(word);
  return FIRST.has(plain(only)) || isStopAll(plain(only));
}

function isStopAll(word: string): boolean {
  return STOP_ALL.has(word.replace(/[_-]/g, ""));
}

/** The letters without their accents. */
export function plain(word: string): string {
  return word.normalize("NFD").replace(/\p{M}/gu, "");
}
