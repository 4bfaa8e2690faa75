/** One event, one line of JSON. Phone numbers and secrets are masked here, so that no caller can forget to. */

import type { Log } from "../core/kernel/ports.ts";
import { mask } from "../core/messages/msisdn.ts";

const SECRET = /secret|token|password|api-?key|authorization|pin/i;
// Also as people write them: what a customer got wrong is logged as it came.
const NUMBER_ALONE = /^(?:[ ()+.-]*\d){7,24}$/;
const NUMBER_IN_TEXT = /\+\d(?:[ .-]?\d){6,14}/g;

/** Lines of one turn of the event loop go out together: a batch of thousands is one write, not thousands. */
let waiting: string[] = [];
/** Real time of the last write, epoch ms. Under load, writes are so far apart: each costs as much as a query. */
let written = 0;
const APART = 25;
/** Since when a write is awaited, epoch ms. The request that is to make it may be cancelled: then another makes it. */
let awaited: number | undefined;
const LONGEST_AWAITED = 1_000;

/**
 * @param keepAlive keeps whatever is under way alive, until this is settled; absent: each turn of the event loop is written
 * @param requestId of the request that is at work just now
 */
export function makeLog(
  now: () => number,
  keepAlive?: (promise: Promise<unknown>) => void,
  requestId: () => string | undefined = () => undefined,
): Log {
  return {
    event(name, fields) {
      const id = requestId();
      waiting.push(line(name, id === undefined ? fields : { requestId: id, ...fields }, now()));
      const at = Date.now();
      const isLost = awaited !== undefined && at - awaited >= LONGEST_AWAITED;
      if (awaited !== undefined && !isLost) return;
      awaited = at;
      if (!keepAlive || isLost || at - written >= APART) return queueMicrotask(flush);
      keepAlive(new Promise((resolve) => setTimeout(resolve, APART)).then(flush));
    },
  };
}

export function line(name: string, fields: Record<string, unknown>, at: number): string {
  const shown: Record<string, unknown> = { at: timeOf(at), event: name };
  for (const key in fields) {
    const value = fields[key];
    shown[key] =
      typeof value === "object" && value !== null ? JSON.parse(JSON.stringify(value, masked)) : masked(key, value);
  }
  return JSON.stringify(shown);
}

/** The last time that was written: lines of one moment share it. To write one takes workerd 1 µs, of the 50 that a text in a batch costs. */
let lastTime = { at: Number.NaN, text: "" };

function timeOf(at: number): string {
  if (lastTime.at !== at) lastTime = { at, text: new Date(at).toISOString() };
  return lastTime.text;
}

/** A value as a log, or whatever else leaves the house, may have it. */
export function shown(key: string, value: unknown): unknown {
  return masked(key, value);
}

function masked(key: string, value: unknown): unknown {
  if (typeof value !== "string" && typeof value !== "number") return value;
  if (isSecret(key)) return "***";
  if (typeof value === "number") return value;
  if (NUMBER_ALONE.test(value)) return mask(value);
  return value.includes("+") ? value.replace(NUMBER_IN_TEXT, mask) : value;
}

const secretNames = new Map<string, boolean>();

function isSecret(key: string): boolean {
  let known = secretNames.get(key);
  if (known === undefined) {
    known = SECRET.test(key);
    // Most names are ours; those of others must not fill it.
    if (secretNames.size < 1_000) secretNames.set(key, known);
  }
  return known;
}

/** Log collectors cut long lines. Characters. */
const LONGEST_WRITE = 60_000;

function flush(): void {
  awaited = undefined;
  written = Date.now();
  const lines = waiting;
  if (lines.length === 0) return;
  waiting = [];
  let piece = "";
  for (const one of lines) {
    if (piece && piece.length + one.length > LONGEST_WRITE) {
      console.log(piece);
      piece = "";
    }
    piece += piece ? `\n${one}` : one;
  }
  console.log(piece);
}
