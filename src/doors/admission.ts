/** Whether a caller who has proved its credential may make this request: by the credential's scopes, and by its addresses. */

import { isAmong } from "../adapters/client-address.ts";
import type { Caller } from "../core/accounts/account.ts";
import { type Needed, requireAddress, requireScope } from "../core/accounts/scopes.ts";
import type { Dialect, DocumentedPath } from "../dialects/dialect.ts";

/** A request: its method, its path without query, and the address that it comes from. */
export type Asked = { method: string; path: string; address: string };

type Route = { method: string; pattern: RegExp; needs: Needed };

/**
 * The check for these dialects. An address that is in none of their tables is closed to a credential with scopes.
 * @returns what throws a GatewayError not-allowed; it costs nothing for a credential without restrictions
 */
export function admission(
  dialects: readonly Pick<Dialect, "name" | "paths">[],
): (caller: Caller, asked: Asked) => void {
  const tables = new Map(dialects.map(({ name, paths }) => [name, paths.flatMap(routesOf)]));
  return ({ credential }, { method, path, address }) => {
    requireAddress(credential, (addresses) => isAmong(address, addresses));
    if (credential.scopes === undefined) return;
    requireScope(credential, neededAt(tables.get(credential.dialect) ?? [], method, path), `${method} ${path}`);
  };
}

function neededAt(routes: readonly Route[], method: string, path: string): Needed {
  const asked = method === "HEAD" ? "GET" : method;
  return routes.find((route) => route.method === asked && route.pattern.test(path))?.needs ?? "whole";
}

function routesOf({ method, path, aliases = [], needs }: DocumentedPath): Route[] {
  return [path, ...aliases].map((one) => ({ method: method.toUpperCase(), pattern: patternOf(one), needs }));
}

/** `/a/{b}` as an expression. Some dialects take their paths in any case, and with a slash at the end. */
function patternOf(path: string): RegExp {
  const fixed = path.split(/\{\w+\}/).map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, "\\$&"));
  return new RegExp(`^${fixed.join("[^/]+")}/?$`, "i");
}
