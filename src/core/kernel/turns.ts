/**
 * Who is next where many wait: lanes go in order, and within a lane each owner in turn, so that one customer's ten
 * thousand do not stand before another's one. The turns are those of a deficit round robin (Shreedhar and Varghese, 1995).
 */
export class Turns<Item> {
  readonly #lanes: Lane<Item>[];
  readonly #order: Order<Item>;
  #length = 0;

  constructor(order: Order<Item>) {
    this.#order = order;
    this.#lanes = Array.from({ length: order.lanes ?? 1 }, () => ({ lines: new Map(), passedOver: 0 }));
  }

  get length(): number {
    return this.#length;
  }

  add(item: Item): void {
    const { ownerOf = () => "", laneOf = () => 0 } = this.#order;
    const { lines } = this.#lanes[laneOf(item)] as Lane<Item>;
    const owner = ownerOf(item);
    const line = lines.get(owner);
    if (line) line.items.push(item);
    else lines.set(owner, { items: [item], credit: 0, isServed: false });
    this.#length++;
  }

  /** Takes what is next, at most the limit in all. A lane that was passed over several times gives one before the others. */
  take(): Item[] {
    const taken: Item[] = [];
    let left = this.#order.limit;
    for (const lane of this.#lanes) {
      lane.passedOver = lane.lines.size > 0 ? lane.passedOver + 1 : 0;
      if (lane.passedOver <= MOST_PASSED_OVER) continue;
      left -= this.#takeFrom(lane, 0, taken, 1);
    }
    for (const lane of this.#lanes) left -= this.#takeFrom(lane, left, taken, taken.length === 0 ? 1 : 0);
    this.#length -= taken.length;
    return taken;
  }

  /**
   * Goes round the owners of a lane; answers what was taken weighs. An owner whose next item has to wait for room is first
   * next time, so that nobody's small items are put before another's large one for ever.
   * @param most so much is taken, or `least` items, whatever they weigh
   */
  #takeFrom(lane: Lane<Item>, most: number, taken: Item[], least: number): number {
    const { lines } = lane;
    let weight = 0;
    let count = 0;
    for (const [owner, line] of roundAndRound(lines)) {
      if (count >= least && weight >= most) break;
      if (!line.isServed) line.credit += this.#order.limit / Math.min(lines.size, MOST_SHARES);
      line.isServed = true;
      while (line.items.length > 0) {
        const size = this.#order.sizeOf(line.items[0] as Item);
        if (size > line.credit) break;
        if (count >= least && weight + size > most) return weight;
        line.credit -= size;
        weight += size;
        count++;
        taken.push(line.items.shift() as Item);
        lane.passedOver = 0;
      }
      // Its turn is over. Whoever still waits saves up, at the end of the round.
      line.isServed = false;
      lines.delete(owner);
      if (line.items.length > 0) lines.set(owner, line);
    }
    return weight;
  }
}

/** The first, as long as there is one: each puts itself at the end, or leaves. */
function* roundAndRound<Key, Value>(lines: Map<Key, Value>): Generator<[Key, Value]> {
  for (let [first] = lines; first; [first] = lines) yield first;
}

export type Order<Item> = {
  /** How many lanes there are, and in which an item goes; lane 0 is first. */
  lanes?: number;
  laneOf?: (item: Item) => number;
  ownerOf?: (item: Item) => string;
  /** What an item weighs, and what may be taken at once; an item alone may weigh more. */
  sizeOf: (item: Item) => number;
  limit: number;
};

/** `passedOver`: so often nothing was taken from it, one time after the other. */
type Lane<Item> = { lines: Map<string, Line<Item>>; passedOver: number };
/** `isServed`: its turn has begun, and is not over. */
type Line<Item> = { items: Item[]; credit: number; isServed: boolean };

/** Where more wait than this, not all of them get a share of each time: a large item would be saved up for in too many rounds. */
const MOST_SHARES = 20;
/** So often a lane is passed over at most, one after the other. */
const MOST_PASSED_OVER = 4;
