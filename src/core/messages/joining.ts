/** Long texts that arrive in parts: each part is kept until the others are there, in whatever order they come, or too much time is over. */

/** A part that has come; what it holds is its owner's affair. `at`: when it came, epoch ms. */
export type KeptPart = { number: number; total: number; value: string; at: number };

/**
 * The port. It answers at once: whoever joins parts has a store of its own, which commits before anything that it says is sent.
 * A key tells the parts of one text from those of all others.
 */
export interface PartStore {
  /** By number. */
  of(key: string): KeptPart[];
  add(key: string, part: KeptPart): void;
  /**
   * Removes these very parts, which are passed on, and remembers them for a while; others of the key stay, those that came in their
   * place too.
   * @param to the key under which they came
   */
  finish(key: string, parts: readonly KeptPart[], to?: string): void;
  /** Removes this very part, as if it had not come; nothing where another is in its place. */
  remove(key: string, part: KeptPart): void;
  /** The part of this number that was passed on last. */
  finished(key: string, number: number): KeptPart | undefined;
  /** Forgets parts that were passed on and came before a time. Epoch ms. */
  forget(before: number): void;
  /** Gives all parts of a key to another one, which is no other text's. */
  setAside(key: string, to: string): void;
  /** The keys whose first part came at or before a time, longest ago first. */
  overdue(by: number, limit: number): string[];
  /** When the part came that has waited longest. */
  oldest(): number | undefined;
  /** When the part came that was passed on, and is remembered longest. */
  oldestFinished(): number | undefined;
  count(): number;
}

/**
 * *repeated*: this very part had come before. *finished*: so it had, and its text is passed on. `parts` are those that are there, by
 * number.
 */
export type Joined = { outcome: "waiting" | "repeated" | "finished" | "whole"; parts: KeptPart[] };

/** Whether what came is the same; and whether it is what came before, sent again because its answer was lost. */
export type Comparison = {
  isSame(one: string, other: string): boolean;
  isAgain?(before: KeptPart, part: KeptPart): boolean;
};

const PLAIN: Comparison = { isSame: (one, other) => one === other };

/**
 * Keeps a part. A number that comes again with something else begins another text with the same reference: the parts before it
 * are set aside, and end as incomplete if they are. A part that comes again when all are there answers *whole* again: what was to be
 * done then may not have been done.
 * @param asideKey the key that parts are set aside to; that of one text must be no other's
 */
export function join(
  store: PartStore,
  key: string,
  part: KeptPart,
  asideKey: (parts: readonly KeptPart[]) => string,
  { isSame, isAgain }: Comparison = PLAIN,
): Joined {
  const before = store.of(key);
  const done = store.finished(key, part.number);
  if (done && before.length === 0 && isAgain?.(done, part)) return { outcome: "finished", parts: [done] };
  const known = before.find(({ number }) => number === part.number);
  if (known && isSame(known.value, part.value)) {
    return { outcome: before.length === part.total ? "whole" : "repeated", parts: before };
  }
  if (known) store.setAside(key, asideKey(before));
  store.add(key, part);
  const parts = store.of(key);
  return { outcome: parts.length === part.total ? "whole" : "waiting", parts };
}
