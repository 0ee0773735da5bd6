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
