/**
 * Reading bodies: all doors use this. A body is cut while it streams in, with or without a Content-Length, and its pieces (the
 * pairs of a form; the members and items of JSON) are counted before any of them is parsed. So the most that a request can
 * cost is bounded before its caller is known.
 */

import { GatewayError } from "../core/kernel/errors.ts";

/** No larger body is taken. Bytes. */
export const BODY_CAP = 10 * 1024 * 1024;
/** No larger form is: 20,000 characters of up to 12 bytes each, as they are escaped, and some more. Bytes. */
export const FORM_CAP = 256 * 1024;
/** A client that is still writing reads no answer: a body that is too large is read on, up to this, and discarded. Bytes. */
const DRAIN_CAP = 4 * BODY_CAP;

/** Pairs of a form, or of a query. */
export const MOST_PAIRS = 1_000;
/** Members and items of JSON: more than twice those of the largest batch. */
export const MOST_PIECES = 1_000_000;
/** The most pieces that are parsed before the caller is known, where the credential is in the body. */
export const STRANGERS_PIECES = 1_000;
/** Levels of JSON: far more than any request has, and few enough to be gone through one in another. */
const DEEPEST = 500;

/**
 * The cost of bodies so far: bytes that were kept, pieces that were looked at. A test asserts it in place of a time, which
 * would depend on the machine.
 */
export const spent = { bytes: 0, pieces: 0 };

/** A body that is too much, and how much of it was looked at before it was refused. */
export class TooMuch extends GatewayError {
  readonly seen: { bytes: number; pieces: number };

  constructor(message: string, seen: { bytes?: number; pieces?: number }) {
    super("too-large", message);
    this.name = "TooMuch";
    this.seen = { bytes: 0, pieces: 0, ...seen };
  }
}

/**
 * The body's bytes.
 * @param cap the most that are taken, bytes
 * @throws TooMuch
 */
export async function readBytes(request: Request, cap = BODY_CAP): Promise<Uint8Array> {
  const tooLarge = (bytes: number) =>
    new TooMuch(`the body is larger than ${sizeInWords(cap)}; send it in several requests`, { bytes });
  const claimed = Number(request.headers.get("content-length") ?? Number.NaN);
  if (claimed > DRAIN_CAP) throw tooLarge(0);
  if (!request.body) return new Uint8Array();
  // The runtime holds a body to the length it claims, and reads it whole at a third of the cost.
  if (claimed <= cap) return counted(new Uint8Array(await request.arrayBuffer()));

  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of request.body as ReadableStream<Uint8Array>) {
    length += chunk.byteLength;
    if (length > DRAIN_CAP) throw tooLarge(length);
    if (length <= cap) chunks.push(chunk);
    else chunks.length = 0;
  }
  if (length > cap) throw tooLarge(length);
  return counted(joined(chunks, length));
}

function counted(bytes: Uint8Array): Uint8Array {
  spent.bytes += bytes.byteLength;
  return bytes;
}

function joined(chunks: readonly Uint8Array[], length: number): Uint8Array {
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

function sizeInWords(bytes: number): string {
  return bytes >= 1024 * 1024 ? `${bytes / 1024 / 1024} MB` : `${bytes / 1024} kB`;
}

const UTF8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: false });

/**
 * The bytes as text.
 * @throws GatewayError bad-request when they are not UTF-8
 */
export function toText(bytes: Uint8Array): string {
  try {
    return UTF8.decode(bytes);
  } catch {
    throw new GatewayError("bad-request", "the body is not valid UTF-8");
  }
}

/** The reviver of JSON.parse; for a value that is no object or list it gets the source text too. */
export type Reviver = (this: unknown, key: string, value: unknown, context?: { source?: string }) => unknown;

/**
 * The JSON in these bytes, whatever content type was claimed. A comma before a closing bracket is forgiven.
 * @throws GatewayError bad-request when it is not UTF-8, not JSON, or too deep; TooMuch
 */
