/** What an SMSC tells: receipts, and texts that people wrote. Each is acknowledged when it is committed. */

import { fromBase64, toBase64 } from "../../core/kernel/base64.ts";
import type { Receipt as Word } from "../../core/messages/carrier.ts";
import type { HandedPart, HandOvers } from "../../core/messages/hand-overs.ts";
import { join, type KeptPart, type PartStore } from "../../core/messages/joining.ts";
import { alphabetOf, toText } from "../../smpp/alphabets.ts";
import { ESM, STATUS } from "../../smpp/fields.ts";
import { type Content, contentOf } from "../../smpp/parts.ts";
import { integerOf, octetsOf, type PduOf } from "../../smpp/pdu.ts";
import { type Receipt, receiptIn } from "../../smpp/receipts.ts";
import type { CarrierPort } from "../carrier.ts";
import { alphabetsOf, type SmscConfig } from "./config.ts";
import { keyOf } from "./ids.ts";
import { fateOf } from "./status.ts";

export type IncomingPorts = {
  book: HandOvers;
  parts: PartStore;
  port: Pick<CarrierPort, "settle" | "receive">;
  config(): SmscConfig;
  /** Real time, and the time by which things happen. Epoch ms. */
  wall(): number;
  now(): number;
  newId(): string;
  /** Whether another bind of this carrier knows the message of a receipt, and has settled it. */
  elsewhere(key: string, receipt: Receipt): Promise<boolean>;
  log(name: string, fields: Record<string, unknown>): void;
};

type News = PduOf<"deliver_sm" | "data_sm">;

/** Parts whose others do not come are passed on after so long; a receipt that nobody is known for is forgotten. Milliseconds. */
const PARTS_MS = 600_000;
const AT_ONCE = 50;
/** The same text on another connection is a repeat, if the first was acknowledged so lately that it may not have got through. */
const REPEATED_MS = 300_000;

/** A text, or a part of one, as it is kept. */
type Held = { between: Name; coding: number; octets: string; id: string };
type Name = Pick<News["body"], "source" | "sourceTon" | "destination" | "destinationTon">;

export class Incoming {
  readonly #ports: IncomingPorts;
  /** Texts that came lately, by content: under which id, on which connection, and whether it could not be committed. */
  readonly #lately = new Map<string, { id: string; connection: object; at: number; hasFailed: boolean }>();

  constructor(ports: IncomingPorts) {
    this.#ports = ports;
  }

