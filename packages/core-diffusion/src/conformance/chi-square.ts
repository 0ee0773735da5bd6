/** Σ (count − expected)²/expected of draws with a law; outcomes of no chance must not occur, and make it infinite. */
export function chiSquare(counts: ArrayLike<number>, law: ArrayLike<number>): number {
  let [draws, statistic] = [0, 0];
  for (let i = 0; i < counts.length; i++) draws += counts[i]!;
  for (let i = 0; i < counts.length; i++) {
    const expected = law[i]! * draws;
    if (expected > 0) statistic += (counts[i]! - expected) ** 2 / expected;
    else if (counts[i]! > 0) return Infinity;
  }
  return statistic;
}

/** Beyond the 99.99 % quantile of chi-square with k degrees of freedom (Wilson and Hilferty's approximation). */
export const chiSquareLimit = (freedom: number): number =>
  freedom * (1 - 2 / (9 * freedom) + 3.8 * Math.sqrt(2 / (9 * freedom))) ** 3;
