/**
 * P8 for guards, of two accounts that have them. Codes: no more to a country than its budget in the time that is looked back, none
 * where it is blocked, and a block where nobody enters them. Loops: of identical texts to one person the first ones, and no more.
 * Duplicates: the same text to the same person is taken once in a while. And nothing is refused for a guard that had no reason.
 */

import type { Answer } from "../ground/cloud.ts";
import type { Timeline } from "../ground/timeline.ts";
import type { Submission } from "../network.ts";
import type { Oracle, Row, Watch, Watched } from "./oracle.ts";

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
/** Codes are counted by so much time: see decision 33. */
const BUCKET = 5 * MINUTE;
/** Clocks of processes differ by less. */
const MARGIN = 2 * SECOND;
/** So many characters of a number tell its range. */
const RANGE = 7;

/** Its codes and its loops are guarded. */
export const GUARDED = {
  id: "delta",
  number: "2010",
  country: "SE",
  codes: { minutes: 60, leastSent: 4, alarmBelow: 0, blockBelow: 30, blockMinutes: 60, budget: 9 },
  loops: { most: 3, seconds: 600 },
} as const;

/** It wants each text taken once. */
export const ONCE = { id: "epsilon", number: "2011", seconds: 300 } as const;

const WINDOW = GUARDED.codes.minutes * MINUTE;
const BLOCK = GUARDED.codes.blockMinutes * MINUTE;
/** A code may be confirmed for so long before it counts as one that nobody entered. */
const IN_HAND = 2 * BUCKET;

/** A code that is there: it was counted at some time between the two. */
type Code = { recipient: string; createdAt: number; storedAt: number };
type Block = { until: number; raisedAt: number; before: number };
/** A text as it was stored. */
type Text = { id: string; key: string; sendAt: number; acceptedAt: number; storedAt: number; row: Row };

export class Guards implements Watch {
  readonly #oracle: Oracle;
  readonly #timeline: Timeline;
  readonly #codes: Code[] = [];
  /** Until when codes were asked for, each time anew, by recipient; and when they were confirmed, or tried to be. */
  readonly #asked: { recipient: string; until: number }[] = [];
  readonly #entered: { recipient: string; at: number }[] = [];
  readonly #blocks = new Map<string, Block>();
  readonly #texts = new Map<string, Text>();

  constructor(oracle: Oracle, timeline: Timeline) {
    this.#oracle = oracle;
    this.#timeline = timeline;
  }

  /** A client asks for a code. @returns to be called when that is over: the code is counted by then */
  asks(recipient: string): () => void {
    const asked = { recipient, until: Number.POSITIVE_INFINITY };
    this.#asked.push(asked);
    return () => {
      asked.until = this.#timeline.now;
    };
  }
  /** A client brings a code that may be right. */
  enters(recipient: string): void {
    this.#entered.push({ recipient, at: this.#timeline.now });
  }

