/**
 * A circuit breaker. A carrier whose answers are lost gets no messages for a while: the fate of each would be unknown, and
 * another carrier may take them. Its return is tested by a health check, and then with one text.
 */

import type { Log } from "../kernel/ports.ts";
import type { Carrier, CarrierHealth, SubmitResult } from "./carrier.ts";
import type { Message } from "./message.ts";

/** So many lost answers in a row open the breaker. */
const LOST_IN_A_ROW = 5;
/** How long the breaker stays open at first, and at most: twice as long after each trial that fails. Milliseconds. */
const FIRST_WAIT = 5_000;
const LONGEST_WAIT = 60_000;

type Guarded = Omit<Carrier, "health"> & { health(): Promise<CarrierHealth> };
type Given = { now: () => number; log: Log };

/** The same carrier, guarded. The breaker's state is in this isolate's memory: each isolate learns by itself. */
export function withBreaker<C extends Guarded>(carrier: C, { now, log }: Given): C {
  let lost = 0;
  /** Since when, and until when, it is open; epoch ms. */
  let open: { since: number; until: number; wait: number } | undefined;
  let isTrying = false;

  const heed = (results: readonly SubmitResult[]) => {
    for (const { outcome } of results) lost = outcome === "unknown" ? lost + 1 : 0;
    if (lost === 0 && open) {
      open = undefined;
      log.event("carrier.up", { carrier: carrier.name });
    } else if (lost >= LOST_IN_A_ROW && !open) {
      open = { since: now(), until: now() + FIRST_WAIT, wait: FIRST_WAIT };
      log.event("carrier.down", { carrier: carrier.name, lostAnswers: lost });
    }
  };

  const stayAway = () => {
    if (!open) return;
    const wait = Math.min(LONGEST_WAIT, open.wait * 2);
    open = { ...open, until: now() + wait, wait };
  };

  /** How long it is still open; a clock that was set back does not make that longer. Milliseconds. */
  const waitLeft = () => Math.min(open?.wait ?? 0, (open?.until ?? 0) - now());

  const passedOver = (messages: readonly Message[]): SubmitResult[] =>
    messages.map(() => ({
      outcome: "busy",
      isDown: true,
      retryAfterSeconds: Math.max(1, Math.ceil(waitLeft() / 1000)),
    }));

  /** One text, if its health check says that it is up. */
  const attempt = async (messages: readonly Message[]): Promise<SubmitResult[]> => {
    const [first, ...rest] = messages;
    if (!first || (await carrier.health()).state === "down") {
      stayAway();
      return passedOver(messages);
    }
    const [result = LOST] = await carrier.submit([first]).catch(() => [LOST]);
    heed([result]);
    if (open) stayAway();
    return [result, ...passedOver(rest)];
  };

  return {
    ...carrier,

    async submit(messages) {
      if (open) {
        if (isTrying || waitLeft() > 0) return passedOver(messages);
        isTrying = true;
        try {
          return await attempt(messages);
        } finally {
          isTrying = false;
        }
      }
      try {
        const results = await carrier.submit(messages);
        heed(results);
        return results;
      } catch (error) {
        heed(messages.map(() => LOST));
        throw error;
      }
    },

    async health() {
      if (!open) return carrier.health();
      const [since, until] = [new Date(open.since).toISOString(), new Date(open.until).toISOString()];
      return { state: "down", reason: `its answers are lost since ${since}; it is tried again after ${until}` };
    },
  };
}

const LOST: SubmitResult = { outcome: "unknown", detail: "the carrier gave no answer for this message" };
