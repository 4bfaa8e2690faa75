/** The frame of every page of the console: where one is, where one can go, and whether the page is live. */

import { html } from "hono/html";
import type { Child } from "hono/jsx";
import type { C } from "../console-env.ts";
import { oddities } from "../pages/oddities.tsx";
import { BESIDE, sectionOf, sectionsFor, tabsFor } from "./sections.ts";

const POLICY = [
  "default-src 'none'",
  "object-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "connect-src 'self'",
  "img-src 'self' data:",
  "frame-ancestors 'none'",
  "base-uri 'none'",
  "form-action 'self'",
].join("; ");

/** A relay's baton. In the page itself: a request for it would be one more for each tab. */
const ICON =
  "data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 16 16'%3E%3Crect width='16' height='16' rx='4' fill='%230b5394'/%3E%3Cpath d='M4 11.5 12 4.5' stroke='%23fff' stroke-width='3' stroke-linecap='round'/%3E%3C/svg%3E";

/** How often lists by state are fetched again: the stream does not report rows that join or leave them. Seconds. */
export const PACE = 3;

/** Seen once, on the page that follows what was done. */
export type Notice = { said: string; isBad?: boolean };

/** Browsers do not store or frame a page, send its address to other sites, or run scripts other than ours. */
function protect(c: C): void {
  c.header("content-security-policy", POLICY);
  c.header("referrer-policy", "same-origin");
  c.header("cache-control", "no-store");
  c.header("x-content-type-options", "nosniff");
}

/**
 * A page.
 * @param options.reload where a page that answers a form is to be had again, if it is live
 * @param options.scripts, options.styles beside those of every page
 */
export async function page(
  c: C,
  options: {
    title: string;
    reload?: string;
    status?: number;
    notice?: Notice | undefined;
    scripts?: readonly string[];
    styles?: readonly string[];
  },
  body: Child,
): Promise<Response> {
  protect(c);
  c.status((options.status ?? 200) as 200);
  return drawn(
    c,
    <html lang="en">
      {head(options.title, options.styles, ["live", ...(options.scripts ?? [])])}
      <body>
        <a class="skip" href="#main">
          Skip to content
        </a>
        {await header(c, options.reload)}
        <main id="main" tabindex={-1}>
          {options.notice && (
            <p class={options.notice.isBad ? "notice bad" : "notice"} role={options.notice.isBad ? "alert" : "status"}>
              {options.notice.said}
            </p>
          )}
          {tabs(c)}
          {body}
        </main>
      </body>
    </html>,
  );
}

/** One row. On a phone what it leads to folds into a menu, which the browser opens by itself: it needs no script. */
async function header(c: C, reload: string | undefined) {
  const sections = sectionsFor(c);
  const here = sectionOf(c.req.path)?.path;
  return (
    <header class="bar">
      <a class="brand" href="/console">
        Stafett
      </a>
      <button class="menu quiet" type="button" popovertarget="sections">
        <span aria-hidden="true">☰</span> <span class="unseen">Menu,</span>{" "}
        {sections.find(({ path }) => path === here)?.name ?? "all sections"}
      </button>
      <div class="sections" id="sections" popover="auto">
        <nav aria-label="Sections">
          <ul>
            {sections.map(({ path, name }) => (
              <li>
                <a href={path} aria-current={here === path ? "page" : undefined}>
                  {name}
                </a>
              </li>
            ))}
            {BESIDE.map(({ path, name }) => (
              <li>
                <a href={path} aria-current={c.req.path === path ? "page" : undefined}>
                  {name}
                </a>
              </li>
            ))}
          </ul>
        </nav>
        <form method="post" action="/console/logout">
          <button class="quiet" type="submit">
            Log out
          </button>
        </form>
      </div>
      {c.get("may")("GET /admin/v1/pulse") && (
        <>
          <p class="stream" data-stream="" data-page={c.req.method === "GET" ? undefined : reload} />
          <p class="stream aloud" data-stream-aloud="" role="status" />
        </>
      )}
      {await oddities(c)}
    </header>
  );
}

function tabs(c: C) {
  const found = tabsFor(c);
  return found && found.tabs.length > 1 ? tabList(found.name, found.tabs) : undefined;
}

/** Pages that stand beside each other, as tabs. @param of what they have in common */
export function tabList(of: string, tabs: readonly { href: string; name: string; isHere: boolean }[]) {
  return (
    <nav class="tabs" aria-label={of}>
      <ul>
        {tabs.map(({ href, name, isHere }) => (
          <li>
            <a href={href} aria-current={isHere ? "page" : undefined}>
              {name}
            </a>
          </li>
        ))}
      </ul>
    </nav>
  );
}

function head(title: string, styles: readonly string[] = [], scripts: readonly string[] = []) {
  return (
    <head>
      <meta charset="utf-8" />
      <meta name="viewport" content="width=device-width, initial-scale=1" />
      <title>{`${title} – Stafett`}</title>
      {["console", ...styles].map((name) => (
        <link rel="stylesheet" href={`/assets/${name}.css`} />
      ))}
      <link rel="icon" href={ICON} />
      {scripts.map((name) => (
        <script type="module" src={`/assets/${name}.js`} />
      ))}
    </head>
  );
}

/** Without its first line browsers would lay it out as they did in the last century. */
function drawn(c: C, document: Child): Response | Promise<Response> {
  return c.html(html`<!doctype html>${document}`);
}

/** A page without the frame, for the time before the login. */
export function bare(
  c: C,
  options: { title: string; status?: number; scripts?: readonly string[] },
  body: Child,
): Response | Promise<Response> {
  protect(c);
  c.status((options.status ?? 200) as 200);
  return drawn(
    c,
    <html lang="en">
      {head(options.title, [], options.scripts)}
      <body class="bare">
        <main id="main">{body}</main>
      </body>
    </html>,
  );
}
