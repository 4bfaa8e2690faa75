/** What an account says of its texts and charges: how much it may ask for, what STOP means, how often a text may be repeated. */

/** How much it may ask for. Of money: minor units, by currency. Absent members are not limited. */
export type Limits = {
  requestsPerSecond?: number;
  messagesPerSecond?: number;
  messagesPerDay?: number;
  spendPerDay?: Readonly<Record<string, number>>;
};

/** *number*: STOP ends the texts of the number that it is written to. *group*: of each sender of its group. *account*: of all of them. */
export const OPT_OUT_SCOPES = ["number", "group", "account"] as const;

/** What an account's STOP means, and what it answers. Absent members: the number's alone; transactional texts end, too; with our words. */
export type OptOutRule = {
  scope?: (typeof OPT_OUT_SCOPES)[number];
  /** Whether texts of senders that are marked as transactional go on. Never those of North American numbers. */
  transactional?: "stopped" | "exempt";
  /** Whether people who write STOP, START or HELP are answered. */
  replies?: "on" | "off";
  stopText?: string;
  startText?: string;
  helpText?: string;
};

/** How few of its codes may be confirmed. Absent members: those of `CODE_GUARD`. */
export type CodeGuard = {
  /** How far back codes are looked at. */
  minutes?: number;
  /** Fewer codes than these tell nothing. */
  leastSent?: number;
  /** In percent of what was sent: an alarm where less is confirmed, and a block where still less is. 0: never. */
  alarmBelow?: number;
  blockBelow?: number;
  /** For how long nothing goes where it is blocked. */
  blockMinutes?: number;
  /** The most codes that go to one country in that time. Absent: as many as are asked for. */
  budget?: number;
  /** Whether its texts of high priority carry codes of its own, and are watched, too: it says which were confirmed. */
  texts?: boolean;
  /** Countries that are not watched, ISO 3166 alpha-2. */
  trusted?: readonly string[];
};

/** So many identical messages (account, sender, recipient, text) may be sent within so many seconds. */
export type LoopGuard = { most: number; seconds: number };

/**
 * What a credential may be used for. *send*: sends texts and one-time passwords, changes and cancels them. *charge*: charges people, opens
 * purchases, takes money back. *read*: looks.
 */
export const SCOPES = ["send", "charge", "read"] as const;
export type Scope = (typeof SCOPES)[number];
