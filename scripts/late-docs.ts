/**
 * The documentation on a first start, which does not wait for it: the runtime serves files that were there when it began, so until
 * the next start these are served from memory, as the runtime would serve them.
 */

import { type Asset, HEADERS } from "./asset-files.ts";

const TYPES: Readonly<Record<string, string>> = {
  css: "text/css; charset=utf-8",
  html: "text/html; charset=utf-8",
  js: "text/javascript; charset=utf-8",
  json: "application/json",
  md: "text/markdown; charset=utf-8",
  txt: "text/plain; charset=utf-8",
};

/** As the runtime says of a file for which nothing else is said. */
const ASKED_AGAIN = { "Cache-Control": "public, max-age=0, must-revalidate" };

/** What answers for the files that the runtime does not have. @param making resolves when they are made */
export function lateDocs(making: Promise<readonly Asset[]>): (request: { url: string }) => Promise<Response> {
  return async ({ url }) => {
    const { pathname } = new URL(url);
    if (!/^\/(docs(\.md)?(\/|$)|llms\.txt$)/.test(pathname)) return none();
    const assets = await making;
    const name = pathname.slice(1);
    const asset = assets.find(({ path }) => path === name || path === `${name}.html`);
    if (!asset) return none();
    const type = TYPES[asset.path.slice(asset.path.lastIndexOf(".") + 1)] ?? "text/plain; charset=utf-8";
    return new Response(asset.text, { headers: { "Content-Type": type, ...ASKED_AGAIN, ...headersAt(pathname) } });
  };
}

function none(): Response {
  return new Response(null, { status: 404 });
}

function headersAt(pathname: string): Record<string, string> {
  const fits = (address: string) =>
    address.endsWith("*") ? pathname.startsWith(address.slice(0, -1)) : pathname === address;
  return Object.assign({}, ...HEADERS.filter(([address]) => fits(address)).map(([, headers]) => headers));
}
