/** What carriers that are called over HTTP share: how many calls are made at once, for how long, and what an answer means. */

import type { Http, HttpAnswer, HttpRequest } from "../core/kernel/ports.ts";
import { CARRIER_LIMIT, type CarrierHealth, type SubmitResult } from "../core/messages/carrier.ts";

/** The platform opens no more connections at once. */
export const AT_ONCE = 6;
/** A call that is begun has at least half of the time that there is. Milliseconds. */
const LATEST_BEGIN = CARRIER_LIMIT / 2;
/** A list of a thousand messages is far smaller. Bytes. */
export const ANSWER_CAP = 1024 * 1024;

/** After this many lost answers in a row no more calls are begun: the result of each further text would be unknown, too. */
const LOST_IN_A_ROW = 5;

const NOT_BEGUN = { outcome: "busy", retryAfterSeconds: 1, isUntried: true } as const;

/**
 * Asks for one message, or charge, after the other, some at once, as long as there is time; those for which there was no time are *busy*. One
 * answer each, in order.
 * @param ask is told how long it may take, milliseconds
 */
export async function eachInTime<Item, Result extends { outcome: string }>(
  wall: () => number,
  items: readonly Item[],
  ask: (item: Item, timeLimit: number) => Promise<Result>,
): Promise<(Result | typeof NOT_BEGUN | Lost)[]> {
  const begun = wall();
  const results: (Result | typeof NOT_BEGUN | Lost)[] = items.map(() => NOT_BEGUN);
  let next = 0;
  let lostInARow = 0;
  const work = async () => {
    for (;;) {
      const at = next++;
      const item = items[at];
      const spent = wall() - begun;
      if (item === undefined || spent > LATEST_BEGIN || lostInARow >= LOST_IN_A_ROW) return;
      const result = await ask(item, CARRIER_LIMIT - spent).catch((error) => lost(String(error)));
      lostInARow = result.outcome === "unknown" ? lostInARow + 1 : 0;
      results[at] = result;
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
  return results;
}

/** The same for questions; what there was no time for is undefined. */
export async function askInTime<Item, Answer>(
  wall: () => number,
  items: readonly Item[],
  ask: (item: Item, timeLimit: number) => Promise<Answer>,
): Promise<(Answer | undefined)[]> {
  const begun = wall();
  const answers: (Answer | undefined)[] = items.map(() => undefined);
  let next = 0;
  const work = async () => {
    for (;;) {
      const at = next++;
      const item = items[at];
      const spent = wall() - begun;
      if (item === undefined || spent > LATEST_BEGIN) return;
      answers[at] = await ask(item, CARRIER_LIMIT - spent).catch(() => undefined);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
  return answers;
}

type Lost = { outcome: "unknown"; detail: string };

export function lost(detail: string): Lost {
  return { outcome: "unknown", detail };
}

/** Cloudflare's words for an origin that was never reached: refused, unreachable, no handshake, certificate wrong. */
const NEVER_REACHED = [521, 523, 525, 526];
const LATER: SubmitResult = { outcome: "busy", retryAfterSeconds: 5 };

/**
 * What an answer means where the provider says nothing better. Only what proves that a message was not taken lets it go
 * again: everything else is *unknown*.
 */
export function generally(answer: HttpAnswer): SubmitResult {
  if (answer.outcome === "failed") {
    return answer.isUnsent
      ? { outcome: "refused", reason: "carrier-offline", own: true, detail: answer.error }
      : lost(answer.error);
  }
  const { status, retryAfter } = answer;
  const said = `it answered ${status}`;
  if (status === 429) return { outcome: "busy", retryAfterSeconds: Math.min(retryAfter ?? 1, LONGEST_WAIT) };
  if (NEVER_REACHED.includes(status)) return LATER;
  if ([401, 402, 403, 404].includes(status))
    return { outcome: "refused", reason: "carrier-offline", own: true, detail: said };
  // Too slow, or meant for elsewhere: it may have been read all the same.
  if ([408, 421, 499].includes(status)) return lost(said);
  if (status >= 400 && status < 500) return { outcome: "refused", reason: "rejected", detail: said };
  return lost(said);
}

/** A provider may ask for a day: who asks for more is asked again after this. Seconds. */
const LONGEST_WAIT = 300;

/** How long a look at its health may take. Milliseconds. */
const HEALTH_LIMIT = 4_000;

/** Whether it answers as it does when all is well. @param isWell of the status; else of the 200s */
export async function healthBy(
  http: Http,
  request: HttpRequest,
  isWell: (status: number) => boolean = (status) => status >= 200 && status < 300,
): Promise<CarrierHealth> {
  const answer = await http.send({ ...request, timeLimit: HEALTH_LIMIT });
  if (answer.outcome === "failed") return { state: "down", reason: answer.error };
  if (isWell(answer.status)) return { state: "up" };
  const why = answer.status === 401 || answer.status === 403 ? ": it does not know our credentials" : "";
  return { state: "down", reason: `it answered ${answer.status}${why}` };
}

/** The JSON in an answer; undefined where it is none, or was cut. */
export function jsonOf(answer: HttpAnswer): unknown {
  if (answer.outcome === "failed" || answer.isCut) return undefined;
  try {
    return JSON.parse(answer.body);
  } catch {
    return undefined;
  }
}
