/** The documentation as a browser gets it: every page is there, leads nowhere wrong, and can be searched. */

import { readdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import MiniSearch from "minisearch";
import { beforeAll, describe, expect, it } from "vitest";
import type { Asset } from "../../scripts/asset-files.ts";
import { docsOrKept } from "../../scripts/docs.ts";
import { lateDocs } from "../../scripts/late-docs.ts";
import { DEMO_API_KEY } from "../../scripts/local-settings.ts";
import { root } from "../../scripts/root.ts";
import { SEARCHED } from "../../site/search-options.ts";
import { drawn, hasBrowser, PHONE, useBrowser } from "../support/browser.ts";
import { ADMIN_TOKEN, useGateway } from "../support/gateway.ts";

const AXE = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const LOOKED_AT = ["/docs", "/docs/cm", "/docs/api", "/docs/api/admin/accounts"];

const gateway = useGateway({ DEMO_API_KEY });

/** What was made, by its path: `docs/sandbox.html`. */
let files: Map<string, string>;
beforeAll(async () => {
  files = new Map((await docsOrKept()).map(({ path, text }: Asset) => [path, text]));
});
const pages = () => [...files].filter(([path]) => path.endsWith(".html"));
const addressOf = (path: string) => `/${path.replace(/\.html$/, "")}`;

describe("the documentation", () => {
  it("has a page for each document", () => {
    const documents = readdirSync(join(root, "docs"), { recursive: true, encoding: "utf8" })
      .filter((file) => file.endsWith(".md"))
      .map((file) => `docs/${file.replace(/\.md$/, ".html")}`.replace(/\/?README\.html$/, ".html"));
    expect([...files.keys()]).toEqual(expect.arrayContaining(documents));
  });

  it("is served with what it is, and how long it may be kept", async () => {
    const told = async (path: string) => {
      const { status, headers } = await gateway.fetch(path);
      return [status, headers.get("content-type"), headers.get("cache-control")];
    };
    const asked = "public, max-age=0, must-revalidate";
    expect(await told("/docs")).toEqual([200, "text/html; charset=utf-8", asked]);
    expect(await told("/docs/sandbox")).toEqual([200, "text/html; charset=utf-8", asked]);
    expect(await told("/docs/sandbox.md")).toEqual([200, "text/markdown; charset=utf-8", asked]);
    expect(await told("/docs.md")).toEqual([200, "text/markdown; charset=utf-8", asked]);
    expect(await told("/llms.txt")).toEqual([200, "text/plain; charset=utf-8", asked]);
    const style = [...files.keys()].find((path) => path.endsWith(".css"));
    expect(await told(`/${style}`)).toEqual([200, "text/css; charset=utf-8", "public, max-age=31536000, immutable"]);
  });

  it("is served from memory as it is from files, where it was made after the start", async () => {
    const late = lateDocs(docsOrKept());
    const told = ["content-type", "cache-control", "content-security-policy"];
    const seen = ({ status, headers }: Response) => [status, ...told.map((name) => headers.get(name))];
    const assets = ["docs.html", "docs/sandbox.html", "docs/sandbox.md", "docs.md", "llms.txt"];
    for (const path of [...assets, ...[...files.keys()].filter((name) => name.startsWith("docs/_/"))]) {
      const [asked, kept] = await Promise.all([
        late({ url: `http://x${addressOf(path)}` }),
        gateway.fetch(addressOf(path)),
      ]);
      expect(await asked.text(), path).toBe(await kept.text());
      expect(seen(asked), path).toEqual(seen(kept));
    }
    for (const path of ["/docs/nothing", "/docs/%E0%A4%A", "/assets/nothing.js", "/docsx", "/"]) {
      expect((await late({ url: `http://x${path}` })).status, path).toBe(404);
    }
  });

  it("runs no script but its own, and loads nothing from elsewhere", async () => {
    const policy = (await gateway.fetch("/docs/sandbox")).headers.get("content-security-policy");
    expect(policy).toMatch(/^default-src 'none'; object-src 'none'; script-src 'self'; style-src 'self';/);
    for (const [path, text] of pages()) {
      expect(text.match(/<(script|img|iframe|link)[^>]*(src|href)="(https?:)?\/\/[^>]*/g), path).toBeNull();
      expect(text.match(/<script>|<[a-z][^>]*\s(on\w+|style)="[^>]*/g), path).toBeNull();
    }
  });

  it("keeps its pages light", () => {
    for (const [path, text] of files) {
      const weight = gzipSync(text).length;
      if (path.endsWith(".html")) expect(weight, path).toBeLessThan(30_000);
      if (/\.(js|css)$/.test(path)) expect(weight, path).toBeLessThan(15_000);
    }
  });

  it("leads nowhere wrong: each link of each page has its page, and its anchor there", () => {
    const anchors = new Map(
      pages().map(([path, text]) => [
        addressOf(path),
        new Set([...text.matchAll(/\sid="([^"]+)"/g)].map(([, id]) => id)),
      ]),
    );
    const wrong = pages().flatMap(([path, text]) =>
      [...text.matchAll(/<(?:a|link)\s[^>]*?href="([^"]+)"/g)]
        .map(([, href = ""]) => (href.startsWith("#") ? addressOf(path) + href : href))
        .filter((href) => !isThere(href, anchors))
        .map((href) => `${path}: ${href}`),
    );
    expect(wrong).toEqual([]);
  });

  it("gives no two things on a page one name", () => {
    for (const [path, text] of pages()) {
      const ids = [...text.matchAll(/\sid="([^"]+)"/g)].map(([, id]) => id);
      expect(new Set(ids).size, path).toBe(ids.length);
    }
  });

  it("is there as Markdown, whose links lead to Markdown", () => {
    for (const [path] of pages()) expect([...files.keys()]).toContain(path.replace(/html$/, "md"));
    const texts = [...files].filter(([path]) => /\.md$|^llms\.txt$/.test(path));
    const wrong = texts.flatMap(([path, text]) =>
      [...text.replace(/^```.*?^```/gms, "").matchAll(/\]\((\/docs[^)#]*)/g)]
        .filter(([, href = ""]) => !files.has(href.slice(1)) && !API_DOCUMENT.test(href))
        .map(([, href]) => `${path}: ${href}`),
    );
    expect(wrong).toEqual([]);
  });

  it("is found by its words, also half of them, and with a slip", () => {
    const [, index = ""] = [...files].find(([path]) => /search\..*\.json$/.test(path)) ?? [];
    const search = MiniSearch.loadJSON(index, SEARCHED);
    const first = (asked: string) => search.search(asked).map(({ id }) => String(id));
    expect(first("dead webhook replay").slice(0, 3).join()).toContain("/docs/recipes/dead-webhook");
    expect(first("prepaidBal").join()).toContain("/docs/sandbox#subscribers");
    expect(first("subscrption")).not.toEqual([]);
  });

  it("says so where there is no page", async () => {
    const answer = await gateway.fetch("/docs/nowhere");
    expect(answer.status).toBe(404);
    expect(answer.headers.get("content-security-policy")).toMatch(/^default-src 'none'/);
    expect(await answer.text()).toContain("<h1");
  });
});

const API_DOCUMENT = /^\/docs\/api\/\w+\/openapi\.json$/;
/** Addresses that are served by the Worker itself. */
const ELSEWHERE = ["/console", "/openapi.json", "/llms.txt"];

function isThere(href: string, anchors: ReadonlyMap<string, ReadonlySet<string | undefined>>): boolean {
  if (/^(https?|data):/.test(href) || API_DOCUMENT.test(href) || ELSEWHERE.includes(href)) return true;
  const [path = "", anchor] = href.split("#");
  if (files.has(path.slice(1))) return true;
  const there = anchors.get(path);
  return there !== undefined && (anchor === undefined || there.has(decodeURIComponent(anchor)));
}

describe.skipIf(!hasBrowser)("in a browser", () => {
  const chromium = useBrowser();
  type Violation = { id: string; nodes: { html: string }[] };

  it("is searched by keyboard, and keeps the theme that was chosen", async () => {
    const page = await chromium.browser.newPage({ colorScheme: "light" });
    const complaints: string[] = [];
    page.on("console", (said) => complaints.push(said.text()));
    page.on("pageerror", (error) => complaints.push(String(error)));
    await page.goto(`${gateway.url}/docs`);
    await page.keyboard.press("/");
    await page.getByRole("searchbox").fill("earlyReceipt");
    await page.getByRole("link", { name: /^Faults/ }).click();
    await page.waitForURL(/\/docs\/sandbox#faults$/);
    const paper = () => page.evaluate("getComputedStyle(document.body).backgroundColor");
    const light = await paper();
    await page.getByRole("button", { name: "Dark theme" }).click();
    const dark = await paper();
    expect(dark).not.toBe(light);
    await page.reload();
    expect(await paper()).toBe(dark);
    const command = page.locator("pre", { hasText: "/api/out-messages" }).first();
    expect(await command.textContent(), "commands are for this gateway").toContain(`${gateway.url}/api/out-messages`);
    expect(complaints).toEqual([]);
    await page.close();
  });

  it("tries an operation of a dialect, and one of the operator's, whose token it keeps for the next", async () => {
    await gateway.runtime.tick("@reboot");
    const page = await chromium.browser.newPage({ viewport: PHONE });
    const complaints: string[] = [];
    page.on("pageerror", (error) => complaints.push(String(error)));
    const tryFirst = async (address: string) => {
      await page.goto(gateway.url + address);
      await page.getByRole("button", { name: "Try it" }).first().click();
    };
    const answer = () => page.locator(".answer pre").textContent();
    await tryFirst("/docs/api/target365/messages");
    await page.getByRole("button", { name: "Send", exact: true }).click();
    expect(await answer()).toContain(`location: ${gateway.url}/api/out-messages/`);
    await tryFirst("/docs/api/sandbox/clock");
    await page.getByLabel("The operator's token").fill(ADMIN_TOKEN);
    await page.getByRole("button", { name: "Send", exact: true }).click();
    expect(await answer()).toContain('"aheadSeconds"');
    await tryFirst("/docs/api/admin/accounts");
    await page.getByRole("button", { name: "Send", exact: true }).click();
    expect(await answer()).toContain('"id": "acme"');
    expect(await page.evaluate("document.documentElement.scrollWidth")).toBeLessThanOrEqual(PHONE.width);
    expect(complaints).toEqual([]);
    await page.close();
  });

  it("sends once on a double click, however soon the answer is there, and again when it is asked to", async () => {
    const page = await chromium.browser.newPage();
    let sent = 0;
    await page.route(/\/api\/out-messages$/, (route) => {
      sent++;
      return route.fulfill({ status: 201, body: "" });
    });
    await page.goto(`${gateway.url}/docs/api/target365/messages`);
    await page.getByRole("button", { name: "Try it" }).first().click();
    const send = page.getByRole("button", { name: "Send", exact: true });
    await send.dblclick({ delay: 150 });
    await page.locator(".answer pre").waitFor();
    expect(sent).toBe(1);
    await page.waitForFunction("!document.querySelector('.try .go').disabled");
    await send.click();
    await expect.poll(() => sent).toBe(2);
    await page.close();
  });

  it("says what did not come, and asks for it again", async () => {
    const page = await chromium.browser.newPage();
    const complaints: string[] = [];
    page.on("pageerror", (error) => complaints.push(String(error)));
    await page.goto(`${gateway.url}/docs/api/sandbox/clock`);
    const fetched = (address: string | URL) => /(openapi|search[^/]*)\.json$/.test(String(address));
    for (const status of [0, 503]) {
      await page.route(fetched, (route) => (status ? route.fulfill({ status, body: "{}" }) : route.abort()));
      await page.getByRole("button", { name: "Try it" }).first().click();
      await page.getByRole("alert").getByText("The description did not come").waitFor();
      await page.keyboard.press("/");
      await page.getByRole("searchbox").fill(`clock${status}`);
      await page.getByRole("status").getByText("The index did not come").waitFor();
      await page.unroute(fetched);
      await page.getByRole("button", { name: "Close" }).click();
    }
    await page.getByRole("button", { name: "Try it" }).first().click();
    await page.getByLabel("The operator's token").waitFor();
    expect(await page.getByRole("alert").count()).toBe(0);
    await page.keyboard.press("Control+k");
    await page.getByRole("searchbox").fill("earlyReceipt");
    await page
      .getByRole("link", { name: /^Faults/ })
      .first()
      .waitFor();
    expect(complaints).toEqual([]);
    await page.close();
  });

  it("says aloud that a command is copied", async () => {
    const context = await chromium.browser.newContext({ permissions: ["clipboard-read", "clipboard-write"] });
    const page = await context.newPage();
    await page.goto(`${gateway.url}/docs/cm`);
    await page.getByRole("button", { name: /^Copy/ }).first().click();
    await page.getByRole("button", { name: "Copied", exact: true }).waitFor();
    await page.getByRole("status").getByText("Copied", { exact: true }).waitFor({ state: "attached" });
    await page.getByRole("button", { name: /^Copy/ }).first().waitFor();
    await context.close();
  });

  it("has nothing that axe minds, on a phone in the dark and on a desk in the light", async () => {
    for (const [colorScheme, viewport] of [
      ["dark", PHONE],
      ["light", { width: 1300, height: 800 }],
    ] as const) {
      const context = await chromium.browser.newContext({ colorScheme, viewport, bypassCSP: true });
      const page = await context.newPage();
      for (const path of LOOKED_AT) {
        await page.goto(gateway.url + path);
        if (path.startsWith("/docs/api/")) await page.getByRole("button", { name: "Try it" }).first().click();
        await drawn(page, `docs${path.replaceAll("/", "-")}-${colorScheme}`, { fullPage: false });
        await page.evaluate(AXE);
        const { violations } = (await page.evaluate("axe.run()")) as { violations: Violation[] };
        const found = violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(" ")}`);
        expect(found, `${path}, ${colorScheme}`).toEqual([]);
        expect(await page.evaluate("document.documentElement.scrollWidth"), path).toBeLessThanOrEqual(viewport.width);
      }
      await context.close();
    }
  });
});
