/** A real browser for a test file: Debian's Chromium, quiet, with a fresh profile. Without windows it takes half of the time. */

import { existsSync } from "node:fs";
import { join } from "node:path";
import { type Browser, chromium, type Page } from "playwright-core";
import { afterAll, beforeAll } from "vitest";
import { root } from "../../scripts/root.ts";

const HEADLESS = "/usr/bin/chromium-headless-shell";
const CHROMIUM = process.env.CHROMIUM ?? (existsSync(HEADLESS) ? HEADLESS : "/usr/bin/chromium");
/**
 * What a test does not need. Each window has an address bar whose suggestions are two pages of their own, drawn by a process
 * of their own: half of the time that a page took. A process that stands ready for the next page is never used. The rest
 * repeats what Playwright leaves out, because Chromium heeds only the last such list.
 */
const LEFT_OUT = [
  ...["WebUIOmniboxPopup", "WebUIOmniboxAimPopup", "SpareRendererForSitePerProcess"],
  ...["AvoidUnnecessaryBeforeUnloadCheckSync", "DestroyProfileOnBrowserClose", "HttpsUpgrades", "PaintHolding"],
  ...["HttpsFirstBalancedModeAutoEnable", "MediaRouter", "ThirdPartyStoragePartitioning", "OptimizationHints"],
  ...["AvoidCorsURLLoaderRestartOnRedirect", "NetworkTimeServiceQuerying", "AimEnabled", "PreconnectToSearch"],
];
const QUIET = [
  ...["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update"],
  ...["--disable-sync", "--no-first-run", `--disable-features=${LEFT_OUT.join(",")}`],
];

/** Tests in a browser are left out where there is none; CI installs one, and counts what is left out as failed. */
export const hasBrowser = existsSync(CHROMIUM);

/** As small as phones are. */
export const PHONE = { width: 360, height: 740 };

/** The one of this process. Each of its pages has a profile of its own. */
let common: Promise<Browser> | undefined;

/** A browser for a test file. Call it inside `describe`; it is there when the first test begins. */
export function useBrowser(): { readonly browser: Browser } {
  let browser: Browser | undefined;
  beforeAll(async () => {
    common ??= chromium.launch({ executablePath: CHROMIUM, args: QUIET });
    browser = await common;
  });
  afterAll(async () => {
    await Promise.all(browser?.contexts().map((context) => context.close()) ?? []);
  });
  return {
    get browser() {
      if (!browser) throw new Error("the browser is started before the first test, not before that");
      return browser;
    },
  };
}

const PICTURES = join(root, "test-output/screenshots");
const ONE_PIXEL = { x: 0, y: 0, width: 1, height: 1 };

/**
 * Waits until the page is drawn, its fonts too. With `PICTURES=on` it takes a picture, to be looked at: of some hundred pages they take
 * as long as a file of tests.
 * @param name below test-output/screenshots, without its ending
 */
export async function drawn(page: Page, name: string, { fullPage = true } = {}): Promise<void> {
  const isWanted = process.env.PICTURES === "on";
  await page.screenshot(isWanted ? { path: join(PICTURES, `${name}.png`), fullPage } : { clip: ONE_PIXEL });
}
