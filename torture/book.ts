/** What customers asked for and what they were answered: all that they will hold against the gateway in the end. */

export type Text = {
  /** For people who look into a breach. */
  id: string;
  dialect: "target365" | "txtnation" | "cm" | "flowroute" | "smpp";
  recipient: string;
  /** Whether the handset may show it more than once. */
  mayDouble: boolean;
  isAcknowledged: boolean;
  /** Whoever is told of its fate names it by this; absent where nobody is told. */
  reportedAs?: string;
  /** All that it ever said, each with the time (epoch ms) before which it may not be shown. */
  versions: Map<string, number>;
  /** Those that may still be shown. */
  valid: Set<string>;
};

export type Charge = {
  id: string;
  recipient: string;
  isAcknowledged: boolean;
  /** Asked back by its merchant, and that was acknowledged. */
  isReversed: boolean;
};

export type Inbound = { id: string; from: string; text: string; isAcknowledged: boolean };

export type Subscriber = {
  recipient: string;
  /** Epoch ms: when the second week begins that they may be billed for. */
  nextWeek: number;
  /** Its id, once the beginning was acknowledged. */
  subscription?: string;
  /** Epoch ms: when the person was told that it is over. */
  stoppedAt?: number;
};

/** A person on a purchase page. */
export type Buyer = { recipient: string; windows: number; wasToldPaid: boolean };

export class Book {
  readonly texts: Text[] = [];
  readonly charges: Charge[] = [];
  readonly inbounds: Inbound[] = [];
  readonly subscribers: Subscriber[] = [];
  readonly buyers: Buyer[] = [];
  /** Ids of texts over SMPP whose receipts came. */
  readonly receipts = new Set<string>();
  /** Answers that no honest request should get, in words. */
  readonly refusals: string[] = [];
  /** How many requests had no answer, and how many were answered with a fault of the gateway's own. */
  unanswered = 0;
  faults = new Map<string, number>();
  /** How many things were acknowledged, of any kind. */
  acknowledged = 0;
}
