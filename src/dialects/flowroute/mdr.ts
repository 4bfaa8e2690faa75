/** The message detail record of a message or an inbound text, as each version shapes it. */

import type { Inbound } from "../../core/inbound/inbound.ts";
import type { Message } from "../../core/messages/message.ts";
import type { Sent } from "../../core/messages/records.ts";
import { recordIdOf } from "./ids.ts";
import { toMedia } from "./media.ts";
import { isTollFree, written } from "./numbers.ts";
import { type Price, priceOf, sizeOf, toDecimal, toDisplay, totalOf } from "./price.ts";
import { type Receipt, receiptsOf, statusOf, toTimestamp } from "./status.ts";
import { type Kept, NAME, type Version, versionOfForm } from "./version.ts";

/** The version in which a record is shown, and the members that do not come from the record. */
export type RecordView = {
  version: Version;
  /** Where texts to a number of the account are posted now; only v2 shows it. */
  callbackUrl: (number: string) => string | undefined;
  /** The address of a record; absent where no links are shown. */
  linkTo?: (id: string) => string;
};

/** A record, before any version has shaped it. */
type Facts = {
  id: string;
  direction: "outbound" | "inbound";
  body: string;
  from: string;
  to: string;
  /** The account's number, and the person's. */
  own: string;
  other: string;
  encoding: 0 | 8;
  price: Price;
  isMms: boolean;
  mediaUrls: readonly string[];
  /** Epoch ms. */
  at: number;
  status: string;
  receipts: readonly Receipt[];
  /** Where an inbound text was posted when it came. */
  postedTo: string | undefined;
};

/** The record, and the pictures that go with it. */
export function toMdr(sent: Sent, view: RecordView) {
  const facts = sent.direction === "out" ? ofMessage(sent.message) : ofInbound(sent.inbound);
  if (view.version === "v2") {
    return { data: { attributes: attributesOfV2(facts, view), type: "message", id: facts.id }, included: [] };
  }
  const included = toMedia(facts.id, facts.mediaUrls);
  const data = {
    attributes: attributesOf(facts, view),
    type: "message",
    relationships: { media: { data: included.map(({ type, id }) => ({ type, id })) } },
    id: facts.id,
    ...(view.linkTo ? { links: { self: view.linkTo(facts.id) } } : {}),
  };
  return { data, included };
}

function ofMessage(message: Message): Facts {
  const kept = message.echo as Kept;
  return {
    id: message.theirId,
    direction: "outbound",
    body: message.text,
    from: message.sender,
    to: message.recipient,
    own: message.sender,
    other: message.recipient,
    encoding: kept.encoding,
    price: kept,
    isMms: kept.isMms,
    mediaUrls: kept.mediaUrls ?? [],
    at: message.acceptedAt,
    status: statusOf(message),
    receipts: receiptsOf(message),
    postedTo: undefined,
  };
}

/** Its price, its address and its id stay as they were when it came, whatever is set since. */
function ofInbound({ id, text, sender, recipient, channel, receivedAt, told }: Inbound): Facts {
  const isMms = channel === "MMS";
  const posted = told?.at?.[NAME];
  const { encoding, segments } = sizeOf(text);
  return {
    // One that was not posted has an id of the later kind.
    id: recordIdOf(id, posted ? versionOfForm(posted.form) : "v2.1"),
    direction: "inbound",
    body: text,
    from: sender,
    to: recipient,
    own: recipient,
    other: sender,
    encoding,
    price: priceOf(told ?? {}, { segments, isMms, isInbound: true, isTollFree: isTollFree(recipient) }),
    isMms,
    mediaUrls: [],
    at: receivedAt,
    // As the vendor's samples have it: one with pictures has none.
    status: isMms ? "" : "delivered",
    receipts: [],
    postedTo: posted?.url,
  };
}

/** In the order of the v2 clients' README. */
function attributesOfV2(facts: Facts, { version, callbackUrl }: RecordView) {
  const total = totalOf(facts.price);
  return {
    body: facts.body,
    direction: facts.direction,
    amount_nanodollars: total,
    message_encoding: facts.encoding,
    timestamp: toMicroseconds(facts.at),
    // README: "Currently, MMS is not supported; therefore, the default value for this field will always be false."
    has_mms: false,
    to: written(facts.to, version),
    amount_display: toDisplay(total),
    from: written(facts.from, version),
    callback_url: callbackUrl(facts.own) ?? null,
    // README: the type of the number that it "was sent to or received from"; in later versions that of the account's own.
    message_type: isTollFree(facts.other) ? "toll-free" : "long-code",
  };
}

/** In the order of the v3 clients' README. */
function attributesOf(facts: Facts, { version }: RecordView) {
  const total = totalOf(facts.price);
  return {
    body: facts.body,
    status: facts.status,
    direction: facts.direction,
    amount_nanodollars: total,
    to: written(facts.to, version),
    message_encoding: facts.encoding,
    timestamp: toTimestamp(facts.at),
    delivery_receipts: facts.receipts,
    amount_display: toDisplay(total),
    from: written(facts.from, version),
    is_mms: facts.isMms,
    message_type: isTollFree(facts.own) ? "toll-free" : "longcode",
    ...(facts.postedTo === undefined ? {} : { message_callback_url: facts.postedTo }),
    ...(version === "v2.2" ? { price_details: detailsOf(facts.price) } : {}),
  };
}

/** Texts, since the Go client reads no numbers there. */
function detailsOf(price: Price) {
  return {
    base_rate: toDecimal(price.baseNanodollars),
    surcharge_rate: toDecimal(price.surchargeNanodollars),
    segment_count: price.segments,
    charged_cost: toDecimal(totalOf(price)),
  };
}

/** Six digits of a second, zeros included, and an offset. @param at epoch ms */
function toMicroseconds(at: number): string {
  return new Date(at).toISOString().replace("Z", "000+00:00");
}
