/** The settings of a gateway on a laptop: what the environment says, and for the rest what the first start made up. */

import { generateKeyPairSync, randomBytes } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** Fixed, so that every command in the README can be pasted. It opens nothing but virtual handsets. */
export const DEMO_API_KEY = "stafett-demo-key";

const FROM_ENVIRONMENT = [
  "ADMIN_TOKEN",
  "PUBLIC_URL",
  "SANDBOX",
  "ALLOW_PRIVATE_WEBHOOKS",
  "MSISDN_HEADER",
  "TRUSTED_PROXIES",
  "SIGNING_KEY",
  "RETENTION_DAYS",
  "DEMO_API_KEY",
];

/** Settings as the Worker takes them. Secrets made up are kept in the state folder, readable by its owner only. */
export function localSettings(stateDir: string, environment: NodeJS.ProcessEnv = process.env): Record<string, string> {
  const file = join(stateDir, "settings.json");
  const kept: Record<string, string> = existsSync(file) ? JSON.parse(readFileSync(file, "utf8")) : {};
  const given = Object.fromEntries(
    FROM_ENVIRONMENT.flatMap((name) => (environment[name] ? [[name, environment[name]]] : [])),
  );
  const made = {
    ADMIN_TOKEN: kept.ADMIN_TOKEN ?? randomBytes(24).toString("base64url"),
    SIGNING_KEY: kept.SIGNING_KEY ?? newSigningKey(),
  };
  mkdirSync(stateDir, { recursive: true });
  writeFileSync(file, `${JSON.stringify(made, null, 2)}\n`, { mode: 0o600 });
  return { SANDBOX: "on", ALLOW_PRIVATE_WEBHOOKS: "on", DEMO_API_KEY, ...made, ...given };
}

/** A P-256 private key: PKCS#8 in base64. */
export function newSigningKey(): string {
  const { privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  return privateKey.export({ format: "der", type: "pkcs8" }).toString("base64");
}
