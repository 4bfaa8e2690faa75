/** Texts on their way to an SMSC: each part is written down before it is sent, and what its answer makes of it. */

import type { MessageId } from "../../core/kernel/ids.ts";
import type { QueryResult, SubmitResult } from "../../core/messages/carrier.ts";
import type { HandedPart, HandOvers } from "../../core/messages/hand-overs.ts";
import type { Message } from "../../core/messages/message.ts";
import { REGISTERED, STATUS } from "../../smpp/fields.ts";
import { binaryPiecesOf, type Piece, piecesOf } from "../../smpp/parts.ts";
import { encode, type Pdu, type PduOf, pdu, toTlvs } from "../../smpp/pdu.ts";
import { toRelative } from "../../smpp/times.ts";
import { alphabetsOf, type SmscConfig } from "./config.ts";
import type { Answer, Connection } from "./connection.ts";
import { keyOf } from "./ids.ts";
import { type Effect, meaningOf } from "./status.ts";
import { Submission } from "./submission.ts";
import { type TurnPorts, Turns } from "./turns.ts";

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

export type OutgoingPorts = Pick<TurnPorts<Leg>, "wall" | "after"> & {
  book: HandOvers;
  /** The connection that takes submits; undefined while there is none. */
  transmitter(): Connection<Leg> | undefined;
  config(): SmscConfig;
  /** Answers brought ids: receipts may have come before them. */
  answered(keys: readonly string[]): void;
  /** The SMSC says that we are not bound. */
  rebind(why: string): void;
  log(name: string, fields: Record<string, unknown>): void;
};

/** A part on its way: its submit_sm, until when it may go (epoch ms), and in which call it was handed over. */
export type Leg = { part: HandedPart; octets: Uint8Array; until: number; call: Submission; text: number };

type Heard = { sent: Leg; answer: Answer };

export class Outgoing {
  readonly #ports: OutgoingPorts;
  readonly #turns: Turns<Leg>;

