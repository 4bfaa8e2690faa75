/** POST messages: takes a text, or since v2.1 pictures, and answers the id of its record. */

import type { Context } from "hono";
import { type Caller, normalSender } from "../../core/accounts/account.ts";
import { addressFor } from "../../core/accounts/callback.ts";
import { GatewayError } from "../../core/kernel/errors.ts";
import type { NewMessage } from "../../core/messages/new-message.ts";
import type { Bubble } from "../../core/messages/rich.ts";
import type { DialectEnv } from "../dialect.ts";
import { answer, linkTo, versionOf } from "./answer.ts";
import { readAttributes } from "./body.ts";
import { newRecordId } from "./ids.ts";
import { nameOf, typeOf } from "./media.ts";
import { isTollFree, liesAbroad, toNumber } from "./numbers.ts";
import { Pace } from "./pace.ts";
import { priceOf, sizeOf } from "./price.ts";
import { readWanted, type Wanted } from "./schema.ts";
import { settingsOf } from "./settings.ts";
import type { Kept, Version } from "./version.ts";

/** No source says for how long the vendor tries. */
const VALIDITY_SECONDS = 48 * 3_600;
/** The length of a text is bounded by its characters alone. */
export const MAX_PARTS = 255;

const pace = new Pace();

export async function createMessage(c: Context<DialectEnv>): Promise<Response> {
  const version = versionOf(c);
  const caller = c.get("caller");
  const wanted = readWanted(await readAttributes(c), version);
  const theirId = newRecordId(version, c.get("gateway").newId());
  const message = toNewMessage(wanted, caller, { version, theirId });
  keepPace(c);
  const { theirId: id } = await c.get("gateway").accept(caller, message);
  // The clients of v2 know 200; some later ones take 202 and nothing else.
  if (version === "v2") return answer(c, { data: { id } });
  return answer(c, { data: { id, type: "message", links: { self: linkTo(c, id) } } }, 202);
}

/** @throws GatewayError bad-number, bad-sender, not-allowed */
function toNewMessage(
  wanted: Wanted,
  caller: Caller,
  { version, theirId }: { version: Version; theirId: string },
): NewMessage {
  const { settings } = caller.account;
  const sender = toSender(wanted.from, caller);
  const recipient = toNumber(wanted.to, settings);
  if (!recipient) {
    const why = liesAbroad(wanted.to)
      ? ABROAD
      : "is not a number that may be sent to: write it with 11 digits, like 12065551234";
    throw new GatewayError("bad-number", `${shown(wanted.to)} ${why}`, "recipient");
  }
  const { encoding, segments } = sizeOf(wanted.text);
  const { isMms, mediaUrls } = wanted;
  const price = priceOf(settings, { segments, isMms, isInbound: false, isTollFree: isTollFree(sender) });
  const report = reportOf(wanted, caller, sender, version);
  const kept: Kept = {
    encoding,
    ...price,
    isMms,
    ...(mediaUrls.length > 0 ? { mediaUrls } : {}),
    ...(report ? { reportForm: report.form } : {}),
  };
  return {
    theirId,
    sender,
    recipient,
    text: wanted.text,
    maxParts: MAX_PARTS,
    anyNumber: true,
    ...(isMms ? { channel: "MMS", rich: { bubbles: toBubbles(wanted), buttons: [], given: { mediaUrls } } } : {}),
    priority: "normal",
    deliveryMode: "at-most-once",
    validitySeconds: VALIDITY_SECONDS,
    ...(report ? { reportUrl: report.url } : {}),
    echo: kept,
  };
}

const ABROAD =
  "lies abroad: without the setting `international` an account sends within the United States and Canada alone";

/** Three refusals: a malformed number, a sender of another account, a sender of this account that is no phone number. */
function toSender(from: string, { account, senders }: Caller): string {
  const own = senders.get(normalSender(from));
  const notAllowed = () => new GatewayError("not-allowed", `${shown(from)} is not a number that you may send from`);
  if (own && own.kind !== "long-number") throw notAllowed();
  const number = toNumber(from, account.settings);
  if (!number) {
    const why = liesAbroad(from) ? ABROAD : "is not a phone number with 11 digits, like 12065551234";
    throw new GatewayError("bad-sender", `${shown(from)} ${why}`, "sender");
  }
  if (!own) throw notAllowed();
  return number;
}

function shown(given: string): string {
  return JSON.stringify(given.slice(0, 40));
}

/** The address of its receipts: its own, else its number's, else the account's; and their form. */
function reportOf(
  { reportUrl, isMms }: Wanted,
  { callbacks }: Caller,
  sender: string,
  version: Version,
): { url: string; form: Version } | undefined {
  if (reportUrl) return { url: reportUrl, form: version };
  const address = addressFor(callbacks, sender, isMms ? "mmsReportUrl" : "reportUrl");
  // v2 has no receipts: at an address set for v2 they come in the form of v2.1.
  return address && { url: address.url, form: address.form === "v2.2" ? "v2.2" : "v2.1" };
}

/** The text goes with the first picture. */
function toBubbles({ text, mediaUrls: [first, ...others] }: Wanted): Bubble[] {
  return [
    { ...(text === "" ? {} : { text }), ...(first ? { media: toShown(first) } : {}) },
    ...others.map((url) => ({ media: toShown(url) })),
  ];
}

function toShown(url: string): NonNullable<Bubble["media"]> {
  const type = typeOf(url);
  return { url, ...(type ? { type } : {}), name: nameOf(url) };
}

function keepPace(c: Context<DialectEnv>): void {
  const { id, settings } = c.get("caller").account;
  const { perSecond } = settingsOf(settings);
  if (perSecond === undefined) return;
  if (!pace.takes(id, perSecond, c.get("gateway").wallClock())) {
    throw new GatewayError("too-many-requests", `${perSecond} messages in a second are the most you may send`);
  }
}
