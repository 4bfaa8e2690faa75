/**
 * A third carrier, that is bound to over SMPP. It takes texts part by part, gives each part an id of its own, and tells what became of
 * them on any bind there is: before it has answered, twice, or after days.
 */

import type { MessageId } from "../../src/core/kernel/ids.ts";
import type { Receipt } from "../../src/core/messages/carrier.ts";
import { alphabetOf, toText } from "../../src/smpp/alphabets.ts";
import { ESM, MESSAGE_STATES, STATUS } from "../../src/smpp/fields.ts";
import { contentOf, type Piece, piecesOf } from "../../src/smpp/parts.ts";
import { integerOf, type Pdu, pdu, toTlvs } from "../../src/smpp/pdu.ts";
import type { Faults } from "../faults.ts";
import { Line } from "../ground/line.ts";
import type { Process } from "../ground/process.ts";
import type { Random } from "../ground/random.ts";
import type { Dial } from "../ground/tcp.ts";
import type { Timeline } from "../ground/timeline.ts";
import { Network, type NetworkWitness, type Submission } from "../network.ts";
import type { Smscs } from "../oracle/smscs.ts";
import { Talk } from "./talk.ts";
import type { Submit } from "./types.ts";

export const SMSC = "smsc";
export const SMSC_HOST = "smsc.example";
/** Where its texts go. */
export const SMSC_PREFIXES = ["4798071", "479809"];

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const SLOWEST = 4 * SECOND;
/** An inbound text is told again for so long; later nobody could tell it from another one. */
const TELLS_FOR = 4 * MINUTE;

/** What kind of SMSC it is. `echoes`: it sends the mark of a submit back with its receipts. */
export type SmscManner = { bindType: "transceiver" | "pair"; binds: number; longTexts: "udh" | "sar"; echoes: boolean };

type Link = { talk: Talk; process: Process; as: string | undefined };
/** A part that was taken; `isHeard` once its answer has reached the bind. */
type Part = {
  id: string;
  octets: Uint8Array;
  coding: number;
  number: number;
  mark: number | undefined;
  isHeard: boolean;
};
type Taken = { parts: Part[]; source: string; destination: string };

type Given = {
  timeline: Timeline;
  random: Random;
  faults: Faults;
  manner: SmscManner;
  witness: NetworkWitness;
  beside: Network;
  judge: Smscs;
  /** The message to that number that has this text, or of which this is a part. */
  find(recipient: string, text: string, isWhole: boolean): Submission | undefined;
};

export class Smsc {
  readonly network: Network;
  readonly #given: Given;
  readonly #random: Random;
  readonly #links = new Set<Link>();
  readonly #open = new Map<string, { total: number; parts: Part[] }>();
  /** By reference of the network. */
  readonly #taken = new Map<string, Taken>();
  #references = 0;
  #lines = 0;