  constructor(ports: OutgoingPorts) {
    this.#ports = ports;
    this.#turns = new Turns({
      wall: ports.wall,
      after: ports.after,
      go: (legs) => this.#go(legs),
      missed: (legs) => this.#keepBack(legs),
    });
  }

  /** Submits that wait for their answers, and how many may. */
  get window(): { used: number; most: number } {
    return { used: this.#turns.underWay, most: this.#turns.window };
  }

  open(window: number): void {
    this.#turns.open(window);
  }

  close(): void {
    this.#turns.close();
  }

  /** Hands over texts, side by side; none is sent after `until`, epoch ms. */
  async submit(texts: readonly Text[], until: number): Promise<SubmitResult[]> {
    const { book } = this.#ports;
    const handed = Map.groupBy(book.ofAll(texts.map(({ id }) => id)), ({ message }) => message);
    const marks = book.nextMarks(texts.filter(({ id }) => !handed.has(id)).length);
    const call = new Submission();
    const legs = texts.flatMap((text) => {
      const known = handed.get(text.id) ?? [];
      return this.#legsOf(text, { known, mark: known[0]?.mark ?? (marks.shift() as number), until, call });
    });
    this.#turns.wait(legs);
    return call.results();
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

  /** Answers that came together: they are written in one statement, before any of them is reported. */
  heard(answers: readonly Heard[]): void {
    try {
      this.#take(
        answers.flatMap(({ sent, answer }) => {
          const id = idIn(answer);
          return id === undefined ? [] : this.#taken(sent.part, id);
        }),
      );
      const again = answers.filter((one) => this.#hear(one) === "again");
      this.#turns.wait(again.map(({ sent }) => sent));
    } catch (error) {
      for (const { sent } of answers) sent.call.fail(error);
    } finally {
      // Last: where one of them is that we are too fast, nothing else may go at once.
      this.#turns.giveBack(answers.length);
    }
  }

  /** An answer that came when its submit had been called silent: the text was unknown, and is not any more. */
  late({ part: { message, number } }: Leg, answer: Pdu): void {
    const { book, log } = this.#ports;
    const part = book.of(message).find((one) => one.number === number);
    if (part?.state !== "written") return;
    log("smpp.late_answer", { id: message, status: answer.status });
    if (answer.status === STATUS.ok) {
      this.#take([this.#taken(part, "messageId" in answer.body ? answer.body.messageId : "")]);
      return;
    }
    const meaning = meaningOf(answer.status);
    // It was not taken, and may be sent again.
    if (meaning.outcome === "refused") book.settle({ ...part, state: "refused", reason: meaning.reason });
    else book.drop(message, number);
  }

  /** What is to be sent of a text; of one that was handed over before, only what was not taken then. */
  #legsOf(
    text: Text,
    { known, mark, ...given }: { known: readonly HandedPart[]; mark: number; until: number; call: Submission },
  ): Leg[] {
    const config = this.#ports.config();
    const pieces = toPieces(text, mark, config);
    const own = given.call.add(pieces.length, `mark-${mark}`);
    return pieces.flatMap((piece, index) => {
      const part = known.find(({ number }) => number === index + 1) ?? {
        message: text.id,
        number: index + 1,
        total: pieces.length,
        state: "written" as const,
        mark,
        recipient: text.recipient,
        at: 0,
      };
      if (part.reference === undefined) {
        return { ...given, text: own, part, octets: encode(toSubmit(text, piece, part, config)) };
      }
      given.call.settle(own, part.number, { outcome: "taken", reference: part.reference });
      return [];
    });
  }

  /** Sends those whose turn it is. They are written down before, in one go. */
  #go(legs: readonly Leg[]): void {
    const { book, transmitter, wall } = this.#ports;
    const connection = transmitter();
    const at = wall();
    try {
      if (connection?.isBound) {
        book.write(legs.map(({ part }) => ({ ...part, at })));
        const answeredBy = (until: number) => Math.min(at + ANSWER_MS, until + GRACE_MS);
        connection.submit(legs.map((sent) => ({ sent, octets: sent.octets, until: answeredBy(sent.until) })));
        return;
      }
      this.#keepBack(legs);
    } catch (error) {
      for (const { call } of legs) call.fail(error);
    }
    this.#turns.giveBack(legs.length);
  }

  /** What an answer makes of the part; *again*: it was throttled, and has time left. */
  #hear({ sent: { part, call, text }, answer }: Heard): "again" | undefined {
    const settle = (result: SubmitResult) => call.settle(text, part.number, result);
    if (answer.outcome !== "answered") {
      const why = answer.outcome === "gone" ? "the connection ended before the answer" : "no answer in time";
      settle({ outcome: "unknown", detail: `part ${part.number}: ${why}` });
      return undefined;
    }
    const id = idIn(answer);
    if (id !== undefined) {
      this.#turns.good();
      settle({ outcome: "taken", reference: referenceOf(part, id) });
      return undefined;
    }
    this.#ports.book.drop(part.message, part.number);
    const { effect, ...meaning } = meaningOf(answer.status);
    this.#heed(effect, answer.status);
    if (effect === "pause") return "again";
    settle(meaning);
    return undefined;
  }

  #heed(effect: Effect | undefined, status: number): void {
    const { log, rebind } = this.#ports;
    if (effect === "pause") this.#turns.pause(THROTTLED_MS);
    if (effect === "shrink") this.#turns.shrink();
    if (effect) log("smpp.slowed", { effect, status, window: this.#turns.window });
    if (effect === "rebind") rebind("the SMSC says that we are not bound");
  }

  /** A part as its answer has it. Without an id no receipt can be matched, but by its mark. */
  #taken(part: HandedPart, messageId: string): HandedPart {
    const reference = referenceOf(part, messageId);
    if (messageId === "") return { ...part, reference };
    return { ...part, reference, key: keyOf(messageId, this.#ports.config().receiptIds, "answer") };
  }

  #take(parts: readonly HandedPart[]): void {
    const { book, answered, log } = this.#ports;
    book.take(parts);
    for (const { key, message } of parts) if (key === undefined) log("smpp.no_message_id", { id: message });
    answered(parts.flatMap(({ key }) => key ?? []));
  }

  /** These were not sent. */
  #keepBack(legs: readonly Leg[]): void {
    const result: SubmitResult = this.#ports.transmitter()?.isBound
      ? { outcome: "busy", retryAfterSeconds: 1, isUntried: true }
      : { outcome: "busy", retryAfterSeconds: DOWN_FOR, isDown: true };
    for (const { call, text, part } of legs) call.settle(text, part.number, result);
  }
}

/** The id that the SMSC gave, where it took the part; undefined where it did not. */
function idIn(answer: Answer): string | undefined {
  return answer.outcome === "answered" && answer.status === STATUS.ok ? answer.messageId : undefined;
}

function referenceOf({ mark }: HandedPart, messageId: string): string {
  return messageId === "" ? `mark-${mark}` : messageId;
}

/** Whether the SMSC has said that it took it. */
function isAnswered({ state }: HandedPart): boolean {
  return state !== "written" && state !== "refused";
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
