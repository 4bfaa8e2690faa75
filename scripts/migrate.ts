/** A Worker beside the gateway, for Miniflare alone: applies the steps that the database has not seen, each as one transaction. */

type Step = { name: string; statements: string[] };

export default {
  async fetch(_request, { DB, STEPS }) {
    // The record of them is wrangler's own.
    await DB.prepare(
      `CREATE TABLE IF NOT EXISTS d1_migrations (
         id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT UNIQUE,
         applied_at TIMESTAMP DEFAULT CURRENT_TIMESTAMP NOT NULL)`,
    ).run();
    const { results } = await DB.prepare("SELECT name FROM d1_migrations").all<{ name: string }>();
    const applied = new Set(results.map((row) => row.name));
    for (const { name, statements } of STEPS) {
      if (applied.has(name)) continue;
      await DB.batch([
        ...statements.map((statement) => DB.prepare(statement)),
        DB.prepare("INSERT INTO d1_migrations (name) VALUES (?1)").bind(name),
      ]);
    }
    return new Response("applied");
  },
} satisfies ExportedHandler<{ DB: D1Database; STEPS: Step[] }>;
