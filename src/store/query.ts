/** A store's queries, each a function with a name of its own; and the port that is made of them. */

// The base of every port: its methods, whatever they take and answer.
type Methods<Port> = {
  [Name in keyof Port]: Port[Name] extends (...given: infer Given) => infer Answer
    ? { given: Given; answer: Answer }
    : never;
};

/** What a method of a port asks of the database. */
export type Query<Port, Name extends keyof Port> = (
  db: D1Database,
  ...given: Methods<Port>[Name]["given"]
) => Methods<Port>[Name]["answer"];

/** The port that these queries make, of this database. */
export function ported<Port>(db: D1Database, queries: { [Name in keyof Port]: Query<Port, Name> }): Port {
  const bound = Object.entries<(db: D1Database, ...given: never[]) => unknown>(queries).map(([name, query]) => [
    name,
    query.bind(undefined, db),
  ]);
  return Object.fromEntries(bound);
}
