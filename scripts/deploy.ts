/**
 * `npm run deploy`: puts this gateway on your own Cloudflare account. Everything it does may be done again: what is
 * there already is left as it is. `npm run deploy -- --plan` only prints the commands.
 */

import { spawnSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { newKey, newSigningKey } from "./local-settings.ts";
import { root } from "./runtime.ts";

const DATABASE = "stafett";
const QUEUES = ["stafett-urgent", "stafett-messages", "stafett-bulk", "stafett-charges", "stafett-webhooks"];
const NO_DATABASE = "00000000-0000-0000-0000-000000000000";
const CONFIG = "wrangler.deploy.toml";
const plan = process.argv.includes("--plan");
/** Cloudflare's own builds, which its button begins: what it made stands in wrangler.toml, and what was typed is a secret by then. */
const byButton = process.env.WORKERS_CI === "1";
const config = readFileSync(join(root, "wrangler.toml"), "utf8");

if (!byButton && !process.env.PUBLIC_URL && process.env.SANDBOX !== "on") {
  console.error(
    "PUBLIC_URL is not set: give the base URL that clients are configured with, since their signatures are over it:\n" +
      "PUBLIC_URL=https://sms.example.com npm run deploy",
  );
  if (!plan) process.exit(1);
}

const id = databaseId();
for (const queue of QUEUES) wrangler(["queues", "create", queue], { mayExist: true });
configure(id);
wrangler(["d1", "migrations", "apply", "DB", "--remote", "--config", CONFIG]);
wrangler(["deploy", "--config", CONFIG]);
const secrets = plan ? [] : (JSON.parse(wrangler(["secret", "list", "--config", CONFIG])) as { name: string }[]);
for (const [name, made] of [
  // Where there was none, the signing key goes on making what it made: processes of before do not know another one.
  ["ROOT_KEY", secrets.some(({ name }) => name === "SIGNING_KEY") ? `signing,${newKey()}` : newKey()],
  ["SIGNING_KEY", newSigningKey()],
  ["SECRETS_KEY", newKey()],
  ["SMPP_BRIDGE_TOKEN", process.env.SMPP_BRIDGE_TOKEN || randomBytes(24).toString("base64url")],
  ["ADMIN_TOKEN", randomBytes(24).toString("base64url")],
] as const) {
  if (secrets.some((secret) => secret.name === name)) continue;
  wrangler(["secret", "put", name, "--config", CONFIG], { input: made });
  if (plan) continue;
  if (name === "ADMIN_TOKEN") console.log(`\nThe operator's token, shown this once: ${made}\n`);
  if (name === "SMPP_BRIDGE_TOKEN") console.log(`\nThe SMPP bridge's token, shown this once: ${made}\n`);
}

/** The id of the database of this account, made now if it has none: another one than that of wrangler.toml was put there. */
function databaseId(): string {
  const given = /^database_id = "(.*)"$/m.exec(config)?.[1] ?? NO_DATABASE;
  if (given !== NO_DATABASE) return given;
  const found = (): string | undefined => {
    const list: { name: string; uuid: string }[] = JSON.parse(wrangler(["d1", "list", "--json"]) || "[]");
    return list.find((database) => database.name === DATABASE)?.uuid;
  };
  if (plan) {
    wrangler(["d1", "list", "--json"]);
    wrangler(["d1", "create", DATABASE]);
    return NO_DATABASE;
  }
  const known = found();
  if (known) return known;
  wrangler(["d1", "create", DATABASE, "--location", process.env.D1_LOCATION || "weur"]);
  const made = found();
  if (!made) throw new Error(`the database ${DATABASE} was created, but is not in the account's list`);
  return made;
}

/** wrangler.toml with the account's own database, and the settings that are no secrets. */
function configure(database: string): void {
  const names = [
    "PUBLIC_URL",
    "SANDBOX",
    "TRUSTED_PROXIES",
    "MSISDN_HEADER",
    "RETENTION_DAYS",
    "AUDIT_RETENTION_DAYS",
    "FOUR_EYES",
    "SECURITY_CONTACT",
    "RENEWALS_PER_MINUTE",
    "KEEP_REQUESTS",
    "ALERT_URL",
    "OIDC_ISSUER",
    "OIDC_CLIENT_ID",
    "OIDC_SCOPES",
    "OIDC_ROLES",
    "OIDC_ROLE_CLAIM",
    "OIDC_ACCOUNT_CLAIM",
    "TRACES_URL",
    "TRACES_PERCENT",
  ];
  const settings = names
    .filter((name) => process.env[name])
    .map((name) => `${name} = ${JSON.stringify(process.env[name])}`);
  const text = config.replace(NO_DATABASE, database);
  const whole = settings.length > 0 ? `${text}\n[vars]\n${settings.join("\n")}\n` : text;
  if (plan) console.log(`write ${CONFIG}: wrangler.toml with the database's id and ${settings.length} settings`);
  else writeFileSync(join(root, CONFIG), whole);
}

function wrangler(args: string[], { input, mayExist = false }: { input?: string; mayExist?: boolean } = {}): string {
  console.log(`wrangler ${args.join(" ")}`);
  if (plan) return "";
  const { status, stdout, stderr } = spawnSync("wrangler", args, {
    cwd: root,
    encoding: "utf8",
    ...(input === undefined ? {} : { input }),
  });
  if (status !== 0 && !(mayExist && /already (exists|taken)|11009/i.test(stdout + stderr))) {
    console.error(stdout + stderr);
    process.exit(status ?? 1);
  }
  return stdout;
}
