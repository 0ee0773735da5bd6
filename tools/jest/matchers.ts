/** A matcher that compares number arrays and names the worst entry, both values and the tolerance. */
export interface Closeness {
  /** Largest allowed |received − expected|. */
  readonly atol?: number;
  /** Allowed difference relative to |expected|. */
  readonly rtol?: number;
}

declare global {
  // eslint-disable-next-line @typescript-eslint/no-namespace
  namespace jest {
    interface Matchers<R> {
      /** Every entry satisfies |received − expected| ≤ atol + rtol |expected|; values ≤ −1e5 on both sides count as −∞. */
      toBeCloseToArray(expected: ArrayLike<number>, closeness?: Closeness): R;
    }
  }
}

expect.extend({
  toBeCloseToArray(received: ArrayLike<number>, expected: ArrayLike<number>, { atol = 0, rtol = 0 }: Closeness = {}) {
    if (received.length !== expected.length) {
      return { pass: false, message: () => `expected ${expected.length} numbers, received ${received.length}` };
    }
    let worst = -1;
    let excess = 0;
    for (let i = 0; i < expected.length; i++) {
      const [a, b] = [received[i]!, expected[i]!];
      if (a <= -1e5 && b <= -1e5) continue;
      if (Object.is(a, b) || a === b) continue;
      const over = Math.abs(a - b) - (atol + rtol * Math.abs(b));
      const measure = Number.isNaN(over) ? Infinity : over;
      if (measure > excess) [worst, excess] = [i, measure];
    }
    return {
      pass: worst < 0,
      message: () =>
        worst < 0
          ? 'all entries are within the tolerance'
          : `worst entry ${worst}: received ${received[worst]}, expected ${expected[worst]} (atol ${atol}, rtol ${rtol})`,
    };
  },
});