  constructor(given: Given) {
    this.#given = given;
    this.#random = given.random.fork("smsc");
    const { witness, judge, beside } = given;
    this.network = new Network(
      {
        ...given,
        witness: {
          // Whether the answer is heard is seen when it arrives.
          handed: (message, isTaken, _, carrier) => witness.handed(message, isTaken, false, carrier),
          shown: (text) => witness.shown(text),
          askedToBill: () => {},
          billed: () => {},
          says: (receipt) => witness.says(receipt),
          toldOfText: (receipt) => judge.acknowledged(receipt),
        },
      },
      { name: SMSC, beside, teller: { settle: (told) => this.#tell(told), settleCharges: async () => true } },
    );
  }

  /** A connection is asked for. */
  readonly dial: Dial = async ({ hostname }, process) => {
    const { timeline, faults } = this.#given;
    const what = `${process.name} to ${hostname}`;
    await timeline.wait(this.#random.wait(20), `${what}: it connects`);
    if (hostname !== SMSC_HOST || faults.hits("carrier-down")) throw new Error("connection refused");
    const line = new Line({ timeline, faults, random: this.#random.fork(`line ${++this.#lines}`), what });
    const link: Link = {
      process,
      as: undefined,
      talk: new Talk({
        line,
        side: "far",
        timeline,
        asked: (request) => void this.#asked(link, request),
        ended: () => this.#links.delete(link),
      }),
    };
    this.#links.add(link);
    return line;
  };

  async #asked(link: Link, request: Pdu): Promise<void> {
    const { timeline, faults } = this.#given;
    switch (request.command) {
      case "bind_transceiver":
      case "bind_transmitter":
      case "bind_receiver": {
        await timeline.wait(this.#random.wait(20), `${SMSC} looks at a bind`);
        if (faults.hits("carrier-refuses")) return link.talk.answer(request, STATUS.bindFailed);
        link.as = request.command;
        return link.talk.answer(request, STATUS.ok, { body: { systemId: SMSC } });
      }
      case "submit_sm":
        return this.#submitted(link, request);
      case "unbind":
        link.talk.answer(request, STATUS.ok);
        return link.talk.line.close("far", "it unbound");
      default:
        link.talk.answer(request, STATUS.ok);
    }
  }

  async #submitted(link: Link, request: Submit): Promise<void> {
    const { faults, judge, timeline } = this.#given;
    await timeline.wait(this.#random.wait(10), `${SMSC} looks at a text`);
    if (link.talk.isOver) return;
    const content = contentOf(request.body, request.tlvs);
    if ("fault" in content) return judge.garbled(request);
    const { source, destination, dataCoding: coding } = request.body;
    const { number, total, reference } = content.part ?? { number: 1, total: 1, reference: 0 };
    const { octets } = content;
    const recipient = `+${destination}`;
    const about = { recipient, text: textOf(octets, coding), number, total };
    const message = this.#given.find(recipient, about.text, total === 1);
    if (!message) return judge.strange(about);
    judge.submitted(message.id, about);
    if (faults.hits("smsc-throttles")) {
      const status = this.#random.pick([STATUS.throttled, STATUS.throttled, STATUS.queueFull, STATUS.systemError]);
      return this.#answer(link, request, status, "");
    }
    const part: Part = {
      id: `part-${++this.#references}`,
      octets,
      coding,
      number,
      mark: integerOf(request.tlvs, "userMessageReference"),
      isHeard: false,
    };
    const heard = () => {
      // What comes to a process that is gone is heard by nobody.
      if (!link.process.isAlive) return;
      part.isHeard = true;
      judge.heard(message.id, about);
    };
    const key = `${source} ${destination} ${reference} ${total}`;
    const before = this.#open.get(key);
    const isAnother = before?.parts.some((one) => one.number === number && !isSame(one.octets, octets)) ?? false;
    const kept = before && !isAnother ? before.parts.filter((one) => one.number !== number) : [];
    const parts = [...kept, part];
    if (parts.length < total) {
      this.#open.set(key, { total, parts });
      judge.took(message.id, about);
      return this.#answer(link, request, STATUS.ok, part.id, heard);
    }
    this.#open.delete(key);
    return this.#whole(link, request, { message, about, part, parts, heard });
  }

  /** All parts of a text are there. */
  #whole(
    link: Link,
    request: Submit,
    given: { message: Submission; about: Parameters<Smscs["took"]>[1]; part: Part; parts: Part[]; heard: () => void },
  ): void {
    const { judge, find } = this.#given;
    const { about, part, heard } = given;
    const parts = given.parts.toSorted((a, b) => a.number - b.number);
    const text = textOf(Buffer.concat(parts.map(({ octets }) => octets)), parts[0]?.coding ?? 0);
    const message = find(about.recipient, text, true);
    if (!message) {
      judge.strange({ ...about, text });
      return;
    }
    const { source, destination } = request.body;
    const before = this.network.referenceOf(message.id);
    const told = this.network.ask("submit", [[message]]);
    if (told === "hangs") {
      judge.took(message.id, about);
      this.#keep(message.id, { parts, source, destination });
      return;
    }
    if ("fails" in told) {
      // It may have taken it: then it says so by receipts alone.
      if (this.network.referenceOf(message.id) !== before) {
        judge.took(message.id, about);
        this.#keep(message.id, { parts, source, destination });
      }
      link.talk.line.cut(told.fails);
      return;
    }
    const [result] = told.answer as { outcome: string }[];
    if (result?.outcome !== "taken") {
      const status = result?.outcome === "busy" ? STATUS.queueFull : STATUS.destinationAddress;
      this.#answer(link, request, status, "");
      return;
    }
    judge.took(message.id, about);
    this.#keep(message.id, { parts, source, destination });
    this.#answer(link, request, STATUS.ok, part.id, heard);
  }

  #keep(message: MessageId, taken: Taken): void {
    this.#given.judge.tookAll(message);
    this.#taken.set(this.network.referenceOf(message) ?? "", taken);
  }

  #answer(link: Link, request: Submit, status: number, messageId: string, arrived?: () => void): void {
    const { faults, timeline } = this.#given;
    const slow = faults.hits("carrier-slow") ? this.#random.int(0, SLOWEST) : 0;
    const first = faults.hits("smsc-tells-first") ? this.#random.int(SECOND, 6 * SECOND) : 0;
    const late = faults.hits("smsc-answers-late") ? this.#random.int(7 * SECOND, 50 * SECOND) : 0;
    const takes = this.#random.wait(30) + slow + first + late;
    timeline.after(takes, `${SMSC} answers ${messageId || status}`, () => {
      link.talk.answer(request, status, { body: { messageId } }, arrived);
      if (faults.hits("smsc-unbinds")) void this.#unbind(link);
    });
  }

  async #unbind(link: Link): Promise<void> {
    await link.talk.ask(pdu("unbind") as Pdu, 5 * SECOND);
    link.talk.line.close("far", "it unbound");
  }

  #receivers(): Link[] {
    return [...this.#links].filter(({ as, talk }) => as && as !== "bind_transmitter" && !talk.isOver);
  }

  /** Tells what became of a text, part by part, on whatever binds there are; whether all of it was acknowledged. */
  async #tell(told: Receipt): Promise<boolean> {
    const taken = this.#taken.get(told.reference);
    if (!taken) return false;
    const { judge, timeline, manner } = this.#given;
    const isHeard = () => taken.parts.every((part) => part.isHeard);
    const wasHeard = isHeard();
    const parts = [...taken.parts].sort(() => this.#random.next() - 0.5);
    for (const { id, mark } of parts) {
      const [stat, state] = STATS[told.outcome];
      const link = this.#pick(this.#receivers());
      if (!link) {
        await timeline.wait(SECOND, `${SMSC} has no bind to tell ${id}`);
        return false;
      }
      const tlvs = toTlvs({
        receiptedMessageId: id,
        messageState: MESSAGE_STATES[state],
        ...(manner.echoes && mark !== undefined ? { userMessageReference: mark } : {}),
      });
      const body = {
        source: taken.destination,
        sourceTon: 1,
        destination: taken.source,
        esmClass: ESM.receipt,
        shortMessage: Buffer.from(`id:${id} stat:${stat} err:000`),
      };
      const answer = await link.talk.ask(pdu("deliver_sm", { body, tlvs }) as Pdu, 20 * SECOND);
      if (answer?.status !== STATUS.ok) return false;
    }
    judge.toldAll(told, wasHeard, isHeard);
    return true;
  }

  #pick(links: readonly Link[]): Link | undefined {
    return links.length > 0 ? this.#random.pick(links) : undefined;
  }

