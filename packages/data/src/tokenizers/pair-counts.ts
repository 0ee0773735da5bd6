/** A pair of neighbouring tokens, and how often it stands in the words that are learned from. */
export interface CountedPair {
  readonly left: number;
  readonly right: number;
  readonly count: number;
}

/** Ids of a pair as one number; a vocabulary has fewer tokens than this. */
const MOST = 2 ** 26;

const keyOf = (left: number, right: number): number => left * MOST + right;
const pairOf = (key: number): readonly [number, number] => [Math.floor(key / MOST), key % MOST];

/** Whether a pair comes before another: the commoner one, and of equals the one with the lower ids. */
const isBefore = (a: readonly [number, number], b: readonly [number, number]): boolean =>
  a[1] !== b[1] ? a[1] > b[1] : a[0] < b[0];

/** A binary heap of pairs as `[key, count]`, the commonest first. */
function pairHeap() {
  const items: (readonly [number, number])[] = [];
  const swap = (i: number, j: number) => ([items[i], items[j]] = [items[j]!, items[i]!]);
  return {
    push(item: readonly [number, number]): void {
      let i = items.push(item) - 1;
      for (let up = (i - 1) >> 1; i > 0 && isBefore(items[i]!, items[up]!); up = (i - 1) >> 1) {
        swap(i, up);
        i = up;
      }
    },
    pop(): readonly [number, number] | undefined {
      const [first] = items;
      const last = items.pop();
      if (!items.length) return first;
      items[0] = last!;
      for (let i = 0; ;) {
        let next = i;
        for (const child of [2 * i + 1, 2 * i + 2])
          if (child < items.length && isBefore(items[child]!, items[next]!)) next = child;
        if (next === i) return first;
        swap(i, next);
        i = next;
      }
    },
  };
}

/**
 * Counts of neighbouring tokens that change as pairs are merged. The heap keeps old counts as well, and what it says of a pair
 * counts only where that is still true. A merge changes the words alone in which its pair stands (`placesOf`), so that learning takes a time by
 * what changes and not by the text for each merge.
 */
export function pairCounts() {
  const counts = new Map<number, number>();
  /** Words in which a pair stands, or stood. */
  const places = new Map<number, Set<number>>();
  /** Pairs whose counts the heap does not hold yet. */
  const changed = new Set<number>();
  const heap = pairHeap();
  return {
    /** Counts a pair of a word `by` more, or fewer. */
    add(left: number, right: number, by: number, word: number): void {
      const key = keyOf(left, right);
      counts.set(key, (counts.get(key) ?? 0) + by);
      changed.add(key);
      if (by < 0) return;
      const words = places.get(key);
      if (words) words.add(word);
      else places.set(key, new Set([word]));
    },
    /** The commonest pair; undefined where none is left. */
    commonest(): CountedPair | undefined {
      for (const key of changed) heap.push([key, counts.get(key)!]);
      changed.clear();
      for (let top = heap.pop(); top; top = heap.pop()) {
        const [key, count] = top;
        const [left, right] = pairOf(key);
        if (count > 0 && counts.get(key) === count) return { left, right, count };
      }
      return undefined;
    },
    /** Words in which a pair may stand. */
    placesOf: (left: number, right: number): readonly number[] => [...(places.get(keyOf(left, right)) ?? [])],
  };
}
