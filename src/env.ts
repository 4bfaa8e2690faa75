/** Settings and bindings, checked once, naming what is missing. */

import { z } from "zod";
import { type KeyList, type Keys, keysOf, readKeys } from "./adapters/keys.ts";
import { STANDARD_SECRET } from "./adapters/standard-webhooks.ts";
import type { Network } from "./carriers/simulator/network.ts";
import { present } from "./core/kernel/present.ts";
import type { FourEyes } from "./core/operator/approvals.ts";
import { ROLES, type Role } from "./core/operator/tokens.ts";
import type { Job } from "./doors/job.ts";
import type { IntakeObject, PaceObject, RatesObject, SmppBindObject, SmppSessionsObject } from "./doors/objects.ts";

/** What wrangler.toml binds, and the settings as texts. */
export interface Env {
  DB: D1Database;
  URGENT_JOBS: Queue<Job>;
  MESSAGE_JOBS: Queue<Job>;
  BULK_JOBS: Queue<Job>;
  CHARGE_JOBS: Queue<Job>;
  WEBHOOK_JOBS: Queue<Job>;
  INTAKE: DurableObjectNamespace<IntakeObject>;
  CARRIER_PACE: DurableObjectNamespace<PaceObject>;
  ACCOUNT_RATES: DurableObjectNamespace<RatesObject>;
  SIMULATOR: DurableObjectNamespace<Network<unknown>>;
  SMPP: DurableObjectNamespace<SmppSessionsObject>;
  SMPP_BINDS: DurableObjectNamespace<SmppBindObject>;
  /** The styles and scripts of our pages. */
  ASSETS: Fetcher;
  /** Set by the local runtime alone: there the database has no thread of its own. */
  ONE_THREAD?: "on";
  ADMIN_TOKEN?: string;
  PUBLIC_URL?: string;
  SANDBOX?: string;
  ALLOW_PRIVATE_WEBHOOKS?: string;
  TRUSTED_PROXIES?: string;
  MSISDN_HEADER?: string;
  LOCAL_ADDRESS?: string;
  LOCAL_URL?: string;
  SIGNING_KEY?: string;
  SIGNING_KEY_NAME?: string;
  SIGNING_KEY_PREVIOUS?: string;
  ROOT_KEY?: string;
  CODES_KEY?: string;
  REQUESTS_KEY?: string;
  BROWSERS_KEY?: string;
  PEOPLE_KEY?: string;
  SECRETS_KEY?: string;
  DATA_KEY?: string;
  RETENTION_DAYS?: string;
  AUDIT_RETENTION_DAYS?: string;
  FOUR_EYES?: string;
  SECURITY_CONTACT?: string;
  RENEWALS_PER_MINUTE?: string;
  KEEP_REQUESTS?: string;
  ALERT_URL?: string;
  ALERT_SECRET?: string;
  OIDC_ISSUER?: string;
  OIDC_CLIENT_ID?: string;
  OIDC_CLIENT_SECRET?: string;
  OIDC_SCOPES?: string;
  OIDC_ROLES?: string;
  OIDC_ROLE_CLAIM?: string;
  OIDC_ACCOUNT_CLAIM?: string;
  TRACES_URL?: string;
  TRACES_HEADERS?: string;
  TRACES_PERCENT?: string;
  SMPP_BRIDGE_TOKEN?: string;
  DEMO_API_KEY?: string;
  /** On for `npm run bench` alone. */
  BENCH?: string;
}

const OnOff = z.enum(["on", "off"], { error: "must be on or off" });
const onOff = OnOff.default("off").transform((value) => value === "on");

function wholeNumber(least: number, most: number) {
  const error = `must be a whole number from ${least} to ${most}`;
  return z.coerce.number({ error }).int({ error }).min(least, { error }).max(most, { error });
}

const list = z
  .string()
  .default("")
  .transform((text) => text.split(",").flatMap((item) => item.trim() || []));

const P256 = /^[A-Za-z0-9+/]{100,}={0,2}$/;
const P256_FORM = "must be base64 of a P-256 private key in PKCS#8";