export function parseJson(bytes: Uint8Array, reviver?: Reviver): unknown {
  checkPieces(bytes);
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

/** @throws TooMuch; GatewayError bad-request where it is too deep */
function checkPieces(json: Uint8Array): void {
  const { pieces, depth } = measureJson(json, MOST_PIECES);
  if (pieces > MOST_PIECES) {
    const why = `the body has more than ${MOST_PIECES} members and items; send it in several requests`;
    throw new TooMuch(why, { bytes: json.byteLength, pieces });
  }
  if (depth > DEEPEST) throw new GatewayError("bad-request", `the body is nested more than ${DEEPEST} levels deep`);
}

/** Whether JSON has more pieces than are parsed before the caller is known. */
export function isForKnownCallers(json: Uint8Array): boolean {
  return measureJson(json, STRANGERS_PIECES).pieces > STRANGERS_PIECES;
}

const [QUOTE, COMMA, OPEN_LIST, BACKSLASH, CLOSE_LIST, OPEN, CLOSE] = [0x22, 0x2c, 0x5b, 0x5c, 0x5d, 0x7b, 0x7d];

/** Its members and items, and how deep they lie; no further than to one piece more than `most`, or one level too many. */
function measureJson(json: Uint8Array, most: number): { pieces: number; depth: number } {
  let pieces = 0;
  let depth = 0;
  let isInText = false;
  for (let at = 0; at < json.byteLength && pieces <= most && depth <= DEEPEST; at++) {
    const byte = json[at];
    if (isInText) {
      if (byte === BACKSLASH) at++;
      else if (byte === QUOTE) isInText = false;
    } else if (byte === QUOTE) isInText = true;
    else if (byte === COMMA) pieces++;
    else if (byte === OPEN || byte === OPEN_LIST) {
      pieces++;
      depth++;
    } else if (byte === CLOSE || byte === CLOSE_LIST) depth--;
  }
  spent.pieces += pieces;
  return { pieces, depth };
}

/**
 * The same request with a JSON body that is known to be small enough, for a library that takes it apart by itself. A body is
 * JSON whatever it says it is (curl says it is a form).
 * @throws TooMuch; GatewayError bad-request where it is too deep
 */
export async function withCappedJson(request: Request, cap: number): Promise<Request> {
  if (request.body === null || request.method === "GET" || request.method === "HEAD") return request;
  const bytes = await readBytes(request, cap);
  checkPieces(bytes);
  const headers = new Headers(request.headers);
  headers.set("content-type", "application/json");
  headers.delete("content-length");
  return new Request(request.url, { method: request.method, headers, body: bytes as Uint8Array<ArrayBuffer> });
}

/**
 * The fields of a form that is a body.
 * @param cap the most bytes that are taken
 * @throws TooMuch; GatewayError bad-request when it is not UTF-8
 */
export async function readFormBody(request: Request, cap = FORM_CAP): Promise<Record<string, string>> {
  return readForm(toText(await readBytes(request, cap)));
}

/**
 * The fields of a form, or of a query. If a field is repeated the last counts, and a `%` that begins no escape stays as it
 * is written (`100% off`), as in PHP.
 * @throws TooMuch; GatewayError bad-request when the escapes are not UTF-8
 */
export function readForm(text: string): Record<string, string> {
  return Object.fromEntries(formPairs(text));
}

/** The pairs of a form, or of a query, in order. Likewise. */
export function formPairs(text: string): [name: string, value: string][] {
  const pairs = countPairs(text);
  spent.pieces += pairs;
  if (pairs > MOST_PAIRS)
    throw new TooMuch(`a form may have ${MOST_PAIRS} fields`, { bytes: text.length, pieces: pairs });
  return text
    .split("&")
    .filter((pair) => pair !== "")
    .map((pair) => {
      const [, name = "", value = ""] = /^([^=]*)=?(.*)$/s.exec(pair) ?? [];
      const field = unescaped(name, "the name of a field");
      return [field, unescaped(value, JSON.stringify(field.slice(0, 40)))];
    });
}

/** No further than to one pair more than there may be. */
function countPairs(text: string): number {
  let pairs = text === "" ? 0 : 1;
  for (let at = text.indexOf("&"); at >= 0 && pairs <= MOST_PAIRS; at = text.indexOf("&", at + 1)) pairs++;
  return pairs;
}

/** @param what names it in the refusal; its text may be a secret, and is left out */
function unescaped(text: string, what: string): string {
  try {
    return decodeURIComponent(text.replaceAll("+", " ").replace(/%(?![0-9a-f]{2})/gi, "%25"));
  } catch {
    throw new GatewayError("bad-request", `${what} is not UTF-8 when it is unescaped`);
  }
}
