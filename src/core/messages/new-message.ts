/** A message as a customer asks for it, and how it becomes ours: number, sender, text, price and size are checked here. */

import { type Caller, normalSender } from "../accounts/account.ts";
import { checkChargeId } from "../billing/charges/charge-id.ts";
import type { MessageCharge } from "../billing/charges/paid.ts";
import type { HistoryEntry } from "../history.ts";
import type { Clock } from "../kernel/clock.ts";
import { GatewayError } from "../kernel/errors.ts";
import type { Ids } from "../kernel/ids.ts";
import { laneOf } from "../kernel/lane.ts";
import { checkAmount } from "../kernel/money.ts";
import { present } from "../kernel/present.ts";
import { HOME_TIME_ZONE } from "../kernel/time-zones.ts";
import type { Traceparent } from "../kernel/traces.ts";
import { firstAllowed, type QuietRule, ruleFor } from "../quiet/quiet.ts";
import { checkCountry } from "./allowed-countries.ts";
import { type Binary, type BodyEncoding, measureBinary } from "./binary.ts";
import { DEEPEST_ECHO, isTooMuch, LONGEST_ECHO } from "./echo.ts";
import type { DeliveryMode, Message, Priority } from "./message.ts";
import { toAnyMsisdn, toMsisdn } from "./msisdn.ts";
import type { Rich } from "./rich.ts";
import { neverSealed } from "./sealed.ts";
import { measure } from "./text.ts";

/** How long a text may be, unless an account sets another limit. */
export const MAX_PARTS = 66;

/** A message as a customer asks for it. `sendAt` is epoch ms, absent for now; `validitySeconds` counts from then. */
export type NewMessage = {
  theirId?: string;
  sender: string;
  recipient: string;
  text: string;
  /** The text is octets in hexadecimal digits, and not for people. */
  binary?: Binary;
  /** Refused if it has characters outside the GSM alphabet. */
  gsmOnly?: boolean;
  /** Sent in this encoding, even if a smaller one would do. */
  encoding?: "ucs2";
  /** The most parts it may need, where the dialect says; else it is the account's. */
  maxParts?: number;
  /** Sent from this sender though it is not registered as the caller's own: the dialect allows any sender. */
  anySender?: boolean;
  /** A recipient of the length of a number is taken though no numbering plan knows it. */
  anyNumber?: boolean;
  /** It is refused if its recipient has ended this consent by STOP; empty: any consent of the account's. */
  unlessStopped?: string;
  /** Sent on this channel and not as SMS; the recipient may then be any name. */
  channel?: string;
  /** The dialect has checked the size of this content, once for all its recipients. */
  rich?: Rich;
  priority: Priority;
  deliveryMode: DeliveryMode;
  sendAt?: number;
  validitySeconds: number;
  /** Epoch ms: its customer named the moment of its end, and not how long it is worth sending. Quiet hours do not move it. */
  validUntil?: number;
  reportUrl?: string;
  /** The price that the person pays, if any; the sender must then be a short number. */
  charge?: MessageCharge;
  echo: Record<string, unknown>;
  /** Members of the request that its dialect does not know: ignored, and named in the timeline. */
  unknown?: readonly string[];
};

type Times = { sendAt: number; expiresAt: number };

/** The ids of the merchants that an account may charge for; only read where something is charged. */
export type Merchants = ReadonlySet<string>;

/**
 * @param together how many came in the same request
 * @throws GatewayError bad-number, bad-sender, bad-text, bad-request, country-closed, quiet-hours
 */
