/** The memory's twin of the store of parts. */

import type { KeptPart, PartStore } from "../../src/core/messages/joining.ts";

export function memoryParts(): PartStore {
  let kept: ({ key: string } & KeptPart)[] = [];
  const done = new Map<string, KeptPart>();
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
    finish(key, parts, to = key) {
      for (const part of parts) done.set(`${to} ${part.number}`, part);
      const isOf = (part: KeptPart) =>
        parts.some(({ number, value }) => number === part.number && value === part.value);
      kept = kept.filter((part) => part.key !== key || !isOf(part));
    },
    remove(key, { number, value }) {
      kept = kept.filter((part) => part.key !== key || part.number !== number || part.value !== value);
    },
    finished: (key, number) => done.get(`${key} ${number}`),
    forget(before) {
      for (const [key, { at }] of done) if (at < before) done.delete(key);
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
    oldestFinished: () => (done.size > 0 ? Math.min(...[...done.values()].map(({ at }) => at)) : undefined),
    count: () => kept.length,
  };
}
