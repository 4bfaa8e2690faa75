/** Nothing that a caller sends is dropped: an unknown member, an unknown parameter and an unwanted body are refused by name. */

import { type OpenAPIHono, z } from "@hono/zod-openapi";
import type { Context, Env, MiddlewareHandler } from "hono";
import { matchedRoutes, routePath } from "hono/route";
import { GatewayError } from "../core/kernel/errors.ts";
import { readBytes, toText } from "../doors/body.ts";
import { BODY_CAP } from "./api.ts";

/** A longer list is left to the reference. Characters. */
const LONGEST_LIST = 200;

/** An object in a body. A member that it does not name is refused; the refusal lists those it has, where they are few. */
export function strict<Shape extends z.core.$ZodShape>(shape: Shape) {
  const error = knownAre("member", Object.keys(shape));
  return z.strictObject(shape, { error: (issue) => (issue.code === "unrecognized_keys" ? error : undefined) });
}

function knownAre(what: string, names: readonly string[]): string {
  if (names.length === 0) return `is not known; there is no ${what}`;
  const list = names.join(", ");
  return `is not a ${what} that is known here${list.length > LONGEST_LIST ? "; /docs lists them" : `; known: ${list}`}`;
}

/** The parameters and body that an address takes, as the reference documents them. */
type Taken = { query: readonly string[]; hasBody: boolean };

/**
 * Refuses what the address that was called does not take: a query parameter that it does not name, and a body where it
 * has none. The members of a body are read by its schema.
 */
export function refuseUnknown<E extends Env>(app: OpenAPIHono<E>): MiddlewareHandler<E> {
  let taken: ReadonlyMap<string, Taken> | undefined;
  return async (c, next) => {
    taken ??= takenBy(app);
    const takes = taken.get(calledAddress(c) ?? "");
    if (takes) {
      checkQuery(c, takes.query);
      if (!takes.hasBody) await checkNoBody(c);
    }
    await next();
  };
}

/** The address that was called, from within the API's own middleware: like `GET /messages/:id`; undefined where it has none. */
export function calledAddress(c: Context): string | undefined {
  const base = routePath(c).replace(/\/\*$/, "");
  const called = matchedRoutes(c).find(({ method }) => method !== "ALL");
  return called && `${called.method} ${called.path.slice(base.length)}`;
}

function takenBy(app: { openAPIRegistry: OpenAPIHono["openAPIRegistry"] }): ReadonlyMap<string, Taken> {
  return new Map(
    app.openAPIRegistry.definitions.flatMap((one) => {
      if (one.type !== "route") return [];
      const { method, path, request } = one.route;
      const query = request?.query instanceof z.ZodObject ? Object.keys(request.query.shape) : [];
      return [[`${method.toUpperCase()} ${path.replace(/\{(\w+)\}/g, ":$1")}`, { query, hasBody: !!request?.body }]];
    }),
  );
}

function checkQuery(c: Context, names: readonly string[]): void {
  const unknown = Object.keys(c.req.query()).find((name) => !names.includes(name));
  if (unknown === undefined) return;
  throw new GatewayError("bad-request", `${unknown}: ${knownAre("query parameter", names)}`, unknown);
}

/** `{}` says nothing, so it may be sent. */
async function checkNoBody(c: Context): Promise<void> {
  const text = toText(await readBytes(c.req.raw, BODY_CAP)).trim();
  if (text === "") return;
  const called = `${c.req.method} ${c.req.path}`;
  const [member] = membersOf(text) ?? [""];
  if (member === undefined) return;
  const why = `${called} takes no body`;
  throw new GatewayError("bad-request", member === "" ? why : `${member}: is not known; ${why}`, member);
}

/** The names in a JSON object; undefined where the text is none. */
function membersOf(text: string): string[] | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null && !Array.isArray(value) ? Object.keys(value) : undefined;
  } catch {
    return undefined;
  }
}
