/** Patterns of customers: matched in time that grows with the text and no faster, whatever they wrote. */

import { RE2JS } from "re2js";

/** Characters of a pattern; steps it may be compiled to; characters of a text that are looked at. */
export const LONGEST_PATTERN = 500;
const MOST_STEPS = 1_000;
const LOOKED_AT = 1_000;
/** Steps of all expressions of an account together: each may be tried with each text that no other keyword fits. */
export const MOST_STEPS_TOGETHER = 5_000;
/** How many are kept ready. */
const MOST_KEPT = 1_000;

/**
 * The flaw of a regular expression, in words for its author; undefined if it has none. Backtracking can make an expression hang,
 * and look-around and back-references cannot be matched without it.
 */
export function flawIn(expression: string): string | undefined {
  if (expression.length > LONGEST_PATTERN) return `is longer than ${LONGEST_PATTERN} characters`;
  try {
    const steps = compiled(expression).programSize();
    return steps <= MOST_STEPS ? undefined : "is too large: repeat less, like {1,50} for {1,500}";
  } catch (error) {
    return (
      `is not a regular expression that can be matched here: ${(error as Error).message}. ` +
      "Look-around, back-references and possessive repeats are not understood, since matching them might never end"
    );
  }
}

/** How many steps an expression is compiled to; none where it cannot be matched here. */
export function stepsIn(expression: string): number {
  return flawIn(expression) === undefined ? compiled(expression).programSize() : 0;
}

/**
 * Counts the steps of matching a text against expressions, by account. `covers` says whether an account's expressions still fit
 * its budget; those beyond it are not even compiled. So accounts that registered more before there was a limit cannot block the
 * process either.
 */
export function stepBudget(): { covers(account: string, expressions: readonly string[]): boolean } {
  const spent = new Map<string, number>();
  return {
    covers(account, expressions) {
      let steps = spent.get(account) ?? 0;
      for (const expression of expressions) if (steps <= MOST_STEPS_TOGETHER) steps += stepsIn(expression);
      spent.set(account, steps);
      return steps <= MOST_STEPS_TOGETHER;
    },
  };
}

/** Whether a text has what the expression describes, anywhere in it, in large letters or small. */
export function isMatch(expression: string, text: string): boolean {
  return flawIn(expression) === undefined && compiled(expression).test(text.slice(0, LOOKED_AT));
}

const kept = new Map<string, RE2JS>();

function compiled(expression: string): RE2JS {
  let found = kept.get(expression);
  if (!found) {
    found = RE2JS.compile(expression, RE2JS.CASE_INSENSITIVE);
    const [oldest] = kept.keys();
    if (kept.size >= MOST_KEPT && oldest !== undefined) kept.delete(oldest);
    kept.set(expression, found);
  }
  return found;
}

/**
 * Whether the whole text is as the wildcards say: `*` for any characters, `?` for one, `#` for one digit. Only the last
 * `*` is ever gone back to.
 */
export function isLike(pattern: string, text: string): boolean {
  const wanted = [...pattern];
  const given = [...text.slice(0, LOOKED_AT)];
  let at = 0;
  let star = -1;
  let afterStar = 0;
  for (let next = 0; next < given.length; ) {
    const sign = wanted[at];
    if (sign === "*") {
      star = at++;
      afterStar = next;
    } else if (sign !== undefined && fits(sign, given[next] as string)) {
      at++;
      next++;
    } else if (star >= 0) {
      at = star + 1;
      next = ++afterStar;
    } else {
      return false;
    }
  }
  return wanted.slice(at).every((sign) => sign === "*");
}

function fits(sign: string, char: string): boolean {
  if (sign === "?") return true;
  return sign === "#" ? /\d/.test(char) : sign === char;
}
