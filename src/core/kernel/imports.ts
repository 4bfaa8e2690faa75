/** Imports from another system: many items at a time, each accepted or refused by itself. */

/** One that was not taken: its place in the list, from 0, why, and the member that is about. */
export type Refused = { index: number; detail: string; field?: string };

/** `taken`: how many of them are there now as they were given, brought just now or before. The same list again, the same answer. */
export type Imported = { taken: number; refused: Refused[] };

/** The most in one request. */
export const MOST_IMPORTED = 2_000;

/** What a store says of one: its place in the list that it was given, and what stands in the way. */
export type Judged<Fault extends string> = { place: number; fault: Fault };

/**
 * Of items with the same name the first counts: the same again is the same, another is refused.
 * @param content what must be the same, as a text
 */
export function clashes<Item>(
  items: readonly Item[],
  nameOf: (item: Item) => string,
  content: (item: Item) => string,
): ReadonlySet<Item> {
  const first = new Map<string, string>();
  const found = new Set<Item>();
  for (const item of items) {
    const name = nameOf(item);
    const known = first.get(name);
    if (known === undefined) first.set(name, content(item));
    else if (known !== content(item)) found.add(item);
  }
  return found;
}
