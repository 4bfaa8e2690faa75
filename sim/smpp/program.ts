/**
 * A customer's SMPP program, as such programs are: it keeps a connection or two, comes back when they break, sends a part again where
 * nobody answered, and takes what it is told, most of the time.
 */

import { alphabetOf, toText } from "../../src/smpp/alphabets.ts";
import { ESM, STATUS } from "../../src/smpp/fields.ts";
import { contentOf } from "../../src/smpp/parts.ts";
import { type Pdu, pdu, textOf } from "../../src/smpp/pdu.ts";
import { receiptIn } from "../../src/smpp/receipts.ts";
import type { Sessions } from "../oracle/sessions.ts";
import type { Customer } from "../setup.ts";
import type { Stage } from "../world.ts";
import { Talk } from "./talk.ts";
import type { News } from "./types.ts";

const SECOND = 1_000;
/** What it is told of for a while and does not answer. */
const PATIENCE = 20 * SECOND;
/** It gives a part up after so many tries: the others are not waited for any longer. */
const MOST_TRIES = 12;

type Manner = "bind_transceiver" | "bind_transmitter" | "bind_receiver";
type Bound = { talk: Talk; as: Manner };

/** After that long, or after the clock has jumped so far, what comes again is another text, and no program sends it. */
const LONGEST_TRY = 5 * 60 * SECOND;

export class Program {
  readonly customer: Customer;
  readonly #stage: Stage;
  readonly #judge: Sessions;
  readonly #bound = new Set<Bound>();
  /** Parts of a text that it was told of, by what they have in common. */
  readonly #parts = new Map<string, Map<number, Uint8Array>>();
  #isStorming = false;
  #lines = 0;
  #references = 0;

  constructor(stage: Stage, customer: Customer) {
    this.#stage = stage;
    this.customer = customer;
    this.#judge = stage.judges.sessions;
  }

  get systemId(): string {
    return `${this.customer.id}-smpp`;
  }

  /** Tells the parts of a text from those of others. */
  nextReference(): number {
    this.#references = (this.#references + 1) % 256;
    return this.#references;
  }

  /** Keeps connections of these kinds, for good. */
  keep(kinds: readonly Manner[]): void {
    for (const as of kinds) void this.#keepOne(as);
  }

