/** When something must next be done, by what it is about; read in one question, since a sandbox whose clock moves asks at each step. */

export const DUE_KINDS = [
  ...(["subscriptions", "parts", "preauths", "campaigns"] as const),
  ...(["transactions", "messages", "webhooks"] as const),
] as const;
export type DueKind = (typeof DUE_KINDS)[number];

/** Epoch ms; absent: never. */
type Times = {
  /** When something can next be done. */
  next?: number;
  /** From when on a sweep finds rows in its index: also those that wait for something else, or that cannot be done. */
  listed?: number;
};

export type Agenda = Readonly<Record<DueKind, Times>> & {
  /** Whether anything is being done: a message or a charge is with a carrier, a webhook with a customer, a campaign is releasing texts. */
  readonly isInHand: boolean;
};

/** Until when the claims last of what is in hand, epoch ms: a row that is claimed is due at the end of its claim at the latest. */
export type Claims = { messages: number; transactions: number; webhooks: number };

export interface AgendaStore {
  /**
   * All of it as of one moment.
   * @param partsWait milliseconds that a part of a text waits for the others
   * @param wall real time, epoch ms: a charge is in hand by that, too
   */
  read(partsWait: number, claims: Claims, wall: number): Promise<Agenda>;
}

/** Epoch ms when something can next be done, of these kinds or of all; undefined: never. */
export function nextOf(agenda: Agenda, kinds: readonly DueKind[] = DUE_KINDS): number | undefined {
  const times = kinds.map((kind) => agenda[kind].next).filter((at) => at !== undefined);
  return times.length > 0 ? Math.min(...times) : undefined;
}

/** Whether a sweep of this kind has rows to look at by a time (epoch ms). */
export function isListed(agenda: Agenda, kind: DueKind, by: number): boolean {
  const { next = Number.POSITIVE_INFINITY, listed = next } = agenda[kind];
  return Math.min(next, listed) <= by;
}
