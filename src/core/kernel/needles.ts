/** What is looked for in texts: as it may be written there, because a database compares capitals of ASCII alone. */

/** Some forms of what is looked for, each without capitals of ASCII; and its digits, if it can be a part of a number. */
export type Needles = { forms: readonly string[]; digits?: string };

/** Fewer digits are in every second number. */
const FEWEST_DIGITS = 3;

export function needlesOf(wanted: string): Needles {
  const text = wanted.trim();
  const small = text.toLocaleLowerCase("en");
  const first = [...small][0] ?? "";
  const forms = [small, text.toLocaleUpperCase("en"), first.toLocaleUpperCase("en") + small.slice(first.length)];
  const digits = digitsIn(text);
  return { forms: [...new Set([...forms, text].map(withoutAsciiCapitals))], ...(digits ? { digits } : {}) };
}

function withoutAsciiCapitals(text: string): string {
  return text.replace(/[A-Z]+/g, (capitals) => capitals.toLowerCase());
}

/** `980 79` as `98079`, `00 47 9` as `+479`; undefined where it is no part of a number. */
function digitsIn(text: string): string | undefined {
  const plain = text.replace(/[\s().\-\u00a0]/g, "").replace(/^00/, "+");
  return /^\+?\d+$/.test(plain) && plain.replace("+", "").length >= FEWEST_DIGITS ? plain : undefined;
}
