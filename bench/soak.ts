/**
 * `npm run soak`: half of what the gateway can take, for an hour (`-- --minutes 5` for less). Memory, latencies and the size of
 * the database must stay flat once it is warm. After each part a day passes by the sandbox's clock, so that what was kept
 * long enough is forgotten: the database may only be as large as a day of it. Ends with 1 if something grew.
 */

import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { performance } from "node:perf_hooks";
import { parseArgs } from "node:util";
import { openShops } from "./customer.ts";
import { startGateway } from "./gateways.ts";
import { load, quantile } from "./load.ts";

const { values } = parseArgs({ options: { minutes: { type: "string", default: "60" } } });
const PARTS = 12;
/** The first parts fill the memory and the database; what comes after them must be flat. */
const WARM = 4;
const CONNECTIONS = 50;
const SHOPS = 10;
const DAY_SECONDS = 86_400;
/** A later part may be so much above an earlier one. */
const FLAT = 1.1;

type Part = { accepted: number; p50: number; p99: number; behind: number; megabytes: number; database: number };

const gateway = await startGateway({ RETENTION_DAYS: "1" });
const shops = await openShops(SHOPS);
let count = 0;
const next = () => gateway.single({ deliveryReportUrl: `${shops.urls[count++ % SHOPS]}/reports` });

const rate = (await flatOut(2_000)) / 2;
await passDay();
const seconds = Math.max(5, (Number(values.minutes) * 60) / PARTS);
console.log(
  `${rate.toFixed(0)} texts a second, half of what it takes; ${PARTS} parts of ${seconds.toFixed(0)} s, and a day after each\n`,
);
console.log(row("part", "accepted", "p50 ms", "p99 ms", "behind", "memory MB", "database MB"));
const parts: Part[] = [];
for (let n = 0; n < PARTS; n++) {
  const one = await part();
  parts.push(one);
  const { accepted, p50, p99, behind, megabytes, database } = one;
  console.log(row(n + 1, accepted, p50.toFixed(1), p99.toFixed(1), behind, megabytes.toFixed(0), database.toFixed(1)));
}
const grown = (["p50", "p99", "megabytes", "database"] as const).filter((name) => {
  const later = parts.slice(WARM);
  const half = later.length / 2;
  return median(later.slice(half), name) > FLAT * median(later.slice(0, half), name);
});
console.log(
  grown.length === 0
    ? "\nFlat: nothing grew by more than a tenth."
    : `\nGrew by more than a tenth: ${grown.join(", ")}.`,
);
await shops.stop();
await gateway.stop();
process.exit(grown.length === 0 ? 0 : 1);

/** Texts a second, from the first accept to the last webhook. */
async function flatOut(texts: number): Promise<number> {
  let left = texts;
  const from = performance.now();
  await load(gateway.url, { next: () => (left-- > 0 ? next() : undefined), connections: CONNECTIONS, seconds: 60 });
  return (texts / ((await shops.all(texts, 120)) - from)) * 1000;
}

async function part(): Promise<Part> {
  shops.forget();
  const { answered, refused, latencies } = await load(gateway.url, { next, connections: CONNECTIONS, seconds, rate });
  if (refused > 0) throw new Error(`${refused} texts were refused`);
  const behind = answered - shops.received();
  await shops.all(answered, 120);
  await passDay();
  const { megabytes, database } = sizes();
  return {
    accepted: answered,
    p50: quantile(latencies, 0.5),
    p99: quantile(latencies, 0.99),
    behind,
    megabytes,
    database,
  };
}

async function passDay(): Promise<void> {
  await gateway.operator("POST", "/sandbox/v1/clock/advance", { seconds: 2 * DAY_SECONDS });
}

/** Resident memory of the runtime, and the files of its state. */
function sizes(): { megabytes: number; database: number } {
  const children = readdirSync("/proc").filter((name) => /^\d+$/.test(name) && parentOf(name) === process.pid);
  const pages = children.reduce(
    (sum, pid) => sum + Number(readFileSync(`/proc/${pid}/statm`, "utf8").split(" ")[1]),
    0,
  );
  const files = readdirSync(gateway.stateDir, { recursive: true, encoding: "utf8" }).filter((name) =>
    /sqlite/.test(name),
  );
  const bytes = files.reduce((sum, name) => sum + statSync(join(gateway.stateDir, name)).size, 0);
  return { megabytes: (pages * 4096) / 2 ** 20, database: bytes / 2 ** 20 };
}

function parentOf(pid: string): number {
  try {
    return Number(readFileSync(`/proc/${pid}/stat`, "utf8").split(") ")[1]?.split(" ")[1]);
  } catch {
    return 0; // it has ended
  }
}

function median(some: readonly Part[], name: keyof Part): number {
  const sorted = some.map((one) => one[name]).sort((a, b) => a - b);
  return sorted[sorted.length >> 1] ?? Number.NaN;
}

function row(...cells: (string | number)[]): string {
  return cells.map((cell) => String(cell).padStart(12)).join("");
}
