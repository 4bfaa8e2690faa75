/** Reading requests: the body, the ids in its paths, the numbers in its queries; and the Location of an answer. */

import type { Context } from "hono";
import type { z } from "zod";
import { GatewayError } from "../../core/kernel/errors.ts";
import { toMsisdn } from "../../core/messages/msisdn.ts";
import type { DialectEnv } from "../dialect.ts";
import { caseless, parse, parseJson } from "../read.ts";

/** Members that an SDK calls otherwise, in lower case. Seen in Java's. */
const ALIASES = { restricted: "isrestricted" };

export function readAs<Schema extends z.ZodObject>(schema: Schema, value: unknown): z.output<Schema> {
  return parse(schema, spelt(schema, value));
}

/** The same members, spelt as the schema spells them. */
export function spelt(schema: z.ZodObject, value: unknown): unknown {
  return caseless(schema, value, ALIASES);
}

export function readBody<Schema extends z.ZodObject>(c: Context<DialectEnv>, schema: Schema): z.output<Schema> {
  return readAs(schema, parseJson(c.get("body")));
}

/**
 * Looks up the id in the path. .NET and Java escape it there as a form does, a space as `+`: that reading is tried if
 * nothing has the id as written.
 */
export async function byPathId<Found>(
  c: Context<DialectEnv>,
  look: (id: string) => Promise<Found | undefined>,
): Promise<Found | undefined> {
  const id = c.req.param("id") ?? "";
  return (await look(id)) ?? (id.includes("+") ? look(idAsForm(c.req.url)) : undefined);
}

function idAsForm(url: string): string {
  const segment = new URL(url).pathname.split("/").at(-1) ?? "";
  return new URLSearchParams(`id=${segment.replaceAll("&", "%26")}`).get("id") ?? "";
}

/** Absolute, since .NET throws on a relative one; clients take the part after the last slash as the id. */
export function locationOf(c: Context<DialectEnv>, resource: string, id: string): string {
  return `${c.get("publicUrls")[0]}/api/${resource}/${encodeURIComponent(id)}`;
}

/** @throws GatewayError bad-request where it is not there */
export function query(c: Context<DialectEnv>, name: string): string {
  const value = c.req.query(name);
  if (!value) throw new GatewayError("bad-request", `${name}: is missing from the query`, name);
  return value;
}

/**
 * A number in the query. A space before it is an unescaped `+`: the REST guide's own curl example has one.
 * @throws GatewayError bad-request, bad-number
 */
export function numberInQuery(c: Context<DialectEnv>, name: string): string {
  const given = query(c, name).replace(/^ /, "+");
  const msisdn = toMsisdn(given);
  if (msisdn) return msisdn;
  throw new GatewayError(
    "bad-number",
    `${name}: ${JSON.stringify(given.slice(0, 40))} is not a phone number: write it with + and its country code, like +4798079008`,
    name,
  );
}

/**
 * A HEAD request must not change anything; a GET that does is the provider's own.
 * @throws GatewayError wrong-method
 */
export function refuseHead(c: Context<DialectEnv>): void {
  if (c.req.method === "HEAD") throw new GatewayError("wrong-method", `${c.req.path} takes GET, not HEAD`);
}
