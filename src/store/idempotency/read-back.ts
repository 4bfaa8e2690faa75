/** How the rows that a write returned can be read again, when its answer was lost. */

type Again = (count: number) => D1PreparedStatement;

const BACK = new WeakMap<object, Again>();

/**
 * The same write, with the query that finds the rows it returned; it is told how many there were, and is not asked where there were
 * none. A request with an Idempotency-Key whose process died after this write goes on with them; a write without is made anew, and
 * must be safe to make twice.
 */
export function readBack(write: D1PreparedStatement, again: Again): D1PreparedStatement {
  BACK.set(write, again);
  return write;
}

export function readBackOf(write: object): Again | undefined {
  return BACK.get(write);
}

/** As many rows, with an empty id each: where nobody can find them any more, and the answer only tells how many there were. */
export function asMany(db: D1Database): Again {
  return (count) =>
    db.prepare("SELECT '' AS id FROM json_each(?1)").bind(JSON.stringify(Array.from({ length: count }, () => 0)));
}
