/** Outages: which carriers do not answer, known to all places that run the gateway. */

/**
 * *down*: it gets nothing until `until`. *probing*: one place tries it, and has until then. *up*: it answers again. A carrier
 * that never was down has none.
 */
export const OUTAGE_STATES = ["down", "probing", "up"] as const;

/** Times are epoch ms, durations ms. */
export type Outage = {
  carrier: string;
  state: (typeof OUTAGE_STATES)[number];
  /** When it went down, or came back. */
  since: number;
  until: number;
  /** How long it is left alone after a trial that failed, the next time half of that was. */
  wait: number;
};

export interface OutageStore {
  all(): Promise<Outage[]>;
  /** Writes that a carrier is down; false if it was known. */
  begin(outage: Omit<Outage, "state">): Promise<boolean>;
  /** Gives the one trial to whoever asks first after `until`: it has until `end` (epoch ms) to tell how it went. */
  claimTrial(carrier: string, now: number, end: number): Promise<boolean>;
  /** After a trial that failed. */
  prolong(carrier: string, until: number, wait: number): Promise<void>;
  /** Writes that it answers again; false if it was not down. */
  end(carrier: string, now: number): Promise<boolean>;
  /** Those of which the operator was not told yet what they are now. */
  untold(): Promise<Outage[]>;
  /** Notes that the operator was told that it is up, or not. */
  told(carrier: string, isUp: boolean): Promise<void>;
}