  /** A code was refused by the guard. @param begunAt when it was asked for */
  refused(recipient: string, begunAt: number, { status, body }: Answer): void {
    const wasBlocked = areasOf(recipient).some((area) => (this.#blocks.get(area)?.until ?? 0) > begunAt - MARGIN);
    const wasLifted = areasOf(recipient).some((area) => (this.#blocks.get(area)?.before ?? 0) > begunAt - MARGIN);
    if (wasBlocked || wasLifted) return;
    this.#oracle.report("P8", `a code to ${recipient} is refused, and nothing is blocked there: ${status} ${body}`);
  }

  /** A text was refused as a duplicate. */
  duplicate(recipient: string, text: string, begunAt: number): void {
    const key = [ONCE.id, ONCE.number, recipient, text].join(" ");
    const since = begunAt - ONCE.seconds * SECOND - MARGIN;
    const before = [...this.#texts.values()].some((one) => one.key === key && one.acceptedAt > since);
    if (!before)
      this.#oracle.report("P8", `${text} to ${recipient} is refused as a duplicate, and was not sent before`);
  }

  changed(table: Watched, before: Row | undefined, after: Row | undefined): void {
    if (table === "code_area") this.#areaChanged(before, after);
    if (table === "pin" && !before && after?.account_id === GUARDED.id) this.#codeCame(after);
    if (table === "message" && after) this.#textChanged(before, after);
  }

  handed({ id }: Submission): void {
    const text = this.#texts.get(id);
    if (!text || text.row.account_id !== GUARDED.id || text.row.dialect !== "target365") return;
    const earlier = this.#before(text).filter(({ storedAt }) => storedAt <= text.storedAt);
    if (earlier.length < GUARDED.loops.most) return;
    this.#oracle.report("P8", `${id} is sent, and ${earlier.length} identical texts were before it: ${text.key}`);
  }

  /** The identical texts that count before it. */
  #before({ id, key, sendAt }: Text): Text[] {
    const since = sendAt - GUARDED.loops.seconds * SECOND;
    return [...this.#texts.values()].filter(
      (one) =>
        one.key === key &&
        one.row.state !== "cancelled" &&
        one.sendAt > since &&
        (one.sendAt < sendAt || (one.sendAt === sendAt && one.id < id)),
    );
  }

  #textChanged(before: Row | undefined, row: Row): void {
    const { id, account_id: account, sender, recipient, text } = row;
    if (account !== GUARDED.id && account !== ONCE.id) return;
    const known = this.#texts.get(String(id));
    const one: Text = known ?? {
      id: String(id),
      key: [account, sender, recipient, text].join(" "),
      sendAt: Number(row.send_at),
      acceptedAt: Number(row.accepted_at),
      storedAt: this.#timeline.now,
      row,
    };
    one.row = row;
    this.#texts.set(one.id, one);
    if (!known && account === ONCE.id) this.#onceMore(one);
    if (row.state !== "failed" || row.reason !== "stopped" || before?.state === "failed") return;
    if (account === GUARDED.id && this.#before(one).length >= GUARDED.loops.most) return;
    this.#oracle.report("P8", `${id} is stopped, and ${this.#before(one).length} identical texts were before it`);
  }

  #onceMore(text: Text): void {
    const since = text.acceptedAt - ONCE.seconds * SECOND + MARGIN;
    const same = [...this.#texts.values()].find(
      (one) =>
        one !== text &&
        one.key === text.key &&
        one.acceptedAt > since &&
        one.acceptedAt <= text.acceptedAt &&
        !["failed", "expired", "cancelled"].includes(String(one.row.state)),
    );
    if (same) this.#oracle.report("P8", `${text.id} is taken, and says what ${same.id} said just before: ${text.key}`);
  }

  #codeCame({ recipient, created_at: createdAt }: Row): void {
    const code = { recipient: String(recipient), createdAt: Number(createdAt), storedAt: this.#timeline.now };
    const [country = "", range = ""] = areasOf(code.recipient);
    this.#codes.push(code);
    const since = Math.max(code.storedAt - WINDOW + MARGIN, this.#beginOf(country));
    const within = this.#codes.filter((one) => one.createdAt >= since);
    if (within.length > GUARDED.codes.budget) {
      this.#oracle.report(
        "P8",
        `${within.length} codes are sent to ${country}, and its budget is ${GUARDED.codes.budget}`,
      );
    }
    for (const area of [country, range]) this.#checkArea(area, code);
  }

  /** What went before does not count: since when codes to an area do. */
  #beginOf(area: string): number {
    const { until = 0, before = 0 } = this.#blocks.get(area) ?? {};
    return Math.max(until > this.#timeline.now + MARGIN ? 0 : until, before) + MARGIN;
  }

  #checkArea(area: string, code: Code): void {
    const { until = 0, raisedAt = 0 } = this.#blocks.get(area) ?? {};
    if (code.createdAt > raisedAt + MARGIN && code.storedAt < until - MARGIN) {
      this.#oracle.report("P8", `a code is sent to ${code.recipient}, and ${area} is blocked`);
    }
    const since = Math.max(code.storedAt - WINDOW + MARGIN, this.#beginOf(area));
    const settledBy = code.createdAt - IN_HAND - MARGIN;
    const isIn = ({ recipient }: { recipient: string }) => areasOf(recipient).includes(area);
    const settled = this.#codes.filter((one) => isIn(one) && one.createdAt >= since && one.storedAt <= settledBy);
    const entered = this.#entered.some((one) => isIn(one) && one.at >= since - BUCKET - MARGIN);
    if (settled.length < GUARDED.codes.leastSent || entered) return;
    this.#oracle.report("P8", `a code is sent to ${area}, where nobody entered any of ${settled.length}`);
  }

  #areaChanged(before: Row | undefined, after: Row | undefined): void {
    if (after?.account_id !== GUARDED.id) return;
    const area = String(after.area);
    const [was, until] = [Number(before?.blocked_until ?? 0), Number(after.blocked_until ?? 0)];
    const { now } = this.#timeline;
    if (until > was) {
      this.#blocks.set(area, { until, raisedAt: now, before: this.#blocks.get(area)?.before ?? 0 });
      this.#checkReason(area, String(after.reason), until);
    } else if (until < was) {
      this.#blocks.set(area, { until, raisedAt: 0, before: now });
    }
  }

  /**
   * A block has a reason: as many codes were asked for as its rule needs at least, in the time before it was decided. When that was is
   * told by its end: it may be written down much later, where the clock jumps, and is over by then.
   */
  #checkReason(area: string, reason: string, until: number): void {
    const decidedAt = until - BLOCK - BUCKET;
    if (decidedAt > this.#timeline.now + MARGIN) {
      this.#oracle.report("P8", `${area} is blocked until ${new Date(until).toISOString()}, which is too long`);
    }
    const since = decidedAt - WINDOW - BUCKET - MARGIN;
    const asked = this.#asked.filter((one) => one.until >= since && areasOf(one.recipient).includes(area)).length;
    const least = reason === "budget" ? GUARDED.codes.budget : GUARDED.codes.leastSent;
    if (asked < least) this.#oracle.report("P8", `${area} is blocked (${reason}), and ${asked} codes were asked for`);
  }
}

/** The country first. All codes of the guarded account go there. */
function areasOf(recipient: string): string[] {
  return [GUARDED.country, recipient.slice(0, RANGE)];
}
