/** The members that have a value: neither undefined, nor NULL in a row. */
export function present<T extends object>(members: T): { [K in keyof T]?: NonNullable<T[K]> } {
  // A loop, as in `given`.
  const kept: Partial<T> = {};
  for (const name in members) if (members[name] !== undefined && members[name] !== null) kept[name] = members[name];
  return kept as never;
}