/** Keys of 32 bytes, by name: the first makes, all read. @param word stands for the keys that these take the place of */
function keyList(word: "root" | "signing") {
  return z.string().transform((text, context): KeyList => {
    const keys = readKeys(text, word);
    if (keys) return keys;
    const message =
      "must be 32 bytes in base64, with a name before it, 1:…; several are separated by commas, " +
      `each with a name of its own; ${word} among them stands for the keys that are derived from ` +
      (word === "root" ? "ROOT_KEY" : "SIGNING_KEY");
    context.addIssue({ code: "custom", message });
    return z.NEVER;
  });
}

/** @param items like reversals:50000, prices, carriers */
function readFourEyes(items: readonly string[], context: z.RefinementCtx): FourEyes | undefined {
  const rules: FourEyes = {};
  for (const item of items) {
    const [, what, most] = /^(reversals|campaigns):(\d{1,12})$/.exec(item) ?? [];
    if (what === "reversals" || what === "campaigns") rules[what] = Number(most);
    else if (item === "prices" || item === "carriers" || item === "cancels") rules[item] = true;
    else {
      const message =
        "must be some of reversals:50000 (above so many minor units), campaigns:10000 (above so many texts), prices, carriers and cancels, with commas between them";
      context.addIssue({ code: "custom", message });
      return z.NEVER;
    }
  }
  return items.length > 0 ? rules : undefined;
}

const PERCENT = "must be a number from 0 to 100, like 0.5";

/** @param items like authorization=Bearer%20abc: a name, and a value in percent-encoding */
function readHeaders(items: readonly string[], context: z.RefinementCtx): Record<string, string> {
  const headers: Record<string, string> = {};
  for (const item of items) {
    const [, name, value] = /^([A-Za-z0-9-]{1,100})=(.*)$/.exec(item) ?? [];
    const text = value === undefined ? undefined : decodedOf(value);
    if (name === undefined || text === undefined || !/^[\x20-\x7e]*$/.test(text)) {
      const message = "must be name=value, with commas between them; what is special in a value is written like %20";
      context.addIssue({ code: "custom", message });
      return z.NEVER;
    }
    headers[name.toLowerCase()] = text;
  }
  return headers;
}

/** @param items like stafett-owners=owner */
function readRoles(items: readonly string[], context: z.RefinementCtx): ReadonlyMap<string, Role> {
  const roles = new Map<string, Role>();
  for (const item of items) {
    const at = item.lastIndexOf("=");
    const role = ROLES.find((one) => one === item.slice(at + 1));
    if (at < 1 || role === undefined) {
      const message = `must be like stafett-owners=owner,support=viewer: a value of the claim, and one of ${ROLES.join(", ")}`;
      context.addIssue({ code: "custom", message });
      return z.NEVER;
    }
    roles.set(item.slice(0, at), role);
  }
  return roles;
}

function isLoopback(url: string): boolean {
  return /^(127\.\d+\.\d+\.\d+|localhost|\[::1\])$/.test(URL.parse(url)?.hostname ?? "");
}

function decodedOf(value: string): string | undefined {
  try {
    return decodeURIComponent(value);
  } catch {
    return undefined;
  }
}

