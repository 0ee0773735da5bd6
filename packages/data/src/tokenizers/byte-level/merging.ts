import type { MergeTable } from './merge-table';

/** Joins neighbouring tokens of a word as long as there are pairs to join: `ids` hold its `count` tokens, and then the result. @returns how many are left */
export type Merging = (ids: Int32Array, count: number) => number;

/** A rank and a position in one number, by which waiting pairs are ordered: the lowest rank first, then the leftmost. */
const PLACES = 2 ** 27;

/** Waiting pairs, the first in order on top. */
function pairHeap() {
  let keys = new Float64Array(64);
  let size = 0;
  return {
    get size() {
      return size;
    },
    push(key: number) {
      if (size === keys.length) {
        const wider = new Float64Array(2 * size);
        wider.set(keys);
        keys = wider;
      }
      let at = size++;
      for (let up = (at - 1) >> 1; at > 0 && keys[up]! > key; up = (at - 1) >> 1) {
        keys[at] = keys[up]!;
        at = up;
      }
      keys[at] = key;
    },
    pop(): number {
      const top = keys[0]!;
      const last = keys[--size]!;
      let at = 0;
      for (let down = 1; down < size; down = 2 * at + 1) {
        if (down + 1 < size && keys[down + 1]! < keys[down]!) down++;
        if (keys[down]! >= last) break;
        keys[at] = keys[down]!;
        at = down;
      }
      keys[at] = last;
      return top;
    },
  };
}

/**
 * Byte-pair encoding of a word, in a time that hardly grows faster than its length: a run of a million letters is one word.
 *
 * Pairs of neighbours wait in a heap by rank, then by place; the first is joined, and the pairs that this makes are put in. Those that it
 * broke stay in the heap, and are passed over when they come up: what stands at their place then has another rank, or none. Each join puts in
 * at most two pairs, so that n tokens take O(n log n).
 * Source: Sennrich et al. (2016); ties as Python's `tokenizers` breaks them, the leftmost first.
 */
export function merging({ find, rank, joined }: MergeTable): Merging {
  const heap = pairHeap();
  // Neighbours of each token that is left; 1 + the position, so that 0 is none.
  let [before, behind] = [new Int32Array(64), new Int32Array(64)];
  const reserve = (count: number) => {
    if (count > before.length) [before, behind] = [new Int32Array(2 * count), new Int32Array(2 * count)];
  };
  return (ids, count) => {
    reserve(count);
    const wait = (at: number) => {
      const next = behind[at]!;
      const slot = next ? find(ids[at]!, ids[next - 1]!) : -1;
      if (slot >= 0) heap.push(rank[slot]! * PLACES + at);
    };
    for (let at = 0; at < count; at++) {
      before[at] = at;
      behind[at] = at + 1 < count ? at + 2 : 0;
    }
    for (let at = 0; at < count; at++) wait(at);
    while (heap.size) {
      const key = heap.pop();
      const at = key % PLACES;
      const next = behind[at]! - 1;
      // What stood here may have been joined to something else since.
      const slot = next < 0 || ids[at]! < 0 ? -1 : find(ids[at]!, ids[next]!);
      if (slot < 0 || rank[slot]! !== (key - at) / PLACES) continue;
      ids[at] = joined[slot]!;
      ids[next] = -1;
      behind[at] = behind[next]!;
      if (behind[at]) before[behind[at]! - 1] = at + 1;
      wait(at);
      if (before[at]) wait(before[at]! - 1);
    }
    let left = 0;
    for (let at = 0; at < count; at++) if (ids[at]! >= 0) ids[left++] = ids[at]!;
    return left;
  };
}
