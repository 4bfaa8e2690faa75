/** What a snapshot holds, and how one is put in the place of what is there. */

import type { Kept, keep } from "../carriers/simulator/snapshot.ts";
import { GatewayError } from "../core/kernel/errors.ts";
import { LARGEST_SNAPSHOT, type Snapshot } from "./snapshot.ts";
import { RESET_TABLES } from "./tables.ts";
import { columnsOf, readTables, replaceTables, type Tables, versionOf } from "./whole-tables.ts";

/** Who may do what here, and who did it: no file may change that. */
const NOT_SAVED = ["token", "audit", "audit_anchor", "approval", "erasure", "server_key", "server_key_name"];
export const SAVED_TABLES = RESET_TABLES.filter((table) => !NOT_SAVED.includes(table));

/** The most rows of a table. */
const MOST_ROWS = 20_000;
/** How SQLite says that a value may not be where it was to be put. */
const NOT_TAKEN = /[^:]*(?:constraint failed|datatype mismatch|too big)[^:]*(?:: [\w., ]+)?/i;

type Network = {
  keep(): Promise<ReturnType<typeof keep>>;
  misfit(kept: Kept): Promise<string | undefined>;
  restore(kept: Kept): Promise<void>;
  clockMoved(): Promise<void>;
};

/** @throws GatewayError too-large */
export async function save(
  db: D1Database,
  network: Network,
  now: number,
  givenUp: Record<string, string>,
): Promise<Snapshot> {
  const [schema, tables, kept] = await Promise.all([
    versionOf(db),
    readTables(db, SAVED_TABLES, MOST_ROWS),
    network.keep(),
  ]);
  const at = new Date(now).toISOString();
  const told = { stafett: 1 as const, schema, now: at, tables: tables ?? {}, network: kept, givenUp };
  if (!tables || new TextEncoder().encode(JSON.stringify(told)).length > LARGEST_SNAPSHOT) {
    throw new GatewayError(
      "too-large",
      `the sandbox holds more than fits into a snapshot (${LARGEST_SNAPSHOT / 1e6} MB): reset it first`,
    );
  }
  return told;
}

/**
 * Checks all of it before anything is deleted. Where the database does not take it after all, the network is as it was, too.
 * @param also what is written with the tables
 * @throws GatewayError bad-request
 */
export async function restore(
  db: D1Database,
  network: Network,
  { schema, tables, network: kept }: Snapshot,
  also: readonly D1PreparedStatement[],
): Promise<void> {
  const own = await versionOf(db);
  if (schema !== own)
    throw refusal("schema", `is of the schema ${schema}, and this gateway has ${own}: save it anew there`);
  const stranger = Object.keys(tables).find((name) => !SAVED_TABLES.includes(name));
  if (stranger) throw refusal("tables", `${JSON.stringify(stranger)} is no table of a snapshot`);
  checkRows(tables, await columnsOf(db, SAVED_TABLES));
  const misfit = (await network.misfit(kept)) ?? unevenIn(kept);
  if (misfit) throw refusal("network", `${JSON.stringify(misfit)} is not as it is here`);
  const before = await network.keep();
  await network.restore(kept).catch(refused("network"));
  try {
    await replaceTables(db, SAVED_TABLES, tables, also);
  } catch (error) {
    await network.restore(before);
    await network.clockMoved();
    refused("tables")(error);
  }
}

/** @returns what throws an error of the database on, as a refusal where it is about the values that were given */
function refused(field: string): (error: unknown) => never {
  return (error) => {
    const [why] = NOT_TAKEN.exec((error as Error).message) ?? [];
    throw why === undefined ? error : refusal(field, `holds a value that may not be there: ${why.trim()}`);
  };
}

/** An empty table says nothing of its columns. */
function checkRows(tables: Tables, known: Record<string, string[]>): void {
  const uneven = unevenIn(tables);
  if (uneven) throw refusal("tables", `a row of ${uneven} has another number of values than it has columns`);
  for (const [name, { columns, rows }] of Object.entries(tables)) {
    if (rows.length > 0 && JSON.stringify(columns.toSorted()) !== JSON.stringify(known[name]?.toSorted())) {
      throw refusal("tables", `${name} has other columns here`);
    }
  }
  // They are read before each request: one that cannot be would stop all of them, a reset too.
  const { columns = [], rows = [] } = tables.carrier ?? {};
  if (!rows.every((row) => isObject(row[columns.indexOf("settings")]))) {
    throw refusal("tables", "the settings of a carrier are no JSON object");
  }
}

function unevenIn(tables: Tables): string | undefined {
  return Object.keys(tables).find((name) =>
    tables[name]?.rows.some((row) => row.length !== tables[name]?.columns.length),
  );
}

function isObject(json: unknown): boolean {
  try {
    const value: unknown = JSON.parse(String(json));
    return typeof value === "object" && value !== null;
  } catch {
    return false;
  }
}

function refusal(field: string, why: string): GatewayError {
  return new GatewayError("bad-request", `${field}: ${why}`, field);
}
