/** /gateway.php: send a text, free or paid, on its own or as an answer. */

import type { Context } from "hono";
import type { Caller } from "../../core/accounts/account.ts";
import { normalSender } from "../../core/accounts/account.ts";
import { consentOf, guardOf, periodPrice, type Service } from "../../core/billing/service.ts";
import type { Inbound } from "../../core/inbound/inbound.ts";
import { toMinor } from "../../core/kernel/money.ts";
import type { NewMessage } from "../../core/messages/accept.ts";
import { toMsisdn } from "../../core/messages/msisdn.ts";
import { MAX_PARTS } from "../../core/messages/new-message.ts";
import { measure } from "../../core/messages/text.ts";
import type { DialectEnv } from "../dialect.ts";
import { callerOf, type Given, readGiven } from "./auth.ts";
import { WordError } from "./errors.ts";
import { BILLED, FREE, networkOf } from "./networks.ts";
import { HTML_TYPE } from "./schema.ts";

/** About two days, vendor's wiki. */
const VALIDITY_SECONDS = 2 * 86_400;
const LONGEST_ID = 200;
const CURRENCY = "NOK";

/** A text as it is asked for. */
type Wanted = {
  isReply: boolean;
  recipient: string;
  text: string;
  /** Empty where a free text came without. */
  id: string;
  network: string;
  /** Minor units; 0 for a free text. */
  value: number;
  currency: string;
  shortcode: string;
  title: string;
};

/** Their checks, in their order: the caller, the parameters, the service, the text it answers, and opt-outs. */
export async function sendText(c: Context<DialectEnv>): Promise<Response> {
  const given = await readGiven(c);
  if (/^\/ir_response/.test(c.req.path) && given.action !== "ir_gateway") throw new WordError("E-103");
  const caller = await readCaller(c, given);
  const wanted = readWanted(given);
  const gateway = c.get("gateway");

  const offers = wanted.value > 0 ? offersOf(await gateway.services(caller), wanted) : [];
  if (wanted.value > 0 && offers.length === 0) throw new WordError("IR-412");

  const asked = wanted.isReply ? await gateway.inboundByNumber(caller, Number(wanted.id)) : undefined;
  if (wanted.isReply && !isAnsweredBy(asked, wanted)) throw new WordError("IR-104");
  const service = asked ? offerAt(asked, offers) : offers[0];
  if (wanted.value > 0 && !service) throw new WordError("IR-412");

  if (wanted.isReply && (await gateway.message(caller, wanted.id))) throw new WordError("IR-101");
  // A person who wrote STOP gets a confirmation: a free answer is always allowed.
  const isUnasked = service !== undefined || !wanted.isReply;

  const callback = caller.callbacks.get("");
  await gateway.accept(caller, {
    ...toMessage(wanted, service?.shortNumber ?? senderOf(caller, wanted, asked)),
    ...(service ? { charge: toCharge(service, wanted) } : {}),
    ...(isUnasked ? { unlessStopped: service ? consentOf(service) : "" } : {}),
    ...(callback?.reportUrl ? { reportUrl: callback.reportUrl } : {}),
    echo: callback?.method === "GET" ? { reportMethod: "GET" } : {},
  });
  return c.body("SUCCESS", 200, HTML_TYPE);
}

async function readCaller(c: Context<DialectEnv>, { cc = "", ekey = "" }: Given): Promise<Caller> {
  if (!/^[A-Za-z0-9_.-]{1,100}$/.test(cc)) throw new WordError("IR-414");
  if (ekey === "") throw new WordError("IR-103");
  const caller = await callerOf(c, cc, ekey);
  if (caller === "unknown name") throw new WordError("IR-415");
  if (caller === "wrong key") throw new WordError("IR-103");
  return caller;
}

