/** The memory's twin of the store of parts. */

import type { KeptPart, PartStore } from "../../src/core/messages/joining.ts";

export function memoryParts(): PartStore {
  let kept: ({ key: string } & KeptPart)[] = [];
  const firsts = () => {
    const keys = [...new Set(kept.map(({ key }) => key))];
    const at = (key: string) => Math.min(...kept.filter((part) => part.key === key).map((part) => part.at));
    return keys.map((key) => ({ key, at: at(key) })).sort((a, b) => a.at - b.at);
  };
  return {
    of: (key) =>
      kept
        .filter((part) => part.key === key)
        .map(({ key: _, ...part }) => part)
        .sort((a, b) => a.number - b.number),
    add: (key, part) => void kept.push({ key, ...part }),
    remove(key, parts) {
      const isOf = (part: KeptPart) =>
        parts.some(({ number, value }) => number === part.number && value === part.value);
      kept = kept.filter((part) => part.key !== key || !isOf(part));
    },
    setAside(key, to) {
      kept = kept.map((part) => (part.key === key ? { ...part, key: to } : part));
    },
    overdue: (by, limit) =>
      firsts()
        .filter(({ at }) => at <= by)
        .slice(0, limit)
        .map(({ key }) => key),
    oldest: () => firsts()[0]?.at,
    count: () => kept.length,
  };
}
