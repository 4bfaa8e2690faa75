/** The console and the operator's API on any database, without the Worker around them: to see what they ask of it. */

import { Hono } from "hono";
import { makeGateway } from "../../src/core/gateway.ts";
import { OF_THE_SETTINGS } from "../../src/core/operator/tokens.ts";
import type { Ports } from "../../src/core/ports.ts";
import { admin } from "../../src/doors/admin.ts";
import { consolePages } from "../../src/web/console/console.tsx";
import type { ConsoleEnv } from "../../src/web/console/console-env.ts";
import { ADMIN_TOKEN } from "./gateway.ts";

const HERE = "http://127.0.0.1";

/** The pages as an operator who has logged in sees them; there is no sandbox. */
export async function hostConsole(ports: Ports): Promise<{ page(path: string): Promise<Response> }> {
  const app = new Hono<{ Variables: Record<string, unknown> }>({ strict: false });
  const api: ConsoleEnv["Variables"]["api"] = async (method, path, { json }) =>
    app.request(HERE + path, {
      method,
      headers: { authorization: `Bearer ${ADMIN_TOKEN}`, "content-type": "application/json" },
      ...(json === undefined ? {} : { body: JSON.stringify(json) }),
    });
  const variables = {
    operator: makeGateway(ports).operator,
    adminToken: ADMIN_TOKEN,
    hasSandbox: false,
    demoKey: undefined,
    publicUrls: [HERE],
    dialects: [],
    now: ports.clock.now,
    wall: ports.clock.wall,
    sessionPorts: ports,
    actorOfToken: async () => OF_THE_SETTINGS,
    mayCall: () => true,
    noteLogin: async () => {},
    address: "",
    slowDown: async () => {},
    fault: (error: unknown) => {
      throw error;
    },
    api,
  };
  app.use(async (c, next) => {
    for (const [name, value] of Object.entries(variables)) c.set(name, value);
    await next();
  });
  app.route("/admin/v1", admin as never);
  app.route("/console", consolePages as never);
  const form = new URLSearchParams({ token: ADMIN_TOKEN });
  const entered = await app.request(`${HERE}/console/login`, { method: "POST", body: form });
  const cookie = entered.headers.get("set-cookie")?.split(";", 1)[0] ?? "";
  return { page: async (path) => app.request(HERE + path, { headers: { cookie } }) };
}

/** The same database, with a count of the rows that it read. */
export function countingReads(db: D1Database): { d1: D1Database; rowsRead: number } {
  const counted = { rowsRead: 0, d1: undefined as unknown as D1Database };
  const count = <T extends { meta: { rows_read?: number } }>(result: T): T => {
    counted.rowsRead += result.meta.rows_read ?? 0;
    return result;
  };
  type Statement = { real: D1PreparedStatement };
  const wrap = (real: D1PreparedStatement): Statement & Partial<D1PreparedStatement> => ({
    real,
    bind: (...values: unknown[]) => wrap(real.bind(...values)) as unknown as D1PreparedStatement,
    all: (async () => count(await real.all())) as D1PreparedStatement["all"],
    run: (async () => count(await real.run())) as D1PreparedStatement["run"],
    first: (async (column?: string) => {
      const [row] = count(await real.all<Record<string, unknown>>()).results;
      return row === undefined ? null : column === undefined ? row : row[column];
    }) as D1PreparedStatement["first"],
  });
  counted.d1 = {
    prepare: (sql: string) => wrap(db.prepare(sql)),
    batch: async (statements: Statement[]) => (await db.batch(statements.map(({ real }) => real))).map(count),
  } as unknown as D1Database;
  return counted;
}
