/** Which of some known names a misspelt one was probably meant to be. */

/** So many letters may be wrong, missing or too many, of every three. */
const WRONG_OF = 3;

/** The known name that is most like this one, whatever the case; undefined if none is like it. */
export function nearest(given: string, known: readonly string[]): string | undefined {
  const written = given.toLowerCase().slice(0, 100);
  const all = known.map((name) => ({ name, distance: distance(written, name.toLowerCase()) }));
  const [best] = all.sort((one, other) => one.distance - other.distance);
  return best && best.distance <= Math.max(1, Math.floor(best.name.length / WRONG_OF)) ? best.name : undefined;
}

/** How many letters have to be changed, added or left out to make one of the other. Levenshtein. */
function distance(one: string, other: string): number {
  let row = Array.from({ length: other.length + 1 }, (_, index) => index);
  for (const [at, letter] of [...one].entries()) {
    const next = [at + 1];
    for (let index = 1; index <= other.length; index++) {
      const changed = (row[index - 1] ?? 0) + (letter === other[index - 1] ? 0 : 1);
      next.push(Math.min(changed, (row[index] ?? 0) + 1, (next[index - 1] ?? 0) + 1));
    }
    row = next;
  }
  return row[other.length] ?? 0;
}
