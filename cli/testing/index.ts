/** `stafett/testing`: a gateway for somebody's tests, in their process. */

import { randomBytes } from "node:crypto";
import { freePort } from "../../scripts/free-port.ts";
import { DEMO_API_KEY, newKey, newSigningKey } from "../../scripts/local-settings.ts";
import { startCommand } from "../../scripts/root.ts";
import { guardOwnRuntimes } from "../../scripts/runtime-guard.ts";
import { asking } from "../ask.ts";
import { chargesOf, textsOf } from "./next.ts";
import type * as types from "./types.ts";
import type { Credentials, Stafett, StartOptions, Time } from "./types.ts";

export type * from "./types.ts";

/** How often due work is looked for, as cron does. Milliseconds. */
const MINUTE = 60_000;

export const startStafett: typeof types.startStafett = async (options = {}) => {
  const port = options.port ?? (await freePort());
  const url = `http://127.0.0.1:${port}`;
  const adminToken = options.settings?.ADMIN_TOKEN ?? randomBytes(24).toString("base64url");
  // Miniflare takes a second to load: only who starts one needs it.
  const { startRuntime } = await import("../../scripts/runtime.ts");
  const runtime = await startRuntime({
    port,
    settings: settingsOf(options, url, adminToken),
    onLog: options.onLog ?? (() => {}),
    onRestart: async () => guardOwnRuntimes(),
  });
  guardOwnRuntimes();
  await runtime.tick("@reboot");
  const ticking = setInterval(() => void runtime.tick().catch(() => {}), MINUTE).unref();
  const target = { url, token: adminToken, startedBy: startCommand, tokenIn: "adminToken" };
  return gatewayAt(target, options.settings?.DEMO_API_KEY ?? DEMO_API_KEY, async () => {
    clearInterval(ticking);
    await runtime.stop();
    guardOwnRuntimes();
  });
};

export const connectStafett: typeof types.connectStafett = ({ url, adminToken, demoApiKey = DEMO_API_KEY }) => {
  const target = {
    url: url.replace(/\/$/, ""),
    token: adminToken,
    startedBy: startCommand,
    tokenIn: "its state folder",
  };
  return gatewayAt(target, demoApiKey, async () => {});
};

function settingsOf({ settings }: StartOptions, url: string, adminToken: string): Record<string, string> {
  return {
    SANDBOX: "on",
    ALLOW_PRIVATE_WEBHOOKS: "on",
    DEMO_API_KEY,
    ADMIN_TOKEN: adminToken,
    SIGNING_KEY: newSigningKey(),
    ROOT_KEY: newKey(),
    SECRETS_KEY: newKey(),
    LOCAL_ADDRESS: "127.0.0.1",
    LOCAL_URL: url,
    ...settings,
  };
}

function credentialsOf(key: string): Credentials {
  return {
    target365: { apiKey: key },
    txtnation: { campaign: "demo", apiKey: key },
    cm: { productToken: key },
    flowroute: { accessKey: "12345678", secretKey: key },
  };
}

/** @param stop ends the gateway that is there */
function gatewayAt(target: Parameters<typeof asking>[0], demoKey: string, stop: () => Promise<void>): Stafett {
  const ask = asking(target);
  const [texts, charges] = [textsOf(ask), chargesOf(ask)];
  return {
    url: target.url,
    adminToken: target.token,
    credentials: credentialsOf(demoKey),
    handset: texts.all,
    waitForText: texts.next,
    charges: charges.all,
    waitForCharge: charges.next,
    async reply(number, text) {
      await ask("POST", `/sandbox/v1/handsets/${encodeURIComponent(number)}/messages`, text);
    },
    async advance(time) {
      const { now } = await ask<{ now: string }>("POST", "/sandbox/v1/clock/advance", toAdvance(time));
      return new Date(now);
    },
    now: async () => new Date((await ask<{ now: string }>("GET", "/sandbox/v1/clock")).now),
    operator: ask,
    save: () => ask<object>("GET", "/sandbox/v1/snapshot"),
    async restore(saved) {
      await ask("PUT", "/sandbox/v1/snapshot", saved);
      texts.forget();
      charges.forget();
    },
    async reset() {
      await ask("POST", "/sandbox/v1/reset");
      texts.forget();
      charges.forget();
    },
    stop,
  };
}

function toAdvance(time: Time): { seconds: number } | { to: string } {
  if ("to" in time) return { to: new Date(time.to).toISOString() };
  const { seconds = 0, minutes = 0, hours = 0, days = 0, weeks = 0 } = time;
  return { seconds: seconds + 60 * (minutes + 60 * (hours + 24 * (days + 7 * weeks))) };
}
