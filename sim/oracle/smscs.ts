/** The promises about a carrier that is bound to: P1 and P9 of each part, and of what it tells. */

import type { MessageId } from "../../src/core/kernel/ids.ts";
import type { Receipt } from "../../src/core/messages/carrier.ts";
import type { Submit } from "../smpp/types.ts";
import type { Inbounds } from "./inbound.ts";
import type { Oracle, Row, Watch, Watched } from "./oracle.ts";
import { isPartOf } from "./sessions.ts";

/** A part of a text as an SMSC gets it. */
export type PartSeen = { recipient: string; text: string; number: number; total: number };

const FINAL: readonly unknown[] = ["delivered", "failed", "expired", "cancelled"];

export class Smscs implements Watch {
  readonly #oracle: Oracle;
  readonly #carrier: string;
  readonly #inbounds: Inbounds;
  /** Parts that were taken; *heard*: and the bind knows that they were. */
  readonly #parts = new Map<string, "taken" | "heard">();
  /** How often each message was taken, as far as it was. */
  readonly #told = new Map<MessageId, { wasHeard: boolean; isHeard: () => boolean; outcome: string }>();
  readonly #takes = new Map<MessageId, number>();
  /** Texts of people that were not told in time. */
  readonly #late: string[] = [];
  readonly #inbound: Row[] = [];

  constructor(oracle: Oracle, carrier: string, inbounds: Inbounds) {
    this.#oracle = oracle;
    this.#carrier = carrier;
    this.#inbounds = inbounds;
  }

  garbled({ body }: Submit): void {
    this.#oracle.report("P1", `the SMSC got a text whose header it cannot read, to ${body.destination}`);
  }

  strange({ recipient, text, number, total }: PartSeen): void {
    this.#oracle.report("P1", `the SMSC got part ${number} of ${total} of what nobody wrote to ${recipient}: ${text}`);
  }

  /** A part is submitted: not again, where it was taken before and the bind knows, or the text may go once only. */
  submitted(message: MessageId, part: PartSeen): void {
    const before = this.#parts.get(keyOf(message, part));
    if (!before) return;
    const what = `part ${part.number} of ${part.total} of ${message}`;
    if (before === "heard") this.#oracle.report("P9", `${what} went again, and its answer had come`);
    this.#oracle.look();
    const row = this.#row(message);
    if (row?.delivery_mode === "at-most-once") this.#oracle.report("P9", `${what} may go once, and went again`);
  }

  took(message: MessageId, part: PartSeen): void {
    const key = keyOf(message, part);
    if (!this.#parts.has(key)) this.#parts.set(key, "taken");
  }

  /** All parts of it were taken. */
  tookAll(message: MessageId): void {
    this.#takes.set(message, (this.#takes.get(message) ?? 0) + 1);
  }

  /** Its answer has reached the bind. */
  heard(message: MessageId, part: PartSeen): void {
    this.#parts.set(keyOf(message, part), "heard");
  }

  /**
   * All parts of a receipt were acknowledged.
   * @param wasHeard whether the answers to all parts had come before it
   * @param isHeard whether they have come by now
   */
  toldAll({ message, outcome }: Receipt, wasHeard: boolean, isHeard: () => boolean): void {
    this.#oracle.look();
    // It may have been waited for long enough.
    if (FINAL.includes(this.#row(message)?.state)) return;
    this.#told.set(message, { wasHeard, isHeard, outcome });
  }

  /** The same, as the network says it. Where the answers had come before, it is written down by now. */
  acknowledged(receipt: Receipt): void {
    if (!this.#told.get(receipt.message)?.wasHeard || this.#takes.get(receipt.message) !== 1) return;
    this.#oracle.toldOfText(receipt);
  }

  /** A text of a person's could not be told in time: what came of it may be there, or not. */
  gaveUp(text: string): void {
    this.#late.push(text);
  }

  changed(table: Watched, before: Row | undefined, row: Row | undefined): void {
    if (table === "inbound" && !before && row?.carrier === this.#carrier) this.#inbound.push(row);
  }

  atRest(): void {
    for (const [message, { isHeard, outcome }] of this.#told) {
      const row = this.#row(message);
      if (!row || !isHeard() || this.#takes.get(message) !== 1) continue;
      if (!FINAL.includes(row.state) || row.reason === "no-receipt") {
        this.#oracle.report("P1", `${message} was told to be ${outcome}, and is ${row.state} (${row.reason})`);
      }
    }
    for (const { id, text } of this.#inbound) {
      if (this.#inbounds.knows(String(text)) || this.#late.some((whole) => isPartOf(String(text), whole))) continue;
      this.#oracle.report("P6", `${id} is a text that nobody wrote: ${text}`);
    }
  }

  #row(message: MessageId): Row | undefined {
    return this.#oracle.rows("message").find(({ id }) => id === message);
  }
}

function keyOf(message: MessageId, { number, total, text }: PartSeen): string {
  return `${message} ${number}/${total} ${text}`;
}
