/** The promises about campaigns: to each once (P9), all of them (P1), at the pace (P8), and nothing while it is paused or cancelled (P12). */

import type { Timeline } from "../ground/timeline.ts";
import type { Submission } from "../network.ts";
import type { Oracle, Row, Watch, Watched } from "./oracle.ts";

/** A text that was claimed before a pause is handed over within this. Milliseconds. */
const ON_ITS_WAY = 60_000;
const MINUTE = 60_000;

/** What its maker knows of a campaign. Its text is its own, so that each of its texts is known by it. */
export class SimCampaign {
  readonly text: string;
  readonly people: ReadonlySet<string>;
  readonly perMinute: number;
  /** Since when nothing of it may be claimed; undefined while it may. Epoch ms. */
  stoppedSince: number | undefined;
  /** Whether it was told that it is started; and whether a cancel was asked for. */
  isStarted = false;
  mayBeCancelled = false;
  readonly taken = new Map<string, number>();

  constructor(text: string, people: readonly string[], perMinute: number) {
    this.text = text;
    this.people = new Set(people);
    this.perMinute = perMinute;
  }
}

export class Campaigns implements Watch {
  readonly #oracle: Oracle;
  readonly #timeline: Timeline;
  readonly #byText = new Map<string, SimCampaign>();
  /** When the messages of each are to be sent. */
  readonly #times = new Map<string, number[]>();

  constructor(oracle: Oracle, timeline: Timeline) {
    this.#oracle = oracle;
    this.#timeline = timeline;
  }

  add(campaign: SimCampaign): SimCampaign {
    this.#byText.set(campaign.text, campaign);
    return campaign;
  }

  handed({ id, recipient, text }: Submission, isTaken: boolean): void {
    const campaign = this.#byText.get(text);
    if (!campaign) return;
    const { stoppedSince = Number.POSITIVE_INFINITY } = campaign;
    if (this.#timeline.now > stoppedSince + ON_ITS_WAY)
      this.#oracle.report("P12", `${id} is of a campaign that is stopped, and left: ${text}`);
    if (!campaign.people.has(recipient)) this.#oracle.report("P9", `${id} goes to whom "${text}" was not for`);
    if (!isTaken) return;
    const times = (campaign.taken.get(recipient) ?? 0) + 1;
    campaign.taken.set(recipient, times);
    if (times > 1) this.#oracle.report("P9", `${recipient} was sent "${text}" ${times} times`);
  }

  changed(table: Watched, before: Row | undefined, after: Row | undefined): void {
    if (table !== "message" || before || !after?.campaign_id) return;
    const campaign = this.#byText.get(String(after.text));
    if (!campaign) return;
    const at = Number(after.send_at);
    const times = this.#times.get(campaign.text) ?? [];
    times.push(at);
    this.#times.set(campaign.text, times);
    const near = times.filter((time) => time > at - MINUTE && time <= at).length;
    if (near > campaign.perMinute)
      this.#oracle.report("P8", `"${campaign.text}" has ${near} texts in a minute, and may have ${campaign.perMinute}`);
  }

  atRest(): void {
    for (const { id, state, waiting } of this.#oracle.rows("campaign")) {
      if (state === "scheduled" || state === "running")
        this.#oracle.report("P1", `${id} was started, and is ${state} for ever, with ${waiting} waiting`);
    }
    for (const campaign of this.#byText.values()) this.#checkAll(campaign);
  }

  /** Whoever it was for has a message, which came to its own end. */
  #checkAll({ text, people, isStarted, mayBeCancelled }: SimCampaign): void {
    if (!isStarted || mayBeCancelled) return;
    const made = this.#times.get(text)?.length ?? 0;
    if (made !== people.size)
      this.#oracle.report("P1", `"${text}" was for ${people.size} people, and ${made} messages were made`);
  }
}
