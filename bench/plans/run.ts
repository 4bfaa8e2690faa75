/**
 * `npm run plans`: asks a great database everything that is asked often, through the real stores, and tells how each
 * statement goes about it and what it takes. Ends with 1 if a plan reads what grows, or a question takes more than it may.
 *
 *   --scale S   the size, as a share of 1 M subscriptions, 5 M transactions, 10 M entries, 5 M messages (0.01 unless said)
 *   --file F    where the database is, or is to be: one that is there is used, and kept
 */

import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { parseArgs } from "node:util";
import { planOf, type Ran, toD1 } from "../../test/support/database.ts";
import { scans } from "../../test/support/plans.ts";
import { surroundings } from "../../test/support/ports.ts";
import { build, FULL, NOW } from "./build.ts";
import { type Question, questions } from "./questions.ts";

/** A statement that takes less is not told of. Milliseconds. */
const WORTH_TELLING = 20;

const { values } = parseArgs({ options: { scale: { type: "string", default: "0.01" }, file: { type: "string" } } });
const scale = Number(values.scale);
if (!(scale > 0 && scale <= 10)) throw new Error(`--scale: must be a number from 0 to 10, not ${values.scale}`);

const folder = values.file ? undefined : mkdtempSync(join(tmpdir(), "stafett-plans-"));
const file = values.file ?? join(folder ?? "", "big.sqlite");
try {
  if (!existsSync(file)) {
    const size = Object.fromEntries(Object.entries(FULL).map(([kind, count]) => [kind, Math.round(count * scale)]));
    build(file, size as typeof FULL, (line) => console.log(`  ${line}`));
  }
  process.exitCode = (await askAll(new DatabaseSync(file))) ? 0 : 1;
} finally {
  if (folder) rmSync(folder, { recursive: true });
}

/** Asks all, one after the other. @returns whether each took no more than it may */
async function askAll(sqlite: DatabaseSync): Promise<boolean> {
  sqlite.exec("PRAGMA cache_size = -64000; PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL");
  const unit = calibrate(sqlite);
  console.log(
    `\nCounting to a million takes ${unit.toFixed(0)} ms of CPU here; a question may take a multiple of it.\n`,
  );
  const ran: Ran[] = [];
  const world = surroundings({ d1: toD1(sqlite, () => ({ ran: (one) => ran.push(one) })) });
  world.time.now = NOW;
  let isWell = true;
  for (const question of questions) {
    ran.length = 0;
    await question.ask(world);
    if (!tell(question, ran, unit, sqlite)) isWell = false;
  }
  sqlite.close();
  return isWell;
}

/** Milliseconds of CPU. */
function calibrate(sqlite: DatabaseSync): number {
  const count = sqlite.prepare(
    "WITH RECURSIVE counted (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM counted WHERE n < 1000000) SELECT sum(n) FROM counted",
  );
  const rounds = Array.from({ length: 5 }, () => {
    const from = process.cpuUsage();
    count.get();
    const { user, system } = process.cpuUsage(from);
    return (user + system) / 1000;
  });
  return rounds.sort((a, b) => a - b)[2] ?? 0;
}

/** A line for the question, and one for each statement that takes long or reads what it should not. */
function tell({ name, may }: Question, ran: readonly Ran[], unit: number, sqlite: DatabaseSync): boolean {
  const took = ran.reduce((sum, { milliseconds }) => sum + milliseconds, 0);
  const rows = ran.reduce((sum, one) => sum + one.rows, 0);
  const bySql = Map.groupBy(ran, ({ sql }) => sql);
  const guilty = [...bySql.keys()].flatMap((sql) => scans(planOf(sqlite, sql)));
  const isSlow = took > may * unit;
  const mark = isSlow || guilty.length > 0 ? "!" : " ";
  const limit = `${(may * unit).toFixed(0)} ms`;
  console.log(
    `${mark} ${name.padEnd(44)} ${took.toFixed(1).padStart(9)} of ${limit.padStart(8)}  ${rows} rows, ${ran.length} statements`,
  );
  for (const step of guilty) console.log(`      reads what grows: ${step}`);
  for (const [sql, all] of bySql) {
    const milliseconds = all.reduce((sum, one) => sum + one.milliseconds, 0);
    if (milliseconds < Math.max(took / 4, WORTH_TELLING)) continue;
    console.log(
      `      ${milliseconds.toFixed(1)} ms, ${all.length} times: ${sql.replace(/\s+/g, " ").trim().slice(0, 90)}`,
    );
    for (const line of planOf(sqlite, sql).slice(0, 6)) console.log(`        ${line}`);
  }
  return !isSlow && guilty.length === 0;
}
