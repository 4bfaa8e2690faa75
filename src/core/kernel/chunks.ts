/** The list in pieces of at most this size, in order. */
export function inChunks<T>(items: readonly T[], size: number): T[][] {
  return Array.from({ length: Math.ceil(items.length / size) }, (_, index) =>
    items.slice(index * size, (index + 1) * size),
  );
}

/** So many are done before others get a turn: some thousandths of a second. */
const IN_A_TURN = 100;

/** Maps a long list, and lets whatever else there is to do have its turn every now and then. */
export async function mapInTurns<T, U>(items: readonly T[], each: (item: T, index: number) => U): Promise<U[]> {
  const mapped: U[] = [];
  for (const [index, item] of items.entries()) {
    if (index > 0 && index % IN_A_TURN === 0) await new Promise<void>((next) => setTimeout(next, 0));
    mapped.push(each(item, index));
  }
  return mapped;
}