const Given = z.object({
  /** Without it /admin, /sandbox and /metrics answer 403. */
  ADMIN_TOKEN: z.string().min(16, "must have at least 16 characters").optional(),
  /** The base URLs that clients were configured with; the first is the one we give out. */
  PUBLIC_URL: list
    .pipe(z.array(z.url({ protocol: /^https?$/, error: "must be http(s) URLs, separated by commas" })))
    .transform((urls) => urls.map((url) => url.replace(/\/+$/, ""))),
  SANDBOX: onOff,
  ALLOW_PRIVATE_WEBHOOKS: onOff,
  /** Addresses whose X-Forwarded-Host and X-Forwarded-Proto are believed, and what they tell of whose phone it is. */
  TRUSTED_PROXIES: list,
  /** The header in which a mobile network, by way of a trusted proxy, tells whose phone it is. */
  MSISDN_HEADER: z
    .string()
    .regex(/^[A-Za-z0-9-]{1,100}$/, "must be the name of a header, like x-msisdn")
    .optional(),
  /** Where everybody calls from, on a machine where no edge tells it. Not for people to set. */
  LOCAL_ADDRESS: z.string().optional(),
  /** The same machine's own URL: what calls link to where no PUBLIC_URL is set. Not for people to set. */
  LOCAL_URL: z.string().optional(),
  /** The key that webhooks are signed with: base64 of a P-256 private key in PKCS#8. */
  SIGNING_KEY: z
    .string({ error: "is missing: a P-256 private key, PKCS#8 in base64 (npm start and npm run deploy make one)" })
    .regex(P256, P256_FORM),
  /** The name under which that key is published, where receivers have one configured. Absent: the day it was first used. */
  SIGNING_KEY_NAME: z
    .string()
    .regex(/^[A-Za-z0-9_-]{1,100}$/, "must be 1 to 100 letters, digits, _ and -")
    .optional(),
  /** Other signing keys: those that were, or that is to be. They are published, and digests made by them are read. */
  SIGNING_KEY_PREVIOUS: list.pipe(z.array(z.string().regex(P256, `${P256_FORM}; several are separated by commas`))),
  /** What all keys below are derived from where they are not set. Absent: SIGNING_KEY. */
  ROOT_KEY: keyList("signing").default(["signing"]),
  /** Digests of the codes that people are sent. */
  CODES_KEY: keyList("root").optional(),
  /** Digests by which a repeated request is known. */
  REQUESTS_KEY: keyList("root").optional(),
  /** Digests of browsers' sessions, and the tokens in our forms. */
  BROWSERS_KEY: keyList("root").optional(),
  /** What stands for people who were erased. */
  PEOPLE_KEY: keyList("root").optional(),
  /** The keys that carriers' secrets are sealed with. Without it and without ROOT_KEY no carrier can be set up. */
  SECRETS_KEY: keyList("root").optional(),
  /** The keys that numbers and texts are sealed with, of accounts that want it. */
  DATA_KEY: keyList("root").optional(),
  /** How many days settled messages and webhooks are kept. */
  RETENTION_DAYS: wholeNumber(1, 3650).default(90),
  /** How many days the audit log is kept. */
  AUDIT_RETENTION_DAYS: wholeNumber(30, 36_500).default(1_825),
  /** Where who finds a weakness writes to, for /.well-known/security.txt. Absent: there is none. */
  SECURITY_CONTACT: z
    .string()
    .regex(/^(mailto:[^\s@]+@[^\s@]+|https:\/\/\S+|tel:\+\d+)$/, "must be an address like mailto:security@example.com")
    .optional(),
  /** What needs a second operator: reversals:50000 (above so many minor units), prices, carriers, cancels. Absent: nothing. */
  FOUR_EYES: list.transform(readFourEyes),
  /** How many subscriptions may be begun to be charged in a minute: a day on which all are due must flood no carrier. */
  RENEWALS_PER_MINUTE: wholeNumber(1, 100_000).default(6_000),
  /** Where the operator is called when a carrier goes down or comes back. Absent: nowhere. */
  ALERT_URL: z.url({ protocol: /^https?$/, error: "must be an http(s) URL" }).optional(),
  /** What those calls are signed with, by Standard Webhooks. Absent: they are not signed. */
  ALERT_SECRET: z.string().regex(STANDARD_SECRET, "must be whsec_ and 24 to 64 bytes in base64").optional(),
  /** The OpenID provider at which people sign in to the console. Absent: they have tokens alone. */
  OIDC_ISSUER: z
    .url({ protocol: /^https?$/, error: "must be an https URL, like https://login.example.com" })
    .refine(
      (url) => url.startsWith("https:") || isLoopback(url),
      "must begin with https: whoever is on the way could sign in",
    )
    .optional(),
  OIDC_CLIENT_ID: z.string().optional(),
  /** Absent: a public client. */
  OIDC_CLIENT_SECRET: z.string().optional(),
  OIDC_SCOPES: z
    .string()
    .regex(/(^| )openid( |$)/, "must have openid among them")
    .default("openid profile email"),
  /** Which role each value of the claim stands for. */
  OIDC_ROLES: list.transform(readRoles),
  /** The claims that name a person's roles, and the account of a merchant. */
  OIDC_ROLE_CLAIM: z.string().default("roles"),
  OIDC_ACCOUNT_CLAIM: z.string().default("stafett_account"),
  /** Where spans are sent, by OTLP over HTTP: an address that ends with /v1/traces. Absent: nothing is traced. */
  TRACES_URL: z
    .url({ protocol: /^https?$/, error: "must be an http(s) URL, like https://collector.example.com/v1/traces" })
    .optional(),
  /** Headers of those calls, as OTEL_EXPORTER_OTLP_HEADERS has them: name=value, with commas between them. */
  TRACES_HEADERS: list.transform(readHeaders),
  /** How many of a hundred requests are traced. */
  TRACES_PERCENT: z.coerce
    .number({ error: PERCENT })
    .min(0, { error: PERCENT })
    .max(100, { error: PERCENT })
    .default(100),
  /** The API key of the demo account; without it there is no demo account. */
  DEMO_API_KEY: z.string().min(16, "must have at least 16 characters").optional(),
  /** What the bridge that takes SMPP connections proves itself by. Absent: no customer can bind. */
  SMPP_BRIDGE_TOKEN: z.string().min(16, "must have at least 16 characters").optional(),
  /** Whether what customers' programs send, and are answered, is kept for a day to be looked at. Absent: in the sandbox. */
  KEEP_REQUESTS: OnOff.optional(),
});

