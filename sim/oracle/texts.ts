/** What clients asked to have sent, changed or taken back, and what they were told: all that a customer can know of a text. */

import type { Answer } from "../ground/cloud.ts";

/** A text as a client wants it sent. */
export type Text = {
  recipient: string;
  /** Found in no other of this recipient. */
  text: string;
  isAtMostOnce: boolean;
  /** Epoch milliseconds: not before. Absent for now. */
  sendAt?: number;
  /** How long it is worth sending, from when it is to be sent. Milliseconds. */
  lives: number;
  /** Where the client is told of what became of it. */
  report?: string;
  /** It is wrong: it may be taken in a list, and is then to fail. */
  isBad?: boolean;
  /** It may be refused: what it needs comes and goes. Then nothing of it may be there. */
  mayBeRefused?: boolean;
};

/** *yes*: done. *no*: refused, and nothing was done. *nothing*: it was never looked at. *unknown*: done or not. */
export type Verdict = "yes" | "no" | "nothing" | "unknown";

/** Clocks of processes differ by so much at most, and a little for the way. Milliseconds. */
export const SKEW = 1_000;

/** What a client wants done about a thing, asked for as often as it takes. */
export class Deed {
  readonly thing: Thing;
  readonly kind: "post" | "edit" | "cancel";
  /** What is then to be sent; none where it is to be cancelled. */
  readonly text: Text | undefined;
  /** It came in a list, where a used id is refused without a word. */
  isListed = false;
  /** Epoch milliseconds; what was never heard stays undefined. */
  begunAt: number | undefined;
  yesAt: number | undefined;
  heardAt: number | undefined;
  isRefused = false;
  /** How many requests nobody heard of any more: they may have done it, or do it yet. */
  open = 0;

  constructor(thing: Thing, kind: Deed["kind"], text: Text | undefined) {
    this.thing = thing;
    this.kind = kind;
    this.text = text;
    thing.deeds.push(this);
  }

  /** A request for it leaves. */
  begin(now: number): void {
    this.begunAt ??= now;
    this.open++;
  }

  /** A request for it was answered. */
  hear(verdict: Verdict, now: number): void {
    if (verdict === "unknown") return;
    this.open--;
    this.heardAt = now;
    if (verdict === "yes") this.yesAt ??= now;
    if (verdict === "no") this.isRefused = true;
  }

  /** Whether it may have been done, or may be yet. */
  get isPossible(): boolean {
    return this.begunAt !== undefined && (this.yesAt !== undefined || this.open > 0);
  }

  /** Whether it may have been before its time when it was done. */
  get isForLater(): boolean {
    return this.begunAt !== undefined && (this.text?.sendAt ?? 0) > this.begunAt - SKEW;
  }

  /** Whether all of it was over before the other was begun: then the other has the last word. */
  isBefore(other: Deed): boolean {
    return (
      this.open === 0 &&
      this.heardAt !== undefined &&
      other.begunAt !== undefined &&
      (this.heardAt < other.begunAt ||
        (this.heardAt === other.begunAt && this.thing.deeds.indexOf(this) < this.thing.deeds.indexOf(other)))
    );
  }

  /** Whether another was done in its place, by this time: what it wanted sent may not leave then. */
  isReplaced(by = Number.POSITIVE_INFINITY): boolean {
    return this.thing.deeds.some(
      (other) => other !== this && other.yesAt !== undefined && other.yesAt <= by && this.isBefore(other),
    );
  }
}

/** One thing that a customer has an id for, or only a text. */
export class Thing {
  readonly account: string;
  readonly dialect: string;
  theirId: string | undefined;
  readonly deeds: Deed[] = [];
  /** What of it the carrier was handed, and whether it took it. */
  readonly handed: { deed: Deed; id: string; carrier: string; at: number; isTaken: boolean; isHeard: boolean }[] = [];
  shown = 0;
  /** The first last word that its customer was told of it. */
  lastWord: string | undefined;
  /** It was over so long ago that it is kept no more, and its id may be used again. */
  isForgotten = false;

  constructor(account: string, dialect: string, theirId?: string) {
    this.account = account;
    this.dialect = dialect;
    this.theirId = theirId;
  }

  get name(): string {
    return `${this.account} ${this.dialect} ${this.theirId ?? this.deeds[0]?.text?.text}`;
  }

  get taken(): number {
    return this.handed.filter(({ isTaken }) => isTaken).length;
  }

  /** Whether it was certainly there by this time. */
  isThere(by = Number.POSITIVE_INFINITY): boolean {
    return this.deeds.some(({ kind, yesAt }) => kind === "post" && yesAt !== undefined && yesAt <= by);
  }

  mayBeCancelled(): boolean {
    return this.deeds.some(({ kind, isPossible }) => kind === "cancel" && isPossible);
  }

  /** What it may say, to who began to look at this time. */
  texts(by = Number.POSITIVE_INFINITY): Deed[] {
    return this.deeds.filter((deed) => deed.text && deed.isPossible && !deed.isReplaced(by));
  }

  /** Whether it may have waited for a time of its own: then another may come in its place, until it has left. */
  mayWait(beside: Deed): boolean {
    return this.deeds.some((deed) => deed !== beside && deed.isPossible && deed.isForLater);
  }

  /** Whether it certainly still waited for its time then. */
  mustWaitAt(at: number): boolean {
    return (
      this.isThere() &&
      !this.mayBeCancelled() &&
      this.deeds.every(
        ({ text, isPossible }) => !text || !isPossible || (text.sendAt ?? Number.NEGATIVE_INFINITY) > at + SKEW,
      )
    );
  }
}

/** What the answer of an HTTP API says at first sight: done, refused, or nobody knows. */
export function verdictOf({ status }: Answer): Verdict {
  if (status < 300) return "yes";
  return status < 500 ? "no" : "unknown";
}
