/** One MSG as both gateways read it, and the messages that it makes: one for each recipient. */

import type { Caller } from "../../core/accounts/account.ts";
import { addressFor } from "../../core/accounts/callback.ts";
import { GatewayError } from "../../core/kernel/errors.ts";
import { isTooMuch, LONGEST_RICH } from "../../core/messages/echo.ts";
import type { NewMessage } from "../../core/messages/new-message.ts";
import type { Rich } from "../../core/messages/rich.ts";
import { toChannels } from "./channels.ts";
import { MessageError } from "./errors.ts";
import { checkEncoding, isBinary, MOST_PARTS, toSmsText } from "./parts.ts";
import { toRecipient } from "./recipient.ts";
import { toRich } from "./rich.ts";
import { toSender } from "./sender.ts";
import { settingsOf } from "./settings.ts";
import { isMoment, toValiditySeconds } from "./validity.ts";

/** Guide, "MSG" and "TO". */
export const MOST_MSGS = 1000;
export const MOST_RECIPIENTS = 1000;

/** A MSG with its types checked, and no more: members that were not given, or were null, are absent. */
export type Msg = {
  from?: string;
  /** As they were sent. */
  to: readonly string[];
  /** `header` is of a binary one. */
  body?: { content?: string; type?: string; header?: string };
  dcs?: string | number;
  reference?: string;
  minimumNumberOfMessageParts?: string | number;
  maximumNumberOfMessageParts?: string | number;
  appKey?: string;
  allowedChannels?: readonly string[];
  richContent?: { conversation?: readonly unknown[]; suggestions?: readonly unknown[] };
  customGrouping?: string;
  customGrouping2?: string;
  customGrouping3?: string;
  validity?: string;
};

/** The data that a message keeps for this dialect. */
export type Kept = Pick<Msg, "reference" | "appKey" | "customGrouping" | "customGrouping2" | "customGrouping3"> & {
  /** The recipient as it was written. */
  to: string;
  /** The groupings, as endpoints filter by them. */
  tags?: readonly string[];
};

/** How much of each is kept. The guide names 32 for references, and its own examples have more. Characters. */
export const LONGEST = {
  reference: 255,
  appKey: 255,
  customGrouping: 100,
  customGrouping2: 100,
  customGrouping3: 100,
} as const satisfies Record<Exclude<keyof Kept, "to" | "tags">, number>;

/** As long as the longest SMS. */
const LONGEST_TEXT_ELSEWHERE = MOST_PARTS * 153;

/** Where a message that no SMS can be made of goes, if it may go anywhere. */
const RICHEST = "RCS";

/** By which channel it goes, none being SMS; and whether it might have been SMS, whose limits then hold. */
type Way = { takesSms: boolean; channel?: string };

/**
 * For each recipient, in order, its message or its refusal.
 * @param now epoch ms
 */
export function toNewMessages(msg: Msg, caller: Caller, now: number): (NewMessage | GatewayError)[] {
  const shared = attempt(() => toShared(msg, caller, now));
  if (shared instanceof GatewayError) return msg.to.map(() => shared);
  const { way, kept, message } = shared;
  return msg.to.map((to) => attempt(() => ({ ...message, recipient: toRecipient(to, way), echo: { ...kept, to } })));
}

/** The members that are the same for all recipients. */
function toShared(msg: Msg, caller: Caller, now: number) {
  const { settings } = caller.account;
  const channels = toChannels(msg.allowedChannels);
  const sender = toSender(msg.from, !channels || channels.includes("SMS"), caller);
  const content = msg.body?.content ?? "";
  const rich = richOf(msg, settings);
  const way = wayOf(msg, channels, content, rich);
  checkEncoding(msg);
  if (way.channel && isBinary(msg)) throw new MessageError(305, "A BODY of TYPE BINARY goes by SMS alone");
  const validitySeconds = toValiditySeconds(msg.validity, now);
  const kept = keptOf(msg);
  const reportUrl = addressFor(caller.callbacks, "", "reportUrl")?.url;
  const message: Omit<NewMessage, "recipient" | "echo"> = {
    sender,
    anySender: settingsOf(settings).senders !== "own",
    anyNumber: true,
    ...(way.channel ? toOtherText(content) : toSmsText(content, msg, settings)),
    maxParts: MOST_PARTS,
    ...(way.channel ? { channel: way.channel } : {}),
    ...(rich ? { rich } : {}),
    priority: "normal",
    deliveryMode: "at-most-once",
    validitySeconds,
    ...(isMoment(msg.validity) ? { validUntil: now + validitySeconds * 1000 } : {}),
    ...(reportUrl ? { reportUrl } : {}),
  };
  return { way, kept, message };
}

/** SMS is used if it is allowed and there is text for it. */
function wayOf(msg: Msg, channels: readonly string[] | undefined, content: string, rich: Rich | undefined): Way {
  const takesSms = !channels || channels.includes("SMS");
  const hasContent = content !== "" || (rich?.bubbles.length ?? 0) > 0;
  const channel = channels ? channels.find((name) => name !== "SMS") : RICHEST;
  if (content !== "" && takesSms) return { takesSms };
  if (hasContent && channel) return { takesSms, channel };
  if (msg.body) throw new MessageError(304, "A body without content was found", "no-content");
  throw new MessageError(304, "No BODY field found in a MSG object.", "no-body");
}

function toOtherText(content: string): { text: string } {
  if (content.length <= LONGEST_TEXT_ELSEWHERE) return { text: content };
  throw new MessageError(304, `The CONTENT of a BODY may have ${LONGEST_TEXT_ELSEWHERE} characters`);
}

function richOf({ richContent }: Msg, settings: Caller["account"]["settings"]): Rich | undefined {
  if (!richContent?.conversation?.length && !richContent?.suggestions?.length) return undefined;
  if (isTooMuch({ richContent }, LONGEST_RICH)) {
    throw new MessageError(305, `RICHCONTENT may have ${LONGEST_RICH} characters in all`);
  }
  return toRich(richContent, settings);
}

function keptOf(msg: Msg): Omit<Kept, "to"> {
  const names = Object.keys(LONGEST) as (keyof typeof LONGEST)[];
  const pairs = names.flatMap((name) => (msg[name] === undefined ? [] : [[name, msg[name]] as const]));
  for (const [name, value] of pairs) {
    if (value.length <= LONGEST[name]) continue;
    throw new MessageError(305, `${name.toUpperCase()} may have ${LONGEST[name]} characters`);
  }
  const tags = [msg.customGrouping, msg.customGrouping2, msg.customGrouping3].flatMap((tag) => tag || []);
  return { ...Object.fromEntries(pairs), ...(tags.length > 0 ? { tags } : {}) };
}

function attempt<T>(make: () => T): T | GatewayError {
  try {
    return make();
  } catch (error) {
    if (error instanceof GatewayError) return error;
    throw error;
  }
}