/** Every setting, by name. */
export const SETTING_NAMES = Object.keys(Given.shape);

// In the sandbox the address that was called will do. Elsewhere whoever calls could choose, by the Host header, what was signed.
const Settings = Given.refine(({ PUBLIC_URL, SANDBOX }) => SANDBOX || PUBLIC_URL.length > 0, {
  path: ["PUBLIC_URL"],
  error:
    "is missing: set it to the base URLs that clients are configured with, like https://sms.example.com, " +
    "since signatures are over them (only with SANDBOX=on the gateway goes by the address that was called)",
})
  .superRefine((settings, context) => {
    if (settings.OIDC_ISSUER === undefined) return;
    for (const name of ["OIDC_CLIENT_ID", "OIDC_ROLES"] as const) {
      const given = settings[name];
      if (typeof given === "object" ? given.size > 0 : given !== undefined) continue;
      context.addIssue({ code: "custom", path: [name], message: "is missing: OIDC_ISSUER is set, and needs it" });
    }
  })
  .transform((settings, context) => {
    const {
      KEEP_REQUESTS,
      ROOT_KEY,
      CODES_KEY,
      REQUESTS_KEY,
      BROWSERS_KEY,
      PEOPLE_KEY,
      SECRETS_KEY,
      DATA_KEY,
      ...rest
    } = settings;
    let keys: Keys;
    try {
      keys = keysOf({
        signing: [rest.SIGNING_KEY, ...rest.SIGNING_KEY_PREVIOUS],
        root: ROOT_KEY,
        own: present({
          codes: CODES_KEY,
          requests: REQUESTS_KEY,
          browsers: BROWSERS_KEY,
          people: PEOPLE_KEY,
          secrets: SECRETS_KEY,
          data: DATA_KEY,
        }),
      });
    } catch (error) {
      context.addIssue({ code: "custom", path: ["ROOT_KEY"], message: `is at odds: ${(error as Error).message}` });
      return z.NEVER;
    }
    return { ...rest, keys, KEEP_REQUESTS: KEEP_REQUESTS === undefined ? rest.SANDBOX : KEEP_REQUESTS === "on" };
  });

export type Settings = z.output<typeof Settings>;

const checked = new WeakMap<Env, Settings>();

/** Says which settings are wrong, and how. It holds none of their values, so a caller may be shown it. */
export class SettingsError extends Error {}

/**
 * The settings of this deployment.
 * @throws SettingsError naming every setting that is missing or wrong
 */
export function settingsOf(env: Env): Settings {
  let settings = checked.get(env);
  if (!settings) {
    // An empty setting is one that was not made.
    const given = Object.fromEntries(
      Object.keys(Given.shape).map((name) => [name, env[name as keyof Env] || undefined]),
    );
    const parsed = Settings.safeParse(given);
    if (!parsed.success) {
      const faults = parsed.error.issues.map((issue) => `${String(issue.path[0])} ${issue.message}`);
      throw new SettingsError(`Stafett cannot run with these settings: ${faults.join("; ")}.`);
    }
    settings = parsed.data;
    checked.set(env, settings);
  }
  return settings;
}