  /**
   * A person writes. Each part is told until it is acknowledged, by whatever bind there is: that of another part, or another one. What
   * was not answered is told on a new connection. A text of several parts may be told once more, all of it, as by an SMSC that was
   * started anew. Answers whether all of it was acknowledged.
   */
  async write(from: string, to: string, text: string): Promise<boolean> {
    const { timeline, faults, manner } = this.#given;
    const pieces = piecesOf(text, { by: manner.longTexts, reference: this.#random.int(0, 65_535) });
    const until = timeline.now + TELLS_FOR;
    const requests = pieces.map((piece) => deliverOf(from, to, piece));
    const isHeard = await this.#tellsAll(requests, from, until);
    // Where time may jump, what is told again could come so late that it counts as another text.
    const mayRepeat = isHeard && pieces.length > 1 && !faults.has("clock-jump");
    if (mayRepeat && faults.hits("text-reported-again")) await this.#tellsAll(requests, from, until - MINUTE);
    return isHeard;
  }

  async #tellsAll(requests: readonly Pdu[], from: string, until: number): Promise<boolean> {
    const told = await Promise.all(requests.map((request) => this.#tells(request, from, until)));
    return told.every((isHeard) => isHeard);
  }

  /** Tells one part, until it is acknowledged or that time. */
  async #tells(request: Pdu, from: string, until: number): Promise<boolean> {
    const { timeline } = this.#given;
    await timeline.wait(this.#random.wait(this.#random.pick([10, SECOND, 20 * SECOND])), `${from} writes`);
    while (timeline.now < until) {
      const link = this.#pick(this.#receivers());
      const answer = await link?.talk.ask(request, 20 * SECOND);
      if (answer?.status === STATUS.ok) return true;
      if (link && !answer) link.talk.line.cut("it does not answer");
      await timeline.wait(this.#random.wait(5 * SECOND), `${SMSC} tells it again`);
    }
    return false;
  }
}

/** A text of a person's, or a part of one, as it is told. */
function deliverOf(from: string, to: string, piece: Piece): Pdu {
  const body = {
    source: from.slice(1),
    sourceTon: 1,
    destination: to.replace(/^\+/, ""),
    destinationTon: to.startsWith("+") ? 1 : 3,
    esmClass: piece.esmClass,
    dataCoding: piece.coding,
    shortMessage: piece.shortMessage,
  };
  return pdu("deliver_sm", { body, tlvs: toTlvs(piece.tlvs) }) as Pdu;
}

const STATS = {
  delivered: ["DELIVRD", "delivered"],
  failed: ["UNDELIV", "undeliverable"],
  expired: ["EXPIRED", "expired"],
} as const;

function isSame(one: Uint8Array, other: Uint8Array): boolean {
  return Buffer.from(one).equals(other);
}

function textOf(octets: Uint8Array, coding: number): string {
  const alphabet = alphabetOf(coding);
  return alphabet === undefined || alphabet === "binary" ? "" : toText(octets, alphabet);
}
