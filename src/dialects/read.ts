/** Mechanics every dialect shares: reading a body that may be too large, badly encoded or not JSON; forms; hashes. */

import { z } from "zod";
import { GatewayError } from "../core/kernel/errors.ts";

/** No larger body is taken. Bytes. */
export const BODY_CAP = 10 * 1024 * 1024;

/** Who is still writing hears no answer: what is too large is read on, up to this, and thrown away. Bytes. */
const DRAIN_CAP = 4 * BODY_CAP;

/**
 * The body's bytes.
 * @throws GatewayError too-large
 */
export async function readBytes(request: Request): Promise<Uint8Array> {
  const tooLarge = () =>
    new GatewayError("too-large", `the body is larger than ${BODY_CAP / 1024 / 1024} MB; send it in several requests`);
  const told = Number(request.headers.get("content-length") ?? Number.NaN);
  if (told > DRAIN_CAP) throw tooLarge();
  if (!request.body) return new Uint8Array();
  // The runtime holds a body to the length it claims, and reads it whole at a third of the cost.
  if (told <= BODY_CAP) return new Uint8Array(await request.arrayBuffer());

  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of request.body) {
    length += chunk.byteLength;
    if (length > DRAIN_CAP) throw tooLarge();
    if (length <= BODY_CAP) chunks.push(chunk);
  }
  if (length > BODY_CAP) throw tooLarge();
  const [only] = chunks;
  if (chunks.length === 1 && only) return only;
  const bytes = new Uint8Array(length);
  let at = 0;
  for (const chunk of chunks) {
    bytes.set(chunk, at);
    at += chunk.byteLength;
  }
  return bytes;
}

/** What JSON.parse asks of each value; of one that is no object or list it hands over the source, too. */
export type Reviver = (this: unknown, key: string, value: unknown, context?: { source?: string }) => unknown;

/**
 * The JSON in these bytes, whatever content type was claimed. A comma before a closing bracket is forgiven.
 * @throws GatewayError bad-request when it is not UTF-8 or not JSON
 */
export function parseJson(bytes: Uint8Array, reviver?: Reviver): unknown {
  const text = toText(bytes);
  if (text.trim() === "") throw new GatewayError("bad-request", "the body is empty; JSON was expected");
  try {
    return JSON.parse(text, reviver);
  } catch (error) {
    try {
      return JSON.parse(
        text.replace(TEXT_OR_SPARE_COMMA, (found) => (found === "," ? "" : found)),
        reviver,
      );
    } catch {
      throw new GatewayError("bad-request", `the body is not valid JSON: ${(error as Error).message}`);
    }
  }
}

// A text that never ends is matched to the end of the body, so that no place in it is tried twice.
const TEXT_OR_SPARE_COMMA = /"[^"\\]*(?:\\[\s\S][^"\\]*)*(?:"|\\?$)|,(?=\s*[}\]])/g;

/**
 * The bytes as text.
 * @throws GatewayError bad-request when they are not UTF-8
 */
export function toText(bytes: Uint8Array): string {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: false }).decode(bytes);
  } catch {
    throw new GatewayError("bad-request", "the body is not valid UTF-8");
  }
}

/**
 * The fields of a form, or of a query. Of a field that is there more than once the last counts, and what is no escape
 * stays as it is written (`100% off`), as PHP has it.
 * @throws GatewayError bad-request when the escapes are not UTF-8
 */
export function readForm(text: string): Record<string, string> {
  const pairs = text.split("&").filter((pair) => pair !== "");
  return Object.fromEntries(
    pairs.map((pair) => {
      const [, name = "", value = ""] = /^([^=]*)=?(.*)$/s.exec(pair) ?? [];
      return [unescaped(name), unescaped(value)];
    }),
  );
}

/** An address with more in its query: what is there stays as it is written, and so does its fragment. */
export function withQuery(url: string, fields: Record<string, string>): string {
  const [, address = "", fragment = ""] = /^([^#]*)(.*)$/s.exec(url) ?? [];
  const joint = !address.includes("?") ? "?" : /[?&]$/.test(address) ? "" : "&";
  return address + joint + new URLSearchParams(fields) + fragment;
}

function unescaped(text: string): string {
  try {
    return decodeURIComponent(text.replaceAll("+", " ").replace(/%(?![0-9a-f]{2})/gi, "%25"));
  } catch {
    throw new GatewayError("bad-request", `${JSON.stringify(text.slice(0, 40))} is not UTF-8 when it is unescaped`);
  }
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

/** So much of what a request has, and nothing here knows, is kept for whoever looks for their mistake. */
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

/** SHA-256 in hex. */
export async function sha256(text: string): Promise<string> {
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text));
  return Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** Whether two texts are the same, told as late when the first letter differs as when the last does. */
export function isSameSecret(one: string, other: string): boolean {
  let difference = one.length ^ other.length;
  for (let at = 0; at < one.length; at++) difference |= one.charCodeAt(at) ^ other.charCodeAt(at % (other.length || 1));
  return difference === 0;
}
