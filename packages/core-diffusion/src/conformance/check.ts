import { type ConformanceCheck, demand } from '../conformance';

/** @throws Error unless the two numbers are within a distance, naming both */
export function demandClose(what: string, actual: number, expected: number, atol: number): void {
  demand(Math.abs(actual - expected) <= atol, `${what} is ${actual} instead of ${expected}`);
}

/** Promises, each a check on a fresh implementation, as a suite for any test runner. */
export const suiteOf = <Value>(
  make: () => Value,
  promises: Readonly<Record<string, (value: Value) => void>>,
): ConformanceCheck[] =>
  Object.entries(promises).map(([name, promise]) => ({ name, run: async () => promise(make()) }));

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
