/** The address of a request: its parts, as the client called it, and as people read it. */

import type { Site } from "../core/operator/passkeys.ts";
import type { Settings } from "../env.ts";

/** The first segment of a path. */
export function beginningOf(path: string, isCaseless = true): string {
  const beginning = path.split("/", 2)[1] ?? "";
  return isCaseless ? beginning.toLowerCase() : beginning;
}

/** From its first slash to its query. */
export function pathIn(url: string): string {
  const path = url.slice(url.indexOf("/", url.indexOf("://") + 3));
  const end = path.search(/[?#]/);
  return end === -1 ? path : path.slice(0, end);
}

/**
 * The base URLs that a client may have been configured with: those that are set, the one that a trusted proxy forwards
 * for, or, where none is set, the address that was called.
 */
export function publicUrls(settings: Settings, request: Request, isTrusted: boolean): string[] {
  const bases = [...settings.PUBLIC_URL, ...(isTrusted ? forwardedFor(request) : [])];
  return bases.length > 0 ? bases : [new URL(request.url).origin];
}

/**
 * Where passkeys hold that are made or used by this request: its own host where that is one of ours or this machine, else the first
 * of ours. Undefined where that is an IP address, for which browsers make none (WebAuthn Level 3, 5.1.3, step 8).
 */
export function siteOf(ours: readonly string[], request: Request): Site | undefined {
  const { origin, hostname } = new URL(request.url);
  const known = ours.flatMap((url) => URL.parse(url)?.origin ?? []);
  const here = new URL(hostname === "localhost" || known.includes(origin) ? origin : (known[0] ?? origin));
  const isBare = /^[\d.]+$|^\[/.test(here.hostname);
  return isBare ? undefined : { host: here.hostname, origin: here.origin };
}

/** The address that a client called, as the proxy says. */
function forwardedFor({ headers, url }: Request): string[] {
  // Of several proxies in a row each adds its own; the client called the first.
  const said = (name: string) => headers.get(name)?.split(",", 1)[0]?.trim();
  const host = said("x-forwarded-host");
  const scheme = said("x-forwarded-proto") ?? new URL(url).protocol.slice(0, -1);
  return host ? [`${scheme}://${host}`.replace(/\/+$/, "")] : [];
}

/** The same request, for one whose Host header is not a host name: as if it had no such header. */
export function withoutHost(request: Request): Request {
  const target = request.url.slice(request.url.indexOf("/", request.url.indexOf("://") + 3));
  return new Request(`http://localhost${target}`, request);
}

/** The header's value, if a header is set and the request has it. */
export function told(request: Request, header: string | undefined): string | undefined {
  return (header && request.headers.get(header)) || undefined;
}

/** A path as people read it, so that the log finds the numbers in it; without the key of a carrier's door. */
export function decoded(given: string): string {
  const path = given.replace(/^(\/carriers\/[^/]*\/[^/]*\/).+/is, "$1***");
  try {
    return decodeURIComponent(path);
  } catch {
    return path;
  }
}
