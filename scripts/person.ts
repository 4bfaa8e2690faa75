/**
 * `npm run person -- export|erase <msisdn>`: one person's data, by the API of a gateway that runs, at GATEWAY_URL (the one of
 * `npm start`, unless it is set), with ADMIN_TOKEN (of the state folder, unless it is set). ACCOUNT is for one account alone.
 * `npm run person -- compact`: with `npm start` ended, writes its database anew, so that its files hold nothing that was erased.
 */

import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { root } from "./root.ts";

const USAGE = "npm run person -- export +4798079008 | erase +4798079008 | compact";

async function ask(verb: "export" | "erase", msisdn: string): Promise<number> {
  const url = process.env.GATEWAY_URL ?? `http://127.0.0.1:${process.env.PORT ?? 8787}`;
  const account = process.env.ACCOUNT ? `?account=${encodeURIComponent(process.env.ACCOUNT)}` : "";
  const answer = await fetch(`${url}/admin/v1/people/${encodeURIComponent(msisdn)}/${verb}${account}`, {
    method: verb === "erase" ? "POST" : "GET",
    headers: { authorization: `Bearer ${tokenOf()}` },
  });
  const said = (await answer.json()) as { detail?: string };
  if (answer.ok) console.log(JSON.stringify(said, null, 2));
  else console.error(said.detail ?? `the gateway answered ${answer.status}`);
  return answer.ok ? 0 : 1;
}

function tokenOf(): string {
  const file = join(stateDir(), "admin-token");
  if (process.env.ADMIN_TOKEN) return process.env.ADMIN_TOKEN;
  if (existsSync(file)) return readFileSync(file, "utf8").trim();
  throw new Error(`ADMIN_TOKEN is not set, and there is no ${file}`);
}

function stateDir(): string {
  return resolve(root, process.env.STATE_DIR ?? ".stafett");
}

/**
 * Writes the databases in a state folder anew, without the pages that once held something. No gateway may have them open.
 * @returns the files
 */
export async function compact(folder: string): Promise<string[]> {
  const { DatabaseSync } = await import("node:sqlite");
  const files = readdirSync(join(folder, "data"), { recursive: true, encoding: "utf8" })
    .filter((file) => /(^|\/)d1\/.*\.sqlite$/.test(file))
    .map((file) => join(folder, "data", file));
  for (const file of files) {
    const database = new DatabaseSync(file);
    database.exec("PRAGMA wal_checkpoint(TRUNCATE); VACUUM; PRAGMA wal_checkpoint(TRUNCATE)");
    database.close();
  }
  return files;
}

async function main([verb, msisdn]: readonly string[]): Promise<number> {
  if ((verb === "export" || verb === "erase") && msisdn) return ask(verb, msisdn);
  if (verb === "compact") {
    for (const file of await compact(stateDir())) console.log(`written anew: ${file}`);
    return 0;
  }
  console.error(USAGE);
  return 2;
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) {
  process.exitCode = await main(process.argv.slice(2)).catch((error) => {
    console.error(error instanceof Error ? error.message : error);
    return 1;
  });
}
