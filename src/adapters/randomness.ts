/** Random bytes, drawn many at once: a draw of seven costs more than making an id of them does. */

const DRAWN_AT_ONCE = 2_048;

/** Fills what it is given with bytes that nobody else is given. @param draw where they come from, as `crypto.getRandomValues` */
export function drawnAhead(draw: (bytes: Uint8Array<ArrayBuffer>) => void): (bytes: Uint8Array) => void {
  const drawn = new Uint8Array(DRAWN_AT_ONCE);
  let used = DRAWN_AT_ONCE;
  return (bytes) => {
    for (let filled = 0; filled < bytes.length; ) {
      if (used === DRAWN_AT_ONCE) {
        draw(drawn);
        used = 0;
      }
      const some = drawn.subarray(used, used + bytes.length - filled);
      bytes.set(some, filled);
      // They may become a secret: no copy of it stays.
      some.fill(0);
      used += some.length;
      filled += some.length;
    }
  };
}
