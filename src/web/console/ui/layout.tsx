/** The frame of every page of the console: where one is, where one can go, and whether the page is live. */

import { html } from "hono/html";
import type { Child } from "hono/jsx";
import type { C } from "../console-env.ts";
import { oddities } from "../pages/oddities.tsx";

/** The sections, in the order in which people meet them. */
export const SECTIONS = [
  { path: "/console/overview", name: "Overview", needsSandbox: false },
  { path: "/console/handsets", name: "Handsets", needsSandbox: true },
  { path: "/console/messages", name: "Messages", needsSandbox: false },
  { path: "/console/charges", name: "Charges", needsSandbox: false },
  { path: "/console/subscriptions", name: "Subscriptions", needsSandbox: false },
  { path: "/console/webhooks", name: "Webhooks", needsSandbox: false },
  { path: "/console/send", name: "Send", needsSandbox: false },
  { path: "/console/controls", name: "Sandbox", needsSandbox: true },
  { path: "/console/setup", name: "Setup", needsSandbox: false },
] as const;

const POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "connect-src 'self'",
  "img-src 'self' data:",
  "frame-ancestors 'none'",
  "base-uri 'none'",
  "form-action 'self'",
].join("; ");

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

/** A page. @param options.here the section it is in; @param options.scripts, options.styles beside those of every page */
export async function page(
  c: C,
  options: {
    title: string;
    here?: string;
    status?: number;
    notice?: Notice | undefined;
    scripts?: readonly string[];
    styles?: readonly string[];
  },
  body: Child,
): Promise<Response> {
  const sections = SECTIONS.filter(({ needsSandbox }) => c.get("hasSandbox") || !needsSandbox);
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
        <header class="bar">
          <a class="brand" href="/console">
            Stafett
          </a>
          <nav aria-label="Sections">
            <ul>
              {sections.map(({ path, name }) => (
                <li>
                  <a href={path} aria-current={options.here === path ? "page" : undefined}>
                    {name}
                  </a>
                </li>
              ))}
            </ul>
          </nav>
          <p class="stream" data-stream="" data-page={c.req.method === "GET" ? undefined : options.here} />
          <p class="stream aloud" data-stream-aloud="" role="status" />
          <form method="post" action="/console/logout">
            <button class="quiet" type="submit">
              Log out
            </button>
          </form>
          {await oddities(c)}
        </header>
        <main id="main" tabindex={-1}>
          {options.notice && (
            <p class={options.notice.isBad ? "notice bad" : "notice"} role={options.notice.isBad ? "alert" : "status"}>
              {options.notice.said}
            </p>
          )}
          {body}
        </main>
      </body>
    </html>,
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
      <link rel="icon" href="data:," />
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
export function bare(c: C, options: { title: string; status?: number }, body: Child): Response | Promise<Response> {
  protect(c);
  c.status((options.status ?? 200) as 200);
  return drawn(
    c,
    <html lang="en">
      {head(options.title)}
      <body class="bare">
        <main id="main">{body}</main>
      </body>
    </html>,
  );
}
