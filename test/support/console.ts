/** The console in a real browser: logged in, watched for complaints, checked for accessibility, and photographed. */

import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import type { BrowserContextOptions, ConsoleMessage, Page, Request } from "playwright-core";
import { afterEach, expect } from "vitest";
import { drawn, PHONE, useBrowser } from "./browser.ts";
import { ADMIN_TOKEN, type TestGateway } from "./gateway.ts";

const AXE = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

export const DESK = { width: 1280, height: 900 };
export { PHONE };

export type Tab = {
  page: Page;
  /** What the browser complained of, and whom it asked beside the gateway. */
  complaints: string[];
  go(path: string): Promise<void>;
};

/** Call it inside `describe`; every tab that a test opened is closed after it, and must have been quiet. */
export function useConsole(gateway: TestGateway) {
  const chromium = useBrowser();
  const open: (() => Promise<void>)[] = [];
  afterEach(async () => {
    for (const close of open.splice(0)) await close();
  });

  /** A page that a test has finished with, made as new: to open another takes twice as long as most pages do. */
  let spare: Page | undefined;
  const openPage = async (options: BrowserContextOptions = {}) =>
    (await chromium.browser.newContext({ viewport: DESK, locale: "en-GB", ...options })).newPage();
  const closePage = async (page: Page, isOwn: boolean) => {
    if (!isOwn && !spare && (await asNew(page))) spare = page;
    else await page.context().close();
  };

  /**
   * @param options absent: the tab may have been another test's, and may be the next one's. A test that changes its tab for good, as by
   * an init script, gives options, `{}` at least
   * @param options.baseURL another address of the gateway, if it is to be visited there
   */
  const visit = async (options?: BrowserContextOptions): Promise<Tab> => {
    const known = options ? undefined : spare;
    if (known) spare = undefined;
    const page = known ?? (await openPage(options));
    const complaints: string[] = [];
    const forget = listen(page, options?.baseURL ?? gateway.url, complaints);
    open.push(async () => {
      await closePage(page, options !== undefined);
      forget();
      expect(complaints).toEqual([]);
    });
    return { page, complaints, go: async (path) => void (await page.goto(gateway.url + path)) };
  };

  return {
    visit,
    /**
     * A tab of an operator, at this address of the console. The login's form is sent without a page: what it looks like, and
     * that it lets in who fills it, handsets.test.ts has.
     */
    async enter(path: string, options?: BrowserContextOptions): Promise<Tab> {
      const tab = await visit(options);
      const entered = await tab.page.request.post(`${gateway.url}/console/login`, {
        form: { token: ADMIN_TOKEN },
        maxRedirects: 0,
      });
      expect(entered.status()).toBe(303);
      await tab.go(path);
      return tab;
    },
  };
}

/** Writes down what the browser complains of, and whom it asks beside the gateway. @returns ends it */
function listen(page: Page, gateway: string, complaints: string[]): () => void {
  const heard = {
    console: (said: ConsoleMessage) => {
      // Chromium reports every answer that is no success; ours are meant.
      if (["error", "warning"].includes(said.type()) && !/^Failed to load resource/.test(said.text())) {
        complaints.push(said.text());
      }
    },
    pageerror: (error: Error) => complaints.push(String(error)),
    request: (request: Request) => {
      const { origin, protocol } = new URL(request.url());
      if (!["data:", "about:"].includes(protocol) && origin !== gateway) complaints.push(`asked ${origin}`);
    },
  };
  page.on("console", heard.console).on("pageerror", heard.pageerror).on("request", heard.request);
  return () => void page.off("console", heard.console).off("pageerror", heard.pageerror).off("request", heard.request);
}

/** Makes a page as if it had just been opened. @returns false where that did not succeed: then it is to be closed */
async function asNew(page: Page): Promise<boolean> {
  try {
    await page.unrouteAll();
    for (const other of page.context().pages()) if (other !== page) await other.close();
    await page.evaluate("localStorage.clear(); sessionStorage.clear()");
    await page.goto("about:blank");
    await page.context().clearCookies();
    await page.emulateMedia({ colorScheme: null, media: null, reducedMotion: null, forcedColors: null });
    await page.setViewportSize(DESK);
    return true;
  } catch {
    return false;
  }
}

/** Waits until the page hears of what happens. */
export async function isLive({ page }: Tab): Promise<void> {
  await page.locator('[data-stream="live"]').waitFor();
}

/** The rules that ask for colours, and those that ask for room: all others find the same on every screen. */
const OF_COLOURS = ["color-contrast"];
const OF_ROOM = ["target-size", "scrollable-region-focusable"];

/** The same page, in the light and in the dark, on a desk and on a phone. */
export async function looksRightEverywhere(tab: Tab, name: string): Promise<void> {
  const looks = [
    { as: "", colorScheme: "light", viewport: DESK, rules: undefined },
    { as: "-phone", colorScheme: "light", viewport: PHONE, rules: OF_ROOM },
    { as: "-dark-phone", colorScheme: "dark", viewport: PHONE, rules: OF_COLOURS },
    { as: "-dark", colorScheme: "dark", viewport: DESK, rules: OF_COLOURS },
  ] as const;
  for (const { as, colorScheme, viewport, rules } of looks) {
    await tab.page.emulateMedia({ colorScheme });
    await tab.page.setViewportSize(viewport);
    await looksRight(tab, `${name}${as}`, rules);
  }
}

/**
 * What axe finds wrong with the page as it stands; with `PICTURES=on` a picture of it, to be looked at.
 * @param rules absent: all of them
 */
export async function looksRight({ page }: Tab, name: string, rules?: readonly string[]): Promise<void> {
  await drawn(page, `console/${name}`);
  // A script of ours in the page, where its own policy allows none.
  if (!(await page.evaluate("'axe' in globalThis"))) await page.evaluate(AXE);
  type Found = { violations: { id: string; nodes: { html: string; failureSummary: string }[] }[] };
  const found = await page.evaluate(async (runOnly) => {
    const { axe } = globalThis as unknown as { axe: { run(options: object): Promise<Found> } };
    const { violations } = await axe.run(runOnly ? { runOnly } : {});
    return violations.flatMap(({ id, nodes }) =>
      nodes.map(({ html, failureSummary }) => `${id}: ${html} ${failureSummary}`),
    );
  }, rules);
  expect(found).toEqual([]);
  // Nothing sticks out to the side, on any width.
  const overhang = await page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth");
  expect(overhang).toBe(0);
}
