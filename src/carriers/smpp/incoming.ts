/** What an SMSC tells: receipts, and texts that people wrote. Each is acknowledged when it is committed. */

import { toBase64 } from "../../core/kernel/base64.ts";
import type { Receipt as Word } from "../../core/messages/carrier.ts";
import type { EarlyReceipt, HandedPart, HandOvers } from "../../core/messages/hand-overs.ts";
import { alphabetOf, toText } from "../../smpp/alphabets.ts";
import { ESM, STATUS } from "../../smpp/fields.ts";
import { type Content, contentOf, othersIn, toHeader } from "../../smpp/parts.ts";
import { integerOf, octetsOf, type PduOf } from "../../smpp/pdu.ts";
import { type Receipt, receiptIn } from "../../smpp/receipts.ts";
import type { CarrierPort } from "../carrier.ts";
import { alphabetsOf, type SmscConfig } from "./config.ts";
import { keyOf } from "./ids.ts";
import { fateOf } from "./status.ts";
import type { HeardText } from "./texts.ts";

export type IncomingPorts = {
  book: HandOvers;
  port: Pick<CarrierPort, "settle">;
  /** Takes a text, or a part of one, where those of all binds of this carrier come together. */
  hearText(text: HeardText): Promise<void>;
  config(): SmscConfig;
  /** Real time, and the time by which things happen. Epoch ms. */
  wall(): number;
  now(): number;
  /** Whether another bind of this carrier knows the message of a receipt, and has settled it. */
  elsewhere(key: string, receipt: Receipt): Promise<boolean>;
  log(name: string, fields: Record<string, unknown>): void;
};

type News = PduOf<"deliver_sm" | "data_sm">;

const AT_ONCE = 50;
/**
 * An answer comes within a minute, or never: so long the other binds are asked in each round about a receipt that came before it, and
 * once more when that is over. Milliseconds.
 */
const ASKED_FOR_MS = 120_000;

export class Incoming {
  readonly #ports: IncomingPorts;
  /** Receipts from before this time were asked about when their answers were over. After a start, none were. Epoch ms of real time. */
  #askedTo = 0;

  constructor(ports: IncomingPorts) {
    this.#ports = ports;
  }

  /**
   * @param connection by which name no other one is called
   * @returns the status that it is answered with. @throws where it could not be committed
   */
  async hear(news: News, connection: string): Promise<number> {
    const receipt = this.#receiptOf(news);
    if (receipt) await this.#hearReceipt(receipt, news);
    else await this.#hearText(news, connection);
    return STATUS.ok;
  }

  /** A receipt that another bind got. Whether its message is known here; if so, it is settled. */
  async hearFor(key: string, receipt: Receipt): Promise<boolean> {
    const part = this.#ports.book.byKey(key);
    if (part) await this.#settle(part, receipt);
    return part !== undefined;
  }

  /** Answers have brought ids: receipts may have come before them, and were acknowledged. Each is dropped when it is settled. */
  async settleEarly(keys: readonly string[]): Promise<void> {
    const { book } = this.#ports;
    await Promise.all(
      book.earlyOf(keys).map(async (early) => {
        if (await this.hearFor(early.key, JSON.parse(early.value))) book.dropEarly(early);
      }),
    );
  }

  /** Asks the other binds about receipts that nobody was known for. */
  async tick(): Promise<void> {
    const { book, wall } = this.#ports;
    const over = wall() - ASKED_FOR_MS;
    await this.#askFor(book.early(over, AT_ONCE));
    // The round before may have been hours ago.
    const late = book.early(this.#askedTo, AT_ONCE).filter(({ at }) => at < over);
    await this.#askFor(late);
    this.#askedTo = late.length < AT_ONCE ? over : Math.max(this.#askedTo + 1, late.at(-1)?.at ?? over);
  }

  async #askFor(receipts: readonly EarlyReceipt[]): Promise<void> {
    const { book, elsewhere } = this.#ports;
    for (const early of receipts) {
      const receipt: Receipt = JSON.parse(early.value);
      const isSettled = (await this.hearFor(early.key, receipt)) || (await elsewhere(early.key, receipt));
      if (isSettled) book.dropEarly(early);
    }
  }

