/** The settings of a gateway on a laptop: what the environment says, and for the rest what the first start made up. */

import { generateKeyPairSync, randomBytes } from "node:crypto";
import { chmodSync, existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { startCommand } from "./root.ts";

/** Fixed, so that every command in the README can be pasted. Only where nobody but this machine can call. */
export const DEMO_API_KEY = "stafett-demo-key";

const FROM_ENVIRONMENT = [
  "ADMIN_TOKEN",
  "PUBLIC_URL",
  "SANDBOX",
  "ALLOW_PRIVATE_WEBHOOKS",
  "TRUSTED_PROXIES",
  "MSISDN_HEADER",
  "SIGNING_KEY",
  "SIGNING_KEY_NAME",
  "SIGNING_KEY_PREVIOUS",
  "ROOT_KEY",
  "CODES_KEY",
  "REQUESTS_KEY",
  "BROWSERS_KEY",
  "PEOPLE_KEY",
  "SECRETS_KEY",
  "DATA_KEY",
  "RETENTION_DAYS",
  "AUDIT_RETENTION_DAYS",
  "FOUR_EYES",
  "SECURITY_CONTACT",
  "RENEWALS_PER_MINUTE",
  "DEMO_API_KEY",
  "KEEP_REQUESTS",
  "ALERT_URL",
  "ALERT_SECRET",
  "OIDC_ISSUER",
  "OIDC_CLIENT_ID",
  "OIDC_CLIENT_SECRET",
  "OIDC_SCOPES",
  "OIDC_ROLES",
  "OIDC_ROLE_CLAIM",
  "OIDC_ACCOUNT_CLAIM",
  "TRACES_URL",
  "TRACES_HEADERS",
  "TRACES_PERCENT",
  "SMPP_BRIDGE_TOKEN",
];

/**
 * Settings as the Worker takes them. Secrets made up are kept in the state folder, readable by its owner only; so is the
 * operator's token, in a file of its own for scripts to read.
 */
export function localSettings(
  stateDir: string,
  host = "127.0.0.1",
  environment: NodeJS.ProcessEnv = process.env,
): Record<string, string> {
  const file = join(stateDir, "settings.json");
  const kept: Record<string, string> = existsSync(file) ? JSON.parse(readFileSync(file, "utf8")) : {};
  const given = Object.fromEntries(
    FROM_ENVIRONMENT.flatMap((name) => (environment[name] ? [[name, environment[name]]] : [])),
  );
  const made = {
    ADMIN_TOKEN: kept.ADMIN_TOKEN ?? randomBytes(24).toString("base64url"),
    SIGNING_KEY: kept.SIGNING_KEY ?? newSigningKey(),
    // Where there was none, what is stored was made by the signing key: that goes on being read.
    ROOT_KEY: kept.ROOT_KEY ?? (kept.SIGNING_KEY ? `${newKey()},signing` : newKey()),
    SECRETS_KEY: kept.SECRETS_KEY ?? newKey(),
    SMPP_BRIDGE_TOKEN: kept.SMPP_BRIDGE_TOKEN ?? randomBytes(24).toString("base64url"),
    NETWORK_DEMO_API_KEY: kept.NETWORK_DEMO_API_KEY ?? randomBytes(18).toString("base64url"),
  };
  const isLoopback = /^(127\.|localhost$|::1$)/.test(host);
  writeSecret(file, `${JSON.stringify(made, null, 2)}\n`);
  writeSecret(join(stateDir, "admin-token"), `${given.ADMIN_TOKEN ?? made.ADMIN_TOKEN}\n`);
  const { NETWORK_DEMO_API_KEY, ...secrets } = made;
  return {
    SANDBOX: "on",
    // Where others can call, nobody may have us call into the network, and a key that everybody knows opens nothing.
    ALLOW_PRIVATE_WEBHOOKS: isLoopback ? "on" : "off",
    DEMO_API_KEY: isLoopback ? DEMO_API_KEY : NETWORK_DEMO_API_KEY,
    ...secrets,
    ...given,
    // Here no edge tells who calls, and anybody could send the header in which it would.
    LOCAL_ADDRESS: isLoopback ? "127.0.0.1" : "unknown",
  };
}

/**
 * The state folder, made if it is not there.
 * @throws Error in words for a person, if it cannot be made
 */
export function makeStateDir(stateDir: string): void {
  try {
    makeFolder(stateDir);
  } catch (error) {
    throw new Error(
      `Stafett cannot make its state folder ${stateDir}: ${(error as Error).message}. Name one that can be written: ` +
        `STATE_DIR=… ${startCommand}`,
    );
  }
}

/** Level by level: Node's own recursive mkdir never returns where the system denies what it asks for, as in /proc. */
function makeFolder(path: string): void {
  const known = statSync(path, { throwIfNoEntry: false });
  if (known?.isDirectory()) return;
  if (!known && dirname(path) !== path) makeFolder(dirname(path));
  mkdirSync(path);
}

/** A file that its owner alone can read, also where it was there before. */
function writeSecret(file: string, text: string): void {
  writeFileSync(file, text, { mode: 0o600 });
  chmodSync(file, 0o600);
}

/** A P-256 private key: PKCS#8 in base64. */
export function newSigningKey(): string {
  const { privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  return privateKey.export({ format: "der", type: "pkcs8" }).toString("base64");
}

/** A key for ROOT_KEY, SECRETS_KEY and their like: its name, and 32 bytes in base64. */
export function newKey(): string {
  return `1:${randomBytes(32).toString("base64")}`;
}
