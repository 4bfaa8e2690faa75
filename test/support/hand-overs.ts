/** The memory's twin of the store of parts that were handed over. */

import type { EarlyReceipt, HandedPart, HandOvers } from "../../src/core/messages/hand-overs.ts";

export function memoryHandOvers(): HandOvers {
  const parts = new Map<string, HandedPart>();
  const early = new Map<string, EarlyReceipt>();
  const all = () => [...parts.values()];
  const of = (message: string) =>
    all()
      .filter((part) => part.message === message)
      .sort((a, b) => a.number - b.number);
  let mark = 0;
  return {
    of,
    ofAll: (messages) => messages.toSorted().flatMap(of),
    byKey: (key) =>
      all()
        .filter((part) => part.key === key)
        .sort((a, b) => b.at - a.at)[0],
    byMark: (wanted, recipient) =>
      all().filter((part) => part.mark === wanted && part.recipient === recipient && part.state === "written"),
    put: (part) => void parts.set(`${part.message} ${part.number}`, part),
    take(part) {
      const key = `${part.message} ${part.number}`;
      const { reason: _, ...rest } = part;
      const known = parts.get(key);
      const isOpen = known === undefined || known.state === "written" || known.state === "refused";
      const { reference, key: id, at } = part;
      const more = { ...(reference === undefined ? {} : { reference }), ...(id === undefined ? {} : { key: id }), at };
      parts.set(key, isOpen ? { ...rest, state: "taken" } : { ...known, ...more });
    },
    drop: (message, number) => void parts.delete(`${message} ${number}`),
    nextMarks: (count) =>
      Array.from({ length: count }, () => {
        mark = (mark % 65_535) + 1;
        return mark;
      }),
    keepEarly: (receipt) => void early.set(receipt.key, receipt),
    takeEarly(key) {
      const found = early.get(key);
      early.delete(key);
      return found;
    },
    early: (since, limit) =>
      [...early.values()]
        .filter(({ at }) => at >= since)
        .sort((a, b) => a.at - b.at)
        .slice(0, limit),
    forget(before) {
      for (const [key, part] of parts) if (part.at < before) parts.delete(key);
      for (const [key, receipt] of early) if (receipt.at < before) early.delete(key);
    },
  };
}