  /** @returns the status that it is answered with. @throws where it could not be committed */
  async hear(news: News, connection: object): Promise<number> {
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

  /** An answer has brought an id: a receipt may have come before it. */
  async settleEarly(key: string): Promise<void> {
    const early = this.#ports.book.takeEarly(key);
    if (early && !(await this.hearFor(key, JSON.parse(early.value)))) this.#ports.book.keepEarly(early);
  }

  /** Passes on texts whose other parts have not come, and asks the other binds about receipts that nobody was known for. */
  async tick(): Promise<void> {
    const { parts, book, elsewhere, now } = this.#ports;
    for (const key of parts.overdue(now() - PARTS_MS, AT_ONCE)) {
      const late = parts.of(key);
      // A part that comes from now on must not count among those that are already on their way.
      parts.setAside(key, asideKey(late));
      await this.#passOn(asideKey(late), late);
    }
    for (const early of book.early(AT_ONCE)) {
      const receipt: Receipt = JSON.parse(early.value);
      const isSettled = (await this.hearFor(early.key, receipt)) || (await elsewhere(early.key, receipt));
      if (isSettled) book.takeEarly(early.key);
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
    const { book, port, now, wall } = this.#ports;
    const reference = part.reference ?? receipt.id ?? `mark-${part.mark}`;
    book.put({ ...part, reference, state: fate.outcome, ...(fate.reason ? { reason: fate.reason } : {}), at: wall() });
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

  async #hearText(news: News, connection: object): Promise<void> {
    const { body, tlvs } = news;
    const content = contentIn(body, tlvs);
    if (this.#textOf(content, body.dataCoding) === undefined) {
      this.#ports.log("smpp.text_unreadable", { coding: body.dataCoding });
      return;
    }
    const { source, sourceTon, destination, destinationTon } = body;
    const between = { source, sourceTon, destination, destinationTon };
    const held: Held = { between, coding: body.dataCoding, octets: toBase64(content.octets), id: "" };
    const { part } = content;
    if (part) {
      const key = JSON.stringify([Object.values(between), part.width, part.reference, part.total]);
      const kept = {
        number: part.number,
        total: part.total,
        value: JSON.stringify({ ...held, id: this.#ports.newId() }),
        at: this.#ports.now(),
      };
      const joined = join(this.#ports.parts, key, kept, asideKey, isSameHeld);
      if (joined.outcome === "whole") await this.#passOn(key, joined.parts);
      return;
    }
    const lately = this.#seen(JSON.stringify(held), connection);
    try {
      await this.#receive([held], lately.id);
    } catch (error) {
      lately.hasFailed = true;
      throw error;
    }
  }

  async #passOn(key: string, parts: readonly KeptPart[]): Promise<void> {
    const held = parts.map(({ value }): Held => JSON.parse(value));
    await this.#receive(held, held[0]?.id ?? this.#ports.newId());
    this.#ports.parts.remove(key, parts);
    // Another text with the same reference may have come meanwhile.
    this.#ports.parts.remove(asideKey(parts), parts);
  }

  /** SMPP has no id for a text. One that was not committed, or that comes again on a new connection, is the one before. */
  #seen(content: string, connection: object) {
    const now = this.#ports.wall();
    for (const [key, { at }] of this.#lately) if (now - at > REPEATED_MS) this.#lately.delete(key);
    const before = this.#lately.get(content);
    const isRepeat = before !== undefined && (before.hasFailed || before.connection !== connection);
    const seen = { id: isRepeat ? before.id : this.#ports.newId(), connection, at: now, hasFailed: false };
    this.#lately.set(content, seen);
    return seen;
  }

  async #receive(held: readonly Held[], theirId: string): Promise<void> {
    const { source = "", sourceTon = 0, destination = "", destinationTon = 0 } = held[0]?.between ?? {};
    const octets = held.map((one) => fromBase64(one.octets));
    const codings = new Set(held.map(({ coding }) => coding));
    // A character may have been cut in two: octets are joined before they are read, where all parts are of one coding.
    const text =
      codings.size === 1
        ? this.#textOf({ octets: Uint8Array.from(octets.flatMap((one) => [...one])) }, held[0]?.coding ?? 0)
        : held.map(({ coding }, index) => this.#textOf({ octets: octets[index] as Uint8Array }, coding) ?? "").join("");
    const sender = toNumber(source, sourceTon);
    const recipient = toNumber(destination, destinationTon);
    await this.#ports.port.receive([{ theirId, sender, recipient, text: text ?? "" }]);
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

/** Where the parts of a text are kept that is not waited for any more, or whose reference another text has taken. */
function asideKey([first]: readonly KeptPart[]): string {
  const { id }: Partial<Held> = first ? JSON.parse(first.value) : {};
  return `aside ${id}`;
}

function isSameHeld(one: string, other: string): boolean {
  const [a, b]: Held[] = [JSON.parse(one), JSON.parse(other)];
  return a?.octets === b?.octets && a?.coding === b?.coding;
}

/** A person's number in E.164; a short number of ours as it is. */
function toNumber(address: string, ton: number): string {
  const digits = address.replace(/^\+/, "").replace(/^00(?=[1-9]\d{6})/, "");
  return /^\d+$/.test(digits) && (ton === 1 || digits.length > 8) ? `+${digits}` : address;
}
