/**
 * Receipts and inbound texts for a bound customer: what is told, as JSON that stands in a webhook's timeline, and the PDUs that
 * tell it. Guide, "SMPP", "Accusés de livraison".
 */

import { z } from "zod";
import type { AccountSettings } from "../../../core/accounts/account.ts";
import type { HttpRequest } from "../../../core/kernel/ports.ts";
import type { Message } from "../../../core/messages/message.ts";
import { sizeOf } from "../../../core/messages/text.ts";
import { SESSION_TYPE } from "../../../core/webhooks/session.ts";
import type { InboundEvent, ReportEvent } from "../../../core/webhooks/webhook.ts";
import { toOctets } from "../../../smpp/alphabets.ts";
import { ESM, MESSAGE_STATES, type MessageStateName, REGISTERED } from "../../../smpp/fields.ts";
import { binaryPiecesOf, piecesOf, referenceOf } from "../../../smpp/parts.ts";
import { type PduOf, pdu, type TlvValues, toTlvs } from "../../../smpp/pdu.ts";
import { toReceiptText } from "../../../smpp/receipts.ts";
import { settingsOf } from "../settings.ts";
import { toStatus } from "../status.ts";
import { stateOf } from "./find.ts";
import { type KeptOfSmpp, keptOf } from "./message.ts";
import { Slip } from "./slip.ts";

const Address = Slip.shape.source;
const STATES = Object.keys(MESSAGE_STATES) as [MessageStateName, ...MessageStateName[]];

/** `account` is the number of the one that may be told. */
const News = z.discriminatedUnion("kind", [
  z.object({
    kind: z.literal("receipts"),
    account: z.number(),
    ids: z.array(z.string()),
    source: Address,
    destination: Address,
    state: z.enum(STATES),
    error: z.number(),
    submittedAt: z.number(),
    doneAt: z.number(),
    text: z.string(),
    reference: z.number().optional(),
    operator: z.string().optional(),
  }),
  z.object({
    kind: z.literal("text"),
    account: z.number(),
    id: z.string(),
    source: Address,
    destination: Address,
    text: z.string(),
    binary: z
      .object({ header: z.int().exactOptional(), messageClass: z.literal([0, 1, 2, 3]).exactOptional() })
      .optional(),
    operator: z.string().optional(),
  }),
]);
type News = z.output<typeof News>;
type Receipts = Extract<News, { kind: "receipts" }>;
type Text = Extract<News, { kind: "text" }>;

/** A report for the parts of a message that asked for one of this state; for none, where none did. */
export function toReceipts(url: string, event: ReportEvent, message: Message): HttpRequest {
  const kept = keptOf(message);
  const { state, reason, at } = event;
  const news: Receipts = {
    kind: "receipts",
    account: accountIn(message.id),
    ids: kept?.ids.filter(([, wants]) => isWanted(wants, event)).map(([id]) => id) ?? [],
    ...addressesOf(kept, message),
    state: stateOf({ state, reason }, message),
    error: toStatus(event, message).error ?? 0,
    submittedAt: message.acceptedAt,
    doneAt: at,
    text: message.text.slice(0, 20),
    ...(kept?.reference === undefined ? {} : { reference: kept.reference }),
    ...(kept?.operator ? { operator: kept.operator } : {}),
  };
  return toRequest(url, news);
}

/** Standard, clause 5.2.17. Success alone, which version 5 adds, is told with failures: nobody has asked for it without them. */
function isWanted(wants: number, { state }: ReportEvent): boolean {
  if (state === "sent") return (wants & REGISTERED.intermediate) !== 0;
  const final = wants & REGISTERED.final;
  return final === REGISTERED.onFailure ? state !== "delivered" : final !== REGISTERED.none;
}

/** An inbound text. */
export function toText(url: string, id: string, { inbound }: InboundEvent): HttpRequest {
  const news: Text = {
    kind: "text",
    account: accountIn(id),
    id: inbound.id,
    source: numberAddress(inbound.sender),
    destination: numberAddress(inbound.recipient),
    text: inbound.text,
    ...(inbound.binary ? { binary: inbound.binary } : {}),
    ...(inbound.operator && /^\d{5,6}$/.test(inbound.operator) ? { operator: inbound.operator } : {}),
  };
  return toRequest(url, news);
}

