const HIGH = new Uint32Array(2);

/** 32 × 32 → 64-bit product as [high, low]; split in 16-bit halves since float64 holds 53 bits only. */
function multiply(a: number, b: number): void {
  const [aHigh, aLow, bHigh, bLow] = [a >>> 16, a & 0xffff, b >>> 16, b & 0xffff];
  const low = aLow * bLow;
  const middle = aHigh * bLow + (low >>> 16);
  const middleLow = (middle & 0xffff) + aLow * bHigh;
  HIGH[0] = aHigh * bHigh + Math.floor(middle / 0x10000) + Math.floor(middleLow / 0x10000);
  HIGH[1] = Math.imul(a, b);
}

/**
 * One block of Philox4x32-10: four random words for a 128-bit counter under a 64-bit key.
 * Source: Salmon et al., "Parallel random numbers: as easy as 1, 2, 3" (SC 2011).
 */
export function philox(counter: ArrayLike<number>, key: readonly [number, number], out: Uint32Array): void {
  let [c0, c1, c2, c3] = [counter[0]!, counter[1]!, counter[2]!, counter[3]!];
  let [k0, k1] = key;
  for (let round = 0; round < 10; round++) {
    multiply(0xd2511f53, c0);
    const [high0, low0] = [HIGH[0]!, HIGH[1]!];
    multiply(0xcd9e8d57, c2);
    const [high1, low1] = [HIGH[0]!, HIGH[1]!];
    [c0, c1, c2, c3] = [(high1 ^ c1 ^ k0) >>> 0, low1, (high0 ^ c3 ^ k1) >>> 0, low0];
    k0 = (k0 + 0x9e3779b9) >>> 0;
    k1 = (k1 + 0xbb67ae85) >>> 0;
  }
  out[0] = c0;
  out[1] = c1;
  out[2] = c2;
  out[3] = c3;
}