  /** All connections break at once, and more come back than there were. */
  storm(): void {
    this.#isStorming = true;
    for (const { talk } of this.#bound) talk.line.cut("a storm");
  }

  /**
   * Sends a part until it is answered: on whatever connection there is. Answers its id, or nothing where it was given up.
   * @param isAgain whether it may be sent again where nobody answered; a text of one part may not, as it would be another one
   */
  async submit(request: Pdu, isAgain: boolean): Promise<string | undefined> {
    const { timeline, random } = this.#stage;
    const until = timeline.now + LONGEST_TRY;
    for (let tries = 1; tries <= MOST_TRIES && timeline.now < until; tries++) {
      const bound = this.#transmitter();
      if (!bound) {
        await timeline.wait(random.wait(3 * SECOND), `${this.systemId} has no connection`);
        continue;
      }
      const answer = await bound.talk.ask(request, PATIENCE);
      if (answer?.status === STATUS.ok) return "messageId" in answer.body ? answer.body.messageId : "";
      const isUntaken = answer && [STATUS.throttled, STATUS.queueFull].includes(answer.status as never);
      if (!isUntaken && !isAgain) return undefined;
      // Nobody can know what became of it: another connection is asked.
      if (!answer) bound.talk.line.cut("it was not answered");
      await timeline.wait(random.wait(2 * SECOND), `${this.systemId} sends a part again`);
    }
    return undefined;
  }

  #transmitter(): Bound | undefined {
    const able = [...this.#bound].filter(({ as, talk }) => as !== "bind_receiver" && !talk.isOver);
    return able.length > 0 ? this.#stage.random.pick(able) : undefined;
  }

  async #keepOne(as: Manner): Promise<void> {
    const { timeline, random } = this.#stage;
    for (;;) {
      const copies = this.#isStorming && random.chance(0.5) ? 4 : 1;
      await Promise.all(Array.from({ length: copies }, (_, n) => this.#connect(as, n > 0)));
      this.#isStorming = false;
      await timeline.wait(random.wait(5 * SECOND), `${this.systemId} binds again`);
    }
  }

  /** Resolves when it is over. @param isShort it ends by itself after a while: it is one of a storm */
  async #connect(as: Manner, isShort: boolean): Promise<void> {
    const { bind, timeline, random } = this.#stage;
    const headers = {
      "x-smpp-system-id": this.systemId,
      "x-smpp-link": `${as} ${++this.#lines}`,
      "x-smpp-address": "192.0.2.1",
    };
    const line = await bind(this.systemId, headers);
    await new Promise<void>((over) => {
      const talk = new Talk({
        line,
        side: "near",
        timeline,
        asked: (request) => this.#asked(bound, request),
        ended: () => {
          this.#bound.delete(bound);
          over();
        },
      });
      const bound: Bound = { talk, as };
      if (isShort) timeline.after(random.wait(20 * SECOND), "one of a storm ends", () => line.close("near", "enough"));
      void this.#bind(bound, over);
      if (line.isOver) over();
    });
  }

  async #bind(bound: Bound, over: () => void): Promise<void> {
    const { as, talk } = bound;
    const body = { systemId: this.systemId, password: this.customer.smppPassword, interfaceVersion: 0x34 };
    const answer = await talk.ask(pdu(as, { body }) as Pdu, 30 * SECOND);
    if (answer?.status === STATUS.ok) this.#bound.add(bound);
    else {
      if (answer) this.#judge.refused(this.customer.id, answer.status);
      talk.line.cut("it was not bound");
      over();
    }
  }

  #asked({ talk }: Bound, request: Pdu): void {
    if (request.command !== "deliver_sm" && request.command !== "data_sm") {
      talk.answer(request, STATUS.ok);
      if (request.command === "unbind") talk.line.close("near", "it was unbound");
      return;
    }
    const { faults, random, timeline } = this.#stage;
    const takes = random.wait(30);
    const isRefused = faults.hits("esme-refuses");
    const isSilent = faults.hits("esme-silent");
    const news = request as News;
    if (!isRefused) this.#took(news);
    if (isSilent) return;
    const status = isRefused ? random.pick([STATUS.temporaryAppError, STATUS.systemError]) : STATUS.ok;
    timeline.after(takes, `${this.systemId} answers ${status}`, () => talk.answer(request, status));
  }

  /** It has it now, whether or not its answer arrives. */
  #took({ body, tlvs }: News): void {
    const account = this.customer.id;
    if ((body.esmClass & ESM.type) !== 0) {
      const receipt = receiptIn("shortMessage" in body ? Buffer.from(body.shortMessage).toString("latin1") : "", tlvs);
      this.#judge.toldReceipt(account, textOf(tlvs, "receiptedMessageId") ?? "", receipt.state ?? "");
      return;
    }
    const shortMessage = "shortMessage" in body ? body.shortMessage : new Uint8Array();
    const content = contentOf({ esmClass: body.esmClass, shortMessage }, tlvs);
    if ("fault" in content) {
      this.#judge.garbled(account);
      return;
    }
    const { number, total, reference } = content.part ?? { number: 1, total: 1, reference: 0 };
    const key = `${body.source} ${body.destination} ${reference} ${total}`;
    const parts = this.#parts.get(key) ?? new Map<number, Uint8Array>();
    parts.set(number, content.octets);
    this.#parts.set(key, parts);
    if (parts.size < total) return;
    const alphabet = alphabetOf(body.dataCoding);
    const octets = Buffer.concat([...parts].sort(([a], [b]) => a - b).map(([, one]) => one));
    // What comes again completes it again.
    if (total === 1) this.#parts.delete(key);
    if (alphabet && alphabet !== "binary") this.#judge.toldText(account, toText(octets, alphabet));
  }
}
