/** Words that were spelt before, and their ids, in arrays: neither a lookup nor an entry makes an object. */
export interface WordTable {
  /** Appends the ids of the word `units[start, end)` to `out` from `at` on. @returns how many, or −1 for a word that is not known */
  take(units: Uint16Array, start: number, end: number, out: Int32Array, at: number): number;
  /** Keeps a word that `take` has just said is not known; all others are forgotten where there is no room. */
  keep(units: Uint16Array, start: number, end: number, ids: Int32Array, count: number): void;
}

/** Slots, at most half of which are filled. */
const SLOTS = 1 << 18;

/** Code units and ids that all words together may have. */
const CAPACITY = 1 << 20;

/** The longest word that is kept, in code units. */
const LONGEST = 64;

/** FNV-1a over code units, spread. */
function hashOf(units: Uint16Array, start: number, end: number): number {
  let hash = 0x811c9dc5;
  for (let i = start; i < end; i++) hash = Math.imul(hash ^ units[i]!, 0x01000193);
  return hash ^ (hash >>> 15);
}

/**
 * An empty table, which takes 10 MB at most: open addressing with linear probing, at most half full, so that a search ends soon. Words differ
 * much in how often they stand in a text (Zipf), and those that come after all was forgotten are mostly the common ones again.
 */
export function wordTable(): WordTable {
  const hashes = new Int32Array(SLOTS);
  // Where a word's code units and ids begin, and how many there are; of an empty slot, 0 units.
  const [unitStarts, unitCounts] = [new Int32Array(SLOTS), new Uint8Array(SLOTS)];
  const [idStarts, idCounts] = [new Int32Array(SLOTS), new Uint8Array(SLOTS)];
  const [unitsKept, idsKept] = [new Uint16Array(CAPACITY), new Int32Array(CAPACITY)];
  let [words, unitSize, idSize, free, hash] = [0, 0, 0, 0, 0];
  const isAt = (slot: number, units: Uint16Array, start: number, count: number): boolean => {
    const kept = unitStarts[slot]!;
    for (let i = 0; i < count; i++) if (unitsKept[kept + i] !== units[start + i]) return false;
    return true;
  };
  const forget = () => {
    unitCounts.fill(0);
    [words, unitSize, idSize] = [0, 0, 0];
    free = hash & (SLOTS - 1);
  };
  return {
    take(units, start, end, out, at) {
      const count = end - start;
      if (count > LONGEST) return -1;
      hash = hashOf(units, start, end);
      let slot = hash & (SLOTS - 1);
      for (; unitCounts[slot] !== 0; slot = (slot + 1) & (SLOTS - 1)) {
        if (hashes[slot] !== hash || unitCounts[slot] !== count || !isAt(slot, units, start, count)) continue;
        const [kept, ids] = [idStarts[slot]!, idCounts[slot]!];
        for (let i = 0; i < ids; i++) out[at + i] = idsKept[kept + i]!;
        return ids;
      }
      free = slot;
      return -1;
    },
    keep(units, start, end, ids, count) {
      const length = end - start;
      if (length > LONGEST || count > 255) return;
      if (2 * words >= SLOTS || unitSize + length > CAPACITY || idSize + count > CAPACITY) forget();
      hashes[free] = hash;
      [unitStarts[free], unitCounts[free]] = [unitSize, length];
      [idStarts[free], idCounts[free]] = [idSize, count];
      unitsKept.set(units.subarray(start, end), unitSize);
      idsKept.set(ids.subarray(0, count), idSize);
      words++;
      unitSize += length;
      idSize += count;
    },
  };
}
