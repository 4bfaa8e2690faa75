/**
 * A database whose callers pause now and then, for a runtime where all share one thread.
 *
 * workerd by itself (`npm start`, the container) looks at its sockets when it has nothing else to do. Its database is part of it, so a
 * long row of calls lets no request in before its end: while 10,000 renewals were begun, nobody was answered. A pause lets it look.
 * At Cloudflare the database is elsewhere, and each call is such a pause.
 */

/** A call takes some thousandths of a second, or some hundredths where it is of hundreds of rows. */
const CALLS_BETWEEN_PAUSES = 4;

/** @param pause resolves once the runtime has looked at its sockets: a timer, however short */
export function breathing(db: D1Database, pause: () => Promise<void>): D1Database {
  let calls = 0;
  const breathe = async () => {
    calls++;
    if (calls % CALLS_BETWEEN_PAUSES === 0) await pause();
  };
  const toReal = (statement: D1PreparedStatement) => (statement instanceof Statement ? statement.real : statement);
  const ofThis: Pick<D1Database, "prepare" | "batch"> = {
    prepare: (sql) => new Statement(db.prepare(sql), breathe) as unknown as D1PreparedStatement,
    batch: async (statements) => {
      await breathe();
      return db.batch(statements.map(toReal));
    },
  };
  return ofThis as D1Database;
}

class Statement {
  readonly real: D1PreparedStatement;
  readonly #breathe: () => Promise<void>;

  constructor(real: D1PreparedStatement, breathe: () => Promise<void>) {
    this.real = real;
    this.#breathe = breathe;
  }

  bind(...values: unknown[]): Statement {
    return new Statement(this.real.bind(...values), this.#breathe);
  }

  async all<Row>(): Promise<D1Result<Row>> {
    await this.#breathe();
    return this.real.all<Row>();
  }

  async run<Row>(): Promise<D1Result<Row>> {
    await this.#breathe();
    return this.real.run<Row>();
  }

  async first<Value>(column?: string): Promise<Value | null> {
    await this.#breathe();
    return column === undefined ? this.real.first<Value>() : this.real.first<Value>(column);
  }
}
