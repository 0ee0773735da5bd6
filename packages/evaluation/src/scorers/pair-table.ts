/** Numbers by pairs of whole numbers from 0 to 2³¹ − 1. */
export interface PairTable {
  /** The number of a pair, 0 where it has none. */
  get(first: number, second: number): number;
  /** Counts a pair once more, and returns how often that makes. */
  increment(first: number, second: number): number;
  /** The pair's own number, from 1 on in the order in which pairs come. */
  numberOf(first: number, second: number): number;
  /** Pairs that have one. */
  size(): number;
}

const EMPTY = -1;

/** Where the search for a pair begins: the mixing steps of MurmurHash3, so that pairs in order do not pile up. */
function hash(first: number, second: number): number {
  let mixed = Math.imul(first, 0xcc9e2d51) ^ Math.imul(second, 0x1b873593);
  mixed = Math.imul(mixed ^ (mixed >>> 16), 0x85ebca6b);
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35);
  return mixed ^ (mixed >>> 16);
}

/**
 * A hash table in typed arrays (open addressing, linear search, at most five eighths full): pairs of large numbers have no
 * one number as a key that is exact, and a `Map` of `Map`s takes ten times the memory. 12 bytes a slot.
 */
export function pairTable(): PairTable {
  let [size, capacity] = [0, 1024];
  let [firsts, seconds, values] = [
    new Int32Array(capacity).fill(EMPTY),
    new Int32Array(capacity),
    new Int32Array(capacity),
  ];
  const slotOf = (first: number, second: number): number => {
    let slot = hash(first, second) & (capacity - 1);
    while (firsts[slot] !== EMPTY && (firsts[slot] !== first || seconds[slot] !== second))
      slot = (slot + 1) & (capacity - 1);
    return slot;
  };
  const grow = (): void => {
    const [oldFirsts, oldSeconds, oldValues] = [firsts, seconds, values];
    capacity *= 2;
    firsts = new Int32Array(capacity).fill(EMPTY);
    [seconds, values] = [new Int32Array(capacity), new Int32Array(capacity)];
    for (let old = 0; old < oldFirsts.length; old++) {
      if (oldFirsts[old] === EMPTY) continue;
      const slot = slotOf(oldFirsts[old]!, oldSeconds[old]!);
      firsts[slot] = oldFirsts[old]!;
      seconds[slot] = oldSeconds[old]!;
      values[slot] = oldValues[old]!;
    }
  };
  /** The slot of a pair, which is made where there is none. */
  const slotFor = (first: number, second: number): number => {
    let slot = slotOf(first, second);
    if (firsts[slot] !== EMPTY) return slot;
    if (++size > 0.625 * capacity) {
      grow();
      slot = slotOf(first, second);
    }
    firsts[slot] = first;
    seconds[slot] = second;
    return slot;
  };
  return {
    get: (first, second) => values[slotOf(first, second)]!,
    increment(first, second) {
      // Before the values are named, since making the slot may replace them.
      const slot = slotFor(first, second);
      return ++values[slot]!;
    },
    numberOf(first, second) {
      const slot = slotFor(first, second);
      return (values[slot] ||= size);
    },
    size: () => size,
  };
}
