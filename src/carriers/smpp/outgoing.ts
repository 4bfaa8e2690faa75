/** Texts on their way to an SMSC: each part is written down before it is sent, and what its answer makes of it. */

import type { MessageId } from "../../core/kernel/ids.ts";
import type { QueryResult, SubmitResult } from "../../core/messages/carrier.ts";
import type { HandedPart, HandOvers } from "../../core/messages/hand-overs.ts";
import type { Message } from "../../core/messages/message.ts";
import { REGISTERED, STATUS } from "../../smpp/fields.ts";
import { binaryPiecesOf, type Piece, piecesOf } from "../../smpp/parts.ts";
import { type Pdu, type PduOf, pdu, toTlvs } from "../../smpp/pdu.ts";
import { toRelative } from "../../smpp/times.ts";
import { alphabetsOf, type SmscConfig } from "./config.ts";
import type { Answer, Connection } from "./connection.ts";
import { keyOf } from "./ids.ts";
import { type Effect, meaningOf } from "./status.ts";
import type { Turns } from "./turns.ts";

/** A text as it is handed over: plain values, for it crosses from one object to another. */
export type Text = Pick<Message, "id" | "sender" | "recipient" | "text" | "encoding" | "binary"> & {
  /** How long it is worth delivering. Seconds. */
  validitySeconds: number;
};

/** The answer to a submit is waited for so long; the claim of the text ends later. Milliseconds. */
const ANSWER_MS = 8_000;
/** What was sent at the last moment has so much time for its answer. */
const GRACE_MS = 1_500;
/** Where nothing can be sent, the text comes again after so long. Seconds. */
const DOWN_FOR = 5;
const THROTTLED_MS = 1_000;

export type OutgoingPorts = {
  book: HandOvers;
  turns: Turns;
  wall(): number;
  /** The connection that takes submits; undefined while there is none. */
  transmitter(): Connection | undefined;
  config(): SmscConfig;
  /** An answer brought an id: receipts may have come before it. */
  answered(key: string): void;
  /** The SMSC says that we are not bound. */
  rebind(why: string): void;
  log(name: string, fields: Record<string, unknown>): void;
};

type PartResult = SubmitResult & { isTaken?: boolean };

export class Outgoing {
  readonly #ports: OutgoingPorts;
  /** By connection and sequence number, what an answer that comes late is about. */
  readonly #flying = new WeakMap<Connection, Map<number, { message: MessageId; number: number }>>();

  constructor(ports: OutgoingPorts) {
    this.#ports = ports;
  }

  /** Hands over texts, side by side; none is sent after `until`, epoch ms. */
  submit(texts: readonly Text[], until: number): Promise<SubmitResult[]> {
    const { book } = this.#ports;
    const handed = Map.groupBy(book.ofAll(texts.map(({ id }) => id)), ({ message }) => message);
    const marks = book.nextMarks(texts.filter(({ id }) => !handed.has(id)).length);
    return Promise.all(
      texts.map((text) => {
        const known = handed.get(text.id) ?? [];
        return this.#one(text, { known, mark: known[0]?.mark ?? (marks.shift() as number) }, until);
      }),
    );
  }

  /** What a text comes to while nothing can be sent: what the SMSC has a part of waits for this bind, which alone knows that. */
  whileDown(message: MessageId): SubmitResult {
    const begun = this.#ports.book.of(message).filter(isAnswered);
    const [first] = begun;
    if (first && begun.length === first.total) return { outcome: "taken", reference: first.reference ?? "" };
    return { outcome: "busy", retryAfterSeconds: DOWN_FOR, ...(first ? { isUntried: true } : { isDown: true }) };
  }

  /** What is known of a text, without asking the SMSC: 3.4 cannot be asked without its id. */
  query(message: MessageId, carrier: string): QueryResult {
    const parts = this.#ports.book.of(message);
    const [first] = parts;
    if (!first) return { outcome: "never-seen" };
    const refused = parts.find(({ state }) => state === "refused");
    const reference = first.reference ?? "";
    if (refused) {
      const receipt = {
        message,
        carrier,
        reference,
        outcome: "failed",
        reason: refused.reason ?? "rejected",
        at: this.#ports.wall(),
      } as const;
      return { outcome: "settled", reference, receipt };
    }
    const isWhole = parts.length === first.total && parts.every(({ state }) => state !== "written");
    return isWhole ? { outcome: "taken", reference } : { outcome: "cannot-tell" };
  }