export function toMessage(
  ports: { clock: Clock; ids: Ids },
  caller: Caller,
  wanted: NewMessage,
  merchants: Merchants,
  together = 1,
): Message {
  const recipient = toRecipient(wanted);
  const sender = toSender(caller, wanted);
  checkCountry(caller.account.settings, recipient);
  // Rich content needs no text.
  if (wanted.text === "" && !wanted.rich) throw new GatewayError("bad-text", "the text is empty", "text");
  if (wanted.charge) checkPaid(caller, sender, { ...wanted, charge: wanted.charge }, merchants);
  const measured = measuredOf(wanted);
  const { maxParts = caller.account.settings.maxParts ?? MAX_PARTS } = wanted;
  if (measured.parts > maxParts) {
    throw new GatewayError(
      "bad-text",
      `the text needs ${measured.parts} parts; ${maxParts} are the most a message may have`,
      "text",
    );
  }

  if (wanted.gsmOnly && measured.encoding !== "gsm7") {
    throw new GatewayError(
      "bad-text",
      "the text has characters outside the GSM alphabet, which were ruled out",
      "text",
    );
  }

  if (isTooMuch(wanted.echo)) {
    throw new GatewayError(
      "bad-request",
      `properties and the like may have ${LONGEST_ECHO} characters in all, and ${DEEPEST_ECHO} levels`,
      "properties",
    );
  }

  const now = ports.clock.now();
  const asked = timesOf(wanted, now);
  const quiet = quietRuleOf(caller, sender, recipient);
  const { sendAt, expiresAt } = quiet ? afterQuiet(caller, wanted, quiet, asked) : asked;
  const later = sendAt > now;
  return {
    id: ports.ids.message(caller.account.number),
    account: caller.account.id,
    dialect: caller.credential.dialect,
    theirId: wanted.theirId ?? ports.ids.uuid(),
    sender,
    recipient,
    text: measured.text ?? wanted.text,
    encoding: measured.encoding,
    parts: measured.parts,
    state: later ? "scheduled" : "accepted",
    priority: wanted.priority,
    lane: laneOf(wanted.priority, together),
    deliveryMode: wanted.deliveryMode,
    sendAt,
    expiresAt,
    acceptedAt: now,
    changedAt: now,
    // Where it is over before it may be sent, that is done at its end, and not later.
    dueAt: Math.min(sendAt, expiresAt),
    attempts: 0,
    ...(wanted.reportUrl ? { reportUrl: wanted.reportUrl } : {}),
    ...(wanted.charge ? { charge: wanted.charge } : {}),
    ...(wanted.channel ? { channel: wanted.channel } : {}),
    ...(wanted.rich ? { rich: wanted.rich } : {}),
    ...(wanted.binary ? { binary: wanted.binary } : {}),
    ...(quiet ? { quiet } : {}),
    ...sealedOf(caller, wanted),
    echo: wanted.echo,
    history: [
      { at: now, event: "accepted", ...(later ? { sendAt } : {}), ...askedBy(caller) },
      ...(sendAt > asked.sendAt ? [{ at: now, event: "quiet_hours.waits", until: sendAt } as const] : []),
      ...warnings(wanted, now),
    ],
  };
}

/** What belongs to a charge is not sealed: the charge itself has the number. */
export function sealedOf(
  { account }: Pick<Caller, "account">,
  { charge }: Pick<NewMessage, "charge">,
): Pick<Message, "isSealed"> {
  const { sealed } = account.settings;
  return sealed === undefined ? {} : { isSealed: sealed && !charge };
}

function warnings({ unknown = [] }: NewMessage, at: number): HistoryEntry[] {
  return unknown.length === 0 ? [] : [{ at, event: "request.unknown_members", members: unknown }];
}

/** The kept request that it came by, if requests are kept, and where it stands in a trace, if it is traced. */
export function askedBy({ request, trace }: AskedBy): { request?: string; trace?: Traceparent } {
  return present({ request, trace });
}

/** What is noted of the request by which something came. */
export type AskedBy = { request?: string | undefined; trace?: Traceparent | undefined };

