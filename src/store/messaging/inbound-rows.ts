/** A row of `inbound`. */

import type { Inbound, NewInbound, ToldThen } from "../../core/inbound/inbound.ts";
import type { InboundId, KeywordId } from "../../core/kernel/ids.ts";
import { present } from "../../core/kernel/present.ts";
import type { Binary } from "../../core/messages/binary.ts";

export type InboundRow = {
  id: InboundId;
  number: number;
  carrier: string;
  their_id: string;
  account_id: string | null;
  sender: string;
  recipient: string;
  text: string;
  operator: string | null;
  keyword: string | null;
  is_stop: 0 | 1;
  received_at: number;
  keyword_id: KeywordId | null;
  forward: string | null;
  channel: string | null;
  told: string | null;
  binary: string | null;
};

export function toInbound(row: InboundRow): Inbound {
  const { tags, properties, consent } = JSON.parse(row.forward ?? "{}") as Partial<NonNullable<NewInbound["forward"]>>;
  return {
    id: row.id,
    number: row.number,
    carrier: row.carrier,
    theirId: row.their_id,
    sender: row.sender,
    recipient: row.recipient,
    text: row.text,
    isStop: row.is_stop === 1,
    receivedAt: row.received_at,
    ...present({ channel: row.channel, account: row.account_id, operator: row.operator, keyword: row.keyword }),
    ...present({ keywordId: row.keyword_id, tags, properties, consent }),
    ...(row.binary ? { binary: JSON.parse(row.binary) as Binary } : {}),
    ...(row.told ? { told: JSON.parse(row.told) as ToldThen } : {}),
  };
}
