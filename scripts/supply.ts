/** What is looked at before anything is let in: secrets among the files, and packages that the lockfile does not pin. */

import { readFileSync } from "node:fs";
import { join } from "node:path";

/** What a secret looks like, by whose it is. */
const SECRETS: readonly (readonly [string, RegExp])[] = [
  ["a private key", /-----BEGIN [A-Z ]*PRIVATE KEY-----\s*[A-Za-z0-9+/]{40}/],
  ["a private key on the curve P-256", /MIGHAgEAMBMGByqGSM49[A-Za-z0-9+/]{40}/],
  ["a token of the operator's API", /\bstafett_[A-Za-z0-9_-]{43}\b/],
  ["a secret of webhooks", /\bwhsec_[A-Za-z0-9+/]{32,}={0,2}/],
  ["an access key of AWS", /\bAKIA[0-9A-Z]{16}\b/],
  ["a token of GitHub", /\bgh[pousr]_[A-Za-z0-9]{36}\b/],
  ["a token of npm", /\bnpm_[A-Za-z0-9]{36}\b/],
  ["a token of Cloudflare", /\bcfut_[A-Za-z0-9_-]{30,}\b/],
  ["a token of Slack", /\bxox[abprs]-[A-Za-z0-9-]{20,}/],
  ["a key of Stripe", /\bsk_live_[A-Za-z0-9]{20,}/],
  ["a key of Google", /\bAIza[A-Za-z0-9_-]{35}\b/],
  ["a token of Twilio", /\bSK[0-9a-f]{32}\b/],
];

/** Files with keys that open nothing but the worlds they were made for. */
export const OF_NO_WORTH: readonly string[] = [
  "sim/relay.ts",
  "sim/exchanges.ts",
  "sim/setup.ts",
  "test/core/operator/alerts.test.ts",
  "test/support/certificate.ts",
];

/** What in a text looks like a secret, with its line. */
export function secretsIn(text: string): string[] {
  return text
    .split("\n")
    .flatMap((line, index) =>
      SECRETS.flatMap(([what, form]) => (form.test(line) ? [`line ${index + 1}: ${what}`] : [])),
    );
}

type Package = { version?: string; integrity?: string; resolved?: string; link?: boolean };
export type Lockfile = { lockfileVersion: number; packages: Record<string, Package & Dependencies> };
export type Dependencies = { dependencies?: Record<string, string>; devDependencies?: Record<string, string> };

const REGISTRY = "https://registry.npmjs.org/";

/** What is wrong with the packages: one that is not pinned, comes from elsewhere, or has no hash to be known by. */
export function lockFaults(wanted: Dependencies, lock: Lockfile): string[] {
  const root = lock.packages[""] ?? {};
  const direct = { ...wanted.dependencies, ...wanted.devDependencies };
  const locked = { ...root.dependencies, ...root.devDependencies };
  return [
    ...Object.entries(direct).flatMap(([name, version]) => [
      ...(/^\d+\.\d+\.\d+(-[\w.]+)?$/.test(version) ? [] : [`${name} is not pinned to one version: ${version}`]),
      ...(locked[name] === version
        ? []
        : [`${name} is ${version} in package.json, and ${locked[name]} in the lockfile`]),
      ...(lock.packages[`node_modules/${name}`]?.version === version ? [] : [`${name} ${version} is not locked`]),
    ]),
    ...Object.keys(locked).flatMap((name) => (name in direct ? [] : [`${name} is in the lockfile alone`])),
    ...Object.entries(lock.packages).flatMap(([path, { integrity = "", resolved = REGISTRY, link }]) => {
      if (path === "") return [];
      return [
        ...(/^sha512-[A-Za-z0-9+/]{86}==$/.test(integrity) ? [] : [`${path} has no SHA-512`]),
        ...(resolved.startsWith(REGISTRY) && !link ? [] : [`${path} comes from ${link ? "a link" : resolved}`]),
      ];
    }),
  ];
}

/** All that is wrong, a line each. @param files paths from the root */
export function faultsIn(root: string, files: readonly string[]): string[] {
  const read = (file: string) => readFileSync(join(root, file), "utf8");
  const wanted = JSON.parse(read("package.json")) as Dependencies;
  const lock = JSON.parse(read("package-lock.json")) as Lockfile;
  const looked = files.filter((file) => !OF_NO_WORTH.includes(file) && !/\.(png|ico|woff2?)$/.test(file));
  return [
    ...lockFaults(wanted, lock),
    ...looked.flatMap((file) => secretsIn(read(file)).map((fault) => `${file}, ${fault}`)),
  ];
}
