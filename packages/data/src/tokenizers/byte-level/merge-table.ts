/** Which pairs of tokens a BPE vocabulary joins, each with its rank; those of lower ranks are joined first. */
export interface MergeTable {
  /** Slot of a pair, for the arrays below; −1 where it is not joined. */
  find(left: number, right: number): number;
  readonly rank: Int32Array;
  /** Ids of the joined tokens. */
  readonly joined: Int32Array;
}

/** Spreads a pair over all bits. */
const hashOf = (left: number, right: number): number => {
  const mixed = Math.imul(Math.imul(left, 0x9e3779b1) ^ right, 0x85ebca6b);
  return mixed ^ (mixed >>> 15);
};

/** @param pairs left token, right token and the joined one, in the order of their ranks; a later entry of a pair counts */
export function mergeTable(pairs: readonly (readonly [number, number, number])[]): MergeTable {
  const slots = 2 ** Math.ceil(Math.log2(2 * pairs.length + 2));
  const [lefts, rights] = [new Int32Array(slots).fill(-1), new Int32Array(slots)];
  const [rank, joined] = [new Int32Array(slots), new Int32Array(slots)];
  /** The slot that holds a pair, or the empty one that would. */
  const slotOf = (left: number, right: number): number => {
    let slot = hashOf(left, right) & (slots - 1);
    while (lefts[slot] !== -1 && (lefts[slot] !== left || rights[slot] !== right)) slot = (slot + 1) & (slots - 1);
    return slot;
  };
  pairs.forEach(([left, right, id], number) => {
    const slot = slotOf(left, right);
    lefts[slot] = left;
    rights[slot] = right;
    rank[slot] = number;
    joined[slot] = id;
  });
  return {
    find(left, right) {
      const slot = slotOf(left, right);
      return lefts[slot] === -1 ? -1 : slot;
    },
    rank,
    joined,
  };
}
