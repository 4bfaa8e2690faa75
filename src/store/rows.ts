/** Mechanics that every table shares: JSON parameters, cursors, and columns that may be empty. */

/** Names, in SQL, the fields of one element of a JSON array parameter: `value->>'id' AS id, …`. */
export function fields(names: readonly string[]): string {
  return names.map((name) => `value->>'${name}' AS ${name}`).join(", ");
}

/** One page out of one row too many: the extra row only says that there is a next page. */
export function pageOf<Row, Item>(
  rows: readonly Row[],
  limit: number,
  toItem: (row: Row) => Item,
  cursorOf: (row: Row) => string,
): { items: Item[]; next?: string } {
  const shown = rows.slice(0, limit);
  const last = shown.at(-1);
  return {
    items: shown.map(toItem),
    ...(rows.length > limit && last !== undefined ? { next: cursorOf(last) } : {}),
  };
}
