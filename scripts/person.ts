/**
 * `npm run person -- export|erase <msisdn>`: one person's data, by the API of a gateway that runs (see `running-gateway.ts`). ACCOUNT is
 * for one account alone.
 * `npm run person -- compact`: with `npm start` ended, writes its database anew, so that its files hold nothing that was erased.
 */

import { readdirSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { callGateway, stateDir } from "./running-gateway.ts";

const USAGE = "npm run person -- export +4798079008 | erase +4798079008 | compact";

async function ask(verb: "export" | "erase", msisdn: string): Promise<number> {
  const account = process.env.ACCOUNT ? `?account=${encodeURIComponent(process.env.ACCOUNT)}` : "";
  const path = `/admin/v1/people/${encodeURIComponent(msisdn)}/${verb}${account}`;
  const answer = await callGateway(verb === "erase" ? "POST" : "GET", path);
  const said = (await answer.json()) as { detail?: string };
  if (answer.ok) console.log(JSON.stringify(said, null, 2));
  else console.error(said.detail ?? `the gateway answered ${answer.status}`);
  return answer.ok ? 0 : 1;
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
