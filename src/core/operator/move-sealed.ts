/** Moving stored rows to the key that seals now, so that an older one can be taken out of DATA_KEY. docs/decisions/49-moving-to-a-key.md */

import { GatewayError } from "../kernel/errors.ts";
import type { Log } from "../kernel/ports.ts";

/**
 * Rows of one table, or of several. `changed`: rows that were changed between reading and writing; the next run seals them. `unreadable`:
 * rows that no key opens, which stay as they are.
 */
export type ResealCounts = { read: number; moved: number; changed: number; unreadable: number };

/** `table`: the last that was read. `next`: where to go on; absent: that was all. */
export type MovedPiece = ResealCounts & { table: string; next?: string };

export interface SealedRows {
  /** The name of the key that seals now; undefined where nothing can be sealed. */
  readonly key: string | undefined;
  /**
   * Reads so many rows of one table, and seals with the key that seals now those that another key sealed, and those that an account
   * wants sealed and has plain. A row that changed meanwhile is not written.
   * @param after where a piece before this ended; absent: from the beginning
   * @throws GatewayError bad-request where `after` is no such place
   */
  move(after: string | undefined, most: number): Promise<MovedPiece>;
}

type MovePorts = { sealedRows: SealedRows; log: Log };

const ROWS_AT_ONCE = 1_000;
/** A request ends when it has read so many rows, or moved so many. */
const MOST_READ = 20_000;
const MOST_MOVED = 1_000;

/**
 * Does the next piece. For all of it, call it until there is no `next`; begun anew, it does only what is left. Logs `sealed.moved`.
 * @throws GatewayError not-allowed where nothing can be sealed; bad-request
 */
export async function moveSealed(
  { sealedRows, log }: MovePorts,
  after?: string,
): Promise<MovedPiece & { sealedWith: string }> {
  const { key: sealedWith } = sealedRows;
  if (sealedWith === undefined) throw new GatewayError("not-allowed", "no DATA_KEY is set, so nothing can be sealed");
  let piece = await sealedRows.move(after, ROWS_AT_ONCE);
  while (piece.next !== undefined && piece.read < MOST_READ && piece.moved < MOST_MOVED) {
    piece = sum(piece, await sealedRows.move(piece.next, ROWS_AT_ONCE));
  }
  const { next: _, ...done } = piece;
  log.event("sealed.moved", { sealedWith, ...done });
  return { sealedWith, ...piece };
}

function sum(one: MovedPiece, other: MovedPiece): MovedPiece {
  return {
    ...other,
    read: one.read + other.read,
    moved: one.moved + other.moved,
    changed: one.changed + other.changed,
    unreadable: one.unreadable + other.unreadable,
  };
}
