/** Sharing by weight: each message has an order of its own, the same one each time it is asked for. */

/**
 * The names in the order in which a message tries them. Over many messages each name comes first as often as its weight is
 * of the sum of all; one of weight 0 comes last. (Weighted random sampling: Efraimidis and Spirakis, 2006.)
 * @param key what tells the messages apart: a message's id
 * @param weights one for each name, in order, 0 or more; absent: all the same
 */
export function sharedOrder(names: readonly string[], weights: readonly number[] | undefined, key: string): string[] {
  const turns = names.map((name, index) => ({
    name,
    at: -Math.log(chance(`${key} ${name}`)) / (weights?.[index] ?? 1),
  }));
  return turns.toSorted((a, b) => a.at - b.at).map(({ name }) => name);
}

/** A number above 0 and below 1, evenly spread: FNV-1a, then the last step of MurmurHash3, as FNV's high bits are not even. */
function chance(text: string): number {
  let hash = 0x811c9dc5;
  for (let index = 0; index < text.length; index++) hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return ((hash ^ (hash >>> 16)) >>> 0) / 2 ** 32 + 2 ** -33;
}