/** The quiet hours that a text must heed: those of a sender for marketing alone. */
function quietRuleOf({ account, senders }: Caller, sender: string, recipient: string): QuietRule | undefined {
  const { quietHours, timeZone = HOME_TIME_ZONE } = account.settings;
  if (!quietHours || senders.get(normalSender(sender))?.purpose !== "marketing") return undefined;
  return ruleFor(quietHours, recipient, timeZone);
}

/**
 * When a marketing text is sent that was asked for at this time. Its validity counts from then, unless its end is a moment.
 * @throws GatewayError quiet-hours where the account wants it refused; bad-request where no hour is left
 */
function afterQuiet({ account }: Caller, wanted: NewMessage, quiet: QuietRule, asked: Times): Times {
  const sendAt = firstAllowed(quiet, asked.sendAt);
  if (sendAt === asked.sendAt) return asked;
  if (account.settings.quietHours?.action === "refuse") {
    const until = new Date(sendAt).toISOString();
    throw new GatewayError("quiet-hours", `it is quiet where ${shown(wanted.recipient)} is, until ${until}`, "sendAt");
  }
  return { sendAt, expiresAt: wanted.validUntil ?? asked.expiresAt + sendAt - asked.sendAt };
}

/** A time in the past means now. */
export function timesOf(wanted: NewMessage, now: number): Times {
  const sendAt = Math.max(now, wanted.sendAt ?? now);
  return { sendAt, expiresAt: wanted.validUntil ?? sendAt + wanted.validitySeconds * 1000 };
}

/** On a channel other than SMS nothing is split. */
const UNSPLIT: Measured = { encoding: "ucs2", parts: 1 };
type Measured = { encoding: BodyEncoding; parts: number; text?: string };

/** @throws GatewayError bad-text */
function measuredOf({ text, binary, channel, encoding }: NewMessage): Measured {
  if (binary) return measureBinary(text, binary);
  return channel ? UNSPLIT : measure(text, encoding);
}

const LONGEST_RECIPIENT = 100;

function toRecipient({ recipient, anyNumber, channel }: NewMessage): string {
  const number = anyNumber ? toAnyMsisdn(recipient) : toMsisdn(recipient);
  if (number) return number;
  if (channel && recipient !== "" && recipient.length <= LONGEST_RECIPIENT) return neverSealed(recipient);
  throw new GatewayError(
    "bad-number",
    `${shown(recipient)} is not a phone number: write it with + and its country code, like +4798079008`,
    "recipient",
  );
}

/** The sender as it is shown. @throws GatewayError bad-sender where it is none of the account's */
export function toSender(
  caller: Caller,
  { sender: wanted, anySender }: Pick<NewMessage, "sender" | "anySender">,
): string {
  const sender = caller.senders.get(normalSender(wanted));
  if (sender) return sender.kind === "long-number" ? `+${normalSender(sender.sender)}` : sender.sender;
  if (anySender) return wanted;
  throw new GatewayError(
    "bad-sender",
    `${shown(wanted)} is not a sender of account ${caller.account.id}; an operator adds it with PUT /admin/v1/accounts/${caller.account.id}/senders/…`,
    "sender",
  );
}

/** @throws GatewayError where this account cannot charge for a text from this sender */
function checkPaid(
  caller: Caller,
  sender: string,
  { charge, theirId }: { charge: MessageCharge; theirId?: string },
  merchants: Merchants,
): void {
  checkAmount(charge.amount, charge.currency);
  if (theirId) checkChargeId(theirId);
  if (caller.senders.get(normalSender(sender))?.kind !== "short-number") {
    throw new GatewayError("bad-sender", "a paid message must be sent from a short number", "sender");
  }
  if (!merchants.has(charge.merchant)) {
    throw new GatewayError(
      "bad-request",
      `merchantId: ${shown(charge.merchant)} is not a merchant of account ${caller.account.id}`,
      "merchantId",
    );
  }
}

export function shown(given: string): string {
  return given === "" ? "an empty text" : JSON.stringify(given.slice(0, 40));
}