  /** An answer that came when nobody waited for it: the text was called unknown, and is not any more. */
  late(connection: Connection, sequence: number, answer: Pdu): void {
    const flying = this.#flying.get(connection)?.get(sequence);
    const part = flying && this.#ports.book.of(flying.message).find(({ number }) => number === flying.number);
    if (part?.state !== "written") return;
    this.#flying.get(connection)?.delete(sequence);
    this.#ports.log("smpp.late_answer", { id: part.message, status: answer.status });
    if (answer.status === STATUS.ok) {
      this.#taken(part, "messageId" in answer.body ? answer.body.messageId : "");
      return;
    }
    const meaning = meaningOf(answer.status);
    // It was not taken, and may be sent again.
    if (meaning.outcome === "refused") this.#ports.book.put({ ...part, state: "refused", reason: meaning.reason });
    else this.#ports.book.drop(part.message, part.number);
  }

  /** @param before its parts that were handed over before, and the mark of all of them */
  async #one(
    text: Text,
    { known: before, mark }: { known: readonly HandedPart[]; mark: number },
    until: number,
  ): Promise<SubmitResult> {
    const known = new Map(before.map((part) => [part.number, part]));
    const pieces = toPieces(text, mark, this.#ports.config());
    const results = await Promise.all(
      pieces.map((piece, index) => {
        const part: HandedPart = {
          message: text.id,
          number: index + 1,
          total: pieces.length,
          state: "written",
          mark,
          recipient: text.recipient,
          at: this.#ports.wall(),
        };
        return this.#part(text, piece, known.get(index + 1) ?? part, until);
      }),
    );
    return together(results, `mark-${mark}`);
  }

  async #part(text: Text, piece: Piece, part: HandedPart, until: number): Promise<PartResult> {
    const { book, turns } = this.#ports;
    // Of a text that was handed over before, only what was not taken then goes again.
    if (part.reference !== undefined) return { outcome: "taken", reference: part.reference };
    for (;;) {
      if (!(await turns.take(until))) return this.#notSent();
      const connection = this.#ports.transmitter();
      if (!connection?.isBound) {
        turns.giveBack();
        return this.#notSent();
      }
      book.put({ ...part, state: "written", at: this.#ports.wall() });
      const answer = await this.#send(connection, text, piece, part, until + GRACE_MS - this.#ports.wall());
      const result = this.#heard(part, answer);
      if (result !== "again") return result;
    }
  }

  /** The turn is given back last: where the answer is that we are too fast, nobody else may go at once. */
  #heard(part: HandedPart, answer: Answer): PartResult | "again" {
    try {
      return this.#hear(part, answer);
    } finally {
      this.#ports.turns.giveBack();
    }
  }

  #send(connection: Connection, text: Text, piece: Piece, part: HandedPart, left: number): Promise<Answer> {
    const submit = toSubmit(text, piece, part, this.#ports.config());
    return connection.submit(submit, Math.min(ANSWER_MS, left), (sequence) => {
      const flying = this.#flying.get(connection) ?? new Map<number, { message: MessageId; number: number }>();
      this.#flying.set(connection, flying);
      flying.set(sequence, { message: part.message, number: part.number });
    });
  }

  /** What an answer makes of the part; *again*: it was throttled, and has time left. */
  #hear(part: HandedPart, answer: Answer): PartResult | "again" {
    const { book, turns } = this.#ports;
    if (answer.outcome !== "answered") {
      const why = answer.outcome === "gone" ? "the connection ended before the answer" : "no answer in time";
      return { outcome: "unknown", detail: `part ${part.number}: ${why}` };
    }
    if (answer.status === STATUS.ok) {
      turns.good();
      return { outcome: "taken", reference: this.#taken(part, answer.messageId) };
    }
    book.drop(part.message, part.number);
    const { effect, ...meaning } = meaningOf(answer.status);
    this.#heed(effect, answer.status);
    return effect === "pause" ? "again" : meaning;
  }

  #heed(effect: Effect | undefined, status: number): void {
    const { turns, log, rebind } = this.#ports;
    if (effect === "pause") turns.pause(THROTTLED_MS);
    if (effect === "shrink") turns.shrink();
    if (effect) log("smpp.slowed", { effect, status, window: turns.window });
    if (effect === "rebind") rebind("the SMSC says that we are not bound");
  }

  /** The reference of a part that was taken; without an id no receipt can be matched, but by its mark. */
  #taken(part: HandedPart, messageId: string): string {
    const reference = messageId === "" ? `mark-${part.mark}` : messageId;
    const key = messageId === "" ? undefined : keyOf(messageId, this.#ports.config().receiptIds, "answer");
    this.#ports.book.take({ ...part, reference, ...(key === undefined ? {} : { key }), at: this.#ports.wall() });
    if (key === undefined) this.#ports.log("smpp.no_message_id", { id: part.message });
    else this.#ports.answered(key);
    return reference;
  }

  #notSent(): PartResult {
    return this.#ports.transmitter()?.isBound
      ? { outcome: "busy", retryAfterSeconds: 1, isUntried: true }
      : { outcome: "busy", retryAfterSeconds: DOWN_FOR, isDown: true };
  }
}

