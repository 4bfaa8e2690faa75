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
    write(all) {
      for (const { reason: _, ...part } of all)
        parts.set(`${part.message} ${part.number}`, { ...part, state: "written" });
    },
    take(all) {
      for (const part of all) {
        const key = `${part.message} ${part.number}`;
        const { reason: _, ...rest } = part;
        const known = parts.get(key);
        const isOpen = known === undefined || known.state === "written" || known.state === "refused";
        const { reference, key: id } = part;
        const more = { ...(reference === undefined ? {} : { reference }), ...(id === undefined ? {} : { key: id }) };
        const { at } = known ?? part;
        parts.set(key, isOpen ? { ...rest, state: "taken", at } : { ...known, ...more });
      }
    },
    settle(part) {
      const key = `${part.message} ${part.number}`;
      const known = parts.get(key);
      if (known) parts.set(key, { ...part, at: known.at, ...(known.key === undefined ? {} : { key: known.key }) });
    },
    drop: (message, number) => void parts.delete(`${message} ${number}`),
    nextMarks: (count) =>
      Array.from({ length: count }, () => {
        mark = (mark % 65_535) + 1;
        return mark;
      }),
    keepEarly: (receipt) => void early.set(receipt.key, receipt),
    earlyOf: (keys) => keys.flatMap((key) => early.get(key) ?? []),
    dropEarly({ key, value }) {
      if (early.get(key)?.value === value) early.delete(key);
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
