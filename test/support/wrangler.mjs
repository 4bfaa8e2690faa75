#!/usr/bin/env node
// A Cloudflare account, as `npm run deploy` sees it through wrangler: what is made stays in a file. `deploy` is a dry run of the real one.

import { spawnSync } from "node:child_process";
import { existsSync, readFileSync, writeFileSync } from "node:fs";

const { FAKE_ACCOUNT: file = "", REAL_WRANGLER: real = "" } = process.env;
const account = existsSync(file)
  ? JSON.parse(readFileSync(file, "utf8"))
  : { databases: [], queues: [], secrets: {}, calls: [] };
const args = process.argv.slice(2);
account.calls.push(args.join(" "));
const keep = () => writeFileSync(file, JSON.stringify(account));
const [thing, verb, name] = args;
let status = 0;
switch (`${thing} ${verb}`) {
  case "d1 list":
    console.log(JSON.stringify(account.databases));
    break;
  case "d1 create":
    account.databases.push({ name, uuid: "11111111-2222-4333-8444-555555555555" });
    break;
  case "queues create":
    if (account.queues.includes(name)) {
      console.error("✘ [ERROR] Queue name 'x' is already taken. [code: 11009]");
      status = 1;
    } else account.queues.push(name);
    break;
  case "d1 migrations":
    account.migrated = true;
    break;
  case "secret list":
    console.log(JSON.stringify(Object.keys(account.secrets).map((one) => ({ name: one, type: "secret_text" }))));
    break;
  case "secret put":
    account.secrets[name] = readFileSync(0, "utf8");
    break;
  default: {
    if (thing !== "deploy") {
      console.error(`wrangler ${args.join(" ")} is not known here`);
      status = 1;
      break;
    }
    const ran = spawnSync(real, [...args, "--dry-run", "--outdir", `${file}.out`], { encoding: "utf8" });
    status = ran.status ?? 1;
    account.deployed = ran.stdout + ran.stderr;
  }
}
keep();
process.exit(status);
