import { InputError, randomStream } from '@idlm/core-diffusion';

/** Two ends of an interval. */
export type Interval = readonly [low: number, high: number];

/** How an interval is found. */
export interface BootstrapOptions {
  /** Times that as many items as there are are drawn anew (default 1000). */
  readonly resamples?: number;
  /** Of the draws (default 1). */
  readonly seed?: number;
}

/** Share of resamples outside an interval. */
const OUTSIDE = 0.05;

/** The value below which a share of sorted numbers lies, interpolated. */
function quantile(sorted: Float64Array, share: number): number {
  const at = share * (sorted.length - 1);
  const [below, above] = [sorted[Math.floor(at)]!, sorted[Math.ceil(at)]!];
  return below === above ? below : below + (above - below) * (at - Math.floor(at));
}

/** What resamples show of a statistic. */
export interface Resampled {
  /** From the 2.5th to the 97.5th percentile. */
  readonly interval: Interval;
  /** Standard deviation. */
  readonly error: number;
}

/** Ends and spread of a statistic over resamples; NaN where one is no number. */
function resampledOf(values: Float64Array): Resampled {
  const sorted = values.slice().sort();
  const mean = values.reduce((a, b) => a + b, 0) / values.length;
  const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (values.length - 1);
  const interval: Interval = Number.isNaN(mean)
    ? [NaN, NaN]
    : [quantile(sorted, OUTSIDE / 2), quantile(sorted, 1 - OUTSIDE / 2)];
  return { interval, error: Math.sqrt(variance) };
}

/** What was drawn last: every judge and cell of an evaluation asks for the same. */
let last = { of: '', drawn: [] as readonly Int32Array[] };

/** Resamples of so many items, each as the indices of the items drawn. */
function drawnItems(count: number, resamples: number, seed: number): readonly Int32Array[] {
  const of = [count, resamples, seed].join();
  if (last.of !== of) {
    const random = randomStream(seed).split('bootstrap');
    last = { of, drawn: Array.from({ length: resamples }, () => random.integers(count, count)) };
  }
  return last.drawn;
}

/**
 * 95 % percentile intervals of statistics of a set, by drawing as many items of it with repetition, again and again: what other sets of as
 * many would have shown. The same for the same items and seed. Of few items it is too narrow, by √(1 − 1/n) and more where they are skewed.
 * @param statistics numbers of some items, each drawn item by its index, repeated where it was drawn more than once
 * @param count items, one or more
 * @throws InputError for no items, or fewer than 2 resamples
 * Source: Efron & Tibshirani, "An Introduction to the Bootstrap" (1993), chapter 13.
 */
export function bootstrap<Name extends string>(
  count: number,
  statistics: (drawn: Int32Array) => Readonly<Record<Name, number>>,
  { resamples = 1000, seed = 1 }: BootstrapOptions = {},
): Record<Name, Resampled> {
  if (!(count >= 1 && resamples >= 2))
    throw new InputError(
      `A bootstrap draws from 1 item or more, at least twice; ${count} and ${resamples} were given.`,
    );
  const found = new Map<Name, Float64Array>();
  for (const [b, drawn] of drawnItems(count, resamples, seed).entries()) {
    for (const [name, value] of Object.entries(statistics(drawn)) as [Name, number][]) {
      const values = found.get(name) ?? new Float64Array(resamples);
      values[b] = value;
      found.set(name, values);
    }
  }
  return Object.fromEntries([...found].map(([name, values]) => [name, resampledOf(values)])) as Record<Name, Resampled>;
}
