/** Settings and bindings, checked once, naming what is missing. */

import { z } from "zod";
import { readSealingKeys } from "./adapters/sealer.ts";
import { STANDARD_SECRET } from "./adapters/standard-webhooks.ts";
import type { Intake } from "./doors/intake.ts";
import type { CarrierPace } from "./doors/pace.ts";
import type { Job } from "./doors/queue.ts";
import type { SimulatedNetwork } from "./doors/simulated-network.ts";
import type { SmppBind } from "./doors/smpp/binds.ts";
import type { SmppSessions } from "./doors/smpp/sessions.ts";

/** What wrangler.toml binds, and the settings as texts. */
export interface Env {
  DB: D1Database;
  URGENT_JOBS: Queue<Job>;
  MESSAGE_JOBS: Queue<Job>;
  BULK_JOBS: Queue<Job>;
  CHARGE_JOBS: Queue<Job>;
  WEBHOOK_JOBS: Queue<Job>;
  INTAKE: DurableObjectNamespace<Intake>;
  CARRIER_PACE: DurableObjectNamespace<CarrierPace>;
  SIMULATOR: DurableObjectNamespace<SimulatedNetwork>;
  SMPP: DurableObjectNamespace<SmppSessions>;
  SMPP_BINDS: DurableObjectNamespace<SmppBind>;
  /** The styles and scripts of our pages. */
  ASSETS: Fetcher;
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
  SECRETS_KEY?: string;
  RETENTION_DAYS?: string;
  RENEWALS_PER_MINUTE?: string;
  KEEP_REQUESTS?: string;
  ALERT_URL?: string;
  ALERT_SECRET?: string;
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
    .regex(/^[A-Za-z0-9+/]{100,}={0,2}$/, "must be base64 of a P-256 private key in PKCS#8"),
  /** The name under which that key is published, where receivers have one configured. Absent: the day it was first used. */
  SIGNING_KEY_NAME: z
    .string()
    .regex(/^[A-Za-z0-9_-]{1,100}$/, "must be 1 to 100 letters, digits, _ and -")
    .optional(),
  /** The keys that carriers' secrets are sealed with: the first seals, all open. Absent: no carrier can be set up. */
  SECRETS_KEY: z
    .string()
    .transform((text, context) => {
      const keys = readSealingKeys(text);
      if (keys) return keys;
      const message = "must be 32 bytes in base64, with a name before it, 1:…; several are separated by commas";
      context.addIssue({ code: "custom", message });
      return z.NEVER;
    })
    .default([]),
  /** How many days settled messages and webhooks are kept. */
  RETENTION_DAYS: wholeNumber(1, 3650).default(90),
  /** How many subscriptions may be begun to be charged in a minute: a day on which all are due must flood no carrier. */
  RENEWALS_PER_MINUTE: wholeNumber(1, 100_000).default(6_000),
  /** Where the operator is called when a carrier goes down or comes back. Absent: nowhere. */
  ALERT_URL: z.url({ protocol: /^https?$/, error: "must be an http(s) URL" }).optional(),
  /** What those calls are signed with, by Standard Webhooks. Absent: they are not signed. */
  ALERT_SECRET: z.string().regex(STANDARD_SECRET, "must be whsec_ and 24 to 64 bytes in base64").optional(),
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
}).transform(({ KEEP_REQUESTS, ...settings }) => ({
  ...settings,
  KEEP_REQUESTS: KEEP_REQUESTS === undefined ? settings.SANDBOX : KEEP_REQUESTS === "on",
}));

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
