/** What was perhaps meant by a word that is not known. */

/** The known word that is most like this one; undefined where none is like it. */
export function nearest(word: string, known: readonly string[]): string | undefined {
  const near = known
    .map((one) => ({ one, changes: one.startsWith(word) && word.length > 1 ? 1 : changesBetween(word, one) }))
    .sort((a, b) => a.changes - b.changes)[0];
  return near && near.changes <= Math.max(1, Math.floor(near.one.length / 3)) ? near.one : undefined;
}

/** How many letters are to be put in, taken out, changed, or swapped with the next, to make one word of another. */
function changesBetween(a: string, b: string): number {
  const rows = [Array.from({ length: b.length + 1 }, (_, column) => column)];
  const at = (row: number, column: number) => rows[row]?.[column] ?? Number.POSITIVE_INFINITY;
  for (let i = 1; i <= a.length; i++) {
    rows.push([i]);
    for (let j = 1; j <= b.length; j++) {
      const isSwapped = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
      const least = Math.min(
        at(i - 1, j) + 1,
        at(i, j - 1) + 1,
        at(i - 1, j - 1) + (a[i - 1] === b[j - 1] ? 0 : 1),
        isSwapped ? at(i - 2, j - 2) + 1 : Number.POSITIVE_INFINITY,
      );
      rows[i]?.push(least);
    }
  }
  return at(a.length, b.length);
}