/** Whether the SMSC has said that it took it. */
function isAnswered({ state }: HandedPart): boolean {
  return state !== "written" && state !== "refused";
}

/** The answer to a text, of those to its parts. */
function together(parts: readonly PartResult[], otherwise: string): SubmitResult {
  const lost = parts.find(({ outcome }) => outcome === "unknown");
  if (lost) return lost;
  const isBegun = parts.some(({ outcome }) => outcome === "taken");
  const refused = parts.find((part) => part.outcome === "refused");
  // Of a text of which the SMSC has a part, no other carrier may have the others.
  if (refused) return isBegun ? { ...refused, own: false } : refused;
  const busy = parts.find((part) => part.outcome === "busy");
  if (busy) return isBegun ? { outcome: "busy", retryAfterSeconds: busy.retryAfterSeconds, isUntried: true } : busy;
  const [first] = parts;
  return first?.outcome === "taken" ? first : { outcome: "taken", reference: otherwise };
}

function toPieces({ text, encoding, binary }: Text, reference: number, config: SmscConfig): Piece[] {
  const by = config.longTexts;
  if (binary) return binaryPiecesOf(text, binary, { by, reference });
  const forced = encoding === "ucs2" ? { forced: encoding } : {};
  return piecesOf(text, { by, reference, preset: alphabetsOf(config), ...forced });
}

/** Clause 4.4. Every part asks for a receipt; its mark comes back with it from SMSCs that do so. */
function toSubmit(text: Text, piece: Piece, part: HandedPart, config: SmscConfig): PduOf<"submit_sm"> {
  const isNumber = /^\+?\d+$/.test(text.sender);
  const isLong = isNumber && (text.sender.startsWith("+") || text.sender.length > 8);
  const [sourceTon, sourceNpi] = isLong
    ? [config.internationalTon, config.internationalNpi]
    : isNumber
      ? [config.shortTon, config.shortNpi]
      : [config.nameTon, config.nameNpi];
  return pdu("submit_sm", {
    body: {
      sourceTon,
      sourceNpi,
      source: inAscii(text.sender.replace(/^\+/, "")),
      destinationTon: config.internationalTon,
      destinationNpi: config.internationalNpi,
      destination: text.recipient.replace(/^\+/, "").slice(0, 20),
      esmClass: piece.esmClass,
      validityPeriod: toRelative(text.validitySeconds),
      registeredDelivery: REGISTERED.always,
      dataCoding: piece.coding,
      shortMessage: piece.shortMessage,
    },
    tlvs: toTlvs({ ...piece.tlvs, userMessageReference: part.mark }),
  });
}

/** Addresses are ASCII, whatever the alphabet of texts: in the GSM alphabet an @ would end them. */
function inAscii(sender: string): string {
  return sender.replace(/[^\x20-\x7e]/g, "?").slice(0, 20);
}
