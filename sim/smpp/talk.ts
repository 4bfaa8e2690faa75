/** One side of an SMPP connection, as any program has it: requests that wait for their answers, and answers to what it is asked. */

import { Framer } from "../../src/smpp/frames.ts";
import { decode, encode, isResponse, type Pdu, respond } from "../../src/smpp/pdu.ts";
import type { Line } from "../ground/line.ts";
import type { Timeline } from "../ground/timeline.ts";

type Given = {
  line: Line;
  side: "near" | "far";
  timeline: Timeline;
  /** A request of the other side. It answers it by `answer`, if at all. */
  asked(request: Pdu): void;
  ended(why: string): void;
};

export class Talk {
  readonly line: Line;
  readonly #given: Given;
  readonly #framer = new Framer();
  readonly #waiting = new Map<number, (answer: Pdu | undefined) => void>();
  #sequence = 0;

  constructor(given: Given) {
    this.line = given.line;
    this.#given = given;
    given.line.attach(given.side, {
      hear: (octets) => this.#hear(octets),
      ended: (why) => {
        this.end();
        given.ended(why);
      },
    });
  }

  get isOver(): boolean {
    return this.line.isOver;
  }

  /** Asks, and waits for the answer; undefined where none comes in time, or the connection ends. */
  ask(request: Pdu, patience: number): Promise<Pdu | undefined> {
    const sequence = ++this.#sequence;
    const { timeline, side } = this.#given;
    return new Promise((resolve) => {
      if (this.isOver) return resolve(undefined);
      const settle = (answer: Pdu | undefined) => {
        limit.isOff = true;
        this.#waiting.delete(sequence);
        resolve(answer);
      };
      const limit = timeline.after(patience, `nobody answers ${request.command}`, () => settle(undefined));
      this.#waiting.set(sequence, settle);
      this.line.send(side, encode({ ...request, sequence }));
    });
  }

  /** @param arrived called when the answer has reached the other side */
  answer(request: Pdu, status: number, given: Parameters<typeof respond>[2] = {}, arrived?: () => void): void {
    this.line.send(this.#given.side, encode(respond(request, status, given)), arrived);
  }

  /** It is over: nobody is answered any more. */
  end(): void {
    for (const settle of [...this.#waiting.values()]) settle(undefined);
  }

  #hear(octets: Uint8Array): void {
    for (const frame of this.#framer.push(octets)) {
      const decoded = decode(frame);
      if (decoded.outcome !== "pdu") continue;
      if (isResponse(decoded.pdu)) this.#waiting.get(decoded.pdu.sequence)?.(decoded.pdu);
      else this.#given.asked(decoded.pdu);
    }
  }
}
