/** Mechanics that every table shares: JSON parameters, cursors, and columns that may be empty. */

/** Epoch ms that no time comes to. */
export const FOR_EVER = Number.MAX_SAFE_INTEGER;

/** Names, in SQL, the fields of one element of a JSON array parameter: `value->>'id' AS id, …`. */
export function fields(names: readonly string[]): string {
  return names.map((name) => `value->>'${name}' AS ${name}`).join(", ");
}

/** The same of one element that is a list, whose values stand in this order: `value->>0 AS id, …`. */
export function places(names: readonly string[]): string {
  return names.map((name, place) => `value->>${place} AS ${name}`).join(", ");
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

/** In SQL: whether the text, the sender or the recipient of `looked` has one of the needles in it. */
export function hasOneOf(forms: string, digits: string): string {
  return `(EXISTS (
           SELECT 1 FROM json_each(${forms}) AS needle
           WHERE instr(lower(looked.text), needle.value) > 0 OR instr(lower(looked.sender), needle.value) > 0)
         OR instr(looked.recipient, ${digits}) > 0 OR instr(looked.sender, ${digits}) > 0)`;
}

/** What was found, from rows that each say how many were looked at; where nothing was found, one row says that alone. */
export function lookedOf<Item>(
  rows: readonly { looked: number; reached: string | null; id: string | null }[],
  toItem: (row: never) => Item,
): { items: Item[]; looked: number; reached?: string } {
  const [first] = rows;
  return {
    items: rows.filter(({ id }) => id !== null).map((row) => toItem(row as never)),
    looked: first?.looked ?? 0,
    ...(first?.reached == null ? {} : { reached: first.reached }),
  };
}

/** The rows that a statement of a batch answers. */
export function rowsOf<Row>(result: D1Result | undefined): Row[] {
  return (result?.results ?? []) as Row[];
}

/** The ids that a statement answers. */
export function idsOf<Id>(result: D1Result | undefined): Id[] {
  return rowsOf<{ id: Id }>(result).map(({ id }) => id);
}