function readWanted(given: Given): Wanted {
  const { reply = "", number = "", message = "", id = "", shortcode = "", title = "" } = given;
  const network = (given.network || FREE).toUpperCase();
  if (!["", "0", "1"].includes(reply)) throw new WordError("IR-401");
  const isReply = reply === "1";
  if (number === "") throw new WordError("IR-404");
  // An unescaped plus sign arrives as a space.
  const [, digits] = /^[+ ]?(\d+)$/.exec(number) ?? [];
  const recipient = digits && toMsisdn(`+${digits}`);
  if (!recipient) throw new WordError("IR-405");
  checkText(message, given);
  if (isReply && !/^\d{1,15}$/.test(id)) throw new WordError("IR-403");
  if (!isId(id)) throw new WordError("E-103");
  const currency = (given.currency || CURRENCY).toUpperCase();
  const value = readValue(given.value ?? "", network, currency);
  const isBilled = BILLED.some((name) => name === network);
  if (network !== FREE && !isBilled) throw new WordError("IR-420");
  if (value > 0 && !isBilled) throw new WordError("IR-419");
  return { isReply, recipient, text: message, id, network, value, currency, shortcode, title };
}

/** A paid text is one part; a free one may be joined of several. */
function checkText(message: string, { value = "", binary = "", udh = "" }: Given): void {
  if (message === "") throw new WordError("IR-416");
  if (measure(message).parts > (Number(value) > 0 ? 1 : MAX_PARTS)) throw new WordError("IR-417");
  // Pictures and ringtones: the header is required as it always was, but no guide says in what form `message` has the octets.
  if (binary === "1") throw new WordError(udh === "" ? "IR-102" : "E-103");
}

function isId(id: string): boolean {
  return id.length <= LONGEST_ID && ![...id].some((char) => char < " " || char === "\u007f");
}

function readValue(given: string, network: string, currency: string): number {
  if (given === "" && network === FREE) return 0;
  if (given === "") throw new WordError("IR-409");
  if (!/^-?\d{1,9}(\.\d{1,9})?$/.test(given)) throw new WordError("IR-410");
  if (Number(given) < 0) throw new WordError("IR-413");
  return toMinor(given, currency, "value");
}

/** The services that are sold at this price, and at this short number if one is named. */
function offersOf(services: readonly Service[], { value, currency, shortcode }: Wanted): Service[] {
  return services.filter(
    (service) =>
      service.currency === currency &&
      (shortcode === "" || shortcode === service.shortNumber) &&
      (service.tariffs ?? [service.price, periodPrice(service)]).includes(value),
  );
}

/** A reply goes out from the number that the person wrote to, by the service whose keyword they wrote, if any. */
function offerAt({ recipient, keyword }: Inbound, offers: readonly Service[]): Service | undefined {
  const there = offers.filter((service) => service.shortNumber === normalSender(recipient));
  return there.find((service) => keyword && service.keyword?.toLowerCase() === keyword.toLowerCase()) ?? there[0];
}

function isAnsweredBy(asked: Inbound | undefined, { recipient, network }: Wanted): asked is Inbound {
  return asked?.sender === recipient && networkOf(asked) === network;
}

/** The sender that is named, if it is the caller's; else the number the person wrote to; else any sender of the caller. */
function senderOf(caller: Caller, { shortcode, title }: Wanted, asked: Inbound | undefined): string {
  const own = [...caller.senders.values()];
  const named = [shortcode, title, asked?.recipient ?? ""].filter((name) => name !== "");
  const found =
    named.map((name) => caller.senders.get(normalSender(name))).find((sender) => sender !== undefined) ??
    own.find(({ kind }) => kind === "short-number") ??
    own.find(({ kind }) => kind === "alphanumeric") ??
    own[0];
  return found?.sender ?? "";
}

function toMessage({ id, recipient, text }: Wanted, sender: string): Omit<NewMessage, "echo"> {
  return {
    ...(id === "" ? {} : { theirId: id }),
    sender,
    recipient,
    text,
    priority: "normal",
    deliveryMode: "at-most-once",
    validitySeconds: VALIDITY_SECONDS,
  };
}

/** The person is not asked again: they wrote to us, or agreed with the merchant. Without an id, the guard recognises a repeat. */
function toCharge(service: Service, { id, value: amount }: Wanted): NonNullable<NewMessage["charge"]> {
  return {
    merchant: service.merchant,
    service: service.id,
    serviceCode: service.serviceCode,
    invoiceText: service.invoiceText,
    amount,
    currency: service.currency,
    age: service.age,
    unlessStopped: consentOf(service),
    ...(id === "" ? guardOf(service, "text") : {}),
    confirm: false,
    minutes: 0,
    registrationMinutes: 0,
  };
}
