/** One event, one line of JSON. Phone numbers and secrets are masked here, so that no caller can forget to. */

import type { Log } from "../core/kernel/ports.ts";
import { mask } from "../core/messages/msisdn.ts";

const SECRET = /secret|token|password|api-?key|authorization|pin/i;
// Also as people write them: what a customer got wrong is logged as it came.
const NUMBER_ALONE = /^(?:[ ()+.-]*\d){7,24}$/;
const NUMBER_IN_TEXT = /\+\d(?:[ .-]?\d){6,14}/g;

/** Lines of one turn of the event loop go out together: a batch of thousands is one write, not thousands. */
let waiting: string[] = [];

export function makeLog(now: () => number): Log {
  return {
    event(name, fields) {
      if (waiting.push(line(name, fields, now())) === 1) queueMicrotask(flush);
    },
  };
}

export function line(name: string, fields: Record<string, unknown>, at: number): string {
  return JSON.stringify({ at: new Date(at).toISOString(), event: name, ...fields }, (key, value) => {
    if (typeof value === "string" || typeof value === "number") {
      const text = String(value);
      if (SECRET.test(key)) return "***";
      if (typeof value === "string" && NUMBER_ALONE.test(text)) return mask(text);
      return typeof value === "string" ? text.replace(NUMBER_IN_TEXT, mask) : value;
    }
    return value;
  });
}

/** Log collectors cut long lines. Characters. */
const LONGEST_WRITE = 60_000;

function flush(): void {
  const lines = waiting;
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
