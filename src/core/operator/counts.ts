/** What happened how often, for a monitoring system: figures that only grow, over all places that run the gateway. */

/** What is counted, with what it says in `/metrics`. */
export const COUNTED = {
  message_accepted: "messages accepted, by account and by the first digits of the recipient",
  charge_accepted: "charges accepted from programs, by account and currency",
  auth_rejected: "requests refused for a missing or wrong credential, by the API that was called",
  pin_sent: "PINs that purchase pages sent, by account and service",
  pin_wrong: "PINs and pincodes that were tried and are wrong or used up, by account",
  webhook_died: "webhooks given up, by account",
  login_refused: "logins to the console with a token that opens nothing",
  loop_stopped: "texts that were not sent because too many identical ones were sent just before, by account",
  code_blocked:
    "codes that were not sent because the account's guard had blocked where they would have gone, by account",
  code_guard_raised: "alarms and blocks of guards of codes, by account and reason",
  limit_refused: "requests refused because a limit of an account, or of a credential of it, was reached",
} as const satisfies Record<string, string>;
export type Counted = keyof typeof COUNTED;

/** Of few values each: every set of them is a row. */
export type Labels = Readonly<Record<string, string>>;
export type Count = { name: Counted; labels: Labels; count: number };

export interface Counts {
  /** Counts one, or so many. It is written a little later, together with others; what a process has not written when it dies is not counted. */
  count(name: Counted, labels?: Labels, times?: number): void;
}

export interface CountStore {
  add(counts: readonly Count[]): Promise<void>;
  all(): Promise<Count[]>;
}