  /** Clause 5.2.12. Some SMSCs do not set the type: then the parameter tells, or by setting the text. */
  #receiptOf({ body, tlvs }: News): Receipt | undefined {
    const type = body.esmClass & ESM.type;
    const receipt = receiptIn(this.#textOf(contentIn(body, tlvs), body.dataCoding) ?? "", tlvs);
    const isMarked = type !== 0 || octetsOf(tlvs, "receiptedMessageId") !== undefined;
    const isWritten = this.#ports.config().receiptsInText && receipt.id !== undefined && receipt.state !== undefined;
    return isMarked || isWritten ? receipt : undefined;
  }

  async #hearReceipt(receipt: Receipt, { body, tlvs }: News): Promise<void> {
    const { book, config, elsewhere, log, wall } = this.#ports;
    const key = receipt.id === undefined ? undefined : keyOf(receipt.id, config().receiptIds, "receipt");
    if (key !== undefined && (await this.hearFor(key, receipt))) return;
    if (key !== undefined && (await elsewhere(key, receipt))) return;
    // The answer with this id may have come while the others were asked: looked up and kept in one go, so that none falls between.
    const known = key === undefined ? undefined : book.byKey(key);
    const part = known ?? this.#byMark(integerOf(tlvs, "userMessageReference"), body.source);
    if (part) return this.#settle(part, receipt);
    log("smpp.receipt_unmatched", { reference: receipt.id ?? "", state: receipt.state ?? "" });
    // The answer with this id may still come. Any other status would have the SMSC repeat it for ever.
    if (key !== undefined) book.keepEarly({ key, value: JSON.stringify(receipt), at: wall() });
  }

  /** The one text to that number whose answer did not come, and that has this mark. */
  #byMark(mark: number | undefined, source: string): HandedPart | undefined {
    if (mark === undefined) return undefined;
    const [only, ...others] = this.#ports.book.byMark(mark, `+${source.replace(/^\+|^00/, "")}`);
    return others.length === 0 ? only : undefined;
  }

  /** A part's fate, and if that decides it, the text's: failed by any part, delivered by all. */
  async #settle(part: HandedPart, receipt: Receipt): Promise<void> {
    const fate = fateOf(receipt);
    if (!fate) return;
    const { book, port, now } = this.#ports;
    const reference = part.reference ?? receipt.id ?? `mark-${part.mark}`;
    book.settle({ ...part, reference, state: fate.outcome, ...(fate.reason ? { reason: fate.reason } : {}) });
    const all = book.of(part.message);
    const isDelivered = all.length === part.total && all.every(({ state }) => state === "delivered");
    if (fate.outcome === "delivered" && !isDelivered) return;
    const word: Omit<Word, "carrier"> = {
      message: part.message,
      reference: all[0]?.reference ?? reference,
      ...fate,
      at: now(),
    };
    await port.settle([word]);
  }

  async #hearText({ body, tlvs }: News, connection: string): Promise<void> {
    const content = contentIn(body, tlvs);
    const { source, sourceTon, destination, destinationTon, dataCoding: coding } = body;
    const alphabet = alphabetOf(coding, alphabetsOf(this.#ports.config()));
    const elements = othersIn(content.header ?? []);
    await this.#ports.hearText({
      between: { source, sourceTon, destination, destinationTon },
      coding,
      ...(alphabet ? { alphabet } : {}),
      octets: toBase64(content.octets),
      ...(elements.length > 0 ? { header: toBase64(toHeader(elements)) } : {}),
      ...(content.part ? { part: content.part } : {}),
      connection,
    });
  }

  #textOf({ octets }: Pick<Content, "octets">, coding: number): string | undefined {
    const alphabet = alphabetOf(coding, alphabetsOf(this.#ports.config()));
    return alphabet === undefined || alphabet === "binary" ? undefined : toText(octets, alphabet);
  }
}

/** The octets of what came, wherever they stand; where the header lies, all of them. */
function contentIn(body: News["body"], tlvs: News["tlvs"]): Content {
  const shortMessage = "shortMessage" in body ? body.shortMessage : new Uint8Array();
  const content = contentOf({ esmClass: body.esmClass, shortMessage }, tlvs);
  return "fault" in content ? { octets: shortMessage } : content;
}
