/**
 * The promises to customers who speak SMPP: P1 of each part that was answered with an id, P6 and P10 of what they are told on their own
 * connections, and P11 of texts that they sent once.
 */

import { STATUS } from "../../src/smpp/fields.ts";
import type { Timeline } from "../ground/timeline.ts";
import type { Oracle, Row, Watch, Watched } from "./oracle.ts";
import type { Deed } from "./texts.ts";

type Acknowledged = { account: string; deed: Deed; asks: number; at: number };
type Kept = { ids: [string, number][]; missing?: number };

/** Parts wait a minute for others, and then until their object wakes: no longer than this. */
const PARTS_WAIT = 5 * 60_000;

const WORDS: Readonly<Record<string, readonly string[]>> = {
  delivered: ["delivered"],
  failed: ["undeliverable", "rejected"],
  expired: ["expired"],
  cancelled: ["deleted"],
};

export class Sessions implements Watch {
  readonly #oracle: Oracle;
  readonly #timeline: Timeline;
  readonly #deeds: { account: string; deed: Deed }[] = [];
  /** Ids that customers were given. */
  readonly #ids = new Map<string, Acknowledged>();
  /** What was told of an id, and the last word of it. */
  readonly #told = new Map<string, string[]>();
  readonly #texts = new Set<string>();
  /** Messages that came by SMPP, as they were seen last. */
  readonly #rows = new Map<string, Row>();
  readonly #byId = new Map<string, Row>();

  constructor(oracle: Oracle, timeline: Timeline) {
    this.#oracle = oracle;
    this.#timeline = timeline;
  }

  begun(account: string, deed: Deed): void {
    this.#deeds.push({ account, deed });
  }

  /** A part was answered with status 0 and an id. */
  acknowledged(account: string, id: string, deed: Deed, asks: number): void {
    if (id === "") this.#oracle.report("P1", `${account} was answered with status 0 and no id`);
    const known = this.#ids.get(id);
    if (known && known.deed !== deed) this.#oracle.report("P11", `${id} is the id of two texts`);
    this.#ids.set(id, { account, deed, asks, at: this.#timeline.now });
  }

  /** Whether a part that was answered with an id may wait for the others of its text: it is in no message yet. */
  get isWaiting(): boolean {
    const since = this.#timeline.now - PARTS_WAIT;
    return [...this.#ids].some(([id, { at }]) => at > since && !this.#byId.has(id));
  }

  /** Whether these are ids of one text: a part that came too late for its text has become another. */
  isOne(ids: readonly (string | undefined)[]): boolean {
    return new Set(ids.map((id) => id?.replace(/p\d{3}$/, ""))).size === 1;
  }

  /** A bind was refused: not as if the password were wrong, which no program tries again. */
  refused(account: string, status: number): void {
    if (status === STATUS.bindFailed) return;
    this.#oracle.report("P1", `${account} binds with the right password, and is answered ${status}`);
  }

  garbled(account: string): void {
    this.#oracle.report("P6", `${account} was told what it cannot read`);
  }

  toldReceipt(account: string, id: string, state: string): void {
    this.#oracle.look();
    const row = this.#byId.get(id);
    if (!row) this.#oracle.report("P6", `${account} was told of ${id}, which nobody has`);
    else if (row.account_id !== account) this.#oracle.report("P10", `${account} was told of ${row.account_id}'s ${id}`);
    const before = this.#told.get(id) ?? [];
    const last = before.at(-1);
    if (last !== undefined && last !== state) {
      this.#oracle.report("P5", `${account} was told that ${id} is ${last}, and then ${state}`);
    }
    this.#told.set(id, [...before, state]);
  }

  toldText(account: string, text: string): void {
    this.#texts.add(`${account} ${text}`);
  }

  /** A webhook that goes to a session has moved. */
  moved(before: Row, after: Row): void {
    if (after.state !== "answered" || before.state === "answered") return;
    const event = JSON.parse(String(after.event));
    if (after.kind === "inbound") {
      const row = this.#oracle.rows("inbound").find(({ id }) => id === after.subject);
      if (row && !this.#texts.has(`${after.account_id} ${row.text}`)) {
        this.#oracle.report("P6", `${after.id} is answered, and ${after.account_id} never had ${row.text}`);
      }
      return;
    }
    const row = this.#rows.get(String(after.subject));
    for (const [id, wants] of (row && keptOf(row)?.ids) ?? []) {
      if (!isWanted(wants, event.state) || this.#isTold(id, event.state)) continue;
      this.#oracle.report("P6", `${after.id} is answered, and ${id} was never told to be ${event.state}`);
    }
  }

  changed(table: Watched, _: Row | undefined, row: Row | undefined): void {
    const kept = table === "message" && row ? keptOf(row) : undefined;
    if (!row || !kept) return;
    this.#rows.set(String(row.id), row);
    for (const [id] of kept.ids) {
      const other = this.#byId.get(id);
      if (other && other.id !== row.id) this.#oracle.report("P11", `${id} is of ${other.id} and of ${row.id}`);
      this.#byId.set(id, row);
    }
  }

  atRest(): void {
    for (const [id, { account }] of this.#ids) {
      const row = this.#byId.get(id);
      if (!row) this.#oracle.report("P1", `${account} was given ${id}, and no message has it`);
      else if (row.account_id !== account) this.#oracle.report("P10", `${id} of ${account} is ${row.account_id}'s`);
    }
    for (const row of this.#rows.values()) this.#judge(row);
  }

  /** A message is what was sent, or what came of it where its other parts never did. */
  #judge(row: Row): void {
    const text = String(row.text);
    const same = this.#deeds.filter(({ account, deed }) => account === row.account_id && deed.text?.text === text);
    if (same.length > 0) return;
    const kept = keptOf(row);
    const whole = this.#deeds.find(({ account, deed }) => {
      return (
        account === row.account_id && deed.text?.recipient === row.recipient && isPartOf(text, deed.text?.text ?? "")
      );
    });
    if (!whole) this.#oracle.report("P11", `${row.id} is a text that nobody sent: ${text}`);
    else if (whole.deed.yesAt !== undefined)
      this.#oracle.report("P11", `${row.id} is part of what was sent whole: ${text}`);
    else if (!kept?.missing) this.#oracle.report("P11", `${row.id} is not whole, and counts as if it were: ${text}`);
  }

  #isTold(id: string, state: string): boolean {
    return this.#told.get(id)?.some((word) => WORDS[state]?.includes(word)) ?? false;
  }
}

function keptOf({ echo }: Row): Kept | undefined {
  return JSON.parse(String(echo)).smpp;
}

function isWanted(wants: number, state: string): boolean {
  if (!(state in WORDS)) return false;
  const final = wants & 3;
  return final === 2 ? state !== "delivered" : final !== 0;
}

/** Whether a text is made of parts of another, in their order. */
export function isPartOf(text: string, whole: string): boolean {
  for (let at = 0; at < text.length; ) {
    let length = Math.min(text.length - at, whole.length);
    while (length > 20 && !whole.includes(text.slice(at, at + length))) length--;
    if (!whole.includes(text.slice(at, at + length))) return false;
    at += length;
  }
  return true;
}
