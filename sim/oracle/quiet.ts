/** Quiet hours (P12): no marketing text is handed over in the night of its recipient, however long it waited for a carrier. */

import type { Timeline } from "../ground/timeline.ts";
import type { Submission } from "../network.ts";
import type { Oracle, Watch } from "./oracle.ts";
import { SKEW } from "./texts.ts";

/** The sender that is for marketing, when its texts are not sent, and where their recipients are. */
export const OFFERS = { account: "hush", sender: "Offers", hours: "21:00-08:00", timeZone: "Europe/Oslo" } as const;

/** A text that was claimed in time is handed over within this. Milliseconds. */
const ON_ITS_WAY = 60_000;

export class QuietHours implements Watch {
  readonly #oracle: Oracle;
  readonly #timeline: Timeline;

  constructor(oracle: Oracle, timeline: Timeline) {
    this.#oracle = oracle;
    this.#timeline = timeline;
  }

  handed({ id, sender }: Submission): void {
    const { now } = this.#timeline;
    if (sender === OFFERS.sender && [now - ON_ITS_WAY, now, now + SKEW].every(isNight))
      this.#oracle.report(
        "P12",
        `${id} is a marketing text, and left at ${new Date(now).toISOString()}, in quiet hours`,
      );
  }

  atRest(): void {
    for (const { id, sender, state } of this.#oracle.rows("message")) {
      if (sender === OFFERS.sender && ["scheduled", "accepted", "submitting"].includes(String(state)))
        this.#oracle.report("P1", `${id} waits for the end of quiet hours, and is ${state} for ever`);
    }
  }
}

/** By a clock on a wall in Oslo, which none of the gateway's own code reads. */
function isNight(at: number): boolean {
  const hour = Number(
    new Intl.DateTimeFormat("en-GB", { timeZone: OFFERS.timeZone, hour: "2-digit", hourCycle: "h23" }).format(at),
  );
  return hour >= 21 || hour < 8;
}
