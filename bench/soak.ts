/**
 * `npm run soak`: half of what the gateway can take, for an hour (`-- --minutes 5` for less). Memory, latencies and the size of
 * the database must stay flat once it is warm. After each part a month passes by the sandbox's clock, so that what was kept
 * long enough is forgotten, and the phones are emptied: the files may only be as large as one part needs. Ends with 1 if something grew.
 */

import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { performance } from "node:perf_hooks";
import { parseArgs } from "node:util";
import { FORGOTTEN_A_MINUTE } from "../src/core/tidy.ts";
import { openShops } from "./customer.ts";
import { collectGarbage } from "./garbage.ts";
import { startGateway } from "./gateways.ts";
import { load, quantile } from "./load.ts";

const { values } = parseArgs({ options: { minutes: { type: "string", default: "60" } } });
const PARTS = 12;
/** The first parts fill the memory and the database; what comes after them must be flat. */
const WARM = 4;
const CONNECTIONS = 50;
const SHOPS = 10;
const PHONES = 1_000;
/** Longer than the gateway keeps messages, and the simulated network what it took. */
const MONTH_SECONDS = 31 * 86_400;
/** Some texts go on while V8 collects its garbage. */
const TRICKLE = { connections: 5, seconds: 6, rate: 20 };
/** A later part may be so much above an earlier one. */
const FLAT = 1.1;

/** Latencies in milliseconds; memory and files in megabytes. */
type Part = {
  accepted: number;
  p50: number;
  p99: number;
  behind: number;
  /** Of the runtime, at the end of the part. */
  resident: number;
  /** The same after V8 has collected its garbage. */
  kept: number;
  database: number;
};

const gateway = await startGateway({ RETENTION_DAYS: "1" }, [], { canBeInspected: true });
const inspector = await gateway.inspector();
const shops = await openShops(SHOPS);
let count = 0;
const phone = (n: number) => `+4798${String(n % PHONES).padStart(6, "0")}`;
const next = () => {
  count++;
  return gateway.single({ deliveryReportUrl: `${shops.urls[count % SHOPS]}/reports`, recipient: phone(count) });
};

await flatOut(1_000); // what is compiled and cached first
const rate = (await flatOut(4_000)) / 2;
await passMonth();
const seconds = Math.max(5, (Number(values.minutes) * 60) / PARTS);
console.log(
  `${rate.toFixed(0)} texts a second, half of what it takes; ${PARTS} parts of ${seconds.toFixed(0)} s, and a month after each\n`,
);
console.log(row("part", "accepted", "p50 ms", "p99 ms", "behind", "resident MB", "kept MB", "database MB"));
const parts: Part[] = [];
for (let n = 0; n < PARTS; n++) {
  const one = await part();
  parts.push(one);
  const latencies = [one.p50, one.p99].map((each) => each.toFixed(1));
  const sizes = [one.resident, one.kept, one.database].map((each) => each.toFixed(0));
  console.log(row(n + 1, one.accepted, ...latencies, one.behind, ...sizes));
}
const grown = (["p50", "p99", "resident", "kept", "database"] as const).filter((name) => {
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
  shops.forget();
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
  const resident = residentMegabytes();
  const [trickle] = await Promise.all([load(gateway.url, { next, ...TRICKLE }), collectGarbage(inspector)]);
  await shops.all(answered + trickle.answered, 120);
  const kept = residentMegabytes();
  await passMonth();
  return {
    accepted: answered,
    p50: quantile(latencies, 0.5),
    p99: quantile(latencies, 0.99),
    behind,
    resident,
    kept,
    database: databaseMegabytes(),
  };
}

/** What was sent so far becomes old, and is forgotten; those who got it empty their phones. */
async function passMonth(): Promise<void> {
  await gateway.operator("POST", "/sandbox/v1/clock/advance", { seconds: MONTH_SECONDS });
  for (let sent = shops.received(); sent > 0; sent -= FORGOTTEN_A_MINUTE) await gateway.tick();
  for (let n = 0; n < PHONES; n++) {
    await gateway.operator("DELETE", `/sandbox/v1/handsets/${encodeURIComponent(phone(n))}/messages`, undefined);
  }
}

/** Of the runtime. */
function residentMegabytes(): number {
  const children = readdirSync("/proc").filter((name) => /^\d+$/.test(name) && parentOf(name) === process.pid);
  const pages = children.reduce(
    (sum, pid) => sum + Number(readFileSync(`/proc/${pid}/statm`, "utf8").split(" ")[1]),
    0,
  );
  return (pages * 4096) / 2 ** 20;
}

/** The files of the gateway's state, and of the simulated network's. */
function databaseMegabytes(): number {
  const files = readdirSync(gateway.stateDir, { recursive: true, encoding: "utf8" }).filter((name) =>
    /sqlite/.test(name),
  );
  const bytes = files.reduce((sum, name) => sum + statSync(join(gateway.stateDir, name)).size, 0);
  return bytes / 2 ** 20;
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
