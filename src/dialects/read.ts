/** Mechanics every dialect shares: reading bodies and forms, reading values with a schema, hashes. */

import { createHash } from "node:crypto";
import { z } from "zod";
import { GatewayError } from "../core/kernel/errors.ts";

export { isSameSecret } from "../core/kernel/same-secret.ts";
export {
  formPairs,
  isForKnownCallers,
  parseJson,
  type Reviver,
  readBytes,
  readForm,
  readFormBody,
  STRANGERS_PIECES,
  spent,
  TooMuch,
  toText,
} from "../doors/body.ts";

/** An address with more parameters; its own query and its fragment stay as they are written. */
export function withQuery(url: string, fields: Record<string, string>): string {
  const [, address = "", fragment = ""] = /^([^#]*)(.*)$/s.exec(url) ?? [];
  const joint = !address.includes("?") ? "?" : /[?&]$/.test(address) ? "" : "&";
  return address + joint + new URLSearchParams(fields) + fragment;
}

/**
 * Reads a value with a schema.
 * @throws GatewayError bad-request naming the field and what is wrong with it
 */
export function parse<Schema extends z.ZodType>(schema: Schema, value: unknown): z.output<Schema> {
  const parsed = schema.safeParse(value, { error: ({ input }) => (input === undefined ? "is missing" : undefined) });
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  const field = issue?.path.join(".") ?? "";
  throw new GatewayError("bad-request", field ? `${field}: ${issue?.message}` : (issue?.message ?? "invalid"), field);
}

/**
 * The same object with its keys spelt as the schema spells them, whatever their case, and without members that are null.
 * Nested objects that the schema knows are read the same way; the rest is left as it is.
 */
export function caseless(schema: z.ZodObject, value: unknown, aliases: Record<string, string> = {}): unknown {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return value;
  const names = spellings(schema);
  const spelt: Record<string, unknown> = {};
  for (const [key, member] of Object.entries(value)) {
    if (member === null) continue;
    const lower = key.toLowerCase();
    const name = names.get(aliases[lower] ?? lower);
    if (name === undefined) continue;
    const inner = objectIn(schema.shape[name]);
    spelt[name] = inner ? caseless(inner, member, aliases) : member;
  }
  return spelt;
}

/** How much of a request's unknown members is kept, for developers who look for a mistake. */
const MOST_UNKNOWN = 10;
const LONGEST_UNKNOWN = 60;

/**
 * The members that none of the schemas knows, whatever their case; those that are null are as if they were not there.
 * @param schemas what may be sent, and what may be sent back as it was answered
 */
export function unknownMembers(schemas: readonly z.ZodObject[], value: unknown): string[] {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return [];
  return Object.entries(value)
    .filter(([key, member]) => member !== null && !schemas.some((schema) => spellings(schema).has(key.toLowerCase())))
    .map(([key]) => key.slice(0, LONGEST_UNKNOWN))
    .slice(0, MOST_UNKNOWN);
}

const knownSpellings = new WeakMap<z.ZodObject, Map<string, string>>();

function spellings(schema: z.ZodObject): Map<string, string> {
  let names = knownSpellings.get(schema);
  if (!names) {
    names = new Map(Object.keys(schema.shape).map((name) => [name.toLowerCase(), name]));
    knownSpellings.set(schema, names);
  }
  return names;
}

function objectIn(schema: unknown): z.ZodObject | undefined {
  if (schema instanceof z.ZodOptional) return objectIn(schema.unwrap());
  return schema instanceof z.ZodObject ? schema : undefined;
}

/** A secret that is brought along could be guessed if it had fewer characters. */
export const SHORTEST_SECRET = 16;

/** @throws GatewayError bad-request where the secret that was given is too short */
export function checkSecret(secret: string | undefined): void {
  if (secret === undefined || secret.length >= SHORTEST_SECRET) return;
  throw new GatewayError("bad-request", `secret: must have at least ${SHORTEST_SECRET} characters`, "secret");
}

/** SHA-256 in hex. */
export async function sha256(text: string): Promise<string> {
  const known = hashes.get(text);
  if (known !== undefined) return known;
  const hash = createHash("sha256").update(text).digest("hex");
  if (hashes.size >= MOST_HASHES) hashes.clear();
  if (text.length <= LONGEST_HASHED) hashes.set(text, hash);
  return hash;
}

/** Of secrets that were sent lately: each request brings the same few. This memory is as safe as the request's own. */
const hashes = new Map<string, string>();
const MOST_HASHES = 1_000;
const LONGEST_HASHED = 200;
