import { LENGTH } from './tiny-model';

/** How often each of the V² states occurs among sequences, [V²]. */
export function countStates(tokens: Int32Array, vocabSize: number): Int32Array {
  const counts = new Int32Array(vocabSize ** LENGTH);
  for (let i = 0; i < tokens.length; i += LENGTH) counts[vocabSize * tokens[i]! + tokens[i + 1]!]!++;
  return counts;
}

/** Pearson's statistic of counts against a law; infinite when an impossible state was seen. */
export function chiSquare(counts: ArrayLike<number>, law: ArrayLike<number>): number {
  const total = Array.from(counts).reduce((a, b) => a + b, 0);
  return Array.from(counts).reduce((sum, count, k) => {
    const expected = total * law[k]!;
    if (expected < 1e-9) return count ? Infinity : sum;
    return sum + (count - expected) ** 2 / expected;
  }, 0);
}
