/** Text a person sent to us, and taking it in. */

import type { AccountId } from "../accounts/account.ts";
import type { Page, PageOf } from "../page.ts";
import type { Clock, Ids, Log } from "../ports.ts";

export type InboundId = `inb_${string}`;

export type Inbound = {
  id: InboundId;
  carrier: string;
  /** The carrier's id for it: the same text may be reported twice. */
  theirId: string;
  /** The account that has the number; absent if none has, or several. */
  account?: AccountId;
  /** The person, in E.164. */
  sender: string;
  /** The number of ours that they wrote to. */
  recipient: string;
  text: string;
  /** Epoch ms. */
  receivedAt: number;
};

/** A text as a carrier reports it. */
export type Reported = Pick<Inbound, "carrier" | "theirId" | "sender" | "recipient" | "text">;

export interface InboundStore {
  /** Adds those that are new, with the account that has the number; answers them. */
  add(inbounds: readonly Omit<Inbound, "account">[]): Promise<Inbound[]>;
  /** Forgets texts received before a time (epoch ms), at most so many. */
  forget(before: number, limit: number): Promise<number>;
  list(
    filter: { account?: AccountId; sender?: string; since?: number; until?: number },
    page: Page,
  ): Promise<PageOf<Inbound>>;
}

/** Takes texts in. One that was reported before changes nothing. */
export async function receive(
  ports: { clock: Clock; ids: Ids; inbounds: InboundStore; log: Log },
  reported: readonly Reported[],
): Promise<void> {
  const receivedAt = ports.clock.now();
  const added = await ports.inbounds.add(reported.map((one) => ({ ...one, id: ports.ids.inbound(), receivedAt })));
  for (const { id, account, sender, recipient } of added) {
    ports.log.event("inbound.received", { id, from: sender, at: recipient, ...(account ? { account } : {}) });
  }
}
