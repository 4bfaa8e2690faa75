/** Which methods an address answers, read off the routes of the app. */

import type { Hono } from "hono";
import type { DialectEnv } from "./dialect.ts";

/** The methods of the routes that fit the path, in their order; none where no route does. HEAD goes with GET, unnamed. */
export function methodsAt({ routes }: Pick<Hono<DialectEnv>, "routes">, path: string): string[] {
  const fitting = routes.filter((route) => route.method !== "ALL" && patternOf(route.path).test(path));
  return [...new Set(fitting.map(({ method }) => method))];
}

const patterns = new Map<string, RegExp>();

/** `/a/:b` as an expression: a parameter is one part of a path. */
function patternOf(path: string): RegExp {
  const known = patterns.get(path);
  if (known) return known;
  const parts = path.split("/").map((part) => {
    const [, expression] = /^:\w+(?:\{(.+)\})?$/.exec(part) ?? [];
    if (part.startsWith(":")) return expression ? `(?:${expression})` : "[^/]+";
    return part.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
  });
  const pattern = new RegExp(`^${parts.join("/")}/?$`);
  patterns.set(path, pattern);
  return pattern;
}