function toRequest(url: string, news: News): HttpRequest {
  return { method: "POST", url, headers: { "content-type": SESSION_TYPE }, body: JSON.stringify(news) };
}

/** The number of the account stands at the beginning of every id of ours. */
function accountIn(id: string): number {
  return Number(id.slice(4, 10));
}

/** A receipt goes the other way: from the recipient to the sender, each as the customer wrote it. */
function addressesOf(kept: KeptOfSmpp | undefined, message: Message): Pick<Receipts, "source" | "destination"> {
  if (!kept) return { source: numberAddress(message.recipient), destination: numberAddress(message.sender) };
  return { source: kept.destination, destination: kept.source };
}

/** Long numbers are international, short ones and names have no plan. */
function numberAddress(number: string): z.output<typeof Address> {
  if (/^\+\d+$/.test(number)) return { ton: 1, npi: 1, address: number.slice(1) };
  return /^\d+$/.test(number) ? { ton: 3, npi: 0, address: number } : { ton: 5, npi: 0, address: number };
}

/** The PDUs that tell it; undefined where the body is none of ours. */
export function toPdus(
  body: string,
  settings: AccountSettings,
): { account: number; pdus: PduOf<"deliver_sm" | "data_sm">[] } | undefined {
  const { data: news } = News.safeParse(parsed(body));
  if (!news) return undefined;
  const { smpp = {} } = settingsOf(settings);
  const operator = smpp.vendorTlvs === "on" ? news.operator : undefined;
  if (news.kind === "text") return { account: news.account, pdus: textPdus(news, operator) };
  const pdus = news.ids.map((id) => receiptPdu(id, news, { form: smpp.receipts ?? "cm", by: smpp.pdu, operator }));
  return { account: news.account, pdus };
}

function parsed(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    return undefined;
  }
}

function receiptPdu(
  id: string,
  news: Receipts,
  {
    form,
    by,
    operator,
  }: { form: "cm" | "classic"; by?: "deliver_sm" | "data_sm" | undefined; operator: string | undefined },
): PduOf<"deliver_sm" | "data_sm"> {
  const { state, error, reference } = news;
  const octets = toOctets(toReceiptText({ ...news, id }, form), "gsm7");
  const tlvs: TlvValues = {
    receiptedMessageId: id,
    messageState: MESSAGE_STATES[state],
    // Type 3 is GSM; the code is CM's own.
    networkError: error === 0 ? undefined : Uint8Array.of(3, error >> 8, error),
    userMessageReference: reference,
    operator,
  };
  const head = {
    ...addressFields(news),
    esmClass: state === "enroute" ? ESM.intermediate : ESM.receipt,
  };
  if (by === "data_sm") return pdu("data_sm", { body: head, tlvs: toTlvs({ ...tlvs, payload: octets }) });
  return pdu("deliver_sm", { body: { ...head, shortMessage: octets }, tlvs: toTlvs(tlvs) });
}

/** A long text comes in parts, as phones send them. */
function textPdus(news: Text, operator: string | undefined): PduOf<"deliver_sm">[] {
  const by = { by: "udh", reference: referenceOf(news.id) } as const;
  const pieces = news.binary ? binaryPiecesOf(news.text, news.binary, by) : piecesOf(news.text, by);
  const isShort = !news.binary && sizeOf(news.text).parts === 1;
  return pieces.map((piece) =>
    pdu("deliver_sm", {
      body: {
        ...addressFields(news),
        esmClass: isShort ? 0 : piece.esmClass,
        dataCoding: piece.coding,
        shortMessage: piece.shortMessage,
      },
      tlvs: toTlvs({ ...piece.tlvs, operator }),
    }),
  );
}

/** Kannel refuses a deliver_sm whose source is a name of more than 11 characters; an address has 20 at most. */
function addressFields({ source, destination }: Pick<News, "source" | "destination">) {
  return {
    sourceTon: source.ton,
    sourceNpi: source.npi,
    source: source.address.slice(0, source.ton === 5 ? 11 : 20),
    destinationTon: destination.ton,
    destinationNpi: destination.npi,
    destination: destination.address.slice(0, 20),
  };
}
