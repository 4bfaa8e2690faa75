/** Data that we keep for customers and return: how large it may be, and how two of them are compared. */

/** As JSON, since it travels at every step. Characters, and levels. */
export const LONGEST_ECHO = 16_000;
export const LONGEST_RICH = 100_000;
export const DEEPEST_ECHO = 30;

export function isTooMuch(echo: Record<string, unknown>, longest = LONGEST_ECHO): boolean {
  const isDeeper = (value: unknown, levels: number): boolean =>
    typeof value === "object" &&
    value !== null &&
    (levels === 0 || Object.values(value).some((inner) => isDeeper(inner, levels - 1)));
  return isDeeper(echo, DEEPEST_ECHO) || JSON.stringify(echo).length > longest;
}

/** The value as a text that does not depend on the order of its members. */
export function canonical(value: unknown): string {
  return JSON.stringify(value, (_, inner) =>
    inner && typeof inner === "object" && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1)))
      : inner,
  );
}
