/** Moving stored rows to the key that seals now, so that an older one can be taken out of DATA_KEY. docs/decisions/49-moving-to-a-key.md */

import { GatewayError } from "../kernel/errors.ts";
import type { Log } from "../kernel/ports.ts";

/**
 * What was done of one table, or of several. `changed`: rows that somebody else changed meanwhile; the next run has them. `unreadable`:
 * rows that no key opens, which stay as they are.
 */
export type Moved = { looked: number; moved: number; changed: number; unreadable: number };

/** `table`: the last that was looked at. `next`: where to go on; absent: that was all. */
export type MovedPiece = Moved & { table: string; next?: string };

export interface SealedRows {
  /** The name of the key that seals now; undefined where nothing can be sealed. */
  readonly key: string | undefined;
  /**
   * Looks at so many rows of one table, and seals those of them with the key that seals now that another one sealed, or that an account
   * wants sealed and has plain. A row is written only as it was read.
   * @param after where a piece before this ended; absent: from the beginning
   * @throws GatewayError bad-request where `after` is no such place
   */
  move(after: string | undefined, most: number): Promise<MovedPiece>;
}

type MovePorts = { sealedRows: SealedRows; log: Log };

const ROWS_AT_ONCE = 1_000;
/** A request ends when it has looked at so many, or moved so many. */
const MOST_LOOKED = 20_000;
const MOST_MOVED = 1_000;

/**
 * The next piece of the work. Whoever wants all of it calls until there is no `next`; stopped in between, and begun anew, it does only what
 * is left. Logs `sealed.moved`.
 * @throws GatewayError not-allowed where nothing can be sealed; bad-request
 */
export async function moveSealed(
  { sealedRows, log }: MovePorts,
  after?: string,
): Promise<MovedPiece & { sealedWith: string }> {
  const { key: sealedWith } = sealedRows;
  if (sealedWith === undefined) throw new GatewayError("not-allowed", "no DATA_KEY is set, so nothing can be sealed");
  let piece = await sealedRows.move(after, ROWS_AT_ONCE);
  while (piece.next !== undefined && piece.looked < MOST_LOOKED && piece.moved < MOST_MOVED) {
    piece = sum(piece, await sealedRows.move(piece.next, ROWS_AT_ONCE));
  }
  const { next: _, ...done } = piece;
  log.event("sealed.moved", { sealedWith, ...done });
  return { sealedWith, ...piece };
}

function sum(one: MovedPiece, other: MovedPiece): MovedPiece {
  return {
    ...other,
    looked: one.looked + other.looked,
    moved: one.moved + other.moved,
    changed: one.changed + other.changed,
    unreadable: one.unreadable + other.unreadable,
  };
}
